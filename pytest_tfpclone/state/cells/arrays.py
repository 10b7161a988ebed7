"""NumPy arrays and other writable memory, told apart by the bytes that they cover."""

from __future__ import annotations

import array
import ctypes
import mmap
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any, TypeAlias, TypeVar

import numpy as np
import xxhash
from numpy.lib.recfunctions import repack_fields

from pytest_tfpclone.state import kinds
from pytest_tfpclone.state.attributes import Edges
from pytest_tfpclone.state.cells.base import Cell, DataCell, NotWritable, Undo, kind
from pytest_tfpclone.state.cells.containers import ContainerCell
from pytest_tfpclone.state.cells.numbers import dimensions, nudged, short_value
from pytest_tfpclone.state.edges import table

try:
    from numpy.lib.array_utils import byte_bounds
except ImportError:  # NumPy 1, which TensorFlow 2.18 may be installed with
    from numpy import byte_bounds  # type: ignore[attr-defined,no-redef]

_RESIZABLE = (bytearray, array.array)
_UNSIGNED = {np.dtype(each).itemsize: each for each in (np.uint8, np.uint16, np.uint32, np.uint64)}
table.add(bytearray, memoryview, array.array, mmap.mmap, ctypes.Array)(lambda value: [])


@table.add(np.void)
def record_edges(record: Any) -> Edges:
    """Return the objects that a record of a structured array refers to."""
    if not record.dtype.hasobject:
        return []
    return [(f"[{name!r}]", record[name]) for name in record.dtype.names]


class _Unlocked:
    """What NumPy makes an array from that may be written, over the elements of another."""

    def __init__(self, elements: Any) -> None:
        interface = elements.__array_interface__
        address, _ = interface["data"]
        self.__array_interface__ = {**interface, "data": (address, False)}
        self._kept = elements


def _writable(elements: Any) -> Any | None:
    """Return an array over the same elements that may be written, or None if none may."""
    owner = elements
    while isinstance(owner, (np.ndarray, memoryview)):
        if isinstance(owner, memoryview):  # of what NumPy did not make
            owner = owner.obj
        elif not owner.flags.writeable:
            owner = owner.base
        elif owner is elements:
            return elements
        else:
            return np.asarray(_Unlocked(elements)).view(elements.dtype)
    if isinstance(owner, (bytearray, array.array, mmap.mmap)):
        with memoryview(owner) as view:
            if not view.readonly:
                return np.asarray(_Unlocked(elements)).view(elements.dtype)
    return None


def _number_parts(elements: Any) -> Iterator[Any]:
    """Yield an array of numbers itself, and the number fields of a structured array."""
    if elements.dtype.kind in "fiucbmM":
        yield elements
    for name in elements.dtype.names or ():
        yield from _number_parts(elements[name])


def _flip(parts: list[Any]) -> None:
    for target in parts:
        unsigned = _UNSIGNED.get(target.itemsize)
        if target.dtype == np.bool_:
            np.logical_not(target, out=target)
        elif unsigned is not None:
            view = target.view(unsigned)
            np.invert(view, out=view)
        else:
            bits = np.ascontiguousarray(target).ravel().view(np.uint8)
            np.copyto(target, np.invert(bits).view(target.dtype).reshape(target.shape))


