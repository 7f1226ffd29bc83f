"""What agents read from the adapter in Chatwoot."""

from __future__ import annotations

from typing import Any

UNREACHABLE = "Deskmate cannot be reached, so the bot does not answer here. This conversation is yours."
SENT_FILE = "(The customer sent a file.)"
REFUSED = "Deskmate did not take this message: {why}"


def brief_of(packet: dict[str, Any]) -> str:
    """Return the hand-off packet as a private note: why, what was said, what not to ask again, a first reply."""
    why = "; ".join(str(reason["text"]) for reason in packet["why"]["reasons"])
    parts = [f"**Handed over by Deskmate** ({why})" if why else "**Handed over by Deskmate**"]
    parts += [f"- {line['kind']}: {line['text']}" for line in packet["brief"]]
    known = ", ".join(f"{one['what']} {one['value']}" for one in packet["do_not_ask_again"])
    if known:
        parts.append(f"Known already: {known}")
    return "\n".join([*parts, f"A first reply could be:\n{packet['suggested_reply']}"])
