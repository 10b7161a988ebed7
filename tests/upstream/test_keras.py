"""Keras 3, whose models TFP objects sit beside."""

from __future__ import annotations

import copy
import functools

import keras
import numpy as np
import pytest
import reports

layers = keras.layers
fails = functools.partial(reports.fails, project="Keras")
ONE = np.ones((1, 1), "float32")


@keras.saving.register_keras_serializable("tests")
class Noise(layers.Layer):
    """Draws from a generator that it is given, and hands on."""

    def __init__(self, generator, **options):
        super().__init__(**options)
        self.generator = generator

    def call(self, x):
        return x + keras.random.normal(keras.ops.shape(x), seed=self.generator)

    def get_config(self):
        return {**super().get_config(), "generator": self.generator}


@fails(
    keras.models.clone_model,
    "`clone_model` shares a `SeedGenerator` that is in a layer's config",
    instead="gives the clone a generator in the same state",
)
def test_a_generator_in_a_config(copier):
    model = keras.Sequential([keras.Input((1,)), Noise(keras.random.SeedGenerator(1))])
    assert copier(model).layers[-1].generator is not model.layers[-1].generator


@fails(
    keras.models.clone_model,
    "`clone_model` raises for a `Lambda` layer over a lambda, which it would deserialize",
    instead="rebuilds functions around the clone's own state",
    raises=ValueError,
)
def test_a_lambda_layer(copier):
    model = keras.Sequential([keras.Input((1,)), layers.Lambda(lambda x: 2.0 * x)])
    assert float(copier(model)(ONE)[0, 0]) == 2.0


@fails(
    copy.deepcopy,
    "`deepcopy` of a `Sequential` that holds a layer twice makes two layers of it",
    instead="keeps weights tied",
)
def test_a_layer_held_twice(copier):
    layer = layers.Dense(1, use_bias=False)
    copied = copier(keras.Sequential([keras.Input((1,)), layer, layer]))
    copied.weights[0].assign([[3.0]])
    assert float(copied(ONE)[0, 0]) == 9.0


@fails(
    copy.deepcopy,
    "`deepcopy` of a metric starts it anew",
    instead="copies what the metric holds",
)
def test_a_metric(copier):
    metric = keras.metrics.Mean()
    metric.update_state(3.0)
    assert float(copier(metric).result()) == 3.0


def trained():
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(ONE, 3.0 * ONE, verbose=0)
    return model


def recurrent():
    model = keras.Sequential([keras.Input((2, 1), batch_size=1), layers.LSTM(1, stateful=True)])
    model(np.ones((1, 2, 1), "float32"))
    return model


def noisy():
    model = keras.Sequential([keras.Input((64,)), layers.Dropout(0.5, seed=1)])
    model(np.ones((1, 64), "float32"), training=True)
    return model


def annotated():
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
    model.layers[0].note = ["ours"]
    return model


def values(variables):
    return [np.asarray(each).tolist() for each in variables]


KEPT = {
    "counters": (trained, lambda model: values(model.metrics_variables)),
    "history": (trained, lambda model: model.history.history),
    "states": (recurrent, lambda model: values(model.layers[-1].states)),
    "seeds": (noisy, lambda model: values([model.layers[-1].seed_generator.state])),
    "attribute": (annotated, lambda model: model.layers[0].note),
}


@fails(
    copy.deepcopy,
    "`deepcopy` of a model goes by its config: counters of metrics, the history, states of "
    "recurrent layers, of seed generators, attributes are lost",
    instead="copies what the model holds",
    raises=(AssertionError, AttributeError),
)
@pytest.mark.parametrize("name", KEPT)
def test_what_is_in_no_config(copier, name):
    make, seen = KEPT[name]
    model = make()
    assert seen(copier(model)) == seen(model)