@kind(np.ndarray)
class ArrayCell(DataCell):
    """An array that can be written to, itself or through the array that it looks into."""

    kind = "array"

    def __init__(self, value: Any, target: Any) -> None:
        super().__init__(value)
        self._target = target

    @classmethod
    def of(cls, value: Any) -> Cell | None:
        """Return the cell of an array; None if nothing can change its elements."""
        if value.dtype.hasobject:
            return ObjectArrayCell(value) if value.flags.writeable else None
        if not value.size:
            return None
        target = _writable(np.asarray(value))
        return None if target is None else cls(value, target)

    @property
    def memory(self) -> Any:
        """The elements, as a plain array."""
        return np.asarray(self.value)

    @property
    def label(self) -> str:
        """The dtype and the shape."""
        return f"{self.value.dtype.name}{dimensions(self.value.shape)}"

    @property
    def is_floating(self) -> bool:  # type: ignore[override]
        """Whether the elements are floating-point numbers."""
        return bool(self.value.dtype.kind == "f")

    def fingerprint(self) -> Hashable:
        """Return dtype, shape and a 128-bit XXH3 hash of the bits, padding left out."""
        whole = np.ascontiguousarray(repack_fields(self.memory, recurse=True))
        return (
            str(self.value.dtype), tuple(self.value.shape),
            xxhash.xxh3_128_digest(whole.ravel().view(np.uint8).data),
        )  # fmt: skip

    def backup(self) -> Undo:
        """Copy the present elements."""
        old = self._target.copy()
        return lambda: np.copyto(self._target, old)

    def write(self) -> Undo:
        """Flip every bit of every number; move elements that are no numbers."""
        numbers = list(_number_parts(self._target))
        if numbers:
            _flip(numbers)
            return lambda: _flip(numbers)
        rolled = np.roll(self._target, 1)
        if rolled.tobytes() == self._target.tobytes():
            raise NotWritable(f"elements of dtype {self.value.dtype} that are alike can't be moved")
        undo = self.backup()
        np.copyto(self._target, rolled)
        return undo

    def nudge(self, seed: int) -> Undo | None:
        """Move every element a little; None for what is no number."""
        if self.value.dtype.kind not in "fciub":
            return None
        undo = self.backup()
        np.copyto(self._target, nudged(self._target, seed))
        return undo

    def take(self, other: DataCell) -> None:
        """Copy the elements of another array."""
        if isinstance(other, ArrayCell):
            np.copyto(self._target, other.memory)

    def numpy(self) -> Any:
        """Return the array."""
        return self.value

    def show(self) -> str:
        """Return the first elements."""
        return short_value(self.value)


@kind(bytearray, memoryview, array.array, mmap.mmap, ctypes.Array)
class BufferCell(DataCell):
    """A writable buffer of Python's: a ``bytearray``, an ``array.array``, a mapped file.

    A view into it is held no longer than it takes, since it keeps the buffer from growing.
    """

    kind = "array"

    @classmethod
    def of(cls, value: Any) -> BufferCell | None:
        """Return the cell of a buffer; None if it is read-only, empty or released."""
        try:
            with memoryview(value) as view:
                kept = view.nbytes or isinstance(value, _RESIZABLE)
                return cls(value) if kept and not view.readonly and view.contiguous else None
        except (ValueError, BufferError):
            return None

    @property
    def memory(self) -> Any:
        """The bytes as an array that looks into them."""
        return np.frombuffer(self.value, np.uint8) if len(self.value) else np.empty(0, np.uint8)

    @property
    def label(self) -> str:
        """The type and the length in bytes."""
        return f"{kinds.name(type(self.value))}[{self.memory.size}]"

    def fingerprint(self) -> Hashable:
        """Return the bytes."""
        return bytes(self.memory)

    def backup(self) -> Undo:
        """Copy the present bytes."""
        old = self.memory.copy()

        def put_back() -> None:
            if isinstance(self.value, _RESIZABLE) and self.memory.size != old.size:
                del self.value[:]
                add = self.value.extend if isinstance(self.value, bytearray) else (
                    self.value.frombytes
                )  # fmt: skip
                add(old.tobytes())
            np.copyto(self.memory, old)

        return put_back

    def write(self) -> Undo:
        """Flip every bit."""
        if not self.memory.size:
            raise NotWritable("an empty buffer has no byte to write")
        self._flip()
        return self._flip

    def _flip(self) -> None:
        memory = self.memory
        np.invert(memory, out=memory)

    def show(self) -> str:
        """Return the first bytes."""
        return repr(bytes(self.memory[:8]))


