"""What can be called, and what runs: functions, methods, partials, caches, generators, frames."""

from __future__ import annotations

import functools
import gc
import operator
import types
from typing import Any

from pytest_tfpclone.state.attributes import Edges, attribute_edges, attributes
from pytest_tfpclone.state.edges import is_leaf, table
from pytest_tfpclone.state.framework import is_framework_function, is_importable


@table.add(types.FunctionType)
def function_edges(function: Any) -> Edges:
    """Return what a function holds: closure cells, defaults, attributes.

    What the framework offers by name is a constant, whatever its decorators keep.
    """
    if is_importable(function):
        return []
    code = function.__code__
    found: Edges = []
    if function.__closure__:
        for name, cell in zip(code.co_freevars, function.__closure__, strict=True):
            found.append((f".<closure {name!r}>", cell))
    if function.__defaults__:
        names = code.co_varnames[: code.co_argcount][-len(function.__defaults__) :]
        for name, value in zip(names, function.__defaults__, strict=True):
            found.append((f".<default {name!r}>", value))
    for name, value in (function.__kwdefaults__ or {}).items():
        found.append((f".<default {name!r}>", value))
    if not is_framework_function(function):  # else what its decorators keep
        found += [(f".{name}", value) for name, value in function.__dict__.items()]
    return found


@table.add(types.CellType)
def cell_edges(cell: Any) -> Edges:
    """Return what a closure cell holds; an empty one holds nothing."""
    try:
        return [("", cell.cell_contents)]
    except ValueError:
        return []


@table.add(types.MethodType)
def method_edges(method: Any) -> Edges:
    """Return the object and the function of a bound method."""
    return [(".__self__", method.__self__), (".__func__", method.__func__)]


@table.add(types.BuiltinFunctionType, types.MethodWrapperType)
def builtin_edges(method: Any) -> Edges:
    """Return the object that a built-in method is bound to."""
    owner = method.__self__
    return [] if owner is None or isinstance(owner, types.ModuleType) else [(".__self__", owner)]


@table.add(functools.partial)
def partial_edges(value: Any) -> Edges:
    """Return the function and the arguments of a partial."""
    found: Edges = [(".func", value.func)]
    found += [((".args", f"[{i}]"), item) for i, item in enumerate(value.args)]
    found += [((".keywords", f"[{name!r}]"), item) for name, item in value.keywords.items()]
    return found + attribute_edges(value)


@table.add(operator.itemgetter, operator.attrgetter, operator.methodcaller)
def getter_edges(value: Any) -> Edges:
    """Return what a function of ``operator`` was made with, as it would be pickled."""
    made_by, arguments = value.__reduce__()
    found: Edges = [((".args", f"[{i}]"), item) for i, item in enumerate(arguments)]
    return found if made_by is type(value) else [(".func", made_by), *found]


@table.add(property, staticmethod, classmethod)
def descriptor_edges(value: Any) -> Edges:
    """Return the functions behind a descriptor."""
    names = ("fget", "fset", "fdel") if issubclass(type(value), property) else ("__func__",)
    return [(f".{name}", getattr(value, name)) for name in names if getattr(value, name)]


CACHED = type(functools.lru_cache(len))


@table.add(CACHED)
def lru_cache_edges(value: Any) -> Edges:
    """Return the function of a cached function, and the arguments and results it keeps."""
    copied = {f".{name}" for name in functools.WRAPPER_ASSIGNMENTS}
    found = [edge for edge in attribute_edges(value) if edge[0] not in copied]
    own = attributes(value)
    referents = [each for each in gc.get_referents(value) if not issubclass(type(each), type)]
    place = next(i for i, each in enumerate(referents) if type(each) is dict and each is not own)
    if value.cache_parameters()["maxsize"] is None:
        entries = list(referents[place].items())
    else:  # a cache with a limit shows the keys and results of its list of entries first
        entries = list(zip(referents[:place:2], referents[1:place:2], strict=False))
    for position, (key, result) in enumerate(entries):
        found.append((f".<cached {position}>", result))
        if not is_leaf(key):
            found.append((f".<cached arguments {position}>", key))
    return found


@table.add(types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)
def generator_edges(value: Any) -> Edges:
    """Return the local variables of a suspended generator."""
    prefixes = {types.GeneratorType: "gi", types.CoroutineType: "cr"}
    prefix = prefixes.get(type(value), "ag")
    frame = getattr(value, f"{prefix}_frame")
    found = [] if frame is None else frame_edges(frame)
    awaited = getattr(value, "gi_yieldfrom" if prefix == "gi" else f"{prefix}_await")
    return found if awaited is None else [*found, (".<awaited>", awaited)]


@table.add(types.FrameType)
def frame_edges(frame: Any) -> Edges:
    """Return the local variables of a frame."""
    return [(f".<local {name!r}>", item) for name, item in frame.f_locals.items()]
