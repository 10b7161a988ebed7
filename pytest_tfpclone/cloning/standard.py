"""The standard library's objects: some stay, some are made anew, some are refused."""

from __future__ import annotations

import contextvars
import datetime
import decimal
import enum
import fractions
import inspect
import io
import logging
import operator
import pathlib
import random
import re
import socket
import subprocess
import sys
import threading
import types
import uuid
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.cloning.dispatch import built_in
from pytest_tfpclone.cloning.errors import UnclonableError
from pytest_tfpclone.cloning.instances import clone_instance, fill_attributes

if TYPE_CHECKING:
    from pytest_tfpclone.cloning.engine import Cloner

_Steps = Generator[Any, Any, Any]
_LOCK: Any = type(threading.Lock())
_RLOCK: Any = type(threading.RLock())
# The base of the files written in C; io.IOBase itself is a subclass of it.
_RAW_FILE: Any = io.IOBase.__mro__[1]


@built_in(
    datetime.date,
    datetime.time,
    datetime.timedelta,
    datetime.tzinfo,
    decimal.Decimal,
    enum.Enum,
    fractions.Fraction,
    inspect.Parameter,
    inspect.Signature,
    logging.Handler,
    logging.Logger,
    operator.attrgetter,
    operator.itemgetter,
    operator.methodcaller,
    pathlib.PurePath,
    re.Pattern,
    uuid.UUID,
)
def keep(original: Any, cloner: Cloner) -> Any:
    """Keep what is immutable, and loggers, which belong to the process."""
    return original


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
    """Clone what a thread-local object holds in this thread."""
    copy = threading.local.__new__(type(original))
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
    nothing = object()
    value = original.get(nothing)
    if value is not nothing and (yield value) is not value:
        raise UnclonableError(
            original,
            f"context variable {original.name!r} holds state, and its value belongs to the context",
        )
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
def clone_memory_file(original: Any, cloner: Cloner) -> Any:
    """Clone a file in memory with its position."""
    kind: Any = type(original)
    copy = kind()
    copy.__setstate__(original.__getstate__())
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
    if copy.nbytes != original.nbytes or copy.format != original.format:
        raise UnclonableError(original, "it is a view of a part of an object")
    return copy
