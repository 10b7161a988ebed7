"""Remember everything that two models hold, and put it back.

Containers and attributes are compared by identity of their items, and written
only where they changed. A variable's old value is held, not copied: TensorFlow
copies it when it is written to.
"""

from __future__ import annotations

import collections
import contextlib
import contextvars
import functools
import math
import operator
import threading
import types
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, TypeAlias

import numpy as np

from pytest_tfpclone.state import kinds
from pytest_tfpclone.state.attributes import (
    attributes,
    has_slots,
    set_attributes,
    slot_values,
    unset_slots,
)
from pytest_tfpclone.state.cells import DataCell, Undo, cell_of
from pytest_tfpclone.state.framework import is_framework_function, is_framework_type
from pytest_tfpclone.state.functions import rebound_globals
from pytest_tfpclone.state.random_states import RandomStates
from pytest_tfpclone.state.undo import take_back
from pytest_tfpclone.state.walk import Reach, Walk

# The class whose methods read a dict, the dict, its keys, and its items.
_Dict: TypeAlias = tuple[Any, Any, list[Any], list[Any]]
# A traced function keeps the traces that a call adds.
_TRACING = "tensorflow.python.eager.polymorphic_function"


class Snapshot:
    """What the objects of some walks held when it was taken.

    Args:
        walks: what is remembered.
        data: whether the bits of variables, arrays and tables are, too.
        reaches: whether that is what the models hold themselves, what classes and modules
            hold, or both.
    """

    def __init__(
        self, *walks: Walk, data: bool = True, reaches: tuple[Reach, ...] = tuple(Reach)
    ) -> None:
        self._held: dict[int, Any] = {}
        self._objects: list[tuple[Any, Any, dict[str, Any]]] = []
        self._dicts: list[_Dict] = []
        self._undos: list[Undo] = []
        for walk in walks:
            for node in walk:
                if id(node.value) not in self._held:
                    self._held[id(node.value)] = node.value
                    if node.reach in reaches:
                        self._remember(node.value, data)
                    if Reach.AMBIENT in reaches:
                        self._remember_classes(node.value)

    def _remember(self, value: Any, data: bool) -> None:
        kind: Any = type(value)
        recipe = _recipe(kind)
        cell = cell_of(value)
        if isinstance(cell, DataCell):
            if data:
                self._undos.append(_data_undo(cell))
        elif recipe.is_dict:
            self._dicts.append(_dict_of(value))
        elif recipe.contents is not None:
            self._undos.extend(recipe.contents(value))
        if recipe.has_attributes:
            namespace = attributes(value)
            if namespace is not None:
                self._objects.append((value, kind, namespace))
                self._dicts.append(_dict_of(namespace))
        if recipe.has_slots:
            self._undos.extend(_slot_undos(value))

    def _remember_classes(self, value: Any) -> None:
        kind: Any = type(value)
        for base in _users_bases(value if issubclass(kind, type) else kind):
            if id(base) not in self._held:
                self._held[id(base)] = base
                self._undos.append(_class_undo(base))

    def restore(self) -> None:
        """Put back what changed; everything is tried even if one part raises."""
        take_back(self._changes())

    def _changes(self) -> Iterator[Undo]:
        yield from self._undos
        for value, kind, namespace in self._objects:
            if type(value) is not kind or attributes(value) is not namespace:
                yield functools.partial(_give_form, value, kind, namespace)
        for held in self._dicts:
            if not _is_as_before(held):
                yield functools.partial(_refill, held)


def _data_undo(cell: DataCell) -> Undo:
    before, put_back = cell.fingerprint(), cell.backup()
    reshape = _form_undo(cell.value) if type(cell.value) is np.ndarray else None

    def undo() -> None:
        if reshape is not None:
            reshape()
        if cell.fingerprint() != before:
            put_back()

    return undo


