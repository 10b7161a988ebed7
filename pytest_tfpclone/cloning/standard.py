"""The standard library's objects: some stay, some are made anew, some are refused."""

from __future__ import annotations

import contextvars
import datetime
import decimal
import enum
import fractions
import gc
import inspect
import io
import itertools
import logging
import operator
import pathlib
import random
import re
import socket
import struct
import subprocess
import sys
import threading
import types
import typing
import uuid
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.cloning.dispatch import built_in
from pytest_tfpclone.cloning.errors import UnclonableError
from pytest_tfpclone.cloning.instances import (
    clone_instance,
    fill_attributes,
    layout_of,
    namespace_of,
    unwarned,
)
from pytest_tfpclone.state.framework import is_standard_type

if TYPE_CHECKING:
    from pytest_tfpclone.cloning.engine import Cloner

_Steps = Generator[Any, Any, Any]
_LOCK: Any = type(threading.Lock())
_RLOCK: Any = type(threading.RLock())
# The base of the files written in C; io.IOBase itself is a subclass of it.
_RAW_FILE: Any = io.IOBase.__mro__[1]


@built_in(
    enum.Enum,
    inspect.Parameter,
    inspect.Signature,
    operator.attrgetter,
    re.Pattern,
    struct.Struct,
    typing.NewType,
    typing.ParamSpec,
    typing.TypeVar,
    typing.TypeVarTuple,
)
def keep(original: Any, cloner: Cloner) -> Any:
    """Keep what is immutable, and what is told by its identity: types."""
    return original


@built_in(
    datetime.date,
    datetime.time,
    datetime.timedelta,
    datetime.tzinfo,
    decimal.Decimal,
    fractions.Fraction,
    pathlib.PurePath,
    uuid.UUID,
)
def clone_value(original: Any, cloner: Cloner) -> _Steps:
    """Keep a value, unless a subclass gives it attributes."""
    slots = (member.__objclass__ for _, member in layout_of(type(original)).slots)
    if not namespace_of(original) and all(map(is_standard_type, slots)):
        return original
    make, arguments, *_ = original.__reduce_ex__(4)
    copy = cloner.remember(original, make(*(yield arguments)))
    yield from fill_attributes(original, copy, cloner)
    return copy


@built_in(operator.itemgetter, operator.methodcaller)
def clone_getter(original: Any, cloner: Cloner) -> _Steps:
    """Make a getter anew if something that it is given changes."""
    make, arguments = original.__reduce__()
    fresh = yield arguments
    if make is type(original):
        return original if fresh is arguments else make(*fresh)
    return (yield make)(*fresh)


@built_in(logging.Logger)
def clone_logger(original: Any, cloner: Cloner) -> Any:
    """Keep a logger that the process knows by its name."""
    known = (logging.root, logging.Logger.manager.loggerDict.get(original.name))
    if any(original is logger for logger in known):
        return original
    return clone_instance(original, cloner)


@built_in(super)
def clone_super(original: Any, cloner: Cloner) -> _Steps:
    """Bind ``super()`` to the clone of its object."""
    owner = _super("__self__", original)
    fresh = yield owner
    return original if fresh is owner else super(_super("__thisclass__", original), fresh)


def _super(name: str, value: Any) -> Any:
    return super.__dict__[name].__get__(value)


@built_in(itertools.accumulate)
def clone_accumulate(original: Any, cloner: Cloner) -> _Steps:
    """Clone a running total, and the value that it starts from if that is still to come."""
    with unwarned():
        make, (source, function), total = original.__reduce__()
    held = gc.get_referents(original)
    if not any(part is source for part in held):  # it says to chain the two
        source, initial = (yield held[-2]), (yield held[-1])
        return make(source, (yield function), initial=initial)
    copy = make((yield source), (yield function))
    if total is not None:
        begun = yield total
        with unwarned():
            copy.__setstate__(begun)
    return copy


@built_in(_LOCK)
def clone_lock(original: Any, cloner: Cloner) -> Any:
    """Make a new lock, which is free."""
    return threading.Lock()


@built_in(_RLOCK)
def clone_recursive_lock(original: Any, cloner: Cloner) -> Any:
    """Make a new recursive lock, which is free."""
    return threading.RLock()


