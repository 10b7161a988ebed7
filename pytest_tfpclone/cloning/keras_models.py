"""Clone Keras models; what Keras compiles from them is made anew on first use."""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.cloning.dispatch import built_in
from pytest_tfpclone.cloning.instances import clone_by_reduction, fill_attributes, namespace_of

if TYPE_CHECKING:
    from pytest_tfpclone.cloning.engine import Cloner

_COMPILED = frozenset({"train_function", "test_function", "predict_function", "train_tf_function"})


def clone_model(original: Any, cloner: Cloner) -> Generator[Any, Any, Any]:
    """Clone a Keras model with its layers, graph, optimizer and metrics.

    Keras' own ways go through a configuration, and untie layers:
    https://github.com/keras-team/keras/issues/20172.

    The compiled train, test and predict functions are left out: they are traces
    over the original's variables, and Keras makes them when they are missing.
    """
    try:
        copy = object.__new__(type(original))
    except TypeError:
        return (yield from clone_by_reduction(original, cloner))
    cloner.remember(original, copy)
    compiled = _COMPILED & set(namespace_of(original))
    for name in compiled:
        cloner.remember(namespace_of(original)[name], None)
    yield from fill_attributes(original, copy, cloner, _COMPILED)
    for name in compiled:
        namespace_of(copy)[name] = None
    cloner.later(lambda: _forget_compiled(namespace_of(copy)))
    return copy


def _forget_compiled(namespace: dict[str, Any]) -> None:
    """Take out what TensorFlow tracks under the names of compiled functions."""
    by_name = namespace.get("_self_unconditional_dependency_names", {})
    for name in _COMPILED & set(by_name):
        del by_name[name]
    tracked = namespace.get("_self_unconditional_checkpoint_dependencies", [])
    tracked[:] = [reference for reference in tracked if reference.name not in _COMPILED]


for _library in ("tf_keras", "keras"):
    if _library in sys.modules:
        built_in(sys.modules[_library].Model)(clone_model)
