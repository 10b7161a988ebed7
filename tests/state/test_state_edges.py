"""What each type of object refers to, and that reading it runs no code of the object."""

from __future__ import annotations

import collections
import contextvars
import dataclasses
import enum
import re
import socket
import threading
import types
import weakref

import numpy as np
import pytest
from looking import Plain, child, steps

from pytest_tfpclone.state.attributes import attributes, has_attributes, slot_values
from pytest_tfpclone.state.edges import (
    EdgeTable,
    edges,
    is_leaf,
)


class Slotted:
    __slots__ = ("_hidden", "left", "right")


class SlottedChild(Slotted):
    __slots__ = ("below",)


class Color(enum.Enum):
    RED = 1


@pytest.mark.parametrize(
    "value",
    [
        None, True, 3, 2.5, 1j, "text", b"bytes", ..., NotImplemented, range(3),
        socket.AF_INET, re.compile("a"), np.float32(1.0), np.dtype("int8"), np.add, threading.Lock(),
        threading.RLock(), (lambda: 0).__code__, int, Plain, type, list[int],
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_leaves(value):
    assert is_leaf(value)
    assert edges(value) == []


@pytest.mark.parametrize(
    "value",
    [[], {}, (), set(), Plain(), lambda: 0, np.zeros(1), Color.RED, re],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_leaf_even_if_it_is_empty(value):
    assert not is_leaf(value)


def test_dict_keys_are_printed_as_they_are_written():
    inner = object()
    held = {"a": inner, 3: inner, True: inner, None: inner, (1, "b"): inner}
    assert steps(held)[:4] == ["['a']", "[3]", "[True]", "[None]"]
    assert all(item is inner for step, item in edges(held) if "<key" not in step)


def test_a_dict_key_that_is_an_object_is_followed_as_well_as_its_value():
    key, value = Plain(), Plain()
    assert edges({key: value}) == [("[<key 0>].<value>", value), ("[<key 0>]", key)]


def test_a_long_key_is_not_printed_in_full():
    first, second = steps({b"x" * 100: 1, b"x" * 99 + b"y": 2})
    assert first.startswith("[b'xxxx")
    assert len(first) == len(second) == 62
    assert first != second


def test_keys_of_plain_parts_are_plain():
    Point = collections.namedtuple("Point", "x y")
    held = {(1, "a"): 1, (): 2, (3,): 3, frozenset({2, 1}): 4, Point(1, 2): 5, (Color.RED,): 6}
    assert steps(held) == [
        "[(1, 'a')]", "[()]", "[(3,)]", "[frozenset({1, 2})]", "[(1, 2)]", "[(Color.RED,)]",
    ]  # fmt: skip


def test_two_classes_of_one_name_are_two_keys():
    kinds = [type("Kind", (), {}) for _ in range(2)]
    first, second = steps({kinds[0]: 1, kinds[1]: 2})
    assert second == first[:-1] + " #1]"


def test_attributes_of_a_dict_subclass():
    held = type("Config", (dict,), {})(a=1)
    held.owner = marker = object()
    assert edges(held) == [("['a']", 1), (".owner", marker)]


@pytest.mark.parametrize("kind", [list, tuple, collections.deque])
def test_sequences_are_numbered(kind):
    first, second = object(), object()
    assert edges(kind([first, second])) == [("[0]", first), ("[1]", second)]


def test_named_tuples_by_field():
    Point = collections.namedtuple("Point", "x y")
    assert edges(Point(1, 2)) == [(".x", 1), (".y", 2)]


def test_attributes_of_a_list_subclass():
    held = type("Layers", (list,), {"__iter__": lambda self: 1 / 0})([1])
    held.model = marker = object()
    assert edges(held) == [("[0]", 1), (".model", marker)]


@pytest.mark.parametrize("kind", [set, frozenset])
def test_set_members(kind):
    marker = object()
    assert edges(kind([marker])) == [("[<member 0>]", marker)]


def test_attributes_of_a_set_subclass():
    held = type("Names", (set,), {})([1])
    held.note = "x"
    assert edges(held) == [("[<member 0>]", 1), (".note", "x")]


def test_a_read_only_view_shows_the_mapping():
    mapping = {"a": 1}
    assert child(types.MappingProxyType(mapping), "") is mapping


def test_weak_references_while_they_live():
    target = Plain()
    reference = weakref.ref(target)
    assert edges(reference) == [("()", target)]
    del target
    assert edges(reference) == []


def test_slices_can_hold_objects():
    marker = Plain()
    assert child(slice(None, marker), ".stop") is marker


def test_weak_proxies_while_they_live():
    target = Plain()
    proxy = weakref.proxy(target)
    assert [item for _, item in edges(proxy)] == [target]
    del target
    assert edges(proxy) == []


def test_context_variables():
    variable = contextvars.ContextVar("variable")
    assert edges(variable) == []
    marker = object()
    token = variable.set(marker)
    assert edges(variable) == [(".get()", marker)]
    variable.reset(token)


def test_thread_locals():
    local = threading.local()
    local.model = marker = object()
    assert edges(local) == [(".model", marker)]


def test_arrays_of_objects_show_their_items():
    marker = Plain()
    array = np.empty((1, 2), object)
    array[0, 1] = marker
    assert child(array, ".flat[1]") is marker
    assert edges(np.zeros(2)) == []


def test_an_array_that_holds_itself():
    array = np.empty(1, object)
    array[0] = array
    assert edges(array) == []


def test_attributes_of_an_array_subclass():
    array = np.zeros(2).view(type("Tagged", (np.ndarray,), {}))
    array.tag = marker = Plain()
    assert child(array, ".tag") is marker


def test_public_attributes_come_before_private_ones():
    value = Plain()
    value._private, value.public = 1, 2
    assert edges(value) == [(".public", 2), ("._private", 1)]


def test_slots_of_the_class_and_of_its_bases():
    value = SlottedChild()
    value.left, value.below, value._hidden = 1, 2, 3
    assert dict(edges(value)) == {".left": 1, ".below": 2, "._hidden": 3}
    assert has_attributes(value)
    assert {member.__name__: item for member, item in slot_values(value)} == {
        "left": 1, "below": 2, "_hidden": 3,
    }  # fmt: skip
    assert attributes(value) is None


def test_slotted_dataclasses():
    @dataclasses.dataclass(slots=True)
    class Pair:
        left: object
        right: object

    assert edges(Pair(1, 2)) == [(".left", 1), (".right", 2)]


def test_a_private_attribute_is_named_by_the_property_that_returns_just_it():
    class Scaled:
        def __init__(self):
            self._scale, self._other, self._shift_ = 1, 2, 3

        @property
        def scale(self):
            return self._scale

        @property
        def other(self):
            return self._other + self._scale

    assert steps(Scaled()) == [".scale", "._other", "._shift_"]


def test_reading_calls_no_property_getattr_or_lying_class():
    calls = []

    class Hostile:
        def __init__(self):
            object.__setattr__(self, "inner", [1])

        @property
        def model(self):
            calls.append("property")
            return 1 / 0

        def __getattribute__(self, name):
            calls.append(name)
            raise RuntimeError(name)

        __class__ = property(lambda self: calls.append("__class__") or int)

        def __eq__(self, other):
            raise RuntimeError("eq")

        def __hash__(self):
            raise RuntimeError("hash")

        def __len__(self):
            raise RuntimeError("len")

        def __bool__(self):
            raise RuntimeError("bool")

        def __repr__(self):
            raise RuntimeError("repr")

    hostile = Hostile()
    assert edges(hostile) == [(".inner", [1])]
    assert not is_leaf(hostile)
    assert attributes(hostile) == {"inner": [1]}
    assert calls == []


def test_an_object_without_dict_or_slots_shows_what_the_collector_sees():
    marker = Plain()
    iterator = iter([marker])
    assert any(item == [marker] for _, item in edges(iterator))
    assert has_attributes(iterator) is False


def test_the_dict_itself_is_returned_not_a_copy():
    value = Plain()
    assert attributes(value) is value.__dict__
    assert not has_attributes(value)
    value.a = 1
    assert has_attributes(value)


def test_a_table_prefers_the_exact_type_and_learns_new_ones():
    table = EdgeTable()
    table.add(list)(lambda value: [("list", 1)])
    assert table.reader(list)([]) == [("list", 1)]
    Child = type("Child", (list,), {})
    assert table.reader(Child)([]) == [("list", 1)]
    table.add(Child)(lambda value: [("child", 1)])
    assert table.reader(Child)([]) == [("child", 1)]
    table.leaf(Child)
    assert table.reader(Child) is None


def test_an_overridden_items_method_is_not_called():
    class Lying(dict):
        def items(self):
            raise RuntimeError("called")

        def __iter__(self):
            raise RuntimeError("called")

    marker = object()
    assert edges(Lying(a=marker)) == [("['a']", marker)]
