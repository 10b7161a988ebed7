"""What declarations refuse, what counts as matched, and how those that match nothing are named."""

from __future__ import annotations

import pytest

from pytest_tfpclone import where
from pytest_tfpclone.state.declare import Declarations, Glob
from pytest_tfpclone.state.walk import Walk


class Plain:
    def __init__(self, **attributes):
        vars(self).update(attributes)


@pytest.mark.parametrize("entry", [None, True, 3, 2.5, {"a": 1}])
def test_what_can_be_no_declaration(entry):
    with pytest.raises(TypeError, match=r"^ignore takes path globs, types, .*; got ") as caught:
        Declarations([entry], argument="ignore")
    assert str(caught.value).endswith(repr(entry))


def test_a_wrong_path_names_the_argument():
    with pytest.raises(ValueError, match=r"^shared: 'a\]' is no path: at '\]'"):
        Declarations("a]")


@pytest.mark.parametrize("kind", [list, tuple, set, frozenset])
def test_declarations_come_in_any_collection(kind):
    declared = Declarations(kind(["a", "b"]))
    assert set(declared.unmatched()) == {"'a'", "'b'"}


def test_globs_alone_cover_paths_and_remember_it():
    declared = Declarations([Plain, "a", "*", "b"])
    assert declared.covers((".a",))
    assert declared.unmatched() == ("Plain", "'b'")
    assert not declared.covers((".a", ".b"))
    assert declared.covers((".b",))
    assert declared.unmatched() == ("Plain",)


def test_an_object_at_a_path_may_match_several():
    declared = Declarations([Plain, "a", where(lambda value: True), int])
    assert declared.match((".a",), Plain())
    assert declared.unmatched() == ("int",)
    assert Declarations([int, "a"]).match((".b",), 3)
    assert not Declarations([int, "a"]).match((".b",), 3.5)


@pytest.mark.parametrize(
    ("pattern", "is_matched"), [("rate", True), ("inner.rate", True), ("inner", True), ("r", False)]
)
def test_a_path_to_a_plain_value_is_not_stale(pattern, is_matched):
    declared = Declarations([pattern, "nowhere"])
    found = declared.matched_in(Walk(Plain(rate=1.5, inner=Plain(rate=2))))
    assert len(found) == (pattern == "inner")
    assert declared.unmatched() == (("'nowhere'",) if is_matched else ("'r'", "'nowhere'"))


def test_a_part_of_the_way_to_a_plain_value_is_no_match():
    declared = Declarations(["inner.rate.real", "rate"])
    assert declared.matched_in(Walk(Plain(inner=Plain(rate=2)))) == {}
    assert declared.unmatched() == ("'inner.rate.real'", "'rate'")


def test_what_a_walk_leaves_out_is_not_matched():
    inner = Plain(rate=[1])
    root = Plain(inner=inner)
    declared = Declarations(["inner.rate"])
    assert declared.matched_in(Walk(root, without=frozenset([id(inner)]))) == {}
    assert declared.unmatched() == ("'inner.rate'",)


def test_the_search_goes_on_behind_what_was_met_before():
    first, last = Plain(rate=[1]), Plain(rate=[2])
    root = Plain(a=first, b=first, c=last)
    first.root = root
    found = Declarations(["*.rate"]).matched_in(Walk(root))
    assert list(found.values()) in ([[1], [2]], [[2], [1]])
    found = Declarations(["**"]).matched_in(Walk(root))
    assert set(found) == {id(each) for each in (root, first, last, first.rate, last.rate)} | {
        id(Plain.__init__)
    }


def named(value):
    return True


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        (named, "the function named (write where(named) for a predicate)"),
        ("original.a", "'original.a' (write paths without the root's name)"),
        ("clone.a", "'clone.a' (write paths without the root's name)"),
        ("model.a", "'model.a' (write paths without the root's name)"),
        ("models.a", "'models.a'"),
        (Plain, "Plain"),
        (where(named), "where(named)"),
        (Plain(), "<Plain object>"),
    ],
)
def test_how_what_matched_nothing_is_named(entry, text):
    assert Declarations([entry]).unmatched() == (text,)


def test_a_predicate_may_be_any_object_that_can_be_called():
    class Predicate:
        def __call__(self, value):
            return value == 3

    assert repr(where(Predicate())) == "where(Predicate)"
    assert Declarations(where(Predicate())).match((), 3)
    assert not Declarations(where(Predicate())).match((), 4)


def test_objects_are_told_apart_by_identity():
    class Equal:
        def __eq__(self, other):
            raise RuntimeError("compared")

        __hash__ = None

    one, other = Equal(), Equal()
    assert Declarations([one]).match((), one)
    assert not Declarations([one]).match((), other)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("a.**.b.**", [".a", ".b"], True),
        ("**.**", [], True),
        ("a", [".a", ".a"], False),
        ("a.b", [".a"], False),
        ("a.**", [], False),
        ("a[*]", [".a", "[1]"], True),
        ("a[*]", [".a", ".b"], True),
        ("a.*", [(".a", ".b")], True),
        ("**.a.b", [".a", ".a", ".b"], True),
    ],
)
def test_whole_paths_are_accepted(pattern, path, expected):
    assert Glob(pattern).accepts(tuple(path)) is expected
    assert repr(Glob(pattern)) == repr(pattern)
