"""TensorFlow's immutable objects stay; tensors of resources without owner are refused."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import tensorflow as tf
from tensorflow.python.data.ops import iterator_ops
from tensorflow.python.eager.polymorphic_function import concrete_function
from tensorflow.python.framework import _pywrap_python_api_dispatcher, ops, type_spec
from tensorflow.python.ops import variable_scope

from pytest_tfpclone.cloning.dispatch import built_in
from pytest_tfpclone.cloning.errors import UnclonableError
from pytest_tfpclone.cloning.instances import fill_attributes, layout_of, namespace_of

if TYPE_CHECKING:
    from pytest_tfpclone.cloning.engine import Cloner

_Steps = Generator[Any, Any, Any]
_OPAQUE = (tf.resource, tf.variant)


@built_in(
    tf.DType,
    tf.TensorShape,
    tf.Graph,
    tf.Operation,
    tf.Tensor,
    tf.TensorSpec,
    tf.distribute.Strategy,
    tf.distribute.StrategyExtended,
    tf.distribute.ReplicaContext,
    variable_scope._VariableScopeStore,
    _pywrap_python_api_dispatcher.PythonAPIDispatcher,
)
def keep(original: Any, cloner: Cloner) -> Any:
    """Keep what is immutable, and what belongs to the process: strategies, scopes of names."""
    return original


@built_in(ops.EagerTensor)
def clone_tensor(original: Any, cloner: Cloner) -> _Steps:
    """Keep a tensor, unless it carries attributes that change."""
    if original.dtype in _OPAQUE:
        raise UnclonableError(
            original,
            f"it is a bare {original.dtype.name} tensor, whose content TensorFlow can't read out",
        )
    attributes = {}
    changed = False
    for name, value in list(vars(original).items()):
        attributes[name] = yield value
        changed = changed or attributes[name] is not value
    if not changed:
        return original
    copy = tf.identity(original)
    vars(copy).update(attributes)
    return copy


@built_in(type_spec.TypeSpec)
def clone_type_spec(original: Any, cloner: Cloner) -> _Steps:
    """Keep a type specification, unless it holds a function that changes."""
    kind = type(original)
    copy = object.__new__(kind)
    cloner.remember(original, copy)
    yield from fill_attributes(original, copy, cloner)
    fresh = _held(copy)
    if all(fresh.get(name) is value for name, value in _held(original).items()):
        return cloner.keep(original)
    return copy


def _held(value: Any) -> dict[str, Any]:
    held = dict(namespace_of(value))
    for name, member in layout_of(type(value)).slots:
        with contextlib.suppress(AttributeError):
            held[name] = member.__get__(value, type(value))
    return held


@built_in(iterator_ops.IteratorBase)
def refuse_iterator(original: Any, cloner: Cloner) -> Any:
    """Refuse a dataset's iterator: its position can't be read."""
    raise UnclonableError(
        original,
        "it is an iterator over a dataset, whose position can't be read",
        "Keep the dataset and iterate where it is used, or pass it in clone(obj, shared=[...]).",
    )


@built_in(concrete_function.ConcreteFunction)
def refuse_concrete_function(original: Any, cloner: Cloner) -> Any:
    """Refuse a traced graph: the original's variables are built into it."""
    raise UnclonableError(
        original,
        "it is a traced graph, into which the original's variables are built",
        "Keep the tf.function instead of its get_concrete_function(). A model that was loaded "
        "from a SavedModel has such graphs as its signatures: load it twice.",
    )
