"""Walk two graphs side by side: what stands at the same path in both.

The pairs that come out say four things at once: which state is the same on both
sides (shared), which corresponds (to compare), where one side has what the
other lacks, and which object of one side corresponds to two of the other
(weight tying).
"""

from __future__ import annotations

import collections
import re
import types
from collections.abc import Iterator
from typing import Any

import tensorflow as tf
from tensorflow.python.eager.polymorphic_function.polymorphic_function import Function
from tensorflow.python.ops.ragged.row_partition import RowPartition
from tf_keras.src.backend import RandomGenerator as KerasGenerator

from pytest_tfpclone.state import edges as look
from pytest_tfpclone.state import kinds, mutable, values
from pytest_tfpclone.state.alignment import aligned
from pytest_tfpclone.state.ambient import ambient_edges
from pytest_tfpclone.state.attributes import Edges, Step, has_attributes
from pytest_tfpclone.state.cells import Cell, DataCell
from pytest_tfpclone.state.cells.variables import VariableCell
from pytest_tfpclone.state.framework import is_framework_function, is_framework_type
from pytest_tfpclone.state.members import has_members, paired_members
from pytest_tfpclone.state.ownership import framework_names, is_bookkeeping
from pytest_tfpclone.state.paths import Path
from pytest_tfpclone.state.walk import Node, Reach, Walk
from pytest_tfpclone.words import a

_FUNCTION_KINDS = (types.FunctionType, types.MethodType, types.BuiltinFunctionType)
_PLAIN = (type(None), bool, int, float, str, bytes)
_MOST_PARTNERS = 4
_COUNTS = ("._obj_reference_counts_dict",)  # of the attributes of an object, in any order
_LABELS = re.compile(r"(^|_)(names?|path|scope|uid)$")


class Pair:
    """Two objects at the same path, one of each side."""

    __slots__ = ("bookkeeping", "left", "parent", "reach", "retied", "right", "step")

    def __init__(
        self,
        left: Any,
        right: Any,
        parent: Pair | None,
        step: Step,
        bookkeeping: bool,
        reach: Reach,
    ) -> None:
        self.left = left
        self.right = right
        self.parent = parent
        self.step = step
        self.bookkeeping = bookkeeping
        self.reach = reach
        self.retied: bool = parent is not None and parent.retied

    @property
    def path(self) -> Path:
        """The path at which both stand."""
        return Node.path.fget(self)  # type: ignore[attr-defined,no-any-return]


class Unequal:
    """A difference that shows without comparing bits: where, of what kind, and in words."""

    __slots__ = ("detail", "kind", "path", "subject")

    def __init__(self, kind: str, path: Path, detail: str, subject: object = None) -> None:
        self.kind = kind
        self.path = path
        self.detail = detail
        self.subject = subject


