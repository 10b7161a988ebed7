"""Ask a user's object that knows how to copy itself, and use its answer if that is right.

``__deepcopy__`` and ``__reduce__`` know what no walk sees: that a file is to be
opened anew, that an object is a constant. Every part that they ask for is cloned
by the engine. When all is there, what they made is compared with the original;
a class whose answer shares or loses something is not asked again.
"""

from __future__ import annotations

import contextlib
import types
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.cloning.dispatch import Handler
from pytest_tfpclone.cloning.errors import CloneRefused, UnclonableError
from pytest_tfpclone.cloning.instances import clone_by_reduction
from pytest_tfpclone.state.framework import is_framework_function

if TYPE_CHECKING:
    from pytest_tfpclone.cloning.engine import Cloner

_METHODS = ("__deepcopy__", "__reduce_ex__", "__reduce__")


class OwnCopies:
    """What the objects of one model made of themselves.

    Attributes:
        root: the model.
        distrusted: the classes that are not asked.
    """

    def __init__(self, root: object, distrusted: frozenset[type]) -> None:
        self.distrusted = set(distrusted)
        self.root = root
        self._asked: dict[int, Any] = {}
        self._undo = contextlib.ExitStack()
        self._parts: dict[int, Any] | None = None

    def handler(self, kind: type) -> Handler | None:
        """Return the handler that asks the objects of a class, or None if they don't know."""
        if kind in self.distrusted:
            return None
        method = _own_method(kind)
        if method is None:
            return None
        return ask_deepcopy if method == "__deepcopy__" else ask_reduce

    def note(self, original: object) -> None:
        """Remember that an object is asked; it may change itself, so that is undone at the end."""
        if not self._asked:
            from pytest_tfpclone.state.snapshot import preserved
            from pytest_tfpclone.state.walk import Walk

            walk = Walk(self.root)
            self._undo.enter_context(preserved(walk))
            self._parts = {id(node.value): node.value for node in walk}
        self._asked[id(original)] = original

    def part(self, identity: int) -> Any:
        """Return the part of the model with this ``id``, or None."""
        return (self._parts or {}).get(identity)

    def take_back(self) -> None:
        """Undo what objects changed in the original when they were asked."""
        self._undo.close()

    def wrong(self, copy: object, declared: list[Any]) -> frozenset[type]:
        """Return the classes whose copies share what is not declared, or differ."""
        if not self._asked:
            return frozenset()
        from pytest_tfpclone.state.match import Matching
        from pytest_tfpclone.state.walk import Walk, walks_of

        matching = Matching(*walks_of((self.root, copy)))
        paths, parts = _findings(matching, {id(part) for part in declared})
        if not paths:
            return frozenset()
        blamed = set()
        for original in self._asked.values():
            node = matching.left.node(original)
            below = node is not None and any(path[: node.depth] == node.path for path in paths)
            if below or any(id(node.value) in parts for node in Walk(original)):
                blamed.add(type(original))
        return frozenset(blamed)


def _findings(matching: Any, declared: set[int]) -> tuple[list[Any], set[int]]:
    """Return where two models share something or differ, and the original's parts there."""
    differing = [
        pair for pair, left, right in matching.cells if left.fingerprint() != right.fingerprint()
    ]
    shared = [pair for pair in matching.shared if id(pair.left) not in declared]
    pairs = [*shared, *matching.retied, *differing]
    lost = [entry for entry in (*matching.missing, *matching.extra) if not entry[2]]
    paths = [pair.path for pair in pairs] + [entry.path for entry in matching.unequal]
    paths += [path for path, _, _ in lost]
    return paths, {id(pair.left) for pair in pairs} | {id(part) for _, part, _ in lost}


def _own_method(kind: type) -> str | None:
    """Return which of the methods to copy by is a user's function, the first that counts."""
    for name in _METHODS:
        for base in kind.__mro__:
            method = type.__getattribute__(base, "__dict__").get(name)
            if type(method) is types.FunctionType and not is_framework_function(method):
                return name
            if method is not None:
                break
    return None


class _Memo(dict[int, Any]):
    """The memo of ``copy.deepcopy``, in which every part of the model has its clone."""

    def __init__(self, original: object, cloner: Cloner) -> None:
        super().__init__()
        self._original = original
        self._cloner = cloner

    def get(self, key: int, default: Any = None) -> Any:
        if key in self:
            return self[key]
        if key == id(self._original):
            return default
        part = self._cloner.own.part(key)
        return default if part is None else self._cloner(part)

    def __setitem__(self, key: int, value: Any) -> None:
        super().__setitem__(key, value)
        if key == id(self._original):
            self._cloner.remember(self._original, value)


def ask_deepcopy(original: Any, cloner: Cloner) -> Any:
    """Clone an object by its ``__deepcopy__``.

    Raises:
        Distrust: the method raised.
    """
    cloner.own.note(original)
    try:
        return type(original).__deepcopy__(original, _Memo(original, cloner))
    except (UnclonableError, CloneRefused, Distrust):
        raise
    except Exception as error:
        raise Distrust(type(original)) from error


def ask_reduce(original: Any, cloner: Cloner) -> Generator[Any, Any, Any]:
    """Clone an object by its ``__reduce__``.

    Raises:
        Distrust: the method raised, or what it returned makes no object.
    """
    cloner.own.note(original)
    try:
        return (yield from clone_by_reduction(original, cloner))
    except Exception as error:
        raise Distrust(type(original)) from error


class Distrust(Exception):
    """Say that a class can't copy its objects, so that the model is cloned without asking it."""

    def __init__(self, kind: type) -> None:
        super().__init__(kind)
        self.kind = kind
