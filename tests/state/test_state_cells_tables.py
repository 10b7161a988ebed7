"""Mutable tables are state; static ones can't change."""

from __future__ import annotations

import pytest
import tensorflow as tf
from tensorflow.python.ops.lookup_ops import IdTableWithHashBuckets

from pytest_tfpclone.state.cells import NotWritable, cell_of
from pytest_tfpclone.state.edges import edges

Mutable = tf.lookup.experimental.MutableHashTable
Dense = tf.lookup.experimental.DenseHashTable


def strings():
    table = Mutable(tf.string, tf.int64, -1)
    table.insert(["a", "b"], [1, 2])
    return table


def integers():
    table = Mutable(tf.int64, tf.float32, [-1.0, -1.0])
    table.insert([0, 1], [[1.0, 2.0], [3.0, float("nan")]])
    return table


def texts():
    table = Mutable(tf.int64, tf.string, "?")
    table.insert([5], ["x"])
    return table


def dense():
    table = Dense(tf.int64, tf.int64, -1, empty_key=0, deleted_key=1, initial_num_buckets=8)
    table.insert([5, 6], [7, 8])
    return table


def rows():
    table = Dense(tf.int64, tf.float32, [0.0, 0.0], 0, 1, initial_num_buckets=8)
    table.insert([5, 6], [[7.0, 1.0], [8.0, 2.0]])
    return table


def empty():
    return Mutable(tf.int32, tf.float64, 0.0)


MAKERS = [strings, integers, texts, dense, rows, empty]


def entries(table):
    keys, values = table.export()
    return sorted(zip(map(str, keys.numpy()), map(str, values.numpy()), strict=True))


@pytest.mark.parametrize("make", MAKERS)
def test_a_write_adds_an_entry_and_takes_it_out(make):
    table = make()
    cell = cell_of(table)
    before, size, printed = entries(table), int(table.size()), cell.fingerprint()
    undo = cell.write()
    assert int(table.size()) == size + 1
    assert cell.fingerprint() != printed
    undo()
    assert int(table.size()) == size
    assert cell.fingerprint() == printed
    if make not in (dense, rows):
        assert entries(table) == before


@pytest.mark.parametrize("make", MAKERS)
def test_a_nudge_moves_the_numbers_and_adds_an_entry(make):
    table = make()
    cell = cell_of(table)
    before, size = cell.fingerprint(), len(cell.fingerprint())
    undo = cell.nudge(0)
    assert not before & cell.fingerprint() or cell.value.value_dtype == tf.string
    assert {key for key, _ in cell.fingerprint()} > {key for key, _ in before}
    assert len(cell.fingerprint()) == size + 1
    undo()
    assert cell.fingerprint() == before


def test_a_table_of_vectors_is_nudged_without_an_entry_more():
    table = tf.lookup.experimental.DenseHashTable(tf.int64, tf.float32, [0.0], [0, 0], [-1, -1])
    cell = cell_of(table)
    assert cell.nudge(0) is None
    table.insert([[1, 2]], [[3.0]])
    before = cell.fingerprint()
    undo = cell.nudge(0)
    assert {key for key, _ in cell.fingerprint()} == {key for key, _ in before}
    assert cell.fingerprint() != before
    undo()
    assert cell.fingerprint() == before


@pytest.mark.parametrize("make", MAKERS)
def test_equal_tables_have_one_fingerprint(make):
    assert cell_of(make()).fingerprint() == cell_of(make()).fingerprint()
    assert cell_of(make()).identity != cell_of(make()).identity


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.insert(["a"], [5]),
        lambda table: table.insert(["c"], [1]),
        lambda table: table.remove(tf.constant(["b"])),
    ],
)
def test_a_backup_puts_back_what_was_added_changed_or_removed(change):
    table = strings()
    cell = cell_of(table)
    before, undo = cell.fingerprint(), cell.backup()
    change(table)
    assert cell.fingerprint() != before
    undo()
    assert cell.fingerprint() == before
    assert table.lookup(["a", "b", "c"]).numpy().tolist() == [1, 2, -1]


def test_the_order_of_insertion_does_not_count():
    table = Mutable(tf.string, tf.int64, -1)
    table.insert(["b"], [2])
    table.insert(["a"], [1])
    assert cell_of(table).fingerprint() == cell_of(strings()).fingerprint()


def test_a_fresh_key_is_none_of_the_reserved_ones():
    table = dense()
    undo = cell_of(table).write()
    keys = set(table.export()[0].numpy().ravel().tolist()) - {0, 1}
    assert len(keys) == 3
    undo()
    assert table.lookup([5, 6]).numpy().tolist() == [7, 8]


def test_a_dense_table_whose_keys_are_vectors_is_compared_but_not_written():
    table = Dense(tf.int64, tf.int64, -1, [0, 0], [1, 1], initial_num_buckets=8)
    table.insert([[0, 5]], [7])
    cell = cell_of(table)
    before, undo = cell.fingerprint(), cell.backup()
    assert len(before) == 1
    with pytest.raises(NotWritable, match="vector"):
        cell.write()
    table.insert([[0, 5], [2, 2]], [8, 9])
    assert cell.fingerprint() != before
    undo()
    assert cell.fingerprint() == before
    assert table.lookup([[0, 5], [2, 2]]).numpy().tolist() == [7, -1]


def test_keys_that_look_like_ours_are_not_overwritten():
    table = Mutable(tf.string, tf.int64, -1)
    table.insert(["written by a check+"], [3])
    undo = cell_of(table).write()
    assert table.lookup(["written by a check+"]).numpy().tolist() == [3]
    assert int(table.size()) == 2
    undo()
    assert int(table.size()) == 1


def test_labels_and_values():
    assert cell_of(strings()).label == "string -> int64"
    assert cell_of(strings()).show() == "2 entries"
    assert cell_of(texts()).show() == "1 entry"
    assert cell_of(empty()).show() == "0 entries"


def test_the_handle_is_not_listed_beside_the_table():
    table = strings()
    assert not [step for step, _ in edges(table) if "handle" in str(step)]
    assert cell_of(table.resource_handle).identity == cell_of(table).identity


def test_a_static_table_is_no_state():
    table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(["a"], [1]), -1)
    assert cell_of(table) is None
    assert not [step for step, _ in edges(table) if "handle" in str(step)]


def test_a_mutable_table_behind_buckets_is_found():
    table = strings()
    outer = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1)
    assert edges(IdTableWithHashBuckets(table, 1)) == [("._table", table)]
    assert edges(outer) != [("._table", table)]


@pytest.mark.parametrize("make", MAKERS)
def test_default_values_are_public(make):
    steps = [step for step, _ in edges(make())]
    assert ".default_value" in steps
    assert "._default_value" not in steps
    assert not set(steps) & {".resource_handle", "._resource_handle"}
