"""Start the caches of TFP's bijectors empty: they hold tensors of past calls.

``copy.deepcopy`` failed on them: https://github.com/tensorflow/probability/issues/944.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from tensorflow_probability.python.internal import cache_util

from pytest_tfpclone.cloning.dispatch import built_in
from pytest_tfpclone.cloning.instances import fill_attributes

if TYPE_CHECKING:
    from pytest_tfpclone.cloning.engine import Cloner


@built_in(cache_util.BijectorCache)
def clone_cache(original: Any, cloner: Cloner) -> Generator[Any, Any, Any]:
    """Clone a cache without its entries."""
    copy = object.__new__(type(original))
    cloner.remember(original, copy)
    yield from fill_attributes(original, copy, cloner, frozenset({"storage"}))
    copy.storage = cache_util.EphemeralDict()
    return copy
