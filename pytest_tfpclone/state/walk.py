"""Walk the graph of objects that a model reaches, breadth first, without recursion.

Weak references are followed last: their targets are named by where they are held.
Two rounds keep apart how an object is reached: ``OWN`` (attributes, items,
closures, arguments) and ``AMBIENT`` (globals and class attributes). An object
belongs to the first round that reaches it.
"""

from __future__ import annotations

import collections
import enum
import functools
import weakref
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.state import ambient, mutable
from pytest_tfpclone.state import edges as look
from pytest_tfpclone.state.attributes import Edges, Step
from pytest_tfpclone.state.callables import CACHED
from pytest_tfpclone.state.collector import collecting
from pytest_tfpclone.state.framework import singletons
from pytest_tfpclone.state.paths import Path

if TYPE_CHECKING:
    from pytest_tfpclone.state.cells import Cell

_WEAK = (weakref.ref, weakref.ProxyType, weakref.CallableProxyType)


class Reach(enum.IntEnum):
    """How a model reaches an object."""

    OWN = 0
    AMBIENT = 1


class Node:
    """An object, how it was first reached, and what it refers to.

    It holds the object: the ids of objects that die during a walk are used again.
    ``cell`` is set when ``mutable.cell_at`` is first asked for it.
    """

    __slots__ = ("cell", "edges", "parent", "reach", "step", "value")

    cell: Cell | None

    def __init__(self, value: object, parent: Node | None, step: Step, reach: Reach) -> None:
        self.value = value
        self.parent = parent
        self.step = step
        self.reach = reach
        self.edges: Edges = []

    @property
    def path(self) -> Path:
        """The first path to the object: the shortest, by weak references only if need be."""
        steps: list[str] = []
        node: Node | None = self
        while node is not None:
            if isinstance(node.step, tuple):
                steps.extend(reversed(node.step))
            elif node.step:
                steps.append(str(node.step))
            node = node.parent
        return tuple(reversed(steps))

    @property
    def depth(self) -> int:
        """The number of steps from the model."""
        return len(self.path)


class Walk:
    """Every object that a root reaches: ``nodes`` maps ``id`` to ``Node``, as they were found.

    Args:
        root: the model.
        without: the ids of objects that are not looked at.
        owned: the ids of what any of several models holds itself. In a registry of a class
            or a module that has entries of this model, the others' are not followed.
        constants: the framework's singletons, if they were read just before.

    ``registries`` has the ids of such registries.
    """

    def __init__(
        self,
        root: object,
        without: frozenset[int] = frozenset(),
        owned: frozenset[int] = frozenset(),
        constants: dict[int, tuple[Any, str]] | None = None,
    ) -> None:
        self.root = root
        self.nodes: dict[int, Node] = {}
        self.registries: set[int] = set()
        self.owned = owned
        self._without = without
        self.constants = singletons() if constants is None else constants
        self._found: list[Node] = []
        self._holders: set[int] = set()  # of classes
        with collecting(False):
            self._spread(collections.deque([self._add(root, None, "", Reach.OWN)]))
            self._widen()

    def __contains__(self, value: object) -> bool:
        return id(value) in self.nodes

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes.values())

    @functools.cached_property
    def cells(self) -> list[tuple[Node, Cell]]:
        """The state that was reached, as it was found, without cells of closures.

        An object whose resource another one holds too is listed as well.
        """
        found = ((node, mutable.cell_at(node)) for node in self)
        return [(node, cell) for node, cell in found if cell is not None]

    @functools.cached_property
    def keys(self) -> frozenset[Any]:
        """The identities of ``cells`` of TensorFlow, and the ids of others; no constants."""
        return frozenset(
            cell.identity if cell.is_tensorflow else id(node.value)
            for node, cell in self.cells
            if id(node.value) not in self.constants
        )

    @functools.cached_property
    def used(self) -> frozenset[int]:
        """The ids of what is reached without what the code that names a class can't mean."""
        owners: dict[int, list[Any]] = {}
        for kind in {id(type(node.value)): type(node.value) for node in self}.values():
            for method in ambient.methods_of(kind):
                owners.setdefault(id(method), []).append(kind)
        found = {id(self.root)}
        pending = [self.nodes[id(self.root)]]
        for node in pending:  # grows meanwhile
            known = owners.get(id(node.value), ())
            for _, child in ambient.used_edges(node.value, node.edges, known):
                target = self.nodes.get(id(child))
                if target is not None and id(child) not in found:
                    found.add(id(child))
                    pending.append(target)
        return frozenset(found)

    def node(self, value: object) -> Node | None:
        """Return the node of an object, or None if the root doesn't reach it."""
        return self.nodes.get(id(value))

    def _add(self, value: object, parent: Node | None, step: Step, reach: Reach) -> Node:
        node = self.nodes[id(value)] = Node(value, parent, step, reach)
        self._found.append(node)
        return node

    def _spread(self, pending: collections.deque[Node]) -> None:
        """Follow own edges from these nodes on."""
        nodes, constants, reader = self.nodes, self.constants, look.table.reader
        weak: collections.deque[Node] = collections.deque()
        while pending or weak:
            node = (pending or weak).popleft()
            value, reach = node.value, node.reach
            if id(value) in constants:
                continue
            read = reader(type(value))
            node.edges = read(value) if read else []
            if reach is Reach.AMBIENT:
                self._leave_out_others(node)
            if self._without:
                node.edges = [edge for edge in node.edges if id(edge[1]) not in self._without]
            for step, child in node.edges:
                if id(child) in nodes:
                    continue
                kind = type(child)
                if reader(kind) is not None:
                    queue = weak if issubclass(kind, _WEAK) else pending
                    queue.append(self._add(child, node, step, reach))
                elif issubclass(kind, type):
                    self._holders.add(id(node.value))

    def _leave_out_others(self, node: Node) -> None:
        """Leave out what belongs to other models, of what a class or a module keeps for all."""
        if type(node.value) is CACHED:
            node.edges = ambient.cached_for(node.edges, self.nodes)
            return
        own, others = ambient.entries_of(node.value, node.edges, self.nodes, self.owned)
        if own:
            self.registries.add(id(node.value))
            node.edges = [edge for edge in node.edges if id(edge[1]) not in others]

    def _widen(self) -> None:
        """Follow the ambient edges of all that is known, until nothing new is found."""
        for node in self._found:  # grows meanwhile
            if id(node.value) in self.constants:
                continue
            reached = ambient.ambient_edges(node.value)
            if id(node.value) in self._holders:
                reached = reached + ambient.held_classes(node.edges)
            fresh = [
                self._add(child, node, step, Reach.AMBIENT)
                for step, child in reached
                if id(child) not in self.nodes and self._is_followed(child)
            ]
            if fresh:
                self._spread(collections.deque(fresh))

    def _is_followed(self, child: object) -> bool:
        if id(child) in self._without:
            return False
        if not look.is_leaf(child):
            return True
        return issubclass(type(child), type) and bool(ambient.ambient_edges(child))


def walks_of(roots: Sequence[object]) -> list[Walk]:
    """Walk several models; what is another's, in a registry of them all, is not followed."""
    constants = singletons()
    walks = [Walk(root, constants=constants) for root in roots]
    if not any(walk.registries for walk in walks):
        return walks
    owned = frozenset(id(node.value) for walk in walks for node in walk if node.reach is Reach.OWN)
    return [
        Walk(walk.root, owned=owned, constants=constants) if walk.registries else walk
        for walk in walks
    ]