class Matching:
    """The pairs of two walks.

    Attributes:
        shared: pairs that are one piece of state, highest first, not looked into.
        cells: pairs of data cells, whose bits are to be compared.
        pairs: every pair that was looked into.
        unequal: differences in structure, flags, constants, singletons.
        missing: what only the original has at a path: (path, object, bookkeeping).
        extra: the same for the clone.
        retied: pairs of objects that also have another partner.
        partners: id of an object of the original -> what corresponds to it.
        origins: the same from the clone's side.
    """

    def __init__(self, left: Walk, right: Walk) -> None:
        self.left = left
        self.right = right
        self.rebound = mutable.rebound_cells(left) | mutable.rebound_cells(right)
        self.shared: list[Pair] = []
        self.cells: list[tuple[Pair, DataCell, DataCell]] = []
        self.pairs: list[Pair] = []
        self.unequal: list[Unequal] = []
        self.missing: list[tuple[Path, Any, bool]] = []
        self.extra: list[tuple[Path, Any, bool]] = []
        self.retied: list[Pair] = []
        self.partners: dict[int, list[Any]] = {}
        self.origins: dict[int, list[Any]] = {}
        self._singletons = left.constants
        self._seen: set[tuple[int, int]] = set()
        self._queue: collections.deque[Pair] = collections.deque()
        self._later: collections.deque[Pair] = collections.deque()
        self._sets: collections.deque[Pair] = collections.deque()
        self._enter(Pair(left.root, right.root, None, "", False, Reach.OWN))
        self._run()
        for pair in self.pairs:  # grows meanwhile: a global may name further globals
            lefts, rights = ambient_edges(pair.left), ambient_edges(pair.right)
            if lefts or rights:
                self._follow(pair, lefts, rights, True, Reach.AMBIENT)
                self._run()

    def _run(self) -> None:
        """Look into the user's parts, then the framework's, then sets, whose order says nothing."""
        while self._queue or self._later or self._sets:
            if self._queue or self._later:
                self._look_into((self._queue or self._later).popleft())
            else:
                self._match_members(self._sets.popleft())

    def _match_members(self, pair: Pair) -> None:
        found, lefts, rights = paired_members(
            pair.left, pair.right, lambda value: self.partners.get(id(value), ())
        )
        for position, (member, ours, theirs) in enumerate(found):
            shown = look.shown_key(member) if look.is_plain_key(member) else f"<key {position}>"
            step = f"[{shown}]"
            self._follow(pair, [(step, ours)], [(step, theirs)], pair.bookkeeping, pair.reach)
        self._follow(pair, lefts, rights, pair.bookkeeping, pair.reach)

    def _enter(self, pair: Pair) -> None:
        key = (id(pair.left), id(pair.right))
        if key in self._seen:
            return
        self._seen.add(key)
        known = pair.left is not pair.right and self._is_known(pair)
        if pair.bookkeeping and known and not pair.retied:
            return  # the user's own paths decide what corresponds
        partners = self.partners.setdefault(key[0], [])
        origins = self.origins.setdefault(key[1], [])
        if max(len(partners), len(origins)) >= _MOST_PARTNERS and self._cell(pair.left):
            return
        if known:
            pair.retied = True
            self.retied.append(pair)
        partners.append(pair.right)
        origins.append(pair.left)
        (self._later if pair.bookkeeping else self._queue).append(pair)

    def _is_known(self, pair: Pair) -> bool:
        return id(pair.left) in self.partners or id(pair.right) in self.origins

    def _look_into(self, pair: Pair) -> None:
        left, right = pair.left, pair.right
        cell, other = self._cell(left), self._cell(right)
        if left is right or (cell and other and _is_one_resource(cell, other)):
            if id(left) in self._singletons:
                return
            if (cell is not None and mutable.is_registered(left)) or mutable.records_graph(left):
                return
            if cell is not None:
                self.shared.append(pair)
                return
        elif id(left) in self._singletons or id(right) in self._singletons:
            self._compare_singletons(pair)
            return
        elif str(pair.step) in _COUNTS or not self._is_comparable(pair, cell, other):
            return
        elif isinstance(cell, DataCell) and isinstance(other, DataCell) and not _is_used_up(pair):
            self.cells.append((pair, cell, other))
        self.pairs.append(pair)
        if has_members(left):
            self._sets.append(pair)
            return
        self._follow(
            pair, self._edges(self.left, left), self._edges(self.right, right),
            pair.bookkeeping, pair.reach,
        )  # fmt: skip

    def _cell(self, value: Any) -> Cell | None:
        node = self.left.nodes.get(id(value)) or self.right.nodes.get(id(value))
        if node is None:
            return mutable.state_cell(value, self.rebound)
        return mutable.cell_at(node, self.rebound)

    @staticmethod
    def _edges(walk: Walk, value: Any) -> Edges:
        node = walk.nodes.get(id(value))
        return node.edges if node is not None else look.edges(value)

    def _compare_singletons(self, pair: Pair) -> None:
        place = self._singletons.get(id(pair.left), (None, ""))[1]
        if "(<default>)" in place or pair.bookkeeping or not place or pair.left == pair.right:
            return
        short = ".".join(place.split(".")[-2:])
        self._differ("singleton", pair, f"{short} itself became a copy of it")

    def _is_comparable(self, pair: Pair, cell: Cell | None, other: Cell | None) -> bool:
        left, right = pair.left, pair.right
        # The class of a variable depends on where it was made.
        variables = isinstance(cell, VariableCell) and isinstance(other, VariableCell)
        if not variables and not values.are_one_type(type(left), type(right)):
            if not self._is_lost_trace(left, right) and not pair.bookkeeping:
                was, now = kinds.name(type(left)), kinds.name(type(right))
                self._differ("structure", pair, f"{a(was)} became {a(now)}")
            return False
        coded = kinds.is_one_of(
            type(left), (types.FunctionType, types.BuiltinFunctionType, types.MethodType)
        )
        if coded and not values.same_code(left, right):
            hidden = pair.bookkeeping and is_framework_function(left)
            if not hidden:
                self._differ("structure", pair, "another function")
            return False
        return True

    def _differ(self, kind: str, pair: Pair, detail: str) -> None:
        self.unequal.append(Unequal(kind, pair.path, detail, pair.left))

    @staticmethod
    def _is_lost_trace(left: Any, right: Any) -> bool:
        """Whether one side only lacks a function that the framework makes when it needs one."""
        present = right if left is None else left
        if left is not None and right is not None:
            return False
        if type(present) is types.FunctionType:
            return is_framework_function(present)
        return type(present) is Function

    def _follow(
        self, pair: Pair, lefts: Edges, rights: Edges, bookkeeping: bool, reach: Reach
    ) -> None:
        reader = look.table.reader
        for step, left, right in self._aligned(pair, lefts, rights, bookkeeping, reach):
            kind = type(left)
            leaves = reader(kind) is None or reader(type(right)) is None
            held_class = left is right and issubclass(kind, type)
            if leaves and left is right and not held_class:
                continue
            if type(step) is str and step.startswith(".<trace"):
                continue  # which traces there are, and in what order, says nothing
            hidden = self._is_hidden(pair.left, step, bookkeeping)
            child = Pair(left, right, pair, step, hidden, reach)
            if leaves or _is_constant(left):
                self._compare_leaves(child)
                if leaves and not held_class:
                    continue
            self._enter(child)

    def _compare_leaves(self, pair: Pair) -> None:
        # Of the framework's private attributes only numbers with a fraction are settings.
        fractions = type(pair.left) is float and type(pair.right) is float
        if pair.bookkeeping and not fractions and not _is_part_of_a_value(pair):
            return
        detail = values.differs(pair.left, pair.right)
        if detail is None or self._is_label(pair):
            return
        if self._is_lost_trace(pair.left, pair.right) or self._is_result(pair):
            return
        if type(pair.left) is bool and type(pair.right) is bool:
            kind = "flag"
        elif type(pair.left) is type(pair.right):
            kind = "value"
        else:
            kind = "structure"
        self._differ(kind, pair, detail)

    @staticmethod
    def _is_framework_mark(owner: Any, step: Step, value: Any) -> bool:
        """Whether one side only has a plain attribute that the framework sets when it needs it."""
        if not look.is_leaf(value) or not has_attributes(owner):
            return False
        kind: Any = type(owner)
        empty = kinds.is_one_of(type(value), _PLAIN) and not value
        return str(step)[1:] in framework_names(kind) or (is_framework_type(kind) and empty)

    @staticmethod
    def _is_label(pair: Pair) -> bool:
        """Whether the framework keeps a text or a flag that follows from other state."""
        step, parent = pair.step, pair.parent
        while parent is not None and issubclass(type(parent.left), (list, tuple, dict)):
            step, parent = parent.step, parent.parent
        name = str(step)[1:]
        if parent is None or not has_attributes(parent.left):
            return False
        kind: Any = type(parent.left)
        if name not in framework_names(kind):
            return False
        return (type(pair.left) is str and bool(_LABELS.search(name))) or name == "built"

    @staticmethod
    def _is_result(pair: Pair) -> bool:
        """Whether a Keras layer of the framework keeps a tensor: what its last call made."""
        owner: Any = type(pair.parent.left) if pair.parent is not None else object
        tensor = kinds.name(type(pair.left)) == kinds.name(type(pair.right)) == "EagerTensor"
        return (
            tensor
            and is_framework_type(owner)
            and any(kinds.name(base) == "Layer" for base in kinds.bases(owner))
        )

    def _is_hidden(self, owner: Any, step: Step, bookkeeping: bool) -> bool:
        kind = type(owner)
        if kinds.is_one_of(kind, (types.FunctionType, types.MethodType)):
            return bookkeeping and is_framework_function(getattr(owner, "__func__", owner))
        if kinds.is_one_of(kind, (dict, list, tuple, set, types.CellType)) or not has_attributes(
            owner
        ):
            return bookkeeping
        if type(step) is tuple:
            return bookkeeping
        known = _hidden_names(kind)
        if step not in known:
            known[step] = _is_hidden_name(kind, str(step)[1:])
        return known[step] or (bookkeeping and is_framework_type(kind))

    def _aligned(
        self, pair: Pair, lefts: Edges, rights: Edges, bookkeeping: bool, reach: Reach
    ) -> Iterator[tuple[Step, Any, Any]]:
        if [step for step, _ in lefts] == [step for step, _ in rights]:
            for (step, left), (_, right) in zip(lefts, rights, strict=True):
                yield step, left, right
            return
        found, only_left, only_right = aligned(lefts, rights)
        yield from found
        hidden = bookkeeping or kinds.is_one_of(type(pair.left), (set, frozenset))
        if len(only_left) == len(only_right) and (hidden or _are_renamed(only_left, only_right)):
            for (step, left), (_, right) in zip(only_left, only_right, strict=True):
                yield step, left, right
            return
        if reach is not Reach.OWN or str((lefts or rights)[-1][0]).startswith(".<trace"):
            return
        for alone, only in ((self.missing, only_left), (self.extra, only_right)):
            for step, value in only:
                if self._is_framework_mark(pair.left, step, value):
                    continue
                place = Pair(value, None, pair, step, False, reach).path
                alone.append((place, value, self._is_hidden(pair.left, step, bookkeeping)))


