"""Say which edges of two objects correspond: by step, and in sequences by what stands there."""

from __future__ import annotations

import collections
import difflib
import re
from collections.abc import Iterable
from typing import Any

from pytest_tfpclone.state.attributes import Edges, Step

_INDEX = re.compile(r"\[\d+\]$")
_LONGEST = 2000  # the longest sequences that are aligned by type, in quadratic time at worst


def aligned(lefts: Edges, rights: Edges) -> tuple[list[tuple[Step, Any, Any]], Edges, Edges]:
    """Pair the edges of two objects.

    Items of sequences of different lengths correspond if their types do, in order, so that
    one item more does not shift all that come after it. Everything else goes by its step.

    Returns:
        (step on the left, left, right) of each pair; what only the left, and only the right
        object has.
    """
    uneven = _uneven(lefts, rights)
    theirs = {step: right for step, right in rights if _sequence(step) not in uneven}
    found: list[tuple[Step, Any, Any]] = []
    only_left: Edges = []
    matched: set[Step] = set()
    for step, left in lefts:
        if step in theirs:
            found.append((step, left, theirs[step]))
            matched.add(step)
        elif _sequence(step) not in uneven:
            only_left.append((step, left))
    only_right = [edge for edge in rights if edge[0] in theirs and edge[0] not in matched]
    for name in uneven:
        ours = [edge for edge in lefts if _sequence(edge[0]) == name]
        others = [edge for edge in rights if _sequence(edge[0]) == name]
        pairs = list(_by_type(ours, others))
        found += [(ours[i][0], ours[i][1], others[j][1]) for i, j in pairs]
        only_left += _without(ours, {i for i, _ in pairs})
        only_right += _without(others, {j for _, j in pairs})
    return found, only_left, only_right


def _uneven(lefts: Edges, rights: Edges) -> list[str]:
    """Return the sequences of which one side has more items than the other."""
    ours, theirs = (
        collections.Counter(map(_sequence, (step for step, _ in edges)))
        for edges in (lefts, rights)
    )
    return [
        name
        for name, count in ours.items()
        if name is not None and theirs[name] != count <= _LONGEST >= theirs[name]
    ]


def _sequence(step: Step) -> str | None:
    """Return the name of the sequence that a step is an item of, ``""`` for the object itself."""
    text = step if type(step) is str else "".join(step)
    found = _INDEX.search(text)
    return text[: found.start()] if found else None


def _by_type(ours: Edges, theirs: Edges) -> Iterable[tuple[int, int]]:
    kinds = [[id(type(item)) for _, item in edges] for edges in (ours, theirs)]
    matcher = difflib.SequenceMatcher(None, kinds[0], kinds[1], autojunk=False)
    for block in matcher.get_matching_blocks():
        for offset in range(block.size):
            yield block.a + offset, block.b + offset


def _without(edges: Edges, taken: set[int]) -> Edges:
    return [edge for position, edge in enumerate(edges) if position not in taken]
