"""Read what a function's code refers to, from its bytecode."""

from __future__ import annotations

import dis
import functools
import types
from collections.abc import Iterator
from typing import Any

_REMEMBERED = 4096


def _nested(code: types.CodeType) -> Iterator[types.CodeType]:
    pending = [code]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(const for const in current.co_consts if isinstance(const, types.CodeType))


@functools.lru_cache(maxsize=_REMEMBERED)
def global_names(code: types.CodeType) -> frozenset[str]:
    """Return the names of the globals that this code or a code nested in it reads."""
    return frozenset(
        instruction.argval
        for part in _nested(code)
        if part.co_names
        for instruction in dis.get_instructions(part)
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME")
    )


@functools.lru_cache(maxsize=_REMEMBERED)
def rebound_globals(code: types.CodeType) -> frozenset[str]:
    """Return the names of the globals that this code or a code nested in it assigns to."""
    return frozenset(
        instruction.argval
        for part in _nested(code)
        for instruction in dis.get_instructions(part)
        if instruction.opname in ("STORE_GLOBAL", "DELETE_GLOBAL")
    )


@functools.lru_cache(maxsize=_REMEMBERED)
def attribute_names(code: types.CodeType) -> frozenset[str]:
    """Return every name that this code or a nested one may use as an attribute."""
    return frozenset(name for part in _nested(code) for name in part.co_names)


@functools.lru_cache(maxsize=_REMEMBERED)
def imported_names(code: types.CodeType) -> frozenset[str]:
    """Return the modules that this code or a nested one imports when it runs."""
    return frozenset(
        instruction.argval
        for part in _nested(code)
        if part.co_names
        for instruction in dis.get_instructions(part)
        if instruction.opname == "IMPORT_NAME"
    )


@functools.lru_cache(maxsize=_REMEMBERED)
def rebound_names(code: types.CodeType) -> frozenset[str]:
    """Return the names of the closure cells that this code or a nested one rebinds."""
    return frozenset(
        instruction.argval
        for part in _nested(code)
        if part.co_freevars or part.co_cellvars
        for instruction in dis.get_instructions(part)
        if instruction.opname in ("STORE_DEREF", "DELETE_DEREF")
        and instruction.argval in part.co_freevars
    )


def plain_functions(value: object) -> Iterator[types.FunctionType]:
    """Yield the functions behind an attribute of a class, and those that they wrap."""
    pending: list[Any] = [getattr(value, "__func__", value)]
    if isinstance(value, property):
        pending = [value.fget, value.fset, value.fdel]
    seen = set()
    while pending:
        function = pending.pop()
        if type(function) is types.FunctionType and id(function) not in seen:
            seen.add(id(function))
            yield function
            pending.append(function.__dict__.get("__wrapped__"))
