"""Clone TensorFlow variables: a new resource with the same bits, and all attributes."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import tensorflow as tf
from tensorflow.python.distribute import values as distribute_values
from tensorflow.python.eager import context, record
from tensorflow.python.framework import ops
from tensorflow.python.ops import gen_resource_variable_ops, lookup_ops, resource_variable_ops

from pytest_tfpclone.cloning.dispatch import built_in
from pytest_tfpclone.cloning.errors import UnclonableError
from pytest_tfpclone.cloning.instances import fill_attributes

if TYPE_CHECKING:
    from pytest_tfpclone.cloning.engine import Cloner

STATE_TYPES: tuple[type, ...] = (
    resource_variable_ops.BaseResourceVariable,
    distribute_values.DistributedVariable,
    lookup_ops.LookupInterface,
)
_OWN = frozenset({"_handle", "_handle_deleter", "_unique_id", "_cached_value"})


@built_in(resource_variable_ops.BaseResourceVariable)
def clone_variable(original: Any, cloner: Cloner) -> Generator[Any, Any, Any]:
    """Clone a variable.

    ``copy.deepcopy`` loses its subclass, its attributes and unknown dimensions:
    https://github.com/tensorflow/tensorflow/issues/47684.
    """
    old = original._handle
    if not isinstance(old, ops.EagerTensor):
        raise UnclonableError(original, "it is a variable of a graph, not of eager TensorFlow")
    copy = object.__new__(type(original))
    cloner.remember(original, copy)
    fresh = vars(copy)
    handle = fresh["_handle"] = cloner.remember(old, _twin(original, old))
    prefix, _, _ = original._unique_id.rpartition("_")
    fresh["_unique_id"] = f"{prefix}_{ops.uid()}"
    cloner.identities.rename(original._unique_id, fresh["_unique_id"])
    fresh["_cached_value"] = None
    yield from fill_attributes(original, copy, cloner, _OWN)
    for name, value in list(vars(old).items()):
        # A distributed variable is known by the handles of its parts.
        if name not in vars(handle):
            vars(handle)[name] = yield value
    if original._cached_value is not None:
        with tf.device(original._cached_value.device):
            fresh["_cached_value"] = tf.identity(_read(fresh["_handle"], original.dtype))
    return copy


def _read(handle: Any, dtype: Any) -> Any:
    return gen_resource_variable_ops.read_variable_op(handle, dtype)


def _twin(original: Any, old: Any) -> Any:
    """Return the handle of a new resource with the value of another one.

    Both start with one buffer, which TensorFlow copies when either is written to.
    """
    name = original._handle_name.partition(":")[0]
    with context.eager_mode(), record.stop_recording(), tf.device(old.device):
        handle = resource_variable_ops._variable_handle_from_shape_and_dtype(
            original._shape, original._dtype, None, name, graph_mode=False, initial_value=None
        )
        if gen_resource_variable_ops.var_is_initialized_op(old):
            value = _read(old, original._dtype)
            gen_resource_variable_ops.assign_variable_op(handle, value)
    return handle
