"""Where in a model a part is: to name what is refused, to find what is declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pytest_tfpclone.cloning.errors import CloneRefused, UnclonableError
from pytest_tfpclone.state import kinds
from pytest_tfpclone.state.paths import Path, printed
from pytest_tfpclone.words import a


def parts(root: object) -> Iterator[tuple[Path, Any]]:
    """Yield every object that a model reaches with the shortest path to it."""
    from pytest_tfpclone.state.walk import Walk

    for node in Walk(root):
        yield node.path, node.value


def refused(root: object, error: UnclonableError, distrusted: Mapping[type, str]) -> CloneRefused:
    """Return the error that names a refused part by its path.

    Args:
        root: the model.
        error: what refused the part.
        distrusted: the classes that were asked to copy their objects, and what came of it.
    """
    kind = kinds.name(type(error.part))
    advice = error.advice or (
        "Pass it in clone(obj, shared=[...]) to share it, or teach clone the type with "
        f"@cloners.handler({kind})."
    )
    path, owners = _place_of(root, error.part)
    asked = dict.fromkeys(owner for owner in owners if owner in distrusted)
    for owner in asked:
        advice += f"\n{kinds.name(owner)} was asked to copy itself: {distrusted[owner]}."
    return CloneRefused(printed(path), error.reason, advice)


def _place_of(root: object, wanted: object) -> tuple[Path, list[type]]:
    """Return the shortest path to a part, and the classes of all objects on it."""
    from pytest_tfpclone.state.walk import Walk

    walk = Walk(root)
    node = walk.node(wanted)
    path = () if node is None else node.path
    if node is None:
        met = ((each, step) for each in walk for step, part in each.edges if part is wanted)
        node, step = next(met, (walk.node(root), f".<{kinds.name(type(wanted))}>"))
        above = () if node is None else node.path
        path = above + (step if isinstance(step, tuple) else (step,))
    owners = []
    while node is not None:
        owners.append(type(node.value))
        node = node.parent
    return path, owners


def declared_parts(root: object, shared: Iterable[object]) -> list[Any]:
    """Return the parts of a model that are declared to be shared.

    Raises:
        ValueError: a declaration matches nothing, or the model itself.
    """
    if isinstance(shared, str) or not isinstance(shared, Iterable):
        raise TypeError(f"clone: shared= takes a list of declarations, got {shared!r}")
    entries = tuple(shared)
    if not entries:
        return []
    from pytest_tfpclone.state.declare import Declarations
    from pytest_tfpclone.state.walk import Walk

    walk = Walk(root)
    found: dict[int, Any] = {}
    unmatched: list[str] = []
    for entry in entries:
        declared = Declarations((entry,), argument="shared")
        (shown,) = declared.unmatched()  # none is matched yet
        matched = declared.matched_in(walk)
        if id(root) in matched:
            raise ValueError(
                f"clone: shared= covers the model itself, {a(kinds.name(type(root)))}, by {shown}: "
                "the clone would be the original\nDeclare parts of the model."
            )
        found.update(matched)
        unmatched += declared.unmatched()
    if unmatched:
        raise ValueError(
            f"clone: shared= matches nothing in the model: {', '.join(unmatched)}\n"
            "Write a path as it is printed, without the model's name, a type, or the object."
        )
    return list(found.values())
