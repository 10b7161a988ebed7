"""Containers and objects: a mark is put in, seen from another name, and taken out."""

from __future__ import annotations

import collections
import types

import pytest

from pytest_tfpclone.state.cells import Cell, DataCell, NotWritable, cell_of, kind
from pytest_tfpclone.state.cells.containers import ClosureCell, IteratorCell, ObjectCell


class Plain:
    def __init__(self):
        self.a = 1


class Slotted:
    __slots__ = ("a",)


class LyingDict(dict):
    def __setitem__(self, key, value):
        raise RuntimeError

    def __delitem__(self, key):
        raise RuntimeError

    def __contains__(self, key):
        raise RuntimeError

    def __len__(self):
        raise RuntimeError


class LyingList(list):
    def append(self, value):
        raise RuntimeError

    def __getitem__(self, index):
        raise RuntimeError

    def __len__(self):
        raise RuntimeError


class LyingDeque(collections.deque):
    def rotate(self, steps):
        raise RuntimeError

    def __getitem__(self, index):
        raise RuntimeError

    def __iter__(self):
        raise RuntimeError


class Guarded:
    def __init__(self):
        self.__dict__["a"] = 1

    def __setattr__(self, name, value):
        raise RuntimeError

    def __delattr__(self, name):
        raise RuntimeError


MARKED = {
    "dict": (lambda: {"a": 1}, "a key was added"),
    "ordered": (lambda: collections.OrderedDict(b=1, a=2), "a key was added"),
    "default": (lambda: collections.defaultdict(list, a=[]), "a key was added"),
    "counter": (lambda: collections.Counter("aab"), "a key was added"),
    "lying dict": (lambda: LyingDict(a=1), "a key was added"),
    "list": (lambda: [1, 2], "an item was appended"),
    "empty list": (list, "an item was appended"),
    "lying list": (lambda: LyingList([1]), "an item was appended"),
    "deque": (lambda: collections.deque([[1], [2], [3]]), "the items were rotated"),
    "bounded deque": (lambda: collections.deque([[1], [2]], 2), "the items were rotated"),
    "deque of equals": (lambda: collections.deque([[1], [1]]), "the items were rotated"),
    "lying deque": (lambda: LyingDeque([[1], [2]]), "the items were rotated"),
    "object": (Plain, "an attribute was set"),
    "guarded": (Guarded, "an attribute was set"),
}


def held(value):
    if isinstance(value, dict):
        return list(dict.items(value))
    if isinstance(value, list):
        return list(list.__iter__(value))
    if isinstance(value, collections.deque):
        return list(collections.deque.__iter__(value))
    return list(vars(value).items())


def cell_for(value):
    return cell_of(value) or ObjectCell(value)


@pytest.mark.parametrize("name", MARKED)
def test_a_mark_is_seen_by_the_same_object_only_and_is_taken_out(name):
    make, words = MARKED[name]
    value, other = make(), make()
    before = held(value)
    done, is_seen, undo = cell_for(value).mark()
    assert done == words
    assert is_seen(value)
    assert not is_seen(other)
    undo()
    assert held(value) == before
    assert not is_seen(value)


@pytest.mark.parametrize(
    "make",
    [
        set,
        lambda: {1, 2},
        collections.deque,
        lambda: collections.deque([1]),
        lambda: collections.deque([None, None]),
    ],
)
def test_what_can_not_be_marked_says_so_and_is_left_alone(make):
    value = make()
    with pytest.raises(NotWritable):
        cell_of(value).mark()
    assert value == make()


def test_an_object_without_dict():
    value = Slotted()
    value.a = 1
    with pytest.raises(NotWritable):
        ObjectCell(value).mark()
    assert value.a == 1


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ({"a": 1}, "dict[1]"), ([1, 2], "list[2]"), ({1}, "set[1]"), (collections.deque([1]), "deque[1]"),
        (collections.OrderedDict(), "OrderedDict[0]"), (LyingDict(a=1), "LyingDict[1]"),
        (LyingList([1]), "LyingList[1]"),
    ],
)  # fmt: skip
def test_labels(value, label):
    assert cell_of(value).label == label
    assert cell_of(value).identity == id(value)


class Contrary(type):
    def __eq__(cls, other):
        raise RuntimeError

    def __getattribute__(cls, name):
        raise RuntimeError

    __hash__ = type.__hash__


class Unasked(metaclass=Contrary):
    def __eq__(self, other):
        raise RuntimeError

    __hash__ = object.__hash__


@pytest.mark.parametrize("make", [list, collections.deque])
def test_items_that_compare_as_they_like_are_told_apart_by_identity(make):
    first, last = object.__new__(Unasked), object.__new__(Unasked)
    _, is_seen, undo = cell_of(value := make([first, last])).mark()
    assert is_seen(value)
    assert not is_seen(make([first, last]))
    undo()
    assert [each is other for each, other in zip(value, (first, last), strict=True)] == [True, True]


def test_a_mark_at_the_end_of_a_longer_list_is_not_looked_for_at_its_start():
    _, is_seen, undo = cell_of(value := [1, 2]).mark()
    assert not is_seen([value[-1], 2])
    assert not is_seen([])
    undo()


def test_the_class_of_what_a_closure_holds_is_not_asked_for_its_name():
    assert cell_of(types.CellType(object.__new__(Unasked))).label == "Unasked"


def test_an_iterator_is_labelled_by_its_type():
    assert IteratorCell(iter([1])).label == "list_iterator"
    assert IteratorCell(iter([1])).kind == "iterator"


def test_labels_of_objects_and_closures():
    assert ObjectCell(Plain()).label == "Plain"
    assert cell_of(types.CellType(1)).label == "int"
    assert cell_of(types.CellType()).label == "unbound"
    assert isinstance(cell_of(types.CellType()), ClosureCell)


def test_containers_are_no_data():
    assert not isinstance(cell_of({}), DataCell)
    assert not cell_of({}).is_tensorflow


def test_a_new_kind_is_one_class_and_one_registration():
    class Tank:
        level = 3

    class Sub(Tank):
        pass

    assert cell_of(Tank()) is None

    @kind(Tank)
    class TankCell(Cell):
        kind = "tank"

        @property
        def label(self):
            return f"tank at {self.value.level}"

    assert cell_of(Tank()).label == "tank at 3"
    assert cell_of(Sub()).kind == "tank"
    assert cell_of(3) is None
