"""Attributes are read past any code of the class, and named as a user would write them."""

from __future__ import annotations

import types

import keras
import pytest
import tensorflow as tf
import tf_keras

from pytest_tfpclone.state.attributes import (
    attribute_edges,
    attributes,
    has_attributes,
    has_settable_attributes,
    instance_edges,
    is_keras_model,
    set_attributes,
    slot_values,
    unset_slots,
)


class Plain:
    def __init__(self, **attributes):
        vars(self).update(attributes)


class Slotted:
    __slots__ = ("_hidden", "first", "second")


def steps(value):
    return [step for step, _ in attribute_edges(value)]


def layers_of(model):
    return [item for step, item in attribute_edges(model) if step[0] == ".layers"]


def calls_of(model):
    return [item for step, item in attribute_edges(model) if step[0] == ".<call>"]


def test_public_attributes_come_first_whatever_their_case():
    assert steps(Plain(_a=1, Upper=2, lower=3, _Z=4)) == [".Upper", ".lower", "._a", "._Z"]


def test_slots_follow_and_unset_ones_are_passed_over():
    value = Slotted()
    value._hidden, value.second = 1, 2
    assert attribute_edges(value) == [(".second", 2), ("._hidden", 1)]
    assert [member.__name__ for member, _ in slot_values(value)] == ["_hidden", "second"]
    assert [item for _, item in slot_values(value)] == [1, 2]
    assert [member.__name__ for member in unset_slots(value)] == ["first"]


def test_names_that_are_no_text_and_keras_records_of_calls_are_left_out():
    value = Plain(_inbound_nodes=[1], _outbound_nodes=[2], kept=3)
    vars(value)[4] = 5
    assert steps(value) == [".kept"]


class Aliased:
    def __init__(self):
        self._size, self._shape_, self._both, self._other, self._taken = 1, 2, 3, 4, 5

    @property
    def size(self):
        return self._size

    @property
    def shape(self):
        return self._shape_

    @property
    def both(self):
        return self._both, self._other

    @property
    def another(self):
        return self._other

    @property
    def taken(self):
        return self._taken

    @property
    def _private(self):
        return self._private_

    made_in_c = property(len)


def test_a_property_that_returns_just_its_attribute_names_it():
    value = Aliased()
    vars(value)["taken"] = 6
    assert attribute_edges(value) == [
        (".size", 1), (".shape", 2), (".taken", 6), ("._both", 3), ("._other", 4), ("._taken", 5),
    ]  # fmt: skip


def test_the_nearest_class_names_an_attribute():
    class Child(Aliased):
        @property
        def size(self):
            return self._size

    class Shadowing(Aliased):
        size = None

    assert ".size" in steps(Child())
    assert ".size" in steps(Shadowing())


def dense():
    return tf_keras.layers.Dense(1)


@pytest.mark.parametrize(
    ("kind", "is_model"),
    [
        (tf_keras.Model, True),
        (tf_keras.Sequential, True),
        (keras.Model, True),
        (keras.Sequential, True),
        (tf_keras.layers.Dense, False),
        (keras.layers.Dense, False),
        (tf_keras.metrics.Mean, False),
        (tf_keras.optimizers.Adam, False),
        (tf.Module, False),
        (type("Model", (), {"__module__": "mine"}), False),
        (type("Zebra", (tf.Module,), {"__module__": "tf_keras.mine"}), False),
        (type("Apple", (), {"__module__": "keras.mine"}), False),
    ],
)
def test_what_a_keras_model_is(kind, is_model):
    assert is_keras_model(kind) is is_model


class Parts(tf_keras.Model):
    def __init__(self):
        super().__init__()
        self.scale = tf.Variable(1.0)
        self.module = tf.Module()
        self.mean = tf_keras.metrics.Mean()
        self.heads = [dense(), dense()]
        self.last = dense()


def test_layers_are_those_that_are_layers():
    model = Parts()
    assert layers_of(model) == [model.mean, model.last]
    assert layers_of(Plain(_self_tracked_trackables=[dense()])) == []


