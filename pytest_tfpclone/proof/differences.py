"""Say how a clone differs from its original, one finding for one cause."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pytest_tfpclone.proof.below import data_below
from pytest_tfpclone.report import Difference
from pytest_tfpclone.state import kinds, mutable
from pytest_tfpclone.state.attributes import attributes
from pytest_tfpclone.state.cells import DataCell, Fingerprints
from pytest_tfpclone.state.cells.arrays import ArrayCell, BufferCell, overlaps
from pytest_tfpclone.state.cells.variables import VariableCell
from pytest_tfpclone.state.match import Matching, Pair
from pytest_tfpclone.state.paths import Path, printed
from pytest_tfpclone.state.values import are_one_type
from pytest_tfpclone.state.walk import Node, Walk
from pytest_tfpclone.words import a

_SETTINGS = ("trainable", "synchronization", "aggregation")
_INTERFACES = (
    "__call__", "log_prob", "prob", "sample", "forward", "inverse", "fit", "predict", "layers",
    "weights", "variables", "trainable_variables", "losses", "get_config", "apply_gradients",
)  # fmt: skip


def differences(matching: Matching, name: str, prints: Fingerprints) -> Iterator[Difference]:
    """Yield what differs between two matched graphs, outputs left out.

    Args:
        matching: the two walks, matched.
        name: what the original is called in paths.
        prints: the bits of cells, read when they are first asked for.
    """
    if not are_one_type(type(matching.left.root), type(matching.right.root)):
        yield from _lost_interfaces(matching, name, prints)
        return
    for each in matching.unequal:
        yield Difference(each.kind, printed(each.path, name), each.detail)
    for pair, left, right in matching.cells:
        yield from _cell_differences(pair, name, left, right, prints)
    yield from _one_sided(matching.missing, matching, matching.left, "missing", name)
    yield from _one_sided(matching.extra, matching, matching.right, "extra", name)
    yield from _tying(matching, name)
    yield from _memory_tying(matching, name)


def _cell_differences(
    place: Pair | Node, name: str, left: DataCell, right: DataCell, prints: Fingerprints
) -> Iterator[Difference]:
    def differ(kind: str, detail: str, setting: str = "") -> Difference:
        return Difference(kind, printed(place.path, name) + setting, detail)

    if isinstance(left, VariableCell) and isinstance(right, VariableCell):
        if left.dtype != right.dtype:
            yield differ("dtype", f"{left.dtype.name} became {right.dtype.name}")
            return
        if left.shape != right.shape:
            yield differ("shape", f"{left.label} became {right.label}")
            return
        for setting, detail in _settings(left.value, right.value):
            yield differ("flag", detail, f".{setting}")
    elif left.label != right.label and isinstance(left, ArrayCell):
        kind = "dtype" if left.value.dtype != right.value.dtype else "shape"
        yield differ(kind, f"{left.label} became {right.label}")
        return
    if prints[left] != prints[right]:
        yield differ("value", _value_change(left, right))


def _settings(left: Any, right: Any) -> Iterator[tuple[str, str]]:
    ours, theirs = attributes(left), attributes(right)
    if ours is None or theirs is None:
        return
    for setting in _SETTINGS:
        was, now = ours.get(f"_{setting}"), theirs.get(f"_{setting}")
        if was != now:
            yield setting, f"{was} became {now}"


def _value_change(left: DataCell, right: DataCell) -> str:
    """Return the first element that differs, and how many do."""
    try:
        old, new = np.asarray(left.numpy()), np.asarray(right.numpy())
    except (AttributeError, TypeError, ValueError):
        return f"{left.show()} became {right.show()}"
    if old.shape != new.shape or old.dtype.hasobject or not old.size:
        return f"{left.show()} became {right.show()}"
    same = (old == new) | ((old != old) & (new != new))
    places = np.argwhere(~same)
    if not len(places):
        return f"{left.show()}: the bits differ (a NaN's payload, or the sign of a zero)"
    first = tuple(int(i) for i in places[0])
    index = f"[{', '.join(map(str, first))}] " if first else ""
    count = "" if old.size == 1 else f" ({len(places)} of {old.size} elements)"
    return f"{index}{old[first]} became {new[first]}{count}"


def _one_sided(
    found: list[tuple[Path, Any, bool]], matching: Matching, walk: Walk, kind: str, name: str
) -> Iterator[Difference]:
    """Yield what one side lacks: in the user's own parts anything, elsewhere only state."""
    ours = kind == "missing"
    known = {(left if ours else right).identity for _, left, right in matching.cells}
    known |= {cell.identity for pair in matching.shared for cell in data_below(walk, pair.left)}
    reported = {
        cell.identity
        for each in matching.unequal
        if each.kind == "structure"
        for cell in data_below(matching.left, each.subject)
    }
    root = name if kind == "missing" else "clone"
    placed = matching.partners if ours else matching.origins
    for path, value, bookkeeping in sorted(found, key=lambda each: (len(each[0]), each[0])):
        if id(value) in placed and (bookkeeping or not path[-1].startswith(".")):
            continue  # it corresponds to something, found by another path
        cells = [cell for cell in data_below(walk, value) if cell.identity not in known]
        fresh = [cell for cell in cells if cell.identity not in reported]
        if bookkeeping and all(cell.kind == "generator" for cell in fresh):
            continue  # at most the seeds of an initializer, whose variables exist
        if not bookkeeping and (value is None or (cells and not fresh)):
            continue
        reported.update(cell.identity for cell in fresh)
        lack = "the clone lacks" if kind == "missing" else "only the clone has"
        yield Difference(kind, printed(path, root), f"{lack} this {_described(value, fresh)}")


