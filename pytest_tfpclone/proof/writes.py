"""Prove sharing by writing: a write on one side is seen, or not seen, on the other."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Sequence
from typing import Any

from pytest_tfpclone.proof.below import data_below
from pytest_tfpclone.proof.sharing import Shared
from pytest_tfpclone.state import kinds, mutable
from pytest_tfpclone.state.cells import DataCell, NotWritable
from pytest_tfpclone.state.cells.containers import ContainerCell, ObjectCell
from pytest_tfpclone.state.mutation import flipped, kept
from pytest_tfpclone.state.paths import printed
from pytest_tfpclone.state.undo import undisturbed
from pytest_tfpclone.state.walk import Walk


@dataclasses.dataclass(frozen=True, slots=True)
class Coupled:
    """Two cells of two models that change together although they are not one."""

    written: DataCell
    changed: DataCell
    evidence: str


def evidence(shared: Shared, left: Walk, right: Walk, names: tuple[str, str], seed: int) -> str:
    """Write to shared state on the original's side, and say what the clone's side then read.

    Returns:
        One sentence; where nothing could be written, why not.
    """
    refused = "there is no safe way to"
    for cell in data_below(left, shared.left, shared.is_ambient):
        other = _counterpart(cell, shared, right)
        if other is None:
            continue
        before = other.fingerprint()
        was, had = cell.show(), other.show()
        try:
            with undisturbed(), kept([cell]):
                _ = cell.nudge(seed) or cell.write()
                now, seen, moved = cell.show(), other.show(), other.fingerprint() != before
        except NotWritable as reason:
            refused = str(reason)
            continue
        if moved:
            where = _where(cell, shared, left, names[0])
            if cell.value is not shared.left:
                return f"wrote {now} to {where} (was {was}), and the clone's read {seen}"
            if seen == now:
                return f"wrote {now} on one side (was {was}), and the other side read {seen}"
            return f"wrote {now} on one side (was {was}), and the other went from {had} to {seen}"
    return _marked(shared, refused)


def _where(cell: DataCell, shared: Shared, walk: Walk, name: str) -> str:
    node = walk.nodes.get(id(cell.value))
    path = node.path if node else shared.left_path
    return printed(path, name)


def _counterpart(cell: DataCell, shared: Shared, right: Walk) -> DataCell | None:
    if cell.value is shared.left:
        other = mutable.state_cell(shared.right)
        return other if isinstance(other, DataCell) else None
    cells = data_below(right, shared.right, shared.is_ambient)
    return next((each for each in cells if each.identity == cell.identity), None)


def _marked(shared: Shared, refused: str) -> str:
    cell = mutable.state_cell(shared.left, frozenset([id(shared.left)]))
    if not isinstance(cell, (ContainerCell, ObjectCell)):
        what = cell.kind if cell is not None else kinds.name(type(shared.left))
        return f"both hold one {what}; it was not written: {refused}"
    with undisturbed():
        try:
            done, is_seen, undo = cell.mark()
        except NotWritable as reason:
            return f"both hold one {cell.label}; it was not written: {reason}"
        try:
            seen = is_seen(shared.right)
        finally:
            undo()
    if seen:
        return f"on one side {done}, and the other side showed it"
    return f"both hold one {cell.label}; a mark put in on one side was not seen on the other"


def coupled(
    written: Sequence[DataCell], watched: Sequence[DataCell], before: Sequence[Hashable]
) -> list[Coupled]:
    """Flip cells of one model, and look for cells of the other that change.

    Args:
        written: cells to write to, without those that are known to be shared.
        watched: cells of the other model, without those that are known to be shared.
        before: the fingerprints of the watched cells.
    """
    changed = _changed(written, watched, before)
    found: list[Coupled] = []
    for position in changed:
        cell = _cause(written, watched[position], before[position])
        if cell is None:
            continue
        was = watched[position].show()
        with flipped([cell]):
            now = watched[position].show()
        text = f"flipped the bits on one side, and the other changed from {was} to {now}"
        found.append(Coupled(cell, watched[position], text))
    return found


def _changed(
    written: Sequence[DataCell], watched: Sequence[DataCell], before: Sequence[Hashable]
) -> list[int]:
    with flipped(written):
        return [i for i, cell in enumerate(watched) if cell.fingerprint() != before[i]]


def _cause(written: Sequence[DataCell], watched: DataCell, before: Hashable) -> Any:
    """Return the first written cell that changes the watched one, by halving."""
    while len(written) > 1:
        half = written[: len(written) // 2]
        written = half if _changed(half, [watched], [before]) else written[len(half) :]
    return written[0] if written and _changed(written, [watched], [before]) else None
