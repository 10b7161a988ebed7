"""Read classes past their metaclass, which may compare, hash and answer as it likes."""

from __future__ import annotations

import contextlib
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, TypeVar

_Result = TypeVar("_Result")
_Entry = TypeVar("_Entry", bound=tuple[Any, ...])
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


class Known(dict[int, Any]):
    """What is known of classes, by id: an entry holds its class, so that its id stays its own.

    The entry of a class that a module doesn't bind, say of one made in a test, goes when
    ``forgetting`` ends: the class may hold what the test made.
    """

    _all: ClassVar[list[Known]] = []

    def __init__(self) -> None:
        self._all.append(self)
        self._passing: list[int] = []

    def keep(self, kind: Any, entry: _Entry) -> _Entry:
        """Enter what is known of a class: a tuple that begins with the class."""
        if not _is_bound(kind):
            self._passing.append(id(kind))
        self[id(kind)] = entry
        return entry

    @classmethod
    def forget(cls) -> None:
        """Drop the entries of the classes that no module binds."""
        for known in cls._all:
            while known._passing:
                known.pop(known._passing.pop(), None)


@contextlib.contextmanager
def forgetting() -> Iterator[None]:
    """Let go of the classes that a module doesn't bind, at the end of a check or a clone."""
    try:
        yield
    finally:
        Known.forget()


def _is_bound(kind: Any) -> bool:
    """Return whether a class stays, since its module binds it by its name."""
    found = sys.modules.get(module(kind))
    return type(found) is types.ModuleType and found.__dict__.get(name(kind)) is kind


def per_bases(function: Callable[[Any], _Result]) -> Callable[[Any], _Result]:
    """Remember what a function returned for each class while it has the same bases."""
    known = Known()
    read = _getters["__mro__"].__get__

    def remembered(kind: Any) -> _Result:
        entry = known.get(id(kind))
        if entry is None or entry[1] is not read(kind):
            entry = known.keep(kind, (kind, read(kind), function(kind)))
        result: _Result = entry[2]
        return result

    return remembered


def per_kind(function: Callable[[Any], _Result]) -> Callable[[Any], _Result]:
    """Remember what a function returned for each class, told apart by identity."""
    known = Known()

    def remembered(kind: Any) -> _Result:
        try:
            result: _Result = known[id(kind)][1]
        except KeyError:
            result = known.keep(kind, (kind, function(kind)))[1]
        return result

    return remembered
