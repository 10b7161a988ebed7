"""The named ways to clone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

Cloner: TypeAlias = Callable[..., Any]
_C = TypeVar("_C", bound=Cloner)

CONTROL = "alias"
_cloners: dict[str, Cloner] = {}


class UnknownClonerError(LookupError):
    """Say that no cloner of this name is registered, and which are."""


def register(name: str) -> Callable[[_C], _C]:
    """Register the decorated function as the cloner of this name.

    A cloner is ``cloner(model) -> model``, with a docstring; one that takes the
    keyword ``factory`` is handed a function that builds a fresh model.

    >>> from pytest_tfpclone import cloners
    >>> @cloners.register("by_config")
    ... def by_config(model):
    ...     "Rebuild a model from its configuration."
    ...     return type(model).from_config(model.get_config())
    >>> "by_config" in cloners.names()
    True

    Args:
        name: how ``--tfpclone-cloner`` and the marker name it.

    Returns:
        A decorator that returns the function as it is.

    Raises:
        ValueError: another cloner has this name.
        TypeError: ``name`` isn't a text.
    """
    if not isinstance(name, str):
        raise TypeError(f'register: expected a name, got {name!r}; write @cloners.register("name")')

    def add(function: _C) -> _C:
        known = _cloners.get(name)
        if known is not None and not is_same(known, function):
            raise ValueError(
                f"register: the cloner {name!r} is already registered, by "
                f"{known.__module__}.{known.__qualname__}; choose another name"
            )
        _cloners[name] = function
        return function

    return add


def is_same(known: Any, new: Any) -> bool:
    """Return whether a function or class is a known one, or that one imported anew."""

    def place(value: Any) -> list[Any]:
        line = getattr(getattr(value, "__code__", None), "co_firstlineno", None)
        return [getattr(value, name, value) for name in ("__module__", "__qualname__")] + [line]

    return known is new or place(known) == place(new)


def names() -> tuple[str, ...]:
    """Return the names of all cloners: the default first, the control ``alias`` last."""
    return (*(name for name in _cloners if name != CONTROL), CONTROL)


def get(name: str) -> Cloner:
    """Return the cloner of this name.

    Raises:
        LookupError: no cloner has this name; the message lists those that exist.
    """
    try:
        return _cloners[name]
    except KeyError:
        raise UnknownClonerError(
            f"unknown cloner {name!r}; the registered ones are: {', '.join(names())}"
        ) from None
