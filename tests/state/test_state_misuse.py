"""What is no model is turned away with an error that says what to do, and is not changed."""

from __future__ import annotations

import functools
import types

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone.state.misuse import require_model
from pytest_tfpclone.words import a

tfd, tfpl = tfp.distributions, tfp.layers


class Plain:
    def __init__(self):
        self.rate = tf.Variable(1.0)

    def method(self):
        return self.rate


def factory():
    return Plain()


def turned_away(value, error):
    with pytest.raises(error) as caught:
        require_model(value, "original")
    text = str(caught.value)
    assert text.startswith("original ")
    assert "\n" not in text
    return text


def test_none():
    text = turned_away(None, TypeError)
    assert text == ("original must be a model; got None. Did the function that makes it return it?")


@pytest.mark.parametrize("kind", [Plain, tf.Module, tf_keras.Model, tfd.Normal, int])
def test_classes(kind):
    text = turned_away(kind, TypeError)
    assert text == (
        f"original must be a model, not a class; got the class {kind.__name__}. "
        "Pass an instance of it"
    )


def test_factories():
    assert turned_away(factory, TypeError) == (
        "original must be a model, not a function that makes one; got the function factory, "
        "which holds no variable itself. Call it, and pass what it returns"
    )
    for other in (lambda: Plain(), functools.partial(factory), tf.ones, lambda x=3: x):
        assert "which holds no variable itself" in turned_away(other, TypeError)
    assert "got the function len" in turned_away(len, TypeError)


@pytest.mark.parametrize(
    ("value", "kind"),
    [(3, "int"), (2.5, "float"), (True, "bool"), ("model", "str"), (b"x", "bytes"), (1j, "complex"),
     (types, "module")],
)  # fmt: skip
def test_plain_values(value, kind):
    text = turned_away(value, TypeError)
    assert text.startswith("original must be a model; got ")
    assert text.endswith(f"which is {a(kind)}")


def test_a_long_value_is_cut():
    assert len(turned_away("x" * 1000, TypeError)) < 150


def symbolic():
    return tf_keras.Input((2,))


def symbolic_3():
    import keras

    return keras.Input((2,))


def graph_tensor():
    held = []

    @tf.function
    def function(x):
        held.append(x)
        return x

    function(tf.constant(1.0))
    return held[0]


@pytest.mark.parametrize("make", [symbolic, symbolic_3, graph_tensor])
def test_symbolic_tensors(make):
    text = turned_away(make(), TypeError)
    assert "got a symbolic tensor (" in text
    assert text.endswith("Pass the model that it belongs to: Model(inputs, outputs)")


