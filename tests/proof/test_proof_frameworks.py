"""What Keras and TensorFlow keep beside a model: policies, records, losses, strategies."""

from __future__ import annotations

import random

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone import check_clone, clone

tfd, tfb, tfpl = tfp.distributions, tfp.bijectors, tfp.layers
X = np.array([0.2, 0.5], "float32")


def network(backend, **options):
    random.seed(1)  # of which both Keras draw the seeds of initializers
    return backend.Sequential([backend.Input((3,)), backend.layers.Dense(2, **options)])


@pytest.fixture
def _policies_put_back():
    yield
    keras.config.set_dtype_policy("float32")
    tf_keras.mixed_precision.set_global_policy("float32")


@pytest.mark.usefixtures("_policies_put_back")
@pytest.mark.parametrize(
    ("backend", "change"),
    [
        (keras, keras.utils.clear_session),
        (keras, lambda: keras.config.set_dtype_policy("mixed_bfloat16")),
        (tf_keras, lambda: tf_keras.mixed_precision.set_global_policy("mixed_bfloat16")),
        (tf_keras, tf_keras.backend.clear_session),
    ],
    ids=["clear_session", "policy", "tf_keras policy", "tf_keras clear_session"],
)
def test_another_default_policy_is_no_state(backend, change):
    assert check_clone(network(backend), network(backend)).verdict == "independent"
    change()
    report = check_clone(network(backend), network(backend))
    assert report.verdict == "independent", str(report)


def test_one_policy_of_two_models_is_no_state_and_another_is_a_difference():
    policy = keras.DTypePolicy("mixed_bfloat16")
    models = [network(keras, dtype=policy) for _ in range(2)]
    assert check_clone(*models).verdict == "independent"
    found = check_clone(network(keras), models[0]).differences
    assert ("original.layers[0].dtype_policy", "float32 became mixed_bfloat16") in [
        (each.path, each.detail) for each in found
    ]


def test_the_order_in_which_tf_keras_counts_attributes_says_nothing():
    layers = tf_keras.layers
    model = tf_keras.Sequential(
        [tf_keras.Input((5, 2)), layers.Conv1D(2, 2), layers.BatchNormalization(), layers.Flatten()]
    )
    copy = tf_keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    assert check_clone(model, copy).verdict == "independent"


def test_arguments_that_keras_recorded_are_not_compared():
    model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.RandomRotation(0.1, seed=1)])
    assert check_clone(model, keras.models.clone_model(model)).verdict == "independent"


def add_loss_of(model, kernel):
    model.add_loss(lambda: tf.reduce_sum(kernel**2))
    return model


def test_a_loss_that_follows_the_original_is_a_leak():
    original, copy = network(tf_keras), network(tf_keras)
    add_loss_of(copy, original.layers[0].kernel)
    (leak,) = check_clone(original, copy).leaks
    assert leak.original == "original.layers[0].kernel"
    models = [network(tf_keras) for _ in range(2)]
    for model in models:
        add_loss_of(model, model.layers[0].kernel)
    assert check_clone(*models).verdict == "independent"


def trained(strategy):
    random.seed(1)
    with strategy.scope():
        model = tf_keras.Sequential([tf_keras.Input((3,)), tf_keras.layers.Dense(2)])
        model.compile("sgd", "mse")
    train(model)
    return model


def train(model):
    model.train_on_batch(tf.ones((4, 3)), tf.ones((4, 2)))


def test_models_under_one_strategy_share_nothing():
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    original, twin = trained(strategy), trained(strategy)
    assert check_clone(original, twin).verdict == "independent"
    report = check_clone(original, clone(original), actions=[train])
    assert report.verdict == "independent", str(report)
    twin._self_tracked_trackables[1] = original.layers[0]
    assert [leak.original for leak in check_clone(original, twin).leaks] == ["original.layers[0]"]


