"""Refuse TensorFlow state that a class or a module holds, and what it holds about a part.

Such state can't be cloned without changing the program: the clone's class and
its functions' globals are the original's.
"""

from __future__ import annotations

import sys
import types
import weakref
from typing import Any

from pytest_tfpclone.cloning.errors import UnclonableError
from pytest_tfpclone.state.framework import (
    is_framework_function,
    is_framework_module,
    is_framework_type,
)

_ADVICE = (
    "Give each model its own: make it an attribute of the model. "
    "If it is meant to be shared, pass it in clone(obj, shared=[...])."
)
_REGISTRIES = (
    dict,
    list,
    set,
    weakref.ref,
    weakref.WeakSet,
    weakref.WeakKeyDictionary,
    weakref.WeakValueDictionary,
)
_ADVICE_ON_TABLES = (
    "Make that an attribute, or define __deepcopy__ to give the copy an entry. If it is a "
    "cache, pass the dictionary in clone(obj, shared=[...])."
)


class AmbientState:
    """What the classes and functions of one model reach without holding it.

    Args:
        root: the model.
        copies: what was cloned so far, by the ids of the originals.
    """

    def __init__(self, root: object, copies: dict[int, Any]) -> None:
        self._root = root
        self._copies = copies
        self._seen: dict[int, Any] = {}
        self._state_types = _state_types()
        self._held: frozenset[int] = frozenset()
        self._tables: list[tuple[str, weakref.WeakKeyDictionary[Any, Any]]] = []

    def is_state(self, value: object) -> bool:
        """Return whether an object is TensorFlow state that can change."""
        return issubclass(type(value), self._state_types)

    def check_class(self, kind: type) -> None:
        """Refuse state that a user's class, a base or its metaclass holds."""
        metaclass: type = type(kind)
        for base in (*kind.__mro__, *metaclass.__mro__):
            if id(base) not in self._seen and not is_framework_type(base):
                self._search(base, f"class {base.__qualname__} holds", kind)

    def check(self, place: types.FunctionType | types.ModuleType | type) -> None:
        """Refuse state in a class, a module, or the globals that a user's function names."""
        if isinstance(place, type):
            self.check_class(place)
        elif isinstance(place, types.ModuleType):
            self._check_module(place)
        else:
            self._check_function(place)

    def check_tables(self) -> None:
        """Refuse what classes and modules keep for parts, if they keep none for their clones."""
        for holder, table in self._tables:
            entries = {id(key): (key, item) for key, item in weakref.WeakKeyDictionary.items(table)}
            for key, item in entries.values():
                copy = self._copies.get(id(key), key)
                if item is not None and id(copy) not in entries:
                    reason = f"{holder} a WeakKeyDictionary with an entry for it, none for a clone"
                    raise UnclonableError(key, reason, _ADVICE_ON_TABLES)

    def _check_module(self, module: types.ModuleType) -> None:
        if id(module) not in self._seen and not is_framework_module(module.__name__):
            self._search(module, f"module {module.__name__} holds")

    def _check_function(self, function: types.FunctionType) -> None:
        if id(function) not in self._seen and not is_framework_function(function):
            place = f"a global of module {function.__globals__.get('__name__')}"
            self._search(function, f"{place}, which {function.__qualname__} names, holds")

    def _search(self, root: Any, holder: str, owner: Any = None) -> None:
        around = self._around(root, owner)
        state = self._state_in(around)
        if state is not None and not self._held:
            self._held = _held_by(self._root)
            around = self._around(root, owner)
            state = self._state_in(around)
        if state is not None:
            reason = f"{holder} it, and the clone would use the same"
            raise UnclonableError(state, reason, _ADVICE)
        self._seen |= {id(part): part for part in around}
        self._tables += [
            (holder, part) for part in around if issubclass(type(part), weakref.WeakKeyDictionary)
        ]

    def _state_in(self, parts: list[Any]) -> Any:
        return next((part for part in parts if self.is_state(part)), None)

    def _around(self, root: Any, owner: Any) -> list[Any]:
        """Return a class, a function or a module, and what surrounds it, up to state.

        ``owner`` is the class of the object that has the root as a class, if any.

        What the root itself holds is the model's own. So is what the model finds of itself in
        a registry.
        """
        from pytest_tfpclone.state.ambient import class_edges, methods_of, used_edges
        from pytest_tfpclone.state.edges import edges

        methods = set() if owner is None else {id(each) for each in methods_of(owner)}
        found = [root]
        seen = {id(root)}
        for value in found:  # grows meanwhile
            if self.is_state(value):
                break
            if value is not root:
                parts = used_edges(value, edges(value), [owner] if id(value) in methods else ())
            else:
                parts = class_edges(value) if isinstance(value, type) else used_edges(value, [])
            is_registry = issubclass(type(value), _REGISTRIES) and id(value) not in self._held
            for _, part in parts:
                registered = is_registry and id(part) in self._held
                known = registered or id(part) in seen or id(part) in self._seen
                if not known and self._copies.get(id(part)) is not part:
                    seen.add(id(part))
                    found.append(part)
        return found


def _held_by(root: object) -> frozenset[int]:
    """Return the ids of what a model holds itself."""
    from pytest_tfpclone.state.walk import Reach, Walk

    return frozenset(id(node.value) for node in Walk(root) if node.reach is Reach.OWN)


def _state_types() -> tuple[type, ...]:
    if "tensorflow" not in sys.modules:
        return ()
    from pytest_tfpclone.cloning.variables import STATE_TYPES

    return STATE_TYPES
