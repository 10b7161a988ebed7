"""What stands behind attributes: layers as Keras counts them, classes and globals."""

from __future__ import annotations

import collections
import functools
import random

import tf_keras

from pytest_tfpclone.state.ambient import ambient_edges, class_edges, global_edges
from pytest_tfpclone.state.edges import (
    edges,
)


class Plain:
    pass


def steps(value):
    return [step for step, _ in edges(value)]


def child(value, step):
    found = [item for each, item in edges(value) if each == step]
    assert len(found) == 1, f"{step} in {steps(value)}"
    return found[0]


def test_layers_are_counted_as_keras_counts_them():
    model = tf_keras.Sequential([tf_keras.Input((2,)), tf_keras.layers.Dense(1)])
    assert child(model, (".layers", "[0]")) is model.layers[0]
    inputs = tf_keras.Input((2,))
    functional = tf_keras.Model(inputs, tf_keras.layers.Dense(1)(inputs))
    assert child(functional, (".layers", "[1]")) is functional.layers[1]


def test_a_layers_record_of_its_calls_is_not_followed():
    inputs = tf_keras.Input((2,))
    layer = tf_keras.layers.Dense(1)
    tf_keras.Model(inputs, layer(inputs))
    assert not [step for step in steps(layer) if "bound_nodes" in str(step)]


GLOBAL_STATE = Plain()


def reads_a_global():
    def inner():
        return GLOBAL_STATE

    return inner


class Holder:
    table = {"a": 1}
    number = 3

    def method(self):
        return self.table


def test_globals_that_a_function_names_are_ambient():
    assert global_edges(reads_a_global) == [(".<global 'GLOBAL_STATE'>", GLOBAL_STATE)]
    assert ambient_edges(reads_a_global) == global_edges(reads_a_global)
    assert edges(reads_a_global) == []


def test_globals_of_a_framework_function_are_not_followed():
    assert ambient_edges(random.seed) == []
    assert ambient_edges(functools.wraps) == []


def test_class_attributes_are_ambient_and_leaves_are_left_out():
    found = dict(ambient_edges(Holder()))
    assert found[".table"] is Holder.table
    assert found[".method"] is Holder.method
    assert ".number" not in found
    assert dict(ambient_edges(Holder)) == found


def test_attributes_of_a_framework_class_are_not_ambient():
    assert class_edges(tf_keras.layers.Dense) == []
    assert class_edges(collections.OrderedDict) == []


def test_a_class_attribute_that_is_added_later_is_seen():
    class Growing:
        pass

    assert class_edges(Growing) == []
    Growing.cache = marker = []
    assert class_edges(Growing) == [(".cache", marker)]
    del Growing.cache
    assert class_edges(Growing) == []
