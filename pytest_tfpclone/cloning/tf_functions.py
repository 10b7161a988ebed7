"""Clone ``tf.function`` objects: untraced, over the clone of their Python function."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from tensorflow.core.function.capture.capture_container import FunctionCaptures
from tensorflow.core.function.polymorphism.function_cache import FunctionCache
from tensorflow.python.eager.polymorphic_function import polymorphic_function

from pytest_tfpclone.cloning.dispatch import built_in
from pytest_tfpclone.cloning.errors import UnclonableError

if TYPE_CHECKING:
    from pytest_tfpclone.cloning.engine import Cloner

_Function: Any = polymorphic_function.Function
_TRACES = frozenset({"_concrete_variable_creation_fn"})


@built_in(_Function)
def clone_tf_function(original: Any, cloner: Cloner) -> Generator[Any, Any, Any]:
    """Clone a ``tf.function`` with its options; the original isn't traced.

    A traced one can't be deep-copied, and an untraced one's copy runs the
    original's method: https://github.com/tensorflow/tensorflow/pull/37837.
    """
    state = vars(original)
    function = state.get("_python_function")
    if function is None or type(original) is not _Function:
        raise UnclonableError(
            original,
            "it is a function loaded from a SavedModel, which has no Python function",
            "Clone the model that was saved, or load the file twice.",
        )
    copy: Any = object.__new__(_Function)
    cloner.remember(original, copy)
    fresh = yield function
    # Keep options as they are: none of them refers to the model.
    options = {
        "input_signature": original.input_signature,
        "autograph": state["_autograph"],
        "jit_compile": state["_jit_compile"],
        "reduce_retracing": state["_reduce_retracing"],
        "experimental_attributes": dict(state.get("_attributes") or {}),
        "experimental_autograph_options": state["_experimental_autograph_options"],
    }
    name = state["_name"]
    _Function.__init__(copy, _signature_of, name)
    own = _TRACES | set(vars(copy))
    for attribute, value in state.items():
        if attribute not in own:
            vars(copy)[attribute] = yield value
    extra = {key: value for key, value in vars(copy).items() if key not in own}

    def complete() -> None:
        # The signature is read off the function, which is complete by now.
        _Function.__init__(copy, fresh, name, **options)
        vars(copy).update(extra)

    cloner.later(complete)
    return copy


def _signature_of() -> None:
    """Stand in for a function until that is cloned."""


@built_in(FunctionCache, FunctionCaptures)
def make_anew(original: Any, cloner: Cloner) -> Any:
    """Leave out traces: ``functools.wraps`` also gives a wrapper those of what it wraps."""
    return type(original)()
