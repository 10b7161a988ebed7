"""Look through TensorFlow's wrappers of lists, dicts and tuples, and its datasets."""

from __future__ import annotations

from typing import Any

import tensorflow as tf
import wrapt
from tensorflow.python.trackable.data_structures import ListWrapper

from pytest_tfpclone.state.attributes import Edges, instance_edges
from pytest_tfpclone.state.edges import table

_SNAPSHOTS = (
    "._storage",
    "._last_wrapped_list_snapshot",
    "._self_last_wrapped_dict_snapshot",
)


@table.add(wrapt.ObjectProxy)
def proxy_edges(proxy: Any) -> Edges:
    """Return what a proxy stands for, and its own attributes."""
    for base in type(proxy).__mro__:
        descriptor = type.__getattribute__(base, "__dict__").get("__wrapped__")
        if descriptor is not None and hasattr(descriptor, "__get__"):
            return [("", descriptor.__get__(proxy, type(proxy))), *_attributes(proxy)]
    return instance_edges(proxy)


@table.add(tf.data.Dataset)
def dataset_edges(dataset: Any) -> Edges:
    """Return the functions and inputs of a dataset, which is immutable itself."""
    own = ("._variant_tensor_attr", "._options_attr")
    return [edge for edge in instance_edges(dataset) if edge[0] not in own]


@table.add(ListWrapper)
def list_wrapper_edges(wrapper: Any) -> Edges:
    """Return the list that a wrapper stands for: its own items may be out of date."""
    namespace = object.__getattribute__(wrapper, "__dict__")
    return [("", namespace.get("_storage")), *_attributes(wrapper)]


def _attributes(wrapper: Any) -> Edges:
    return [edge for edge in instance_edges(wrapper) if edge[0] not in _SNAPSHOTS]