def _form_undo(array: Any) -> Undo:
    """Return what gives an array its size, dtype, shape and flags back."""
    shape, dtype, writeable = array.shape, array.dtype, array.flags.writeable

    def undo() -> None:
        if array.size * array.dtype.itemsize != dtype.itemsize * math.prod(shape):
            array.resize(shape, refcheck=False)
        if array.dtype != dtype:
            array.dtype = dtype
        if array.shape != shape:
            array.shape = shape
        if array.flags.writeable != writeable:
            array.flags.writeable = writeable

    return undo


def _object_array_undo(array: Any) -> Undo:
    old, items = array.copy(), array.tolist()

    def undo() -> None:
        if not _same_items(items, array.tolist()):
            np.copyto(array, old)

    return undo


def _same_items(old: Collection[Any], new: Collection[Any]) -> bool:
    return len(old) == len(new) and not any(map(operator.is_not, old, new))


def _dict_of(value: Any) -> _Dict:
    base: Any = dict
    if issubclass(type(value), collections.OrderedDict):
        base = collections.OrderedDict
    return base, value, list(base.keys(value)), list(base.values(value))


def _is_as_before(held: _Dict) -> bool:
    base, value, keys, items = held
    return _same_items(keys, base.keys(value)) and _same_items(items, base.values(value))


def _refill(held: _Dict) -> None:
    base, value, keys, items = held
    base.clear(value)
    for key, item in zip(keys, items, strict=True):
        base.__setitem__(value, key, item)


def _dict_undo(value: dict[Any, Any]) -> Undo:
    held = _dict_of(value)

    def undo() -> None:
        if not _is_as_before(held):
            _refill(held)

    return undo


def _sequence_undo(value: Any) -> Undo:
    base: Any = list if issubclass(type(value), list) else collections.deque
    items = list(base.__iter__(value))

    def undo() -> None:
        if not _same_items(items, list(base.__iter__(value))):
            base.clear(value)
            base.extend(value, items)

    return undo


def _set_undo(value: set[Any]) -> Undo:
    items = list(set.__iter__(value))

    def undo() -> None:
        if not _same_items(items, list(set.__iter__(value))):
            set.clear(value)
            set.update(value, items)

    return undo


def _cell_undos(cell: Any) -> Iterator[Undo]:
    try:
        content = cell.cell_contents
    except ValueError:

        def unbind() -> None:
            del cell.cell_contents

        yield unbind
        return

    def undo() -> None:
        cell.cell_contents = content

    yield undo


def _function_undos(function: Any) -> Iterator[Undo]:
    """Yield what binds a function's defaults and code again, and the globals that it assigns."""
    names = ("__defaults__", "__kwdefaults__", "__code__")
    held = [(name, getattr(function, name)) for name in names]

    def undo() -> None:
        for name, item in held:
            if getattr(function, name) is not item:
                setattr(function, name, item)

    yield undo
    if function.__kwdefaults__ is not None:
        yield _dict_undo(function.__kwdefaults__)
    namespace = function.__globals__
    for name in () if is_framework_function(function) else rebound_globals(function.__code__):
        yield _entry_undo(namespace, name)


def _entry_undo(namespace: dict[str, Any], name: str) -> Undo:
    if name not in namespace:
        return lambda: namespace.pop(name, None)
    item = namespace[name]

    def undo() -> None:
        if namespace.get(name) is not item:
            namespace[name] = item

    return undo


def _partial_undos(value: Any) -> Iterator[Undo]:
    held = (value.func, value.args, value.keywords, dict(value.__dict__) or None)

    def undo() -> None:
        if (value.func, value.args, value.keywords) != held[:3]:
            value.__setstate__(held)

    yield undo
    yield _dict_undo(value.keywords)


def _context_variable_undos(variable: contextvars.ContextVar[Any]) -> Iterator[Undo]:
    absent = object()
    held = variable.get(absent)

    def undo() -> None:
        if held is not absent and variable.get(absent) is not held:
            variable.set(held)

    yield undo


