"""The ways in which a function can hold a variable that it uses.

Each is an edge of the object graph that a cloner may forget: a clone whose
function still holds the original's variable computes with the original. The
variable is in none of the model's own lists.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

Function = Callable[..., Any]

CAPTURES: tuple[str | None, ...] = (
    None, "closure", "default", "partial", "bound_method", "global",
)  # fmt: skip
"""Names of the ways, from the simplest on; None holds no variable."""

CLONEABLE_CAPTURES = CAPTURES[:-1]
"""All but ``"global"``: what a module holds can't be cloned without changing the program."""


def _closure(function: Function, variable: Any) -> Function:
    def call(inputs: Any) -> Any:
        return function(inputs, variable)

    return call


def _default(function: Function, variable: Any) -> Function:
    def call(inputs: Any, captured: Any = variable) -> Any:
        return function(inputs, captured)

    return call


def _partial(function: Function, variable: Any) -> Function:
    return functools.partial(function, captured=variable)


class Capture:
    """A plain object that holds a variable, and whose method uses it."""

    def __init__(self, function: Function, variable: Any) -> None:
        self.function = function
        self.variable = variable

    def call(self, inputs: Any) -> Any:
        """Return the function's value with the variable that is held."""
        return self.function(inputs, self.variable)


def _bound_method(function: Function, variable: Any) -> Function:
    return Capture(function, variable).call


def _global(function: Function, variable: Any) -> Function:
    """Return a function as a script of its own would define it."""
    script: dict[str, Any] = {"__name__": "script", "function": function, "captured": variable}
    exec("def call(inputs):\n    return function(inputs, captured)\n", script)
    made: Function = script["call"]
    return made


_WAYS: dict[str, Callable[[Function, Any], Function]] = {
    "closure": _closure,
    "default": _default,
    "partial": _partial,
    "bound_method": _bound_method,
    "global": _global,
}


def capture(way: str, function: Function, variable: Any) -> Function:
    """Return a function of one argument that holds ``variable`` in the way named.

    Args:
      way: A name of ``CAPTURES``.
      function: Takes the inputs and a keyword or second argument ``captured``.
      variable: What to hold.
    """
    return _WAYS[way](function, variable)
