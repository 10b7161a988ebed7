"""What each type of object refers to, read without running any code of the object.

``edges(value)`` lists ``(step, child)``. Attributes are read through
``object.__getattribute__`` and types through ``type()``, since properties raise,
trace and lie. A step is printed as a user would write it; see ``paths``.
"""

from __future__ import annotations

import collections
import contextvars
import enum
import gc
import inspect
import logging
import re
import threading
import types
import weakref
import zlib
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from pytest_tfpclone.state import kinds
from pytest_tfpclone.state.attributes import (
    Edges,
    attribute_edges,
    instance_edges,
)
from pytest_tfpclone.state.framework import (
    is_framework_type,
    is_standard_type,
)

# Compared by value, and yet ways to other objects.
_REFERENCES = (
    tuple, frozenset, weakref.ref, types.MethodType, types.MethodWrapperType,
    types.BuiltinFunctionType, types.MappingProxyType, types.FunctionType, types.CellType,
)  # fmt: skip
_PLAIN: dict[Any, Callable[[Any], Any]] = {
    int: int.__int__, float: float.__float__, complex: complex.__pos__, str: str.__str__,
    bytes: lambda value: bytes.__getitem__(value, slice(None)),
}  # fmt: skip
_ATOMS = (*_PLAIN, np.str_, np.bytes_)
_LONGEST_KEY = 60
_LEAVES = (
    type(None), bool, type(...), type(NotImplemented), range,
    types.CodeType, types.GetSetDescriptorType, types.MemberDescriptorType,
    types.WrapperDescriptorType, types.MethodDescriptorType, types.ClassMethodDescriptorType,
    types.GenericAlias, np.generic, np.dtype, np.ufunc, re.Pattern, inspect.Signature,
    inspect.Parameter, type(threading.Lock()), type(threading.RLock()),
)  # fmt: skip


class EdgeTable:
    """How to look into values, by type: the exact type first, then its bases.

    A type's reader is looked up once. ``add`` teaches the table another type.
    """

    def __init__(self) -> None:
        self._readers: dict[int, tuple[type, Callable[[Any], Edges] | None]] = {}
        self._resolved = kinds.Known()

    def add(self, *types_: type) -> Callable[[Callable[[Any], Edges]], Callable[[Any], Edges]]:
        """Register the decorated reader for these types and their subclasses."""

        def register(reader: Callable[[Any], Edges]) -> Callable[[Any], Edges]:
            self._register(types_, reader)
            return reader

        return register

    def leaf(self, *types_: type) -> None:
        """Register types whose values hold nothing that can change."""
        self._register(types_, None)

    def _register(self, types_: tuple[type, ...], reader: Callable[[Any], Edges] | None) -> None:
        self._readers.update((id(kind), (kind, reader)) for kind in types_)
        self._resolved.clear()

    def reader(self, kind: type) -> Callable[[Any], Edges] | None:
        """Return how to look into values of this type; None for a leaf."""
        found: Callable[[Any], Edges] | None
        try:
            found = self._resolved[id(kind)][1]
        except KeyError:  # once for each type
            bases = (enum.Enum,) if issubclass(kind, enum.Enum) else kinds.bases(kind)
            registered = (self._readers.get(id(base)) for base in bases)
            found = next((each[1] for each in registered if each), instance_edges)
            is_value = found is instance_edges and makes_values(kind)
            is_constant = is_framework_type(kind) and (
                issubclass(kind, enum.Enum) or kinds.is_keras(kind, "DTypePolicy", "Policy")
            )
            if kinds.is_one_of(kind, _ATOMS) or is_value or is_constant:
                found = None
            self._resolved.keep(kind, (kind, found))
        return found


def makes_values(kind: Any) -> bool:
    """Return whether a class of the standard library makes values: dates, paths, decimals."""
    return (
        is_standard_type(kind)
        and not issubclass(kind, _REFERENCES)
        and kinds.member(kind, "__eq__") is not object.__eq__
        and kinds.member(kind, "__hash__") not in (None, object.__hash__)
    )


table = EdgeTable()
table.leaf(*_LEAVES, type)
table.add(slice)(attribute_edges)


def edges(value: object) -> Edges:
    """Return what a value refers to through its own attributes, items and closure."""
    reader = table.reader(type(value))
    return reader(value) if reader else []


def is_leaf(value: object) -> bool:
    """Return whether a value holds nothing that can change."""
    return table.reader(type(value)) is None


@table.add(dict)
def dict_edges(value: dict[Any, Any]) -> Edges:
    """Return the items of a dict, and the keys that are objects, with its attributes."""
    found: Edges = []
    taken: set[str] = set()
    for key, item in dict.items(value):
        if is_plain_key(key):
            shown = shown_key(key)
            if shown in taken:  # two classes of one name
                shown += f" #{len(found)}"
            taken.add(shown)
            found.append((f"[{shown}]", item))
            if issubclass(type(key), enum.Enum):
                found.append((f"[<key {shown}>]", key))
        else:
            place = f"[<key {len(found)}>]"
            found += [(f"{place}.<value>", item), (place, key)]
    return found if type(value) is dict else found + attribute_edges(value)


def is_plain_key(key: object) -> bool:
    """Return whether a key of a dict says by itself what it stands for: by its value."""
    kind = type(key)
    if issubclass(kind, tuple) or kind is frozenset:
        return all(map(is_plain_key, _parts(key)))
    return is_leaf(key) or issubclass(kind, enum.Enum)


def _parts(key: Any) -> Iterable[Any]:
    return (tuple if issubclass(type(key), tuple) else frozenset).__iter__(key)


