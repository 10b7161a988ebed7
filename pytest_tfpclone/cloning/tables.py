"""Clone lookup tables; ``copy.deepcopy`` shares the table in C++ (not reported upstream)."""

from __future__ import annotations

import uuid
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import tensorflow as tf
from tensorflow.python.eager import context, record
from tensorflow.python.ops import lookup_ops

from pytest_tfpclone.cloning.dispatch import built_in
from pytest_tfpclone.cloning.errors import UnclonableError
from pytest_tfpclone.cloning.instances import fill_attributes

if TYPE_CHECKING:
    from pytest_tfpclone.cloning.engine import Cloner

_HANDLE = "_resource_handle_value"
_OWN = frozenset({_HANDLE, "_shared_name", "_create_resource", "_initialize", "_destroy_resource"})


@built_in(lookup_ops.LookupInterface)
def clone_table(original: Any, cloner: Cloner) -> Generator[Any, Any, Any]:
    """Clone a lookup table with its entries, under a name of its own."""
    copy = object.__new__(type(original))
    cloner.remember(original, copy)
    yield from fill_attributes(original, copy, cloner, _OWN)
    old = vars(original).get(_HANDLE)
    if old is None:
        return copy
    name = vars(original).get("_shared_name")
    if "_shared_name" in vars(original):
        # A table of the same shared name would be the same table.
        vars(copy)["_shared_name"] = f"{name}_{uuid.uuid4().hex}" if name else name
    with context.eager_mode(), record.stop_recording(), tf.device(old.device):
        handle = type(copy)._create_resource(copy)
        vars(copy)[_HANDLE] = cloner.remember(old, handle)
        _fill(original, copy)
    return copy


def _fill(original: Any, copy: Any) -> None:
    if not hasattr(original, "export"):
        raise UnclonableError(original, "it is a table that can't be read out")
    keys, values = original.export()
    if not hasattr(copy, "insert"):
        # Its own initializer may read a file, which may have changed.
        lookup_ops.KeyValueTensorInitializer(keys, values).initialize(copy)
        return
    if hasattr(original, "_empty_key"):
        keys, values = _used(original, keys, values)
    if keys.shape[0]:
        copy.insert(keys, values)


def _used(table: Any, keys: Any, values: Any) -> tuple[Any, Any]:
    """Return the entries of a dense table without its empty and deleted buckets."""
    used = tf.ones(tf.shape(keys)[:1], tf.bool)
    for unused in (table._empty_key, table._deleted_key):
        differs = tf.not_equal(keys, tf.cast(unused, keys.dtype))
        axes = list(range(1, len(keys.shape)))
        used = tf.logical_and(used, tf.reduce_any(differs, axis=axes) if axes else differs)
    return tf.boolean_mask(keys, used), tf.boolean_mask(values, used)
