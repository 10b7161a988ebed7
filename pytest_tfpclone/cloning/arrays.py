"""Clone NumPy arrays and generators; views of one memory are views of one clone."""

from __future__ import annotations

import array
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_tfpclone.cloning.dispatch import built_in
from pytest_tfpclone.cloning.errors import UnclonableError
from pytest_tfpclone.cloning.instances import clone_by_reduction, fill_attributes

if TYPE_CHECKING:
    from pytest_tfpclone.cloning.engine import Cloner

_Steps = Generator[Any, Any, Any]
_BUFFERS = (bytearray, array.array)
_BASED: tuple[Any, ...] = (
    np.ndarray,
    np.void,
    type(np.lib.stride_tricks.as_strided(np.zeros(1)).base),
)


@built_in(np.generic, np.dtype, np.ufunc)
def keep(original: Any, cloner: Cloner) -> Any:
    """Keep scalars, dtypes and universal functions, which are immutable."""
    return original


@built_in(np.memmap)
def refuse_memory_map(original: Any, cloner: Cloner) -> Any:
    """Refuse an array that is a file on disk."""
    raise UnclonableError(original, f"it is an array in a file ({original.filename})")


@built_in(np.ndarray)
def clone_array(original: Any, cloner: Cloner) -> _Steps:
    """Clone an array bit for bit, a view as a view of its owner's clone."""
    kind = type(original)
    owner = _owner(original)
    if owner is None:
        copy = _independent(original)
        cloner.remember(original, copy)
    else:
        fresh_owner = yield owner
        known = cloner.copies.get(id(original))
        if known is not None:
            return known
        if fresh_owner is owner:
            return original
        copy = _view(original, owner, fresh_owner)
        copy = copy if kind is np.ndarray else copy.view(kind)
        cloner.remember(original, copy)
    if original.dtype.hasobject and owner is None:
        yield from _fill_objects(original, copy)
    if kind is not np.ndarray:
        yield from fill_attributes(original, copy, cloner)
    if not original.flags.writeable:
        copy.flags.writeable = False
    return copy


@built_in(np.void)
def clone_record(original: Any, cloner: Cloner) -> _Steps:
    """Clone a structured scalar, which is a view: of its array's clone, if it is of an array."""
    owner = _owner(original)
    if owner is None:
        return _independent(np.asarray(original))[()]
    fresh_owner = yield owner
    return original if fresh_owner is owner else _view(original, owner, fresh_owner)[()]


def _owner(view: Any) -> Any:
    """Return what owns the memory which a view looks into, and None for an owner itself."""
    owner: Any = None
    base = _base(view)
    while base is not None:
        if isinstance(base, (np.ndarray, *_BUFFERS)):
            owner = base
        base = _base(base)
    return owner if owner is None or _memory(owner) is not None else None


def _base(view: Any) -> Any:
    if type(view) is memoryview:
        return view.obj
    return view.base if isinstance(view, _BASED) else None


def _memory(owner: Any) -> Any:
    """Return the items of an array, or the bytes of a buffer, as they lie in memory.

    Returns:
        An array of one dimension, or None if there are gaps between an array's items.
    """
    if isinstance(owner, _BUFFERS):
        return np.frombuffer(owner, np.uint8)
    plain = owner.view(np.ndarray)
    by_stride = sorted(range(plain.ndim), key=lambda axis: plain.strides[axis], reverse=True)
    ordered = plain.transpose(by_stride)
    return ordered.reshape(-1) if ordered.flags.c_contiguous else None


def _independent(original: Any) -> Any:
    if original.dtype.hasobject:
        if original.dtype != np.dtype(object):
            raise UnclonableError(original, "it is a structured array that holds objects")
        return np.empty_like(original)
    return np.ndarray.copy(original, order="K")


def _fill_objects(original: Any, copy: Any) -> _Steps:
    for place in np.ndindex(original.shape):
        item = yield original[place]
        if place:
            copy[place] = item
        else:
            # Indexing a scalar array would unpack a sequence.
            copy.fill(item)


def _view(view: Any, owner: Any, fresh: Any) -> Any:
    """Return an array that looks into an owner's clone as a view looks into the owner."""
    frozen = isinstance(fresh, np.ndarray) and not fresh.flags.writeable
    if frozen:
        fresh.flags.writeable = True
    memory = _memory(fresh)
    offset = _address(view) - _address(_memory(owner))
    if view.dtype.hasobject:
        start = memory[offset // view.dtype.itemsize :]
        made = np.lib.stride_tricks.as_strided(start, view.shape, view.strides)
    else:
        made = np.ndarray(view.shape, view.dtype, memory.view(np.uint8), offset, view.strides)
    if frozen:
        fresh.flags.writeable = False
    return made


def _address(view: Any) -> int:
    address: int = view.__array_interface__["data"][0]
    return address


@built_in(np.random.Generator, np.random.RandomState, np.random.BitGenerator)
def clone_generator(original: Any, cloner: Cloner) -> _Steps:
    """Clone a NumPy generator with its state."""
    return (yield from clone_by_reduction(original, cloner))