def shown_key(key: object) -> str:
    """Return a plain key as text that no other key of a dict has, and that is not too long."""
    kind = type(key)
    if issubclass(kind, tuple):
        parts = list(map(shown_key, _parts(key)))
        text = f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
    elif kind is frozenset:
        parts = sorted(map(shown_key, _parts(key)))
        text = f"frozenset({{{', '.join(parts)}}})"
    elif issubclass(kind, enum.Enum):
        text = f"{kinds.name(kind)}.{object.__getattribute__(key, '_name_')}"
    else:
        text = repr(key)
    if len(text) <= _LONGEST_KEY:
        return text
    return f"{text[: _LONGEST_KEY - 9]}~{zlib.crc32(text.encode(errors='replace')):08x}"


@table.add(enum.Enum)
def enum_edges(member: Any) -> Edges:
    """Return what tells a member of a user's enumeration from the others; see ``ambient``."""
    value = object.__getattribute__(member, "_value_")
    if is_leaf(value):
        return [(".value", value)]
    return [(".name", object.__getattribute__(member, "_name_"))]


@table.add(types.ModuleType)
def module_edges(module: Any) -> Edges:
    """Return nothing: what a module binds is reached through it, and not held; see ``ambient``."""
    return []


@table.add(list, tuple, collections.deque)
def sequence_edges(value: Any) -> Edges:
    """Return the items of a sequence, named where it is a named tuple, with its attributes."""
    kind = type(value)
    if kinds.is_one_of(kind, (list, tuple)):
        return [(f"[{i}]", item) for i, item in enumerate(value)]
    fields = kinds.member(kind, "_fields") or () if issubclass(kind, tuple) else ()
    base = next(b for b in (list, tuple, collections.deque) if issubclass(kind, b))
    items: Iterable[Any] = base.__iter__(value)
    found: Edges = [
        (f".{fields[i]}" if i < len(fields) else f"[{i}]", item) for i, item in enumerate(items)
    ]
    if issubclass(kind, collections.deque) and collections.deque.maxlen.__get__(value) is not None:
        found.append((".maxlen", collections.deque.maxlen.__get__(value)))
    return found + attribute_edges(value)


@table.add(set, frozenset)
def set_edges(value: Any) -> Edges:
    """Return the members of a set, in its order."""
    base = set if issubclass(type(value), set) else frozenset
    found: Edges = [(f"[<member {i}>]", item) for i, item in enumerate(base.__iter__(value))]
    return (
        found if kinds.is_one_of(type(value), (set, frozenset)) else found + attribute_edges(value)
    )


@table.add(*_PLAIN)
def atom_edges(value: Any) -> Edges:
    """Return the value of an instance of a user's subclass of a number or a text."""
    plain = next(read for base, read in _PLAIN.items() if issubclass(type(value), base))
    inherited = (".real", ".imag")
    return [
        (".<value>", plain(value)),
        *(e for e in attribute_edges(value) if e[0] not in inherited),
    ]


@table.add(types.MappingProxyType)
def mapping_proxy_edges(value: Any) -> Edges:
    """Return the mapping behind a read-only view of it."""
    return [("", referent) for referent in gc.get_referents(value)]


@table.add(weakref.ref)
def weakref_edges(value: Any) -> Edges:
    """Return what a weak reference points to while it lives."""
    target = weakref.ref.__call__(value)
    return [] if target is None else [("()", target)]


@table.add(BaseException)
def exception_edges(error: Any) -> Edges:
    """Return the arguments and the attributes of an exception, and what caused it."""
    read = vars(BaseException)
    causes = [(f".{name}", read[name].__get__(error)) for name in ("__cause__", "__context__")]
    return [
        *(edge for edge in causes if edge[1] is not None),
        *(((".args", f"[{i}]"), item) for i, item in enumerate(read["args"].__get__(error))),
        *attribute_edges(error),
    ]


@table.add(weakref.ProxyType, weakref.CallableProxyType)
def weak_proxy_edges(proxy: Any) -> Edges:
    """Return what a weak proxy stands for while it lives."""
    try:
        return [("()", proxy.__init__.__self__)]
    except ReferenceError:
        return []


@table.add(contextvars.ContextVar)
def context_variable_edges(value: Any) -> Edges:
    """Return what a context variable holds in the current context."""
    try:
        return [(".get()", value.get())]
    except LookupError:
        return []


@table.add(contextvars.Context)
def context_edges(context: Any) -> Edges:
    """Return what a copied context holds, but for what the current one holds as well."""
    current = contextvars.copy_context()
    return [
        (f"[{variable.name!r}]", item)
        for variable, item in context.items()
        if variable not in current or current[variable] is not item
    ]


@table.add(logging.Logger)
def logger_edges(value: Any) -> Edges:
    """Return what a logger holds, unless the process has it under its name for everyone."""
    known = (logging.root, logging.Logger.manager.loggerDict.get(value.name))
    return [] if any(value is each for each in known) else attribute_edges(value)


@table.add(threading.local)
def thread_local_edges(value: Any) -> Edges:
    """Return the attributes that a thread-local object has in this thread."""
    namespace = threading.local.__getattribute__(value, "__dict__")
    return [(f".{name}", item) for name, item in namespace.items()]


@table.add(np.ndarray)
def array_edges(array: Any) -> Edges:
    """Return the array that a view looks into, and the items of an object array."""
    found = [] if type(array) is np.ndarray else attribute_edges(array)
    dtype = np.ndarray.dtype.__get__(array)
    if dtype.hasobject:
        flat = np.ndarray.ravel(array)
        items = [item.item() for item in flat] if dtype.names else list(flat)
        found += [(f".flat[{i}]", item) for i, item in enumerate(items) if item is not array]
    return found
