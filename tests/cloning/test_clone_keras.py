"""Clones of tf_keras and Keras 3 models train as their originals do, apart from them."""

from __future__ import annotations

import random

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone import check_clone
from pytest_tfpclone.cloning import clone

tfd = tfp.distributions
X = np.random.RandomState(0).randn(8, 3).astype("float32")
Y = X[:, :1]


def negative_log_likelihood(y, distribution):
    return -distribution.log_prob(y)


def normal(t):
    return tfd.Normal(t[..., :1], 1e-3 + tf.nn.softplus(t[..., 1:]))


def sequential(optimizer):
    model = tf_keras.Sequential(
        [
            tf_keras.layers.Dense(4, activation="relu", input_shape=(3,)),
            tf_keras.layers.Dropout(0.3, seed=1),
            tf_keras.layers.BatchNormalization(),
            tf_keras.layers.Dense(2),
            tfp.layers.DistributionLambda(normal),
        ]
    )
    model.compile(optimizer=optimizer, loss=negative_log_likelihood, metrics=["mae"])
    return model


def functional(library):
    inputs = library.Input((3,))
    tied = library.layers.Dense(3, name="tied")
    hidden = tied(tied(inputs))
    first = library.layers.Dense(1, name="first")(hidden)
    second = library.layers.Dense(1, name="second")(library.layers.Concatenate()([hidden, first]))
    model = library.Model(inputs, second)
    model.compile(library.optimizers.Adam(0.01), "mse")
    return model


def keras_3_sequential():
    model = keras.Sequential(
        [
            keras.layers.Input((3,)),
            keras.layers.Dense(4, activation="relu"),
            keras.layers.Dropout(0.3, seed=1),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(1),
        ]
    )
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    return model


