"""The ways to clone that tf_keras and Keras 3 offer, each by the model's own library."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pytest_tfpclone.cloning.errors import NotApplicable
from pytest_tfpclone.cloning.registry import register


def _library(model: Any, kind: str = "Model") -> Any:
    """Return tf_keras or keras, whichever made a model of this kind."""
    import sys

    for name in ("tf_keras", "keras"):
        library = sys.modules.get(name)
        base = getattr(library, "Layer" if kind == "Layer" else "Model", None)
        if kind == "Layer" and name == "tf_keras" and library is not None:
            base = library.layers.Layer
        if base is not None and issubclass(type(model), base):
            return library
    raise NotApplicable(f"needs a Keras {kind.lower()}, got {type(model).__qualname__}")


@contextmanager
def _unsafe(library: Any) -> Iterator[None]:
    """Allow lambdas in what this process itself has serialized."""
    import importlib

    scope = importlib.import_module(f"{library.__name__}.src.saving.serialization_lib")
    with scope.SafeModeScope(False):
        yield


def _build_like(model: Any, clone: Any) -> None:
    if getattr(model, "built", False) and not getattr(clone, "built", True):
        from pytest_tfpclone.state.shapes import built_shape

        shape = built_shape(model) or getattr(model, "input_shape", None)
        if shape is not None:
            clone.build(shape)


def copy_values(model: Any, clone: Any) -> None:
    """Copy a model's weights, then the variables that no list of weights names.

    Those, which functions capture, are matched by their paths.
    """
    if hasattr(model, "get_weights"):
        clone.set_weights(model.get_weights())
    for original, copy in _captured(model, clone):
        copy.assign(original)


def _captured(model: Any, clone: Any) -> list[tuple[Any, Any]]:
    import tensorflow as tf

    from pytest_tfpclone.cloning.locate import parts

    def found(root: Any) -> dict[Any, Any]:
        listed = {id(_plain(weight)) for weight in root.weights}
        return {
            path: part
            for path, part in parts(root)
            if issubclass(type(part), tf.Variable)
            and id(part) not in listed
            and ".optimizer" not in path
        }

    copies = found(clone)
    pairs = [(part, copies[path]) for path, part in found(model).items() if path in copies]
    return [
        (part, copy)
        for part, copy in pairs
        if copy is not part and part.dtype == copy.dtype and part.shape == copy.shape
    ]


def _plain(weight: Any) -> Any:
    value = getattr(weight, "value", None)
    return weight if value is None or callable(value) else getattr(weight, "_value", weight)


@register("clone_model")
def clone_model(model: Any) -> Any:
    """Clone by Keras' ``clone_model``, then copy weights and captured variables.

    The optimizer isn't cloned. What a config holds is shared or lost.
    """
    library = _library(model)
    with _unsafe(library):
        clone = library.models.clone_model(model)
    _build_like(model, clone)
    copy_values(model, clone)
    return clone


@register("config")
def config(model: Any) -> Any:
    """Clone by ``from_config(get_config())``, then copy weights and captured variables."""
    library = _library(model, "Layer")
    with _unsafe(library):
        clone = type(model).from_config(model.get_config())
    _build_like(model, clone)
    copy_values(model, clone)
    return clone


def _through_file(model: Any, name: str) -> Any:
    library = _library(model)
    with tempfile.TemporaryDirectory(prefix="tfpclone-") as folder:
        path = os.path.join(folder, name)
        model.save(path)
        with _unsafe(library):
            return library.models.load_model(path, **_unsafe_argument(library, name))


def _unsafe_argument(library: Any, name: str) -> dict[str, bool]:
    # tf_keras knows no safe mode for HDF5.
    return {} if library.__name__ == "tf_keras" and name.endswith(".h5") else {"safe_mode": False}


@register("keras_file")
def keras_file(model: Any) -> Any:
    """Clone by saving to a ``.keras`` file and loading that."""
    return _through_file(model, "model.keras")


@register("h5_file")
def h5_file(model: Any) -> Any:
    """Clone by saving to an HDF5 file and loading that."""
    return _through_file(model, "model.h5")
