"""What belongs to the framework, by a rule: where it is defined and who binds it."""

from __future__ import annotations

import sys
import threading
import types

import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone.state.framework import (
    framework_packages,
    is_framework_function,
    is_framework_module,
    is_framework_type,
    is_importable,
    singleton_name,
    singletons,
)

tfd = tfp.distributions


class Mine:
    shared = [1]


def mine(argument=Mine.shared):
    return argument


@pytest.mark.parametrize(
    "name",
    ["tensorflow", "tensorflow.python.ops", "tf_keras.layers", "keras", "numpy.random", "random",
     "collections", "builtins", "tensorflow_probability.python", "six", "absl.logging", "wrapt"],
)  # fmt: skip
def test_modules_of_the_framework(name):
    assert is_framework_module(name)


@pytest.mark.parametrize(
    "name", ["__main__", "pytest_tfpclone", "mymodel", "tensorflowish", "", None]
)
def test_modules_of_the_user(name):
    assert not is_framework_module(name)


def test_the_main_module_is_the_users_although_python_brings_it():
    assert "__main__" not in framework_packages()
    assert "json" in framework_packages()


def test_types_by_where_they_are_defined():
    assert is_framework_type(tf_keras.layers.Dense)
    assert is_framework_type(tfd.Normal)
    assert is_framework_type(dict)
    assert not is_framework_type(Mine)
    assert not is_framework_type(type("Child", (tf_keras.layers.Dense,), {}))


def test_a_lying_module_property_is_not_called():
    class Lying:
        @property
        def __module__(self):
            raise RuntimeError("called")

    assert is_framework_type(Lying) in (True, False)


def test_functions_by_where_their_code_is():
    assert is_framework_function(tf_keras.activations.relu)
    assert not is_framework_function(mine)


def test_importable_functions():
    assert is_importable(tf_keras.activations.relu)
    assert is_importable(tf_keras.layers.Dense.call)
    assert not is_importable(mine)
    assert not is_importable(lambda: 0)


def test_a_function_that_the_framework_makes_is_not_importable():
    regularizer = tfp.layers.default_mean_field_normal_fn()
    assert is_framework_function(regularizer)
    assert not is_importable(regularizer)


def test_singletons_are_what_a_framework_module_binds():
    assert singleton_name(tfd.FULLY_REPARAMETERIZED).endswith("FULLY_REPARAMETERIZED")
    assert singleton_name(tfd.NOT_REPARAMETERIZED).endswith("NOT_REPARAMETERIZED")


def test_the_default_strategy_is_a_singleton():
    assert singleton_name(tf.distribute.get_strategy()) is not None


def test_a_default_that_is_made_only_when_it_is_needed(fresh_module):
    kept = fresh_module._defaults = {"strategy": None}
    singletons()
    kept["strategy"] = made = type("Strategy", (), {"__module__": fresh_module.__name__})()
    assert singleton_name(made) == f"{fresh_module.__name__}._defaults['strategy']"
    kept["strategy"] = users = Mine()
    assert singleton_name(users) is None


def test_a_users_objects_are_no_singletons():
    assert singleton_name(Mine.shared) is None
    assert singleton_name(Mine()) is None
    assert singleton_name(tf.Variable(1.0)) is None
    assert singleton_name(tfd.Normal(0.0, 1.0)) is None


def test_the_index_holds_its_objects_and_is_the_same_in_each_call():
    found = singletons()
    assert found is singletons()
    key = id(tfd.FULLY_REPARAMETERIZED)
    assert found[key][0] is tfd.FULLY_REPARAMETERIZED


def test_atoms_are_no_singletons():
    assert singleton_name(None) is None
    assert singleton_name(0) is None
    assert singleton_name(()) is None


@pytest.fixture
def fresh_module(request):
    module = types.ModuleType(f"tf_keras.{request.node.name}")
    sys.modules[module.__name__] = module
    yield module
    del sys.modules[module.__name__]


def test_a_module_that_is_imported_or_grows_later_is_read(fresh_module):
    first, second = Mine(), Mine()
    fresh_module.FIRST = first
    assert singleton_name(first) == f"{fresh_module.__name__}.FIRST"
    fresh_module.SECOND = second
    assert singleton_name(second) == f"{fresh_module.__name__}.SECOND"


def test_defaults_and_class_attributes_of_the_framework_are_singletons(fresh_module):
    default, held = [1], [2]

    def function(argument=default):
        return argument

    owner = type("Owner", (), {"held": held, "__module__": fresh_module.__name__})
    fresh_module.function, fresh_module.Owner = function, owner
    assert singleton_name(default) == f"{fresh_module.__name__}.function(<default>)"
    assert singleton_name(held) == f"{fresh_module.__name__}.Owner.held"


def test_what_the_framework_keeps_per_thread(fresh_module):
    local = fresh_module.LOCAL = threading.local()
    policy = type("Policy", (), {"__module__": fresh_module.__name__})()
    singletons()
    local.policy = policy
    local.users = users = Mine()
    assert singleton_name(policy) == f"{fresh_module.__name__}.LOCAL.policy"
    assert singleton_name(users) is None
