"""Take changes back: all of them, whatever one of them raises, and past Ctrl-C and timeouts."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pytest_tfpclone.state.cells.base import Undo

# Those whose handlers may raise in between: Ctrl-C, a runner's end, pytest-timeout's alarm.
_SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGALRM") if hasattr(signal, name)
]


def take_back(undos: Iterable[Undo]) -> None:
    """Run every undo, and raise the first error once all have run.

    Signals wait until then.
    """
    errors: list[BaseException] = []
    with undisturbed():
        for undo in undos:
            try:
                undo()
            except BaseException as error:
                errors.append(error)
    if errors:
        raise errors[0]


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Hold signals that Python code handles back until the body has run."""
    handlers = _handlers()
    arrived: list[tuple[int, Any]] = []
    try:
        for each in handlers:
            signal.signal(each, lambda number, frame: arrived.append((number, frame)))
        yield
    finally:
        for each, handler in handlers.items():
            signal.signal(each, handler)
        for number, frame in arrived[:1]:
            handlers[number](number, frame)


def _handlers() -> dict[int, Callable[[int, Any], Any]]:
    if threading.current_thread() is not threading.main_thread():
        return {}
    found = {each: signal.getsignal(each) for each in _SIGNALS}
    return {each: handler for each, handler in found.items() if callable(handler)}
