"""Cloners that forget what a function holds, or whose clone calls the original's functions."""

from __future__ import annotations

import functools
import types

import tensorflow as tf
import tf_keras

from broken_cloners.parts import layers, of_kinds, reached, sharing, with_weights
from pytest_tfpclone import clone
from pytest_tfpclone.architectures.captures import Capture


def _is_variable(value):
    return isinstance(value, tf.Variable)


def _captured(model):
    """Return the functions of a Keras model's own layers and heads."""
    return reached(model, lambda value: type(value) is types.FunctionType)


def keeps_a_closure(model):
    """Keeps functions as ``copy.deepcopy`` does: their closures hold the original's variables."""
    cells = [cell for each in _captured(model) for cell in each.__closure__ or ()]
    return sharing(model, [each for each in map(_contents, cells) if _is_variable(each)])


def keeps_a_default(model):
    """Keeps the default argument of a function (tf_keras' ``clone_model`` of a ``Lambda``)."""
    defaults = [each.__defaults__ or () for each in _captured(model)]
    return sharing(model, [each for some in defaults for each in some if _is_variable(each)])


def keeps_a_partial(model):
    """Keeps a ``functools.partial`` and what it holds."""
    partials = of_kinds(model, functools.partial)
    return sharing(
        model, [each for each in partials if any(map(_is_variable, each.keywords.values()))]
    )


def keeps_the_object_of_a_method(model):
    """Keeps a bound method, and so its object (tf-agents' ``copy.deepcopy(agent)``)."""
    return sharing(model, of_kinds(model, Capture)[:1])


def keeps_what_a_lambda_holds(model):
    """Keeps the function of a ``Lambda`` layer, as tf_keras' ``clone_model`` does."""
    found = [
        layer
        for layer in layers(model, tf_keras.layers.Lambda)
        if type(layer) is tf_keras.layers.Lambda
    ]
    return sharing(
        model, [each for layer in found for each in of_kinds(layer.function, tf.Variable)]
    )


def _contents(cell):
    try:
        return cell.cell_contents
    except ValueError:
        return None


def is_hollow(model):
    """Has variables of its own and calls the original's layers (GPflux deep Gaussian processes)."""
    copy = clone(model)
    if with_weights(layers(model)):
        copy.call = model.call
    return copy


def calls_a_traced_function(model):
    """Keeps a ``tf.function`` that was traced over the original's variables."""
    copy = clone(model)
    for ours, theirs in zip(
        layers(copy, tf_keras.layers.Dense), layers(model, tf_keras.layers.Dense)
    ):
        traced = tf.function(theirs.call)
        traced.get_concrete_function(tf.TensorSpec([None, theirs.kernel.shape[0]], theirs.dtype))
        ours.call = traced
        break
    return copy


def calls_one_layer_of_the_original(model):
    """Copies the layers and rewires all but one of them, whose call stays the original's."""
    copy = clone(model)
    for ours, theirs in zip(with_weights(layers(copy)), with_weights(layers(model))):
        ours.call = theirs.call
        break
    return copy
