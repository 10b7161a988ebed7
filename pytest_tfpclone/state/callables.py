"""What can be called, and what runs: functions, methods, partials, caches, generators, frames."""

from __future__ import annotations

import functools
import gc
import operator
import types
from typing import Any

from pytest_tfpclone.state import kinds
from pytest_tfpclone.state.attributes import Edges, attribute_edges, attributes
from pytest_tfpclone.state.edges import is_leaf, table
from pytest_tfpclone.state.framework import is_bound, is_framework_function, is_importable


@table.add(types.FunctionType)
def function_edges(function: Any) -> Edges:
    """Return what a function holds: closure cells, defaults, attributes.

    What the framework offers by name is a constant, whatever its decorators keep.
    """
    if is_importable(function):
        return []
    code = function.__code__
    decorated = is_decorated(function)
    found: Edges = [] if decorated else closure_edges(function)
    defaults = function.__defaults__ or ()
    # A decorator may give its wrapper, which takes any arguments, the defaults of what it wraps.
    names = (*map(str, range(len(defaults))), *code.co_varnames[: code.co_argcount])
    for name, value in zip(names[len(names) - len(defaults) :], defaults, strict=True):
        found.append((f".<default {name!r}>", value))
    for name, value in (function.__kwdefaults__ or {}).items():
        found.append((f".<default {name!r}>", value))
    if not (decorated or is_framework_function(function)):  # else what its decorators keep
        found += noted_edges(function)
    return found


def is_decorated(function: Any) -> bool:
    """Return whether a module or a class binds a function that wraps another, by its name.

    What its decorators keep, in closures and attributes, is then the module's.
    """
    return "__wrapped__" in function.__dict__ and is_bound(function)


def closure_edges(function: Any) -> Edges:
    """Return the cells of the variables that a function closes over."""
    cells = function.__closure__ or ()
    names = function.__code__.co_freevars
    return [(f".<closure {name!r}>", cell) for name, cell in zip(names, cells, strict=True)]


def noted_edges(function: Any) -> Edges:
    """Return the attributes of a function."""
    return [(f".{name}", value) for name, value in function.__dict__.items()]


@table.add(types.CellType)
def cell_edges(cell: Any) -> Edges:
    """Return what a closure cell holds; an empty one holds nothing."""
    try:
        return [("", cell.cell_contents)]
    except ValueError:
        return []


@table.add(types.MethodType)
def method_edges(method: Any) -> Edges:
    """Return the object of a bound method, and its function if its class doesn't hold that."""
    found: Edges = [(".__self__", method.__self__)]
    return found if is_of_class(method) else [*found, (".__func__", method.__func__)]


def is_of_class(method: Any) -> bool:
    """Return whether a method's function is an attribute of the class of its object.

    A method of a class is bound to the class.
    """
    owner, function = method.__self__, method.__func__
    named: Any = getattr(function, "__name__", None)
    kinds_of = [type(owner), owner] if issubclass(type(owner), type) else [type(owner)]
    namespaces = [kinds.namespace(base) for kind in kinds_of for base in kinds.bases(kind)]
    return any(_is_function_of(each.get(named), function) for each in namespaces) or any(
        _is_function_of(value, function) for each in namespaces for value in each.values()
    )


def _is_function_of(value: Any, function: Any) -> bool:
    """Return whether a class' attribute is a function, or a class method around it."""
    return value is function or (type(value) is classmethod and value.__func__ is function)


@table.add(types.BuiltinFunctionType, types.MethodWrapperType)
def builtin_edges(method: Any) -> Edges:
    """Return the object that a built-in method is bound to."""
    owner = method.__self__
    return [] if owner is None or isinstance(owner, types.ModuleType) else [(".__self__", owner)]


@table.add(functools.partial)
def partial_edges(value: Any) -> Edges:
    """Return the function and the arguments of a partial."""
    read = vars(functools.partial)
    args, keywords = (read[name].__get__(value) for name in ("args", "keywords"))
    return [
        (".func", read["func"].__get__(value)),
        *(((".args", f"[{i}]"), item) for i, item in enumerate(args)),
        *(((".keywords", f"[{name!r}]"), item) for name, item in keywords.items()),
        *attribute_edges(value),
    ]


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
    referents = gc.get_referents(value)
    # Its table comes after the results, which may be dicts as well.
    place = max(i for i, each in enumerate(referents) if type(each) is dict and each is not own)
    kept = referents[place]
    entries = list(kept.items())
    if value.cache_parameters()["maxsize"] is not None:
        # The table has links; before it come the key, the result and the type of each link.
        links = iter(referents[place - 3 * len(kept) : place])
        entries = [(key, result) for key, result, _ in zip(links, links, links, strict=True)]
    for position, (key, result) in enumerate(entries):
        found.append((f".<cached {position}>", result))
        if not is_leaf(key):
            found.append((f".<cached arguments {position}>", key))
    return found


_SUSPENDED: dict[type, tuple[str, str]] = {
    types.GeneratorType: ("gi_frame", "gi_yieldfrom"),
    types.CoroutineType: ("cr_frame", "cr_await"),
    types.AsyncGeneratorType: ("ag_frame", "ag_await"),
}


@table.add(*_SUSPENDED)
def generator_edges(value: Any) -> Edges:
    """Return the local variables of a suspended generator."""
    frame, awaited = (getattr(value, name) for name in _SUSPENDED[type(value)])
    found = [] if frame is None else frame_edges(frame)
    return found if awaited is None else [*found, (".<awaited>", awaited)]


@table.add(types.FrameType)
def frame_edges(frame: Any) -> Edges:
    """Return the local variables of a frame."""
    return [(f".<local {name!r}>", item) for name, item in frame.f_locals.items()]
