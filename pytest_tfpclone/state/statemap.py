"""The state of a model as a map to explore and to print."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Iterator

from pytest_tfpclone.state import kinds, mutable
from pytest_tfpclone.state.cells import Cell, DataCell
from pytest_tfpclone.state.paths import Path, printed
from pytest_tfpclone.state.walk import Node, Walk


@dataclasses.dataclass(frozen=True, slots=True)
class StateEntry:
    """One state cell of a model.

    Attributes:
        kind: ``variable``, ``table``, ``array``, ``generator``, ``resource``, ...
        label: dtype and shape, or the type.
        value: the first elements of the value, as text.
        paths: every way to it that ends in a different last step, shortest first.
    """

    kind: str
    label: str
    value: str
    paths: tuple[str, ...]


class StateMap(collections.abc.Mapping[str, StateEntry]):
    """Every data cell that a model reaches, by its shortest path.

    ``str()`` of it is a table made for reading. ``counts`` also counts containers
    and objects, which have no value of their own.
    """

    def __init__(self, entries: dict[str, StateEntry], counts: dict[str, int]) -> None:
        self._entries = entries
        self.counts = counts

    def __getitem__(self, path: str) -> StateEntry:
        return self._entries[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __str__(self) -> str:
        counted = ", ".join(_plural(n, kind) for kind, n in sorted(self.counts.items()))
        lines = [f"{_plural(len(self), 'state cell')} ({counted or 'none'})"]
        for path, entry in self._entries.items():
            lines.append(f"  {path}")
            lines.append(f"      {entry.kind} {entry.label} = {entry.value}")
            lines.extend(f"      also {other}" for other in entry.paths[1:3])
            if len(entry.paths) > 3:
                lines.append(f"      and by {_plural(len(entry.paths) - 3, 'more path')}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<StateMap of {len(self)} cells>"


def _plural(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def count_kinds(walk: Walk) -> dict[str, int]:
    """Return how many cells of each kind a walk reached, each resource counted once."""
    rebound = mutable.rebound_cells(walk)
    closures = (mutable.cell_at(walk.nodes[each], rebound) for each in rebound)
    found = {cell.identity: cell.kind for _, cell in walk.cells}
    found.update((cell.identity, cell.kind) for cell in closures if cell is not None)
    return dict(collections.Counter(found.values()))


@kinds.forgetting()
def state_of(model: object, *, root: str = "model") -> StateMap:
    """List every piece of state that a model reaches, without changing anything.

    No property of the model is called and nothing is traced.

    Args:
        model: any TFP, Keras or ``tf.Module`` object, or a plain object of them.
        root: the name that paths begin with.

    Returns:
        A mapping from the printed path of each cell to its ``StateEntry``.

    Raises:
        TypeError: ``model`` is None, a class or a function that makes models.
    """
    from pytest_tfpclone.state.misuse import require_model

    require_model(model, "model")
    walk = Walk(model)
    ways = _ways(walk)
    entries: dict[str, StateEntry] = {}
    seen: dict[object, str] = {}
    for node, cell in sorted(walk.cells, key=lambda each: each[0].depth):
        if not (isinstance(cell, DataCell) or cell.is_tensorflow):
            continue
        paths = tuple(printed(path, root) for path in ways.get(id(node.value), [node.path]))
        if cell.identity in seen:
            continue
        seen[cell.identity] = paths[0]
        entries[paths[0]] = StateEntry(cell.kind, cell.label, _value(cell), paths)
    return StateMap(entries, count_kinds(walk))


def _value(cell: Cell) -> str:
    return cell.show() if isinstance(cell, DataCell) else "not readable"


def _ways(walk: Walk) -> dict[int, list[Path]]:
    """Return the paths to each cell: one for each object that refers to it."""
    ways: dict[int, list[Path]] = {}
    if isinstance(mutable.state_cell(walk.root), DataCell):
        ways[id(walk.root)] = [()]
    for node in walk:
        for step, child in node.edges:
            target = walk.nodes.get(id(child))
            if target is not None and mutable.is_data(mutable.state_cell(child)):
                found = ways.setdefault(id(child), [])
                path = Node(child, node, step, node.reach).path
                if path not in found:
                    found.append(path)
    for found in ways.values():
        found.sort(key=lambda path: (len(path), any(step.startswith("._") for step in path)))
    return ways
