"""Say what is shared, what to do about it, and what is no more than worth knowing."""

from __future__ import annotations

from pytest_tfpclone.proof.below import data_below
from pytest_tfpclone.proof.sharing import Shared
from pytest_tfpclone.state import kinds, mutable
from pytest_tfpclone.state.cells import DataCell
from pytest_tfpclone.state.walk import Reach, Walk
from pytest_tfpclone.words import counted

_FUNCTION_STEPS = (".<closure", ".<default", ".args", ".keywords", ".__self__", ".python_function")


def hint(shared: Shared | None, walk: Walk) -> str:
    """Return advice that fits how state is shared.

    Args:
        shared: what is shared; None where a write crossed over and no object is known.
        walk: the original's.
    """
    if shared is None:
        return (
            "one model computes with the other's state, often through a closure or a "
            "tf.function; pytest_tfpclone.clone(original) rebuilds functions"
        )
    node = walk.nodes.get(id(shared.left))
    if shared.is_ambient or (node is not None and node.reach is Reach.AMBIENT):
        return (
            "a class or a module holds it, so every model has the same one: hold it in the "
            f"model, or declare it: shared=[{_glob(shared)!r}]"
        )
    if any(step.startswith(_FUNCTION_STEPS) for step in shared.left_path):
        return (
            "copy.deepcopy keeps functions as they are, with all that they hold, and clone_model "
            "those of Lambda layers; pytest_tfpclone.clone(original) rebuilds them around the "
            "clone's own state"
        )
    if shared.kind == "overlapping memory":
        return "copy the array: NumPy slices and views look into the memory of their base"
    what = kinds.name(type(shared.left))
    return (
        f"give the clone its own {what}, as pytest_tfpclone.clone(original) "
        f"does; if it is meant to be shared: shared=[{_glob(shared)!r}]"
    )


def _glob(shared: Shared) -> str:
    return "".join(shared.left_path).lstrip(".")


def notes_on_classes(places: list[str]) -> list[str]:
    """Return notes on what both models reach through a class or a module: one if there are many."""
    why = "through a class or a module"
    if len(places) <= 3:
        return [f"{place}: both reach it, {why}" for place in places]
    others = f"and so it is with {len(places) - 1} more"
    return [f"{places[0]}, {others}: both reach them, {why}; strict=True lists them"]


def label(shared: Shared, walk: Walk) -> str:
    """Return what is shared, in words, with the counts of the data that hang below it."""
    cell = mutable.state_cell(shared.left, frozenset([id(shared.left)]))
    if isinstance(cell, DataCell) or cell is None:
        return f"{cell.kind} {cell.label}" if cell else kinds.name(type(shared.left))
    hanging: dict[str, int] = {}
    for each in data_below(walk, shared.left, shared.is_ambient):
        hanging[each.kind] = hanging.get(each.kind, 0) + 1
    parts = " and ".join(counted(count, kind) for kind, count in hanging.items())
    return f"{cell.kind} {cell.label}" + (f", with {parts}" if parts else "")
