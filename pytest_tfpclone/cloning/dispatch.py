"""Which handler clones which type: the exact type first, then its bases.

A handler is ``handler(original, cloner)``. A plain function returns the copy and
clones parts by ``cloner(part)``. A generator yields parts and is sent their
copies; the engine runs it on a stack of its own, so that graphs may be deep.
Handlers of heavy libraries are imported once the library is.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

if TYPE_CHECKING:
    from pytest_tfpclone.cloning.engine import Cloner

Handler: TypeAlias = Callable[[Any, "Cloner"], Any]
_H = TypeVar("_H", bound=Callable[..., Any])

_FAMILIES = (
    ("sys", "containers"),
    ("sys", "callables"),
    ("sys", "caches"),
    ("sys", "weak"),
    ("sys", "standard"),
    ("xml.etree.ElementTree", "elements"),
    ("numpy", "arrays"),
    ("wrapt", "proxies"),
    ("tensorflow", "variables"),
    ("tensorflow", "tensors"),
    ("tensorflow", "tables"),
    ("tensorflow", "datasets"),
    ("tensorflow", "tf_functions"),
    ("tf_keras", "tf_keras_layers"),
    ("keras", "keras_layers"),
    ("tensorflow_probability", "bijector_caches"),
)

_built_in: dict[type, Handler] = {}
_taught: dict[type, Handler] = {}
_loaded: set[tuple[str, str]] = set()


def built_in(*kinds: type) -> Callable[[_H], _H]:
    """Register the decorated handler of ours for these types and their subclasses."""

    def register(function: _H) -> _H:
        for kind in kinds:
            _built_in[kind] = function
        return function

    return register


def handler(kind: type) -> Callable[[_H], _H]:
    """Teach ``clone`` a type: register the decorated handler for it and its subclasses.

    The handler is ``handler(original, cloner)`` and returns the copy, in which
    every part is ``cloner(part)``. An object that its own parts refer to has to be
    made known before them, by ``cloner.remember(original, copy)``. The handler
    must not change the original. A later registration replaces an earlier one.

    >>> from pytest_tfpclone import cloners
    >>> class Connection:
    ...     def __init__(self, address, options):
    ...         self.address, self.options = address, options
    >>> @cloners.handler(Connection)
    ... def _(original, cloner):
    ...     return Connection(original.address, cloner(original.options))

    Args:
        kind: the type, which subclasses share unless they have a handler.

    Returns:
        A decorator that returns the handler as it is.

    Raises:
        TypeError: ``kind`` isn't a type.
    """
    if not isinstance(kind, type):
        raise TypeError(f"handler: expected a type, got {kind!r}")

    def register(function: _H) -> _H:
        _taught[kind] = function
        return function

    return register


def load_families() -> None:
    """Import the handlers of every library that this process has imported."""
    for family in _FAMILIES:
        library, module = family
        if family not in _loaded and library in sys.modules:
            importlib.import_module(f"pytest_tfpclone.cloning.{module}")
            _loaded.add(family)


def handler_of(kind: type) -> Handler | None:
    """Return the handler of a type, or None where an instance is just its attributes."""
    for base in kind.__mro__:
        found = _taught.get(base) or _built_in.get(base)
        if found is not None:
            return found
    return None


def is_built_in(kind: type) -> bool:
    """Return whether a handler of ours is for this very type."""
    return kind in _built_in


def is_taught(kind: type) -> bool:
    """Return whether a user taught us a handler of a type or of one of its bases."""
    return any(base in _taught for base in kind.__mro__)
