"""Clones of parts of Keras graphs, of compiled functions, and of what wraps containers."""

from __future__ import annotations

import collections

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from pytest_tfpclone import clone
from pytest_tfpclone.state.walk import Walk

X = np.random.RandomState(0).randn(8, 3).astype("float32")
LIBRARIES = pytest.mark.parametrize("library", [tf_keras, keras])
GLOBAL = tf.Variable(2.0)


def encoder(library):
    inputs = library.Input((3,))
    return library.Model(inputs, library.layers.Dense(2, name="code")(inputs))


@LIBRARIES
def test_what_uses_a_models_outputs_is_no_part_of_it(library):
    model = encoder(library)
    with open(__file__) as file:

        class Logs(library.layers.Layer):
            def __init__(self):
                super().__init__()
                self.file = file

            def call(self, x):
                return x

        library.Model(model.input, Logs()(model.output))
        library.Model(model.input, library.layers.Lambda(lambda x: x * GLOBAL)(model.output))
        copy = clone(model)
    np.testing.assert_array_equal(copy(X), model(X))
    assert len(model.get_layer("code")._outbound_nodes) == 2
    assert len(copy.get_layer("code")._outbound_nodes) == 0


@LIBRARIES
def test_a_layer_that_another_graph_used_first(library):
    tied = library.layers.Dense(3, name="tied")
    first, second = library.Input((3,)), library.Input((3,))
    others = library.Model(first, library.layers.Dense(4, name="others")(tied(first)))
    model = library.Model(second, library.layers.Dense(1, name="own")(tied(second)))
    copy = clone(model)
    part = library.Model(copy.input, copy.get_layer("own").output)
    np.testing.assert_array_equal(part(X), model(X))
    again = type(copy).from_config(copy.get_config())
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]
    assert others.get_layer("others").kernel.shape == (3, 4)
    walk = Walk([copy, part, list(copy.get_layer("tied")._outbound_nodes)])
    assert not any(getattr(node.value, "name", None) == "others" for node in walk)


@LIBRARIES
def test_symbolic_tensors_without_a_model(library):
    inputs = library.Input((3,))
    hidden = library.layers.Dense(2)(inputs)
    parts = {"in": inputs, "out": library.layers.Dense(1)(library.layers.ReLU()(hidden))}
    model = library.Model(parts["in"], parts["out"])
    copies = clone(parts)
    copy = library.Model(copies["in"], copies["out"])
    np.testing.assert_array_equal(copy(X), model(X))
    for weight in model.weights:
        weight.assign(weight * 0.0)
    assert np.abs(copy(X)).sum() > 0.0


@LIBRARIES
def test_a_layer_by_itself_has_no_graph(library):
    layer = encoder(library).get_layer("code")
    copy = clone(layer)
    assert list(copy._inbound_nodes) == []
    np.testing.assert_array_equal(copy(X), layer(X))


def test_the_functions_that_keras_compiled_are_the_clones_own():
    class Agent:
        def __init__(self):
            self.model = tf_keras.Sequential([tf_keras.layers.Dense(1, input_shape=(3,))])
            self.model.compile("sgd", "mse")
            self.train = self.model.make_train_function()
            self.predict = self.model.make_predict_function()

    agent = Agent()
    batch = tf.data.Dataset.from_tensors((X, X[:, :1])).repeat()
    agent.train(iter(batch))
    copy = clone(agent)
    assert copy.train is copy.model.train_function
    before = agent.model.get_weights()
    expected = agent.predict(iter(batch.map(lambda x, y: (x,)))).numpy()
    np.testing.assert_array_equal(copy.predict(iter(batch.map(lambda x, y: (x,)))), expected)
    copy.train(iter(batch))
    np.testing.assert_array_equal(agent.model.get_weights()[0], before[0])
    assert (copy.model.get_weights()[0] != before[0]).any()
    agent.train(iter(batch))
    np.testing.assert_array_equal(agent.model.get_weights()[0], copy.model.get_weights()[0])


@LIBRARIES
def test_a_function_of_the_users_under_a_name_of_keras(library):
    class Model(library.Model):
        def __init__(self):
            super().__init__()
            self.dense = library.layers.Dense(1)
            self.predict_function = tf.function(lambda x: self.dense(x))

        def call(self, x):
            return self.predict_function(x)

    model = Model()
    expected = model(X).numpy()
    copy = clone(model)
    model.dense.kernel.assign(model.dense.kernel * 0.0)
    np.testing.assert_array_equal(copy(X), expected)


Pair = collections.namedtuple("Pair", "dense norm")
TUPLES = {
    "tuple": lambda pair: tuple(pair()),
    "list of tuples": lambda pair: [tuple(pair()), tuple(pair())],
    "dict of tuples": lambda pair: {"a": tuple(pair())},
    "named tuple": lambda pair: Pair(*pair()),
}


@pytest.mark.parametrize("name", TUPLES)
def test_layers_in_tuples_are_tracked(name, tmp_path):
    class Model(tf_keras.Model):
        def __init__(self):
            super().__init__()
            self.blocks = TUPLES[name](
                lambda: (tf_keras.layers.Dense(3), tf_keras.layers.BatchNormalization())
            )

        def call(self, x):
            for layer in self.submodules:
                x = layer(x) if isinstance(layer, tf_keras.layers.Layer) else x
            return x

    model = Model()
    model.compile("sgd", "mse")
    model.fit(X, X, verbose=0)
    copy = clone(model)
    assert len(copy.weights) == len(model.weights) > 0
    assert [each.name for each in copy.weights] == [each.name for each in model.weights]
    for each in (model, copy):
        each.fit(X, X, verbose=0)
    for left, right in zip(model.get_weights(), copy.get_weights(), strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-5, atol=1e-6)
    tf.train.Checkpoint(model=copy).write(str(tmp_path / "checkpoint"))
