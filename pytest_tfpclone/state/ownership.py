"""Which attributes of an object are the framework's own bookkeeping.

An attribute belongs to the framework if the module of a framework class among
the object's bases mentions its name. What is left was set by the user.
"""

from __future__ import annotations

import functools
import sys
import types
from collections.abc import Iterator
from typing import Any

from pytest_tfpclone.state import kinds
from pytest_tfpclone.state.framework import is_framework_type


def _codes(namespace: dict[str, object], module: str) -> Iterator[types.CodeType]:
    for value in list(namespace.values()):
        if isinstance(value, (staticmethod, classmethod)):
            value = value.__func__
        if isinstance(value, property):
            value = value.fget
        while isinstance(value, types.FunctionType) and "__wrapped__" in value.__dict__:
            yield value.__code__
            value = value.__dict__["__wrapped__"]
        if isinstance(value, types.FunctionType):
            yield value.__code__
        elif isinstance(value, type) and getattr(value, "__module__", None) == module:
            yield from _codes(dict(type.__getattribute__(value, "__dict__")), module)


@functools.cache
def _module_names(module: str) -> frozenset[str]:
    names: set[str] = set()
    pending = list(_codes(dict(vars(sys.modules[module])), module)) if module in sys.modules else []
    while pending:
        code = pending.pop()
        names.update(code.co_names)
        for constant in code.co_consts:
            if isinstance(constant, str):
                names.add(constant)
            elif isinstance(constant, types.CodeType):
                pending.append(constant)
    return frozenset(names)


@kinds.per_kind
def framework_names(kind: Any) -> frozenset[str]:
    """Return the attribute names that framework code knows on instances of a class."""
    modules = {kinds.module(base) for base in kinds.bases(kind) if is_framework_type(base)}
    modules.discard("builtins")
    return frozenset[str]().union(*map(_module_names, modules))


def is_bookkeeping(kind: type, name: str) -> bool:
    """Return whether an attribute is private and the framework's, not the user's.

    Args:
        kind: the class of the object that has the attribute.
        name: the attribute's name, without a leading dot.
    """
    return name.startswith("_") and (is_framework_type(kind) or name in framework_names(kind))
