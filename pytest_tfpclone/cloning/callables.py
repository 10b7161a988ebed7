"""Clone functions around cloned cells, bound methods and partials."""

from __future__ import annotations

import functools
import operator
import types
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.cloning.dispatch import built_in
from pytest_tfpclone.cloning.instances import fill_attributes, namespace_of
from pytest_tfpclone.state.callables import is_decorated, is_of_class
from pytest_tfpclone.state.framework import is_bound, is_framework_function
from pytest_tfpclone.state.functions import rebound_names

if TYPE_CHECKING:
    from pytest_tfpclone.cloning.engine import Cloner

_Steps = Generator[Any, Any, Any]
_DESCRIPTORS = (types.MethodDescriptorType, types.WrapperDescriptorType)


@built_in(types.FunctionType)
def clone_function(original: Any, cloner: Cloner) -> _Steps:
    """Rebuild a function around the clones of what it closes over.

    A function that holds nothing of the model's stays itself. A user's closure is
    always rebuilt: another function may rebind the cells that both share.
    """
    cloner.watch(original)
    cells = original.__closure__ or ()
    if not (cells or original.__defaults__ or original.__kwdefaults__ or original.__dict__):
        return original
    framework = is_framework_function(original)
    importable = is_bound(original)
    if (framework and importable) or is_decorated(original):
        return original
    fresh_cells: list[Any] = []
    unfilled = []
    for cell in cells:
        fresh = cloner.copies.get(id(cell))
        if fresh is None:
            fresh = cloner.remember(cell, types.CellType())
            unfilled.append((cell, fresh))
        fresh_cells.append(fresh)
    copy: Any = types.FunctionType(
        original.__code__, original.__globals__, original.__name__, None, tuple(fresh_cells)
    )
    cloner.remember(original, copy)
    changed = bool(cells) and (
        (not framework and not importable) or bool(rebound_names(original.__code__))
    )
    for cell, fresh in unfilled:
        changed = (yield from _fill_cell(cell, fresh)) or changed
    changed = changed or any(
        not _same_content(cell, fresh) for cell, fresh in zip(cells, fresh_cells, strict=True)
    )
    defaults = yield original.__defaults__
    changed = changed or defaults is not original.__defaults__
    keywords = yield from _clone_items(original.__kwdefaults__ or {})
    attributes = yield from _clone_items(original.__dict__)
    changed = changed or not (
        _same_items(keywords, original.__kwdefaults__ or {})
        and _same_items(attributes, original.__dict__)
    )
    if not changed:
        for cell, _ in unfilled:
            cloner.keep(cell)
        return cloner.keep(original)
    copy.__defaults__ = defaults
    copy.__kwdefaults__ = keywords or None
    copy.__dict__.update(attributes)
    copy.__qualname__ = original.__qualname__
    copy.__module__ = original.__module__
    copy.__doc__ = original.__doc__
    copy.__annotations__ = dict(original.__annotations__)
    return copy


def _clone_items(items: dict[str, Any]) -> Generator[Any, Any, dict[str, Any]]:
    fresh = {}
    for name, value in list(items.items()):
        fresh[name] = yield value
    return fresh


def _same_items(fresh: dict[str, Any], items: dict[str, Any]) -> bool:
    return all(map(operator.is_, fresh.values(), items.values()))


def _fill_cell(cell: types.CellType, fresh: types.CellType) -> Generator[Any, Any, bool]:
    try:
        content = cell.cell_contents
    except ValueError:
        return False
    fresh.cell_contents = yield content
    return fresh.cell_contents is not content


def _same_content(cell: types.CellType, fresh: types.CellType) -> bool:
    try:
        content = cell.cell_contents
    except ValueError:
        return True
    try:
        return fresh.cell_contents is content
    except ValueError:  # another function, of which this is a part, fills it later
        return False


@built_in(types.CellType)
def clone_cell(original: types.CellType, cloner: Cloner) -> _Steps:
    """Clone a closure cell that is held by something other than a function."""
    copy = cloner.remember(original, types.CellType())
    yield from _fill_cell(original, copy)
    return copy


@built_in(types.MethodType)
def clone_method(original: Any, cloner: Cloner) -> _Steps:
    """Bind a method to the clone of its object; a function of the class stays the class's."""
    owner = original.__self__
    function = original.__func__
    fresh_owner = yield owner
    if type(function) is types.FunctionType and is_of_class(original):
        cloner.watch(function)
        fresh = function
    else:
        fresh = yield function
    if fresh_owner is owner and fresh is function:
        return original
    return types.MethodType(fresh, fresh_owner)


@built_in(types.BuiltinFunctionType, types.MethodWrapperType)
def clone_builtin_method(original: Any, cloner: Cloner) -> _Steps:
    """Bind a built-in method to the clone of its object."""
    owner = original.__self__
    if owner is None or isinstance(owner, (types.ModuleType, type)):
        return original
    fresh = yield owner
    return original if fresh is owner else _bound_alike(original, owner, fresh)


def _bound_alike(method: Any, owner: Any, fresh: Any) -> Any:
    """Bind to a clone what a method was bound from: ``super()`` looks past an override."""
    name = method.__name__
    for base in type(owner).__mro__:
        found = type.__getattribute__(base, "__dict__").get(name)
        if type(found) in _DESCRIPTORS and found.__get__(owner) == method:
            return found.__get__(fresh)
    return getattr(fresh, name)


@built_in(functools.partial)
def clone_partial(original: Any, cloner: Cloner) -> _Steps:
    """Clone a partial around the clones of its function and arguments."""
    kind = type(original)
    copy = functools.partial.__new__(kind, _placeholder)
    cloner.remember(original, copy)
    function = yield original.func
    arguments = yield original.args
    keywords = yield original.keywords
    # Keywords may wait for their keys; partial wants its own dict in any case.
    functools.partial.__setstate__(copy, (function, arguments, keywords, None))  # type: ignore[attr-defined]
    yield from fill_attributes(original, copy, cloner)
    return copy


def _placeholder() -> None:
    """Stand in for a partial's function until that is cloned."""


@built_in(property)
def clone_property(original: property, cloner: Cloner) -> _Steps:
    """Clone a property that an object holds, if its functions or its attributes change."""
    functions = (original.fget, original.fset, original.fdel)
    fresh = yield functions
    attributes = yield from _clone_items(namespace_of(original))
    if fresh is functions and _same_items(attributes, namespace_of(original)):
        return original
    copy: Any = property.__new__(type(original))
    property.__init__(copy, *(*fresh, original.__doc__))
    namespace_of(copy).update(attributes)
    return copy


@built_in(staticmethod, classmethod)
def clone_static(original: Any, cloner: Cloner) -> _Steps:
    """Clone a static or class method that an object holds, if something in it changes."""
    fresh = yield original.__func__
    attributes = yield from _clone_items(namespace_of(original))
    if fresh is original.__func__ and _same_items(attributes, namespace_of(original)):
        return original
    base: Any = staticmethod if isinstance(original, staticmethod) else classmethod
    copy = base.__new__(type(original))
    base.__init__(copy, fresh)
    namespace_of(copy).update(attributes)
    return copy