class Subclassed(tf_keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = tf_keras.layers.Dense(1)

    def call(self, x):
        return self.dense(x)


def keras_3():
    import keras

    return keras.layers.Dense(1)


def keras_3_model():
    import keras

    return keras.Sequential([keras.layers.Dense(1)])


class Lazy(tf_keras.layers.Layer):
    """Makes what it needs at its first call."""

    def call(self, x):
        self.scale = self.add_weight()
        return x * self.scale


class Compiled(tf_keras.layers.Layer):
    @tf.function
    def call(self, x):
        return x


def keras_3_lookup():
    import keras

    return keras.layers.StringLookup(vocabulary=["a", "b"])


def holding_unbuilt_layers():
    return tf_keras.layers.Lambda(lambda x, net=tf_keras.layers.Dense(1): net(x))


UNBUILT = {
    "a user's layer that makes variables in call": (Lazy, "Keras layer Lazy"),
    "a user's layer with a compiled call": (Compiled, "Keras layer Compiled"),
    "unbuilt layer in a function": (holding_unbuilt_layers, "Keras layer Lambda"),
    "wrapper": (
        lambda: tf_keras.layers.TimeDistributed(tf_keras.layers.Dense(1)),
        "Keras layer TimeDistributed",
    ),
    "layer": (lambda: tf_keras.layers.Dense(1), "Keras layer Dense"),
    "sequential": (
        lambda: tf_keras.Sequential([tf_keras.layers.Dense(1)]),
        "Keras model Sequential",
    ),
    "subclassed": (Subclassed, "Keras model Subclassed"),
    "keras 3 layer": (keras_3, "Keras layer Dense"),
    "keras 3 model": (keras_3_model, "Keras model Sequential"),
    "tfp layer": (
        lambda: tfpl.DenseVariational(1, lambda *a: None, lambda *a: None),
        "Keras layer DenseVariational",
    ),
}


@pytest.mark.parametrize("name", UNBUILT)
def test_unbuilt(name):
    make, words = UNBUILT[name]
    model = make()
    before = dict(vars(model))
    text = turned_away(model, ValueError)
    assert text.startswith(f"original is not built: the {words} has no variables yet")
    assert "Call it once on data, or build(input_shape), first" in text
    assert dict(vars(model)) == before


def built_layer():
    layer = tf_keras.layers.Dense(1)
    layer.build((None, 2))
    return layer


def called(model):
    model(tf.zeros([1, 2]))
    return model


def unbuilt_with_state():
    layer = tf_keras.layers.Dense(1)
    layer.temperature = tf.Variable(1.0)
    return layer


def closure():
    rate = tf.Variable(1.0)
    return lambda: rate


def with_default(variable):
    def function(x=variable):
        return x

    return function


@pytest.mark.parametrize("value", [object(), (), frozenset()])
def test_what_holds_no_state(value):
    assert "which holds no state" in turned_away(value, TypeError)


def test_a_constant():
    assert "got a tensor" in turned_away(tf.constant(1.0), TypeError)


def test_an_unbuilt_recurrent_layer_has_only_generators():
    assert "is not built" in turned_away(tf_keras.layers.LSTM(2), ValueError)


ACCEPTED = {
    "plain object": Plain,
    "variable": lambda: tf.Variable(1.0),
    "array": lambda: np.zeros(2),
    "list": lambda: [tf.Variable(1.0)],
    "empty list": list,
    "dict": lambda: {"a": 1},
    "tf.Module": tf.Module,
    "distribution": lambda: tfd.Normal(0.0, 1.0),
    "bijector": tfp.bijectors.Exp,
    "closure": closure,
    "bound method": lambda: Plain().method,
    "partial": lambda: functools.partial(max, tf.Variable(1.0)),
    "function with a default": lambda: with_default(tf.Variable(1.0)),
    "tf.function": lambda: tf.function(closure()),
    "built layer": built_layer,
    "called model": lambda: called(Subclassed()),
    "called sequential": lambda: called(tf_keras.Sequential([tf_keras.layers.Dense(1)])),
    "unbuilt layer that holds state": unbuilt_with_state,
    "layer without variables": lambda: called(tf_keras.layers.Flatten()),
    "lookup": lambda: tf_keras.layers.StringLookup(vocabulary=["a", "b"]),
    "keras 3 lookup": keras_3_lookup,
    "layer that makes none": tf_keras.layers.Flatten,
    "function as a layer": lambda: tf_keras.layers.Lambda(tf.abs),
    "optimizer": tf_keras.optimizers.Adam,
    "generator": lambda: tf.random.Generator.from_seed(1),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_models(name):
    require_model(ACCEPTED[name](), "original")


def test_the_argument_is_named():
    with pytest.raises(TypeError, match=r"^clones\[2\] must be a model"):
        require_model(None, "clones[2]")


def test_graph_mode():
    model = Plain()
    with tf.Graph().as_default():
        text = turned_away(model, RuntimeError)
    assert "can't be checked inside tf.function or graph mode" in text
    assert "tf.config.run_functions_eagerly(True)" in text


def test_inside_a_tf_function():
    model = Plain()

    @tf.function
    def inside():
        require_model(model, "original")

    with pytest.raises(RuntimeError, match=r"can't be checked inside tf\.function"):
        inside()


def test_hostile_objects_are_not_asked():
    class Hostile:
        def __getattr__(self, name):
            raise RuntimeError(name)

        def __eq__(self, other):
            raise RuntimeError

        def __bool__(self):
            raise RuntimeError

        def __len__(self):
            raise RuntimeError

        def __repr__(self):
            raise RuntimeError

        __hash__ = None

    require_model(Hostile(), "original")
