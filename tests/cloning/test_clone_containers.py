"""What a clone of Python's containers keeps, and what it must not share."""

from __future__ import annotations

import array
import collections
import enum
import types

import numpy as np
import pytest

from pytest_tfpclone import cloning
from pytest_tfpclone.cloning import clone, dispatch


class Plain:
    pass


class Slotted:
    __slots__ = ("__weakref__", "first", "second")


class Tagged(list):
    pass


class Number(int):
    pass


class Shade(enum.Enum):
    DARK = (1,)


Point = collections.namedtuple("Point", "x y")


@pytest.fixture
def taught(monkeypatch):
    monkeypatch.setattr(dispatch, "_taught", {})
    return cloning.handler


def test_nested_containers_are_equal_and_apart():
    original = {"a": [1, {2, 3}], "b": (4, [5]), "c": bytearray(b"x"), 7: frozenset({8})}
    copy = clone(original)
    assert copy == original
    copy["a"][1].add(9)
    copy["b"][1].append(6)
    copy["c"].append(1)
    assert original == {"a": [1, {2, 3}], "b": (4, [5]), "c": bytearray(b"x"), 7: frozenset({8})}


def test_order_factory_and_bound_are_kept():
    original = [
        collections.OrderedDict([("z", [1]), ("a", [2])]),
        collections.defaultdict(list, {"k": [1]}),
        collections.deque([[1], [2]], maxlen=2),
        collections.Counter("aab"),
    ]
    ordered, default, bounded, counted = clone(original)
    assert list(ordered) == ["z", "a"]
    ordered.move_to_end("z")
    assert list(original[0]) == ["z", "a"]
    assert default["new"] == []
    assert "new" not in original[1]
    bounded.append(3)
    assert list(bounded) == [[2], 3]
    assert original[2][0] == [1]
    assert type(counted) is collections.Counter
    assert counted == original[3]


def test_what_is_one_object_stays_one():
    part = [1]
    copy = clone({"a": part, "b": (part,), "c": Point(part, 2)})
    assert copy["a"] is copy["b"][0] is copy["c"].x
    assert copy["a"] is not part


def test_cycle_through_a_tuple():
    original = ([],)
    original[0].append(original)
    copy = clone(original)
    assert copy is not original
    assert copy[0][0] is copy


def test_immutables_stay_themselves():
    for value in [(1, ("a", None)), frozenset({1}), Shade.DARK, object(), range(3), 1.5, int]:
        assert clone([value])[0] is value


def test_named_tuple_keeps_its_type():
    copy = clone(Point([1], 2))
    assert type(copy) is Point
    assert copy == ([1], 2)


def test_attributes_of_subclasses():
    original = Tagged([1])
    original.owner = original
    original.more = [Number(3)]
    original.more[0].note = [4]
    copy = clone(original)
    assert type(copy) is Tagged
    assert copy == [1]
    assert copy.owner is copy
    assert copy.more[0] == 3
    assert copy.more[0].note == [4]
    assert copy.more[0].note is not original.more[0].note


LYING = {
    "__str__": lambda self: "other",
    "__int__": lambda self: 7,
    "__index__": lambda self: 7,
    "__float__": lambda self: 7.0,
    "__complex__": lambda self: 7j,
    "__bytes__": lambda self: b"other",
    "__iter__": lambda self: iter([7]),
}


@pytest.mark.parametrize(
    "value",
    [3, 2.5, -0.0, 1 - 0j, "text", b"bytes", bytearray(b"ab"), array.array("d", [1.5])],
    ids=repr,
)
def test_the_value_and_the_attributes_of_a_subclass(value):
    base = type(value)
    kind = type("Lying", (base,), LYING)
    arguments = ("d", value) if base is array.array else (value,)
    original = base.__new__(kind, *arguments)
    base.__init__(original, *(arguments if base is bytearray else ()))
    original.note = [1]
    copy = clone([original])[0]
    assert type(copy) is kind
    assert base.__repr__(copy).endswith(base.__repr__(original))
    assert base.__eq__(copy, value)
    assert copy.note == [1]
    assert copy.note is not original.note


@pytest.mark.parametrize("value", [2.5, "text"])
def test_the_slots_of_a_number_and_of_a_text(value):
    kind = type("Slotted", (type(value),), {"__slots__": ("note",)})
    original = kind(value)
    original.note = [1]
    copy = clone([original])[0]
    assert copy == value
    assert copy.note is not original.note


def test_slots_with_and_without_a_value():
    original = Slotted()
    original.first = [1]
    copy = clone(original)
    copy.first.append(2)
    assert original.first == [1]
    assert not hasattr(copy, "second")


def test_constructors_are_not_called():
    class Strict:
        def __new__(cls, token):
            assert token == "open"
            return object.__new__(cls)

        def __setattr__(self, name, value):
            raise AttributeError("frozen")

    original = Strict("open")
    original.__dict__["part"] = [1]
    copy = clone(original)
    assert type(copy) is Strict
    assert copy.part == [1]
    assert copy.part is not original.part


