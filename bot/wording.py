"""Chooses among the variants of a response: never one the customer has just read, and by name where a name is known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from typing import Any

from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.trackers import DialogueStateTracker

# What the bot has said so far in the running conversation, oldest first; set by the dialogue for each turn.
said_before: ContextVar[tuple[str, ...]] = ContextVar("said_before", default=())

_NAMED = re.compile(r"\{customer_name\}")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Wording(TemplatedNaturalLanguageGenerator):  # type: ignore[misc]
    """Rasa's response templates, with variants taken in order instead of at random."""

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **values: Any
    ) -> dict[str, Any] | None:
        """Return the response with its placeholders filled, or None when the domain has no such response."""
        slots = tracker.current_slot_values()
        known = {name: value for name, value in {**slots, **values}.items() if value is not None}
        variants = self._variants(utter_action, output_channel, slots)
        fitting = [variant for variant in variants if set(_PLACEHOLDER.findall(variant.get("text", ""))) <= set(known)]
        if not fitting:
            return None
        filled = [self._fill_response({**variant}, slots, **values) for variant in _one_of_twins(fitting)]
        return least_recent(filled, said_before.get())

    def _variants(self, utter_action: str, output_channel: str, slots: Mapping[str, Any]) -> list[dict[str, Any]]:
        variants = [v for v in self.responses.get(utter_action, ()) if v.get("channel") in (None, output_channel)]
        conditional = [v for v in variants if v.get("condition")]
        met = [v for v in conditional if all(slots.get(c["name"]) == c["value"] for c in v["condition"])]
        return met or [v for v in variants if not v.get("condition")]


def least_recent(variants: list[dict[str, Any]], said: Iterable[str]) -> dict[str, Any]:
    """Return the first variant not said yet, else the one said longest ago."""
    last_said = {text: place for place, text in enumerate(said)}
    return min(variants, key=lambda variant: last_said.get(variant.get("text", "").strip(), -1))


def _one_of_twins(variants: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the variants that name the customer first, without their twins that say the same to nobody."""
    ordered = sorted(variants, key=lambda variant: "{customer_name}" not in variant.get("text", ""))
    found: dict[str, dict[str, Any]] = {}
    for variant in ordered:
        nameless = _NAMED.sub("", variant.get("text", ""))
        found.setdefault(" ".join(re.findall(r"[\w']+", nameless.lower())), variant)
    return list(found.values())
