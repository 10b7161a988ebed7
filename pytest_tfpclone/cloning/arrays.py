"""Clone NumPy arrays and generators; views of one array are views of one clone."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_tfpclone.cloning.dispatch import built_in
from pytest_tfpclone.cloning.errors import UnclonableError
from pytest_tfpclone.cloning.instances import clone_by_reduction, fill_attributes

if TYPE_CHECKING:
    from pytest_tfpclone.cloning.engine import Cloner

_Steps = Generator[Any, Any, Any]


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
        cloner.remember(original, copy)
    if original.dtype.hasobject and owner is None:
        yield from _fill_objects(original, copy)
    if kind is not np.ndarray:
        yield from fill_attributes(original, copy, cloner)
    if not original.flags.writeable:
        copy.flags.writeable = False
    return copy


def _owner(array: Any) -> Any:
    """Return the array that owns the memory which a view looks into."""
    owner = None
    base = array.base
    while isinstance(base, np.ndarray):
        owner, base = base, base.base
    contiguous = owner is not None and (owner.flags.c_contiguous or owner.flags.f_contiguous)
    return owner if contiguous else None


def _independent(array: Any) -> Any:
    if array.dtype.hasobject:
        if array.dtype != np.dtype(object):
            raise UnclonableError(array, "it is a structured array that holds objects")
        return np.empty_like(array)
    return np.ndarray.copy(array, order="K")


def _fill_objects(array: Any, copy: Any) -> _Steps:
    for place in np.ndindex(array.shape):
        item = yield array[place]
        if place:
            copy[place] = item
        else:
            # Indexing a scalar array would unpack a sequence.
            copy.fill(item)


def _view(view: Any, owner: Any, fresh: Any) -> Any:
    offset = view.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
    flat = (fresh if fresh.flags.c_contiguous else fresh.T).reshape(-1)
    plain: Any = flat.view(np.ndarray)
    if view.dtype.hasobject:
        start = plain[offset // view.dtype.itemsize :]
        made = np.lib.stride_tricks.as_strided(start, view.shape, view.strides)
    else:
        frozen = not fresh.flags.writeable
        if frozen:
            fresh.flags.writeable = True
            flat = (fresh if fresh.flags.c_contiguous else fresh.T).reshape(-1)
            plain = flat.view(np.ndarray)
        made = np.ndarray(view.shape, view.dtype, plain.view(np.uint8), offset, view.strides)
        if frozen:
            fresh.flags.writeable = False
    return made if type(view) is np.ndarray else made.view(type(view))


@built_in(np.random.Generator, np.random.RandomState, np.random.BitGenerator)
def clone_generator(original: Any, cloner: Cloner) -> _Steps:
    """Clone a NumPy generator with its state."""
    return (yield from clone_by_reduction(original, cloner))
