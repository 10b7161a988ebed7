"""Look through TensorFlow's wrappers of lists, dicts and tuples, and its datasets."""

from __future__ import annotations

from typing import Any

import tensorflow as tf
import wrapt
from tensorflow.python.data.ops.structured_function import StructuredFunctionWrapper
from tensorflow.python.trackable.data_structures import ListWrapper

from pytest_tfpclone.state import kinds
from pytest_tfpclone.state.attributes import Edges, instance_edges
from pytest_tfpclone.state.edges import edges, table

_SNAPSHOTS = (
    "._storage",
    "._last_wrapped_list_snapshot",
    "._self_last_wrapped_dict_snapshot",
)


@table.add(*(base for base in wrapt.ObjectProxy.__mro__ if "__wrapped__" in vars(base)))
def proxy_edges(proxy: Any) -> Edges:
    """Return what a proxy stands for, and its own attributes."""
    for base in kinds.bases(type(proxy)):
        descriptor = kinds.namespace(base).get("__wrapped__")
        if descriptor is not None and hasattr(descriptor, "__get__"):
            return [("", descriptor.__get__(proxy, type(proxy))), *_attributes(proxy)]
    return instance_edges(proxy)


@table.add(tf.data.Dataset)
def dataset_edges(dataset: Any) -> Edges:
    """Return the functions, inputs and tensors of a dataset, which is immutable itself."""
    own = ("._variant_tensor_attr", "._options_attr")
    found: Edges = []
    for step, item in instance_edges(dataset):
        if issubclass(type(item), (list, dict)):  # made once, and never changed
            found += [((str(step), str(place)), part) for place, part in edges(item)]
        elif step not in own:
            found.append((step, item))
    return found


@table.add(StructuredFunctionWrapper)
def dataset_function_edges(wrapper: Any) -> Edges:
    """Return the function that a dataset calls; how it is called never changes."""
    own = ("._func", "._function")
    return [edge for edge in instance_edges(wrapper) if edge[0] in own]


@table.add(ListWrapper)
def list_wrapper_edges(wrapper: Any) -> Edges:
    """Return the list that a wrapper stands for: its own items may be out of date."""
    namespace = object.__getattribute__(wrapper, "__dict__")
    return [("", namespace.get("_storage")), *_attributes(wrapper)]


def _attributes(wrapper: Any) -> Edges:
    return [edge for edge in instance_edges(wrapper) if edge[0] not in _SNAPSHOTS]
