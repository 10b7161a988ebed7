"""Which attributes are the framework's bookkeeping, and which are the user's."""

from __future__ import annotations

import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone.state.ownership import framework_names, is_bookkeeping


class Layer(tf_keras.layers.Layer):
    pass


class Plain:
    pass


class Distribution(tfp.distributions.Normal):
    pass


@pytest.mark.parametrize("name", ["_trainable_weights", "_self_setattr_tracking", "_dtype_policy"])
def test_private_names_that_keras_mentions(name):
    assert is_bookkeeping(Layer, name)
    assert is_bookkeeping(tf_keras.layers.Dense, name)


@pytest.mark.parametrize("name", ["_my_prior", "_posterior_scale", "kernel", "units"])
def test_names_of_the_users_own_on_a_keras_layer(name):
    assert not is_bookkeeping(Layer, name)


def test_public_names_are_never_bookkeeping():
    assert not is_bookkeeping(tf_keras.layers.Dense, "kernel")
    assert not is_bookkeeping(tf_keras.layers.Dense, "anything")


def test_private_names_on_a_framework_class_are_bookkeeping_whatever_they_are():
    assert is_bookkeeping(tf_keras.layers.Dense, "_unheard_of")
    assert not is_bookkeeping(Layer, "_unheard_of")


def test_a_plain_class_has_no_framework_names():
    assert framework_names(Plain) == frozenset()
    assert not is_bookkeeping(Plain, "_anything")


def test_names_come_from_all_framework_bases():
    assert {"_trainable_weights", "_name_scope"} <= framework_names(Layer)
    assert "_parameters" in framework_names(Distribution)
    assert "_name" in framework_names(type("Module", (tf.Module,), {}))
