"""TensorFlow variables and other resources, told apart by their resource handle.

Reads and writes go to the resource itself, below any code of the variable's
class. Writes are whole assigns: a slice or scatter assignment puts a variable
into copy-on-read for good.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

import numpy as np
import tensorflow as tf
import xxhash
from tensorflow.python.eager import context
from tensorflow.python.framework import errors_impl
from tensorflow.python.framework.ops import EagerTensor
from tensorflow.python.ops import gen_resource_variable_ops as resource_ops
from tensorflow.python.ops import variable_scope
from tensorflow.python.ops.resource_variable_ops import BaseResourceVariable

from pytest_tfpclone.state.attributes import Edges
from pytest_tfpclone.state.cells.base import Cell, DataCell, NotWritable, Undo, kind
from pytest_tfpclone.state.cells.numbers import dimensions, nudged, short_value
from pytest_tfpclone.state.edges import table
from pytest_tfpclone.state.ownership import framework_names

_SMALL = 2**16  # bytes
_OF_NUMPY = frozenset(
    each.as_datatype_enum
    for each in (
        tf.float16, tf.float32, tf.float64, tf.complex64, tf.complex128, tf.int8, tf.int16,
        tf.int32, tf.int64, tf.uint8, tf.uint16, tf.uint32, tf.uint64,
    )
)  # fmt: skip
_INTEGERS = {1: tf.uint8, 2: tf.uint16, 4: tf.uint32, 8: tf.uint64, 16: tf.uint64}


@table.add(BaseResourceVariable)
def variable_edges(variable: Any) -> Edges:
    """Return what a variable carries besides its own machinery: its constraint, user attributes."""
    namespace = object.__getattribute__(variable, "__dict__")
    machinery = framework_names(BaseResourceVariable)
    users = namespace.keys() - machinery
    found: Edges = [
        (f".{name}", item)
        for name, item in (namespace.items() if users else ())
        if name in users and not name.startswith("_self_")
    ]
    if namespace.get("_constraint") is not None:
        found.append((".constraint", namespace["_constraint"]))
    return found


table.leaf(tf.Tensor, tf.DType, tf.TensorShape, tf.TypeSpec, tf.Graph, tf.Operation)
# A strategy says where variables live; models are run under it, and don't own it.
table.leaf(tf.distribute.Strategy, tf.distribute.StrategyExtended)
table.leaf(tf.name_scope, context._EagerDeviceContext, variable_scope._VariableScopeStore)


@table.add(EagerTensor)
def tensor_edges(tensor: Any) -> Edges:
    """Return what an eager tensor carries besides its value."""
    namespace = getattr(tensor, "__dict__", None) or {}
    return [(f".{name}", item) for name, item in namespace.items()]


@kind(BaseResourceVariable)
class VariableCell(DataCell):
    """A variable: any object that holds a handle to a ``tf.Variable``'s resource."""

    kind = "variable"
    is_tensorflow = True

    def __init__(self, value: Any) -> None:
        super().__init__(value)
        self._handle: Any
        self._name: str | None = None
        self._bind()

    def _bind(self) -> None:
        namespace = object.__getattribute__(self.value, "__dict__")
        self._handle = namespace["_handle"]
        self.dtype: tf.DType = namespace["_dtype"]
        self.shape: tf.TensorShape = namespace["_shape"]

    @property
    def identity(self) -> Hashable:
        """The name of the resource, which no other resource has while it lives."""
        if self._name is None:
            self._name = str(self._handle)
        return self._name

    @property
    def label(self) -> str:
        """The dtype and the static shape."""
        return f"{self.dtype.name}{dimensions(self.shape)}"

    @property
    def is_floating(self) -> bool:  # type: ignore[override]
        """Whether the value is a floating-point number."""
        return bool(self.dtype.is_floating)

    def _read(self) -> Any:
        return resource_ops.read_variable_op(self._handle, self.dtype)

    def _assign(self, tensor: Any) -> None:
        resource_ops.assign_variable_op(self._handle, tensor)

    def fingerprint(self) -> Hashable:
        """Return dtype, shape and a 128-bit XXH3 hash of the bits."""
        try:
            tensor = self._read()
        except errors_impl.FailedPreconditionError:
            return (self.dtype.name, "uninitialized")
        return (self.dtype.name, tensor._shape_tuple(), _bits(tensor))

    def backup(self) -> Undo:
        """Hold the present value; TensorFlow copies it only if it is written to."""
        try:
            tensor = self._read()
        except errors_impl.FailedPreconditionError:
            return lambda: None
        return lambda: self._assign(tensor)

    def write(self) -> Undo:
        """Flip every bit; flipping them again puts them back without a copy.

        Texts get a character more; they, and small values, are put back from a copy.
        """
        if self.dtype == tf.string:
            undo = self.backup()
            self._assign(tf.strings.join([self._read(), "+"]))
            return undo
        tensor = None
        try:
            tensor = self._read()
            self._flip(tensor)
        except (errors_impl.OpError, TypeError, ValueError) as error:
            raise NotWritable(str(error).splitlines()[0]) from error
        except BaseException:
            if tensor is not None:
                self._assign(tensor)
            raise
        if self._is_small(tensor):
            return lambda: self._assign(tensor)
        return self._flip_back

    def _is_small(self, tensor: Any) -> bool:
        """Whether to call TensorFlow costs more than to copy the value."""
        size: int = self.dtype.size * math.prod(tensor._shape_tuple())
        return 0 < size <= _SMALL

    def _flip_back(self) -> None:
        self._flip(self._read())

    def _flip(self, tensor: Any) -> None:
        if self.dtype.as_datatype_enum in _OF_NUMPY and self._is_small(tensor):
            flipped = _inverted(tensor)
        elif self.dtype == tf.bool:
            flipped = tf.math.logical_not(tensor)
        elif self.dtype.size not in _INTEGERS:
            raise NotWritable(f"a value of dtype {self.dtype.name} has no bits that can be flipped")
        else:
            integer = _INTEGERS[self.dtype.size]
            flipped = tf.bitcast(tf.bitwise.invert(tf.bitcast(tensor, integer)), self.dtype)
        self._assign(flipped)

    def nudge(self, seed: int) -> Undo | None:
        """Move every element a little; None for texts and quantized numbers."""
        kinds = ("is_floating", "is_complex", "is_integer", "is_bool")
        if not any(getattr(self.dtype, kind) for kind in kinds) or self.dtype.is_quantized:
            return None
        undo = self.backup()
        try:
            old = self._read().numpy()
        except errors_impl.FailedPreconditionError:
            return None
        self._assign(tf.constant(nudged(old, seed), dtype=self.dtype))
        return undo

    def take(self, other: DataCell) -> None:
        """Assign the value of another variable."""
        if isinstance(other, VariableCell):
            self._assign(other._read())

    def numpy(self) -> Any:
        """Return the value, which must not be written to."""
        return self._read().numpy()

    def show(self) -> str:
        """Return the first elements of the value."""
        try:
            return short_value(self.numpy())
        except errors_impl.FailedPreconditionError:
            return "uninitialized"


