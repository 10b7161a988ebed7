"""TensorFlow: variables, functions and tables."""

from __future__ import annotations

import copy
import functools

import pytest
import reports
import tensorflow as tf
from tensorflow.python.ops.resource_variable_ops import ResourceVariable

fails = functools.partial(reports.fails, project="TensorFlow")


@fails(
    copy.deepcopy,
    "`deepcopy` of a `tf.Variable` with an unknown dimension fixes the dimension",
    issue="tensorflow/tensorflow#47684",
    instead="keeps the shape",
)
def test_a_variable_that_may_grow(copier):
    assert copier(tf.Variable([[1.0]], shape=(None, 1))).shape.as_list() == [None, 1]


class Named(ResourceVariable):
    """A variable of a class of its own."""


def tagged():
    variable = tf.Variable(1.0)
    variable.tag = "ours"
    return variable


@fails(
    copy.deepcopy,
    "`deepcopy` of a `tf.Variable` loses its subclass and its attributes",
    instead="keeps both",
)
@pytest.mark.parametrize("make", [lambda: Named(1.0), tagged])
def test_what_a_variable_is_and_has(copier, make):
    variable = make()
    copied = copier(variable)
    assert type(copied) is type(variable)
    assert getattr(copied, "tag", None) == getattr(variable, "tag", None)


def of_a_trace():
    function = tf.function(lambda x: x)
    function(1.0)
    return function


@fails(
    copy.deepcopy,
    "`deepcopy` of a `tf.function` that was called raises: cannot pickle `FuncGraph`",
    instead="copies it without its traces",
    raises=TypeError,
)
def test_a_function_that_was_called(copier):
    assert float(copier(of_a_trace())(2.0)) == 2.0


class Counter(tf.Module):
    def __init__(self):
        super().__init__()
        self.count = tf.Variable(0.0)
        self.step = tf.function(lambda: self.count.assign_add(1.0))


@fails(
    copy.deepcopy,
    "`deepcopy` of a `tf.function` that closes over its module: the copy acts on the original",
    instead="rebuilds the function around the clone",
)
def test_a_function_over_its_module(copier):
    original = Counter()
    copied = copier(original)
    copied.step()
    assert (float(original.count), float(copied.count)) == (0.0, 1.0)


def hash_table():
    return tf.lookup.experimental.MutableHashTable(tf.int64, tf.float32, -1.0)


def dense_hash_table():
    return tf.lookup.experimental.DenseHashTable(
        tf.int64, tf.float32, -1.0, empty_key=-1, deleted_key=-2
    )


@fails(
    copy.deepcopy,
    "`deepcopy` of a mutable hash table: both are one table",
    instead="makes a table with the same entries",
)
@pytest.mark.parametrize("make", [hash_table, dense_hash_table])
def test_a_table(copier, make):
    table, key = make(), tf.constant(1, tf.int64)
    copier(table).insert(key, 1.0)
    assert float(table.lookup(key)) == -1.0


@fails(
    reports.pickled,
    "`pickle` of a mirrored variable raises: cannot pickle a weak reference",
    instead="copies every replica",
    raises=TypeError,
)
def test_a_mirrored_variable(copier):
    with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
        variable = tf.Variable(1.0)
    copied = copier(variable)
    copied.assign(2.0)
    assert (variable.numpy(), copied.numpy()) == (1.0, 2.0)
