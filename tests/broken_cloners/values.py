"""Cloners that share nothing and lose or change values."""

from __future__ import annotations

import itertools

import numpy as np
import tensorflow as tf
import tf_keras

from broken_cloners.parts import layers, of_kinds, weights, with_weights
from pytest_tfpclone import clone


def copies_no_weights(model):
    """Copies the architecture and starts with new weights (trieste #567, handson-ml2 #302)."""
    copy = clone(model)
    values = np.random.default_rng(1)
    for each in weights(copy):
        each.assign(values.normal(size=each.shape).astype(each.numpy().dtype))
    return copy


def forgets_moving_averages(model):
    """Copies what is trained only, so that batch normalization starts over."""
    copy = clone(model)
    for layer in layers(copy, tf_keras.layers.BatchNormalization):
        layer.moving_mean.assign(tf.zeros_like(layer.moving_mean))
        layer.moving_variance.assign(tf.ones_like(layer.moving_variance))
    return copy


def forgets_a_bias(model):
    """Copies ``get_weights()[0]`` of each layer and forgets that there is more."""
    copy = clone(model)
    for layer in layers(copy):
        if getattr(layer, "bias", None) is not None and hasattr(layer.bias, "assign"):
            layer.bias.assign(0 * layer.bias)
    return copy


def swaps_two_weights(model):
    """Assigns weights in another order, which shapes don't show where two are equal."""
    copy = clone(model)
    for one, other in itertools.combinations(weights(copy), 2):
        if one.shape == other.shape:
            values = one.numpy(), other.numpy()
            one.assign(values[1])
            other.assign(values[0])
            break
    return copy


def rounds_to_half_precision(model):
    """Takes weights through a file of half precision."""
    copy = clone(model)
    for each in weights(copy):
        each.assign(each.numpy().astype("float16").astype(each.numpy().dtype))
    return copy


def casts_to_single_precision(model):
    """Makes all variables anew with the default dtype (float64 models under ``floatx``)."""
    copy = clone(model)
    for layer in layers(copy, tf_keras.layers.Layer):
        for name, value in list(vars(layer).items()):
            if isinstance(value, tf.Variable) and value.dtype == tf.float64:
                made = tf.Variable(tf.cast(value, tf.float32), trainable=value.trainable)
                vars(layer)[name] = made
                for listed in (layer._trainable_weights, layer._non_trainable_weights):
                    listed[:] = [made if each is value else each for each in listed]
    return copy


def moves_towards_the_original(model):
    """Takes a step of a moving average for a copy (soft updates of target networks)."""
    copy = clone(model)
    for each in weights(copy):
        each.assign(0.999 * each)
    return copy


def makes_everything_trainable(model):
    """Loses ``trainable=False`` of what layers hold, as ``tf.Variable(each)`` does."""
    copy = clone(model)
    for layer in layers(copy, tf_keras.layers.Layer):
        for each in of_kinds(layer, tf.Variable):
            each._trainable = True
    return copy


def freezes_the_copy(model):
    """Freezes the layers of the copy, since a target network isn't trained."""
    copy = clone(model)
    for layer in with_weights(layers(copy)):
        layer.trainable = False
    return copy