@kind(np.void)
class RecordCell(ArrayCell):
    """A record of a structured array: a view into one of its elements."""

    @classmethod
    def of(cls, value: Any) -> Cell | None:
        """Return the cell of a record; None for a scalar of its own, or one of objects."""
        return None if value.base is None or value.dtype.hasobject else super().of(value)


class ObjectArrayCell(ContainerCell):
    """An array of objects: a container of a fixed length."""

    @property
    def label(self) -> str:
        """The dtype and the shape."""
        return f"ndarray object{dimensions(self.value.shape)}"

    def mark(self) -> tuple[str, Callable[[Any], bool], Undo]:
        """Put another object in the first place."""
        if self.value.dtype.names or not self.value.size or not self.value.flags.writeable:
            raise NotWritable("it has no element that can be replaced")
        flat, mark = self.value.flat, object()
        before = flat[0]
        flat[0] = mark
        return (
            "an element was replaced", lambda other: other.flat[0] is mark,
            lambda: flat.__setitem__(0, before),
        )  # fmt: skip


MemoryCell: TypeAlias = ArrayCell | BufferCell
_AnyCell = TypeVar("_AnyCell", bound=Cell)


def overlaps(
    left: Iterable[Cell], right: Iterable[Cell]
) -> Iterator[tuple[MemoryCell, MemoryCell]]:
    """Yield the pairs of arrays, one of each side, that have bytes in common.

    The arrays are swept in the order of their addresses, so that the time is
    n log n in their number and linear in the pairs found.
    """
    spans = sorted(
        (*_bounds(cell.memory), side, position, cell)
        for side, cells in enumerate((left, right))
        for position, cell in enumerate(cells)
        if isinstance(cell, (ArrayCell, BufferCell))
    )
    open_spans: tuple[list[tuple[int, MemoryCell]], ...] = ([], [])
    for low, high, side, _, cell in spans:
        other = open_spans[not side]
        other[:] = [span for span in other if span[0] > low]
        for _, candidate in other:
            pair = (candidate, cell) if side else (cell, candidate)
            if _share_elements(*pair):
                yield pair
        open_spans[side].append((high, cell))


def common_memory(cells: Iterable[tuple[int, Cell]]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of owners whose arrays have bytes in common, lower number first.

    Args:
        cells: (number of the owner, cell); cells that are no memory are left out.
    """
    spans = sorted(
        (*_bounds(cell.memory), owner, position, cell)
        for position, (owner, cell) in enumerate(cells)
        if isinstance(cell, (ArrayCell, BufferCell))
    )
    open_spans: list[tuple[int, int, MemoryCell]] = []
    for low, high, owner, _, cell in spans:
        open_spans = [span for span in open_spans if span[0] > low]
        for _, other, candidate in open_spans:
            if other != owner and _share_elements(cell, candidate):
                yield min(owner, other), max(owner, other)
        open_spans.append((high, owner, cell))


def without_aliases(cells: list[_AnyCell]) -> list[_AnyCell]:
    """Leave out each array whose bytes another covers: flipped twice, they would be as before."""
    aliases: set[int] = set()
    for wide, narrow in overlaps(cells, cells):
        (low, high), (start, end) = _bounds(wide.memory), _bounds(narrow.memory)
        if wide is narrow or id(wide) in aliases or not (low <= start and end <= high):
            continue
        aliases.add(id(narrow))
    return [cell for cell in cells if id(cell) not in aliases]


def owner_of(cell: MemoryCell) -> int:
    """Return the id of what owns the bytes that a cell covers."""
    owner = cell.value
    while isinstance(owner, (np.ndarray, np.void)) and owner.base is not None:
        owner = owner.base
    return id(owner)


def _bounds(memory: Any) -> tuple[int, int]:
    low, high = byte_bounds(memory)
    return int(low), int(high)


def _share_elements(left: MemoryCell, right: MemoryCell) -> bool:
    try:
        work: Any = 10_000
        return bool(np.shares_memory(left.memory, right.memory, max_work=work))
    except np.exceptions.TooHardError:
        return True
