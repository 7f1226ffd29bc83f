"""The young shop: its week's customers, the bot's answers, an oracle at the review list, and the real worker."""

from __future__ import annotations

import tempfile
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.clock import Clock
from api.review.candidates import candidates
from api.review.clusters import Cluster, clusters
from api.review.labels import Meaning, Writer, label_message
from api.security.accounts import NewAccount, create_account
from api.store.ids import new_id
from api.store.tables import Conversation, Intent, Job, LabelledQuestion, Message, Model, SuggestionSet, Turn
from api.worker.jobs import Reporter, claim, enqueue
from api.worker.registry import serving_version
from api.worker.seed import MAIN
from api.worker.service import do
from api.worker.snapshot import known
from api.worker.trial import ASK, Guess, Routes, ask_model, meant_by, plain, routes_of, taken_for
from api.worker.workshop import Workshop
from benchmarks.months.traffic import OUT_OF_SCOPE, Said
from benchmarks.months.weeks import Marks
from kb_index.search import Finding, Search

TOP_CLUSTERS = 20  # that the oracle labels in a week
MOST_READ = 1_000  # messages of the review list
ASKED_AGAIN = 3  # times, of a gate that could not play the golden dialogues
WEEK = timedelta(days=7)


class JobRefused(Exception):
    """A job ended badly, or what it made may not serve."""


