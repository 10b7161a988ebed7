"""Members of sets correspond by what they stand for, whatever their order."""

from __future__ import annotations

import weakref

from pytest_tfpclone.state.members import has_members, paired_members


class Thing:
    pass


class IdentityWrapper:
    def __init__(self, wrapped):
        self.wrapped = wrapped


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


def test_an_object_and_a_reference_to_it_keep_their_order():
    first, other = Thing(), Thing()
    left, right = {first: "a", weakref.ref(first): "b"}, {other: "a", weakref.ref(other): "b"}
    found, _, _ = paired_members(left, right, lambda value: [other] if value is first else [])
    assert [(ours, theirs) for _, ours, theirs in found] == [("a", "a"), ("b", "b")]


def test_wrappers_by_identity_stand_for_what_they_wrap():
    first, other = Thing(), Thing()

    def wrapped(thing):
        return {IdentityWrapper(IdentityWrapper(weakref.ref(thing))): thing}

    found, lefts, rights = paired_members(
        wrapped(first), wrapped(other), lambda value: [other] if value is first else []
    )
    assert [(ours, theirs) for _, ours, theirs in found] == [(first, other)]
    assert lefts == rights == []


def test_other_holders_of_one_object_and_dead_references_stand_for_themselves():
    first, other, left, right = Thing(), Thing(), Thing(), Thing()
    left.held, right.held = first, other
    things = [Thing(), Thing()]
    gone, went = map(weakref.ref, things)
    assert {gone, went}  # a dead reference keeps the hash that it gave
    things.clear()
    known = {id(first): [other], id(gone): [went]}
    found, lefts, _ = paired_members(
        {left: 1, gone: 2}, {right: 1, went: 2}, lambda value: known.get(id(value), [])
    )
    assert [(ours, theirs) for _, ours, theirs in found] == [(2, 2)]
    assert [part for _, part in lefts] == [left, 1]


def test_a_wrapper_of_two_stands_for_itself():
    first, other = Thing(), Thing()
    left, right = IdentityWrapper(first), IdentityWrapper(other)
    left.more, right.more = Thing(), Thing()
    found, lefts, _ = paired_members(
        {left}, {right}, lambda value: [other] if value is first else []
    )
    assert (found, [part for _, part in lefts]) == ([], [left])


def test_what_is_left_over_is_numbered_and_plain_keys_are_not_named():
    thing = Thing()
    _, lefts, rights = paired_members({"a": thing, thing: 1}, {}, nobody)
    assert lefts == [("[<member 0>]", thing), ("[<member 1>]", thing), ("[<member 2>]", 1)]
    assert rights == []


def test_objects_without_partners_are_left_over():
    found, lefts, rights = paired_members({Thing()}, {Thing()}, nobody)
    assert (found, len(lefts), len(rights)) == ([], 1, 1)


def test_what_has_members():
    assert has_members({1})
    assert has_members(frozenset())
    assert has_members({Thing(): 1})
    assert not has_members({"a": Thing()})
    assert not has_members([Thing()])
