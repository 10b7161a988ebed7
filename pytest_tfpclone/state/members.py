"""Pair the members of two sets, or the entries of two dicts keyed by objects.

Order says nothing there: members correspond if what they stand for does.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable, Iterable
from typing import Any

from pytest_tfpclone.state import edges as look
from pytest_tfpclone.state import kinds
from pytest_tfpclone.state.attributes import Edges


def has_members(value: Any) -> bool:
    """Return whether an object is a set, or a dict with an object among its keys."""
    if issubclass(type(value), (set, frozenset)):
        return True
    if not issubclass(type(value), dict):
        return False
    return any(not look.is_plain_key(key) for key in dict.keys(value))


def paired_members(
    left: Any, right: Any, partners: Callable[[Any], Iterable[Any]]
) -> tuple[list[tuple[Any, Any, Any]], Edges, Edges]:
    """Pair what corresponds, in time linear in the number of members.

    Args:
        left: a set, or a dict keyed by objects.
        right: another of the same kind.
        partners: what is known to correspond to an object of the left side.

    Returns:
        (member, its entry, the other side's entry) of each pair, with None as the
        entries of a set; then what only the left and only the right side has.
    """
    theirs = _entries(right)
    places: dict[Hashable, list[int]] = {}
    for place, (member, _) in enumerate(theirs):
        places.setdefault(_key(member), []).append(place)
    found: list[tuple[Any, Any, Any]] = []
    taken: set[int] = set()
    only_left: list[Any] = []
    for member, entry in _entries(left):
        plain = look.is_plain_key(member)
        keys = [_key(member)] if plain else map(id, partners(_subject(member)))
        match = next((places[key].pop(0) for key in keys if places.get(key)), None)
        if match is None:
            only_left += _alone(member, entry)
        else:
            taken.add(match)
            found.append((member, entry, theirs[match][1]))
    only_right = [
        part
        for place, (member, entry) in enumerate(theirs)
        if place not in taken
        for part in _alone(member, entry)
    ]
    return found, _numbered(only_left), _numbered(only_right)


def _entries(value: Any) -> list[tuple[Any, Any]]:
    if issubclass(type(value), dict):
        return list(dict.items(value))
    return [(member, None) for _, member in look.set_edges(value)]


def _key(member: Any) -> Hashable:
    """Return what a plain key says, and the id of what anything else stands for."""
    if look.is_plain_key(member):
        return look.shown_key(member)
    return id(_subject(member))


def _subject(key: Any) -> Any:
    """Return what a key stands for: a weak reference or an identity wrapper has one referent."""
    for _ in range(3):
        children = look.edges(key)
        if len(children) != 1 or not (
            issubclass(type(key), weakref.ref) or kinds.name(type(key)).endswith("IdentityWrapper")
        ):
            break
        key = children[0][1]
    return key


def _alone(member: Any, entry: Any) -> list[Any]:
    parts = [] if look.is_leaf(member) and entry is not None else [member]
    return parts if entry is None else [*parts, entry]


def _numbered(parts: list[Any]) -> Edges:
    return [(f"[<member {i}>]", part) for i, part in enumerate(parts)]