class Subclassed(tf_keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = tf_keras.layers.Dense(4)
        self.table = {"scale": [tf.Variable(1.0)]}

    def call(self, x, training=False):
        return tf.reduce_sum(self.hidden(x), -1, keepdims=True) * self.table["scale"][0]


class Noisy(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = keras.layers.Dense(1)
        self.seed = keras.random.SeedGenerator(3)

    def call(self, x, training=False):
        return self.hidden(x) + 0.1 * keras.random.normal((1,), seed=self.seed)


def compiled(model, library):
    model.compile(library.optimizers.RMSprop(0.01), "mse")
    return model


def posterior(kernel_size, bias_size=0, dtype=None):
    size = kernel_size + bias_size
    return tf_keras.Sequential(
        [
            tfp.layers.VariableLayer(2 * size, dtype=dtype),
            tfp.layers.DistributionLambda(
                lambda t: tfd.Independent(
                    tfd.Normal(t[..., :size], 1e-5 + tf.nn.softplus(t[..., size:])), 1
                )
            ),
        ]
    )


def prior(kernel_size, bias_size=0, dtype=None):
    size = kernel_size + bias_size
    return tf_keras.Sequential(
        [
            tfp.layers.VariableLayer(size, dtype=dtype),
            tfp.layers.DistributionLambda(lambda t: tfd.Independent(tfd.Normal(t, 1.0), 1)),
        ]
    )


def bayesian():
    model = tf_keras.Sequential(
        [
            tfp.layers.DenseVariational(2, posterior, prior, kl_weight=0.1, input_shape=(3,)),
            tfp.layers.DistributionLambda(normal),
        ]
    )
    model.compile(tf_keras.optimizers.Adam(0.01), negative_log_likelihood)
    return model


def flipout():
    model = tf_keras.Sequential(
        [
            tfp.layers.DenseFlipout(4, input_shape=(3,)),
            tfp.layers.DenseReparameterization(tfp.layers.MultivariateNormalTriL.params_size(1)),
            tfp.layers.MultivariateNormalTriL(1),
        ]
    )
    model.compile(tf_keras.optimizers.Adam(0.01), negative_log_likelihood)
    return model


optimizers = tf_keras.optimizers
MODELS = {
    "adam": lambda: sequential(optimizers.Adam(0.01)),
    "momentum": lambda: sequential(optimizers.SGD(0.01, momentum=0.9)),
    "legacy": lambda: sequential(optimizers.legacy.Adam(0.01)),
    "average": lambda: sequential(optimizers.AdamW(0.01, use_ema=True)),
    "schedule": lambda: sequential(
        optimizers.Adam(optimizers.schedules.ExponentialDecay(0.1, 3, 0.5))
    ),
    "functional": lambda: functional(tf_keras),
    "subclassed": lambda: compiled(Subclassed(), tf_keras),
    "DenseVariational": bayesian,
    "DenseFlipout": flipout,
    "keras 3": keras_3_sequential,
    "keras 3 functional": lambda: functional(keras),
    "keras 3 subclassed": lambda: compiled(Noisy(), keras),
}


def values(model):
    variables = model.optimizer.variables
    variables = variables() if callable(variables) else variables
    return [np.array(value) for value in (*model.get_weights(), *variables)]


def step(model):
    tf.random.set_seed(5)
    random.seed(5)
    np.random.seed(5)
    # Seeds are built into a trace: both sides trace anew.
    model.train_function = None
    model.train_on_batch(X, Y)


def equal(first, second):
    return len(first) == len(second) and all(map(np.array_equal, first, second))


@pytest.mark.parametrize("name", MODELS)
def test_one_training_step(name):
    original = MODELS[name]()
    original.fit(X, Y, epochs=2, verbose=0)
    before = values(original)
    copy = clone(original)
    assert type(copy) is type(original)
    assert equal(values(copy), before)
    step(copy)
    assert equal(values(original), before)
    assert not equal(values(copy), before)
    after = values(copy)
    step(original)
    assert equal(values(original), after)
    assert equal(values(copy), after)


@pytest.mark.parametrize("library", [tf_keras, keras], ids=["tf_keras", "keras 3"])
def test_the_functional_graph_is_the_clones_own(library, tmp_path):
    original = functional(library)
    copy = clone(original)
    lines: list[str] = []
    copy.summary(print_fn=lambda text, **_: lines.append(text))
    assert any("tied" in line for line in lines)
    assert copy.get_layer("first") is not original.get_layer("first")
    assert copy.get_layer("tied") in copy.layers
    assert len(copy.trainable_variables) == len(original.trainable_variables)
    part = library.Model(copy.inputs[0], copy.get_layer("first").output)
    assert np.array_equal(
        np.array(part(X)),
        np.array(library.Model(original.inputs[0], original.get_layer("first").output)(X)),
    )
    expected = np.array(original(X))
    for weight in copy.trainable_variables:
        weight.assign(weight + 1.0)
    assert not np.array_equal(np.array(part(X)), np.zeros((8, 1)))
    assert np.array_equal(np.array(original(X)), expected)
    assert not np.array_equal(np.array(copy(X)), expected)
    copy.save(tmp_path / "copy.keras")
    loaded = library.models.load_model(tmp_path / "copy.keras")
    assert np.allclose(np.array(loaded(X)), np.array(copy(X)))


def test_flags_names_and_histories():
    original = sequential("adam")
    original.layers[0].trainable = False
    original.fit(X, Y, verbose=0)
    copy = clone(original)
    assert [v.name for v in copy.variables] == [v.name for v in original.variables]
    assert len(copy.trainable_variables) == len(original.trainable_variables)
    copy.layers[0].trainable = True
    assert original.layers[0].trainable is False
    assert copy.history.model is copy
    assert copy.history.history == original.history.history


def test_an_unbuilt_model():
    original = tf_keras.Sequential([tf_keras.layers.Dense(2)])
    copy = clone(original)
    copy(X)
    assert not original.built
    assert len(copy.weights) == 2


def test_optimizers_held_by_plain_objects():
    class Member:
        def __init__(self, library):
            self.net = library.Sequential([library.layers.Dense(1)])
            self.net.build((None, 3))
            self.optimizer = library.optimizers.Adam(0.1)
            self.target = self.net

        def step(self):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean((self.net(X) - Y) ** 2)
            weights = self.net.trainable_variables
            gradients = tape.gradient(loss, weights)
            self.optimizer.apply_gradients(zip(gradients, weights, strict=True))

    for library in (tf_keras, keras):
        original = [Member(library), Member(library)]
        for member in original:
            member.step()
        copy = clone(original)
        before = original[0].net.get_weights()
        copy[0].step()
        assert copy[0].target is copy[0].net
        assert equal(original[0].net.get_weights(), before)
        original[0].step()
        assert equal(original[0].net.get_weights(), copy[0].net.get_weights())


def test_lookup_layers():
    for library in (tf_keras, keras):
        original = library.layers.StringLookup(vocabulary=["a", "b"])
        copy = clone(original)
        words = tf.constant(["b", "c"])
        assert np.array(copy(words)).tolist() == np.array(original(words)).tolist()


@pytest.mark.parametrize("library", [tf_keras, keras], ids=["tf_keras", "keras 3"])
def test_what_keras_compiled_is_the_clones_own_also_where_it_is_tracked(library, tmp_path):
    original = library.Sequential([library.Input((2,)), library.layers.Dense(1)])
    original.compile("adam", "mse", metrics=["mae"])
    original.fit(X[:, :2], Y, verbose=0)
    original.evaluate(X[:, :2], Y, verbose=0)
    original.predict(X[:, :2], verbose=0)
    copy = clone(original)
    assert check_clone(original, copy).verdict == "independent"
    assert np.array_equal(copy.predict(X[:, :2], verbose=0), original.predict(X[:, :2], verbose=0))
    copy.save(str(tmp_path / "model.keras"))
    tf.train.Checkpoint(model=copy).write(str(tmp_path / "checkpoint"))
