"""Key anew what is keyed by identity: ``id()`` and the unique ids of variables.

Keras keys optimizer slots, graph nodes and tensor counts so. An integer or a
text is taken for an identity only if it is that of an object which was cloned.
"""

from __future__ import annotations

import collections
import operator
import re
from typing import Any

_SMALLEST_ADDRESS = 1 << 24
_DEEPEST = 8  # of tuples in tuples
_NODE_KEY = re.compile(r"(\d+)(_ib-\d+)")


def may_identify(value: object) -> bool:
    """Return whether a number or a text could stand for an object's identity."""
    kind = type(value)
    if kind is int:
        return value > _SMALLEST_ADDRESS  # type: ignore[operator]
    return kind is str and value[-1:].isdigit()  # type: ignore[index]


def holds_identity(item: object, depth: int = _DEEPEST) -> bool:
    """Return whether an item, or one in a tuple or a frozenset, could stand for an identity."""
    if type(item) in (tuple, frozenset):
        return depth > 0 and any(holds_identity(part, depth - 1) for part in item)  # type: ignore[attr-defined]
    return may_identify(item)


class Identities:
    """Containers and slots of the clone that may hold identities of originals."""

    def __init__(self) -> None:
        self._containers: list[Any] = []
        self._slots: list[tuple[Any, Any]] = []
        self._names: dict[str, str] = {}

    def add(self, container: object) -> None:
        """Look at this dict, list, deque or set of the clone at the next renewal."""
        self._containers.append(container)

    def add_slot(self, owner: object, member: Any) -> None:
        """Look at this slot of an object of the clone at the next renewal."""
        self._slots.append((owner, member))

    def rename(self, old: str, new: str) -> None:
        """Say which unique id the copy of a variable has."""
        self._names[old] = new

    def renew(self, copies: dict[int, Any]) -> None:
        """Replace every identity of an original by that of its copy, in what was added."""

        def renewed(value: Any) -> Any:
            if not holds_identity(value):
                return value
            kind = type(value)
            if kind in (tuple, frozenset):
                parts = list(map(renewed, value))
                same = all(map(operator.is_, parts, value))
                return value if same else kind(parts)
            if kind is int:
                return _address(value, copies)
            return self._names.get(value) or _text(value, copies)

        while self._containers:
            _renew(self._containers.pop(), renewed)
        while self._slots:
            owner, member = self._slots.pop()
            member.__set__(owner, renewed(member.__get__(owner)))


def _address(value: int, copies: dict[int, Any]) -> int:
    return id(copies[value]) if value in copies else value


def _text(value: str, copies: dict[int, Any]) -> str:
    if value.isascii() and value.isdigit():
        return str(_address(int(value), copies))
    found = _NODE_KEY.fullmatch(value)
    if found is None:
        return value
    return f"{_address(int(found[1]), copies)}{found[2]}"


def _renew(container: Any, renewed: Any) -> None:
    if isinstance(container, dict):
        items = [(renewed(key), renewed(item)) for key, item in dict.items(container)]
        if any(
            new[0] is not old[0] or new[1] is not old[1]
            for new, old in zip(items, dict.items(container), strict=True)
        ):
            container_type = type(container)
            base = dict if container_type.__setitem__ is dict.__setitem__ else container_type
            kind: Any = base if base.__module__ == "collections" else dict
            kind.clear(container)
            for key, item in items:
                kind.__setitem__(container, key, item)
    elif isinstance(container, (list, collections.deque)):
        sequence: Any = list if isinstance(container, list) else collections.deque
        for position, item in enumerate(list(sequence.__iter__(container))):
            sequence.__setitem__(container, position, renewed(item))
    elif isinstance(container, set):
        members = {renewed(item) for item in set.__iter__(container)}
        set.clear(container)
        set.update(container, members)
