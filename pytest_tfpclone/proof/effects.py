"""What an action does to the model it acts on, so that original and clone can be compared."""

from __future__ import annotations

import types
from collections.abc import Hashable, Iterator
from typing import Any

from pytest_tfpclone.state import kinds, mutable, values
from pytest_tfpclone.state.attributes import Step
from pytest_tfpclone.state.cells import DataCell
from pytest_tfpclone.state.ownership import is_bookkeeping
from pytest_tfpclone.state.paths import printed
from pytest_tfpclone.state.walk import Node, Reach, Walk

_PLAIN = (bool, int, float, complex, str, bytes)  # None stands for what is made when needed
_GONE = "gone"
_HIDDEN = None


class Look:
    """What a model has: a fingerprint of each cell and the text of each plain value, by path."""

    def __init__(self, walk: Walk, hidden: frozenset[Any]) -> None:
        self._walk = walk
        self._cells = {printed(node.path, ""): cell for node, cell in data_nodes(walk)}
        self.found: dict[str, Hashable] = {
            path: _HIDDEN if {id(cell.value), cell.identity} & hidden else cell.fingerprint()
            for path, cell in self._cells.items()
        }
        self.found.update(plain_values(walk))

    def at(self, path: str) -> Hashable:
        """Return what is by a path, also if another path to it was found first."""
        if path not in self.found:
            self.found[path] = self._reached(self._walk.nodes[id(self._walk.root)], path)
        return self.found[path]

    def text(self, path: str) -> str:
        """Return in words what is by a path now."""
        return self._cells[path].show() if path in self._cells else str(self.at(path))

    def _reached(self, node: Node, path: str) -> str:
        for step, item in node.edges:
            text = "".join(step)
            if text == path and kinds.is_one_of(type(item), _PLAIN):
                return values.shown(item)
            below = self._walk.nodes.get(id(item))
            if text and path.startswith(text) and text != path and below is not None:
                found = self._reached(below, path[len(text) :])
                if found != _GONE:
                    return found
        return _GONE


class Effects:
    """What an action changed: the cells and plain values that are not what they were."""

    def __init__(self, before: Look, after: Look) -> None:
        self._before = before
        self._after = after
        self.paths = list({**after.found, **before.found})
        # They are told now: what is there is put back.
        self._texts = {path: after.text(path) for path in self.paths if self.at(path)}

    def at(self, path: str) -> tuple[Hashable] | None:
        """Return what a path leads to now, in a tuple; None if it is hidden or unchanged."""
        was, now = self._before.at(path), self._after.at(path)
        return None if _HIDDEN in (was, now) or was == now else (now,)

    def hides(self, path: str) -> bool:
        """Whether what a path leads to is not looked at."""
        return _HIDDEN in (self._before.at(path), self._after.at(path))

    def text(self, path: str) -> str:
        """Return in words what a path leads to after the action."""
        return self._texts.get(path) or self._after.text(path)


def compare(ours: Effects | None, theirs: Effects | None) -> Iterator[tuple[str, str]]:
    """Yield (path, what differs) where an action had another effect on the clone.

    Floating-point values count as equal if their bits are, since both sides ran
    the same operations on the same values.
    """
    if ours is None or theirs is None:
        return  # it raised
    for path in dict.fromkeys((*ours.paths, *theirs.paths)):
        mine, other = ours.at(path), theirs.at(path)
        if mine == other or ours.hides(path) or theirs.hides(path):
            continue
        if other is None:
            yield path, f"{ours.text(path)} after the action on the original only"
        elif mine is None:
            yield path, f"{theirs.text(path)} after the action on the clone only"
        else:
            texts = ours.text(path), theirs.text(path)
            yield path, "{} on the original, {} on the clone".format(*texts)


def without_traces(model: Any) -> Walk:
    """Walk a model by the paths on which it holds things itself.

    Not by what traces captured, or by how often Keras counts that an attribute is held.
    """
    walk = Walk(model)
    others = {
        id(node.value)
        for node in walk
        if str(node.step).startswith((".<trace", "._obj_reference_counts_dict"))
    }
    return Walk(model, without=frozenset(others)) if others else walk


def data_nodes(walk: Walk) -> Iterator[tuple[Node, DataCell]]:
    """Yield the data cells of a walk with where they are, each resource once."""
    seen = set()
    for node in walk:
        cell = mutable.state_cell(node.value)
        if isinstance(cell, DataCell) and cell.identity not in seen:
            seen.add(cell.identity)
            yield node, cell


def plain_values(walk: Walk) -> dict[str, str]:
    """Return the plain values that a model holds in its users' parts, as text, by path."""
    found: dict[str, str] = {}
    hidden: dict[int, bool] = {}
    for node in walk:
        if node.reach is Reach.AMBIENT:
            continue
        above = node.parent is not None and hidden.get(id(node.parent.value), False)
        kind = type(node.value)
        hidden[id(node.value)] = above or _is_private(node.parent, node.step)
        if hidden[id(node.value)] or kinds.is_one_of(kind, (types.FunctionType, types.FrameType)):
            continue
        path = ""
        for step, item in node.edges:
            if type(item) is int and item in walk.nodes:
                continue  # an id, which is another one in each model
            if kinds.is_one_of(type(item), _PLAIN) and not _is_private(node, step):
                path = path or printed(node.path, "")
                found[path + "".join(step)] = values.shown(item)
    return found


def _is_private(owner: Node | None, step: Step) -> bool:
    if owner is None or type(step) is not str or step[:2] != "._":
        return type(step) is str and step.startswith(".<trace")
    return is_bookkeeping(type(owner.value), step[1:])
