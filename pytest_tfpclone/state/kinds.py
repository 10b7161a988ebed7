"""Read classes past their metaclass, which may compare, hash and answer as it likes."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any, TypeVar

_Result = TypeVar("_Result")
_ABSENT = object()
_getters: Any = {name: type.__dict__[name] for name in ("__mro__", "__name__", "__module__")}


def bases(kind: Any) -> tuple[Any, ...]:
    """Return a class and its bases, in method resolution order."""
    found: tuple[Any, ...] = _getters["__mro__"].__get__(kind)
    return found


def name(kind: Any) -> str:
    """Return the name of a class."""
    return str(_getters["__name__"].__get__(kind))


def module(kind: Any) -> str:
    """Return the name of the module that a class says it is from; ``""`` if it says none."""
    found = _getters["__module__"].__get__(kind)
    return found if type(found) is str else ""


def namespace(kind: Any) -> types.MappingProxyType[str, Any]:
    """Return the attributes of a class itself, without those of its bases."""
    found: types.MappingProxyType[str, Any] = type.__getattribute__(kind, "__dict__")
    return found


def member(kind: Any, attribute: str) -> Any:
    """Return an attribute of a class or its bases as it is, not bound; None if there is none."""
    for base in bases(kind):
        found = namespace(base).get(attribute, _ABSENT)
        if found is not _ABSENT:
            return found
    return None


def derives(kind: Any, *ancestors: Any) -> bool:
    """Return whether a class inherits from one of these, past any ``__subclasscheck__``."""
    return any(base is each for base in bases(kind) for each in ancestors)


def is_keras(kind: Any, *names: str) -> bool:
    """Return whether a class is or inherits from one that Keras 3 or tf_keras has by this name."""
    return any(
        name(base) in names and module(base).startswith(("keras.", "tf_keras."))
        for base in bases(kind)
    )


def is_one_of(kind: object, kinds: tuple[Any, ...]) -> bool:
    """Return whether a class is one of these, its subclasses left out."""
    for each in kinds:  # noqa: SIM110 - called for every edge
        if kind is each:
            return True
    return False


def per_bases(function: Callable[[Any], _Result]) -> Callable[[Any], _Result]:
    """Remember what a function returned for each class while it has the same bases."""
    known: dict[int, tuple[Any, Any, _Result]] = {}
    read = _getters["__mro__"].__get__

    def remembered(kind: Any) -> _Result:
        entry = known.get(id(kind))
        if entry is None or entry[1] is not read(kind):
            entry = known[id(kind)] = (kind, read(kind), function(kind))
        return entry[2]

    return remembered


def per_kind(function: Callable[[Any], _Result]) -> Callable[[Any], _Result]:
    """Remember what a function returned for each class, told apart by identity."""
    known: dict[int, tuple[Any, _Result]] = {}

    def remembered(kind: Any) -> _Result:
        try:
            return known[id(kind)][1]
        except KeyError:
            result = function(kind)
            known[id(kind)] = (kind, result)
            return result

    return remembered
