"""Look into ``tf.function`` objects: their Python function, and what their traces captured.

Only traces that exist are read. Listing them the public way would trace a
function that has an input signature, and looking must change nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from tensorflow.python.eager.polymorphic_function.concrete_function import ConcreteFunction
from tensorflow.python.eager.polymorphic_function.polymorphic_function import Function
from tensorflow_probability.python.internal.cache_util import BijectorCache

from pytest_tfpclone.state.attributes import Edges
from pytest_tfpclone.state.edges import table
from pytest_tfpclone.state.walk import Walk

_TRACES = (
    "_variable_creation_config", "_no_variable_creation_config", "_concrete_variable_creation_fn",
)  # fmt: skip

table.leaf(BijectorCache)


@table.add(Function)
def function_edges(function: Any) -> Edges:
    """Return the Python function and the traces of a ``tf.function``."""
    namespace = object.__getattribute__(function, "__dict__")
    found: Edges = [(".python_function", namespace["_python_function"])]
    traces: list[Any] = []
    for name in ("_variable_creation_config", "_no_variable_creation_config"):
        config = namespace.get(name)
        cache = getattr(config, "function_cache", None)
        if cache is not None:
            traces += list(getattr(cache, "_primary", {}).values())
    first = namespace.get("_concrete_variable_creation_fn")
    if first is not None:
        traces.append(first)
    unique = {id(trace): trace for trace in traces}
    return found + [(f".<trace {i}>", trace) for i, trace in enumerate(unique.values())]


@table.add(ConcreteFunction)
def concrete_function_edges(function: Any) -> Edges:
    """Return what a traced function captured."""
    captured = object.__getattribute__(function, "__dict__").get("_captured_inputs", ())
    return [((".captured_inputs", f"[{i}]"), item) for i, item in enumerate(captured)]


@contextlib.contextmanager
def untraced(walk: Walk) -> Iterator[None]:
    """Let the ``tf.function`` objects of a model start without traces, and give them back.

    One that has made variables keeps its traces: it can't be traced again.
    """
    held: list[tuple[dict[str, Any], dict[str, Any]]] = []
    for node in walk:
        if type(node.value) is not Function:
            continue
        namespace = object.__getattribute__(node.value, "__dict__")
        if not namespace.get("_created_variables"):
            held.append(
                (namespace, {name: namespace[name] for name in _TRACES if name in namespace})
            )
    try:
        for namespace, traces in held:
            namespace.update(dict.fromkeys(traces))
        yield
    finally:
        for namespace, traces in held:
            namespace.update(traces)
