"""Keep datasets, which are immutable, and refuse those that use what can change."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from pytest_tfpclone.cloning.dispatch import built_in
from pytest_tfpclone.cloning.errors import UnclonableError
from pytest_tfpclone.state import kinds
from pytest_tfpclone.state.cells.base import cell_of
from pytest_tfpclone.state.framework import is_framework_function, is_framework_type
from pytest_tfpclone.state.walk import Walk

if TYPE_CHECKING:
    from pytest_tfpclone.cloning.engine import Cloner

_CALLS_PYTHON = frozenset({"EagerPyFunc", "PyFunc", "PyFuncStateless"})
_ADVICE = (
    "Keep the dataset outside of the model, make it where it is used, or pass it in "
    "clone(obj, shared=[...])."
)


@built_in(tf.data.Dataset)
def keep_dataset(original: Any, cloner: Cloner) -> Any:
    """Keep a dataset, unless a pass over it depends on a variable, on Python state or on others."""
    pending = [original]
    while pending:
        dataset = pending.pop()
        pending.extend(dataset._inputs())
        reason = _reason(dataset)
        if reason:
            raise UnclonableError(original, f"it is a dataset {reason}", _ADVICE)
    return original


def _reason(dataset: Any) -> str | None:
    if getattr(dataset, "_reshuffle_each_iteration", False):
        return "whose shuffle counts the passes over it, in the clone as in the original"
    for wrapped in dataset._functions():
        if any(tensor.dtype == tf.resource for tensor in wrapped.function.captured_inputs):
            return "whose functions use a variable"
        if _calls_python(wrapped.function.graph):
            held = next(_python_state(wrapped._func), None)
            if held is not None:
                kind = kinds.name(type(held))
                return f"that calls Python code on every pass, which uses state ({kind})"
    return None


def _calls_python(graph: tf.Graph) -> bool:
    definition = graph.as_graph_def()
    nodes = [*definition.node]
    for function in definition.library.function:
        nodes += function.node_def
    return any(node.op in _CALLS_PYTHON for node in nodes)


def _python_state(function: Any) -> Iterator[Any]:
    """Yield the state that users' functions and objects behind a dataset's function reach."""
    for node in Walk(function):
        kind = type(node.value)
        if kind is types.FunctionType and not is_framework_function(node.value):
            for inner in Walk(node.value):
                if type(inner.value) is not types.CellType and cell_of(inner.value) is not None:
                    yield inner.value
        elif not is_framework_type(kind):
            yield node.value
