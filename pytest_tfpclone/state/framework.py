"""Tell what belongs to the framework from what belongs to the user.

The framework is Python's standard library and the distributions that
TensorFlow Probability stands on: its requirements, theirs, and so on, read
from the installed metadata. Everything else, installed or not, is user code.
"""

from __future__ import annotations

import abc
import functools
import itertools
import operator
import re
import sys
import threading
import types
from collections.abc import Iterator
from importlib import metadata
from typing import Any

from pytest_tfpclone.state import kinds

_ROOT_PACKAGES = (
    "tensorflow_probability",
    "tensorflow",
    "tf_keras",
    "keras",
    "pytest",
    "hypothesis",
)
_ATOMS = (type(None), bool, int, float, complex, str, bytes, type, types.ModuleType)
_EMPTY = (tuple, frozenset, property, staticmethod, classmethod)
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType)
_CONSTANT = (*_ATOMS, *_FUNCTIONS, tuple, frozenset)


def _requirement_name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    return found.group().lower().replace("_", "-") if found else ""


@functools.cache
def framework_packages() -> frozenset[str]:
    """Return the top-level module names of the framework.

    Source: the ``Requires-Dist`` fields of the installed distributions,
    https://packaging.python.org/specifications/core-metadata.
    """
    owners = metadata.packages_distributions()
    provides: dict[str, set[str]] = {}
    for package, distributions in owners.items():
        for distribution in distributions:
            provides.setdefault(distribution.lower().replace("_", "-"), set()).add(package)
    pending = [
        distribution.lower().replace("_", "-")
        for package in _ROOT_PACKAGES
        for distribution in owners.get(package, ())
    ]
    seen: set[str] = set()
    packages = {*sys.stdlib_module_names, *_ROOT_PACKAGES}
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        packages.update(provides.get(name, ()))
        try:
            requirements = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue
        pending.extend(_requirement_name(text) for text in requirements if "extra ==" not in text)
    packages.discard("__main__")
    return frozenset(packages)


@functools.cache
def is_framework_module(name: str | None) -> bool:
    """Return whether the module of this dotted name is framework code."""
    return _top(name) in framework_packages()


@kinds.per_kind
def is_framework_type(kind: Any) -> bool:
    """Return whether this class was defined by framework code."""
    return is_framework_module(kinds.module(kind)) and not _is_made_by_types(kind)


def _is_made_by_types(kind: type) -> bool:
    """Whether ``types.new_class``, or ``type`` for a base of ABC, made it for users' code.

    Such a class says that it is from ``types`` or ``abc``, but what is theirs is bound there.
    """
    maker = {"types": types, "abc": abc}.get(kinds.module(kind))
    return maker is not None and getattr(maker, kinds.name(kind), None) is not kind


def is_standard_type(kind: type) -> bool:
    """Return whether a class belongs to Python's standard library."""
    return _top(kinds.module(kind)) in sys.stdlib_module_names and not _is_made_by_types(kind)


def is_framework_function(function: Any) -> bool:
    """Return whether a function's code is framework code; what is C code always is."""
    if type(function) is types.BuiltinFunctionType:
        return True
    return is_framework_module(function.__globals__.get("__name__"))


class _Watched:
    """Names of modules that may come to mean another object.

    There are thousands, looked at for every walk: without a loop in Python.
    """

    def __init__(self) -> None:
        self._names: dict[tuple[str, str], str] = {}
        self._namespaces: dict[tuple[str, str], dict[str, Any]] = {}
        self._values: dict[tuple[str, str], Any] = {}

    def add(self, module: str, namespace: dict[str, Any], name: str, value: Any) -> None:
        """Watch a name, which means this value now."""
        key = module, name
        self._names[key], self._namespaces[key], self._values[key] = name, namespace, value

    def changed(self) -> list[tuple[str, dict[str, Any], str]]:
        """Return the names that mean another object now, each with its module."""
        values = map(dict.get, self._namespaces.values(), self._names.values())
        moved = map(operator.is_not, values, self._values.values())
        return [
            (module, self._namespaces[module, name], name)
            for module, name in itertools.compress(self._names, moved)
        ]