def hide(value):
    """Return a function that returns the value, behind framework code where no walk looks."""
    namespace = {"__name__": "functools"}
    exec("T = {}\ndef hide(v):\n k = object(); T[k] = v\n return lambda: T[k]", namespace)
    return namespace["hide"](value)


OUTPUTS = {
    "two distributions": lambda v, x: (tfd.Normal(x, 1.0), tfd.Normal(v * x, 1.0)),
    "two of two kinds": lambda v, x: {"a": tfd.Poisson(1.0 + x), "b": tfd.Normal(v * x, 1.0)},
    "operator": lambda v, x: tf.linalg.LinearOperatorDiag(v * x),
    "bijector": lambda v, x: tfb.Shift(v * x),
    "kernel": lambda v, x: tfp.math.psd_kernels.Linear(bias_amplitude=v * 1.0),
    "ragged tensor": lambda v, x: tf.RaggedTensor.from_row_splits(v * x, [0, 1, 2]),
    "sparse tensor": lambda v, x: tf.sparse.from_dense(v * x),
}


@pytest.mark.parametrize("kind", OUTPUTS)
def test_every_part_of_an_output_is_looked_at(kind):
    class Model:
        def __init__(self, original=None):
            self.rate = tf.Variable(3.0)
            self.target = hide(original or self)

        def __call__(self, x):
            return OUTPUTS[kind](self.target().rate, x)

    original = Model()
    report = check_clone(original, Model(original), inputs=(X,))
    assert [(leak.kind, leak.original) for leak in report.leaks] == [("coupled", "original.rate")]
    assert [(each.kind, each.path) for each in report.differences] == [("dead", "clone.rate")]
    report = check_clone(Model(), Model(), inputs=(X,))
    assert report.verdict == "independent"
    assert not any("left out" in note for note in report.notes)


@pytest.mark.parametrize(
    "make",
    [
        lambda v: tfp.math.psd_kernels.ExponentiatedQuadratic(v),
        lambda v: tf.linalg.LinearOperatorDiag(v * tf.ones(2)),
        lambda v: tf.linalg.LinearOperatorScaledIdentity(2, v),
    ],
    ids=["kernel", "operator of a tensor", "operator"],
)
@pytest.mark.parametrize("inputs", [None, (np.ones((2, 1), "float32"),)])
def test_kernels_and_operators_are_run(make, inputs):
    if inputs is not None and "kernel" in str(type(make(tf.Variable(1.0)))):
        inputs = inputs * 2
    models = [make(tf.Variable(2.0)) for _ in range(2)]
    assert check_clone(*models, inputs=inputs).verdict == "independent"
    other = make(tf.Variable(3.0))
    kinds = {each.kind for each in check_clone(models[0], other, inputs=inputs).differences}
    assert "output" in kinds


class Choosing(tf.Module):
    """Computes with its variable, or with a constant beside it."""

    def __init__(self, rate, dead=False):
        super().__init__()
        self.rate, self.constant, self.dead = tf.Variable(rate), rate, dead

    def __call__(self, x):
        return x * (self.constant if self.dead else self.rate)


def test_a_dead_clone_of_other_values_is_found():
    report = check_clone(Choosing(2.0), Choosing(3.0, dead=True), inputs=(X,), equal=False)
    assert ("dead", "clone.rate") in [(each.kind, each.path) for each in report.differences]
    report = check_clone(Choosing(2.0), Choosing(3.0), inputs=(X,), equal=False)
    assert report.verdict == "independent"


def test_a_unit_that_is_off_is_not_dead():
    def make(bias):
        random.seed(0)
        dense = tf_keras.layers.Dense(
            1, "relu", kernel_initializer="zeros",
            bias_initializer=tf_keras.initializers.Constant(bias),
        )  # fmt: skip
        return tf_keras.Sequential([tf_keras.Input((2,)), dense])

    assert check_clone(make(1.0), make(-1.0), equal=False).verdict == "independent"
