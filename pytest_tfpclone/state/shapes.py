"""The shape of input that a Keras layer was built for."""

from __future__ import annotations

from typing import Any


def built_shape(layer: Any) -> Any:
    """Return the input shape that a layer was built for, as tf_keras or Keras 3 keeps it.

    Args:
        layer: a Keras layer or model.

    Returns:
        What the layer's ``build`` was called with, or what its input specification
        allows: a shape with None for a free dimension. None if neither is known.
    """
    shape = _attribute(layer, "_build_input_shape")
    if shape is None:
        shapes = _attribute(layer, "_build_shapes_dict") or {}
        shape = shapes.get("input_shape", next(iter(shapes.values()), None))
    return shape if shape is not None else _specified(_attribute(layer, "input_spec"))


def _attribute(layer: Any, name: str) -> Any:
    try:
        return getattr(layer, name, None)
    except Exception:  # a property of the user's may raise anything
        return None


def _specified(specification: Any) -> tuple[int | None, ...] | None:
    """Return the shape that an ``InputSpec`` of one input names, if it fixes the rank."""
    if getattr(specification, "shape", None) is not None:
        return tuple(specification.shape)
    rank = getattr(specification, "ndim", None) or getattr(specification, "min_ndim", None)
    if rank is None:
        return None
    shape: list[int | None] = [None] * rank
    for axis, size in (getattr(specification, "axes", None) or {}).items():
        shape[int(axis)] = size
    return tuple(shape)
