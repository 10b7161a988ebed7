"""Clone Keras layers and models, with the calls of their own graph and no others'."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.cloning.instances import clone_by_reduction, fill_attributes, namespace_of

if TYPE_CHECKING:
    from pytest_tfpclone.cloning.engine import Cloner

_Steps = Generator[Any, Any, Any]
_INBOUND = frozenset({"_inbound_nodes", "_inbound_nodes_value"})
_OUTBOUND = frozenset({"_outbound_nodes", "_outbound_nodes_value"})


def clone_layer(original: Any, cloner: Cloner) -> _Steps:
    """Clone a layer, or a model with its layers, graph, optimizer and metrics.

    Keras' own ways go through a configuration, and untie layers:
    https://github.com/keras-team/keras/issues/20172.

    A layer records each of its calls, also those by models that only use it or its outputs.
    The clone has those that its tensors and graphs refer to.
    """
    try:
        copy = object.__new__(type(original))
    except TypeError:
        return (yield from clone_by_reduction(original, cloner))
    cloner.remember(original, copy)
    yield from fill_attributes(original, copy, cloner, _INBOUND | _OUTBOUND)
    for name in (_INBOUND | _OUTBOUND) & set(namespace_of(original)):
        calls = namespace_of(original)[name]
        fresh = cloner.remember(calls, list.__new__(type(calls)))
        yield from fill_attributes(calls, fresh, cloner)
        namespace_of(copy)[name] = fresh
        cloner.later(
            partial(_fill_inbound if name in _INBOUND else _fill_outbound, calls, fresh, cloner)
        )
    return copy


def _fill_inbound(calls: list[Any], fresh: list[Any], cloner: Cloner) -> None:
    """Enter the calls that the clone has, and those before them: tensors count from the first."""
    known = [i for i, call in enumerate(calls) if id(call) in cloner.copies]
    list.extend(fresh, [cloner(call) for call in calls[: max(known, default=-1) + 1]])


def _fill_outbound(calls: list[Any], fresh: list[Any], cloner: Cloner) -> None:
    list.extend(fresh, [cloner(call) for call in calls if id(call) in cloner.copies])


def clone_keras_tensor(original: Any, cloner: Cloner) -> _Steps:
    """Clone a symbolic tensor, with the call that made it."""
    copy = object.__new__(type(original))
    cloner.remember(original, copy)
    yield from fill_attributes(original, copy, cloner)
    history = namespace_of(original).get("_keras_history")
    if history is not None:
        yield history[0]._inbound_nodes[history[1]]
    return copy