def _is_part_of_a_value(pair: Pair) -> bool:
    """Whether a tensor is a private part of a ragged tensor, a dataset and the like."""
    tensors = kinds.name(type(pair.left)) == kinds.name(type(pair.right)) == "EagerTensor"
    owner: Any = type(pair.parent.left) if pair.parent is not None else object
    return tensors and kinds.derives(owner, tf.data.Dataset, RowPartition, tf.RaggedTensor)


def _is_one_resource(left: Cell, right: Cell) -> bool:
    return left.is_tensorflow and right.is_tensorflow and left.identity == right.identity


def _is_used_up(pair: Pair) -> bool:
    """Whether a generator belongs to an initializer: the variables that it made exist."""
    node = pair if issubclass(type(pair.left), KerasGenerator) else None
    while node is not None and type(node.step) is str:
        if node.step.endswith("initializer"):
            return True
        node = node.parent
    return False


@kinds.per_kind
def _hidden_names(kind: Any) -> dict[Any, bool]:
    """Return what is known of the attributes of instances of a class: filled as they are met."""
    return {}


def _is_hidden_name(kind: Any, name: str) -> bool:
    # An initializer is used up: the variables that it made exist.
    return is_bookkeeping(kind, name) or (name.endswith("initializer") and is_framework_type(kind))


def _is_constant(value: Any) -> bool:
    """Whether a value is compared as a whole although it may carry attributes."""
    name = _compared_name(type(value))
    return name == "EagerTensor" or (bool(name) and not mutable.is_data(mutable.state_cell(value)))


@kinds.per_kind
def _compared_name(kind: Any) -> str:
    return kinds.name(kind) if kinds.name(kind) in ("EagerTensor", "ndarray", "void") else ""


def _are_renamed(lefts: Edges, rights: Edges) -> bool:
    """Whether the steps differ only in the numbers that make Keras names unique."""
    return all(
        values.are_renamed(str(a[0]).replace("'", ""), str(b[0]).replace("'", ""))
        for a, b in zip(lefts, rights, strict=True)
    )
