"""Paths: how a model reaches a cell, written as a user would write it.

A path is a tuple of steps, each a string in the form that is printed: ``.name``
for an attribute, ``[3]`` or ``['key']`` for an item, ``.<closure 'scale'>`` for
what a function holds. ``()`` is the model itself.
"""

from __future__ import annotations

from typing import TypeAlias

Path: TypeAlias = tuple[str, ...]


def printed(path: Path, root: str = "original") -> str:
    """Return a path as text, from the name of its root on.

    >>> printed((".layers", "[1]", ".kernel"))
    'original.layers[1].kernel'
    """
    return root + "".join(path)
