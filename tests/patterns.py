"""Every pattern of a package, and texts that hold up a careless one."""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from types import ModuleType

LONGEST = 2_000  # characters: what the models see of a message
PIECES = ("a", "1", " ", "\n", "-", ".", "@", "[", "<", "!", "ab ", "a@", "12 ", "[a](", "https://a")


def hostile_texts() -> Iterator[str]:
    """Yield long texts that are nearly what a pattern looks for, over and over."""
    for piece in PIECES:
        yield (piece * LONGEST)[: LONGEST - 1] + "\x00"


def patterns_of(package: ModuleType) -> dict[str, re.Pattern[str]]:
    """Return the patterns that a package's modules keep, by where they are."""
    found = {}
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if module.name.endswith("__main__") or ".migrations" in module.name:
            continue
        loaded = importlib.import_module(module.name)
        for name, value in vars(loaded).items():
            values = (
                value.values() if isinstance(value, dict) else value if isinstance(value, (tuple, list)) else [value]
            )
            for place, one in enumerate(values):
                if isinstance(one, re.Pattern) and isinstance(one.pattern, str):
                    found[f"{module.name}.{name}[{place}]"] = one
    return found


def slowest_ms(pattern: re.Pattern[str], text: str) -> float:
    """Return how long finding a pattern everywhere takes, in milliseconds of CPU; the least of two times when slow."""
    took: list[float] = []
    while len(took) < 2 and (not took or took[-1] > 2):
        began = time.thread_time()
        for _ in pattern.finditer(text):
            pass
        took.append((time.thread_time() - began) * 1_000)
    return min(took)
