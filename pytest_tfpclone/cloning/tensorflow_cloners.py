"""The ways to clone that TensorFlow and TFP offer: SavedModel, checkpoint, copy()."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from typing import Any

from pytest_tfpclone.cloning.errors import NotApplicable
from pytest_tfpclone.cloning.registry import register


def _require_trackable(model: Any) -> None:
    from tensorflow.python.trackable import base

    if not issubclass(type(model), base.Trackable):
        raise NotApplicable(
            f"needs an object that TensorFlow tracks, such as a tf.Module or a Keras model, "
            f"got {type(model).__qualname__}"
        )


@register("saved_model")
def saved_model(model: Any) -> Any:
    """Clone by ``tf.saved_model.save`` and ``tf.saved_model.load``."""
    _require_trackable(model)
    import tensorflow as tf

    with tempfile.TemporaryDirectory(prefix="tfpclone-") as folder:
        tf.saved_model.save(model, folder)
        return tf.saved_model.load(folder)


@register("checkpoint")
def checkpoint(model: Any, *, factory: Callable[[], Any] | None = None) -> Any:
    """Build a fresh model with its factory, and restore a checkpoint of the original into it."""
    if factory is None:
        raise NotApplicable("needs the model's factory: a checkpoint holds values only")
    _require_trackable(model)
    import tensorflow as tf

    clone = factory()
    with tempfile.TemporaryDirectory(prefix="tfpclone-") as folder:
        path = tf.train.Checkpoint(model=model).write(os.path.join(folder, "checkpoint"))
        status = tf.train.Checkpoint(model=clone).read(path)
        status.assert_existing_objects_matched()
    return clone


@register("distribution_copy")
def distribution_copy(model: Any) -> Any:
    """Clone a distribution by its ``copy()``, which shares every variable."""
    import tensorflow_probability as tfp

    if not issubclass(type(model), tfp.distributions.Distribution):
        raise NotApplicable(f"needs a TFP distribution, got {type(model).__qualname__}")
    return model.copy()
