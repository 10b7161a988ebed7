"""Keep Python's garbage collector from searching through all of TensorFlow during a check."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def collecting(on: bool) -> Iterator[None]:
    """Turn the collector on or off, and back to what it was on the way out.

    What a check makes has no cycles, but there is enough of it to start collections
    that take longer than the check. A model's own code is run with the collector on.
    """
    was = gc.isenabled()
    _turn(on)
    try:
        yield
    finally:
        _turn(was)


def _turn(on: bool) -> None:
    (gc.enable if on else gc.disable)()
