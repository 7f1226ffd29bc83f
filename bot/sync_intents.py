"""Writes what follows from `data/intents.yml`: `python -m bot.sync_intents [--root DIR] [--check]`.

The intent list in `domain.yml` and all of `data/rules/intents.yml` are generated, so that an intent is added in one
place. Everything else in `domain.yml` is left as it is, to the byte.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

OUTCOMES = ("search", "article", "form", "response", "hand_off")
SEARCH_ACTION = "action_answer"
ARTICLE_ACTION = "action_answer_article"
ENDING_ACTIONS = ("action_cancel", "action_start_again")  # after these the form is not come back to

_NAME = re.compile(r"^[a-z][a-z0-9_]{0,62}$")
_INTENT_LIST = re.compile(r"^intents:\n(?:[ \t]*-.*\n|[ \t]*#.*\n|[ \t]*\n)*", re.MULTILINE)
_HEADER = "# Made by `python -m bot.sync_intents` from data/intents.yml; change that file instead.\n"


class IntentsUnusable(ValueError):
    """`data/intents.yml` contradicts itself or the domain; the message names the intent."""


@dataclass(frozen=True, slots=True)
class Intent:
    """One thing a customer may want."""

    name: str
    outcome: str
    target: str | None

    @property
    def action(self) -> str:
        """The first action of its rule."""
        if self.outcome == "search":
            return SEARCH_ACTION
        if self.outcome == "article":
            return ARTICLE_ACTION
        return self.target or f"utter_{self.name}"


def read_intents(path: Path) -> list[Intent]:
    """Return the intents of a file, in its order.

    Raises:
        IntentsUnusable: a name, an outcome or a target is wrong.
    """
    listed = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("intents")
    if not isinstance(listed, dict) or not listed:
        raise IntentsUnusable(f"{path} lists no intents")
    return [_intent(str(name), about or {}) for name, about in listed.items()]


def check_against(intents: list[Intent], domain: Mapping[str, Any]) -> None:
    """Refuse intents whose response, action or form the domain does not have.

    Raises:
        IntentsUnusable: naming the first such intent.
    """
    known = {*(domain.get("responses") or {}), *(domain.get("forms") or {})}
    known |= {entry if isinstance(entry, str) else next(iter(entry)) for entry in domain.get("actions") or ()}
    for intent in intents:
        if intent.action not in known:
            raise IntentsUnusable(f"intent {intent.name}: the domain has no {intent.action}")


def rules_of(intents: list[Intent], forms: list[str]) -> list[dict[str, Any]]:
    """Return one rule per intent, and for each form the rules that answer and come back to it."""
    rules: list[dict[str, Any]] = []
    for intent in intents:
        steps: list[dict[str, Any]] = [{"intent": intent.name}, {"action": intent.action}]
        if intent.outcome == "form":
            steps.append({"active_loop": intent.action})
        rules.append({"rule": intent.name, "steps": steps})
    for form in forms:
        rules += [_rule_within(form, intent) for intent in intents if intent.outcome != "form"]
    return rules


def sync(root: Path, *, only_check: bool = False) -> list[Path]:
    """Bring the domain and the rules of a folder in step with its intents.

    Args:
        root: folder with `domain.yml` and `data/`.
        only_check: write nothing.

    Returns:
        The files that were, or would be, changed.

    Raises:
        IntentsUnusable: the intents cannot be used.
    """
    intents = read_intents(root / "data" / "intents.yml")
    domain_path, rules_path = root / "domain.yml", root / "data" / "rules" / "intents.yml"
    text = domain_path.read_text(encoding="utf-8")
    domain = yaml.safe_load(text)
    check_against(intents, domain)
    wanted = {
        domain_path: domain_with(text, intents),
        rules_path: _HEADER + _dump({"version": "3.1", "rules": rules_of(intents, list(domain.get("forms") or {}))}),
    }
    changed = [path for path, content in wanted.items() if not path.is_file() or path.read_text("utf-8") != content]
    if not only_check:
        for path in changed:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8")
    return changed


def domain_with(domain: str, intents: list[Intent]) -> str:
    """Return the domain's text with this intent list.

    Raises:
        IntentsUnusable: the text has no block `intents:` to put it in.
    """
    block = "intents:\n" + "".join(f"  - {intent.name}\n" for intent in intents) + "\n"
    text, found = _INTENT_LIST.subn(lambda _: block, domain, count=1)
    if not found:
        raise IntentsUnusable("domain.yml has no block `intents:`")
    return text


def _intent(name: str, about: Mapping[str, Any]) -> Intent:
    outcome, target = about.get("outcome"), about.get("target")
    if not _NAME.match(name):
        raise IntentsUnusable(f"intent {name!r}: a name is small letters, digits and underscores")
    if outcome not in OUTCOMES:
        raise IntentsUnusable(f"intent {name}: outcome {outcome!r} is none of {', '.join(OUTCOMES)}")
    if outcome in ("article", "form") and not target:
        raise IntentsUnusable(f"intent {name}: outcome {outcome} needs a target")
    return Intent(name, outcome, str(target) if target else None)


def _rule_within(form: str, intent: Intent) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"intent": intent.name}, {"action": intent.action}]
    if intent.outcome == "hand_off" or intent.action in ENDING_ACTIONS:
        steps += [{"action": "action_deactivate_loop"}, {"active_loop": None}]
    else:
        steps += [{"action": form}, {"active_loop": form}]
    return {"rule": f"{intent.name} within {form}", "condition": [{"active_loop": form}], "steps": steps}


def _dump(content: Mapping[str, Any]) -> str:
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)


def main() -> int:
    """Sync, or only check."""
    parser = argparse.ArgumentParser(prog="python -m bot.sync_intents")
    parser.add_argument("--root", type=Path, default=Path(), help="folder with domain.yml and data/")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if something is out of step")
    options = parser.parse_args()
    try:
        changed = sync(options.root, only_check=options.check)
    except IntentsUnusable as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for path in changed:
        sys.stdout.write(f"{'out of step' if options.check else 'written'}: {path}\n")
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
