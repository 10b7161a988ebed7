"""Which edges of two objects correspond."""

from __future__ import annotations

import pytest

from pytest_tfpclone.state import alignment
from pytest_tfpclone.state.alignment import aligned


def sequence(*items, name=""):
    return [(f"{name}[{i}]", item) for i, item in enumerate(items)]


def test_edges_correspond_by_step():
    found, left, right = aligned([(".a", 1), (".b", 2)], [(".b", "x"), (".c", 3)])
    assert (found, left, right) == ([(".b", 2, "x")], [(".a", 1)], [(".c", 3)])


def test_sequences_of_one_length_correspond_by_place():
    found, left, right = aligned([*sequence(1, "a"), (".x", 0)], [*sequence("b", 2), (".y", 0)])
    assert found == [("[0]", 1, "b"), ("[1]", "a", 2)]
    assert (left, right) == ([(".x", 0)], [(".y", 0)])


@pytest.mark.parametrize(
    ("ours", "theirs", "pairs", "left", "right"),
    [
        ((1, "a"), (1, 2.0, "b"), [("[0]", 1, 1), ("[1]", "a", "b")], [], [("[1]", 2.0)]),
        ((1, 2.0, "b"), (1, "a"), [("[0]", 1, 1), ("[2]", "b", "a")], [("[1]", 2.0)], []),
        ((1, 2, 3), (4, 5), [("[0]", 1, 4), ("[1]", 2, 5)], [("[2]", 3)], []),
        (("a",), (1, 2), [], [("[0]", "a")], [("[0]", 1), ("[1]", 2)]),
    ],
)
def test_sequences_of_two_lengths_correspond_by_type(ours, theirs, pairs, left, right):
    assert aligned(sequence(*ours), sequence(*theirs)) == (pairs, left, right)


def test_sequences_are_told_apart_by_name():
    lefts = [*sequence(1, name=".a"), *sequence("x", "y", name=".b")]
    rights = [*sequence(2, 3.0, name=".a"), *sequence("z", "w", name=".b")]
    found, left, right = aligned(lefts, rights)
    assert found == [(".b[0]", "x", "z"), (".b[1]", "y", "w"), (".a[0]", 1, 2)]
    assert (left, right) == ([], [(".a[1]", 3.0)])


def test_a_sequence_that_one_side_lacks_is_missing_as_a_whole():
    found, left, right = aligned(sequence(1, 2), [(".x", 1)])
    assert (found, left, right) == ([], sequence(1, 2), [(".x", 1)])


@pytest.fixture
def longest(monkeypatch):
    assert alignment._LONGEST == 2000
    monkeypatch.setattr(alignment, "_LONGEST", 300)


@pytest.mark.parametrize("count", [250, 299])
def test_long_sequences_correspond_by_type_up_to_a_limit(count, longest):
    items = list(range(count))
    more, fewer = sequence(0.5, *items), sequence(*items)
    found, left, right = aligned(more, fewer)
    assert [(ours, theirs) for _, ours, theirs in found] == list(zip(items, items, strict=True))
    assert (left, right) == ([("[0]", 0.5)], [])
    found, left, right = aligned(fewer, more)
    assert [step for step, _, _ in found] == [f"[{place}]" for place in items]
    assert (left, right) == ([], [("[0]", 0.5)])


@pytest.mark.parametrize("count", [300, 301, 400])
def test_longer_ones_correspond_by_place(count, longest):
    ours, theirs = sequence(*range(count)), sequence(0.5, *range(count))
    found, left, right = aligned(ours, theirs)
    assert found[0] == ("[0]", 0, 0.5)
    assert (len(found), left, right) == (count, [], [(f"[{count}]", count - 1)])


def test_long_sequences_of_one_length_correspond_by_place_whatever_their_types():
    ours, theirs = sequence(*range(500)), sequence(0.5, *range(499))
    found, left, right = aligned(ours, theirs)
    assert found[0] == ("[0]", 0, 0.5)
    assert (len(found), left, right) == (500, [], [])


def test_runs_of_items_correspond_one_by_one():
    found, left, right = aligned(sequence(1, 2, 3, 4), sequence("x", "y", "z", 5, 6, 7, 8))
    assert [(ours, theirs) for _, ours, theirs in found] == [(1, 5), (2, 6), (3, 7), (4, 8)]
    assert left == []
    assert right == sequence("x", "y", "z")


def test_what_is_no_item_never_corresponds_by_type():
    found, left, right = aligned([(".a", 1), (".b", 2)], [(".c", 1)])
    assert (found, left, right) == ([], [(".a", 1), (".b", 2)], [(".c", 1)])


def test_steps_of_several_parts_are_items_too():
    lefts = [((".layers", "[0]"), 1), ((".layers", "[1]"), "a")]
    rights = [((".layers", "[0]"), "b")]
    found, left, right = aligned(lefts, rights)
    assert found == [((".layers", "[1]"), "a", "b")]
    assert (left, right) == ([((".layers", "[0]"), 1)], [])
