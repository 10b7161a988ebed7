"""What a project registers: its kinds of state, its ways to clone, its actions and models.

A conftest implements ``pytest_tfpclone_register(registry)``; a distribution has an
entry point of the group ``pytest_tfpclone`` that is such a function. Entry points are
loaded when a public name of this package is first used, in a test or in a script.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Class = TypeVar("_Class", bound=type)

GROUP = "pytest_tfpclone"


class RegistrationError(Exception):
    """What a project registers can't be used; the text says where it comes from and why."""


class Registry:
    """Takes what a project registers; each method is a decorator.

    All raise ``TypeError`` if an argument is not what it should be, and
    ``ValueError`` if it is taken; ``pytest_tfpclone.testing`` holds what is
    registered to the standard of what is built in.
    """

    def cell(self, *types: type) -> Callable[[_Class], _Class]:
        """Register a kind of state for types and their subclasses.

        The decorated class is a ``pytest_tfpclone.state.cells.DataCell`` if its bits
        can be read and written, else a ``Cell``; it is called with the object.
        """
        from pytest_tfpclone.state.cells import base

        _require_types("cell", types)

        def register(cell: _Class) -> _Class:
            if not (isinstance(cell, type) and issubclass(cell, base.Cell)):
                raise TypeError(f"cell: expected a subclass of Cell; got {_shown(cell)}")
            if inspect.isabstract(cell):
                lacking = ", ".join(sorted(cell.__abstractmethods__))
                raise TypeError(f"cell: {cell.__name__} lacks {lacking}")
            if not isinstance(getattr(cell, "kind", None), str) or not cell.kind:
                raise TypeError(f"cell: {cell.__name__}.kind must name it in a word or two")
            for each in types:
                _require_free("cell", base.registered(each), cell, each.__name__)
            return base.kind(*types)(cell)

        return register

    def edges(self, *types: type) -> Callable[[_Function], _Function]:
        """Register how to look into instances of types and their subclasses.

        The decorated function returns ``[(step, child), ...]``; a step reads as it is
        printed behind the path of the object: ``".weights"`` or ``"[0]"``.
        """
        from pytest_tfpclone.state.edges import table

        _require_types("edges", types)

        def register(reader: _Function) -> _Function:
            _require_function("edges", reader)
            return table.add(*types)(reader)  # type: ignore[return-value]

        return register

    def cloner(self, name: str) -> Callable[[_Function], _Function]:
        """Register a way to clone, ``cloner(model)``, for flags, ini file and fixture."""
        from pytest_tfpclone import cloning

        _require_name("cloner", name)

        def register(function: _Function) -> _Function:
            _require_function("cloner", function)
            return cloning.register(name)(function)

        return register

    def handler(self, kind: type) -> Callable[[_Function], _Function]:
        """Teach ``clone`` a type: the decorated function is ``handler(original, cloner)``."""
        from pytest_tfpclone import cloning

        _require_types("handler", (kind,))

        def register(function: _Function) -> _Function:
            _require_function("handler", function)
            return cloning.handler(kind)(function)

        return register

    def model(self, name: str) -> Callable[[_Function], _Function]:
        """Add a factory of models to the gallery that ``--tfpclone`` checks."""
        from pytest_tfpclone import gallery

        _require_name("model", name)

        def register(factory: _Function) -> _Function:
            _require_function("model", factory)
            return gallery.register(name)(factory)  # type: ignore[return-value]

        return register

    def action(
        self, applies_to: type | tuple[type, ...] | Callable[[Any], bool]
    ) -> Callable[[_Function], _Function]:
        """Register what a user does with a model, ``action(model)``, for ``--tfpclone``.

        Args:
            applies_to: types, or a predicate; the models that the action is run on.
        """
        from pytest_tfpclone import pairs

        several = applies_to if isinstance(applies_to, tuple) else (applies_to,)
        is_predicate = not all(isinstance(each, type) for each in several)
        if is_predicate and not callable(applies_to):
            raise TypeError(
                f"action: applies_to must be a type, types or a predicate; got {applies_to!r:.60}"
            )

        def applies(model: Any) -> bool:
            return bool(applies_to(model) if is_predicate else isinstance(model, several))  # type: ignore[operator,arg-type]

        def register(action: _Function) -> _Function:
            _require_function("action", action)
            pairs.add_action(applies, action)
            return action

        return register


REGISTRY = Registry()
_loaded = False


def load_entry_points() -> None:
    """Let every installed distribution register what it has; done once in a process.

    Raises:
        RegistrationError: one of them raised.
    """
    global _loaded
    if _loaded:
        return
    _loaded = True  # before, since what is loaded imports this package
    from importlib import metadata

    for entry in metadata.entry_points(group=GROUP):
        place = f"entry point {entry.name} = {entry.value}, group {GROUP}"
        register(place, lambda registry, entry=entry: entry.load()(registry))  # type: ignore[misc]


def register(place: str, function: Callable[[Registry], object]) -> None:
    """Call a function with the registry.

    Raises:
        RegistrationError: it raised; the text names the place.
    """
    try:
        function(REGISTRY)
    except Exception as error:
        raise RegistrationError(f"{place}: {type(error).__name__}: {error}") from error


def _require_types(method: str, types: tuple[Any, ...]) -> None:
    if not types or not all(isinstance(each, type) for each in types):
        got = ", ".join(map(_shown, types)) or "nothing"
        raise TypeError(f"{method}: expected types; got {got}. Write @registry.{method}(Type)")


def _require_name(method: str, name: object) -> None:
    if not isinstance(name, str) or not name or any(each in name for each in ":[]") or " " in name:
        raise TypeError(
            f"{method}: expected a name without spaces, brackets and colons; got {name!r:.60}. "
            f'Write @registry.{method}("name")'
        )


def _require_function(method: str, function: object) -> None:
    if not callable(function):
        raise TypeError(f"{method}: expected a function; got {_shown(function)}")


def _require_free(method: str, known: Any, new: Any, what: str) -> None:
    from pytest_tfpclone.cloning.registry import is_same

    if known is not None and not is_same(known, new):
        raise ValueError(f"{method}: {what} is taken, by {known.__module__}.{known.__qualname__}")


def _shown(value: object) -> str:
    return value.__name__ if isinstance(value, type) else f"{value!r:.60}"