def _thread_local_undos(value: Any) -> Iterator[Undo]:
    yield _dict_undo(threading.local.__getattribute__(value, "__dict__"))


_HOLDERS: dict[Any, Callable[[Any], Iterator[Undo]]] = {
    types.CellType: _cell_undos,
    types.FunctionType: _function_undos,
    functools.partial: _partial_undos,
    contextvars.ContextVar: _context_variable_undos,
    threading.local: _thread_local_undos,
}


_CONTENTS: tuple[tuple[Any, Callable[[Any], Undo]], ...] = (
    (list, _sequence_undo),
    (collections.deque, _sequence_undo),
    (set, _set_undo),
    (np.ndarray, _object_array_undo),
)


class _Recipe:
    """What is to be remembered of the instances of a class."""

    __slots__ = ("contents", "has_attributes", "has_slots", "is_dict")

    def __init__(self, kind: Any) -> None:
        traced = kinds.module(kind).startswith(_TRACING)
        self.is_dict = issubclass(kind, dict)
        self.contents = _contents(kind)
        self.has_attributes = not traced and not issubclass(kind, type)
        self.has_slots = not traced and has_slots(kind)


@kinds.per_kind
def _recipe(kind: Any) -> _Recipe:
    return _Recipe(kind)


def _contents(kind: Any) -> Callable[[Any], Iterable[Undo]] | None:
    """Return what remembers the items of instances of a class, and all else but attributes."""
    for container, remember in _CONTENTS:
        if issubclass(kind, container):
            return lambda value: (remember(value),)
    return next((each for holder, each in _HOLDERS.items() if kind is holder), None)


@kinds.per_kind
def _users_bases(kind: Any) -> list[Any]:
    return [base for base in kinds.bases(kind) if not is_framework_type(base)]


def _class_undo(kind: Any) -> Undo:
    held = dict(kinds.namespace(kind))

    def undo() -> None:
        namespace = kinds.namespace(kind)
        # A class of pybind11 notes that its annotations were asked for, and can't be set.
        for name in [name for name in namespace if name not in held]:
            with contextlib.suppress(TypeError):
                type.__delattr__(kind, name)
        for name, item in held.items():
            if namespace.get(name) is not item and name not in ("__dict__", "__weakref__"):
                with contextlib.suppress(TypeError):
                    type.__setattr__(kind, name, item)

    return undo


def _give_form(value: Any, kind: type, namespace: dict[str, Any]) -> None:
    """Give an object its class and its dict of attributes back."""
    if type(value) is not kind:
        object.__setattr__(value, "__class__", kind)
    if attributes(value) is not namespace:
        set_attributes(value, namespace)


def _slot_undos(value: Any) -> Iterator[Undo]:
    for member, item in slot_values(value):
        yield _slot_undo(value, member, item)
    for member in unset_slots(value):
        yield _unset_undo(value, member)


def _unset_undo(value: Any, member: Any) -> Undo:
    def undo() -> None:
        with contextlib.suppress(AttributeError, TypeError):
            member.__delete__(value)

    return undo


def _slot_undo(value: Any, member: Any, item: Any) -> Undo:
    def undo() -> None:
        try:
            if member.__get__(value, type(value)) is item:
                return
        except AttributeError:
            pass
        with contextlib.suppress(AttributeError, TypeError):
            member.__set__(value, item)

    return undo


@contextlib.contextmanager
def preserved(
    *walks: Walk, data: bool = True, reaches: tuple[Reach, ...] = tuple(Reach)
) -> Iterator[None]:
    """Put everything back on the way out, however the way out is taken.

    Args:
        walks: what is to be put back.
        data: whether the bits of variables, arrays and tables are, too.
        reaches: whether that is what the models hold themselves, what classes and modules
            hold, or both.
    """
    states = RandomStates()
    snapshot = Snapshot(*walks, data=data, reaches=reaches)
    try:
        yield
    finally:
        take_back((snapshot.restore, states.restore))
