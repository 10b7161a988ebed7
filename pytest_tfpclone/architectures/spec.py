"""What all specs have in common: a repr that is code, and checks of their fields."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator
from typing import Any


class Spec:
    """A description of a model or of a part of one, equal to what its repr evaluates to.

    Subclasses are frozen, slotted dataclasses declared with ``repr=False``.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the call that makes this spec, without what has its default value."""
        fields: tuple[dataclasses.Field[Any], ...] = dataclasses.fields(self)  # type: ignore[arg-type]
        arguments = []
        for field in sorted(fields, key=lambda field: field.kw_only is True):
            value = getattr(self, field.name)
            if field.default is dataclasses.MISSING or value != field.default:
                arguments.append(f"{field.name}={value!r}")
        return f"{type(self).__name__}({', '.join(arguments)})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Print the same code everywhere: Hypothesis would list all fields in some places."""
        printer.text(repr(self))


def parts(spec: Spec) -> Iterator[Spec]:
    """Yield a spec and all specs that it is made of, from the outside in.

    >>> from pytest_tfpclone.architectures import Dense, Normal, Sequential
    >>> list(parts(Sequential(layers=(Dense(units=1),), head=Normal())))[1:]
    [Dense(units=1), Normal()]
    """
    yield spec
    for field in dataclasses.fields(spec):  # type: ignore[arg-type]
        yield from _parts(getattr(spec, field.name))


def _parts(value: object) -> Iterator[Spec]:
    if isinstance(value, Spec):
        yield from parts(value)
    elif isinstance(value, tuple):
        for each in value:
            yield from _parts(each)


def check_integer(spec: object, name: str, *, least: int, most: int | None = None) -> None:
    """Raise if a field isn't an integer from ``least`` to ``most``.

    Raises:
      TypeError: The field isn't an ``int``, or is a ``bool``.
      ValueError: The field is out of range.
    """
    value = getattr(spec, name)
    owner = type(spec).__name__
    if type(value) is not int:
        raise TypeError(f"{owner}: {name}={value!r} must be an int, not {type(value).__name__}")
    if value < least or (most is not None and value > most):
        wanted = f"at least {least}" if most is None else f"from {least} to {most}"
        raise ValueError(f"{owner}: {name}={value!r} must be {wanted}")


def check_flag(spec: object, name: str) -> None:
    """Raise ``TypeError`` if a field isn't a ``bool``."""
    value = getattr(spec, name)
    if type(value) is not bool:
        raise TypeError(f"{type(spec).__name__}: {name}={value!r} must be True or False")


def check_choice(spec: object, name: str, choices: Collection[Any]) -> None:
    """Raise ``ValueError`` if a field isn't one of ``choices``."""
    value = getattr(spec, name)
    if value not in choices:
        known = ", ".join(repr(choice) for choice in choices)
        raise ValueError(f"{type(spec).__name__}: {name}={value!r} must be one of {known}")


def check_registered(spec: object, name: str, value: object, kinds: Collection[type]) -> None:
    """Raise ``TypeError`` if ``value``, from the field ``name``, is of no registered kind."""
    if type(value) not in kinds:
        known = ", ".join(kind.__name__ for kind in kinds)
        raise TypeError(f"{type(spec).__name__}: {name} got {value!r}, must be one of {known}")


def check_tuple(spec: object, name: str, what: str, *, least: int = 1) -> None:
    """Raise ``TypeError`` if a field isn't a tuple of at least ``least`` of ``what``."""
    value = getattr(spec, name)
    if not isinstance(value, tuple) or len(value) < least:
        raise TypeError(
            f"{type(spec).__name__}: {name}={value!r} must be a tuple of at least {least} {what}"
        )
