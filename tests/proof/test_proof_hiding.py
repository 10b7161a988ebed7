"""A variable or a container that is hidden in a place of Python's is found there, once."""

from __future__ import annotations

import collections
import contextvars
import functools
import threading
import types
import weakref

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from pytest_tfpclone import check_clone, clone

tfd, tfb, tfpl = tfp.distributions, tfp.bijectors, tfp.layers


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Slotted:
    __slots__ = ("inner",)

    def __init__(self, inner):
        self.inner = inner


class Callable:
    def __init__(self, inner):
        self.inner = inner

    def __call__(self):
        return self.inner

    def method(self):
        return self.inner


def found(report):
    return [(leak.kind, leak.original, leak.clone) for leak in report.leaks]


def generator_holding(inner):
    def generate():
        held = inner
        yield 1
        yield held

    generator = generate()
    next(generator)
    return generator


def lru_cached(inner):
    @functools.lru_cache
    def cached(key):
        return inner_of()

    def inner_of():
        return inner

    cached(1)
    return cached


def with_default(inner):
    def function(x=inner):
        return x

    return function


def with_keyword_default(inner):
    def function(*, x=inner):
        return x

    return function


def nested_closure(inner):
    def outer():
        def function():
            return inner

        return function

    return outer()


def context_variable(inner):
    variable = contextvars.ContextVar("variable")
    variable.set(inner)
    return variable


def thread_local(inner):
    local = threading.local()
    local.inner = inner
    return local


def tf_module(inner):
    module = tf.Module()
    module.items = [inner]
    return module


def traced(inner):
    function = tf.function(lambda: inner + 1.0)
    function()
    return function


PLACES = {
    "attribute": lambda inner: Plain(inner=inner),
    "slot": Slotted,
    "tuple": lambda inner: (1, inner),
    "dict value": lambda inner: {"a": inner},
    "closure": lambda inner: lambda: inner,
    "nested closure": nested_closure,
    "list of lambdas": lambda inner: [lambda: inner],
    "default": lambda inner: [with_default(inner)],
    "keyword default": lambda inner: [with_keyword_default(inner)],
    "partial": lambda inner: functools.partial(print, inner),
    "partial keyword": lambda inner: functools.partial(print, end=inner),
    "bound method": lambda inner: Callable(inner).method,
    "callable object": Callable,
    "tf.function": lambda inner: tf.function(lambda: inner),
    "traced tf.function": traced,
    "weak reference": lambda inner: (weakref.ref(inner), [inner]),
    "cached function": lru_cached,
    "generator frame": generator_holding,
    "context variable": context_variable,
    "thread local": thread_local,
    "tf.Module list": tf_module,
    "read-only view": lambda inner: types.MappingProxyType({"a": inner}),
    "object array": lambda inner: np.array([inner, None], object),
    "named tuple": lambda inner: collections.namedtuple("P", "x")(inner),
    "descriptor": lambda inner: property(lambda self: inner),
    "distribution": lambda inner: tfd.Normal(inner, 1.0),
    "bijector": lambda inner: tfb.Scale(inner),
    "deferred tensor": lambda inner: tfp.util.DeferredTensor(inner, lambda x: x + 1),
    "linear operator": lambda inner: tf.linalg.LinearOperatorDiag(inner),
    "kernel": lambda inner: tfp.math.psd_kernels.ExponentiatedQuadratic(inner),
}  # fmt: skip


def variable_for(place):
    return tf.Variable([2.0]) if place == "linear operator" else tf.Variable(2.0)


@pytest.mark.parametrize("place", PLACES)
def test_a_variable_is_found_in_every_hiding_place(place):
    variable = variable_for(place)
    report = check_clone(PLACES[place](variable), PLACES[place](variable), inputs=())
    assert report.leaks
    assert all(leak.kind in ("same object", "same resource") for leak in report.leaks)
    assert any("variable float32" in leak.label for leak in report.leaks)
    assert len(report.leaks) == 1


@pytest.mark.parametrize("place", PLACES)
def test_variables_of_ones_own_are_no_leak_in_any_place(place):
    models = [PLACES[place](variable_for(place)) for _ in range(2)]
    report = check_clone(*models, inputs=())
    assert found(report) == []
    assert [note for note in report.notes if "both reach" in note] == []


