"""Find what two models share: one finding for one cause.

Sharing at the same path is live. What both reach by different paths is live if
both list it among their variables; otherwise it is latent, unless a later write
shows in an output.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from pytest_tfpclone.state import mutable
from pytest_tfpclone.state.ambient import ambient_edges
from pytest_tfpclone.state.cells import Cell, DataCell, overlaps
from pytest_tfpclone.state.cells.settings import SettingsCell
from pytest_tfpclone.state.match import Matching
from pytest_tfpclone.state.paths import Path
from pytest_tfpclone.state.walk import Node, Reach, Walk

_LISTS = ("variables", "trainable_variables", "weights", "losses")


@dataclasses.dataclass(slots=True)
class Shared:
    """State that both models reach.

    Attributes:
        left: the object on the original's side; ``right`` on the clone's. They are
            two objects where both stand for one resource.
        kind: the kind of leak.
        is_live: whether it can matter; latent sharing is a note.
        is_ambient: whether it is reached only through a class or a module.
        fresh: its data cells, and the plain numbers, that are below no finding made before.
    """

    left: Any
    right: Any
    left_path: Path
    right_path: Path
    kind: str
    is_live: bool = True
    is_ambient: bool = False
    fresh: list[DataCell] = dataclasses.field(default_factory=list)


class Sharing:
    """What the two walks of a matching share.

    Attributes:
        found: the highest shared objects, nearest first, live and latent.
        allowed: the ids and identities of what is declared, and is not looked for.
    """

    def __init__(self, matching: Matching, allowed: frozenset[Any] = frozenset()) -> None:
        self._matching = matching
        self.left = matching.left
        self._right = matching.right
        self.allowed = allowed
        self.found: list[Shared] = []
        self._covered: set[Any] = set()
        if not matching.shared and not _meet(self.left, self._right):
            return
        self._same_path()
        self._same_memory()
        self._other_paths()

    @property
    def covered(self) -> frozenset[Any]:
        """The ids and identities of all that both models reach."""
        common = _state_keys(self.left) & _state_keys(self._right)
        return frozenset(self._covered | common)

    @property
    def live(self) -> frozenset[Any]:
        """The ids and identities of what is found as a leak, and of what hangs below it."""
        keys: set[Any] = set()
        for shared in self.found:
            if shared.is_live:
                keys |= self._keys(shared.left) | self._keys(shared.right)
                for cell in data_below(self.left, shared.left):
                    keys |= {id(cell.value), cell.identity}
        return frozenset(keys)

    def holding(self, value: Any) -> Shared | None:
        """Return the latent finding through which a cell is reached, if there is one."""
        keys = self._keys(value)
        for shared in self.found:
            if shared.is_live:
                continue
            cells = (shared.left, *(cell.value for cell in data_below(self.left, shared.left)))
            if any(keys & self._keys(each) for each in cells):
                return shared
        return None

    def _keys(self, value: Any) -> set[Any]:
        cell = mutable.state_cell(value)
        if cell is not None and cell.is_tensorflow:
            return {id(value), cell.identity}
        return {id(value)}

    def _accept(self, shared: Shared) -> None:
        shared.fresh = [
            cell
            for cell in (
                *data_below(self.left, shared.left), *settings_below(self.left, shared.left)
            )
            if not ({id(cell.value), cell.identity} & self._covered)
        ]  # fmt: skip
        self.found.append(shared)
        for node in below(self.left, shared.left):
            self._covered |= self._keys(node.value)
        self._covered |= self._keys(shared.left) | self._keys(shared.right)

    def _is_done(self, value: Any) -> bool:
        keys = self._keys(value)
        return bool(keys & self._covered) or bool(keys & self.allowed)

    def _same_path(self) -> None:
        pairs = sorted(self._matching.shared, key=lambda pair: (len(pair.path), pair.path))
        for pair in pairs:
            if self._is_done(pair.left):
                continue
            ambient = pair.reach is Reach.AMBIENT
            if ambient and not self._holds_tensorflow(pair.left):
                live = False
            else:
                live = True
            kind = "same object" if pair.left is pair.right else "same resource"
            self._accept(Shared(pair.left, pair.right, pair.path, pair.path, kind, live, ambient))

    def _holds_tensorflow(self, value: Any) -> bool:
        cells = (mutable.state_cell(node.value) for node in below(self.left, value))
        own = mutable.state_cell(value)
        return bool(own and own.is_tensorflow) or any(c and c.is_tensorflow for c in cells)

    def _same_memory(self) -> None:
        lefts, rights = _arrays(self.left), _arrays(self._right)
        for left, right in overlaps(lefts, rights):
            if left.value is right.value or self._is_done(left.value) or self._is_done(right.value):
                continue
            node, other = self.left.nodes[id(left.value)], self._right.nodes[id(right.value)]
            self._accept(
                Shared(
                    left.value, right.value, node.path, other.path, "overlapping memory",
                    Reach.AMBIENT not in (node.reach, other.reach),
                )
            )  # fmt: skip

    def _other_paths(self) -> None:
        lefts = self._free(self.left, [shared.left for shared in self.found])
        rights = self._free(self._right, [shared.right for shared in self.found])
        both = [key for key in rights if key in lefts and key not in self._covered]
        listed: set[Any] | None = None
        for key in both:
            node, other = lefts[key], rights[key]
            if self._is_done(node.value) or self._is_done(other.value):
                continue
            if mutable.is_registered(node.value):
                self._covered |= {
                    key for each in below(self.left, node.value) for key in self._keys(each.value)
                }
                continue
            kind = "same object" if node.value is other.value else "same resource"
            ambient = Reach.AMBIENT in (node.reach, other.reach)
            if listed is None:
                listed = _listed(self.left.root) & _listed(self._right.root)
            shared = Shared(node.value, other.value, node.path, other.path, kind)
            shared.is_ambient = ambient
            self._accept(shared)
            shared.is_live = (
                any(cell.identity in listed for cell in shared.fresh)
                or (node.path == other.path and not ambient)
                or (ambient and self._holds_tensorflow(node.value))
            )

    def _is_common(self, value: Any) -> bool:
        return value in self.left and value in self._right

    def _free(self, walk: Walk, stops: list[Any]) -> dict[Any, Node]:
        """Return the state that a root reaches without passing through what is known as shared."""
        rebound = self._matching.rebound
        stopped = {key for value in stops for key in self._keys(value)} | self._covered
        found: dict[Any, Node] = {}
        seen = {id(walk.root)}
        pending = [walk.nodes[id(walk.root)]]
        for node in pending:
            cell = mutable.state_cell(node.value, rebound)
            if id(node.value) not in walk.constants:
                if cell is not None and cell.is_tensorflow:
                    found.setdefault(cell.identity, node)
                elif cell is not None:
                    found.setdefault(id(node.value), node)
            for _, child in (*node.edges, *ambient_edges(node.value)):
                target = walk.nodes.get(id(child))
                if target is None or id(child) in seen or id(child) in stopped:
                    continue
                seen.add(id(child))
                graph = mutable.records_graph(child) and self._is_common(child)
                if not graph and not (self._keys(child) & stopped):
                    pending.append(target)
        return found


def _meet(left: Walk, right: Walk) -> bool:
    """Whether two walks have state or memory in common, decided quickly."""
    keys = [_state_keys(walk) for walk in (left, right)]
    return bool(keys[0] & keys[1]) or any(True for _ in overlaps(_arrays(left), _arrays(right)))


def _state_keys(walk: Walk) -> set[Any]:
    found: set[Any] = set()
    for node in walk:
        cell = mutable.state_cell(node.value)
        if cell is not None and id(node.value) not in walk.constants:
            found.add(cell.identity if cell.is_tensorflow else id(node.value))
    return found


def below(walk: Walk, value: Any) -> list[Node]:
    """Return what hangs below an object by own edges, nearest first, never through the root."""
    start = walk.nodes.get(id(value))
    if start is None:
        return []
    seen = {id(value), id(walk.root)}
    found: list[Node] = [start]
    for node in found:
        for _, child in node.edges:
            target = walk.nodes.get(id(child))
            if target is not None and id(child) not in seen:
                seen.add(id(child))
                found.append(target)
    return found[1:]


def data_below(walk: Walk, value: Any) -> list[DataCell]:
    """Return the data cells at and below an object, nearest first, each resource once."""
    values = [value, *(node.value for node in below(walk, value))]
    found: dict[Any, DataCell] = {}
    for each in values:
        cell = mutable.state_cell(each)
        if isinstance(cell, DataCell):
            found.setdefault(cell.identity, cell)
    return list(found.values())


def settings_below(walk: Walk, value: Any) -> list[SettingsCell]:
    """Return the plain numbers that an object holds, or mutable objects below it."""
    values = [value, *(node.value for node in below(walk, value))]
    mutables = (each for each in values if mutable.state_cell(each) is not None)
    return [cell for cell in map(SettingsCell.of, mutables) if cell is not None]


def _arrays(walk: Walk) -> list[Cell]:
    cells = (mutable.state_cell(node.value) for node in walk)
    return [cell for cell in cells if cell is not None and cell.kind == "array"]


def _listed(model: Any) -> set[Any]:
    """Return the identities of the variables in a model's own lists; properties may raise."""
    found: set[Any] = set()
    for name in _LISTS:
        try:
            items = list(getattr(model, name, ()))
        except Exception:
            continue
        for item in items:
            cell = mutable.state_cell(item)
            inner = getattr(item, "_value", None)
            if cell is None or not cell.is_tensorflow:
                cell = mutable.state_cell(inner) if inner is not None else None
            if cell is not None and cell.is_tensorflow:
                found.add(cell.identity)
    return found
