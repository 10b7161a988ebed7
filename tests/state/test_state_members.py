"""Members of sets correspond by what they stand for, whatever their order."""

from __future__ import annotations

import weakref

from pytest_tfpclone.state.members import has_members, paired_members


class Thing:
    pass


def nobody(value):
    return ()


def test_leaves_correspond_by_type_and_value():
    found, lefts, rights = paired_members({1, "a", 2.5}, {2.5, 1, "b"}, nobody)
    assert {member for member, _, _ in found} == {1, 2.5}
    assert [part for _, part in lefts] == ["a"]
    assert [part for _, part in rights] == ["b"]


def test_true_is_not_one():
    found, lefts, rights = paired_members({True}, {1}, nobody)
    assert (found, len(lefts), len(rights)) == ([], 1, 1)


def test_objects_correspond_by_their_partners():
    first, second, other, another = Thing(), Thing(), Thing(), Thing()
    known = {id(first): [another], id(second): [other]}
    left, right = {first: "a", second: "b"}, {other: "b", another: "a"}
    found, lefts, rights = paired_members(left, right, lambda value: known[id(value)])
    assert [(ours, theirs) for _, ours, theirs in found] == [("a", "a"), ("b", "b")]
    assert lefts == rights == []


def test_weak_references_stand_for_their_targets():
    first, other = Thing(), Thing()
    left, right = {weakref.ref(first): 1}, {weakref.ref(other): 2}
    found, _, _ = paired_members(left, right, lambda value: [other] if value is first else [])
    assert [(ours, theirs) for _, ours, theirs in found] == [(1, 2)]


def test_objects_without_partners_are_left_over():
    found, lefts, rights = paired_members({Thing()}, {Thing()}, nobody)
    assert (found, len(lefts), len(rights)) == ([], 1, 1)


def test_what_has_members():
    assert has_members({1})
    assert has_members(frozenset())
    assert has_members({Thing(): 1})
    assert not has_members({"a": Thing()})
    assert not has_members([Thing()])
