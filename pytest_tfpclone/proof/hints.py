"""Say what to do about shared state."""

from __future__ import annotations

from pytest_tfpclone.proof.sharing import Shared
from pytest_tfpclone.state import kinds
from pytest_tfpclone.state.walk import Reach, Walk

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
