"""Make probe inputs from a model's own input specification."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from pytest_tfpclone.state.shapes import built_shape

BATCH = 4
UNKNOWN = 3


def probe_inputs(model: Any, seed: int) -> tuple[Any, ...] | None:
    """Return the positional arguments of a call that a model should accept.

    Floating-point inputs are standard normal, integers 0 or 1. The batch is 4,
    and dimensions that are not known are 3.

    Args:
        model: a Keras model or layer.
        seed: what the numbers are drawn from.

    Returns:
        The arguments, or None if the model does not say what it takes.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    structure = _specification(model)
    if structure is None:
        return None
    made = tf.nest.map_structure(lambda spec: _draw(spec, generator), structure)
    leaves = tf.nest.flatten(made)
    return None if any(leaf is None for leaf in leaves) else (made,)


class _Spec:
    """The shape and dtype of one input; a leaf of a structure of inputs."""

    def __init__(self, shape: tuple[int | None, ...], dtype: Any) -> None:
        self.shape = shape
        self.dtype = tf.as_dtype(dtype)


def _draw(spec: _Spec, generator: np.random.Generator) -> Any:
    known = spec.shape[1:]
    shape = (BATCH, *(UNKNOWN if size is None else size for size in known))
    if spec.dtype.is_floating:
        return tf.constant(generator.standard_normal(shape), spec.dtype)
    if spec.dtype.is_integer or spec.dtype.is_bool:
        return tf.cast(tf.constant(generator.integers(0, 2, shape)), spec.dtype)
    return None


def _specification(model: Any) -> Any:
    for name in ("_nested_inputs", "_inputs_struct", "inputs"):
        value = _attribute(model, name)
        if value is not None and tf.nest.flatten(value):
            return tf.nest.map_structure(_from_tensor, value) if name != "inputs" else _one(value)
    shape = built_shape(model)
    return None if shape is None else _from_shapes(shape, _dtype(model))


def _one(tensors: Any) -> Any:
    specs = [_from_tensor(tensor) for tensor in tensors]
    return specs[0] if len(specs) == 1 else specs


def _attribute(model: Any, name: str) -> Any:
    try:
        return getattr(model, name, None)
    except Exception:
        return None


def _from_tensor(tensor: Any) -> _Spec:
    return _Spec(tuple(tensor.shape), tensor.dtype)


def _from_shapes(shape: Any, dtype: Any) -> Any:
    if isinstance(shape, dict):
        return {key: _from_shapes(value, dtype) for key, value in shape.items()}
    if isinstance(shape, tf.TensorShape):
        return None if shape.rank is None else _Spec(tuple(shape.as_list()), dtype)
    if all(size is None or isinstance(size, int) for size in shape):
        return _Spec(tuple(shape), dtype)
    return [_from_shapes(each, dtype) for each in shape]


def _dtype(model: Any) -> Any:
    found = _attribute(model, "_compute_dtype") or _attribute(model, "compute_dtype")
    return found if isinstance(found, str) else "float32"
