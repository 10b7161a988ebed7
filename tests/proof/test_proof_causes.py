"""One cause, one finding: a function, a list, a buffer or a copied object is one row."""

from __future__ import annotations

import copy
import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from pytest_tfpclone import check_clone

tfd = tfp.distributions


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


def rows(original, clone, **options):
    report = check_clone(original, clone, inputs=(), **options)
    return [(leak.original, leak.clone) for leak in report.leaks]


def of_three():
    a, b, c = (tf.Variable(float(i)) for i in range(3))
    return lambda x: x * a * b * c


@pytest.mark.parametrize(
    "make",
    [
        of_three,
        lambda: functools.partial(of_three(), 1.0),
        lambda: (tf.Variable(1.0), tf.Variable(2.0)),
        lambda: tf.function(of_three()),
        lambda: Plain(a=tf.Variable(1.0), b=tf.Variable(2.0)).__eq__,
    ],
    ids=["function", "partial", "tuple", "tf.function", "bound method"],
)
def test_what_both_hold_is_the_cause_of_all_below_it(make):
    held = make()
    place = rows(Plain(held=held), Plain(held=held))
    assert len(place) == 1, place
    assert place[0][0].startswith("original.held")
    assert rows(Plain(held=make()), Plain(held=make())) == []


def test_a_function_that_holds_one_thing_is_named_by_it():
    variable = tf.Variable(1.0)

    def held():
        return variable

    assert rows(Plain(held=held), Plain(held=held)) == [
        ("original.held.<closure 'variable'>", "clone.held.<closure 'variable'>")
    ]


def test_a_list_whose_items_are_all_shared_stands_for_them():
    items = [tf.Variable(1.0), tf.Variable(2.0)]
    assert rows(Plain(held=list(items)), Plain(held=list(items))) == [
        ("original.held", "clone.held")
    ]
    mixed = [[*items, tf.Variable(3.0)] for _ in range(2)]
    assert rows(Plain(held=mixed[0]), Plain(held=mixed[1])) == [
        ("original.held[0]", "clone.held[0]"), ("original.held[1]", "clone.held[1]"),
    ]  # fmt: skip


def network():
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2), keras.layers.Dense(1)])
    model.compile("adam", "mse", run_eagerly=True)
    model.train_on_batch(np.ones((4, 3)), np.ones((4, 1)))
    return model


def test_an_optimizer_of_the_originals_variables_is_one_finding():
    original, clone = network(), network()
    optimizer = keras.optimizers.Adam()
    optimizer.build(original.trainable_variables)
    for mine, other in zip(optimizer.variables, original.optimizer.variables, strict=True):
        mine.assign(other.value)
    clone.__dict__["optimizer"] = optimizer
    (leak,) = check_clone(original, clone).leaks
    assert leak.original == "original.optimizer._trainable_variables"
    assert leak.label == "container list[4], with 4 variables"


def test_a_shallow_copy_is_told_by_what_the_user_gave_it():
    original = tfd.Normal(tf.Variable(0.0), tf.Variable(1.0))
    assert rows(original, copy.copy(original)) == [
        ("original.loc", "clone.loc"), ("original.scale", "clone.scale"),
    ]  # fmt: skip
    constant = tfd.Normal(0.0, 1.0)
    assert len(rows(constant, copy.copy(constant))) == 1


def test_views_into_one_buffer_are_one_finding():
    array = np.arange(10.0)

    def make(base):
        return Plain(parts=[base[i : i + 2] for i in range(8)])

    assert rows(make(array), make(array)) == [("original.parts[0]", "clone.parts[0]")]
    assert rows(Plain(a=array, b=array[:3]), Plain(a=array, b=array[:3])) == [
        ("original.a", "clone.a")
    ]
    assert rows(make(array), make(array.copy())) == []


def test_one_file_mapped_twice_is_one_finding(tmp_path):
    path = tmp_path / "numbers"
    np.zeros(4).tofile(path)
    models = [Plain(held=np.memmap(path, np.float64, "r+")) for _ in range(2)]
    (leak,) = check_clone(*models).leaks
    assert leak.kind == "coupled"


def test_an_alias_within_a_model_does_not_hide_a_coupling(tmp_path):
    path = tmp_path / "numbers"
    np.zeros(4).tofile(path)

    def make():
        base = np.memmap(path, np.float64, "r+").view(np.ndarray)
        return Plain(a=base, b=base.view(np.int64), c=base[1:2])

    assert [leak.kind for leak in check_clone(make(), make()).leaks] == ["coupled"]


FIRST_OF_THE_MODULE, SECOND_OF_THE_MODULE = [1], [2]


def function_over(part):
    def function():
        return part, FIRST_OF_THE_MODULE, SECOND_OF_THE_MODULE

    return function


def test_what_a_shared_function_names_of_its_module_is_no_part_of_it():
    function = function_over(5)
    report = check_clone([function, tf.Variable(1.0)], [function, tf.Variable(1.0)], inputs=())
    assert report.verdict == "independent"
    assert len(report.notes) == 2


def test_what_a_shared_function_holds_is_one_leak_whatever_it_names():
    function = function_over(tf.Variable(1.0))
    report = check_clone([function, tf.Variable(1.0)], [function, tf.Variable(1.0)], inputs=())
    assert [leak.original for leak in report.leaks] == ["original[0].<closure 'part'>"]
