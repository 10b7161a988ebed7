"""What is known of a broken cloner: what finds it, and the smallest model that shows it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from pytest_tfpclone import CloneError, SharedStateError, UnequalCloneError, strategies
from pytest_tfpclone.architectures import parts


@dataclasses.dataclass(frozen=True, slots=True)
class Broken:
    """A cloner that is wrong in one way.

    Attributes:
        cloner: what it is.
        smallest: the smallest model that shows it.
        error: what a check of such a clone raises.
        options: what narrows the draws: to models that have the part where it goes wrong, or
            to cheap ones.
        draws: the name of the strategy.
        steps: how many training steps are the action of the check.
        alike: whether other models of that size are as small; otherwise ``smallest`` is the
            one to which a failure shrinks.
    """

    cloner: Callable[[Any], Any]
    smallest: Any
    error: type[CloneError]
    options: dict[str, Any] = dataclasses.field(default_factory=dict)
    draws: str = "architectures"
    steps: int = 0
    alike: bool = False

    def strategy(self):
        """Return the strategy that draws models for it."""
        return getattr(strategies, self.draws)(**self.options)


def size(spec):
    """Return how much there is to a spec: its parts, and all that they have of their own choice.

    Counts each part, each field that has a default and another value, and each unit above
    the first.
    """
    return sum(1 + sum(map(_choices, *_fields(part))) for part in parts(spec))


def _fields(part):
    found = dataclasses.fields(part)
    return found, [getattr(part, field.name) for field in found]


def _choices(field, value):
    if field.default is not dataclasses.MISSING:
        return int(value != field.default)
    return value - 1 if isinstance(value, int) else 0


def shares(cloner, smallest, **more):
    """Return a cloner whose clone shares state."""
    return Broken(cloner, smallest, SharedStateError, **more)


def differs(cloner, smallest, **more):
    """Return a cloner whose clone is independent and not equal."""
    return Broken(cloner, smallest, UnequalCloneError, **more)
