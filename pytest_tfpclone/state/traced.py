"""Look into ``tf.function`` objects: their Python function, and what their traces captured.

Only traces that exist are read. Listing them the public way would trace a
function that has an input signature, and looking must change nothing.
"""

from __future__ import annotations

import contextlib
import types
from collections.abc import Iterator
from typing import Any

from tensorflow.python.distribute.cross_device_ops import CrossDeviceOps
from tensorflow.python.distribute.cross_device_utils import (
    CollectiveKeys,
    CollectiveReplicaLauncher,
)
from tensorflow.python.eager.polymorphic_function.concrete_function import ConcreteFunction
from tensorflow.python.eager.polymorphic_function.polymorphic_function import Function
from tensorflow_probability.python.internal.cache_util import BijectorCache

from pytest_tfpclone.state.attributes import Edges, attributes, is_keras_model
from pytest_tfpclone.state.edges import edges, table
from pytest_tfpclone.state.walk import Walk

_TRACES = (
    "_variable_creation_config", "_no_variable_creation_config", "_concrete_variable_creation_fn",
)  # fmt: skip
# What Keras makes when it needs it, around the model itself.
_REMADE = ("train_function", "test_function", "predict_function", "train_tf_function")
_CACHES = ("_function_cache", "_function_captures")

# How a strategy's replicas talk to each other is the strategy's, as it is itself.
table.leaf(BijectorCache, CollectiveReplicaLauncher, CollectiveKeys, CrossDeviceOps)


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
    machinery = _of_strategies(captured)
    return [
        ((".captured_inputs", f"[{i}]"), item)
        for i, item in enumerate(captured)
        if id(item) not in machinery
    ]


def _of_strategies(captured: Any) -> set[int]:
    """Return the ids of captured handles to what orders a strategy's collective operations."""
    found: set[int] = set()
    for item in captured:
        for _, held in edges(item) if type(item) is types.FunctionType else ():
            method = dict(edges(held)).get("") if type(held) is types.CellType else None
            launcher = getattr(method, "__self__", None)
            if type(launcher) is CollectiveReplicaLauncher:
                own = attributes(launcher) or {}
                found |= {id(getattr(variable, "_handle", None)) for variable in own.values()}
    return found


@contextlib.contextmanager
def untraced(walk: Walk) -> Iterator[None]:
    """Let the ``tf.function`` objects of a model start without traces, and give them back.

    One that has made variables keeps its traces: it can't be traced again.
    """
    held: list[tuple[dict[str, Any], dict[str, Any]]] = []
    made: list[tuple[dict[str, Any], dict[str, Any]]] = []
    for node in walk:
        if is_keras_model(type(node.value)):
            own = attributes(node.value) or {}
            made.append((own, {name: own[name] for name in _REMADE if own.get(name) is not None}))
        if type(node.value) is not Function:
            continue
        namespace = object.__getattribute__(node.value, "__dict__")
        if not namespace.get("_created_variables"):
            names = [name for name in (*_TRACES, *_CACHES) if name in namespace]
            held.append((namespace, {name: namespace[name] for name in names}))
    try:
        for namespace, traces in held:
            fresh = {name: type(traces[name])() for name in _CACHES if name in traces}
            namespace.update({**dict.fromkeys(traces), **fresh})
        for namespace, functions in made:
            namespace.update(dict.fromkeys(functions))
        yield
    finally:
        for namespace, functions in made:
            namespace.update(functions)
        for namespace, traces in held:
            namespace.update(traces)
