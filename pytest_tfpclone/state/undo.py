"""Take changes back: all of them, whatever one of them raises, and past Ctrl-C."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterable, Iterator
from typing import Any

from pytest_tfpclone.state.cells.base import Undo


def take_back(undos: Iterable[Undo]) -> None:
    """Run every undo, and raise the first error once all have run.

    Ctrl-C waits until then.
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
    """Hold an interrupt from the keyboard back until the body has run."""
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(handler):
        yield
        return
    arrived: list[tuple[int, Any]] = []
    signal.signal(signal.SIGINT, lambda number, frame: arrived.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if arrived:
            handler(*arrived[0])
