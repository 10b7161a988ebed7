"""Which edges of two objects correspond."""

from __future__ import annotations

import pytest

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


def test_very_long_sequences_correspond_by_place():
    ours, theirs = sequence(*range(2001)), sequence(*range(2002))
    found, left, right = aligned(ours, theirs)
    assert (len(found), left, right) == (2001, [], [("[2001]", 2001)])


def test_steps_of_several_parts_are_items_too():
    lefts = [((".layers", "[0]"), 1), ((".layers", "[1]"), "a")]
    rights = [((".layers", "[0]"), "b")]
    found, left, right = aligned(lefts, rights)
    assert found == [((".layers", "[1]"), "a", "b")]
    assert (left, right) == ([((".layers", "[0]"), 1)], [])