def _inverted(tensor: Any) -> Any:
    flipped = np.invert(np.frombuffer(memoryview(tensor), np.uint8))
    return flipped.view(tensor.dtype.as_numpy_dtype).reshape(tensor._shape_tuple())


def _bits(tensor: Any) -> Hashable:
    if tensor._datatype_enum() in _OF_NUMPY:
        return xxhash.xxh3_128_digest(memoryview(tensor))
    if tensor.dtype == tf.variant:
        return "not readable"
    if tensor.dtype == tf.string:
        return tuple(np.ravel(tensor.numpy()).tolist())
    try:
        view = memoryview(tensor)
    except (BufferError, TypeError, ValueError, NotImplementedError):
        view = np.ascontiguousarray(tensor.numpy()).view(np.uint8).data
    return xxhash.xxh3_128_digest(view)


class ResourceCell(Cell):
    """A resource that TensorFlow gives no way to read: a queue, an iterator."""

    kind = "resource"
    is_tensorflow = True

    @property
    def identity(self) -> Hashable:
        """The name of the resource."""
        return str(self.value)

    @property
    def label(self) -> str:
        """The type of the resource, as its handle says."""
        text = str(self.value)
        return text.partition('type="')[2].partition('"')[0].rpartition("::")[2]


class HandleCell(VariableCell):
    """A bare handle to a variable's resource, as a traced function captures it."""

    def _bind(self) -> None:
        self._handle = self.value
        known = self.value._handle_data.shape_and_type[0]
        self.dtype = tf.as_dtype(known.dtype)
        self.shape = tf.TensorShape(known.shape)


@kind(EagerTensor)
class TensorCell(Cell):
    """Chooses the kind of an eager tensor: only resources are state."""

    @classmethod
    def of(cls, tensor: Any) -> Cell | None:
        """Return the cell of a resource handle; None for an ordinary tensor."""
        if tensor.dtype != tf.resource or '::Mutex"' in str(tensor):
            return None  # variants are values, and a lock holds none
        data = getattr(tensor, "_handle_data", None)
        if 'type="tensorflow::Var"' in str(tensor) and data is not None and data.shape_and_type:
            return HandleCell(tensor)
        return ResourceCell(tensor)
