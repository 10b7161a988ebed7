"""Pairs of values that start out equal, or don't, wherever a model holds them."""

from __future__ import annotations

import collections
import dataclasses
import decimal
import enum
import functools
import math
import operator
import pathlib

import numpy as np
import pytest
import tensorflow as tf

from pytest_tfpclone import check_clone


class Text(str):
    pass


class Whole(int):
    pass


class Fraction(float):
    pass


class Bytes(bytes):
    pass


class Complex(complex):
    pass


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


def static_table(value):
    entries = tf.lookup.KeyValueTensorInitializer([1, 2], [3, value])
    return tf.lookup.StaticHashTable(entries, 0)


def mutable_table(default):
    return tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, default)


def made_class(number):
    return dataclasses.make_dataclass("Made", ["_n"])(number)


def paths(last):
    return {pathlib.Path("a" * 90): 1, pathlib.Path("a" * 90 + last): 2}


def constant_in_many(last):
    constant = (1, 1)
    return [{"strides": constant} for _ in range(6)] + [{"strides": (1, last)}]


def functions(last):
    def make(number):
        return lambda: number

    common = make(1)
    return [common] * 6 + [make(last)]


VALUES = {
    "ufunc": lambda n: [np.add, np.multiply][n],
    "method of a class": lambda n: [str.upper, str.lower][n],
    "builtin": lambda n: [math.sin, math.cos][n],
    "builtin in a partial": lambda n: functools.partial([math.sin, math.cos][n]),
    "bound builtin": lambda n: [[].append, [].pop][n],
    "text subclass": lambda n: Text("ab"[n]),
    "int subclass": Whole,
    "float subclass": Fraction,
    "bytes subclass": lambda n: Bytes(b"ab"[n : n + 1]),
    "complex subclass": Complex,
    "member of an IntEnum": lambda n: list(Level)[n],
    "itemgetter": operator.itemgetter,
    "attrgetter": lambda n: operator.attrgetter("ab"[n]),
    "methodcaller": lambda n: operator.methodcaller("get", 1, default=n),
    "deque's length": lambda n: collections.deque([1], 2 + n),
    "decimal": lambda n: decimal.Decimal(["nan", "1"][n]),
    "NumPy text": lambda n: np.str_("ab"[n]),
    "specification": lambda n: tf.TensorSpec([n + 1]),
    "static table": static_table,
    "default of a table": mutable_table,
    "ragged tensor": lambda n: tf.ragged.constant([[[1], [2, 3]], [[1, 2], [3]]][n]),
    "sparse tensor": lambda n: tf.sparse.from_dense([[0, n + 1]]),
    "dataset": lambda n: tf.data.Dataset.range(3 + n),
    "batched dataset": lambda n: tf.data.Dataset.range(3).batch(1 + n),
    "dataset of slices": lambda n: tf.data.Dataset.from_tensor_slices([n]),
    "class made by dataclasses": made_class,
    "dict keyed by tuples": lambda n: {(1, 2): n, (3, "a"): 2},
    "long keys": lambda n: paths("bc"[n]),
    "constant of many parts": constant_in_many,
    "function of many parts": functions,
}


@pytest.mark.parametrize("name", VALUES)
def test_another_value_is_a_difference(name):
    make = VALUES[name]
    report = check_clone([make(0)], [make(1)])
    assert report.verdict == "unequal", str(report)


@pytest.mark.parametrize("name", VALUES)
def test_an_equal_value_is_none(name):
    make = VALUES[name]
    report = check_clone([make(0)], [make(0)])
    assert (report.verdict, report.notes) == ("independent", ()), str(report)


def test_the_order_of_keys_says_nothing():
    keys = [(i, j) for i in range(3) for j in range(3)]
    left, right = {key: key[0] for key in keys}, {key: key[0] for key in reversed(keys)}
    assert check_clone([left], [right]).verdict == "independent"
    right[2, 1] = 5
    (difference,) = check_clone([left], [right]).differences
    assert (difference.path, difference.detail) == ("original[0][(2, 1)]", "2 became 5")


@pytest.mark.parametrize(
    "value",
    [
        tf.ragged.constant([[1], [2, 3]]),
        tf.sparse.from_dense([[0, 1]]),
        tf.IndexedSlices(tf.ones([1, 2]), tf.constant([0])),
        tf.experimental.Optional.from_value(1),
        tf.raw_ops.EmptyTensorList(
            element_shape=[2], max_num_elements=3, element_dtype=tf.float32
        ),
        tf.lookup.StaticVocabularyTable(
            tf.lookup.KeyValueTensorInitializer(["a"], [tf.constant(0, tf.int64)]), 1
        ),
        tf.data.Dataset.from_tensor_slices({"a": [1, 2]}).map(lambda x: x).batch(2),
        tf.TensorSpec([2]),
        operator.methodcaller("a", 1, b=2),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_can_not_change_is_not_shared_state(value):
    report = check_clone([value, [1]], [value, [1]])
    assert (report.verdict, report.notes) == ("independent", ())


def test_a_variable_that_a_dataset_maps_over_is_found():
    rate = tf.Variable(2)

    def make():
        return [tf.data.Dataset.range(3).map(lambda x: x * tf.cast(rate, tf.int64))]

    (leak,) = check_clone(make(), make()).leaks
    assert "rate" in leak.original


def test_an_attribute_dictionary_says_things_once():
    class AttributeDict(dict):
        def __init__(self, **items):
            super().__init__(**items)
            self.__dict__ = self

    (difference,) = check_clone([AttributeDict(a=1)], [AttributeDict(a=2)]).differences
    assert difference.path == "original[0]['a']"


def test_a_value_in_a_module_of_the_framework_does_no_harm(monkeypatch):
    import json

    monkeypatch.setattr(json, "CACHE", {"a": np.ones(2), "b": None}, raising=False)
    assert check_clone([1, [2]], [1, [2]]).verdict == "independent"


def test_arrays_of_objects():
    array = np.array([1, "a"], object)
    (leak,) = check_clone([array], [array]).leaks
    assert leak.evidence == "on one side an element was replaced, and the other side showed it"
    assert array.tolist() == [1, "a"]
    assert check_clone([array], [array.copy()]).verdict == "independent"
    other = array.copy()
    other[1] = "b"
    (difference,) = check_clone([array], [other]).differences
    assert difference.detail == "'a' became 'b'"


@pytest.mark.parametrize(
    "look",
    [lambda memory: np.frombuffer(memoryview(memory).toreadonly()), np.frombuffer],
    ids=["read-only view", "view"],
)
def test_arrays_that_look_into_memory_of_pythons(look):
    memory = bytearray(16)
    (leak,) = check_clone([look(memory)], [look(memory)]).leaks
    assert leak.kind == "overlapping memory"
    assert memory == bytearray(16)
    assert check_clone([look(memory)], [look(bytearray(16))]).verdict == "independent"


def inner(hidden):
    yield hidden


def outer(box):
    yield from inner(box.pop())


def test_a_generator_that_waits_for_another():
    variable = tf.Variable(1.0)
    waiting = []
    for _ in range(2):
        generator = outer([variable])
        next(generator)
        waiting.append([generator])
    (leak,) = check_clone(*waiting).leaks
    assert leak.original == "original[0].<awaited>.<local 'hidden'>"
