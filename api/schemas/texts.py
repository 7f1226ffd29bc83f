"""Text as it arrives: what is made of it before anything else sees it."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, StringConstraints

KEPT_CONTROLS = "\n\t"
BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and signs that are drawn as nothing


def clean(text: str) -> str:
    """Return `text` as it may be stored, logged and shown anywhere.

    Lone surrogates become U+FFFD, line ends become newlines, and NUL and all other control characters but newline and
    tab are left out, so that no terminal or log can be steered by them.
    """
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    lines = whole.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c in KEPT_CONTROLS or unicodedata.category(c) != "Cc")


def has_something_to_read(text: str) -> bool:
    """Say whether anything of `text` would be seen: a space, a format character or a blank filler would not."""
    return any(not c.isspace() and c not in BLANKS and unicodedata.category(c) not in {"Cf", "Mn", "Me"} for c in text)


def _clean_if_text(value: object) -> object:
    return clean(value) if isinstance(value, str) else value


def _one_line(value: str) -> str:
    return " ".join(value.split())


CleanText = Annotated[str, BeforeValidator(_clean_if_text)]
ShortLine = Annotated[CleanText, AfterValidator(_one_line), StringConstraints(max_length=200)]
ClientId = Annotated[CleanText, StringConstraints(min_length=1, max_length=100)]
