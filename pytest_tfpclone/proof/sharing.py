"""Find what two models share: one finding for one cause.

Sharing at the same path is live. What both reach by different paths is live if
both list it among their variables; otherwise it is latent, unless a later write
shows in an output.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from pytest_tfpclone.proof.below import below, data_below, settings_below
from pytest_tfpclone.proof.causes import causes_of
from pytest_tfpclone.state import mutable
from pytest_tfpclone.state.ambient import ambient_edges
from pytest_tfpclone.state.cells import Cell, DataCell, overlaps
from pytest_tfpclone.state.cells.arrays import ArrayCell, owner_of
from pytest_tfpclone.state.match import Matching, Pair
from pytest_tfpclone.state.paths import Path
from pytest_tfpclone.state.snapshot import preserved
from pytest_tfpclone.state.walk import Node, Reach, Walk

_LISTS = ("variables", "trainable_variables", "weights")


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
        borrowers: the sides, 0 or 1, whose outputs make latent sharing live if they follow
            it: those that reach what is not their own. None if outputs don't decide.
    """

    left: Any
    right: Any
    left_path: Path
    right_path: Path
    kind: str
    is_live: bool = True
    is_ambient: bool = False
    fresh: list[DataCell] = dataclasses.field(default_factory=list)
    borrowers: tuple[int, ...] = ()


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
        common = self.left.keys & self._right.keys
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

    @property
    def latent(self) -> frozenset[int]:
        """The ids of what both reach and nothing seems to use, and of what hangs below it."""
        return frozenset(
            id(each)
            for shared in self.found
            if not shared.is_live
            for each in (shared.left, *(node.value for node in below(self.left, shared.left)))
        )

    def holding(self, value: Any) -> Shared | None:
        """Return the latent finding through which a cell is reached, if there is one."""
        keys = self._keys(value)
        for shared in self.found:
            if shared.is_live:
                continue
            held = (shared.left, *(node.value for node in below(self.left, shared.left)))
            if any(keys & self._keys(each) for each in held):
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
            if shared.is_ambient and self._is_own(node.value):
                continue  # what a model holds itself is looked at by itself
            self._covered |= self._keys(node.value)
        self._covered |= self._keys(shared.left) | self._keys(shared.right)

    def _is_own(self, value: Any) -> bool:
        nodes = (walk.nodes.get(id(value)) for walk in (self.left, self._right))
        return any(node is not None and node.reach is Reach.OWN for node in nodes)

    def _is_done(self, value: Any) -> bool:
        keys = self._keys(value)
        return bool(keys & self._covered) or bool(keys & self.allowed)

    def _same_path(self) -> None:
        pairs = sorted(
            self._matching.shared,
            key=lambda pair: (pair.reach, pair.bookkeeping, len(pair.path), pair.path),
        )
        causes = causes_of(pairs, self.left)
        copied: set[int] = set()  # pairs of objects of which a part was found already
        for pair in pairs:
            if self._is_done(pair.left):
                continue
            own = pair.reach is Reach.OWN
            if own and pair.bookkeeping and id(pair.parent) in copied and not self._data(pair):
                self._covered |= self._keys(pair.left)  # of the copy that is known as shallow
                continue
            copied.add(id(pair.parent))
            self._accept_pair(causes[id(pair)])

    def _accept_pair(self, pair: Pair) -> None:
        ambient = pair.reach is Reach.AMBIENT
        lent = ambient and self._lends_tensorflow(pair.left, pair.right)
        live = not ambient or (lent and self._is_used(pair.left, pair.right))
        kind = "same resource" if _is_one_cell_of_two(pair) else "same object"
        shared = Shared(pair.left, pair.right, pair.path, pair.path, kind, live, ambient)
        if lent and (not live or self._is_registry(pair)):
            shared.is_live, shared.borrowers = False, (0, 1)
        elif lent and _is_sibling(pair):
            shared.is_live, shared.borrowers = False, self._borrowers(pair.left, pair.right)
        self._accept(shared)

    def _is_used(self, left: Any, right: Any) -> bool:
        """Whether the code of a model can mean what both reach through a class or a module."""
        return id(left) in self.left.used or id(right) in self._right.used

    def _is_registry(self, pair: Pair) -> bool:
        """Whether both models have entries of their own in what a class or a module holds."""
        return all(
            not walk.registries.isdisjoint({id(value), *(id(n.value) for n in below(walk, value))})
            for walk, value in ((self.left, pair.left), (self._right, pair.right))
        )

    def _data(self, pair: Pair) -> list[DataCell]:
        cells = data_below(self.left, pair.left)
        return [each for each in cells if not ({id(each.value), each.identity} & self._covered)]

    def _borrowers(self, left: Any, right: Any) -> tuple[int, ...]:
        nodes = (self.left.nodes.get(id(left)), self._right.nodes.get(id(right)))
        return tuple(
            side for side, node in enumerate(nodes) if node and node.reach is Reach.AMBIENT
        )

    def _lends_tensorflow(self, left: Any, right: Any) -> bool:
        """Whether both reach TensorFlow state that one of them has only through this object."""
        common = self.left.keys & self._right.keys
        for walk, value in ((self.left, left), (self._right, right)):
            start = walk.nodes.get(id(value))
            for node in (*([start] if start else []), *below(walk, value, through_root=True)):
                cell = mutable.cell_at(node) if node.reach is Reach.AMBIENT else None
                if cell is not None and cell.is_tensorflow and cell.identity in common:
                    return True
        return False

    def _same_memory(self) -> None:
        lefts, rights = _arrays(self.left), _arrays(self._right)
        found = [
            (mutable.state_cell(each.left), mutable.state_cell(each.right)) for each in self.found
        ]
        owners = {
            (owner_of(left), owner_of(right))
            for left, right in found
            if isinstance(left, ArrayCell) and isinstance(right, ArrayCell)
        }
        for left, right in overlaps(lefts, rights):
            if left.value is right.value or self._is_done(left.value) or self._is_done(right.value):
                continue
            owner = (owner_of(left), owner_of(right))
            if owner in owners:  # one buffer is one cause
                self._covered |= self._keys(left.value) | self._keys(right.value)
                continue
            owners.add(owner)
            node, other = self.left.nodes[id(left.value)], self._right.nodes[id(right.value)]
            self._accept(
                Shared(
                    left.value, right.value, node.path, other.path, "overlapping memory",
                    Reach.AMBIENT not in (node.reach, other.reach),
                )
            )  # fmt: skip

    def _other_paths(self) -> None:
        own = [shared for shared in self.found if not shared.is_ambient]
        lefts = self._free(self.left, [shared.left for shared in own])
        rights = self._free(self._right, [shared.right for shared in own])
        both = [key for key in rights if key in lefts and key not in self._covered]
        both.sort(key=lambda key: max(lefts[key].reach, rights[key].reach))
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
                with preserved(self.left, self._right, data=False):
                    listed = _listed(self.left.root) & _listed(self._right.root)
            shared = Shared(node.value, other.value, node.path, other.path, kind)
            shared.is_ambient = ambient
            if not ambient:
                shared.borrowers = (1,)  # a clone must not follow what the original has
            self._accept(shared)
            shared.is_live = (
                any(cell.identity in listed for cell in shared.fresh)
                or (node.path == other.path and not ambient)
                or (
                    ambient
                    and self._lends_tensorflow(node.value, other.value)
                    and self._is_used(node.value, other.value)
                )
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
            cell = mutable.cell_at(node, rebound)
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


def _is_one_cell_of_two(pair: Pair) -> bool:
    cell = mutable.state_cell(pair.left)
    return pair.left is not pair.right and cell is not None and cell.is_tensorflow


def _is_sibling(pair: Pair) -> bool:
    """Whether a class keeps one of its own instances: the last, the current, the default one."""
    if pair.parent is None:
        return False
    holder: Any = pair.parent.left
    kind = holder if issubclass(type(holder), type) else type(holder)
    return type(pair.left) is kind


def _meet(left: Walk, right: Walk) -> bool:
    """Whether two walks have state or memory in common, decided quickly."""
    return not left.keys.isdisjoint(right.keys) or any(
        True for _ in overlaps(_arrays(left), _arrays(right))
    )


def _arrays(walk: Walk) -> list[Cell]:
    return [cell for _, cell in walk.cells if cell.kind == "array"]


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
