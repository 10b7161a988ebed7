"""Remember everything that two models hold, and put it back.

Containers and attributes are compared by identity of their items, and written
only where they changed. A variable's old value is held, not copied: TensorFlow
copies it when it is written to.
"""

from __future__ import annotations

import collections
import contextlib
import random
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from tensorflow.python.eager import context as eager_context

from pytest_tfpclone.state import kinds
from pytest_tfpclone.state.attributes import attributes, slot_values, unset_slots
from pytest_tfpclone.state.cells import DataCell, Undo, cell_of
from pytest_tfpclone.state.walk import Walk

# A traced function keeps the traces that a call adds.
_TRACING = "tensorflow.python.eager.polymorphic_function"


class Snapshot:
    """What the objects of some walks held when it was taken."""

    def __init__(self, *walks: Walk, data: bool = True) -> None:
        self._held: dict[int, Any] = {}
        self._undos: list[Undo] = []
        for walk in walks:
            for node in walk:
                if id(node.value) not in self._held:
                    self._held[id(node.value)] = node.value
                    self._remember(node.value, data)

    def _remember(self, value: Any, data: bool) -> None:
        kind = type(value)
        cell = cell_of(value)
        if isinstance(cell, DataCell):
            if data:
                self._undos.append(_data_undo(cell))
        elif issubclass(kind, dict):
            self._undos.append(_dict_undo(value))
        elif issubclass(kind, (list, collections.deque)):
            self._undos.append(_sequence_undo(value))
        elif issubclass(kind, set):
            self._undos.append(_set_undo(value))
        elif kind is types.CellType:
            self._undos.append(_cell_undo(value))
        if not kinds.module(kind).startswith(_TRACING):
            self._undos.extend(_attribute_undos(value))

    def restore(self) -> None:
        """Put back what changed; everything is tried even if one part raises."""
        errors: list[BaseException] = []
        for undo in self._undos:
            try:
                undo()
            except Exception as error:
                errors.append(error)
        if errors:
            raise errors[0]


def _data_undo(cell: DataCell) -> Undo:
    before, put_back = cell.fingerprint(), cell.backup()

    def undo() -> None:
        if cell.fingerprint() != before:
            put_back()

    return undo


def _same_items(old: list[Any], new: list[Any]) -> bool:
    return len(old) == len(new) and all(a is b for a, b in zip(old, new, strict=True))


def _dict_undo(value: dict[Any, Any]) -> Undo:
    ordered = isinstance(value, collections.OrderedDict)
    base: Any = collections.OrderedDict if ordered else dict
    keys, items = list(dict.keys(value)), list(dict.values(value))

    def undo() -> None:
        same = _same_items(keys, list(dict.keys(value)))
        if same and _same_items(items, list(dict.values(value))):
            return
        base.clear(value)
        for key, item in zip(keys, items, strict=True):
            base.__setitem__(value, key, item)

    return undo


def _sequence_undo(value: Any) -> Undo:
    base: Any = list if isinstance(value, list) else collections.deque
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


def _cell_undo(cell: Any) -> Undo:
    try:
        content = cell.cell_contents
    except ValueError:

        def unbind() -> None:
            del cell.cell_contents

        return unbind

    def undo() -> None:
        cell.cell_contents = content

    return undo


def _attribute_undos(value: Any) -> Iterator[Undo]:
    namespace = attributes(value)
    if namespace is not None:
        yield _dict_undo(namespace)
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


class RandomStates:
    """The readable state of the process-wide generators of Python, NumPy and TensorFlow."""

    def __init__(self) -> None:
        self._python = random.getstate()
        self._numpy = np.random.get_state(legacy=False)
        context = eager_context.context()
        self._tensorflow = (context._seed, context._rng.getstate() if _has_rng(context) else None)
        self._global = _global_generator_undo()

    def restore(self) -> None:
        """Put the states back without clearing a cache of TensorFlow's."""
        random.setstate(self._python)
        np.random.set_state(self._numpy)
        context = eager_context.context()
        context._seed, rng = self._tensorflow
        if rng is not None:
            context._rng.setstate(rng)
        self._global()


def _has_rng(context: Any) -> bool:
    return isinstance(getattr(context, "_rng", None), random.Random)


def _global_generator_undo() -> Callable[[], None]:
    module: Any = sys.modules.get("tensorflow.python.ops.stateful_random_ops")
    generator = getattr(module, "global_generator", None)
    if generator is None:

        def forget() -> None:
            if module is not None:
                module.global_generator = None

        return forget
    cell = cell_of(generator._state_var)
    put_back = cell.backup() if isinstance(cell, DataCell) else None

    def restore() -> None:
        module.global_generator = generator
        if put_back is not None:
            put_back()

    return restore


@contextlib.contextmanager
def preserved(*walks: Walk, data: bool = True) -> Iterator[None]:
    """Put everything back on the way out, however the way out is taken.

    Args:
        walks: what is to be put back.
        data: whether the bits of variables, arrays and tables are, too.
    """
    states = RandomStates()
    snapshot = Snapshot(*walks, data=data)
    try:
        yield
    finally:
        snapshot.restore()
        states.restore()
