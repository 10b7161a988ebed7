"""Cloners that share nothing and change how a model hangs together."""

from __future__ import annotations

import itertools

import tf_keras

from broken_cloners.parts import layers
from pytest_tfpclone import clone


def unties_a_layer(model):
    """Makes two layers of one that is used twice (keras #20172)."""
    copy = clone(model)
    seen = set()
    for depth in sorted(getattr(copy, "_nodes_by_depth", ())):
        for node in copy._nodes_by_depth[depth]:
            if id(node.layer) in seen and node.layer.weights:
                node.layer = clone(node.layer)
                copy._self_tracked_trackables.append(node.layer)
                return copy
            seen.add(id(node.layer))
    return copy


def ties_two_layers(model):
    """Makes one variable of two, as ``[layer] * 2`` does."""
    copy = clone(model)
    dense = layers(copy, tf_keras.layers.Dense)
    for one, other in itertools.pairwise(dense):
        if one.kernel.shape == other.kernel.shape:
            other.kernel = one.kernel
            break
    return copy


def swaps_the_heads(model):
    """Puts the outputs in another order."""
    copy = clone(model)
    _reverse(copy, "outputs", "_nested_outputs", "_output_layers", "_output_coordinates")
    return copy


def swaps_the_inputs(model):
    """Puts the inputs in another order."""
    copy = clone(model)
    _reverse(copy, "inputs", "_nested_inputs", "_input_layers", "_input_coordinates")
    return copy


def _reverse(model, *names):
    for name in names if isinstance(getattr(model, names[0], None), list) else ():
        if isinstance(getattr(model, name), list):
            getattr(model, name).reverse()


def loses_an_activation(model):
    """Builds layers of the same shapes and without their activations."""
    copy = clone(model)
    for layer in layers(copy):
        if callable(vars(layer).get("activation")):
            layer.activation = tf_keras.activations.linear
    return copy


def loses_a_regularizer(model):
    """Loses regularizers, as ``from_config`` of a class that forgets them does."""
    copy = clone(model)
    for layer in layers(copy):
        if getattr(layer, "kernel_regularizer", None) is not None:
            layer.kernel_regularizer = None
            layer._callable_losses = []
    return copy


def drops_a_layer(model):
    """Copies the list of layers of a model of one's own class but for its last hidden one."""
    copy = clone(model)
    blocks = getattr(copy, "blocks", None)
    if isinstance(blocks, list) and len(blocks) > 2:
        del blocks[-2]
    return copy
