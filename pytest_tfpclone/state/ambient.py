"""What functions and classes reach without holding it: globals and class attributes.

Nothing is followed out of framework code.
"""

from __future__ import annotations

import collections
import enum
import sys
import types
import weakref
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.state import kinds
from pytest_tfpclone.state.attributes import Edges, attribute_edges
from pytest_tfpclone.state.callables import (
    closure_edges,
    is_decorated,
    is_of_class,
    noted_edges,
)
from pytest_tfpclone.state.cells.base import cell_of
from pytest_tfpclone.state.edges import is_leaf
from pytest_tfpclone.state.framework import (
    is_framework_function,
    is_framework_module,
    is_framework_type,
)
from pytest_tfpclone.state.functions import (
    attribute_names,
    global_names,
    imported_names,
    plain_functions,
)

if TYPE_CHECKING:
    from pytest_tfpclone.state.walk import Node

_EMPTY = object()
_CONSTANTS = (types.FunctionType, types.BuiltinFunctionType, tuple, frozenset, type)
_METHODS = (types.FunctionType, property, staticmethod, classmethod)


def ambient_edges(value: object) -> Edges:
    """Return what a user's function or object reaches without holding it.

    These are the globals that a function names and the attributes of a class.
    Nothing is followed out of framework code.
    """
    kind: Any = type(value)
    if kind is types.FunctionType:
        return [] if is_framework_function(value) else _around_function(value)
    if kind is types.MethodType:
        function = value.__func__  # type: ignore[attr-defined]
        known = is_framework_function(function) or not is_of_class(value)
        return [] if known else [(".__func__", function)]
    if issubclass(kind, types.ModuleType):
        return _module_state(value)
    classes = _users_classes(value if issubclass(kind, type) else kind)
    found = [edge for each in classes for edge in class_edges(each)] if classes else []
    if not issubclass(kind, enum.Enum):
        return found
    others = [edge for edge in found if not issubclass(type(edge[1]), enum.Enum)]
    return others + _member_state(value)


def _around_function(function: Any) -> Edges:
    """Return the globals that a function names, and what its decorators keep for the module."""
    found = global_edges(function)
    if is_decorated(function):
        found += closure_edges(function) + noted_edges(function)
    return found


@kinds.per_bases
def _users_classes(kind: Any) -> list[Any]:
    return [each for each in (*kinds.bases(kind), type(kind)) if not is_framework_type(each)]


def _member_state(member: object) -> Edges:
    """Return what a member of a user's enumeration holds; its class holds the member."""
    return [
        (".value" if step == "._value_" else step, item)
        for step, item in attribute_edges(member)
        if not is_leaf(item)
    ]


def held_classes(found: Edges) -> Edges:
    """Return the edges that lead to classes, whose attributes are ambient."""
    return [edge for edge in found if issubclass(type(edge[1]), type)]


def _name_of(module: types.ModuleType) -> str:
    return str(types.ModuleType.__getattribute__(module, "__dict__").get("__name__"))


def _module_state(module: Any) -> Edges:
    """Return the state cells that a user's module binds, for a model that holds the module."""
    namespace = types.ModuleType.__getattribute__(module, "__dict__")
    if is_framework_module(_name_of(module)):
        return []
    return [
        (f".{name}", item)
        for name, item in namespace.items()
        if not name.startswith("__") and cell_of(item) is not None
    ]


def _class_attribute_names(kind: Any) -> tuple[str, ...]:
    namespace = kinds.namespace(kind)
    tables = vars(enum.Enum) if issubclass(kind, enum.Enum) else ()
    return tuple(
        name for name, item in namespace.items()
        if (not is_leaf(item) or issubclass(type(item), type))
        and not _is_class_machinery(name, item) and name not in tables
    )  # fmt: skip


def _is_class_machinery(name: str, item: object) -> bool:
    """Whether Python, ``copy`` or ``dataclasses`` keep it on a class; methods are the user's."""
    if name in ("_abc_impl", "__dict__", "__weakref__", "_field_defaults"):
        return True
    if not _is_special(name):
        return False
    generated = type(item) is types.FunctionType and is_framework_function(item)
    return generated or not issubclass(type(item), _METHODS)


def class_edges(kind: type) -> Edges:
    """Return the attributes of a user's class; the framework's classes show none."""
    if is_framework_type(kind):
        return []
    namespace = kinds.namespace(kind)
    return [(f".{name}", namespace[name]) for name in _class_attribute_names(kind)]


def global_edges(function: Any) -> Edges:
    """Return the module globals that a function's code names."""
    namespace = function.__globals__
    code = function.__code__
    found: Edges = []
    modules: list[tuple[str, types.ModuleType]] = []
    for name in sorted(global_names(code)):
        value = namespace.get(name, _EMPTY)
        if type(value) is types.ModuleType:
            modules.append((f".<global {name!r}>", value))
        elif value is not _EMPTY:
            found.append((f".<global {name!r}>", value))
    for name in sorted(imported_names(code)):
        module = sys.modules.get(name)
        if type(module) is types.ModuleType:
            modules.append((f".<import {name!r}>", module))
    return found + _module_edges(modules, attribute_names(code))