class MovedClock(Clock):
    """The machine's clock, some weeks ahead."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self):  # type: ignore[no-untyped-def]
        """Return the moved wall time."""
        return super().now() + self.ahead


@dataclass(frozen=True, slots=True)
class Measured:
    """How messages are met that nothing learns from: the shop's frozen test questions, and held-out examples.

    Each is asked in the same order every week.
    """

    right: Marks  # answerable questions: whether their article comes first, and no intent keeps it back
    understood: Marks  # held-out examples: whether they are taken for what they mean
    handed_off: Marks  # questions: whether they end with a person or an offer of one


class Shop:
    """One installation without processes; jobs are done here, by the worker's own code."""

    def __init__(self, workshop: Workshop, clock: MovedClock) -> None:
        self.workshop, self.clock = workshop, clock
        account = NewAccount("Oracle", "oracle@shop.example", "a patient password", "admin")
        self.admin = workshop.store.write_sync(
            lambda session: create_account(session, account, by="cli", now=clock.now()).id
        )
        self.truth: dict[str, Said] = {}
        self._guessed: tuple[str, dict[str, Guess]] = ("", {})  # by the model that serves

    # ---- the worker ------------------------------------------------------------------------------------------

    def job(self, kind: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Do one job and return its outcome.

        Raises:
            JobRefused: it failed; the message is the last of its log.
        """
        store, now = self.workshop.store, self.clock.now()
        store.write_sync(_drop_queued)
        job_id = store.write_sync(lambda session: enqueue(session, kind, dict(arguments), requested_by="cli", now=now))
        work = store.write_sync(lambda session: claim(session, "months", now=now))
        if work is None or not do(self.workshop, work, Reporter(store, self.clock, job_id), threading.Event()):
            said = store.read_sync(lambda session: session.get_one(Job, job_id).log)
            raise JobRefused(said.strip().splitlines()[-1] if said.strip() else f"the job {kind} did not run")
        return dict(store.read_sync(lambda session: session.get_one(Job, job_id).outcome) or {})

    def learn(self) -> tuple[str, ...]:
        """Index and train, let serve what passes, and return why the rest was refused, a sentence each."""
        refused = []
        try:
            self.job("index", {"kb": MAIN})
        except JobRefused as refusal:
            refused.append(f"index: {refusal}")
        version = str(self.job("train", {})["model_version"])
        compared = self.comparison(version)
        for _ in range(ASKED_AGAIN):
            if (compared.get("dialogues") or {}).get("problem"):  # no judgement: the machine was too busy to play
                self.job("compare", {"version": version})
                compared = self.comparison(version)
        gate = compared.get("gate") or {}
        if gate.get("passed") is False:
            return (*refused, f"model: {'; '.join(gate.get('reasons') or ['no reason is told'])}")
        self.job("promote", {"version": version})
        return tuple(refused)

    def comparison(self, version: str) -> Mapping[str, Any]:
        """Return how a model compares with the one that serves, as the gate saw it."""
        return self.workshop.store.read_sync(lambda session: session.get_one(Model, version).comparison) or {}

    # ---- customers and the bot -------------------------------------------------------------------------------

    def hear(self, said: Sequence[Said]) -> None:
        """Let customers say a week's messages, each in a conversation of its own, and store what the bot made of it."""
        found = self.answers([one.text for one in said])
        routes = self._routes()

        def write(session: Session) -> None:
            for one in said:
                guess, finding = found[one.text]
                message_id = self._store(session, one, guess, finding, routes)
                self.truth[message_id] = one

        self.workshop.store.write_sync(write)

    def answers(self, texts: Sequence[str]) -> dict[str, tuple[Guess, Finding]]:
        """Ask the serving model and the serving index."""
        search = Search.open(self.workshop.places.index, kb=MAIN, encoder=self.workshop.encoder)
        guesses = self.guesses(texts)
        return {text: (guesses[text], search.suggest(text, limit=1)) for text in dict.fromkeys(texts)}

    def guesses(self, texts: Sequence[str]) -> Mapping[str, Guess]:
        """Ask the serving model what it has not been asked yet: to start it takes longer than to ask it."""
        version = str(self.workshop.store.read_sync(serving_version))
        known = self._guessed[1] if self._guessed[0] == version else {}
        unknown = [text for text in dict.fromkeys(texts) if text not in known]
        if unknown:
            with tempfile.TemporaryDirectory(dir=self.workshop.places.var) as folder:
                known = {**known, **ask_model(self.workshop, version, unknown, Path(folder)).guesses}
        self._guessed = (version, known)
        return known

    def _store(self, session: Session, one: Said, guess: Guess, finding: Finding, routes: Routes) -> str:
        now = self.clock.now()
        taken = taken_for(guess, routes, search_confidence=finding.confidence)
        outcome = _outcome(taken, routes, finding)
        ids = [new_id() for _ in range(2)]
        session.add(
            Conversation(
                id=ids[0],
                token_hash=ids[0].ljust(64, "0"),
                token_expires_at=now,
                next_seq=2,
                turns=1,
                created_at=now,
                last_message_at=now,
            )
        )
        session.flush()
        line = {"seq": 1, "sender": "customer", "text": one.text, "outcome": outcome, "created_at": now}
        session.add(Message(id=ids[1], conversation_id=ids[0], **line))
        session.flush()
        session.add(
            Turn(
                conversation_id=ids[0],
                message_id=ids[1],
                number=1,
                mode="reply",
                state="done",
                fence=1,
                owner_version=1,
                outcome=outcome,
                intent=guess.intent,
                confidence=guess.confidence,
                search_confidence=finding.confidence,
                started_at=now,
                finished_at=now,
            )
        )
        session.add(
            SuggestionSet(
                message_id=ids[1],
                conversation_id=ids[0],
                kb=MAIN,
                question=one.text,
                kb_version=finding.kb_version,
                model_version=finding.model_version,
                decision=finding.decision,
                confidence=finding.confidence,
                created_at=now,
            )
        )
        return ids[1]

    # ---- the administrator -----------------------------------------------------------------------------------

    def review(self) -> int:
        """Label the top clusters as somebody would who knows what each message means; return how many messages."""
        store = self.workshop.store
        found = store.read_sync(lambda session: candidates(session, limit=MOST_READ))
        made = clusters(found, lambda texts: np.asarray(self.workshop.encoder.encode(texts)))[:TOP_CLUSTERS]
        return sum(store.write_sync(lambda session, c=cluster: self._label(session, c)) for cluster in made)  # type: ignore[misc]

    def _label(self, session: Session, cluster: Cluster) -> int:
        """Give a cluster the meaning most of its messages have; the others are unticked."""
        meanings = Counter(_meaning(self.truth[one.message.id]) for one in cluster.candidates)
        meaning, _ = meanings.most_common(1)[0]
        chosen = [one for one in cluster.candidates if _meaning(self.truth[one.message.id]) == meaning]
        writer = Writer(self.admin, self.clock.now(), batch=new_id())
        for one in chosen:
            label_message(session, one.message.id, meaning, writer)
        return len(chosen)

    # ---- measuring -------------------------------------------------------------------------------------------

    def measure(self, coming: Sequence[Said] = ()) -> Measured:
        """Ask what nothing learns from.

        Args:
            coming: what customers will say next, which the model is asked in the same go.
        """
        examples, rows = self.workshop.store.read_sync(lambda session: (known(session).held_out, _questions(session)))
        self.guesses([*(row.text for row in rows), *(plain(one.text) for one in examples), *(s.text for s in coming)])
        found = self.answers([row.text for row in rows])
        guesses = self.guesses([plain(one.text) for one in examples])
        routes = self._routes()
        return Measured(
            tuple(_is_right(row, *found[row.text], routes) for row in rows if row.article_ids),
            tuple(
                taken_for(guesses[plain(one.text)], routes) == meant_by(one.intent, routes)
                for one in sorted(examples, key=lambda one: (one.intent, one.text))
            ),
            tuple(_is_handed_off(*found[row.text], routes) for row in rows),
        )

    def _routes(self) -> Routes:
        return routes_of(
            self.workshop.store.read_sync(
                lambda session: session.scalars(select(Intent).where(Intent.deleted_at.is_(None))).all()
            )
        )


def _questions(session: Session) -> list[LabelledQuestion]:
    """Return the frozen test questions that open a conversation."""
    frozen = (LabelledQuestion.kb == MAIN, LabelledQuestion.split == "test")
    rows = session.scalars(select(LabelledQuestion).where(*frozen).order_by(LabelledQuestion.id))
    return [row for row in rows if not row.history]


def _is_right(row: LabelledQuestion, guess: Guess, finding: Finding, routes: Routes) -> bool:
    """Say whether an article that answers comes first: by the search, or because the intent leads there."""
    taken = taken_for(guess, routes, search_confidence=finding.confidence)
    if taken == ASK:
        first = finding.suggestions[0].article_id if finding.suggestions else None
        return finding.decision in {"answer", "clarify"} and first in row.article_ids
    return routes[taken].outcome == "article" and routes[taken].target in row.article_ids


def _is_handed_off(guess: Guess, finding: Finding, routes: Routes) -> bool:
    taken = taken_for(guess, routes, search_confidence=finding.confidence)
    return _outcome(taken, routes, finding) in {"queue", "fallback"}


def _meaning(said: Said) -> Meaning:
    if said.article_id is not None:
        return Meaning(article_id=said.article_id)
    return Meaning(verdict="not_for_us") if said.intent == OUT_OF_SCOPE else Meaning(intent=said.intent)


def _outcome(taken: str, routes: Routes, finding: Finding) -> str:
    """Return what the customer gets: from an intent's own outcome, else from the search's decision."""
    if meant_by(taken, routes) != ASK:
        outcome = routes[taken].outcome
        return {"hand_off": "queue", "article": "answer"}.get(outcome, outcome)
    return finding.decision if finding.decision in {"answer", "clarify"} else "fallback"


def _drop_queued(session: Session) -> None:
    for job in session.scalars(select(Job).where(Job.state == "queued")):
        session.delete(job)
