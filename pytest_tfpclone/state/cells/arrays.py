"""NumPy arrays and other writable memory, told apart by the bytes that they cover."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import Any

import numpy as np
import xxhash
from numpy.lib.array_utils import byte_bounds

from pytest_tfpclone.state.cells.base import Cell, DataCell, NotWritable, Undo, kind
from pytest_tfpclone.state.cells.numbers import dimensions, nudged, short_value
from pytest_tfpclone.state.edges import table

table.add(bytearray, memoryview)(lambda value: [])


def _writable(array: Any) -> Any | None:
    """Return an array over the same elements that may be written, or None if none may."""
    if array.flags.writeable:
        return array
    base = array.base
    while base is not None:
        if isinstance(base, np.ndarray):
            if base.flags.writeable:
                offset = array.ctypes.data - base.ctypes.data
                if base.flags.c_contiguous and offset >= 0:
                    return np.ndarray(
                        array.shape, array.dtype, base.view(np.uint8).reshape(-1).data,
                        offset, array.strides,
                    )  # fmt: skip
                return base
            base = base.base
        else:
            return None
    return None


@kind(np.ndarray)
class ArrayCell(DataCell):
    """An array that can be written to, itself or through the array that it looks into."""

    kind = "array"

    def __init__(self, value: Any, target: Any) -> None:
        super().__init__(value)
        self._target = target

    @classmethod
    def of(cls, array: Any) -> ArrayCell | None:
        """Return the cell of an array; None if nothing can change its elements."""
        if array.dtype.hasobject or not array.size:
            return None
        target = _writable(np.asarray(array))
        return None if target is None else cls(array, target)

    @property
    def bounds(self) -> tuple[int, int]:
        """The first byte that the array covers, and the first one after it."""
        low, high = byte_bounds(np.asarray(self.value))
        return int(low), int(high)

    @property
    def label(self) -> str:
        """The dtype and the shape."""
        return f"{self.value.dtype.name}{dimensions(self.value.shape)}"

    @property
    def is_floating(self) -> bool:  # type: ignore[override]
        """Whether the elements are floating-point numbers."""
        return bool(self.value.dtype.kind == "f")

    def fingerprint(self) -> Hashable:
        """Return dtype, shape and a 128-bit XXH3 hash of the bits."""
        whole = np.ascontiguousarray(self.value)
        return (
            str(self.value.dtype), tuple(self.value.shape),
            xxhash.xxh3_128_digest(whole.reshape(-1).view(np.uint8).data),
        )  # fmt: skip

    def backup(self) -> Undo:
        """Copy the present elements."""
        old = self._target.copy()
        return lambda: np.copyto(self._target, old)

    def write(self) -> Undo:
        """Flip every bit of every element."""
        if self._target.dtype.kind in "fiucbmM":
            self._flip()
            return self._flip
        rolled = np.roll(self._target, 1)
        if rolled.tobytes() == self._target.tobytes():
            raise NotWritable(f"elements of dtype {self.value.dtype} that are alike can't be moved")
        undo = self.backup()
        np.copyto(self._target, rolled)
        return undo

    def _flip(self) -> None:
        target = self._target
        if target.dtype == np.bool_:
            np.logical_not(target, out=target)
            return
        unsigned = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}.get(target.itemsize)
        if unsigned is not None:
            view = target.view(unsigned)
            np.invert(view, out=view)
        else:
            parts = np.ascontiguousarray(target).reshape(-1).view(np.uint8)
            np.copyto(target, np.invert(parts).view(target.dtype).reshape(target.shape))

    def nudge(self, seed: int) -> Undo | None:
        """Add a small number, drawn from the seed, to every element."""
        if not self.is_floating:
            return None
        undo = self.backup()
        np.copyto(self._target, nudged(self._target, seed))
        return undo

    def numpy(self) -> Any:
        """Return the array."""
        return self.value

    def show(self) -> str:
        """Return the first elements."""
        return short_value(self.value)


@kind(bytearray)
class BytesCell(DataCell):
    """A ``bytearray``."""

    kind = "array"

    @property
    def label(self) -> str:
        """The type and the length in bytes."""
        return f"bytearray[{len(self.value)}]"

    def fingerprint(self) -> Hashable:
        """Return the bytes."""
        return bytes(self.value)

    def backup(self) -> Undo:
        """Copy the present bytes."""
        old = bytes(self.value)

        def put_back() -> None:
            self.value[:] = old

        return put_back

    def write(self) -> Undo:
        """Flip every bit."""
        if not self.value:
            raise NotWritable("an empty bytearray has no byte to write")
        undo = self.backup()
        self.value[:] = bytes(byte ^ 0xFF for byte in self.value)
        return undo

    def show(self) -> str:
        """Return the first bytes."""
        return repr(bytes(self.value[:8]))


def overlaps(left: Iterable[Cell], right: Iterable[Cell]) -> Iterator[tuple[ArrayCell, ArrayCell]]:
    """Yield the pairs of arrays, one of each side, that have bytes in common.

    The arrays are swept in the order of their addresses, so that the time is
    n log n in their number and linear in the pairs found.
    """
    spans = sorted(
        (*cell.bounds, side, position, cell)
        for side, cells in enumerate((left, right))
        for position, cell in enumerate(cells)
        if isinstance(cell, ArrayCell)
    )
    open_spans: tuple[list[tuple[int, ArrayCell]], ...] = ([], [])
    for low, high, side, _, cell in spans:
        other = open_spans[1 - side]
        other[:] = [span for span in other if span[0] > low]
        for _, candidate in other:
            pair = (cell, candidate) if side == 0 else (candidate, cell)
            if _share_elements(*pair):
                yield pair
        open_spans[side].append((high, cell))


def _share_elements(left: ArrayCell, right: ArrayCell) -> bool:
    try:
        work: Any = 10_000
        return bool(np.shares_memory(left.value, right.value, max_work=work))
    except np.exceptions.TooHardError:
        return True