def test_a_sequential_counts_no_input_layer_and_a_functional_model_does():
    # What is known of a class is kept, so that only fresh classes are looked at.
    class Sequential(tf_keras.Sequential):
        pass

    class Model(tf_keras.Model):
        pass

    sequential = Sequential([tf_keras.Input((2,)), dense(), dense()])
    assert layers_of(sequential) == list(sequential.layers)
    assert len(layers_of(sequential)) == 2
    inputs = tf_keras.Input((2,))
    functional = Model(inputs, dense()(inputs))
    assert layers_of(functional) == list(functional.layers)
    assert len(layers_of(functional)) == 2
    without = Sequential([dense()])
    assert layers_of(without) == list(without.layers)
    assert layers_of(Sequential()) == []


def test_what_comes_first_in_a_sequential_need_not_be_its_input():
    class Last(tf_keras.layers.Layer):
        """Its name comes after that of an input layer."""

    model = tf_keras.Sequential([Last(), dense()])
    assert layers_of(model) == list(model.layers)
    assert len(layers_of(model)) == 2


@pytest.mark.parametrize("library", [tf_keras, keras])
def test_calls_come_in_the_order_of_the_graph_and_a_tied_layer_twice(library):
    inputs = library.Input((2,))
    tied, first = library.layers.Dense(2), library.layers.Dense(2)
    model = library.Model(inputs, tied(library.layers.ReLU()(tied(first(inputs)))))
    called = calls_of(model)
    assert [type(layer).__name__ for layer in called] == ["Dense", "Dense", "ReLU", "Dense"]
    assert called[0] is first
    assert called[1] is called[3] is tied


def test_a_model_without_a_graph_has_no_calls():
    assert calls_of(Parts()) == []
    assert calls_of(tf_keras.Sequential([dense()])) == []


def test_what_has_attributes_and_whether_they_can_be_set():
    slotted = Slotted()
    for value, has, settable in (
        (Plain(), False, False),
        (Plain(a=1), True, True),
        (slotted, True, True),
        (3, False, False),
        (slice(1), True, False),
        (types.SimpleNamespace(a=1), True, True),
    ):
        assert has_attributes(value) is has
        assert has_settable_attributes(value) is settable


def test_the_dict_of_an_object_is_itself_and_can_be_another():
    value = Plain(a=1)
    assert attributes(value) is vars(value)
    assert attributes(Slotted()) is None
    assert attributes(3) is None
    namespace = {"b": 2}
    set_attributes(value, namespace)
    assert vars(value) is namespace


class Hiding:
    """Its class hides the dict of its attributes."""

    def __init__(self, **attributes):
        for name, value in attributes.items():
            object.__setattr__(self, name, value)

    @property
    def __dict__(self):
        raise AssertionError("a property is not called")


class HidingSlotted(Hiding):
    __slots__ = ("slot",)


def copied_class():
    """Return an instance of a class made of another's namespace, as decorators make them."""
    kind = type("Copied", (), dict(Plain.__dict__))
    value = object.__new__(kind)
    value.held = 1
    return value


def test_attributes_that_a_class_hides():
    assert attribute_edges(Hiding(a=1, _b=2)) == [(".a", 1), ("._b", 2)]
    slotted = HidingSlotted(a=1)
    assert attribute_edges(slotted) == [(".a", 1)]
    slotted.slot = 3
    assert attribute_edges(slotted) == [(".a", 1), (".slot", 3)]
    assert attribute_edges(Hiding()) == []
    assert attributes(Hiding()) is None
    assert attribute_edges(copied_class()) == [(".held", 1)]
    value = Hiding(a=1)
    attributes(value)["a"] = 2
    assert value.a == 2


def test_slots_that_are_another_classs_are_passed_over():
    kind = type("Copied", (), {**Slotted.__dict__, "__slots__": ()})
    assert unset_slots(kind()) == slot_values(kind()) == []


class Counting(dict):
    """An attribute dictionary: its items are its attributes."""

    def __init__(self):
        super().__init__(a=1)
        self.__dict__ = self


def test_items_that_are_attributes_are_not_listed_twice():
    assert attribute_edges(Counting()) == []


def test_the_collector_shows_what_an_object_without_attributes_refers_to():
    held = [1]
    iterator = iter(held)
    assert instance_edges(iterator) == [(".<reference 0>", held)]
    assert instance_edges(Plain(a=1)) == [(".a", 1)]
    assert instance_edges(zip([1], [2], strict=True)) != []
    assert instance_edges(2.5) == []


def test_classes_and_modules_that_the_collector_shows_are_left_out():
    class Empty:
        __slots__ = ()

    assert instance_edges(Empty()) == []
    bound = types.__dict__.items().__iter__()
    assert [step for step, item in instance_edges(bound) if item is types] == []
