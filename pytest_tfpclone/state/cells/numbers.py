"""Numbers as cells show and nudge them."""

from __future__ import annotations

from typing import Any

import numpy as np


def nudged(old: Any, seed: int) -> Any:
    """Return an array that is a little different, alike for equal input.

    Floating-point and complex numbers move by 1.5% to 3% of one plus their magnitude,
    integers by one (the greatest becomes the least), and truth values flip.

    Args:
        old: an array of numbers or truth values, any shape.
        seed: what the amounts are drawn from.

    Returns:
        An array of the same shape and dtype, finite where ``old`` is.
    """
    kind = np.asarray(old).dtype.kind
    if kind == "b":
        return np.logical_not(old)
    if kind in "iu":
        return old + np.ones((), np.asarray(old).dtype)
    amounts = np.random.Generator(np.random.PCG64(seed)).uniform(0.5, 1.0, np.shape(old))
    wide = np.asarray(old, dtype=np.complex128 if kind == "c" else np.float64)
    return (wide + (1 + np.abs(wide)) * amounts / 32).astype(np.asarray(old).dtype)


def dimensions(shape: Any) -> str:
    """Return a shape as ``[3, 2]``, with ``?`` for a dimension that is not known."""
    if getattr(shape, "rank", 0) is None:
        return "[...]"
    return f"[{', '.join('?' if size is None else str(size) for size in shape)}]"


def short_value(value: Any) -> str:
    """Return the first elements of an array as one short line.

    >>> short_value(np.arange(6.0).reshape(2, 3))
    '[0, 1, 2, ...]'
    """
    flat = np.ravel(value)
    shown = [_element(item) for item in flat[:3].tolist()]
    if np.ndim(value) == 0:
        return shown[0]
    return f"[{', '.join(shown)}{', ...' if flat.size > 3 else ''}]"


def _element(item: object) -> str:
    if isinstance(item, float):
        return f"{item:.6g}"
    text = repr(item)
    return text if len(text) <= 24 else text[:21] + "..."
