"""What is a value that holds nothing, and how subclasses of values, keys and errors are read."""

from __future__ import annotations

import collections
import contextvars
import datetime
import decimal
import enum
import fractions
import pathlib
import random
import types
import uuid

import numpy as np
import pytest

from pytest_tfpclone.state.edges import EdgeTable, edges, is_leaf, makes_values, table


class Plain:
    pass


class Level(enum.Enum):
    LOW = 1
    TABLE = [2]


class Incomparable(type):
    """The metaclass of classes that can't be compared."""

    def __eq__(cls, other):
        raise RuntimeError("compared")

    __hash__ = type.__hash__


def subclass(base, **names):
    return Incomparable("Kind", (base,), names)


def noted(value, note):
    value.note = note
    return value


@pytest.mark.parametrize(
    "value",
    [
        decimal.Decimal("1.5"), fractions.Fraction(1, 2), datetime.date(2020, 1, 1),
        datetime.timedelta(1), pathlib.PurePosixPath("a"), uuid.UUID(int=1), np.str_("a"),
        np.bytes_(b"a"), np.float64(1.0), np.longdouble(1.0), Incomparable, enum.EnumMeta,
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_values_are_leaves(value):
    assert is_leaf(value)
    assert edges(value) == []


@pytest.mark.parametrize(
    "value",
    [
        subclass(decimal.Decimal)(1), subclass(np.str_)("a"), random.Random(1), slice(1),
        collections.OrderedDict(), ValueError(), Level.LOW, iter([]), types.SimpleNamespace(),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_can_hold_something_is_no_leaf(value):
    assert not is_leaf(value)


def test_a_class_is_a_leaf_in_every_table_that_knows_classes():
    own = EdgeTable()
    own.leaf(type)
    assert own.reader(type) is own.reader(Incomparable) is None
    assert own.reader(Plain) is not None


def test_a_type_is_read_as_its_first_known_base_whatever_was_looked_up_before():
    own = EdgeTable()
    Child = type("Child", (Plain,), {})
    assert own.reader(Child) is own.reader(Child) is not None

    @own.add(Plain, list)
    def reader(value):
        return [("plain", 1)]

    assert own.reader(Child) is own.reader(list) is reader
    own.leaf(Plain)
    assert own.reader(Child) is None
    assert own.reader(list) is reader


class HashedOnly:
    def __hash__(self):
        return 1


class EqualOnly:
    def __eq__(self, other):
        return True


class Both(EqualOnly, HashedOnly):
    __hash__ = HashedOnly.__hash__


class HashedByIdentity(EqualOnly):
    __hash__ = object.__hash__


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(Both, True), (HashedOnly, False), (EqualOnly, False), (HashedByIdentity, False)],
)
def test_a_class_makes_values_if_it_compares_and_hashes_them(kind, expected, monkeypatch):
    assert not makes_values(kind)
    monkeypatch.setattr(kind, "__module__", "decimal")
    assert makes_values(kind) is expected


@pytest.mark.parametrize("kind", [tuple, frozenset, types.MethodType])
def test_what_refers_to_others_makes_no_values(kind):
    assert not makes_values(kind)


def test_keys_that_are_objects_are_numbered_by_their_place():
    first, second, last = Plain(), Plain(), Plain()
    assert edges({"a": 1, first: 2, second: 3, "b": 4, last: 5}) == [
        ("['a']", 1), ("[<key 1>].<value>", 2), ("[<key 1>]", first),
        ("[<key 3>].<value>", 3), ("[<key 3>]", second), ("['b']", 4),
        ("[<key 6>].<value>", 5), ("[<key 6>]", last),
    ]  # fmt: skip


@pytest.mark.parametrize(("length", "is_cut"), [(57, False), (58, False), (59, True), (100, True)])
def test_a_key_is_shown_in_full_up_to_sixty_characters(length, is_cut):
    (step, _), *_ = edges({"x" * length: 1})
    assert ("~" in step) is is_cut
    assert len(step) == min(length, 58) + 4


def test_a_key_that_is_a_member_of_an_enumeration_is_followed_too():
    assert edges({Level.LOW: 1}) == [("[Level.LOW]", 1), ("[<key Level.LOW>]", Level.LOW)]


def test_members_of_an_enumeration_go_by_their_value_or_else_by_their_name():
    assert edges(Level.LOW) == [(".value", 1)]
    assert edges(Level.TABLE) == [(".name", "TABLE")]


def test_a_module_holds_nothing_itself():
    assert edges(noted(types.ModuleType("users"), [1])) == []


class IncomparableEnumMeta(enum.EnumMeta):
    __eq__ = Incomparable.__eq__
    __hash__ = type.__hash__


def test_classes_are_never_compared():
    mark = [1]
    kind = subclass(object)
    key = kind()
    odd = IncomparableEnumMeta("Odd", (enum.Enum,), odd_namespace())
    assert edges({key: 1}) == [("[<key 0>].<value>", 1), ("[<key 0>]", key)]
    assert [step for step, _ in edges({odd.ONE: 1})] == ["[Odd.ONE]", "[<key Odd.ONE>]"]
    for value, first in (
        (subclass(dict)(a=1), "['a']"),
        (subclass(list)([1]), "[0]"),
        (subclass(tuple)([1]), "[0]"),
        (subclass(set)([1]), "[<member 0>]"),
        (subclass(int)(1), ".<value>"),
        (subclass(bytes)(b"a"), ".<value>"),
    ):
        (step, _), (last, held) = edges(noted(value, mark))
        assert (step, last) == (first, ".note")
        assert held is mark
    array = np.zeros(1).view(subclass(np.ndarray))
    assert edges(noted(array, mark)) == [(".note", mark)]


def odd_namespace():
    namespace = enum.EnumMeta.__prepare__("Odd", (enum.Enum,))
    namespace["ONE"] = 1
    return namespace


@pytest.mark.parametrize("value", [3, 2.5, 1j, "text", b"bytes", np.str_("text")])
def test_a_subclass_of_a_number_or_a_text_shows_the_plain_value(value):
    made = noted(subclass(type(value))(value), note := [1])
    (step, plain), *others = edges(made)
    assert step == ".<value>"
    assert plain == value
    assert type(plain) in (int, float, complex, str, bytes)
    assert others == [(".note", note)]


def test_a_deque_shows_its_limit():
    assert edges(collections.deque([1], maxlen=2)) == [("[0]", 1), (".maxlen", 2)]
    assert edges(collections.deque([1])) == [("[0]", 1)]


def test_a_named_tuple_with_more_items_than_names_and_one_with_a_note():
    Short = collections.namedtuple("Short", "x y")
    Noted = type("Noted", (Short,), {})
    assert edges(tuple.__new__(Noted, (1, 2, 3))) == [(".x", 1), (".y", 2), ("[2]", 3)]
    assert edges(noted(Noted(1, 2), 3)) == [(".x", 1), (".y", 2), (".note", 3)]


def test_an_error_shows_its_arguments_and_what_caused_it():
    cause, context, argument = KeyError(), IndexError(), [1]
    error = ValueError(argument, 2)
    error.__context__ = context
    assert edges(error) == [
        (".__context__", context), ((".args", "[0]"), argument), ((".args", "[1]"), 2),
        (".__suppress_context__", False),
    ]  # fmt: skip
    error.__cause__ = cause
    assert edges(noted(error, 3)) == [
        (".__cause__", cause), (".__context__", context),
        ((".args", "[0]"), argument), ((".args", "[1]"), 2), (".note", 3),
        (".__suppress_context__", True),
    ]  # fmt: skip


def refuse(*arguments):
    raise RuntimeError("asked")


def test_errors_and_arrays_that_refuse_every_question_are_read():
    held = [1]
    asked = {"__getattribute__": refuse, "args": property(refuse), "dtype": property(refuse)}
    error = subclass(ValueError, **asked)(held)
    assert edges(error)[0] == ((".args", "[0]"), held)
    items = np.empty(1, object)
    items[0] = held
    array = items.view(type("Asked", (np.ndarray,), {"dtype": property(refuse)}))
    assert edges(array) == [(".flat[0]", held)]


def test_records_in_an_array_are_read_field_by_field():
    held = [1]
    array = np.zeros(2, [("a", object), ("b", int)])
    array["a"][1] = held
    assert edges(array) == [(".flat[0]", (0, 0)), (".flat[1]", (held, 0))]


def test_the_ends_and_the_step_of_a_slice():
    assert edges(slice([1], 2, 3)) == [(".start", [1]), (".stop", 2), (".step", 3)]
    assert table.reader(slice) is not None


class Incomparably:
    def __eq__(self, other):
        raise RuntimeError("compared")

    __hash__ = None


def test_a_copied_context_shows_what_the_current_one_does_not_hold():
    first, second, third = (contextvars.ContextVar(name) for name in ("first", "second", "third"))
    common, old, new = Incomparably(), Incomparably(), Incomparably()

    def copied():
        first.set(common)
        second.set(old)
        return contextvars.copy_context()

    inner = contextvars.copy_context()
    outer = inner.run(copied)
    assert [step for step, _ in sorted(edges(outer), key=lambda edge: edge[0])] == [
        "['first']", "['second']",
    ]  # fmt: skip

    def compared():
        second.set(new)
        third.set(new)
        return edges(outer)

    assert inner.run(compared) == [("['second']", old)]
