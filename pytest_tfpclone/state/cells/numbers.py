"""Numbers as cells show and nudge them."""

from __future__ import annotations

from typing import Any

import numpy as np


def nudged(old: Any, seed: int) -> Any:
    """Return an array that is a little different, alike for equal input.

    Floating-point and complex numbers grow by 1.5% to 3% of one plus their magnitude, or
    shrink by that share where they would overflow; integers grow by one (the greatest
    becomes the least), and truth values flip.

    Args:
        old: an array of numbers or truth values, any shape.
        seed: what the amounts are drawn from.

    Returns:
        An array of the same shape and dtype, finite where ``old`` is.
    """
    dtype = np.asarray(old).dtype
    if dtype.kind == "b":
        return np.logical_not(old)
    if dtype.kind in "iu":
        return old + np.ones((), dtype)
    amounts = np.random.Generator(np.random.PCG64(seed)).uniform(0.5, 1.0, np.shape(old))
    wide = np.asarray(old, dtype=np.complex128 if dtype.kind == "c" else np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        moved = (wide + (1 + np.abs(wide)) * amounts / 32).astype(dtype)
        overflown = np.isinf(moved)
        if overflown.any():
            moved = np.where(overflown, (wide * (1 - amounts / 32)).astype(dtype), moved)
    return moved


def dimensions(shape: Any) -> str:
    """Return a shape as ``[3, 2]``, with ``?`` for a dimension that is not known."""
    if getattr(shape, "rank", shape) is None:
        return "[...]"
    return f"[{', '.join('?' if size is None else str(size) for size in shape)}]"


def short_value(value: Any) -> str:
    """Return the first elements of an array as one short line.

    >>> short_value(np.arange(6.0).reshape(2, 3))
    '[0, 1, 2, ...]'
    """
    flat = np.ravel(value)
    shown = ", ".join(map(_element, flat[:3].tolist()))
    if not np.ndim(value):
        return shown
    return f"[{shown}{', ...' if flat.size > 3 else ''}]"


def _element(item: object) -> str:
    if isinstance(item, float):
        return f"{item:.6g}"
    text = repr(item)
    return text if len(text) <= 24 else text[:21] + "..."
