"""Objects on which every question raises, in every place where a model may hold them."""

from __future__ import annotations

import collections
import functools
import operator
import types

import numpy as np
import pytest
import tensorflow as tf

from pytest_tfpclone import check_clone, mutate, state_of


class Box:
    def __init__(self, **attributes):
        vars(self).update(attributes)

    def method(self):
        return 1


def hostile_class():
    """Return a class whose metaclass and instances raise; pytest looks at what a module binds."""

    def refuse(*arguments):
        raise RuntimeError("asked")

    names = ("eq", "ne", "lt", "le", "gt", "ge", "bool", "len", "iter", "repr", "str", "call")
    asked = {f"__{name}__": refuse for name in (*names, "instancecheck", "subclasscheck")}
    meta = type("Meta", (type,), {**asked, "__hash__": refuse, "__getattribute__": refuse})
    one = {**asked, "__hash__": refuse, "__getattr__": refuse, "__setattr__": refuse}
    return type.__call__(meta, "Hostile", (), one)


KIND = [hostile_class()]


def hostile(held):
    made = object.__new__(KIND[0])
    object.__getattribute__(made, "__dict__")["held"] = held
    return made


def with_attribute(function, held):
    vars(function)["held"] = held
    return function


def object_array(held):
    array = np.empty(2, object)
    array[0] = held
    return array


def defaulted(held):
    return lambda value=held: value


def keyword_defaulted(held):
    def function(*, value=held):
        return value

    return function


PLACES = {
    "itself": lambda held: held,
    "attribute": lambda held: Box(held=held),
    "list": lambda held: [1, held],
    "tuple": lambda held: (1, held),
    "dict": lambda held: {"a": held},
    "ordered dict": lambda held: collections.OrderedDict(a=held),
    "deque": lambda held: collections.deque([held]),
    "nested list": lambda held: [[held], [1]],
    "closure": lambda held: lambda: held,
    "default": defaulted,
    "keyword default": keyword_defaulted,
    "function attribute": lambda held: with_attribute(lambda: 1, held),
    "partial": lambda held: functools.partial(print, held),
    "partial keyword": lambda held: functools.partial(print, end=held),
    "bound method": lambda held: Box(held=held).method,
    "method caller": lambda held: operator.methodcaller("add", held),
    "namespace": lambda held: types.SimpleNamespace(held=held),
    "mapping proxy": lambda held: types.MappingProxyType({"a": held}),
    "object array": object_array,
    "property": lambda held: property(lambda self: held),
    "exception": lambda held: ValueError(held),
    "module": lambda held: with_attribute(types.ModuleType("users"), [held]),
    "tf.Module": lambda held: with_attribute(tf.Module(), held),
}


@pytest.mark.parametrize("place", PLACES)
def test_it_is_looked_into_and_nothing_is_asked(place):
    def made(value):
        return Box(place=PLACES[place](hostile(tf.Variable(value))), after=[tf.Variable(0.5)])

    assert check_clone(made(1.5), made(1.5)).verdict == "independent"
    if place != "module":
        assert [each.kind for each in check_clone(made(1.5), made(2.5)).differences] == ["value"]
    variable = tf.Variable(1.5)
    left, right = (
        Box(place=PLACES[place](hostile(variable)), after=[tf.Variable(0.5)]) for _ in range(2)
    )
    (leak,) = check_clone(left, right).leaks
    assert "1.5" in leak.evidence
    assert variable.numpy() == 1.5


@pytest.mark.parametrize("place", [place for place in PLACES if place != "module"])
def test_its_state_is_listed_written_and_given_back(place):
    variable = tf.Variable(1.5)
    model = Box(place=PLACES[place](hostile(variable)))
    assert any("1.5" in line for line in str(state_of(model)).splitlines())
    with mutate(model):
        assert variable.numpy() != 1.5
    assert variable.numpy() == 1.5
