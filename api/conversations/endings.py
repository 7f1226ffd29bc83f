"""How a turn ends: the owner is read again, and the message gets its one outcome in the same transaction.

This is where the bot is kept from talking over a person. A reply is stored, and so sent, only while the bot owns the
conversation at that very moment; everything else becomes a row that agents see as 'not sent'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from api.conversations import ownership
from api.conversations.leases import LeaseLost, check_lease
from api.conversations.owners import bot_may_speak
from api.conversations.transcript import append, locked
from api.conversations.turns import Work, end_inbox, owner_when_sent, try_again
from api.hand_off import decisions
from api.hand_off.decisions import Cause
from api.hand_off.rules import COMPANY_RULES, Signals, decide, declines_offer, failed_turns_after
from api.schemas.rasa import FeedbackSignal, Reply, TurnAnswer
from api.schemas.suggestions import FeedbackIn
from api.schemas.texts import has_something_to_read
from api.store.events import record_event
from api.store.tables import Conversation, Message, SuppressedReply, Turn
from api.strings.catalogue import say
from api.suggestions.sets import conversation_of_suggestion, write_feedback

NO_WORDS = "nothing_said"
SLOW = frozenset({"timeout", "turn_timed_out"})
OUTCOMES = {"rejected": "response", "none": "response"}  # the bot said something that was neither answer nor form


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of running a turn: an answer, or why there is none."""

    answer: TurnAnswer | None
    error: str | None
    process_id: str | None
    took_ms: int

    @property
    def replies(self) -> list[Reply]:
        """The replies somebody could read: no empty bubble ever leaves the server."""
        return [reply for reply in self.answer.replies if has_something_to_read(reply.text)] if self.answer else []


@dataclass(frozen=True, slots=True)
class Ended:
    """How a turn ended.

    Attributes:
        outcome: of a customer's message; None for an agent's, and when the message is run again in the other mode.
        decision: none, offer or immediate.
        more: another message of this conversation waits.
    """

    outcome: str | None
    decision: str
    more: bool


def finish(session: Session, work: Work, ran: Ran, *, at: datetime) -> Ended:
    """End a turn that ran on Rasa, or could not.

    Args:
        session: the transaction.
        work: from `begin`.
        ran: what Rasa said, or did not.
        at: now.

    Raises:
        LeaseLost: another process runs this conversation by now; nothing is written.
    """
    ending = _Ending.enter(session, work, at)
    if work.speaker == "agent":
        ending.note(ran, ran.error)
        return Ended(None, "none", end_inbox(session, work, at=at))
    ending.reopen_if_closed_meanwhile()
    if work.mode == "observe" and ending.bot_speaks:
        try_again(session, work, ending.turn, at=at)  # the customer left the queue meanwhile: now the bot shall answer
        return Ended(None, "none", more=True)
    error = ran.error or (NO_WORDS if work.mode == "reply" and not ran.replies else None)
    ending.note(ran, error)
    ending.take_feedback(feedback_of(work, ran.answer))
    outcome, decision = ending.conclude(ran, error)
    session.get_one(Message, work.message_id).outcome = outcome
    return Ended(outcome, decision, end_inbox(session, work, at=at))


def finish_pressed(session: Session, work: Work, *, at: datetime, took_ms: int) -> Ended:
    """End the turn of a button that is the API's own: accepting or declining a person. Rasa is not asked.

    Raises:
        LeaseLost: another process runs this conversation by now; nothing is written.
    """
    ending = _Ending.enter(session, work, at)
    accepted = work.payload == decisions.ACCEPT
    ending.reopen_if_closed_meanwhile()
    ending.note(Ran(None, None, None, took_ms), None)
    outcome, decision = ending.conclude_pressed(accepted=accepted)
    session.get_one(Message, work.message_id).outcome = outcome
    return Ended(outcome, decision, end_inbox(session, work, at=at))