def _described(value: Any, cells: list[DataCell]) -> str:
    cell = mutable.state_cell(value)
    if isinstance(cell, DataCell):
        return f"{cell.kind} {cell.label}"
    what = kinds.name(type(value))
    if not cells:
        return what
    return f"{what}, with {len(cells)} {cells[0].kind}{'' if len(cells) == 1 else 's'} below"


def _tying(matching: Matching, name: str) -> Iterator[Difference]:
    retied = {(id(pair.left), id(pair.right)): pair for pair in matching.retied}
    for pair in matching.retied:
        parent = pair.parent
        while parent is not None and kinds.is_one_of(type(parent.left), (list, tuple, dict)):
            parent = parent.parent
        if parent is not None and (id(parent.left), id(parent.right)) in retied:
            continue
        if any(each is pair.left for each in matching.partners[id(pair.left)]):
            continue  # it is shared, which is a leak
        if kinds.is_one_of(type(pair.left), (list, tuple, dict, set)) or not data_below(
            matching.left, pair.left
        ):
            continue
        yield Difference("tying", printed(pair.path, name), _tie(matching, pair, name))


def _tie(matching: Matching, pair: Pair, name: str) -> str:
    what = kinds.name(type(pair.left))
    node = matching.left.nodes.get(id(pair.left))
    first = printed(node.path, name) if node else name
    if len(matching.partners[id(pair.left)]) > 1:
        return f"one {what} with {first} in the original, two in the clone"
    other = matching.right.nodes.get(id(pair.right))
    place = printed(other.path, "clone") if other else "clone"
    return f"two {what}s in the original, one with {place} in the clone"


def _memory_tying(matching: Matching, name: str) -> Iterator[Difference]:
    """Yield arrays that look into one memory in the original, and not in the clone."""
    arrays = [left for _, left, _ in matching.cells if isinstance(left, (ArrayCell, BufferCell))]
    partners = {id(left.value): (pair, right) for pair, left, right in matching.cells}
    for first, second in overlaps(arrays, arrays):
        if id(first.value) >= id(second.value):
            continue
        (pair, right), (other, their) = partners[id(first.value)], partners[id(second.value)]
        if not any(True for _ in overlaps([right], [their])):
            where = printed(other.path, name)
            text = f"one memory with {where} in the original, two in the clone"
            yield Difference("tying", printed(pair.path, name), text)


def _lost_interfaces(matching: Matching, name: str, prints: Fingerprints) -> Iterator[Difference]:
    """Yield one difference for each thing that could be done with the original only."""
    left, right = matching.left.root, matching.right.root
    was, now = kinds.name(type(left)), kinds.name(type(right))
    yield Difference("structure", name, f"{a(was)} became {a(now)}")
    for interface in _INTERFACES:
        if _has_method(type(left), interface) and not _offers(right, interface):
            shown = "calling it" if interface == "__call__" else f".{interface}"
            yield Difference("structure", f"{name}.{interface}", f"{shown} is lost: {now} lacks it")
    yield from _by_name(matching, name, prints)


def _has_method(kind: type, name: str) -> bool:
    return any(name in type.__getattribute__(base, "__dict__") for base in kind.__mro__)


def _offers(value: Any, interface: str) -> bool:
    if interface == "__call__":
        return callable(value)
    try:
        return hasattr(value, interface)
    except Exception:
        return False


def _by_name(matching: Matching, name: str, prints: Fingerprints) -> Iterator[Difference]:
    ours, theirs = _named(matching.left), _named(matching.right)
    for label, (node, cell) in ours.items():
        if label not in theirs:
            yield Difference("missing", printed(node.path, name), f"no variable named {label!r}")
        else:
            yield from _cell_differences(node, name, cell, theirs[label][1], prints)


def _named(walk: Walk) -> dict[str, tuple[Node, VariableCell]]:
    found: dict[str, tuple[Node, VariableCell]] = {}
    seen: set[Any] = set()
    for node in walk:
        cell = mutable.state_cell(node.value)
        if not isinstance(cell, VariableCell) or cell.identity in seen:
            continue
        seen.add(cell.identity)
        label = str((attributes(node.value) or {}).get("_handle_name", ""))
        count = 1
        while f"{label}#{count}" in found:
            count += 1
        found[f"{label}#{count}"] = (node, cell)
    return {label.removesuffix("#1"): entry for label, entry in found.items()}
