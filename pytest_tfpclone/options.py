"""Check the options of the strategies; messages name the option."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from hypothesis.errors import InvalidArgument


def check_positive(name: str, value: int, *, least: int = 1, most: int | None = None) -> None:
    """Raise ``InvalidArgument`` if an option isn't an ``int`` from ``least`` to ``most``."""
    if type(value) is not int or value < least or (most is not None and value > most):
        wanted = f"at least {least}" if most is None else f"from {least} to {most}"
        raise InvalidArgument(f"{name}={value!r} must be an int, {wanted}")


def check_order(small_name: str, small: int, large_name: str, large: int) -> None:
    """Raise ``InvalidArgument`` if the first option is larger than the second."""
    if small > large:
        raise InvalidArgument(f"{small_name}={small} is larger than {large_name}={large}")


def chosen(
    name: str,
    value: Collection[Any] | None,
    known: tuple[Any, ...],
    *,
    default: tuple[Any, ...] | None = None,
) -> tuple[Any, ...]:
    """Return what an option allows, in the order given.

    Args:
      name: The option's name.
      value: What it lists; None for the default.
      known: All that it may list, the simplest first.
      default: What it is if it isn't given; None for all that is known.

    Raises:
      InvalidArgument: The option is no collection, is empty, or lists what isn't known.
    """
    if value is None:
        return known if default is None else default
    listed = ", ".join(getattr(each, "__name__", repr(each)) for each in known)
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise InvalidArgument(f"{name}={value!r} must be a collection of some of {listed}")
    # By order of what is known for a set: its own would change from process to process.
    ordered = list(value)
    if isinstance(value, (set, frozenset)):
        ordered = [each for each in known if each in value] or ordered
    if not ordered:
        raise InvalidArgument(f"{name}={value!r} is empty: nothing could be drawn")
    for each in value:
        if each not in known:
            raise InvalidArgument(f"{name}: {each!r} is none of {listed}")
    return tuple(ordered)
