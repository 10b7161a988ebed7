"""The public ``clone``, which imports what it needs when it is called."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

__tracebackhide__ = True
_T = TypeVar("_T")


def clone(obj: _T, *, shared: Iterable[object] = ()) -> _T:
    """Return an independent equal of a model, made from the live object.

    Any object built from TFP distributions, bijectors, layers, kernels and joint
    distributions, ``tf.Module``, tf_keras and Keras 3 models and layers,
    optimizers, metrics, generators and lookup tables, closures and all. What is
    one variable, layer or object in the original is one in the clone. The
    original isn't touched. Compiled ``tf.function`` objects come back untraced.

    Args:
        obj: the model.
        shared: what the clone shares with the original: path globs, types, the
            objects themselves, or ``where(predicate)``.

    Returns:
        The clone, of the same type.

    Raises:
        CloneRefused: a part can't be cloned: an open file, a running thread, a
            generator, state that a class or a module holds.
        TypeError: ``obj`` is None, a class, a number, a text, a symbolic tensor.
        ValueError: an entry of ``shared`` matches nothing in ``obj``, or ``obj`` itself.
    """
    from pytest_tfpclone.cloning.engine import clone_structure
    from pytest_tfpclone.state.misuse import require_clonable

    if not isinstance(obj, type):  # a class is refused with advice of its own
        require_clonable(obj, "obj")

    return clone_structure(obj, shared)
