"""Where the parts of a model are, for cloners that go wrong at one of them."""

from __future__ import annotations

from pytest_tfpclone import clone
from pytest_tfpclone.state.walk import Walk


def sharing(model, parts):
    """Return a right clone of a model but for some of its parts, which are the original's."""
    return clone(model, shared=[part for part in parts if part is not None])


def reached(model, wanted):
    """Return all that a model reaches for which a predicate is true, nearest first."""
    return [node.value for node in Walk(model) if wanted(node.value)]


def of_kinds(model, *kinds):
    """Return all instances of some classes that a model reaches, nearest first."""
    return reached(model, lambda value: issubclass(type(value), kinds))


def is_keras(model):
    """Return whether it is a model of tf_keras or of Keras 3."""
    return hasattr(model, "_flatten_layers")


def layers(model, *kinds):
    """Return a Keras model's layers, of some classes or all, those of nested models too."""
    found = list(model._flatten_layers(include_self=False)) if is_keras(model) else []
    return [layer for layer in found if isinstance(layer, kinds or object)]


def with_weights(found):
    """Return those layers that hold weights."""
    return [layer for layer in found if layer.weights]


def weights(model):
    """Return the floating-point variables that a model lists as its own."""
    listed = getattr(model, "variables", ())
    return [each for each in listed if "float" in str(each.dtype)]


def optimizer(model):
    """Return a Keras model's optimizer, or None."""
    return getattr(model, "optimizer", None) if is_keras(model) else None


def slots(model):
    """Return the variables of a tf_keras model's optimizer but the count and the rate."""
    found = getattr(optimizer(model), "variables", ())
    return [each for each in found if "float" in str(each.dtype) and each.name != "learning_rate"]
