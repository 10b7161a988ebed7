"""What a kind of state cell must be able to do, and the register of kinds."""

from __future__ import annotations

import abc
from collections.abc import Callable, Hashable
from typing import Any, ClassVar, TypeAlias, TypeVar

from pytest_tfpclone.state import kinds

Undo: TypeAlias = Callable[[], None]
_AnyCell = TypeVar("_AnyCell", bound="type[Cell]")


class Cell(abc.ABC):
    """One piece of mutable state, bound to the object that holds it.

    A kind of cell is one subclass, registered with ``@kind(Type, ...)``.
    """

    kind: ClassVar[str]
    is_tensorflow: ClassVar[bool] = False

    def __init__(self, value: Any) -> None:
        self.value = value

    @property
    def identity(self) -> Hashable:
        """What two cells have in common when they are the same state."""
        return id(self.value)

    @property
    @abc.abstractmethod
    def label(self) -> str:
        """The cell in a few words, such as ``float32[3, 2]``."""


class DataCell(Cell):
    """A cell whose value is bits: it can be compared, written and put back."""

    is_floating: bool = False

    @abc.abstractmethod
    def fingerprint(self) -> Hashable:
        """Return something that is equal if and only if the bits are."""

    @abc.abstractmethod
    def backup(self) -> Undo:
        """Return a function that puts the present bits back."""

    @abc.abstractmethod
    def write(self) -> Undo:
        """Change the bits, and return a function that puts them back.

        Raises:
            NotWritable: the cell can't be written and put back safely.
        """

    def nudge(self, seed: int) -> Undo | None:
        """Change the value a little, alike for equal values; None if that means nothing."""
        return None

    def take(self, other: DataCell) -> None:
        """Assign the value of another cell of the same kind, dtype and shape, where one can."""

    def numpy(self) -> Any:
        """Return the value as an array; raises TypeError if it is not one."""
        raise TypeError(f"a {self.kind} is no array")

    def show(self) -> str:
        """Return the value as text that fits into a line of a report."""
        return self.label


class Fingerprints(dict[DataCell, Hashable]):
    """The bits of cells, read once each: when they are first asked for."""

    def __missing__(self, cell: DataCell) -> Hashable:
        self[cell] = cell.fingerprint()
        return self[cell]


class NotWritable(Exception):
    """A cell can't be written and put back safely; the text says why."""


class _Kinds:
    def __init__(self) -> None:
        self.registered: dict[int, tuple[type, type[Cell]]] = {}
        self.resolved = kinds.Known()


_kinds = _Kinds()


def kind(*types: type) -> Callable[[_AnyCell], _AnyCell]:
    """Register the decorated class as the kind of cell that these types are."""

    def register(cell: _AnyCell) -> _AnyCell:
        for each in types:
            _kinds.registered[id(each)] = (each, cell)
        _kinds.resolved.clear()
        return cell

    return register


def registered(type_of: type) -> type[Cell] | None:
    """Return the kind of cell that is registered for just this type."""
    found = _kinds.registered.get(id(type_of))
    return found[1] if found else None


def cell_of(value: object) -> Cell | None:
    """Return the cell that an object is, or None if it is no state."""
    type_of = type(value)
    try:
        found = _kinds.resolved[id(type_of)][1]
    except KeyError:
        registered = (_kinds.registered.get(id(base)) for base in kinds.bases(type_of))
        found = next((each[1] for each in registered if each), None)
        _kinds.resolved.keep(type_of, (type_of, found))
    if found is None:
        return None
    make: Callable[[Any], Cell | None] = getattr(found, "of", found)
    return make(value)
