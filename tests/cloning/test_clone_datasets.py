"""Datasets are immutable, but for what their functions and their shuffling keep."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pytest_tfpclone import CloneRefused, clone

Dataset = tf.data.Dataset
SCALAR = tf.TensorSpec([], tf.float32)


def generated(function):
    return Dataset.from_generator(function, output_signature=SCALAR)


def calling(function):
    return Dataset.range(3).map(lambda i: tf.numpy_function(function, [i], tf.float64))


def over(make, state):
    return make(state)


KEPT = {
    "range": lambda: Dataset.range(3).map(lambda i: i * 2).batch(2).prefetch(1),
    "tensors": lambda: Dataset.from_tensor_slices(np.arange(3.0)),
    "shuffled once": lambda: Dataset.range(3).shuffle(3, reshuffle_each_iteration=False),
    "generated": lambda: generated(lambda: iter(range(3))),
    "called": lambda: calling(lambda i: i + 1.0),
    "a number of a list, when it was made": lambda: over(
        lambda held: Dataset.range(3).map(lambda i: i * held[0]), [2]
    ),
}


class Source:
    def __init__(self):
        self.calls = 0

    def __call__(self):
        self.calls += 1
        yield float(self.calls)


REFUSED = {
    "shuffle": (lambda: Dataset.range(3).shuffle(3).batch(2), "shuffle counts the passes"),
    "variable": (
        lambda: over(
            lambda v: Dataset.range(3).map(lambda i: i + v), tf.Variable(1, dtype="int64")
        ),
        "functions use a variable",
    ),
    "generator over a list": (
        lambda: over(lambda held: generated(lambda: iter(held)), [1.0]),
        r"calls Python code on every pass, which uses state \(list\)",
    ),
    "generator over a variable": (
        lambda: over(lambda v: generated(lambda: iter([v.numpy()])), tf.Variable(1.0)),
        r"which uses state \(ResourceVariable\)",
    ),
    "generator of an object": (lambda: generated(Source()), r"which uses state \(Source\)"),
    "function over an array": (
        lambda: over(lambda held: calling(lambda i: i + held[0]), np.ones(1)),
        r"which uses state \(ndarray\)",
    ),
    "function in a function": (
        lambda: over(
            lambda v: Dataset.range(2).interleave(
                lambda i: Dataset.range(2).map(
                    lambda j: tf.py_function(lambda k: float(k) * v, [j], tf.float32)
                )
            ),
            tf.Variable(1.0),
        ),
        r"which uses state \(ResourceVariable\)",
    ),
}


@pytest.mark.parametrize("name", KEPT)
def test_kept(name):
    dataset = KEPT[name]()
    assert clone([dataset])[0] is dataset


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    make, reason = REFUSED[name]
    dataset = make()
    with pytest.raises(CloneRefused, match=reason) as caught:
        clone([dataset])
    assert caught.value.path == "original[0]"
    assert "make it where it is used" in str(caught.value)
    assert clone([dataset], shared=[dataset])[0] is dataset
