"""Turn away what is no model, before anything is looked at, with an error that teaches."""

from __future__ import annotations

import functools
import types
from typing import Any

from pytest_tfpclone.state import framework, kinds
from pytest_tfpclone.words import a

__tracebackhide__ = True
_FUNCTIONS = (
    types.FunctionType, types.MethodType, types.BuiltinFunctionType, functools.partial,
)  # fmt: skip


def _tensors() -> type:
    from tensorflow.python.framework.ops import EagerTensor

    return EagerTensor  # type: ignore[no-any-return]


def require_model(value: object, argument: str) -> None:
    """Raise if an argument is not a model that holds its state already.

    Args:
        value: what the caller passed.
        argument: the name of the argument, for the message.

    Raises:
        TypeError: None, a class, a factory, a symbolic tensor, a plain value.
        ValueError: a Keras model or layer that is not built and will make variables when it is.
        RuntimeError: the call is made inside ``tf.function`` or a graph.
    """
    if value is not None:
        _require_eager(argument)
    require_clonable(value, argument)
    if issubclass(type(value), _FUNCTIONS):
        _require_own_variables(value, argument)
    _require_built(value, argument)
    if issubclass(type(value), _tensors()) and not _holds_state(value):
        raise TypeError(f"{argument} must be a model; got a tensor, which is a constant")
    if type(value) is object or (kinds.is_one_of(type(value), (tuple, frozenset)) and not value):
        raise TypeError(f"{argument} must be a model; got {value!r:.60}, which holds no state")


def require_clonable(value: object, argument: str) -> None:
    """Raise if an argument is nothing that a clone can be made of.

    Args:
        value: what the caller passed.
        argument: the name of the argument, for the message.

    Raises:
        TypeError: None, a class, a symbolic tensor, a plain value.
    """
    expected = f"{argument} must be a model"
    if value is None:
        raise TypeError(f"{expected}; got None. Did the function that makes it return it?")
    kind = type(value)
    if issubclass(kind, type):
        name = getattr(value, "__name__", "")
        raise TypeError(f"{expected}, not a class; got the class {name}. Pass an instance of it")
    if issubclass(kind, (bool, int, float, complex, str, bytes, types.ModuleType)):
        raise TypeError(f"{expected}; got {value!r:.60}, which is {a(kind.__name__)}")
    _require_concrete(value, argument)


def _require_own_variables(function: Any, argument: str) -> None:
    """Turn away a function that makes models; one that holds variables is a model itself."""
    from pytest_tfpclone.state.mutable import state_cell
    from pytest_tfpclone.state.walk import Reach, Walk

    cells = (state_cell(node.value) for node in Walk(function) if node.reach is Reach.OWN)
    if any(cell is not None and cell.is_tensorflow for cell in cells):
        return
    name = getattr(function, "__qualname__", kinds.name(type(function)))
    raise TypeError(
        f"{argument} must be a model, not a function that makes one; got the function {name}, "
        "which holds no variable itself. Call it, and pass what it returns"
    )


def require_flag(value: object, argument: str) -> None:
    """Raise TypeError unless an argument is True or False."""
    if not isinstance(value, bool):
        raise TypeError(f"{argument} must be True or False; got {value!r:.60}")


def require_seed(seed: object) -> None:
    """Raise unless a seed is one that every generator takes.

    Raises:
        TypeError: it is no int.
        ValueError: it is negative, or too big for 32 bits.
    """
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise TypeError(f"seed must be an int; got {seed!r}")
    if not 0 <= seed < 2**31:
        raise ValueError(f"seed must be from 0 to 2**31 - 1; got {seed}")


def _require_eager(argument: str) -> None:
    import tensorflow as tf

    if not tf.executing_eagerly():
        raise RuntimeError(
            f"{argument} can't be checked inside tf.function or graph mode: state is read and "
            "written eagerly. Make the call outside, or tf.config.run_functions_eagerly(True)"
        )


def _require_concrete(value: Any, argument: str) -> None:
    import tensorflow as tf

    kind = type(value)
    symbolic = issubclass(kind, tf.Tensor) and not hasattr(value, "numpy")
    if symbolic or kind.__name__ in ("KerasTensor", "UserRegisteredTypeKerasTensor"):
        raise TypeError(
            f"{argument} must be a model; got a symbolic tensor ({kind.__name__}). Pass the model "
            "that it belongs to: Model(inputs, outputs)"
        )


def _require_built(value: Any, argument: str) -> None:
    layer = _keras_base(type(value))
    if layer is None:
        return
    if _is_built(value) or _holds_state(value) or not _makes_variables_later(value):
        return
    name = kinds.name(type(value))
    raise ValueError(
        f"{argument} is not built: the {layer} {name} has no variables yet, so there is no state "
        "to compare. Call it once on data, or build(input_shape), first"
    )


def _is_built(layer: Any) -> bool:
    from pytest_tfpclone.state.attributes import attributes

    return bool((attributes(layer) or {}).get("built", True))


def _makes_variables_later(value: Any) -> bool:
    """Return whether an unbuilt layer, here or below, has code of its own to make variables."""
    from pytest_tfpclone.state.walk import Walk

    kinds_of_layers = {type(node.value) for node in Walk(value) if _is_unbuilt_layer(node.value)}
    return any(_has_own_code(kind) for kind in kinds_of_layers)


def _is_unbuilt_layer(value: object) -> bool:
    return _keras_base(type(value)) is not None and not _is_built(value)


def _has_own_code(kind: type) -> bool:
    """Return whether a class of layers makes variables in `build`, or may do so in a user's call.

    A lookup or a `Flatten` has Keras' `build`, which makes nothing: it is complete as it is.
    """
    build, call = kinds.member(kind, "build"), kinds.member(kind, "call")
    if type(call) is not types.FunctionType or not framework.is_framework_function(call):
        return True
    # Keras marks what subclasses are to override.
    return not getattr(build, "_is_default", False)


def _holds_state(value: Any) -> bool:
    from pytest_tfpclone.state.mutable import state_cell
    from pytest_tfpclone.state.walk import Walk

    counters = ("_train_counter", "_test_counter", "_predict_counter")
    return any(
        _is_tensorflow_data(state_cell(node.value))
        and not node.path[-1].endswith(counters)
        and not any(step.endswith("_initializer") for step in node.path)
        for node in Walk(value)
        if node.path
    )


def _is_tensorflow_data(cell: Any) -> bool:
    return cell is not None and cell.is_tensorflow


def _keras_base(kind: type) -> str | None:
    for base in kinds.bases(kind):
        name = kinds.name(base)
        if kinds.module(base).startswith(("tf_keras.", "keras.")) and name in ("Model", "Layer"):
            return f"Keras {name.lower()}"
    return None
