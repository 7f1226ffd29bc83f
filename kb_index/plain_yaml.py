"""YAML from people we do not know: plain values only, each said once, within limits.

YAML can make objects (tags), multiply itself (anchors and aliases: nine lines become a billion values), and say one
name twice so that readers disagree on what it means. None of that has a use in an article's front matter or in training
data, so none of it is read.
"""

from __future__ import annotations

from typing import Any

import yaml

LONGEST = 20_000_000  # characters of one text
LONGEST_VALUE = 1_000_000  # of one value: all examples of an intent are one
DEEPEST = 20  # values within values
MOST_VALUES = 500_000
ENVIRONMENT = "${"  # `${NAME}`: Rasa's reader puts an environment variable there
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same, in C where there is a compiler


class YamlRefused(ValueError):
    """A text is no YAML, or YAML that is not read; the message says why and where."""


def read_plain_yaml(text: str, *, for_rasa: bool = False) -> Any:
    """Read YAML as plain values; `None` for an empty text.

    Args:
        text: at most 20 million characters.
        for_rasa: Rasa will read it as well, so nothing in it may stand for an environment variable.

    Raises:
        YamlRefused: it is no YAML, too large, too deep, or uses a tag, an anchor, an alias, a name twice, or `${`.
    """
    if len(text) > LONGEST:
        raise YamlRefused(f"it is longer than {LONGEST} characters")
    try:
        _check_events(text, for_rasa)
        return yaml.load(text, Loader=_Plain)  # noqa: S506 - a safe loader that reads less
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if isinstance(error, YamlRefused):
            raise
        raise YamlRefused(str(error) or type(error).__name__) from error


def _check_events(text: str, for_rasa: bool) -> None:
    depth = values = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise YamlRefused(f"anchors and aliases are not read{_place(event)}")
        if tag := getattr(event, "tag", None):
            raise YamlRefused(f"tags are not read: {tag[:80]}{_place(event)}")
        if isinstance(event, yaml.ScalarEvent):
            _check_value(event, for_rasa)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        values += isinstance(event, yaml.NodeEvent)
        if depth > DEEPEST:
            raise YamlRefused(f"it is deeper than {DEEPEST} values within values{_place(event)}")
        if values > MOST_VALUES:
            raise YamlRefused(f"it holds more than {MOST_VALUES} values")


def _check_value(event: yaml.ScalarEvent, for_rasa: bool) -> None:
    if len(event.value) > LONGEST_VALUE:
        raise YamlRefused(f"a value is longer than {LONGEST_VALUE} characters{_place(event)}")
    if for_rasa and ENVIRONMENT in event.value:
        raise YamlRefused(f"'{ENVIRONMENT}' is not read: Rasa would put an environment variable there{_place(event)}")


def _place(event: yaml.Event) -> str:
    mark = event.start_mark
    return f" (line {mark.line + 1})" if mark is not None else ""


class _Plain(_Loader):  # type: ignore[misc, valid-type]
    """A safe loader that refuses a name said twice."""


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if isinstance(key, (list, dict)):
            raise YamlRefused(f"a name that is a list or a mapping{_place(key_node)}")
        if key in seen:
            raise YamlRefused(f"{str(key)[:80]!r} is said twice{_place(key_node)}")
        seen.add(key)
    return dict(loader.construct_mapping(node, deep=True))


_Plain.add_constructor("tag:yaml.org,2002:map", _mapping)
