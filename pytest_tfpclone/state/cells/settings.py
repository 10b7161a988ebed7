"""Floating-point numbers that a dict, a list or an object holds as they are.

They are compared one by one where two graphs are matched. As a cell they can be moved, to
see which model computes with them.
"""

from __future__ import annotations

import collections
from collections.abc import Callable, Hashable, Iterator
from typing import Any

from pytest_tfpclone.state import kinds
from pytest_tfpclone.state.attributes import attributes, slot_values
from pytest_tfpclone.state.cells.base import DataCell, NotWritable, Undo
from pytest_tfpclone.state.cells.numbers import nudged
from pytest_tfpclone.state.ownership import is_bookkeeping

_Place = tuple[float, Callable[[float], None]]


class SettingsCell(DataCell):
    """The numbers of one holder; ``of`` tells whether it has any."""

    kind = "number"

    @classmethod
    def of(cls, value: object) -> SettingsCell | None:
        """Return the cell of a holder; None if it holds no such number that is a user's."""
        return cls(value) if any(True for _ in _places(value)) else None

    @property
    def identity(self) -> Hashable:
        """The holder, which may be a cell of another kind itself."""
        return ("settings", id(self.value))

    @property
    def label(self) -> str:
        """How many numbers there are, in what."""
        return f"float[{len(self._numbers())}] in {kinds.name(type(self.value))}"

    def _numbers(self) -> list[float]:
        return [number for number, _ in _places(self.value)]

    def fingerprint(self) -> Hashable:
        """Return the numbers as text, which tells every NaN and zero from others."""
        return tuple(map(float.hex, self._numbers()))

    def backup(self) -> Undo:
        """Hold the present numbers."""
        held = list(_places(self.value))

        def put_back() -> None:
            for number, assign in held:
                assign(number)

        return put_back

    def write(self) -> Undo:
        """Refuse: a number is moved, or left."""
        raise NotWritable("plain numbers have no bits to flip")

    def nudge(self, seed: int) -> Undo:
        """Move every number a little."""
        undo = self.backup()
        for number, assign in list(_places(self.value)):
            assign(float(nudged(number, seed)))
        return undo


def _places(value: Any) -> Iterator[_Place]:
    """Yield each number with the function that assigns to its place."""
    kind = type(value)
    if issubclass(kind, dict):
        yield from _items(value, collections.OrderedDict if _is_ordered(kind) else dict)
    elif issubclass(kind, list):
        for index, item in enumerate(list.__iter__(value)):
            if type(item) is float:
                yield item, lambda new, index=index: list.__setitem__(value, index, new)  # type: ignore[misc]
    elif not issubclass(kind, (type, tuple, str)):
        namespace = attributes(value)
        if namespace is not None:
            yield from _items(namespace, dict, kind)
        for member, item in slot_values(value):
            if type(item) is float and not is_bookkeeping(kind, member.__name__):
                yield item, lambda new, member=member: member.__set__(value, new)  # type: ignore[misc]


def _is_ordered(kind: type) -> bool:
    return issubclass(kind, collections.OrderedDict)


def _items(held: Any, base: Any, owner: type | None = None) -> Iterator[_Place]:
    for key, item in list(dict.items(held)):
        if type(item) is not float:
            continue
        if owner is not None and is_bookkeeping(owner, str(key)):
            continue
        yield item, lambda new, key=key: base.__setitem__(held, key, new)  # type: ignore[misc]
