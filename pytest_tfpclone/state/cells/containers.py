"""Python containers, plain objects and closure cells: state that has no bits of its own.

Their items are compared one by one where two graphs are matched. To prove that
one is shared, a mark is put into it on one side and seen on the other.
"""

from __future__ import annotations

import collections
import types
from collections.abc import Callable
from typing import Any

from pytest_tfpclone.state import kinds
from pytest_tfpclone.state.cells.base import Cell, NotWritable, Undo, kind


class ContainerCell(Cell):
    """A mutable container: its length or its keys can change."""

    kind = "container"

    @property
    def label(self) -> str:
        """The type and the number of items."""
        base = next(b for b in _LENGTHS if issubclass(type(self.value), b))
        return f"{kinds.name(type(self.value))}[{_LENGTHS[base](self.value)}]"

    def mark(self) -> tuple[str, Callable[[Any], bool], Undo]:
        """Put a mark in, and return what was done, how to see it, and how to take it out."""
        raise NotImplementedError


_LENGTHS: dict[type, Callable[[Any], int]] = {
    dict: dict.__len__,
    list: list.__len__,
    set: set.__len__,
    collections.deque: collections.deque.__len__,
}


@kind(dict)
class DictCell(ContainerCell):
    """A dict, or an object that is one."""

    def mark(self) -> tuple[str, Callable[[Any], bool], Undo]:
        """Add a key."""
        key = "<written by a check>"
        ordered = issubclass(type(self.value), collections.OrderedDict)
        base: Any = collections.OrderedDict if ordered else dict
        base.__setitem__(self.value, key, None)
        return (
            "a key was added", lambda other: dict.__contains__(other, key),
            lambda: base.__delitem__(self.value, key),
        )  # fmt: skip


@kind(list)
class ListCell(ContainerCell):
    """A list, or an object that is one."""

    def mark(self) -> tuple[str, Callable[[Any], bool], Undo]:
        """Append an item."""
        mark = object()
        list.append(self.value, mark)
        return (
            "an item was appended",
            lambda other: list.__len__(other) > 0 and list.__getitem__(other, -1) is mark,
            lambda: list.__delitem__(self.value, -1),
        )


@kind(collections.deque)
class DequeCell(ContainerCell):
    """A ``collections.deque``."""

    def mark(self) -> tuple[str, Callable[[Any], bool], Undo]:
        """Rotate the items by one."""
        base: Any = collections.deque
        if len(set(map(id, base.__iter__(self.value)))) < 2:
            raise NotWritable("rotating a deque of fewer than two items changes nothing")
        first = base.__getitem__(self.value, 0)
        base.rotate(self.value, 1)
        return (
            "the items were rotated", lambda other: base.__getitem__(other, 1) is first,
            lambda: base.rotate(self.value, -1),
        )  # fmt: skip


@kind(set)
class SetCell(ContainerCell):
    """A set; it is not written to, since its order could not be put back."""

    def mark(self) -> tuple[str, Callable[[Any], bool], Undo]:
        """Refuse."""
        raise NotWritable("a set is not written to: its order could not be put back")


@kind(types.CellType)
class ClosureCell(Cell):
    """A closure's variable. It is state only where some function rebinds it (``nonlocal``)."""

    kind = "closure variable"

    @property
    def label(self) -> str:
        """The type of what is bound."""
        try:
            return kinds.name(type(self.value.cell_contents))
        except ValueError:
            return "unbound"


class IteratorCell(Cell):
    """An iterator: its position is state, which nothing but using it up can change."""

    kind = "iterator"

    @property
    def label(self) -> str:
        """The name of the type."""
        return kinds.name(type(self.value))


class ObjectCell(Cell):
    """An object with attributes that can be set."""

    kind = "object"

    @property
    def label(self) -> str:
        """The name of the type."""
        return kinds.name(type(self.value))

    def mark(self) -> tuple[str, Callable[[Any], bool], Undo]:
        """Set an attribute, below any ``__setattr__`` of the object."""
        try:
            namespace = object.__getattribute__(self.value, "__dict__")
        except AttributeError:
            raise NotWritable("an object without __dict__ is not written to") from None
        name = "_written_by_a_check"
        dict.__setitem__(namespace, name, None)

        def is_seen(other: Any) -> bool:
            return dict.__contains__(object.__getattribute__(other, "__dict__"), name)

        return "an attribute was set", is_seen, lambda: dict.__delitem__(namespace, name)