@built_in(threading.local)
def clone_thread_local(original: Any, cloner: Cloner) -> _Steps:
    """Clone what a thread-local object holds in this thread, and what starts it in others."""
    held = gc.get_referents(original)
    start = next(i for i, part in enumerate(held) if type(part) is tuple)
    arguments = yield held[start]
    # A dict of keywords is next, if there are any; the dicts of its threads have other keys.
    following = next((part for part in held[start + 1 :] if type(part) is dict), {})
    keywords = (yield following) if all(type(name) is str for name in following) else {}
    known = cloner.copies.get(id(original))
    if known is not None:
        return known
    copy = threading.local.__new__(type(original), *arguments, **keywords)
    cloner.remember(original, copy)
    namespace = threading.local.__getattribute__(original, "__dict__")
    fresh = threading.local.__getattribute__(copy, "__dict__")
    for name, value in list(namespace.items()):
        fresh[name] = yield value
    return copy


@built_in(random.Random)
def clone_random(original: random.Random, cloner: Cloner) -> _Steps:
    """Clone a generator of Python's ``random`` with its state."""
    kind = type(original)
    copy = random.Random.__new__(kind)
    cloner.remember(original, copy)
    if not isinstance(original, random.SystemRandom):
        random.Random.setstate(copy, random.Random.getstate(original))
    yield from fill_attributes(original, copy, cloner)
    return copy


@built_in(contextvars.ContextVar)
def clone_context_variable(original: Any, cloner: Cloner) -> _Steps:
    """Refuse a context variable that holds something which changes; keep any other one."""
    for context in (contextvars.copy_context(), contextvars.Context()):
        try:
            value = context.run(original.get)
        except LookupError:
            continue
        if (yield value) is not value:
            reason = "holds state, and its value belongs to the context"
            raise UnclonableError(original, f"context variable {original.name!r} {reason}")
    return original


@built_in(_RAW_FILE)
def refuse_file(original: Any, cloner: Cloner) -> Any:
    """Refuse an open file; keep the process's standard streams."""
    standard = (sys.stdin, sys.stdout, sys.stderr, sys.__stdin__, sys.__stdout__, sys.__stderr__)
    if any(original is stream for stream in standard):
        return original
    name = getattr(original, "name", None)
    state = "a closed" if original.closed else "an open"
    raise UnclonableError(
        original,
        f"it is {state} file{f' ({name})' if name else ''}, whose position the system holds",
        "Keep the file's name in the model and open it where it is used, "
        "or pass the file in clone(obj, shared=[...]).",
    )


@built_in(io.StringIO, io.BytesIO)
def clone_memory_file(original: Any, cloner: Cloner) -> _Steps:
    """Clone a file in memory with its position."""
    base: Any = io.StringIO if isinstance(original, io.StringIO) else io.BytesIO
    copy = base.__new__(type(original))
    cloner.remember(original, copy)
    base.__init__(copy)
    if original.closed:
        base.close(copy)
    else:
        base.__setstate__(copy, (*base.__getstate__(original)[:-1], None))
    yield from fill_attributes(original, copy, cloner)
    return copy


@built_in(threading.Thread)
def refuse_thread(original: Any, cloner: Cloner) -> Any:
    """Refuse a thread that runs; clone one that hasn't started."""
    if original.ident is None:
        return clone_instance(original, cloner)
    raise UnclonableError(original, "it is a thread that has been started")


@built_in(types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType, types.FrameType)
def refuse_frame(original: Any, cloner: Cloner) -> Any:
    """Refuse a generator or coroutine: Python can't copy a suspended frame."""
    raise UnclonableError(
        original,
        f"it is a live {type(original).__name__}, whose frame Python can't copy",
        "Keep the function that makes it, or pass it in clone(obj, shared=[...]).",
    )


@built_in(socket.socket, subprocess.Popen)
def refuse_process(original: Any, cloner: Cloner) -> Any:
    """Refuse what the operating system holds: sockets and processes."""
    raise UnclonableError(original, f"it is a {type(original).__name__}, which the system holds")


@built_in(types.TracebackType)
def drop_traceback(original: Any, cloner: Cloner) -> Any:
    """Leave out a traceback: its frames belong to a past call."""
    return None


@built_in(memoryview)
def clone_memoryview(original: memoryview, cloner: Cloner) -> _Steps:
    """Clone a view of a whole object; a read-only view of bytes stays itself."""
    owner: Any = original.obj
    fresh = yield owner
    if fresh is owner:
        return original
    copy = memoryview(fresh)
    if _layout(copy) != _layout(original):
        raise UnclonableError(original, "it is a view of a part of an object")
    return copy.toreadonly() if original.readonly else copy


def _layout(view: memoryview) -> tuple[Any, ...]:
    return view.format, view.shape, view.strides
