"""Real models of TensorFlow Probability, each made by a factory without arguments.

A factory takes a second or so, trains its model for a few steps, gives the
same values each time, and leaves the global generators of Python, NumPy and
TensorFlow as they were. A built-in model is a module of this package, with a
factory of the same name; importing the package imports none of them.

>>> "eight_schools_surrogate" in names()
True
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

from pytest_tfpclone.architectures.seeding import seeded
from pytest_tfpclone.cloning.registry import is_same

__all__ = ["Factory", "get", "names", "register"]

Factory = Callable[[], Any]

_factories: dict[str, Factory] = {}


def names() -> tuple[str, ...]:
    """Return the names of all models, sorted, without importing TensorFlow."""
    return tuple(sorted({*_built_in(), *_factories}))


def get(name: str) -> Factory:
    """Return the factory of this name.

    Raises:
      ValueError: There is no such model; the message lists those there are.
    """
    if name not in _factories and name in _built_in():
        importlib.import_module(f"{__name__}.{name}")
    if name not in _factories:
        raise ValueError(f"no model {name!r} in the gallery, only {', '.join(names())}")
    return _factories[name]


def register(name: str) -> Callable[[Factory], Factory]:
    """Return a decorator that adds a factory to the gallery.

    The factory runs with Python's and NumPy's global generators seeded and put
    back afterwards, as Keras draws the seeds of its initializers from them.

    Args:
      name: The model's name, unique in the gallery.

    Raises:
      ValueError: The name is taken.
    """

    def decorate(factory: Factory) -> Factory:
        known = getattr(_factories.get(name), "__wrapped__", None)
        if known is not None and not is_same(known, factory):
            raise ValueError(f"the gallery has a model {name!r} already")

        @functools.wraps(factory)
        def repeatable() -> Any:
            with seeded(0):
                return factory()

        _factories[name] = repeatable
        return repeatable

    return decorate


def _built_in() -> set[str]:
    return {module.name for module in pkgutil.iter_modules(__path__)}
