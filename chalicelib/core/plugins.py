"""Extension points: what one room adds to another, named in the registry, imported on first use.

A room below asks by the point's name, and knows none of the rooms that stand there.
"""

import sys
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from chalicelib.core.cold_start import paused_gc

_REGISTRY = "chalicelib.registry"


def resolve(dotted: str) -> Any:
    """Return what `package.module:name` names; raises ImportError or AttributeError."""
    module, _, name = dotted.partition(":")
    return getattr(load_module(module), name)


@cache
def registered(point: str) -> tuple[Any, ...]:
    """Return everything that is named at an extension point."""
    return tuple(resolve(dotted) for dotted in getattr(import_module(_REGISTRY), point))


def registered_as(point: str, name: str) -> Any | None:
    """Return what is named so at an extension point, importing nothing else; None for nothing."""
    known: Mapping[str, str] = getattr(import_module(_REGISTRY), point)
    return resolve(known[name]) if name in known else None


def load_modules(point: str) -> None:
    """Import all modules that are named at an extension point."""
    for module in getattr(import_module(_REGISTRY), point):
        load_module(module)


def load_module(name: str) -> ModuleType:
    """Return a module, imported if it was not yet; waits while another thread imports it."""
    if name in sys.modules:
        return import_module(name)
    with paused_gc():
        return import_module(name)
