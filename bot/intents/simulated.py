"""Small, messy bots made out of labelled sets: what a company's first hundreds of examples look like.

Few labels, some with a handful of examples and some with fifty, a few lines under the wrong label, and customers who
type in a hurry. A third of the traffic is out of scope: other labels of the same set, another set, chatter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.intents.examples import Example

Random = np.random.Generator
ByLabel = Mapping[str, Sequence[str]]

ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
SHORT = {"please": "pls", "you": "u", "your": "ur", "are": "r", "thanks": "thx", "because": "cos", "account": "acct"}
SHORT |= {"what is": "whats", "i am": "im", "do not": "dont", "cannot": "cant", "to": "2", "for": "4"}
OPENINGS = ("hi, ", "hello ", "hey ", "ok so ", "sorry but ", "good morning ")
ENDINGS = (" thanks", " pls", " please help", " asap", "??", " ty")
TESTED = 12  # messages for each label
SHARES = (0.35, 0.2, 0.2, 0.25)  # of the traffic out of scope: other labels, another set, nonsense, chatter


@dataclass(frozen=True)
class Sources:
    """Where sentences are drawn from."""

    sets: tuple[ByLabel, ByLabel]  # every other bot is made of the first, the others of the second
    nonsense: Sequence[str]  # out of scope by its own label
    chatter: Sequence[str]  # what customers say anywhere


@dataclass(frozen=True)
class Bot:
    """One simulated company's examples and traffic."""

    train: tuple[Example, ...]
    test: tuple[Example, ...]


def simulate(sources: Sources, *, seed: int) -> Bot:
    """Make one bot; the same seed makes the same one."""
    random = np.random.default_rng(seed)
    own, other = sources.sets if seed % 2 == 0 else sources.sets[::-1]
    labels = pick(sorted(own), int(random.integers(8, 60)), random)
    train: list[Example] = []
    test: list[Example] = []
    for place, label in enumerate(labels):
        texts = pick(own[label], len(own[label]), random)
        size = max(4, int(50 / (1 + 0.35 * place))) if random.random() < 0.8 else 5
        size = min(size, len(texts) - TESTED)
        train += [Example(hurried(text, 0.25, random), label) for text in texts[:size]]
        test += [Example(hurried(text, 0.5, random), label) for text in texts[size : size + TESTED]]
    for row in random.choice(len(train), max(1, len(train) // 50), replace=False):
        train[row] = Example(train[row].text, labels[int(random.integers(len(labels)))])
    near = [text for label in own if label not in labels for text in pick(own[label], 4, random)]
    far = [text for texts in other.values() for text in pick(texts, 3, random)]
    for pool, share in zip((near, far, sources.nonsense, sources.chatter), SHARES, strict=True):
        strange = pick(pool, int(len(labels) * TESTED / 2 * share), random)
        test += [Example(hurried(text, 0.5, random), "", oos=True) for text in strange]
    if seed % 4 >= 2:  # half of the companies list some of what they do not answer
        strange = pick(sources.nonsense, 15, random) + pick(sources.chatter, 15, random)
        train += [Example(hurried(text, 0.25, random), "", oos=True) for text in strange]
    known = {example.text for example in train}
    return Bot(tuple(train), tuple(example for example in test if example.text not in known))


def pick(texts: Sequence[str], count: int, random: Random) -> list[str]:
    """Return up to `count` of the texts, by lot."""
    return [texts[i] for i in random.permutation(len(texts))[:count]]


def hurried(text: str, share: float, random: Random) -> str:
    """Return a text as somebody in a hurry types it; only a share of people is in a hurry."""
    if random.random() > share:
        return text
    if random.random() < 0.6:
        text = text.lower()
    if random.random() < 0.5:
        text = re.sub(r"[?.,!']", "", text)
    if random.random() < 0.3:
        for word, short in SHORT.items():
            if random.random() < 0.4:
                text = re.sub(rf"\b{word}\b", short, text, flags=re.IGNORECASE)
    for _ in range(int(random.choice([0, 1, 1, 2]))):
        text = mistyped(text, random)
    if random.random() < 0.15:
        text = str(random.choice(OPENINGS)) + text
    return text + str(random.choice(ENDINGS)) if random.random() < 0.1 else text


def mistyped(text: str, random: Random) -> str:
    """Return a text with one slip of the finger: a letter lost, doubled, swapped or beside the right one."""
    words = [match.span() for match in re.finditer(r"[A-Za-z]{4,}", text)]
    if not words:
        return text
    start, end = words[int(random.integers(len(words)))]
    at = int(random.integers(start + 1, end))
    letter, rest = text[at], text[at + 1 :]
    slip = random.random()
    if slip < 0.3:
        return text[:at] + rest
    if slip < 0.6 and at + 1 < end:
        return text[:at] + rest[0] + letter + rest[1:]
    if slip < 0.8:
        return text[:at] + beside(letter, random) + rest
    return text[:at] + letter + letter + rest


def beside(letter: str, random: Random) -> str:
    """Return a letter that lies beside another on the keyboard."""
    row = next((row for row in ROWS if letter.lower() in row), "e")
    at = row.find(letter.lower())
    return str(random.choice(list(row[max(0, at - 1) : at] + row[at + 1 : at + 2]) or ["e"]))
