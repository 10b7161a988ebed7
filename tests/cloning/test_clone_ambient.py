"""What classes and modules keep of models: registries, instances, side tables."""

from __future__ import annotations

import types
import weakref

import pytest
import tensorflow as tf

from pytest_tfpclone import CloneRefused, assert_independent_clone, clone


def registered(registry, add):
    class Registered(tf.Module):
        instances = registry

        def __init__(self):
            super().__init__()
            self.v = tf.Variable(1.0)
            add(self.instances, self)

    return Registered()


REGISTRIES = {
    "list": lambda: registered([], list.append),
    "dict": lambda: registered({}, lambda found, model: found.update(name=model)),
    "by id": lambda: registered({}, lambda found, model: found.update({id(model): model})),
    "weak set": lambda: registered(weakref.WeakSet(), weakref.WeakSet.add),
    "weak values": lambda: registered(
        weakref.WeakValueDictionary(), lambda found, model: found.update(name=model)
    ),
    "weak keys": lambda: registered(
        weakref.WeakKeyDictionary(), lambda found, model: found.update({model: None})
    ),
    "variables": lambda: registered([], lambda found, model: found.append(model.v)),
}


@pytest.mark.parametrize("name", REGISTRIES)
def test_a_registry_of_models_keeps_no_model_from_being_cloned(name):
    model = REGISTRIES[name]()
    copy = clone(model)
    model.v.assign(2.0)
    assert float(copy.v) == 1.0


def test_the_state_of_others_in_a_registry_is_refused():
    model = registered([tf.Variable(3.0)], list.append)
    with pytest.raises(CloneRefused, match="Registered holds it"):
        clone(model)


def test_the_one_instance_that_a_class_keeps_is_refused():
    class Single(tf.Module):
        instance = None

        def __init__(self):
            super().__init__()
            self.v = tf.Variable(1.0)
            type(self).instance = self

    with pytest.raises(CloneRefused, match="Single holds it"):
        clone(Single())


def test_a_model_that_its_own_function_names_is_refused():
    scope = {"tf": tf}
    exec("def loss():\n    return model.v * 2", scope)
    model = scope["model"] = types.SimpleNamespace(v=tf.Variable(1.0), loss=scope["loss"])
    with pytest.raises(CloneRefused, match="which loss names"):
        clone(model)


class Described:
    """A descriptor that keeps values beside the objects."""

    def __init__(self):
        self.values = weakref.WeakKeyDictionary()

    def __get__(self, owner, kind=None):
        return self if owner is None else self.values.get(owner, "the default")

    def __set__(self, owner, value):
        self.values[owner] = value


def described():
    class Model:
        rate = Described()

    return Model()


@pytest.mark.parametrize("value", [[3], 3, "three"])
def test_what_a_descriptor_keeps_of_a_part_is_refused(value):
    part = described()
    clone([part])
    part.rate = value
    with pytest.raises(CloneRefused) as caught:
        clone([part])
    assert caught.value.path == "original[0]"
    assert "Model holds a WeakKeyDictionary with an entry for it" in caught.value.reason
    assert "shared=[...]" in str(caught.value)
    assert part.rate == value


def test_a_side_table_that_is_declared_shared():
    part = described()
    part.rate = [3]
    assert clone(part, shared=[type(part).rate.values]).rate == "the default"


def test_a_side_table_of_other_objects():
    part, other = described(), described()
    type(part).rate.__set__(other, 3)
    assert clone(part).rate == "the default"


def test_a_variable_of_a_class_in_a_class_is_refused():
    class Outer:
        class Inner:
            v = tf.Variable(1.0)

    with pytest.raises(CloneRefused) as caught:
        clone(Outer())
    assert caught.value.path == "original.Inner.v"


def test_what_is_refused_would_be_shared():
    model = registered([tf.Variable(3.0)], list.append)
    with pytest.raises(AssertionError, match="instances"):
        assert_independent_clone(model, clone(model, shared=[tf.Variable]), equal=False)
