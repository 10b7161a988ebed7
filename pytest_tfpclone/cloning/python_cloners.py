"""Python's own ways to clone, and the control that clones nothing."""

from __future__ import annotations

import copy as copying
import pickle as pickling
from typing import Any

from pytest_tfpclone.cloning import structural
from pytest_tfpclone.cloning.registry import register


@register("clone")
def clone(model: Any) -> Any:
    """Clone the live object by its structure, as ``pytest_tfpclone.clone`` does."""
    return structural.clone(model)


@register("deepcopy")
def deepcopy(model: Any) -> Any:
    """Clone by ``copy.deepcopy``."""
    return copying.deepcopy(model)


@register("copy")
def copy(model: Any) -> Any:
    """Clone by ``copy.copy``, which is shallow but for Keras models."""
    return copying.copy(model)


@register("pickle")
def pickle(model: Any) -> Any:
    """Clone by a round trip through ``pickle``, in memory."""
    return pickling.loads(pickling.dumps(model))


@register("cloudpickle")
def cloudpickle(model: Any) -> Any:
    """Clone by a round trip through ``cloudpickle``, which copies closures of lambdas."""
    import cloudpickle as cloudpickling

    return pickling.loads(cloudpickling.dumps(model))


@register("alias")
def alias(model: Any) -> Any:
    """Return the model itself: the control that any check must find shared."""
    return model
