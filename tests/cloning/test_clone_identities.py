"""Identities of a model's objects, kept as numbers and texts, are those of the clone's."""

from __future__ import annotations

import collections
import types

import pytest

from pytest_tfpclone import clone


class Marked:
    __slots__ = ("mark", "part")


IDENTITIES = {
    "list": lambda part: [id(part)],
    "set": lambda part: {id(part)},
    "frozenset": lambda part: frozenset([id(part)]),
    "tuple": lambda part: (1, id(part)),
    "tuple in a tuple": lambda part: ("a", ("b", id(part), [2])),
    "deque": lambda part: collections.deque([(id(part),)]),
    "value": lambda part: {"a": (id(part), 2)},
    "key": lambda part: {("a", (id(part), 0)): 1},
    "number": id,
}


@pytest.mark.parametrize("name", IDENTITIES)
@pytest.mark.parametrize("kind", [types.SimpleNamespace, Marked])
def test_an_identity_is_that_of_the_clones_part(name, kind):
    original = kind()
    original.part = [1]
    original.mark = IDENTITIES[name](original.part)
    made = clone(original)
    assert made.mark == IDENTITIES[name](made.part)
    assert type(made.mark) is type(original.mark)
    assert original.mark == IDENTITIES[name](original.part)


def test_containers_keyed_by_identity_are_keyed_anew():
    part = types.SimpleNamespace()
    original = {
        "part": part,
        "by_id": {id(part): "slot", 5: "kept"},
        "listed": [id(part), (str(id(part)), 0)],
        "known": {id(part)},
        "nodes": {f"{id(part)}_ib-0"},
        "pairs": {(id(part), "a")},
    }
    copy = clone(original)
    fresh = id(copy["part"])
    assert copy["by_id"] == {fresh: "slot", 5: "kept"}
    assert copy["listed"] == [fresh, (str(fresh), 0)]
    assert copy["known"] == {fresh}
    assert copy["nodes"] == {f"{fresh}_ib-0"}
    assert copy["pairs"] == {(fresh, "a")}
    assert original["by_id"] == {id(part): "slot", 5: "kept"}


@pytest.mark.parametrize("kind", [types.SimpleNamespace, Marked])
def test_what_only_looks_like_an_identity_stays_one_object(kind):
    original = kind()
    original.mark = original.part = ("part_1", 1 << 40, ("layer_2",), [3])
    made = clone(original)
    assert made.mark is made.part
    assert made.mark == original.mark
    assert made.mark[2] is original.mark[2]