def used_edges(value: Any, held: Edges, owners: Iterable[Any] = ()) -> Edges:
    """Return what an object refers to, without what its code can't mean.

    Of a class that a function only names, that is what the code around it can name: its own,
    that of the functions that it names and of the classes that have it as a method, and that
    of the methods that these can call. To make a sampler is not to use the counter that
    another method of its class keeps.

    Args:
        value: any object.
        held: its own edges.
        owners: if it is a method, the classes of which.
    """
    found = held + ambient_edges(value)
    if type(value) is not types.FunctionType:
        return found
    used: Edges = []
    for step, child in found:
        if not issubclass(type(child), type):
            if step != ".<closure '__class__'>":  # by which super() finds its class
                used.append((step, child))
            continue
        around = [value, *(other for _, other in found if type(other) is types.FunctionType)]
        around += [item for owner in owners for _, item in _members(owner)]
        names = _names_used(around, child)
        edges = (edge for base in _users_classes(child) for edge in class_edges(base))
        used += [(f"{step}{name}", item) for name, item in edges if str(name)[1:] in names]
    return used


def methods_of(kind: Any) -> list[types.FunctionType]:
    """Return the functions of a user's class and its bases, and those that they wrap."""
    return [each for _, item in _members(kind) for each in plain_functions(item)]


def _members(kind: Any) -> list[tuple[str, Any]]:
    return [item for base in _users_classes(kind) for item in kinds.namespace(base).items()]


def _names_used(around: list[Any], kind: Any) -> frozenset[str]:
    """Return the attributes of a class that code may use, itself or by a method of the class."""
    members = _members(kind)
    special = frozenset(name for name, _ in members if _is_special(name))
    used = special.union(*map(_names_in, around))
    while True:
        found = used.union(*(_names_in(item) for name, item in members if name in used))
        if found == used:
            return found
        used = found


def _names_in(member: object) -> frozenset[str]:
    functions = plain_functions(member)
    return frozenset(name for each in functions for name in attribute_names(each.__code__))


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _module_edges(modules: list[tuple[str, types.ModuleType]], names: frozenset[str]) -> Edges:
    """Return what code can mean by ``module.name``, in users' modules."""
    found: Edges = []
    seen: set[int] = set()
    for place, module in modules:
        if id(module) in seen or is_framework_module(_name_of(module)):
            continue
        seen.add(id(module))
        namespace = types.ModuleType.__getattribute__(module, "__dict__")
        for name in sorted(names & namespace.keys()):
            value = namespace[name]
            if type(value) is types.ModuleType:
                modules.append((f"{place}.{name}", value))
            else:
                found.append((f"{place}.{name}", value))
    return found


def entries_of(
    value: Any, found: Edges, known: Mapping[int, Node], owned: frozenset[int]
) -> tuple[bool, set[int]]:
    """Say whose the entries are of a container that a class or a module holds.

    A registry in which a model finds its own objects holds some for every model; the others'
    are not its own.

    Args:
        value: an object that is reached through a class or a module.
        found: its edges.
        known: what the model reached so far, by id.
        owned: the ids of what any of several models holds itself.

    Returns:
        Whether the model has entries of its own, and the ids of what is another model's.
    """
    kind = type(value)
    if issubclass(kind, dict):
        entries: list[tuple[Any, ...]] = list(dict.items(value))
    elif issubclass(kind, (list, set, collections.deque)):
        entries = [(item,) for _, item in found]
    else:
        return False, set()
    own = [entry for entry in entries if any(_is_owned(part, known) for part in entry)]
    if not own:
        return False, set()
    mine = {id(part) for entry in own for part in entry}
    others = [entry for entry in entries if any(_subject(part) in owned for part in entry)]
    return True, {id(part) for entry in others for part in entry} - mine


def _subject(part: Any) -> int:
    """Return the id of what an entry of a registry stands for, or that it is."""
    if type(part) is int:
        return part
    if issubclass(type(part), weakref.ref):
        part = weakref.ref.__call__(part)
    elif type(part) is types.MethodType:
        part = part.__self__
    return 0 if issubclass(type(part), _CONSTANTS) else id(part)


def _is_owned(part: Any, known: Mapping[int, Node]) -> bool:
    """Whether a model holds an object itself, or an entry is kept under its object's id."""
    node = known.get(_subject(part))
    return node is not None and not node.reach


def cached_for(found: Edges, known: Mapping[int, Node]) -> Edges:
    """Return the edges of a cached function without results for arguments that are not known.

    A cache of a class or a module holds the results of every model; a model's are those
    for its own objects, for equals of them, and those that depend on no object.
    """
    foreign = {
        str(step).replace("arguments ", "")
        for step, child in found
        if str(step).startswith(".<cached arguments") and not _is_known_key(child, known)
    }
    return [edge for edge in found if str(edge[0]).replace("arguments ", "") not in foreign]


def _is_known_key(key: Any, known: Mapping[int, Node]) -> bool:
    pending = list(list.__iter__(key)) if issubclass(type(key), list) else [key]
    for part in pending:  # grows meanwhile: an argument may be a tuple of objects
        if type(part) is tuple:
            pending.extend(part)
        elif not (is_leaf(part) or id(part) in known or _equals_known(part, known)):
            return False
    return True


def _equals_known(part: Any, known: Mapping[int, Node]) -> bool:
    """Whether a cache takes an argument for a known object: its class compares by value.

    The cache asks the same two objects the same question on every call of the model.
    """
    kind: Any = type(part)
    if not _is_hashed_by_value(kind) or is_framework_type(kind):
        return False
    return any(
        type(node.value) is kind and _are_equal(part, node.value) for node in list(known.values())
    )


def _is_hashed_by_value(kind: Any) -> bool:
    hashing = kinds.member(kind, "__hash__")
    by_identity = hashing is None or hashing is object.__hash__
    return not by_identity and kinds.member(kind, "__eq__") is not object.__eq__


def _are_equal(left: Any, right: Any) -> bool:
    try:
        return bool(left == right)
    except Exception:
        return False
