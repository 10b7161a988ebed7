"""Refuse TensorFlow state that a class or a module holds.

Such state can't be cloned without changing the program: the clone's class and
its functions' globals are the original's.
"""

from __future__ import annotations

import sys
import types
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.cloning.errors import UnclonableError
from pytest_tfpclone.state.framework import (
    is_framework_function,
    is_framework_module,
    is_framework_type,
)

if TYPE_CHECKING:
    from pytest_tfpclone.cloning.engine import Cloner

_ADVICE = (
    "Give each model its own: make it an attribute of the model. "
    "If it is meant to be shared, pass it in clone(obj, shared=[...])."
)


class AmbientState:
    """What the classes and functions of one model reach without holding it."""

    def __init__(self, cloner: Cloner) -> None:
        self._cloner = cloner
        self._seen: dict[int, Any] = {}
        self._state_types = _state_types()

    def is_state(self, value: object) -> bool:
        """Return whether an object is TensorFlow state that can change."""
        return issubclass(type(value), self._state_types)

    def check_class(self, kind: type) -> None:
        """Refuse state that a user's class, a base or its metaclass holds."""
        metaclass: type = type(kind)
        for base in (*kind.__mro__, *metaclass.__mro__):
            if id(base) not in self._seen and not is_framework_type(base):
                self._search([base], f"class {base.__qualname__} holds it")

    def check(self, place: types.FunctionType | types.ModuleType | type) -> None:
        """Refuse state in a class, a module, or the globals that a user's function names."""
        if isinstance(place, type):
            self.check_class(place)
        elif isinstance(place, types.ModuleType):
            self._check_module(place)
        else:
            self._check_function(place)

    def _check_module(self, module: types.ModuleType) -> None:
        if id(module) not in self._seen and not is_framework_module(module.__name__):
            self._search([module], f"module {module.__name__} holds it")

    def _check_function(self, function: types.FunctionType) -> None:
        if id(function) not in self._seen and not is_framework_function(function):
            place = f"a global of module {function.__globals__.get('__name__')}"
            self._search([function], f"{place}, which {function.__qualname__} names, holds it")

    def _search(self, roots: Iterable[Any], holder: str) -> None:
        if not self._state_types:
            return
        from pytest_tfpclone.state.ambient import ambient_edges, class_edges
        from pytest_tfpclone.state.edges import edges

        # What the root itself holds is the model's own: only its surroundings are searched.
        queue = deque(root for root in roots)
        own = {id(root) for root in queue}
        while queue:
            value = queue.popleft()
            self._seen[id(value)] = value
            if id(value) in own and isinstance(value, type):
                found = class_edges(value)
            else:
                found = ambient_edges(value) + (edges(value) if id(value) not in own else [])
            for _, part in found:
                if id(part) in self._seen or self._cloner.unchanged(part):
                    continue
                if self.is_state(part):
                    raise UnclonableError(
                        part, f"{holder}, and the clone would use the same", _ADVICE
                    )
                self._seen[id(part)] = part
                queue.append(part)


def _state_types() -> tuple[type, ...]:
    if "tensorflow" not in sys.modules:
        return ()
    from pytest_tfpclone.cloning.variables import STATE_TYPES

    return STATE_TYPES
