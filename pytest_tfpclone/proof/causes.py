"""One cause, one finding: say which shared objects are to be reported as one."""

from __future__ import annotations

import functools
import types
from collections.abc import Sequence

from tensorflow.python.eager.polymorphic_function.polymorphic_function import Function

from pytest_tfpclone.proof.below import data_below
from pytest_tfpclone.state import kinds, mutable
from pytest_tfpclone.state.match import Pair
from pytest_tfpclone.state.walk import Reach, Walk

# What only refers to other things: where both have one that holds several, it is the cause.
_HOLDERS = (
    types.FunctionType, types.MethodType, functools.partial, tuple, frozenset, Function,
    type(functools.lru_cache(lambda: 0)),
)  # fmt: skip


def causes_of(pairs: Sequence[Pair], walk: Walk) -> dict[int, Pair]:
    """Return what to report for each pair, by its id: itself, or what stands for several.

    A function that both models have is the cause of all that it holds; a list whose items
    are all shared stands for them.

    Args:
        pairs: pairs that are one piece of state.
        walk: the original's.
    """
    parts: dict[int, list[Pair]] = {}
    holders = {id(pair): _highest_holder(pair) for pair in pairs}
    for pair in pairs:
        parts.setdefault(id(holders[id(pair)]), []).append(pair)
    causes: dict[int, Pair] = {}
    items: dict[int, list[Pair]] = {}
    for pair in pairs:
        holder = holders[id(pair)]
        several = len({id(each.left) for each in parts[id(holder)]}) > 1
        causes[id(pair)] = holder if several else pair
        if not several and pair.parent is not None and _is_container(pair.parent):
            items.setdefault(id(pair.parent), []).append(pair)
    for found in items.values():
        container = found[0].parent
        if container is not None and _are_all_state(found, container, walk):
            causes.update((id(pair), container) for pair in found)
    return causes


def _highest_holder(pair: Pair) -> Pair:
    """Return the highest function, or the like, through which both reach a shared object."""
    found, node = pair, pair.parent if pair.reach is Reach.OWN else None
    while node is not None and node.left is node.right and node.reach is Reach.OWN:
        if kinds.is_one_of(type(node.left), _HOLDERS):
            found = node
        node = node.parent
    return found


def _is_container(pair: Pair) -> bool:
    return pair.left is not pair.right and kinds.is_one_of(type(pair.left), (list, tuple, dict))


def _are_all_state(items: list[Pair], container: Pair, walk: Walk) -> bool:
    """Whether these items, more than one and with data, are all the state of a container."""
    shared = {id(pair.left) for pair in items}
    node = walk.nodes.get(id(container.left))
    held = [child for _, child in node.edges] if node is not None else []
    states = {id(child) for child in held if mutable.state_cell(child) is not None}
    return len(shared) > 1 and states == shared and all(data_below(walk, p.left) for p in items)
