"""Clone wrapt proxies, in which TensorFlow wraps the dicts and tuples of a module."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import wrapt

from pytest_tfpclone.cloning.dispatch import built_in
from pytest_tfpclone.cloning.instances import fill_attributes

if TYPE_CHECKING:
    from pytest_tfpclone.cloning.engine import Cloner


@built_in(wrapt.ObjectProxy)
def clone_proxy(original: Any, cloner: Cloner) -> Generator[Any, Any, Any]:
    """Clone a proxy around the clone of what it wraps."""
    kind = type(original)
    copy = wrapt.ObjectProxy.__new__(kind)
    cloner.remember(original, copy)
    wrapt.ObjectProxy.__init__(copy, (yield original.__wrapped__))
    yield from fill_attributes(original, copy, cloner)
    return copy
