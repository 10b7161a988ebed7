"""Let a user's action run on one model, and look at the other."""

from __future__ import annotations

import contextlib
import dataclasses
import random
import types
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from pytest_tfpclone.randomness import KERAS_SEEDS
from pytest_tfpclone.state import kinds, mutable, values
from pytest_tfpclone.state.attributes import Edges, Step
from pytest_tfpclone.state.cells import DataCell
from pytest_tfpclone.state.edges import edges, is_leaf
from pytest_tfpclone.state.mutation import data_cells
from pytest_tfpclone.state.ownership import is_bookkeeping
from pytest_tfpclone.state.paths import printed
from pytest_tfpclone.state.sampling import seeded_sampling
from pytest_tfpclone.state.snapshot import preserved
from pytest_tfpclone.state.traced import untraced
from pytest_tfpclone.state.walk import Node, Reach, Walk, walks_of

__tracebackhide__ = True
_PLAIN = (bool, int, float, complex, str, bytes)  # None stands for what is made when needed


@dataclasses.dataclass(slots=True)
class Acted:
    """What an action did to the side that acted, and to the other one.

    Attributes:
        crossed: what changed on the other side: (object, path, what it was and became).
        effects: what it changed on the acting side; None if it raised.
        error: what the action raised, or None.
    """

    crossed: list[tuple[Any, str, str]]
    effects: Effects | None
    error: BaseException | None


def name_of(action: Callable[[Any], None]) -> str:
    """Return what an action is called in a report."""
    return getattr(action, "__name__", kinds.name(type(action)))


def act(
    action: Callable[[Any], None],
    actor: Any,
    other: Any,
    others_name: str,
    seed: int,
    hidden: frozenset[Any] = frozenset(),
    latent: frozenset[int] = frozenset(),
    keep_traces: bool = False,
) -> Acted:
    """Run an action on one model, look at the other, and put both back.

    The generators of Python, NumPy and TensorFlow start from ``seed``, and traced
    functions are traced anew, since a trace keeps the seeds of its ops. What is known
    to be shared, by id or identity in ``hidden``, is not looked at; what both reach and
    nothing seemed to use, by id in ``latent``, is.
    """
    acting, watching = walks_of((actor, other))
    shown = {id(cell.value): cell.show() for cell in data_cells(watching)}
    before = {id(cell.value): cell.fingerprint() for cell in data_cells(watching)}
    start = _Look(_without_traces(actor), hidden)
    held = {id(node.value): node.edges for node in watching}
    error: BaseException | None = None
    with preserved(acting, watching):
        with contextlib.ExitStack() as stack:
            if not keep_traces:
                stack.enter_context(untraced(acting))
            stack.enter_context(_seeded(seed))
            try:
                action(actor)
            except Exception as raised:
                error = raised
        crossed = [
            (
                cell.value,
                printed(node.path, others_name),
                f"{shown[id(cell.value)]} became {cell.show()}",
            )
            for node, cell in data_nodes(watching)
            if id(cell.value) in before
            and not {id(cell.value), cell.identity} & hidden
            and cell.fingerprint() != before[id(cell.value)]
        ]
        crossed += others_changed(held, watching, others_name, acting, hidden, latent)
        effects = None if error else Effects(start, _Look(_without_traces(actor), hidden))
    return Acted(crossed, effects, error)


def _without_traces(model: Any) -> Walk:
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


def others_changed(
    held: dict[int, Edges],
    watching: Walk,
    name: str,
    acting: Walk,
    hidden: frozenset[Any],
    latent: frozenset[int],
) -> list[tuple[Any, str, str]]:
    """Return the objects of the other side that hold other things than before.

    What the acting side reaches too is its own to change: sharing is found elsewhere.
    """
    found = []
    for node in watching:
        common = id(node.value) in acting.nodes or node.reach is Reach.AMBIENT
        if (common and id(node.value) not in latent) or id(node.value) in hidden:
            continue
        if id(node.value) in watching.constants:  # of the frameworks; not looked into
            continue
        change = _change(node, held[id(node.value)], edges(node.value))
        if change is not None:
            found.append((node.value, printed(node.path, name), change))
    return found


def _change(node: Node, before: Edges, after: Edges) -> str | None:
    """Return in words how what an object holds has changed, or None."""
    if node.reach is Reach.AMBIENT:  # others' entries were left out
        known = {step for step, _ in before}
        after = [edge for edge in after if edge[0] in known or is_leaf(edge[1])]
    was, now = dict(before), dict(after)
    same = all(step in was and _is_same(was[step], item) for step, item in after)
    if same and [step for step, _ in before] == [step for step, _ in after]:
        return None
    for step, item in after:
        if step in was and was[step] is not item and is_leaf(item) and is_leaf(was[step]):
            detail = values.differs(was[step], item)
            if detail is not None:
                return f"{''.join(step).lstrip('.')}: {detail}"
    if same and len(was) == len(now):
        return f"another order in this {kinds.name(type(node.value))}"
    return f"other items in this {kinds.name(type(node.value))}"


def _is_same(was: Any, now: Any) -> bool:
    """Whether an edge leads where it led before; plain values may be made anew by each look."""
    if was is now:
        return True
    if type(was) is tuple and type(now) is tuple and len(was) == len(now):
        return all(map(_is_same, was, now))
    return is_leaf(was) and is_leaf(now) and values.differs(was, now) is None


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


_GONE = "gone"
_HIDDEN = None


class _Look:
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

    def __init__(self, before: _Look, after: _Look) -> None:
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


@contextlib.contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Start every process-wide generator from a seed; ``preserved`` puts them back."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    tf.random.set_seed(seed)
    for generator in KERAS_SEEDS:
        generator.seed(seed)
    with seeded_sampling(seed):
        yield


def compare(ours: Acted, theirs: Acted) -> Iterator[tuple[str, str]]:
    """Yield (path, what differs) where an action had another effect on the clone.

    Floating-point values count as equal if their bits are, since both sides ran
    the same operations on the same values.
    """
    if ours.effects is None or theirs.effects is None:
        return
    for path in dict.fromkeys((*ours.effects.paths, *theirs.effects.paths)):
        mine, other = ours.effects.at(path), theirs.effects.at(path)
        if mine == other or ours.effects.hides(path) or theirs.effects.hides(path):
            continue
        if other is None:
            yield path, f"{ours.effects.text(path)} after the action on the original only"
        elif mine is None:
            yield path, f"{theirs.effects.text(path)} after the action on the clone only"
        else:
            texts = ours.effects.text(path), theirs.effects.text(path)
            yield path, "{} on the original, {} on the clone".format(*texts)


def require_actions(actions: Any) -> Sequence[Callable[[Any], None]]:
    """Return the actions as a sequence; raises TypeError unless each is a function."""
    found = (actions,) if callable(actions) else actions
    if not isinstance(found, (list, tuple)) or not all(callable(each) for each in found):
        raise TypeError(
            "actions must be functions of one argument, the model, such as "
            f"[lambda model: model.fit(x, y)]; got {actions!r:.60}"
        )
    return found
