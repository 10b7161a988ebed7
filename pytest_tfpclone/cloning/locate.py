"""Where in a model a part is: to name what is refused, to find what is declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pytest_tfpclone.cloning.errors import CloneRefused, UnclonableError
from pytest_tfpclone.state import kinds
from pytest_tfpclone.state.paths import Path, printed


def parts(root: object) -> Iterator[tuple[Path, Any]]:
    """Yield every object that a model reaches with the shortest path to it."""
    from pytest_tfpclone.state.walk import Walk

    for node in Walk(root):
        yield node.path, node.value


def path_of(root: object, wanted: object) -> str:
    """Return the printed path of the shortest way from a model to a part."""
    from pytest_tfpclone.state.walk import Walk

    walk = Walk(root)
    known = walk.node(wanted)
    if known is not None:
        return printed(known.path)
    for node in walk:
        for step, part in node.edges:
            if part is wanted:
                last = step if isinstance(step, tuple) else (step,)
                return printed(node.path + last)
    return f"original.<{kinds.name(type(wanted))}>"


def refused(root: object, error: UnclonableError) -> CloneRefused:
    """Return the error that names a refused part by its path."""
    kind = kinds.name(type(error.part))
    advice = error.advice or (
        "Pass it in clone(obj, shared=[...]) to share it, or teach clone the type with "
        f"@cloners.handler({kind})."
    )
    return CloneRefused(path_of(root, error.part), error.reason, advice)


def declared_parts(root: object, shared: Iterable[object]) -> list[Any]:
    """Return the parts of a model that are declared to be shared.

    Raises:
        ValueError: a declaration matches nothing.
    """
    if isinstance(shared, str) or not isinstance(shared, Iterable):
        raise TypeError(f"clone: shared= takes a list of declarations, got {shared!r}")
    entries = tuple(shared)
    if not entries:
        return []
    from pytest_tfpclone.state.declare import Declarations
    from pytest_tfpclone.state.walk import Walk

    declared = Declarations(entries, argument="shared")
    found = declared.matched_in(Walk(root))
    unmatched = declared.unmatched()
    if unmatched:
        raise ValueError(
            f"clone: shared= matches nothing in the model: {', '.join(unmatched)}\n"
            "Write a path as it is printed, without the model's name, a type, or the object."
        )
    return list(found.values())
