"""What the cloners raise: a part that can't be cloned, a model of the wrong type."""

from __future__ import annotations

_LONGEST_PATH = 200


class CloneRefused(TypeError):
    """Say which part of a model can't be cloned, why, and what to do.

    Attributes:
        path: where the part is, as printed text: ``original.layers[1]._log``.
        reason: why no independent equal of it can be made.
        advice: what to do instead.
    """

    def __init__(self, path: str, reason: str, advice: str) -> None:
        super().__init__(path, reason, advice)
        self.path = path
        self.reason = reason
        self.advice = advice

    def __str__(self) -> str:
        return f"cannot clone {_shortened(self.path)}: {self.reason}\n{self.advice}"


class NotApplicable(TypeError):
    """Say that a cloner isn't made for a model of this type, or lacks its factory."""


class UnclonableError(Exception):
    """Carry a part that a handler refuses to where its path is known."""

    def __init__(self, part: object, reason: str, advice: str | None = None) -> None:
        super().__init__(reason)
        self.part = part
        self.reason = reason
        self.advice = advice


def _shortened(path: str) -> str:
    """Leave out the middle of a path that is too long to read: that of a linked list."""
    if len(path) <= _LONGEST_PATH:
        return path
    half = _LONGEST_PATH // 2
    return f"{path[:half]} ... {path[-half:]}"
