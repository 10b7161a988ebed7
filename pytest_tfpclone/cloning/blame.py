"""Tell which objects copied themselves wrongly: what they made shares something or differs.

What is wrong is blamed on the innermost object above it that was asked. A part
is shared wrongly if the engine would have made another one of it.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.cloning.errors import CloneRefused, UnclonableError
from pytest_tfpclone.state import mutable
from pytest_tfpclone.state.match import Matching, Pair
from pytest_tfpclone.state.paths import Path
from pytest_tfpclone.state.walk import Reach, Walk, walks_of

if TYPE_CHECKING:
    from pytest_tfpclone.cloning.engine import Cloner

_NOBODY: Any = object()


class Blame:
    """What is wrong with a clone, and whose doing it is.

    Args:
        root: the original.
        copy: its clone.
        cloner: what made the clone.
        makers: id of a part -> the object that was asked and made the part's copy.
    """

    def __init__(self, root: object, copy: object, cloner: Cloner, makers: dict[int, Any]) -> None:
        self._matching = Matching(*walks_of((root, copy)))
        self._cloner = cloner
        self._makers = dict(makers)
        self._asked: dict[str, Any] = {}
        for pair in self._matching.pairs:
            if self._is_made(pair.left, pair.right):
                branch = self._asked
                for step in pair.path:
                    branch = branch.setdefault(step, {})
                branch[""] = self._makers[id(pair.left)]

    def found(self) -> dict[int, tuple[Any, Path]]:
        """Return the objects that are to blame, by id, each with a path where it went wrong."""
        found: dict[int, tuple[Any, Path]] = {}
        for maker, path in (*self._differing(), *self._sharing()):
            if maker is not _NOBODY:
                found.setdefault(id(maker), (maker, path))
        return found

    def _is_made(self, left: object, right: object) -> bool:
        """Return whether an object that was asked made ``right`` of ``left``."""
        return id(left) in self._makers and self._cloner.copies.get(id(left)) is right

    def _maker_at(self, path: Path) -> Any:
        """Return the innermost object on a path that was asked."""
        branch, maker = self._asked, _NOBODY
        for step in ("", *path):
            maker = branch.get("", maker)
            if step:
                branch = branch.get(step, {})
        return branch.get("", maker)

    def _differing(self) -> Iterator[tuple[Any, Path]]:
        """Yield what differs, and what is one thing in one model and two in the other."""
        matching = self._matching
        for unequal in matching.unequal:
            maker = self._makers.get(id(unequal.subject))
            yield maker or self._maker_at(unequal.path), unequal.path
        for path, _, hidden in (*matching.missing, *matching.extra):
            if not hidden:
                yield self._maker_at(path), path
        pairs = [pair for pair, left, right in matching.cells if _differ(left, right)]
        pairs += [*self._untied(), *matching.shared]
        for pair in pairs:
            if pair.reach is Reach.OWN and not self._is_declared(pair):
                made = self._is_made(pair.left, pair.right)
                yield self._makers[id(pair.left)] if made else self._maker_at(pair.path), pair.path

    def _is_declared(self, pair: Pair) -> bool:
        return id(pair.left) not in self._makers and self._cloner.unchanged(pair.left)

    def _untied(self) -> Iterator[Pair]:
        """Yield the pairs in which an object has another partner than the engine's."""
        lefts = {id(pair.left) for pair in self._matching.retied}
        rights = {id(pair.right) for pair in self._matching.retied}
        for pair in self._matching.pairs if lefts else ():
            retied = id(pair.left) in lefts or id(pair.right) in rights
            if retied and self._cloner.copies.get(id(pair.left)) is not pair.right:
                yield pair

    def _sharing(self) -> Iterator[tuple[Any, Path]]:
        """Yield what of the original stands in what the objects made."""
        left, right = self._matching.left, self._matching.right
        originals = _held(left)
        engine = {id(copy) for copy in self._cloner.copies.values()}
        makers = dict.fromkeys(engine, _NOBODY)
        for identity, maker in self._makers.items():
            makers[id(self._cloner.copies[identity])] = maker
        for node in right:
            if node.reach is not Reach.OWN:
                continue
            inherited = makers[id(node.parent.value)] if node.parent else _NOBODY
            if node.value in left and not _is_looked_through(node.value):
                inherited = _NOBODY
            maker = makers.setdefault(id(node.value), inherited)
            if maker is _NOBODY:
                continue
            for step, part in node.edges:
                met = id(part) in originals and not _is_looked_through(part)
                if met and not self._stays(part):
                    yield maker, node.path + (step if isinstance(step, tuple) else (step,))

    def _stays(self, part: object) -> bool:
        """Return whether the engine takes a part into the clone as it is."""
        from pytest_tfpclone.cloning.own import Distrust

        try:
            return self._cloner(part) is part
        except (UnclonableError, CloneRefused, Distrust):
            return False


def _differ(left: Any, right: Any) -> bool:
    return bool(left.fingerprint() != right.fingerprint())


def _held(walk: Walk) -> set[int]:
    """Return the ids of all that a model holds itself, leaves too."""
    return {id(part) for node in walk if node.reach is Reach.OWN for _, part in node.edges}


def _is_looked_through(value: object) -> bool:
    """Return whether sharing an object shares no more than what it refers to."""
    kind = type(value)
    values = kind is types.CellType or mutable.makes_values(kind)
    return values and mutable.state_cell(value) is None
