"""What was asked, and in which conversation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from kb_index.lexical import pairs, terms, weights_of

Speaker = Literal["customer", "agent", "bot"]

CONVERSATION_WORDS = 60  # of the customer's words, the newest this many are encoded; docs/retrieval.md has longer ones
EARLIER_TOPIC = 0.15
TURNS_READ = 20
WORDS_READ = 400  # of one text; what is longer is cut for ranking, never for storing
TEXTS_KEPT = 1024  # a turn is read when it is said, and met again in the history of the next twenty

said_terms = lru_cache(maxsize=TEXTS_KEPT)(terms)
said_pairs = lru_cache(maxsize=TEXTS_KEPT)(pairs)


@dataclass(frozen=True, slots=True)
class Utterance:
    """One thing that was said."""

    speaker: Speaker
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what its conversation adds."""

    question: str
    history: tuple[Utterance, ...] = ()
    topic_begins: int = 0  # the place in `history` (its length for the question) where the present topic begins

    @classmethod
    def of(cls, question: str, history: Sequence[Utterance] = ()) -> Asked:
        """Read a question after its history (oldest first), within what ranking reads."""
        said = tuple(Utterance(turn.speaker, first_words(turn.text)) for turn in history[-TURNS_READ:])
        return cls(first_words(question), said)

    def reworded(self, reword: Callable[[str], str]) -> Asked:
        """Return the same with every text passed through `reword`."""
        history = tuple(Utterance(turn.speaker, reword(turn.text)) for turn in self.history)
        return replace(self, question=reword(self.question), history=history)

    @property
    def says_anything(self) -> bool:
        """Whether the question holds a letter or a digit."""
        return any(character.isalnum() for character in self.question)

    def conversation(self) -> str:
        """Return the newest of the customer's words, the question last: what the page is sought with."""
        turns = [turn.text for turn in self.history[self.topic_begins :] if turn.speaker == "customer"]
        return " ".join(" ".join([*turns, self.question]).split()[-CONVERSATION_WORDS:])

    def question_weights(self) -> dict[str, float]:
        """Return the weight of each term of the question."""
        return weights_of([(self.question, 1.0)], read=said_terms)

    def conversation_weights(self) -> dict[str, float]:
        """Return the weight of each term of the question and of what was said before it, whoever said it.

        What was said before the present topic counts `EARLIER_TOPIC` of the rest.
        """
        return weights_of(self._said(), read=said_terms)

    def conversation_pairs(self) -> dict[str, float]:
        """Return the same for pairs of neighbouring terms within one turn."""
        return weights_of(self._said(), read=said_pairs)

    def _said(self) -> list[tuple[str, float]]:
        earlier = ((turn.text, self._share_of(place)) for place, turn in enumerate(self.history))
        return [(self.question, 1.0), *earlier]

    def _share_of(self, place: int) -> float:
        return 1.0 if place >= self.topic_begins else EARLIER_TOPIC

    @property
    def follows_up(self) -> bool:
        """Whether the customer has spoken of the present topic before."""
        return any(turn.speaker == "customer" for turn in self.history[self.topic_begins :])

    def word_count(self) -> int:
        """Return how many of the question's words say something."""
        return len(said_terms(self.question))


def first_words(text: str) -> str:
    """Return the first `WORDS_READ` words of a text, with single blanks."""
    return " ".join(text.split(maxsplit=WORDS_READ)[:WORDS_READ])
