"""What functions, methods, partials, caches, generators and frames hold."""

from __future__ import annotations

import functools
import types
import weakref

import pytest
import tf_keras
from looking import Plain, child

from pytest_tfpclone.state.edges import (
    edges,
)


def make_function():
    scale, shift = object(), object()

    def function(x, factor=shift, *, offset=scale):
        return scale, x, factor, offset

    function.note = marker = object()
    return function, scale, shift, marker


def test_functions_show_closure_defaults_and_attributes():
    function, scale, shift, marker = make_function()
    assert child(function, ".<closure 'scale'>").cell_contents is scale
    assert child(function, ".<default 'factor'>") is shift
    assert child(function, ".<default 'offset'>") is scale
    assert child(function, ".note") is marker
    assert len(edges(function)) == 4


def test_defaults_belong_to_the_last_arguments():
    def function(a, b=1, c=2):
        local = a
        return local, b, c

    assert edges(function) == [(".<default 'b'>", 1), (".<default 'c'>", 2)]


def test_a_framework_function_that_is_importable_is_a_constant():
    assert edges(tf_keras.activations.relu) == []
    assert edges(functools.wraps) == []


def test_a_closure_cell_without_contents():
    assert edges(types.CellType()) == []
    assert edges(types.CellType(5)) == [("", 5)]


def test_bound_methods_show_the_object_and_the_function():
    owner = Plain()
    method = types.MethodType(len, owner)
    assert edges(method) == [(".__self__", owner), (".__func__", len)]


def test_built_in_methods_show_what_they_are_bound_to():
    items = []
    assert child(items.append, ".__self__") is items
    assert edges(len) == []
    assert edges(items.__len__) == [(".__self__", items)]


def test_partials():
    argument, keyword = object(), object()
    partial = functools.partial(print, argument, sep=keyword)
    partial.note = 1
    assert edges(partial)[:3] == [
        (".func", print),
        ((".args", "[0]"), argument),
        ((".keywords", "['sep']"), keyword),
    ]
    assert child(partial, ".note") == 1


def test_a_weak_method_subclass_of_ref():
    class Reference(weakref.ref):
        def __call__(self):
            raise RuntimeError("called")

    target = Plain()
    assert edges(Reference(target))[0] == ("()", target)


def test_cached_functions_show_the_function_and_what_is_cached():
    marker = Plain()

    @functools.lru_cache
    def cached(key):
        return marker

    cached(1)
    assert child(cached, ".__wrapped__") is cached.__wrapped__
    assert any(item is marker for step, item in edges(cached) if "<cached" in str(step))


@pytest.mark.parametrize("maxsize", [None, 4])
@pytest.mark.parametrize("note", [None, {"a": 1}])
def test_a_cache_shows_each_result_and_the_arguments_that_are_objects(maxsize, note):
    @functools.lru_cache(maxsize=maxsize)
    def cached(key, *more):
        return [key]

    if note is not None:
        cached.note = note
    first, second = Plain(), Plain()
    results = [cached(first), cached(1), cached(second, first)]
    found = [(step, item) for step, item in edges(cached) if step.startswith(".<cached")]
    assert [item for step, item in found if "arguments" not in step] == results
    arguments = [(step, list(item)) for step, item in found if "arguments" in step]
    assert arguments == [
        (".<cached arguments 0>", [first]),
        (".<cached arguments 2>", [second, first]),
    ]
    own = [step for step, _ in edges(cached) if not step.startswith(".<cached")]
    assert set(own) == {".cache_parameters", ".__wrapped__", *([".note"] if note else [])}


def test_an_empty_cache():
    @functools.lru_cache(maxsize=4)
    def cached(key):
        return key

    assert not [step for step, _ in edges(cached) if "<cached" in step]


def test_generator_frames():
    def generate(argument):
        local = [argument]
        yield local

    marker = Plain()
    generator = generate(marker)
    next(generator)
    assert child(generator, ".<local 'argument'>") is marker
    assert child(generator, ".<local 'local'>") == [marker]
    assert list(generator) == []
    assert edges(generator) == []


def test_coroutine_frames():
    async def coroutine(argument):
        return argument

    marker = Plain()
    suspended = coroutine(marker)
    assert edges(suspended) == [(".<local 'argument'>", marker)]
    suspended.close()
    assert edges(suspended) == []


def test_descriptors():
    def function(self):
        return self

    assert edges(property(function)) == [(".fget", function)]
    assert edges(staticmethod(function)) == [(".__func__", function)]
    assert edges(classmethod(function)) == [(".__func__", function)]
