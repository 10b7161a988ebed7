"""Arguments beside the model are turned away when they can't be used, and so are lookalikes."""

from __future__ import annotations

import pytest
import tensorflow as tf
import tf_keras
from looking import Incomparable

from pytest_tfpclone.state.misuse import require_clonable, require_flag, require_model, require_seed

SHARED = tf.Variable(1.0)


@pytest.mark.parametrize("value", [True, False])
def test_flags(value):
    require_flag(value, "equal")


@pytest.mark.parametrize("value", [None, 1, 0, "yes", []])
def test_what_is_no_flag(value):
    with pytest.raises(TypeError) as caught:
        require_flag(value, "equal")
    assert str(caught.value) == f"equal must be True or False; got {value!r}"


def test_a_long_value_is_cut():
    with pytest.raises(TypeError) as caught:
        require_flag("x" * 1000, "equal")
    assert str(caught.value) == "equal must be True or False; got '" + "x" * 59


@pytest.mark.parametrize("seed", [0, 1, 17, 2**30, 2**31 - 1])
def test_seeds(seed):
    require_seed(seed)


@pytest.mark.parametrize("seed", [-1, -(2**31), 2**31, 2**32 - 1])
def test_seeds_that_a_generator_does_not_take(seed):
    with pytest.raises(ValueError, match=r"^seed must be from 0 to 2\*\*31 - 1; got -?\d+$"):
        require_seed(seed)


@pytest.mark.parametrize("seed", [None, True, False, 1.0, "1"])
def test_what_is_no_seed(seed):
    with pytest.raises(TypeError) as caught:
        require_seed(seed)
    assert str(caught.value) == f"seed must be an int; got {seed!r}"


def test_the_error_is_shown_where_the_call_was_made():
    with pytest.raises(TypeError) as caught:
        require_model(None, "original")
    shown = [entry.name for entry in caught.traceback.filter(caught)]
    assert shown == ["test_the_error_is_shown_where_the_call_was_made"]


def test_a_model_whose_class_refuses_comparison():
    require_model(Incomparable("Model", (), {})(), "original")


def test_a_function_that_reads_a_global_variable_holds_none():
    def function():
        return SHARED

    with pytest.raises(TypeError, match="which holds no variable itself"):
        require_model(function, "original")


def test_a_function_that_holds_plain_state_is_no_model():
    count = [0]

    def function():
        return count

    with pytest.raises(TypeError, match="which holds no variable itself"):
        require_model(function, "original")


@pytest.mark.parametrize("value", [(1,), frozenset({1}), [], {}, set(), (tf.Variable(1.0),)])
def test_containers_that_hold_something_or_may_come_to(value):
    require_model(value, "original")


def test_a_class_that_is_no_type_is_named_all_the_same():
    with pytest.raises(TypeError, match=r"got the class Model\. Pass an instance"):
        require_clonable(Incomparable("Model", (), {}), "obj")


def test_a_tensor_that_holds_a_variable_of_its_own():
    tensor = tf.constant(1.0)
    tensor.held = tf.Variable(1.0)
    require_model(tensor, "original")


def layer_with(**variables):
    layer = tf_keras.layers.Dense(1)
    for name, value in variables.items():
        object.__setattr__(layer, name, value)
    return layer


@pytest.mark.parametrize("name", ["temperature", "train_counter", "initializer_scale"])
def test_an_unbuilt_layer_that_holds_a_variable(name):
    require_model(layer_with(**{name: tf.Variable(1.0)}), "original")


@pytest.mark.parametrize("name", ["_train_counter", "_test_counter", "_predict_counter"])
def test_an_unbuilt_layer_that_holds_only_what_keras_counts(name):
    with pytest.raises(ValueError, match="is not built"):
        require_model(layer_with(**{name: tf.Variable(0)}), "original")


def test_an_unbuilt_layer_whose_initializer_holds_a_generator():
    drawn = [tf.random.Generator.from_seed(1)]
    with pytest.raises(ValueError, match="is not built"):
        require_model(layer_with(kernel_initializer=drawn), "original")


@pytest.mark.parametrize(
    ("module", "name"),
    [("tf_keras.made_up", "Metric"), ("users", "Layer"), ("kerasish.layers", "Model")],
)
def test_classes_that_are_no_keras_model_need_not_be_built(module, name):
    kind = type(name, (), {"__module__": module, "built": False})
    made = kind()
    made.built = False
    require_model(made, "original")


def test_counters_of_a_model_inside_an_unbuilt_layer_are_no_state_either():
    class Inner:
        pass

    inner = Inner()
    inner._train_counter = tf.Variable(0)
    with pytest.raises(ValueError, match="is not built"):
        require_model(layer_with(inner=inner), "original")
    inner.rate = tf.Variable(0)
    require_model(layer_with(inner=inner), "original")


def test_a_keras_class_that_does_not_say_if_it_is_built_is_taken_as_it_is():
    require_model(type("Layer", (), {"__module__": "tf_keras.made_up"})(), "original")
