"""Which objects count as state."""

from __future__ import annotations

import collections
import dataclasses
import functools
import random
import types
import weakref

import numpy as np
import pytest
import tensorflow as tf

from pytest_tfpclone.state.mutable import is_data, is_frozen_type, rebound_cells, state_cell
from pytest_tfpclone.state.walk import Walk


class Plain:
    pass


class Empty:
    __slots__ = ()


@dataclasses.dataclass(frozen=True)
class Frozen:
    a: int = 1


@dataclasses.dataclass
class Thawed:
    a: int = 1


def holding(value):
    owner = Plain()
    owner.value = value
    return owner


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (lambda: tf.Variable(1.0), "variable"),
        (lambda: tf.Variable(1.0).handle, "variable"),
        (lambda: tf.lookup.experimental.MutableHashTable(tf.int64, tf.int64, 0), "table"),
        (lambda: np.zeros(2), "array"),
        (lambda: bytearray(b"x"), "array"),
        (lambda: random.Random(1), "generator"),
        (lambda: np.random.RandomState(1), "generator"),
        (lambda: np.random.default_rng(1).bit_generator, "generator"),
        (dict, "container"),
        (list, "container"),
        (set, "container"),
        (collections.deque, "container"),
        (collections.OrderedDict, "container"),
        (lambda: holding(1), "object"),
        (Thawed, "object"),
        (lambda: iter(tf.data.Dataset.range(2))._iterator_resource, "resource"),
    ],
)
def test_state(value, kind):
    made = value()
    assert state_cell(made).kind == kind


@pytest.mark.parametrize(
    "value",
    [
        1, "text", None, (1, [2]), frozenset([1]), Frozen(), Empty(), Plain(), len,
        np.float32(1), random.SystemRandom(), Plain, property(),
        types.MappingProxyType({}), functools.partial(print), weakref.ref(Plain),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_no_state(value):
    assert state_cell(value) is None


def test_constant_tensors_and_static_tables_hold_no_bits():
    assert state_cell(tf.constant(1.0)) is None
    entries = tf.lookup.KeyValueTensorInitializer([1], [2])
    assert not is_data(state_cell(tf.lookup.StaticHashTable(entries, 0)))


def test_iterators_are_state_that_is_not_written():
    assert state_cell(iter([1])).kind == "iterator"
    assert state_cell(x for x in [1]).kind == "iterator"
    assert state_cell(iter([1])).label == "list_iterator"


def test_functions_and_read_only_arrays_are_no_state():
    array = np.zeros(2)
    array.flags.writeable = False
    assert state_cell(array) is None
    assert state_cell(lambda: 0) is None
    assert state_cell(np.zeros(0)) is None


def test_frozen_types():
    assert is_frozen_type(Frozen)
    assert not is_frozen_type(Thawed)
    assert not is_frozen_type(Plain)


def test_a_class_that_is_frozen_as_attrs_freezes_it():
    def _frozen_setattrs(self, name, value):
        raise AttributeError(name)

    frozen = type("Frozen", (), {"__setattr__": _frozen_setattrs})
    assert is_frozen_type(frozen)
    assert not is_frozen_type(type("Thawed", (frozen,), {}))
    guarded = type("Guarded", (), {"__setattr__": lambda self, name, value: None})
    assert not is_frozen_type(guarded)


def test_a_closure_variable_is_state_only_where_it_is_rebound():
    def make():
        count, constant = 0, [1]

        def step():
            nonlocal count
            count += 1
            return constant

        return step

    step = make()
    cells = dict(zip(step.__code__.co_freevars, step.__closure__, strict=True))
    rebound = rebound_cells(Walk(step))
    assert rebound == {id(cells["count"])}
    assert state_cell(cells["count"], rebound).kind == "closure variable"
    assert state_cell(cells["count"]) is None
    assert state_cell(cells["constant"], rebound) is None


def test_data_cells_hold_bits():
    assert is_data(state_cell(np.zeros(1)))
    assert not is_data(state_cell([]))
    assert not is_data(None)
