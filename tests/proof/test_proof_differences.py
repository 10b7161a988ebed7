"""Each kind of difference: one model with it, one without."""

from __future__ import annotations

import collections
import copy
import datetime
import decimal
import fractions
import pathlib
import uuid

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone import check_clone

tfd, tfb = tfp.distributions, tfp.bijectors


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


def found(left, right, **options):
    report = check_clone(left, right, **options)
    assert report.leaks == ()
    return [(each.kind, each.path, each.detail) for each in report.differences]


def nan(bits):
    return tf.bitcast(tf.constant([bits], tf.uint32), tf.float32)


@pytest.mark.parametrize(
    ("make", "detail"),
    [
        (lambda: (tf.Variable(1.0), tf.Variable(2.0)), "1.0 became 2.0"),
        (
            lambda: (tf.Variable([1.0, 2.0, 3.0]), tf.Variable([1.0, 5.0, 6.0])),
            "[1] 2.0 became 5.0 (2 of 3 elements)",
        ),
        (
            lambda: (tf.Variable([[1, 2]]), tf.Variable([[1, 3]])),
            "[0, 1] 2 became 3 (1 of 2 elements)",
        ),
        (
            lambda: (tf.Variable(nan(0x7FC00001)), tf.Variable(nan(0x7FC00002))),
            "[nan]: the bits differ (a NaN's payload, or the sign of a zero)",
        ),
        (lambda: (tf.Variable([0.0]), tf.Variable(tf.constant([-0.0]))), None),
        (lambda: (np.zeros(2), np.ones(2)), "[0] 0.0 became 1.0 (2 of 2 elements)"),
        (lambda: (tf.Variable(["a"]), tf.Variable(["b"])), "[b'a'] became [b'b']"),
        (lambda: (bytearray(b"a"), bytearray(b"b")), None),
        (lambda: (np.random.default_rng(1), np.random.default_rng(2)), None),
    ],
)
def test_value(make, detail):
    left, right = make()
    ((kind, path, words),) = found(Plain(a=left), Plain(a=right))
    assert kind == "value"
    assert path.startswith("original.a")
    if detail is not None:
        assert detail in words


def test_equal_values():
    for make in (
        lambda: tf.Variable(nan(0x7FC00001)),
        lambda: np.array([np.nan, -0.0]),
        lambda: tf.Variable(["a"]),
        lambda: np.random.default_rng(1),
    ):
        assert found(Plain(a=make()), Plain(a=make())) == []


@pytest.mark.parametrize(
    ("left", "right", "detail"),
    [(1, 2, "1 became 2"), ("relu", "elu", "'relu' became 'elu'"), (1.5, 2.5, "1.5 became 2.5")],
)
def test_value_of_a_plain_attribute(left, right, detail):
    assert found(Plain(a=left), Plain(a=right)) == [("value", "original.a", detail)]
    assert found(Plain(a=left), Plain(a=left)) == []


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (datetime.date(2020, 1, 2), datetime.date(2020, 1, 3)),
        (pathlib.PurePosixPath("a"), pathlib.PurePosixPath("b")),
        (decimal.Decimal("1.5"), decimal.Decimal("2.5")),
        (fractions.Fraction(1, 2), fractions.Fraction(1, 3)),
        (uuid.UUID(int=5), uuid.UUID(int=6)),
    ],
)
def test_value_of_an_object_of_the_standard_library(left, right):
    assert found(Plain(a=left), Plain(a=copy.deepcopy(left))) == []
    ((kind, path, detail),) = found(Plain(a=left), Plain(a=right))
    assert (kind, path) == ("value", "original.a")
    assert "became" in detail


def test_dtype():
    assert found(Plain(a=tf.Variable(1.0)), Plain(a=tf.Variable(1))) == [
        ("dtype", "original.a", "float32 became int32")
    ]
    assert found(Plain(a=np.zeros(2)), Plain(a=np.zeros(2, "f4"))) == [
        ("dtype", "original.a", "float64[2] became float32[2]")
    ]


def test_shape():
    assert found(Plain(a=tf.Variable([1.0])), Plain(a=tf.Variable([1.0, 2.0]))) == [
        ("shape", "original.a", "float32[1] became float32[2]")
    ]
    assert found(Plain(a=np.zeros(2)), Plain(a=np.zeros((2, 1)))) == [
        ("shape", "original.a", "float64[2] became float64[2, 1]")
    ]


def test_missing_and_extra():
    variable = tf.Variable([1.0])
    assert found(Plain(a=1, lost=variable), Plain(a=1)) == [
        ("missing", "original.lost", "the clone lacks this variable float32[1]")
    ]
    assert found(Plain(a=1), Plain(a=1, new=variable)) == [
        ("extra", "clone.new", "only the clone has this variable float32[1]")
    ]
    assert found([1, [2]], [1]) == [("missing", "original[1]", "the clone lacks this list")]


