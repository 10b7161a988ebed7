"""Keep alive what the clone has only weak references to.

The original's target may be kept alive by its user, who doesn't know the clone's.
"""

from __future__ import annotations

import gc
import types
from collections.abc import Callable, Iterable
from typing import Any


class Holding:
    """The callback of a weak reference, which keeps the reference's target alive."""

    __slots__ = ("callback", "target")

    def __init__(self, target: object, callback: Callable[[Any], object] | None) -> None:
        self.target = target
        self.callback = callback

    def __call__(self, reference: Any) -> None:
        """Call what the reference was made to call when its target died."""
        if self.callback is not None:
            self.callback(reference)


class Holdings:
    """The targets of weak references which nothing else held when they were cloned."""

    def __init__(self) -> None:
        self._holdings: list[Holding] = []
        self._targets: set[int] = set()

    def hold(self, target: object, callback: Callable[[Any], object] | None) -> Holding:
        """Return a callback that keeps a target alive, and that calls another one."""
        holding = Holding(target, callback)
        self._holdings.append(holding)
        self._targets.add(id(target))
        return holding

    def holds(self, target: object) -> bool:
        """Return whether a weak reference to a target keeps it alive already."""
        return id(target) in self._targets

    def release(self, root: object, stays: Callable[[object], bool]) -> None:
        """Let go the targets that the finished clone holds itself.

        Args:
            root: the clone.
            stays: whether an object is the original's, which holds nothing of the clone.
        """
        if not self._holdings:
            return
        held = _held_by(root, stays)
        for holding in self._holdings:
            if id(holding.target) in held:
                holding.target = None


def _held_by(root: object, stays: Callable[[object], bool]) -> dict[int, Any]:
    """Return what an object holds, by ``id``, past what weak references keep alive."""
    held: dict[int, Any] = {}
    waiting = [root]
    while waiting:
        part = waiting.pop()
        if id(part) in held or stays(part):
            continue
        held[id(part)] = part
        waiting.extend(_parts(part))
    return held


def _parts(part: Any) -> Iterable[Any]:
    kind = type(part)
    if issubclass(kind, (type, types.ModuleType)):
        return ()
    if kind is Holding:
        return (part.callback,)
    if kind is types.FunctionType:
        around = (part.__globals__, part.__builtins__)
        return [held for held in gc.get_referents(part) if not any(held is a for a in around)]
    return gc.get_referents(part)
