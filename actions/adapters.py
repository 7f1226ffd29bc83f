"""Finds the company's own systems: an environment variable names `module:Class`, the demo stands in otherwise."""

from __future__ import annotations

import importlib
import os
from typing import Any


def adapter(variable: str, default: type[Any]) -> Any:
    """Return the adapter that `variable` names, made without arguments, or the default one.

    Raises:
        ValueError: the variable names nothing that can be imported.
    """
    named = os.environ.get(variable)
    if not named:
        return default()
    module, _, attribute = named.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)()
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(f"{variable}={named!r} must be module:Class: {error}") from error
