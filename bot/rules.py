"""Rasa's rule policy, finding the rules that may apply by an index instead of trying each one."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe

State = dict[str, dict[str, Any]]
Key = tuple[Any, Any]  # intent and previous action of a rule's last state; None where the rule does not say


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class IndexedRulePolicy(RulePolicy):  # type: ignore[misc]
    """The same rules and the same predictions.

    Rasa compares every rule with the conversation at every prediction: a third of a turn with a hundred rules. A rule
    can only apply if its last state names the intent and the previous action that the conversation has now, so only
    those rules are compared.
    """

    _indexed: dict[str, str] | None = None
    _indexed_size = 0
    _index: dict[Key, list[str]]
    _beginnings: list[str]

    def _get_possible_keys(self, lookup: dict[str, str], states: list[State]) -> set[str]:
        if not states:
            return set(lookup)
        if lookup is not self._indexed or len(lookup) != self._indexed_size:
            self._index_rules(lookup)
        intent, action = _key_of(states[-1])
        keys = {(intent, action), (None, action), (intent, None), (None, None)}
        candidates = {rule: lookup[rule] for key in keys for rule in self._index.get(key, ())}
        candidates.update({rule: lookup[rule] for rule in self._beginnings})
        possible: set[str] = super()._get_possible_keys(candidates, states)
        return possible

    def _index_rules(self, lookup: dict[str, str]) -> None:
        self._indexed, self._indexed_size = lookup, len(lookup)
        self._index, self._beginnings = defaultdict(list), []
        for rule in lookup:
            states = json.loads(rule)
            if not states or not states[-1].get("prev_action"):
                self._beginnings.append(rule)  # Rasa matches these whatever the intent
            else:
                self._index[_key_of(states[-1])].append(rule)


def _key_of(state: State) -> Key:
    return _plain(state.get("user", {}).get("intent")), _plain(state.get("prev_action", {}).get("action_name"))


def _plain(value: Any) -> Any:
    if value == "should_not_be_set":
        return None
    return tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else value