def signals_of(work: Work, answer: TurnAnswer | None, error: str | None) -> Signals:
    """Return what the rules are asked about."""
    understanding = answer.understanding if answer else None
    feedback = feedback_of(work, answer)
    helpful = feedback.helpful if feedback else None
    outcome = answer.outcome if answer else None
    return Signals(
        intent=understanding.intent if understanding else None,
        confidence=understanding.confidence if understanding else None,
        reason_codes=tuple(answer.hand_off.reason_codes) if answer and answer.hand_off else (),
        frustration=understanding.frustration.score if understanding else 0.0,
        message_frustration=understanding.frustration.message_score if understanding else None,
        failed_turns=failed_turns_after(work.failed_turns, outcome, work.previous_outcome, helpful=helpful),
        offer_open=work.offer_open,
        offered_before=work.offered_before,
        offer_unseen=work.offer_unseen,
        typed=work.payload is None,
        bot_error=error if work.mode == "reply" else None,
    )


def feedback_of(work: Work, answer: TurnAnswer | None) -> FeedbackSignal | None:
    """Return what the customer said to "did this help?"; a yes or no to the offer of a person is not about that."""
    if answer is None or answer.feedback is None:
        return None
    intent = answer.understanding.intent if answer.understanding else None
    answers_the_offer = work.offer_open and work.payload is None and intent in {"affirm", "deny"}
    return None if answers_the_offer else answer.feedback