def test_keys_that_are_objects():
    key = Plain()
    key.value = [1]
    original = {"key": key, "map": {key: "found", (key, 1): 2}, "members": {key}}
    copy = clone(original)
    assert copy["map"][copy["key"]] == "found"
    assert copy["map"][copy["key"], 1] == 2
    assert copy["members"] == {copy["key"]}
    assert key not in copy["map"]


def test_a_key_that_hashes_by_its_identity_of_old():
    class Keyed:
        def __init__(self):
            self.key = id(self)

        def __hash__(self):
            return hash(self.key)

        def __eq__(self, other):
            return self.key == other.key

    keys = [Keyed() for _ in range(50)]
    copy = clone({"keys": keys, "map": dict.fromkeys(keys, 1), "members": set(keys)})
    assert all(key in copy["map"] and key in copy["members"] for key in copy["keys"])


class Graph:
    def __init__(self, nodes, edges, weights):
        self.nodes = list(nodes)
        self.degree = collections.Counter(start for start, _ in edges)
        self.edges, self.weights = set(edges), dict(weights)


def test_a_handler_is_given_sets_and_dicts_that_are_filled(taught):
    @taught(Graph)
    def _(original, cloner):
        return Graph(cloner(original.nodes), cloner(original.edges), cloner(original.weights))

    node = Plain()
    node.value = [1]
    edges = {(0, 1), (0, (Shade.DARK, int)), (node, frozenset({node}))}
    copy = clone(Graph([node], edges, {(0, 1): [2], (node, 0): [3]}))
    fresh = copy.nodes[0]
    assert copy.degree == {0: 2, fresh: 1}
    assert copy.weights == {(0, 1): [2], (fresh, 0): [3]}


def test_a_handler_is_given_the_copy_of_a_set_of_dtypes(taught):
    class Names:
        def __init__(self, names):
            self.count, self.names = len(names), names

    @taught(Names)
    def _(original, cloner):
        return Names(cloner(original.names))

    assert clone(Names({np.dtype("f4"), "a"})).count == 2


def test_keys_that_hash_by_what_they_hold():
    class ByValue:
        def __init__(self, value):
            self.value = value

        def __hash__(self):
            return hash(self.value)

        def __eq__(self, other):
            return self.value == other.value

    copy = clone([{"first": 0, ByValue(3): [1], "last": 2}, {(ByValue(4), 0)}])
    assert copy[0][ByValue(3)] == [1]
    assert list(copy[0])[::2] == ["first", "last"]
    assert (ByValue(4), 0) in copy[1]


def test_views_and_namespaces():
    inner = {"a": [1]}
    original = [types.MappingProxyType(inner), inner, types.SimpleNamespace(b=[2])]
    view, mapping, names = clone(original)
    mapping["a"].append(3)
    assert view["a"] == [1, 3]
    assert original[0]["a"] == [1]
    names.b.append(3)
    assert original[2].b == [2]


class AttributeDictionary(dict):
    def __init__(self, *args, **keywords):
        super().__init__(*args, **keywords)
        self.__dict__ = self


def test_a_dictionary_that_is_its_own_attributes():
    original = AttributeDictionary(rate=1.0)
    copy = clone(original)
    copy.rate = 5.0
    assert copy["rate"] == 5.0
    assert vars(copy) is copy
    assert original == {"rate": 1.0}


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)], ids=["first", "last"])
def test_two_objects_with_one_dict_of_attributes(order):
    first, second = Plain(), Plain()
    first.value = [1]
    second.__dict__ = first.__dict__
    names, one, other = clone([vars(first), first, second][order])[order]
    one.added = 2
    assert other.added == 2
    assert names is vars(other)
    assert not hasattr(first, "added")


def test_an_object_that_holds_its_own_dict():
    original = Plain()
    original.names = vars(original)
    copy = clone(original)
    assert copy.names is vars(copy)


def test_a_dict_of_attributes_that_keeps_its_type():
    original = Plain()
    original.__dict__ = collections.OrderedDict(value=[1])
    copy = clone(original)
    assert type(vars(copy)) is collections.OrderedDict
    assert copy.value == [1]
    assert copy.value is not original.value


def test_attributes_behind_a_property_of_their_name():
    class Hiding(Plain):
        @property
        def __dict__(self):
            return {"value": "shown"}

    original = Hiding()
    original.value = [1]
    copy = clone(original)
    copy.value.append(2)
    assert original.value == [1]


def test_attributes_that_cannot_be_read_are_refused():
    class Hidden:
        __dict__ = None

    with pytest.raises(cloning.CloneRefused, match="hides the dict of its attributes"):
        clone([Hidden()])


def test_a_chain_of_100000_lists():
    original: list = []
    for _ in range(100_000):
        original = [original]
    copy = clone(original)
    depth = 0
    while copy:
        copy = copy[0]
        depth += 1
    assert depth == 100_000


def test_100000_linked_objects():
    first = last = Plain()
    for _ in range(100_000):
        last.next = Plain()
        last.next.previous = last
        last = last.next
    copy = clone(first)
    assert copy.next.previous is copy
    assert copy.next is not first.next


def test_a_class_is_refused_and_says_what_to_do():
    with pytest.raises(cloning.CloneRefused, match="Plain is a class"):
        clone(Plain)
