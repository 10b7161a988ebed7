"""Classes are read past their metaclass, whatever it answers."""

from __future__ import annotations

import collections.abc
import gc
import weakref

import pytest
import tensorflow as tf

from pytest_tfpclone import check_clone, clone, mutate, state_of
from pytest_tfpclone.state import kinds


def hostile():
    """Return hostile classes by name; pytest looks at what a module binds."""

    class Hostile(type):
        def __eq__(cls, other):
            raise RuntimeError("eq")

        def __hash__(cls):
            raise RuntimeError("hash")

        def __getattribute__(cls, name):
            raise RuntimeError(name)

        def __instancecheck__(cls, instance):
            raise RuntimeError("instance")

        def __subclasscheck__(cls, subclass):
            raise RuntimeError("subclass")

    class Model(metaclass=Hostile):
        shared_name = "a"

    class Child(Model):
        pass

    class Nameless:
        __module__ = None

    class Lying:
        """Every way to look at an instance raises."""

        def __getattribute__(self, name):
            raise RuntimeError(name)

        @property
        def __dict__(self):
            raise RuntimeError("dict")

        def __eq__(self, other):
            raise RuntimeError("eq")

        __hash__ = None

        def __len__(self):
            raise RuntimeError("len")

        def __iter__(self):
            raise RuntimeError("iter")

        def __bool__(self):
            raise RuntimeError("bool")

        def __repr__(self):
            raise RuntimeError("repr")

    return {"model": Model, "child": Child, "nameless": Nameless, "lying": Lying}


def holding(kind, value):
    found = object.__new__(kind)
    object.__setattr__(found, "held", value)
    return found


@pytest.mark.parametrize("name", ["model", "child", "nameless", "lying"])
def test_hostile_classes_are_looked_into(name):
    kind = hostile()[name]
    variable = tf.Variable(1.5)
    report = check_clone([holding(kind, variable)], [holding(kind, variable)])
    assert len(report.leaks) == 1
    assert "1.5" in report.leaks[0].evidence
    shared = holding(kind, variable)
    (leak,) = check_clone([shared], [shared]).leaks
    assert leak.label == f"object {kinds.name(kind)}, with 1 variable"
    own = [[holding(kind, tf.Variable(1.5))] for _ in range(2)]
    assert check_clone(*own).verdict == "independent"
    other = [[holding(kind, tf.Variable(value))] for value in (1.5, 2.5)]
    assert [each.kind for each in check_clone(*other).differences] == ["value"]


def test_names_and_bases():
    model, child, nameless, _ = hostile().values()
    assert kinds.name(model) == "Model"
    assert kinds.module(model) == __name__
    assert kinds.module(nameless) == ""
    assert kinds.module(int) == "builtins"
    assert len(kinds.bases(child)) == 3
    assert kinds.member(child, "shared_name") == "a"
    assert kinds.member(child, "nothing") is None
    assert "shared_name" in kinds.namespace(model)
    assert "shared_name" not in kinds.namespace(child)


def test_inheritance_is_real():
    model, child, *_ = hostile().values()
    assert kinds.derives(child, int, model)
    assert not kinds.derives(child, int)
    assert not kinds.derives(list, collections.abc.Sequence)
    assert kinds.is_one_of(model, (int, model))
    assert not kinds.is_one_of(child, (int, model))


def test_keras_classes_are_known_by_name_and_module():
    import keras
    import tf_keras

    assert kinds.is_keras(tf_keras.layers.Dense, "Layer")
    assert kinds.is_keras(keras.layers.Dense, "Model", "Layer")
    assert not kinds.is_keras(keras.layers.Dense, "Model")
    assert not kinds.is_keras(type("Layer", (), {}), "Layer")


def test_answers_are_remembered_by_class():
    asked = []

    @kinds.per_kind
    def size(kind):
        asked.append(id(kind))
        return len(asked)

    model = hostile()["model"]
    assert [size(model), size(int), size(model), size(int)] == [1, 2, 1, 2]
    assert len(asked) == 2


def test_a_class_that_says_it_is_from_a_hostile_object_is_from_nowhere():
    from_hostile = type("Kind", (), {"__module__": object.__new__(hostile()["model"])})
    assert kinds.module(from_hostile) == ""


def test_a_hostile_member_is_found_and_not_asked():
    held = object.__new__(hostile()["lying"])
    kind = type("Kind", (), {"held": held})
    assert kinds.member(kind, "held") is held


def test_a_member_that_is_none_hides_that_of_a_base():
    base = type("Base", (), {"held": 1})
    assert kinds.member(type("Kind", (base,), {"held": None}), "held") is None


def checked(model):
    check_clone(model, clone(model), inputs=())


def mutated(model):
    with mutate(model):
        pass


@pytest.mark.parametrize("slots", [(), ("held", "__weakref__")])
@pytest.mark.parametrize("use", [clone, state_of, checked, mutated])
def test_classes_made_in_a_test_are_not_kept_alive(use, slots):
    namespace = {"__slots__": slots} if slots else {}
    kind = type("Local", (), namespace)
    use([holding(kind, tf.Variable(1.0))])
    held = weakref.ref(kind)
    del kind
    gc.collect()
    assert held() is None


def test_classes_that_modules_bind_stay_known():
    asked = []

    @kinds.per_kind
    def name(kind):
        asked.append(kind.__name__)
        return kind.__name__

    for _ in range(2):
        with kinds.forgetting():
            assert [name(each) for each in (type("Local", (), {}), dict)] == ["Local", "dict"]
    assert asked == ["Local", "dict", "Local"]
