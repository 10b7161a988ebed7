"""Let a user's action run on one model, and look at the other."""

from __future__ import annotations

import contextlib
import dataclasses
import random
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from pytest_tfpclone.proof.outputs import seeded_sampling
from pytest_tfpclone.state import mutable
from pytest_tfpclone.state.cells import DataCell
from pytest_tfpclone.state.mutation import data_cells
from pytest_tfpclone.state.paths import printed
from pytest_tfpclone.state.snapshot import preserved
from pytest_tfpclone.state.traced import untraced
from pytest_tfpclone.state.walk import Walk

__tracebackhide__ = True


@dataclasses.dataclass(slots=True)
class Acted:
    """What an action did to the side that acted, and to the other one.

    Attributes:
        crossed: what changed on the other side: (object, path, what it was and became).
        after: the fingerprint and the text of each cell of the acting side, by path;
            None for a cell that is not looked at.
        error: what the action raised, or None.
    """

    crossed: list[tuple[Any, str, str]]
    after: dict[str, tuple[Hashable, str] | None]
    error: BaseException | None


def name_of(action: Callable[[Any], None]) -> str:
    """Return what an action is called in a report."""
    return getattr(action, "__name__", type(action).__name__)


def act(
    action: Callable[[Any], None],
    actor: Any,
    other: Any,
    others_name: str,
    seed: int,
    hidden: frozenset[Any] = frozenset(),
    keep_traces: bool = False,
) -> Acted:
    """Run an action on one model, look at the other, and put both back.

    The generators of Python, NumPy and TensorFlow start from ``seed``, and traced
    functions are traced anew, since a trace keeps the seeds of its ops. What is known
    to be shared, by id or identity in ``hidden``, is not looked at.
    """
    acting, watching = Walk(actor), Walk(other)
    shown = {id(cell.value): cell.show() for cell in data_cells(watching)}
    before = {id(cell.value): cell.fingerprint() for cell in data_cells(watching)}
    held = _held(watching)
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
            for node, cell in _data_nodes(watching)
            if id(cell.value) in before
            and not {id(cell.value), cell.identity} & hidden
            and cell.fingerprint() != before[id(cell.value)]
        ]
        crossed += _containers_changed(held, watching, others_name, acting)
        after = {} if error else _after(Walk(actor), hidden)
    return Acted(crossed, after, error)


def _data_nodes(walk: Walk) -> Iterator[tuple[Any, DataCell]]:
    seen = set()
    for node in walk:
        cell = mutable.state_cell(node.value)
        if isinstance(cell, DataCell) and cell.identity not in seen:
            seen.add(cell.identity)
            yield node, cell


def _held(walk: Walk) -> dict[int, list[int]]:
    return {id(node.value): [id(child) for _, child in node.edges] for node in walk}


def _containers_changed(
    held: dict[int, list[int]], watching: Walk, name: str, acting: Walk
) -> list[tuple[Any, str, str]]:
    """Return the containers of the other side that hold other things than before.

    What the acting side reaches too is its own to change: sharing is found elsewhere.
    """
    now = {id(node.value): node for node in Walk(watching.root)}
    return [
        (node.value, printed(node.path, name), f"other items in this {type(node.value).__name__}")
        for node in watching
        if issubclass(type(node.value), (dict, list, set)) and id(node.value) in now
        and id(node.value) not in acting.nodes
        and [id(child) for _, child in now[id(node.value)].edges] != held[id(node.value)]
    ]  # fmt: skip


def _after(walk: Walk, hidden: frozenset[Any]) -> dict[str, tuple[Hashable, str] | None]:
    return {
        printed(node.path, ""): None
        if {id(cell.value), cell.identity} & hidden
        else (cell.fingerprint(), cell.show())
        for node, cell in _data_nodes(walk)
        if not any(step.startswith(".<trace") for step in node.path)
    }


@contextlib.contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Start every process-wide generator from a seed; ``preserved`` puts them back."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    tf.random.set_seed(seed)
    with seeded_sampling(seed):
        yield


def compare(ours: Acted, theirs: Acted) -> Iterator[tuple[str, str]]:
    """Yield (path, what differs) where an action had another effect on the clone.

    Floating-point values count as equal if their bits are, since both sides ran
    the same operations on the same values.
    """
    for path, mine in ours.after.items():
        if path not in theirs.after:
            if mine is not None:
                yield path, "it is there after the action on the original only"
            continue
        other = theirs.after[path]
        if mine is not None and other is not None and other[0] != mine[0]:
            yield path, f"{mine[1]} on the original, {other[1]} on the clone"
    for path, other in theirs.after.items():
        if path not in ours.after and other is not None:
            yield path, "it is there after the action on the clone only"


def require_actions(actions: Any) -> Sequence[Callable[[Any], None]]:
    """Return the actions as a sequence; raises TypeError unless each is a function."""
    found = (actions,) if callable(actions) else actions
    if not isinstance(found, (list, tuple)) or not all(callable(each) for each in found):
        raise TypeError(
            "actions must be functions of one argument, the model, such as "
            f"[lambda model: model.fit(x, y)]; got {actions!r:.60}"
        )
    return found