@pytest.mark.parametrize("place", ["closure", "default", "partial", "tf.function", "bound method"])
def test_a_python_container_is_found_as_well(place):
    held = [1]
    report = check_clone([PLACES[place](held)], [PLACES[place](held)], inputs=())
    assert [leak.label for leak in report.leaks] == ["container list[1]"]


class Common:
    items = [1]


def test_tensorflow_state_of_a_class_is_a_leak():
    class Model:
        rate = tf.Variable(1.0)

    report = check_clone(Model(), Model())
    assert found(report) == [("same object", "original.rate", "clone.rate")]
    assert "a class or a module holds it" in report.leaks[0].hint


def test_python_state_of_a_class_is_a_note():
    report = check_clone(Common(), Common())
    assert report.leaks == ()
    assert report.notes == (
        "original.items is clone.items: both reach it, through a class or a module",
    )
    strict = check_clone(Common(), Common(), strict=True)
    assert found(strict) == [("same object", "original.items", "clone.items")]


class Decorated:
    first, second, third, fourth = [1], [2], [3], [4]


def test_what_a_class_holds_in_many_places_is_one_note():
    report = check_clone(Decorated(), Decorated())
    assert report.notes == (
        "original.first is clone.first, and so it is with 3 more: both reach them, "
        "through a class or a module; strict=True lists them",
    )
    assert len(check_clone(Decorated(), Decorated(), strict=True).leaks) == 4


GLOBALS = {}


def uses_globals():
    return GLOBALS["rate"]


def test_tensorflow_state_of_a_module_is_a_leak():
    GLOBALS["rate"] = tf.Variable(1.0)
    try:
        report = check_clone(Plain(f=uses_globals), Plain(f=uses_globals))
    finally:
        GLOBALS.clear()
    assert len(report.leaks) == 1
    assert "<global 'GLOBALS'>" in report.leaks[0].original


def test_python_state_of_a_module_is_a_note():
    report = check_clone(Plain(f=uses_globals), Plain(f=uses_globals))
    assert report.leaks == ()
    assert any("<global 'GLOBALS'>" in note for note in report.notes)


def test_a_closure_variable_that_is_rebound():
    def make():
        count = 0

        def step():
            nonlocal count
            count += 1

        return step

    step = make()
    (leak,) = check_clone(Plain(step=step), Plain(step=step)).leaks
    assert leak.original == "original.step.<closure 'count'>"
    assert leak.label == "closure variable int"
    assert check_clone(Plain(step=make()), Plain(step=make())).leaks == ()


def noted(function):
    """Decorate as libraries do that check arguments: the wrapper keeps what it was told."""

    @functools.wraps(function)
    def wrapper(*arguments):
        return function(*arguments)

    wrapper.notes = [function.__name__]
    return wrapper


class HoldsMethods:
    def __init__(self, chosen="first"):
        self.rate = tf.Variable(1.0)
        self.chosen = getattr(self, chosen)

    @noted
    def first(self):
        return self.rate

    @noted
    def second(self):
        return -self.rate


def test_what_a_decorator_keeps_of_a_bound_method_is_of_the_class():
    report = check_clone(HoldsMethods(), HoldsMethods())
    assert found(report) == []
    assert report.equal
    cloned = HoldsMethods()
    report = check_clone(cloned, clone(cloned))
    assert (found(report), report.equal) == ([], True)


def test_a_bound_method_of_the_original_is_a_leak():
    original, copy = HoldsMethods(), HoldsMethods()
    copy.chosen = original.chosen
    report = check_clone(original, copy, actions=[lambda model: model.chosen().assign(2.0)])
    assert found(report) == [("same object", "original.chosen.__self__", "clone.chosen.__self__")]


def test_another_method_of_the_same_class_is_a_difference():
    report = check_clone(HoldsMethods(), HoldsMethods("second"))
    assert [(each.kind, each.path, each.detail) for each in report.differences] == [
        ("structure", "original.chosen", "another function")
    ]