@pytest.mark.parametrize("made", [lambda: tf.Variable([1.0]), lambda: Plain(rate=1.0)])
def test_a_second_name_that_is_lost(made):
    """What one attribute holds still is no comfort to who asks for the other."""
    one, other = made(), made()
    ((kind, path, _),) = found(Plain(kept=one, lost=one), Plain(kept=other))
    assert (kind, path) == ("missing", "original.lost")
    assert found(Plain(kept=one, lost=one), Plain(kept=other, lost=other)) == []


def test_what_is_missing_is_summed_up():
    lost = Plain(a=tf.Variable(1.0), b=tf.Variable(2.0))
    assert found(Plain(lost=lost), Plain()) == [
        ("missing", "original.lost", "the clone lacks this Plain, with 2 variables below")
    ]


def test_structure():
    assert found(Plain(a=[1]), Plain(a=(1,))) == [
        ("structure", "original.a", "a list became a tuple")
    ]
    assert found(Plain(a=lambda x: x), Plain(a=lambda x: -x)) == [
        ("structure", "original.a", "another function")
    ]
    assert found(Plain(a=lambda x: x), Plain(a=None))[0][0] == "structure"
    assert found(Plain(a=collections.OrderedDict()), Plain(a={}))[0][0] == "structure"


def test_a_root_of_another_type_loses_interfaces():
    model = tf_keras.Sequential([tf_keras.Input((1,)), tf_keras.layers.Dense(1)])
    differences = found(model, tf.Module(), inputs=())
    assert ("structure", "original", "a Sequential became a Module") in differences
    lost = {path for kind, path, _ in differences if kind == "structure"}
    assert {"original.__call__", "original.layers", "original.fit"} <= lost
    assert "original.trainable_variables" not in lost
    details = {path: detail for _, path, detail in differences}
    assert details["original.__call__"] == "calling it is lost: Module lacks it"
    assert details["original.layers"] == ".layers is lost: Module lacks it"
    assert any(kind == "missing" and "no variable named" in d for kind, _, d in differences)


def test_a_root_of_another_type_is_compared_by_the_names_of_variables():
    class Other(tf.Module):
        pass

    class Model(tf.Module):
        pass

    def make(kind, value):
        model = kind()
        model.rate = tf.Variable(value, name="rate")
        return model

    same = found(make(Model, 1.0), make(Other, 1.0))
    assert [each for each in same if each[0] != "structure"] == []
    other = found(make(Model, 1.0), make(Other, 2.0))
    assert ("value", "original.rate", "1.0 became 2.0") in other


def network(trainable=True):
    model = tf_keras.Sequential(
        [tf_keras.Input((2,)), tf_keras.layers.Dense(1, kernel_initializer="ones")]
    )
    model.layers[0].trainable = trainable
    return model


def test_flag():
    differences = found(network(), network(trainable=False))
    assert {kind for kind, _, _ in differences} == {"flag"}
    assert any(
        path.startswith("original.layers[0].") and "trainable" in path for _, path, _ in differences
    )
    assert found(network(), network()) == []
    assert found(Plain(a=True), Plain(a=False)) == [("flag", "original.a", "True became False")]


@pytest.mark.parametrize(
    ("setting", "options"),
    [
        ("trainable", {"trainable": False}),
        ("synchronization", {"synchronization": tf.VariableSynchronization.ON_READ}),
        ("aggregation", {"aggregation": tf.VariableAggregation.SUM}),
    ],
)
def test_flags_of_variables(setting, options):
    differences = found(Plain(a=tf.Variable(1.0)), Plain(a=tf.Variable(1.0, **options)))
    assert ("flag", f"original.a.{setting}") in [each[:2] for each in differences]


def tied(tie):
    first = tf_keras.layers.Dense(2, kernel_initializer="ones")
    second = first if tie else tf_keras.layers.Dense(2, kernel_initializer="ones")
    for layer in (first, second):
        layer.build((None, 2))
    return Plain(first=first, second=second)


def test_tying_that_is_lost():
    differences = found(tied(True), tied(False), inputs=())
    assert ("tying", "original.second") in [each[:2] for each in differences]
    (detail,) = [each[2] for each in differences if each[0] == "tying"]
    assert detail == "one Dense with original.first in the original, two in the clone"


def test_tying_that_is_added():
    differences = found(tied(False), tied(True), inputs=())
    (detail,) = [each[2] for each in differences if each[0] == "tying"]
    assert detail == "two Denses in the original, one with clone.first in the clone"


def test_tying_that_is_kept():
    assert found(tied(True), tied(True), inputs=()) == []
    assert found(tied(False), tied(False), inputs=()) == []