@dataclass(frozen=True, slots=True)
class _Ending:
    """One turn's end, inside its transaction."""

    session: Session
    conversation: Conversation
    turn: Turn
    work: Work
    at: datetime

    @classmethod
    def enter(cls, session: Session, work: Work, at: datetime) -> _Ending:
        """Lock the conversation and see that the turn is still ours to end."""
        conversation = locked(session, work.conversation_id)
        check_lease(session, work.grip)
        turn = session.get_one(Turn, work.turn_id, populate_existing=True)
        if turn.state != "running":
            raise LeaseLost(f"turn {turn.id} is {turn.state}")
        return cls(session, conversation, turn, work, at)

    @property
    def bot_speaks(self) -> bool:
        """Whether the bot owns the conversation now."""
        return bot_may_speak(self.conversation.owner)

    def note(self, ran: Ran, error: str | None) -> None:
        """Write into the turn what Rasa said; only a turn whose state Rasa gave us is counted."""
        turn, answer = self.turn, ran.answer
        turn.state = "done" if answer is not None and answer.state is not None else "failed"
        turn.finished_at, turn.took_ms = self.at, ran.took_ms
        turn.rasa_process_id, turn.error = ran.process_id, error
        if answer is None:
            return
        turn.model_version, turn.outcome = answer.model_version, answer.outcome
        turn.rasa_state = answer.state
        if turn.state == "done":
            self.conversation.turns = self.work.number
        if answer.understanding is not None:
            turn.intent, turn.confidence = answer.understanding.intent, answer.understanding.confidence
            turn.search_confidence = answer.understanding.search_confidence
            turn.entities = answer.understanding.entities
            turn.frustration = answer.understanding.frustration.score
            turn.frustration_reasons = answer.understanding.frustration.reasons
            turn.understanding = {**answer.understanding.model_dump(mode="json"), "slots": answer.slots or {}}

    def conclude(self, ran: Ran, error: str | None) -> tuple[str, str]:
        """Send, suppress or hand off; return the message's outcome and the decision."""
        signals = signals_of(self.work, ran.answer, error)
        decision = decide(signals)
        decisions.record(self.turn, signals, decision)
        self.conversation.failed_turns = signals.failed_turns
        if not self.bot_speaks:
            self.suppress(ran.replies, "owner_changed")
            return self.owned_by_people(), decision.decision
        if decision.decision == "immediate":
            self.say_or_suppress(ran, by_rule=bool(COMPANY_RULES & set(decision.reason_codes)))
            self.hand_off(Cause(self.work.message_id, self.work.seq, signals, decision))
            return "queue", decision.decision
        if not self.work.offer_unseen:
            self.conversation.offer_open = False  # it is open for one turn: later, yes and no mean something else
        offering = decision.decision == "offer" and not declines_offer(signals)
        if error is not None:
            self.fall_back(error, with_decline=offering)
            return "fallback", decision.decision
        for reply in ran.replies:
            self.speak_reply(reply)
        if offering:
            self.speak(say("offer.text", availability=self.work.availability), "offer.text", decisions.buttons())
            decisions.mark_offered(self.conversation, at=self.at)
        outcome = self.turn.outcome or "none"
        return OUTCOMES.get(outcome, outcome), decision.decision

    def conclude_pressed(self, *, accepted: bool) -> tuple[str, str]:
        """Do what the API's own button says; with a person there already, nothing is left to do."""
        if not self.bot_speaks:
            return self.owned_by_people(), "none"
        if not accepted:
            self.conversation.offer_open = False
            self.speak(say("offer.declined"), "offer.declined")
            return "response", "none"
        signals = Signals(accepted=True, offered_before=True, typed=False)
        decision = decide(signals)
        decisions.record(self.turn, signals, decision)
        self.hand_off(Cause(self.work.message_id, self.work.seq, signals, decision))
        return "queue", decision.decision

    def reopen_if_closed_meanwhile(self) -> None:
        """Open a chat again that was closed before the bot could answer: nobody else has this message.

        What was written to people needs no such care: they had it before them when they closed the chat.
        """
        conversation = self.conversation
        if conversation.owner != "closed" or owner_when_sent(self.session, conversation.id, self.work.seq) != "bot":
            return
        ownership.reopen(
            self.session,
            conversation,
            to_queue=conversation.closed_by == "agent",
            availability=self.work.availability,
            at=self.at,
        )

    def say_or_suppress(self, ran: Ran, *, by_rule: bool) -> None:
        """Before a hand-off: send what a company rule wants said at once (how to be safe), suppress anything else."""
        if not by_rule:
            self.suppress(ran.replies, "handed_off")
            return
        for reply in ran.replies:
            self.speak_reply(reply)

    def owned_by_people(self) -> str:
        """Return the outcome of a message that people own; a chat closed since was closed by one of them."""
        return "queue" if self.conversation.owner == "queue" else "agent"

    def hand_off(self, cause: Cause) -> None:
        """Put the conversation into the queue."""
        decisions.hand_off(self.session, self.conversation, cause, people=self.work.people, at=self.at)

    def fall_back(self, error: str, *, with_decline: bool) -> None:
        """Say honestly that the bot cannot answer, with the way to a person under it."""
        key = "slow" if error in SLOW else "speechless" if error == NO_WORDS else "unavailable"
        text = say(f"fallback.{key}", availability=self.work.availability)
        self.speak(text, f"fallback.{key}", decisions.buttons(with_decline=with_decline))
        decisions.mark_offered(self.conversation, at=self.at)

    def speak_reply(self, reply: Reply) -> None:
        """Store one of Rasa's replies."""
        buttons = [(button.title, button.payload) for button in reply.buttons or ()]
        source = reply.suggestion_id
        self.speak(reply.text, None, buttons, source if source and self.is_of_this_chat(source) else None)

    def speak(
        self,
        text: str,
        notice: str | None,
        buttons: Sequence[tuple[str, str]] = (),
        suggestion_id: str | None = None,
    ) -> None:
        """Store one line of the bot."""
        line = Message(sender="bot", text=text, created_at=self.at)
        line.turn_id, line.notice, line.suggestion_id = self.turn.id, notice, suggestion_id
        append(self.session, self.conversation, line, buttons=buttons)

    def suppress(self, replies: Sequence[Reply], reason: str) -> None:
        """Keep what the bot would have said, for agents' eyes."""
        for position, reply in enumerate(replies):
            titles = [button.title for button in reply.buttons or ()]
            row = SuppressedReply(text=reply.text, buttons=titles, reason=reason, position=position, created_at=self.at)
            row.conversation_id, row.message_id = self.turn.conversation_id, self.turn.message_id
            row.turn_id = self.turn.id
            self.session.add(row)
            payload = {"message_id": row.message_id, "text": reply.text, "buttons": titles, "reason": reason}
            record_event(self.session, "not_sent", at=self.at, conversation_id=self.conversation.id, payload=payload)

    def take_feedback(self, said: FeedbackSignal | None) -> None:
        """Record the customer's answer to "did this help?" with the suggestion it was about."""
        if said is None or not self.is_of_this_chat(said.suggestion_id):
            return
        feedback = FeedbackIn(helpful=said.helpful)
        write_feedback(self.session, said.suggestion_id, "customer", feedback, at=self.at)

    def is_of_this_chat(self, suggestion_id: str) -> bool:
        """Say whether a suggestion was made in this conversation and is for customers."""
        found = conversation_of_suggestion(self.session, suggestion_id)
        return found is not None and found[1].conversation_id == self.conversation.id and not found[0].internal
