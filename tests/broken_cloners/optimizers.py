"""Cloners that go wrong at what training adds to a model: optimizer, losses, metrics."""

from __future__ import annotations

import tensorflow as tf
import tf_keras

from broken_cloners.parts import optimizer, sharing, slots
from pytest_tfpclone import clone


def shares_the_optimizer(model):
    """Hands the optimizer on: ``copy.compile(model.optimizer, ...)``."""
    return sharing(model, [optimizer(model)])


def shares_the_learning_rate(model):
    """Makes an optimizer of its own, with the original's variable for its rate."""
    return sharing(model, [getattr(optimizer(model), "_learning_rate", None)])


def shares_a_moment(model):
    """Copies the optimizer and one of its slots not."""
    return sharing(model, slots(model)[:1])


def restarts_the_moments(model):
    """Gives the optimizer's slots their first values (deep copies of legacy optimizers)."""
    copy = clone(model)
    for each in slots(copy):
        if "average" not in each.name:
            each.assign(0 * each)
    return copy


def restarts_the_count_of_steps(model):
    """Starts the optimizer's count of steps anew, and so Adam's correction of bias."""
    copy = clone(model)
    if optimizer(copy) is not None:
        optimizer(copy).iterations.assign(0)
    return copy


def loses_moving_averages(model):
    """Sets the averages that an optimizer keeps of weights to the weights."""
    copy = clone(model)
    averages = getattr(optimizer(copy), "_model_variables_moving_average", None)
    for average, each in zip(averages or (), copy.trainable_variables if averages else ()):
        average.assign(each)
    return copy


def takes_the_default_rate(model):
    """Compiles with a new optimizer of the same class and the default rate."""
    copy = clone(model)
    if optimizer(copy) is not None:
        optimizer(copy).learning_rate = 0.001
    return copy


def is_not_compiled(model):
    """Forgets that the model is compiled, as tf_keras' ``clone_model`` does."""
    copy = clone(model)
    if optimizer(copy) is not None:
        copy.optimizer = copy.compiled_loss = copy.compiled_metrics = copy.loss = None
        copy._is_compiled = False
    return copy


def shares_the_compiled_loss(model):
    """Shares the container of losses, and so the running mean of the loss."""
    return sharing(model, [getattr(model, "compiled_loss", None)])


def shares_the_compiled_metrics(model):
    """Shares the container of metrics."""
    return sharing(model, [getattr(model, "compiled_metrics", None)])


def its_loss_looks_at_the_original(model):
    """Keeps a loss that adds a penalty on weights of the model, which are the original's."""
    if optimizer(model) is None or not hasattr(model, "compiled_loss"):
        return clone(model)
    model.compile(model.optimizer, _penalized(model), run_eagerly=True)  # as its user does
    copy = clone(model)
    copy.compile(copy.optimizer, _penalized(model), run_eagerly=True)
    return copy


def _penalized(model):
    def loss(targets, prediction):
        return -prediction.log_prob(targets) + tf.add_n(model.losses or [0.0])

    return loss


def its_history_belongs_to_the_original(model):
    """Keeps a callback that points at the old model (trieste #471)."""
    if optimizer(model) is None or not hasattr(model, "history"):
        return clone(model)
    model.history = tf_keras.callbacks.History()  # as ``fit`` leaves it
    model.history.set_model(model)
    copy = clone(model)
    copy.history.set_model(model)
    return copy
