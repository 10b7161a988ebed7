"""tf_keras, which is what TFP's layers are made for."""

from __future__ import annotations

import copy
import functools
import types

import numpy as np
import pytest
import reports
import tensorflow as tf
import tf_keras

layers = tf_keras.layers
fails = functools.partial(reports.fails, project="tf_keras")
ONE = np.ones((1, 1), "float32")


def with_layer(layer):
    return tf_keras.Sequential([tf_keras.Input((1,)), layer])


def trained(optimizer="adam"):
    model = with_layer(layers.Dense(1))
    model.compile(optimizer, "mse")
    model.fit(ONE, 3.0 * ONE, verbose=0)
    return model


@fails(
    tf_keras.models.clone_model,
    "`clone_model` keeps the function and the arguments of a `Lambda` layer, with their variables",
    instead="rebuilds functions around the clone's own state",
)
@pytest.mark.parametrize("held", ["closure", "arguments"])
def test_what_a_lambda_layer_holds(copier, held):
    rate = tf.Variable(2.0)
    if held == "closure":
        layer = layers.Lambda(lambda x: rate * x)
    else:
        layer = layers.Lambda(lambda x, rate: rate * x, arguments={"rate": rate})
    copied = copier(with_layer(layer))
    rate.assign(5.0)
    assert float(copied(ONE)[0, 0]) == 2.0


@fails(
    tf_keras.models.clone_model,
    "`clone_model` shares the arrays that a `ReLU` layer keeps its limits in",
    instead="copies arrays",
)
def test_the_arrays_of_relu(copier):
    model = with_layer(layers.ReLU(max_value=6.0))
    copied = copier(model)
    assert not np.shares_memory(model.layers[-1].max_value, copied.layers[-1].max_value)


@fails(
    tf_keras.models.clone_model,
    "`clone_model` of a `Sequential` that holds a layer twice makes two layers of it",
    instead="keeps weights tied",
)
def test_a_layer_held_twice(copier):
    layer = layers.Dense(1, use_bias=False)
    copied = copier(tf_keras.Sequential([tf_keras.Input((1,)), layer, layer]))
    copied.weights[0].assign([[3.0]])
    assert float(copied(ONE)[0, 0]) == 9.0


@fails(
    copy.deepcopy,
    "`deepcopy` of an optimizer raises: only one `_DefaultDistributionStrategy` may be made",
    issue="tensorflow/tensorflow#58973",
    instead="keeps the strategy and clones the slots",
    raises=RuntimeError,
)
def test_an_optimizer(copier):
    optimizer = trained().optimizer
    assert int(copier(optimizer).iterations) == 1


@fails(
    copy.deepcopy,
    "`deepcopy` of a legacy optimizer with its variables: the copy's moments start anew",
    instead="keys slots by the clone's variables",
)
def test_the_moments_of_a_legacy_optimizer(copier):
    holder = types.SimpleNamespace(
        weight=tf.Variable(1.0), optimizer=tf_keras.optimizers.legacy.Adam(0.1)
    )

    def step(holder, gradient):
        holder.optimizer.apply_gradients([(tf.constant(gradient), holder.weight)])
        return float(holder.weight)

    step(holder, 1.0)
    copied = copier(holder)
    assert step(copied, -3.0) == step(holder, -3.0)


@fails(
    reports.pickled,
    "`pickle` of a metric raises: no attribute `update_state_fn`",
    instead="copies what the metric holds",
    raises=AttributeError,
)
def test_a_metric(copier):
    metric = tf_keras.metrics.Mean()
    metric.update_state(3.0)
    assert float(copier(metric).result()) == 3.0


@fails(
    tf_keras.models.clone_model,
    "`clone_model` drops the `activity_regularizer` of a `Lambda` layer",
    issue="tensorflow/tensorflow#39900",
    instead="keeps it",
)
def test_the_regularizer_of_a_lambda_layer(copier):
    copied = copier(with_layer(layers.Lambda(tf.abs, activity_regularizer="l2")))
    copied(ONE)
    assert len(copied.losses) == 1


def counters(model):
    return [value.numpy().tolist() for metric in model.metrics for value in metric.variables]


def recurrent():
    model = tf_keras.Sequential(
        [tf_keras.Input((2, 1), batch_size=1), layers.LSTM(1, stateful=True)]
    )
    model(np.ones((1, 2, 1), "float32"))
    return model


def annotated():
    model = with_layer(layers.Dense(1))
    model.layers[0].note = ["ours"]
    return model


KEPT = {
    "counters": (trained, counters),
    "history": (trained, lambda model: model.history.history),
    "states": (
        recurrent,
        lambda model: [each.numpy().tolist() for each in model.layers[-1].states],
    ),
    "attribute": (annotated, lambda model: model.layers[0].note),
}


@fails(
    copy.deepcopy,
    "`deepcopy` of a model goes by its config: counters of metrics, the history, states of "
    "recurrent layers, attributes are lost",
    instead="copies what the model holds",
    raises=(AssertionError, AttributeError),
)
@pytest.mark.parametrize("name", KEPT)
def test_what_is_in_no_config(copier, name):
    make, seen = KEPT[name]
    model = make()
    assert seen(copier(model)) == seen(model)
