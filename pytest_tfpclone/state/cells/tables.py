"""Mutable lookup tables. A static table can't change once it is made, and is no state."""

from __future__ import annotations

import contextlib
from collections.abc import Hashable
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.ops.lookup_ops import (
    DenseHashTable,
    IdTableWithHashBuckets,
    InitializableLookupTableBase,
    LookupInterface,
    MutableHashTable,
    StaticVocabularyTable,
)

from pytest_tfpclone.state.attributes import Edges, instance_edges
from pytest_tfpclone.state.cells.base import DataCell, NotWritable, Undo, kind
from pytest_tfpclone.state.cells.numbers import nudged
from pytest_tfpclone.state.edges import table

_OWN_RESOURCE = (".resource_handle", "._resource_handle_value", "._resource_handle")


table.leaf(InitializableLookupTableBase)


@table.add(LookupInterface)
def lookup_edges(value: Any) -> Edges:
    """Return a table's attributes without its handle: the table itself is the cell."""
    return [
        (".default_value" if step == "._default_value" else step, item)
        for step, item in instance_edges(value)
        if step not in _OWN_RESOURCE
    ]


@table.add(StaticVocabularyTable, IdTableWithHashBuckets)
def vocabulary_edges(value: Any) -> Edges:
    """Return the table behind one that adds buckets for what it does not have."""
    return [edge for edge in instance_edges(value) if edge[0] == "._table"]


@kind(MutableHashTable, DenseHashTable)
class TableCell(DataCell):
    """A mutable hash table, told apart by its resource: two Python objects can be one table."""

    kind = "table"
    is_tensorflow = True

    @property
    def identity(self) -> Hashable:
        """The name of the table's resource."""
        return str(self.value.resource_handle)

    @property
    def label(self) -> str:
        """The dtypes of keys and values."""
        return f"{self.value.key_dtype.name} -> {self.value.value_dtype.name}"

    def _entries(self) -> tuple[Any, Any]:
        keys, values = self.value.export()
        if isinstance(self.value, DenseHashTable):
            return self._taken(keys, values)
        return keys, values

    def _taken(self, keys: Any, values: Any) -> tuple[Any, Any]:
        """Return the buckets of a dense table that hold entries; they come as rows."""
        reserved = [np.asarray(key) for key in (self.value._empty_key, self.value._deleted_key)]
        differ = [tf.reduce_any(tf.not_equal(keys, np.ravel(key)), axis=1) for key in reserved]
        keys, values = (tf.boolean_mask(each, tf.logical_and(*differ)) for each in (keys, values))
        default = np.shape(self.value._default_value)
        return tf.reshape(keys, [-1, *reserved[0].shape]), tf.reshape(values, [-1, *default])

    def fingerprint(self) -> Hashable:
        """Return the entries, in no order."""
        keys, values = (part.numpy() for part in self._entries())
        return frozenset(
            (_plain(key), _plain(value)) for key, value in zip(keys, values, strict=True)
        )

    def backup(self) -> Undo:
        """Hold the present entries."""
        keys, values = self._entries()

        def put_back() -> None:
            self.value.remove(self._entries()[0])
            self.value.insert(keys, values)

        return put_back

    def write(self) -> Undo:
        """Insert an entry under a key that the table does not have."""
        entry = self._fresh_entry()
        undo = self.backup()
        self.value.insert(*entry)
        return undo

    def _fresh_entry(self) -> tuple[Any, Any]:
        keys, values = self._entries()
        fresh = _fresh_key(keys.numpy(), self.value)
        key = tf.constant([fresh], self.value.key_dtype)
        return key, _filled([1, *values.shape[1:]], self.value)

    def nudge(self, seed: int) -> Undo | None:
        """Move every number a little, and add an entry; None where neither can be done."""
        keys, values = self._entries()
        changes = []
        if len(keys) and values.dtype != tf.string:
            changes.append((keys, tf.constant(nudged(values.numpy(), seed), values.dtype)))
        with contextlib.suppress(NotWritable):
            changes.append(self._fresh_entry())
        if not changes:
            return None
        undo = self.backup()
        for change in changes:
            self.value.insert(*change)
        return undo

    def show(self) -> str:
        """Return the number of entries."""
        count = len(self.fingerprint())  # type: ignore[arg-type]
        return f"{count} {'entry' if count == 1 else 'entries'}"


def _plain(value: Any) -> Hashable:
    return value.tobytes() if isinstance(value, np.ndarray) else value


def _filled(shape: list[int], owner: Any) -> Any:
    if owner.value_dtype == tf.string:
        return tf.fill(shape, "written by a check")
    return tf.ones(shape, owner.value_dtype)


def _fresh_key(taken: Any, owner: Any) -> Any:
    if taken.ndim > 1:
        raise NotWritable("a key that is a vector can't be made up")
    if owner.key_dtype == tf.string:
        return "written by a check" + "+" * (1 + max((len(key) for key in taken), default=0))
    if not (owner.key_dtype.is_integer or owner.key_dtype.is_floating):
        raise NotWritable(f"a key of dtype {owner.key_dtype.name} can't be made up")
    reserved = {
        np.asarray(getattr(owner, name)).item()
        for name in ("_empty_key", "_deleted_key")
        if hasattr(owner, name)
    }
    return next(key for key in range(len(taken) + 3) if key not in taken and key not in reserved)