class _SingletonIndex:
    """Where the framework binds its process-wide objects, by ``id``.

    Each entry holds the object, so that its id can't be given to another one.
    """

    def __init__(self) -> None:
        self._imported: list[Any] = []
        self._modules: dict[str, dict[str, Any]] = {}
        self._sizes: dict[str, int] = {}
        self._lengths: list[int] = []
        self._watched = _Watched()
        self._locals: dict[int, tuple[str, threading.local]] = {}
        self._waiting: dict[int, tuple[str, str, dict[Any, Any]]] = {}
        self._waited: dict[int, list[Any]] = {}
        self.bound: dict[int, tuple[Any, str]] = {}

    def update(self) -> None:
        """Read the modules that were imported, that grew, or that bind other objects now."""
        imported = list(sys.modules.values())
        if not _same(imported, self._imported):
            self._imported = imported
            modules = dict(_framework_namespaces())
            for name, namespace in modules.items():
                if self._modules.get(name) is not namespace:  # new, or imported again
                    self._sizes.pop(name, None)
            self._modules, self._lengths = modules, []
        lengths = list(map(len, self._modules.values()))
        if lengths != self._lengths:
            self._lengths = lengths
            for name, namespace in self._modules.items():
                if self._sizes.get(name) != len(namespace):
                    self._sizes[name] = len(namespace)
                    self._read(name, namespace, list(namespace))
        for name, namespace, attribute in self._watched.changed():
            self._read(name, namespace, [attribute])
        for key, (name, place, waiting) in self._waiting.items():
            values = list(waiting.values())
            if not _same(values, self._waited.get(key, [])):
                self._waited[key] = values
                for where, item in _items(name, place, waiting):
                    self.bound.setdefault(id(item), (item, where))
        for place, value in self._locals.values():
            self._read_local(place, value)

    def _read(self, module: str, namespace: dict[str, Any], names: list[str]) -> None:
        for name in names:
            bound = namespace.get(name)
            fresh = id(bound) not in self.bound  # else imported from where it is watched
            constant = kinds.is_one_of(type(bound), _CONSTANT) or issubclass(type(bound), type)
            if not name.startswith("__") and (bound is None or (fresh and not constant)):
                self._watched.add(module, namespace, name, bound)
            for place, value in _bindings(module, name, bound):
                self.bound.setdefault(id(value), (value, place))
                if type(value) is threading.local:
                    self._locals[id(value)] = (place, value)
                elif type(value) is dict and any(each is None for each in value.values()):
                    self._waiting[id(value)] = (module, place, value)

    def _read_local(self, place: str, value: threading.local) -> None:
        """Add what the framework keeps per thread: default policies, scopes."""
        namespace = threading.local.__getattribute__(value, "__dict__")
        for name, item in list(namespace.items()):
            if _top(kinds.module(type(item))) == _top(place):
                self.bound.setdefault(id(item), (item, f"{place}.{name}"))


def _framework_namespaces() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, module in list(sys.modules.items()):
        # An interpreter binds its last result, a user's, in builtins.
        is_module = issubclass(type(module), types.ModuleType) and name != "builtins"
        if is_module and is_framework_module(name):
            yield name, types.ModuleType.__getattribute__(module, "__dict__")


def _same(lefts: list[Any], rights: list[Any]) -> bool:
    return len(lefts) == len(rights) and not any(map(operator.is_not, lefts, rights))


def _top(name: str | None) -> str:
    return (name or "").partition(".")[0]


def _bindings(module: str, name: str, value: Any) -> Iterator[tuple[str, Any]]:
    kind = type(value)
    if issubclass(kind, type):
        if kinds.module(value) == module:
            yield from _class_bindings(f"{module}.{name}", value)
    elif kinds.is_one_of(kind, _FUNCTIONS):
        yield from _defaults(f"{module}.{name}", value)
    elif not kinds.is_one_of(kind, _ATOMS + _EMPTY):
        yield f"{module}.{name}", value
        if kind is dict:
            yield from _items(module, f"{module}.{name}", value)


def _items(module: str, place: str, value: dict[Any, Any]) -> Iterator[tuple[str, Any]]:
    """Yield default strategies and the like: kept by the module that defines their class."""
    for key, item in list(value.items()):
        if kinds.module(type(item)) == module:
            yield f"{place}[{key!r}]", item


def _class_bindings(place: str, owner: type) -> Iterator[tuple[str, Any]]:
    for name, value in list(type.__getattribute__(owner, "__dict__").items()):
        if isinstance(value, (staticmethod, classmethod)):
            value = value.__func__
        if kinds.is_one_of(type(value), _FUNCTIONS):
            yield from _defaults(f"{place}.{name}", value)
        elif not kinds.is_one_of(type(value), _ATOMS + _EMPTY):
            yield f"{place}.{name}", value


def _defaults(place: str, function: Any) -> Iterator[tuple[str, Any]]:
    for wrapped in _unwrapped(function):
        defaults = (*(wrapped.__defaults__ or ()), *(wrapped.__kwdefaults__ or {}).values())
        for value in defaults:
            if not kinds.is_one_of(type(value), _ATOMS + _FUNCTIONS + _EMPTY):
                yield f"{place}(<default>)", value


def _unwrapped(function: Any) -> Iterator[types.FunctionType]:
    seen = set()
    while type(function) is types.FunctionType and id(function) not in seen:
        seen.add(id(function))
        yield function
        function = function.__dict__.get("__wrapped__")


_singleton_index = functools.cache(_SingletonIndex)


def singletons() -> dict[int, tuple[Any, str]]:
    """Return the framework's singletons: id -> (the object, its dotted name).

    A singleton is what a framework module or class binds by name, or gives to
    one of its functions as a default argument: ``tfd.FULLY_REPARAMETERIZED``,
    a default strategy, a sentinel. Models refer to it; they don't own it.
    """
    index = _singleton_index()
    index.update()
    return index.bound


def singleton_name(value: object) -> str | None:
    """Return the dotted name of a framework singleton, or None for anything else."""
    entry = singletons().get(id(value))
    return entry[1] if entry else None


def is_importable(function: Any) -> bool:
    """Return whether the framework binds a function under the name that it gives itself."""
    module: Any = sys.modules.get(getattr(function, "__module__", None) or "")
    known = module is not None and is_framework_module(module.__name__)
    return known and is_bound(function)


def is_bound(function: Any) -> bool:
    """Return whether a module, or a class in it, binds a function under its own name."""
    found: Any = sys.modules.get(getattr(function, "__module__", None) or "")
    for name in function.__qualname__.split("."):
        found = getattr(found, "__dict__", {}).get(name)
        if isinstance(found, (staticmethod, classmethod)):
            found = found.__func__
    return found is function
