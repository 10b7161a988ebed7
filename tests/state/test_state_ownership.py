"""Which attributes are the framework's bookkeeping, and which are the user's."""

from __future__ import annotations

import builtins
import sys
import types

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


SOURCE = """
import functools

def wrapper(function):
    @functools.wraps(function)
    def inner(self):
        return self._in_wrapper
    return inner

def helper(owner):
    owner._in_function = 3
    return [each._in_comprehension for each in owner]

class Base:
    def method(self):
        return getattr(self, "_by_text", 12345)
    @property
    def value(self):
        return self._in_property
    @staticmethod
    def static(one):
        return one._in_static
    @classmethod
    def make(cls):
        return cls._in_class_method
    @wrapper
    def wrapped(self):
        return self._in_wrapped
    class Nested:
        def method(self):
            return self._in_nested
"""
MENTIONED = {
    "_in_function", "_in_comprehension", "_by_text", "_in_property", "_in_static",
    "_in_class_method", "_in_wrapper", "_in_wrapped", "_in_nested",
}  # fmt: skip


@pytest.fixture
def made_up(request, monkeypatch):
    """Return a framework module with the code above, under a name of its own."""
    module = types.ModuleType(f"tensorflow.m_{request.node.name}")
    exec(SOURCE, vars(module))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


def test_names_are_found_wherever_framework_code_mentions_them(made_up):
    names = framework_names(type("Child", (made_up.Base,), {}))
    assert names >= MENTIONED
    assert all(type(name) is str for name in names)


def test_names_are_those_of_the_users_class_only_where_it_has_a_framework_base(made_up):
    child = type("Child", (made_up.Base,), {})
    assert is_bookkeeping(child, "_by_text")
    assert not is_bookkeeping(child, "_users_own")
    assert not is_bookkeeping(Plain, "_by_text")


@pytest.mark.parametrize("place", ["tensorflow.a", "tensorflow.z", None])
def test_a_class_that_a_module_only_imports_adds_no_names(made_up, place):
    elsewhere = {"method": lambda self: self._elsewhere, "__module__": place}
    made_up.Imported = type("Imported", (), elsewhere)
    assert "_elsewhere" not in framework_names(made_up.Base)


def test_a_class_that_says_in_a_string_of_its_own_where_it_is_from(made_up):
    same = "".join(list(made_up.__name__))
    made_up.Other = type("Other", (), {"method": lambda self: self._here, "__module__": same})
    assert "_here" in framework_names(made_up.Base)


def test_a_module_that_was_unloaded_is_not_read_and_one_that_was_read_stays_known(
    made_up, monkeypatch
):
    first, second = (type("Child", (made_up.Base,), {}) for _ in range(2))
    names = framework_names(first)
    monkeypatch.delitem(sys.modules, made_up.__name__)
    assert framework_names(second) == names
    gone = type("Gone", (), {"__module__": f"{made_up.__name__}_gone"})
    assert framework_names(gone) == frozenset()


def test_each_class_is_looked_at_once(made_up):
    assert framework_names(made_up.Base) is framework_names(made_up.Base)


def test_what_is_put_among_the_builtins_is_no_framework_code(monkeypatch):
    monkeypatch.setattr(builtins, "spill", lambda self: self._spilled, raising=False)
    assert "_spilled" not in framework_names(type("Child", (dict,), {}))
