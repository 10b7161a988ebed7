"""Let a user's action run on one model, and look at the other."""

from __future__ import annotations

import contextlib
import dataclasses
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from pytest_tfpclone.proof.effects import Effects, Look, data_nodes, without_traces
from pytest_tfpclone.randomness import KERAS_SEEDS
from pytest_tfpclone.state import kinds, values
from pytest_tfpclone.state.attributes import Edges
from pytest_tfpclone.state.edges import edges, is_leaf
from pytest_tfpclone.state.mutation import data_cells
from pytest_tfpclone.state.paths import printed
from pytest_tfpclone.state.sampling import seeded_sampling
from pytest_tfpclone.state.snapshot import preserved
from pytest_tfpclone.state.traced import untraced
from pytest_tfpclone.state.walk import Node, Reach, Walk, walks_of

__tracebackhide__ = True


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
    start = Look(without_traces(actor), hidden)
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
        effects = None if error else Effects(start, Look(without_traces(actor), hidden))
    return Acted(crossed, effects, error)


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


def require_actions(actions: Any) -> Sequence[Callable[[Any], None]]:
    """Return the actions as a sequence; raises TypeError unless each is a function."""
    found = (actions,) if callable(actions) else actions
    if not isinstance(found, (list, tuple)) or not all(callable(each) for each in found):
        raise TypeError(
            "actions must be functions of one argument, the model, such as "
            f"[lambda model: model.fit(x, y)]; got {actions!r:.60}"
        )
    return found
