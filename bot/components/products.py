"""What the shop sells, by whatever word a customer uses for it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.components.shop_entities import Found, overlaps


class Products:
    """Finds products in texts and gives each its one name."""

    def __init__(self, names: Mapping[str, Sequence[str]]) -> None:
        """Prepare one pattern; `names` maps each product to other words for it, all of them in the singular or plural.

        Longer words come first, so that "sleeping bag liner" is not taken for a sleeping bag.
        """
        self._names = {word.lower(): name for name, others in names.items() for word in (name, *others)}
        words = sorted(self._names, key=lambda word: -len(word))
        spelt = "|".join(re.escape(word).replace(r"\ ", r"[\s-]?") for word in words)
        self._pattern = re.compile(rf"\b({spelt})(?:e?s)?\b", re.IGNORECASE) if words else None
        self._packed = {re.sub(r"[\s-]", "", word): name for word, name in self._names.items()}

    def find(self, text: str, found: Sequence[Found]) -> list[Found]:
        """Return the products named in a text that lie over nothing found before, in order."""
        if self._pattern is None:
            return []
        return [
            Found("product", self._packed[re.sub(r"[\s-]", "", match[1].lower())], match.start(), match.end())
            for match in self._pattern.finditer(text)
            if not overlaps(match.start(), match.end(), found)
        ]