def functional(backend, twice, tie):
    """Return a network of two Dense layers, one behind or beside the other, tied or not."""
    layers = backend.layers
    first = layers.Dense(3, kernel_initializer="ones", name="first")
    second = first if tie else layers.Dense(3, kernel_initializer="ones", name="second")
    if twice:
        start = backend.Input((3,))
        return backend.Model(start, second(first(start)))
    starts = [backend.Input((3,)) for _ in range(2)]
    return backend.Model(starts, layers.Add()([first(starts[0]), second(starts[1])]))


@pytest.mark.parametrize("twice", [True, False])
@pytest.mark.parametrize("backend", [tf_keras, keras], ids=["tf_keras", "keras"])
def test_tying_of_functional_models_is_one_finding_that_names_the_layer(backend, twice):
    place = f"layers[{1 if twice else 2}]"
    lost = found(functional(backend, twice, True), functional(backend, twice, False))
    assert lost == [
        ("tying", "original.<call>[1]",
         f"one Dense with original.{place} in the original, two in the clone"),
    ]  # fmt: skip
    added = found(functional(backend, twice, False), functional(backend, twice, True))
    assert added == [
        ("tying", "original.<call>[1]",
         f"two Denses in the original, one with clone.{place} in the clone"),
    ]  # fmt: skip
    for tie in (True, False):
        assert found(functional(backend, twice, tie), functional(backend, twice, tie)) == []


def test_one_item_more_does_not_shift_what_comes_after_it():
    original = Plain(parts=[tf.Variable(1.0), {"a": 1}, (1, 2)])
    clone = Plain(parts=[tf.Variable(1.0), [3], {"a": 2}, (1, 2)])
    assert found(original, clone) == [
        ("extra", "clone.parts[1]", "only the clone has this list"),
        ("value", "original.parts[1]['a']", "1 became 2"),
    ]


def test_singleton():
    def make(kind):
        return Plain(kind=kind)

    differences = found(make(tfd.FULLY_REPARAMETERIZED), make(copy.copy(tfd.FULLY_REPARAMETERIZED)))
    ((kind, path, detail),) = differences
    assert (kind, path) == ("singleton", "original.kind")
    assert detail.endswith("FULLY_REPARAMETERIZED itself became a copy of it")
    assert found(make(tfd.FULLY_REPARAMETERIZED), make(tfd.FULLY_REPARAMETERIZED)) == []


def test_equal_false_leaves_out_values_but_not_structure():
    left = Plain(a=tf.Variable(1.0), b=[1], c=1)
    right = Plain(a=tf.Variable(2.0), b=(1,), c=2)
    assert [kind for kind, _, _ in found(left, right)] == ["value", "structure", "value"]
    assert [kind for kind, _, _ in found(left, right, equal=False)] == ["structure"]


def test_rows_are_sorted_by_path():
    left = Plain(**{name: tf.Variable(1.0) for name in "dbca"})
    right = Plain(**{name: tf.Variable(2.0) for name in "dbca"})
    assert [path for _, path, _ in found(left, right)] == [f"original.{name}" for name in "abcd"]


def trained(steps):
    model = network()
    model.compile(tf_keras.optimizers.Adam(0.1), "mse")
    for _ in range(steps):
        model.train_on_batch(np.ones((4, 2)), np.zeros((4, 1)))
    return model


def test_optimizer_slots_are_compared():
    fresh = network()
    fresh.compile(tf_keras.optimizers.Adam(0.1), "mse")
    source = trained(2)
    fresh.set_weights(source.get_weights())
    kinds = [kind for kind, _, _ in found(source, fresh)]
    assert "missing" in kinds or "value" in kinds
    assert found(trained(2), trained(2)) == []


def test_other_keras_names_are_no_difference():
    left, right = network(), network()
    assert left.layers[0].name != right.layers[0].name
    assert found(left, right) == []


def test_fresh_models_of_one_factory_with_random_weights_differ_in_values_only():
    def make():
        return tf_keras.Sequential([tf_keras.Input((2,)), tf_keras.layers.Dense(1)])

    kinds = {kind for kind, _, _ in found(make(), make())}
    assert kinds == {"value", "output"}
    assert found(make(), make(), equal=False) == []


def test_another_loss_and_another_activation_are_seen_without_outputs():
    def make(loss, activation):
        model = tf_keras.Sequential([tf_keras.layers.Dense(1, activation, input_shape=(2,))])
        model.compile("sgd", loss)
        return model

    report = check_clone(make("mse", "relu"), make("mae", "tanh"), inputs=(), equal=False)
    seen = {each.path for each in report.differences}
    assert "original.layers[0].activation" in seen
    report = check_clone(make("mse", "relu"), make("mae", "relu"), inputs=())
    assert "original.loss" in {each.path for each in report.differences}
