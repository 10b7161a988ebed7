"""Which objects count as state when two models reach them."""

from __future__ import annotations

import copy
import enum
import functools
import random
import types
import weakref
from typing import TYPE_CHECKING, Any

import tensorflow as tf
from tensorflow.python.eager.polymorphic_function.concrete_function import ConcreteFunction
from tensorflow.python.eager.polymorphic_function.polymorphic_function import Function
from tensorflow.python.framework.composite_tensor import CompositeTensor
from tensorflow.python.framework.ops import EagerTensor
from tensorflow.python.ops.lookup_ops import LookupInterface

from pytest_tfpclone.state import kinds
from pytest_tfpclone.state.attributes import has_settable_attributes
from pytest_tfpclone.state.cells import Cell, DataCell, cell_of
from pytest_tfpclone.state.cells.containers import ClosureCell, IteratorCell, ObjectCell
from pytest_tfpclone.state.framework import is_standard_type
from pytest_tfpclone.state.functions import rebound_names

if TYPE_CHECKING:
    from pytest_tfpclone.state.walk import Node, Walk

# What refers to other things, and can't be made to refer to others itself.
TRANSPARENT = (
    types.FunctionType, types.MethodType, types.BuiltinFunctionType, types.MethodWrapperType,
    types.CoroutineType, types.MappingProxyType, random.SystemRandom, functools.partial, tuple,
    frozenset, weakref.ref, property, staticmethod, classmethod, type, types.ModuleType, enum.Enum,
    EagerTensor, tf.data.Dataset, LookupInterface, Function, ConcreteFunction,
    type(functools.lru_cache(lambda: 0)),
)  # fmt: skip


@kinds.per_kind
def is_frozen_type(kind: Any) -> bool:
    """Return whether instances of a class can't have their attributes set."""
    parameters = kinds.namespace(kind).get("__dataclass_params__")
    if parameters is not None:
        return bool(parameters.frozen)
    setter = kinds.member(kind, "__setattr__")
    guarded = kinds.namespace(kind).get("__setattr__") is setter
    return guarded and getattr(setter, "__name__", "") == "_frozen_setattrs"


def is_registered(value: object) -> bool:
    """Return whether the standard library keeps one such object per name: a logger."""
    if not isinstance(cell_of(value) or ObjectCell(value), ObjectCell):
        return False
    try:
        return is_standard_type(type(value)) and copy.copy(value) is value
    except Exception:
        return False


def records_graph(value: object) -> bool:
    """Return whether an object says how Keras layers are connected, and holds no state."""
    kind: Any = type(value)
    return _is_graph_record(kind)


@kinds.per_kind
def _is_graph_record(kind: Any) -> bool:
    return kinds.is_keras(kind, "KerasTensor", "Node", "InputLayer")


def rebound_cells(walk: Walk) -> frozenset[int]:
    """Return the ids of the closure cells that a reached function rebinds."""
    found: set[int] = set()
    for node in walk:
        function: Any = node.value
        if type(function) is not types.FunctionType or not function.__closure__:
            continue
        names = rebound_names(function.__code__)
        if names:
            pairs = zip(function.__code__.co_freevars, function.__closure__, strict=True)
            found.update(id(cell) for name, cell in pairs if name in names)
    return frozenset(found)


@kinds.per_kind
def makes_values(kind: Any) -> bool:
    """Return whether instances of a class, which is no cell of its own kind, are values."""
    if kinds.derives(kind, *TRANSPARENT) or is_frozen_type(kind) or _is_graph_record(kind):
        return True
    if kinds.derives(kind, CompositeTensor) and not kinds.derives(kind, tf.Module):
        return True  # a ragged or a sparse tensor
    # The parts of datasets, which are values too. NumPy's arrays and generators are cells of
    # their own; the rest of it is constant.
    module = kinds.module(kind)
    return module.startswith("tensorflow.python.data.") or module.partition(".")[0] == "numpy"


def state_cell(value: object, rebound: frozenset[int] = frozenset()) -> Cell | None:
    """Return the cell that an object is if it counts as state; None if it is a constant.

    Args:
        value: any object that a walk reached.
        rebound: the ids of closure cells that count, from ``rebound_cells``.
    """
    cell = cell_of(value)
    if cell is not None:
        return None if isinstance(cell, ClosureCell) and id(value) not in rebound else cell
    made = _unregistered(type(value))
    if made is ObjectCell and not has_settable_attributes(value):
        return None
    return made(value) if made else None


@kinds.per_kind
def _unregistered(kind: Any) -> type[Cell] | None:
    """Return what instances of a class are that has no kind of cell of its own."""
    if kinds.member(kind, "__next__") is not None:
        return IteratorCell
    return None if makes_values(kind) else ObjectCell


def cell_at(node: Node, rebound: frozenset[int] = frozenset()) -> Cell | None:
    """Return the cell of an object that a walk reached, made once for each walk."""
    if type(node.value) is types.CellType:
        return state_cell(node.value, rebound)
    try:
        return node.cell
    except AttributeError:
        node.cell = state_cell(node.value)
        return node.cell


def is_data(cell: Cell | None) -> bool:
    """Return whether a cell holds bits: a variable, a table, an array, a generator."""
    return isinstance(cell, DataCell)
