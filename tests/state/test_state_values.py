"""Constants are compared as what they are: numbers, texts, tensors, code."""

from __future__ import annotations

import enum
import re
import types

import numpy as np
import pytest
import tensorflow as tf

from pytest_tfpclone.state.values import (
    are_renamed,
    differs,
    same_code,
    shown,
)


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Other:
    def __repr__(self):
        return "Other()"


NAN = float("nan")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (1, 1), (1.5, 1.5), (NAN, float("nan")), ("a", "a"), (b"x", b"x"),
        (Color.RED, Color.RED),
        (range(3), range(3)), (np.dtype("f4"), np.dtype("f4")), (tf.float32, tf.float32),
        (tf.TensorShape([None, 2]), tf.TensorShape([None, 2])), (re.compile("a"), re.compile("a")),
        (np.float32(NAN), np.float32(NAN)), (types, re), (Other(), Other()),
    ],
    ids=repr,
)  # fmt: skip
def test_equal(left, right):
    assert differs(left, right) is None


@pytest.mark.parametrize(
    ("left", "right", "words"),
    [
        (1, 2, "1 became 2"),
        (True, False, "True became False"),
        (1, True, "1 became True"),
        (1, 1.0, "1 became 1.0"),
        (0.5, 0.25, "0.5 became 0.25"),
        (NAN, 1.0, "nan became 1.0"),
        (1j, 2j, "1j became 2j"),
        ("relu", "elu", "'relu' became 'elu'"),
        ("layer_1", "layer_a", "'layer_1' became 'layer_a'"),
        (b"a", b"b", "b'a' became b'b'"),
        (None, 3, "None became 3"),
        (Color.RED, Color.BLUE, "a Color became a Color"),
        (range(2), range(3), "a range became a range"),
        (int, str, "class int became class str"),
        (np.float32(1), np.float32(2), "np.float32(1.0) became np.float32(2.0)"),
        (tf.TensorShape([2]), tf.TensorShape([None]), "(2,) became (None,)"),
        (3, Other(), "3 became an Other"),
    ],
)
def test_different(left, right, words):
    assert differs(left, right) == words


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("dense_1", "dense_27", True),
        ("dense", "dense_2", True),
        ("model/dense_1/kernel:0", "model_3/dense/kernel:0", True),
        ("dense_1", "conv_1", False),
        ("layer_1a", "layer_2a", False),
    ],
)
def test_names_that_differ_in_the_number_that_makes_them_unique(left, right, same):
    assert are_renamed(left, right) is same


def test_a_long_text_is_cut():
    words = differs("x" * 100, "y" * 100)
    assert "xxx..." in words
    assert len(words) < 120


def test_dtypes():
    assert "became" in differs(tf.float32, tf.float64)


def test_tensors():
    assert differs(tf.constant([1.0, 2.0]), tf.constant([1.0, 2.0])) is None
    words = differs(tf.constant([1.0, 2.0]), tf.constant([1.0, 3.0]))
    assert words == "the constant[1] 2.0 became 3.0"
    assert differs(tf.constant(1.0), tf.constant(2.0)) == "the constant 1.0 became 2.0"
    assert differs(tf.constant(1.0), tf.constant(1)) == "float32 became int32"
    assert differs(tf.zeros([2]), tf.zeros([3])) == "shape [2] became [3]"
    assert differs(tf.constant(["a"]), tf.constant(["a"])) is None
    assert differs(tf.constant(["a"]), tf.constant(["b"])) == "the elements differ"


def test_tensors_bit_for_bit():
    assert differs(tf.constant(NAN), tf.constant(NAN)) is None
    assert differs(tf.zeros([1]), tf.constant([-0.0])) is not None
    payloads = [
        tf.bitcast(tf.constant(bits, tf.uint32), tf.float32) for bits in (0x7FC00001, 0x7FC00002)
    ]
    assert differs(*payloads) is not None


def test_resource_tensors_are_not_read():
    handles = [tf.Variable(1.0).handle, tf.Variable(2.0).handle]
    assert differs(*handles) is None


def test_arrays():
    assert differs(np.zeros(2), np.zeros(2)) is None
    assert differs(np.zeros(2), np.array([0, 1.0])) == "the constant[1] 0.0 became 1.0"
    assert differs(np.zeros(2), np.zeros(2, "f4")) == "float64 became float32"
    assert differs(np.empty(1, object), np.empty(1, object)) is None


def test_an_object_is_equal_to_itself_whatever_its_eq_says():
    class Hostile:
        def __eq__(self, other):
            raise RuntimeError

        __hash__ = None

    hostile = Hostile()
    assert differs(hostile, hostile) is None
    assert differs(hostile, Hostile()) is None


def test_code():
    def make(constant):
        if constant:
            return lambda x: x + 1
        return lambda x: x + 2

    assert same_code(make(True), make(True))
    assert not same_code(make(True), make(False))


@pytest.mark.parametrize(("length", "cut"), [(46, False), (47, True)])
def test_a_text_is_cut_where_it_would_be_long(length, cut):
    text = "x" * length
    assert shown(text) == (f"'{'x' * 44}..." if cut else repr(text))


def static_table(**entries):
    initializer = tf.lookup.KeyValueTensorInitializer(list(entries), list(entries.values()))
    return tf.lookup.StaticHashTable(initializer, -1)


def test_static_tables_differ_by_their_entries():
    table = static_table(a=1000, b=2000)
    assert differs(table, static_table(a=1000, b=2000)) is None
    assert "with 1 other entries" in differs(table, static_table(a=1000, b=3000))
    assert "with 2 other entries" in differs(table, static_table(c=1000, d=2000))
    assert "with 1 other entries" in differs(table, static_table(a=1000, b=2000, c=3000))
