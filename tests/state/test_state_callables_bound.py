"""What callables are bound to, what their decorators keep, and what waits for something else."""

from __future__ import annotations

import contextlib
import functools
import operator
import sys
import types

import numpy as np
import pytest

from pytest_tfpclone.state.ambient import ambient_edges
from pytest_tfpclone.state.edges import edges


class Plain:
    pass


class Incomparable:
    def __eq__(self, other):
        raise RuntimeError("compared")

    __hash__ = None

    def __len__(self):
        return 1


def refuse(*arguments):
    raise RuntimeError("asked")


def test_what_a_decorator_of_the_library_keeps_is_no_attribute():
    def function():
        yield 1

    decorated = contextlib.contextmanager(function)
    assert [step for step, _ in edges(decorated)] == [".<closure 'func'>"]


def test_a_decorator_of_a_user_may_keep_something():
    def function():
        return 1

    @functools.wraps(function)
    def wrapper():
        return 2

    assert edges(wrapper) == [(".__wrapped__", function)]


def test_each_closure_cell_has_the_name_of_its_variable():
    first, second = [1], [2]

    def function():
        return second, first

    held = {step: cell.cell_contents for step, cell in edges(function)}
    assert held == {".<closure 'first'>": [1], ".<closure 'second'>": [2]}


def test_a_built_in_method_of_something_that_can_not_be_compared():
    array, owner = np.zeros(2), Incomparable()
    ((step, found),) = edges(array.sum)
    assert step == ".__self__"
    assert found is array
    ((_, found),) = edges(owner.__init__)
    assert found is owner


def test_partials_that_refuse_every_question():
    class Asked(functools.partial):
        __getattribute__ = refuse
        func = args = keywords = property(refuse)

    held = [1]
    partial = Asked(print, held, 2, sep=3, end=4)
    assert edges(partial)[:5] == [
        (".func", print), ((".args", "[0]"), held), ((".args", "[1]"), 2),
        ((".keywords", "['sep']"), 3), ((".keywords", "['end']"), 4),
    ]  # fmt: skip


def test_partials_may_have_notes_as_well():
    partial = functools.partial(print)
    partial.note = 1
    assert edges(partial)[0] == (".func", print)
    assert (".note", 1) in edges(partial)


def test_functions_of_the_operator_module_show_what_they_were_made_with():
    held = [1]
    assert edges(operator.itemgetter("a", 2)) == [((".args", "[0]"), "a"), ((".args", "[1]"), 2)]
    assert edges(operator.attrgetter("a.b")) == [((".args", "[0]"), "a.b")]
    assert edges(operator.methodcaller("add", held)) == [
        ((".args", "[0]"), "add"), ((".args", "[1]"), held),
    ]  # fmt: skip


def test_a_method_caller_with_keywords_shows_them_too():
    held = [1]
    (step, made_by), *arguments = edges(operator.methodcaller("add", 2, to=held))
    assert step == ".func"
    assert made_by.keywords == {"to": held}
    assert arguments == [((".args", "[0]"), 2)]


def test_only_the_functions_that_a_property_has():
    def setter(self, value):
        return None

    assert edges(property(None, setter)) == [(".fset", setter)]
    assert edges(property()) == []
    assert edges(property(None, None, setter)) == [(".fdel", setter)]


def test_a_property_of_a_users_class():
    Child = type("Child", (property,), {})
    assert (".fget", refuse) in edges(Child(refuse))


@pytest.mark.parametrize("maxsize", [None, 3])
def test_the_arguments_of_a_cache_that_are_plain_are_not_listed(maxsize):
    @functools.lru_cache(maxsize=maxsize)
    def cached(key):
        return [key]

    results = [cached(key) for key in ("a", 2, (3,))]
    found = [edge for edge in edges(cached) if edge[0].startswith(".<cached")]
    assert found[:2] == [(".<cached 0>", results[0]), (".<cached 1>", results[1])]
    assert found[2] == (".<cached 2>", results[2])


@pytest.mark.parametrize("maxsize", [None, 3])
@pytest.mark.parametrize("result", [{"a": 1}, int, {}, None])
def test_results_that_look_like_parts_of_the_cache_are_results(maxsize, result):
    @functools.lru_cache(maxsize=maxsize)
    def cached(key):
        return result

    cached.note = {"b": 2}
    key = Plain()
    cached(1), cached(key), cached("b")
    found = [edge for edge in edges(cached) if edge[0].startswith(".<cached")]
    assert [step for step, _ in found] == [
        ".<cached 0>", ".<cached 1>", ".<cached arguments 1>", ".<cached 2>",
    ]  # fmt: skip
    assert [item is result for _, item in found] == [True, True, False, True]
    assert (".note", {"b": 2}) in edges(cached)


async def endless():
    await Waiting()


class Waiting:
    def __await__(self):
        yield self


def test_a_generator_shows_what_it_delegates_to():
    def outer(items):
        yield from items

    items = iter([1, 2])
    generator = outer(items)
    assert edges(generator) == [(".<local 'items'>", items)]
    next(generator)
    assert edges(generator) == [(".<local 'items'>", items), (".<awaited>", items)]


def test_a_coroutine_shows_what_it_waits_for():
    coroutine = endless()
    assert edges(coroutine) == []
    coroutine.send(None)
    ((step, awaited),) = edges(coroutine)
    assert step == ".<awaited>"
    assert awaited is coroutine.cr_await
    coroutine.close()


def test_an_asynchronous_generator_shows_its_variables_and_what_it_waits_for():
    async def generate(argument):
        await Waiting()
        yield argument

    held = [1]
    generator = generate(held)
    assert edges(generator) == [(".<local 'argument'>", held)]
    step = generator.__anext__()
    step.send(None)
    (local, awaited) = edges(generator)
    assert local == (".<local 'argument'>", held)
    assert awaited == (".<awaited>", generator.ag_await)
    with pytest.raises(StopIteration):
        step.send(None)


def test_what_is_awaited_is_never_compared():
    class Iterator(Incomparable):
        def __iter__(self):
            return self

        def __next__(self):
            return 1

    def outer():
        yield from Iterator()

    generator = outer()
    next(generator)
    step, awaited = edges(generator)[-1]
    assert step == ".<awaited>"
    assert type(awaited) is Iterator


@pytest.mark.parametrize("maxsize", [None, 3])
def test_results_of_a_class_that_can_not_be_compared(maxsize):
    class Meta(type):
        __eq__ = refuse
        __hash__ = type.__hash__

    result = Meta("Kind", (), {})()
    cached = functools.lru_cache(maxsize=maxsize)(lambda key: result)
    cached(1)
    assert [item for step, item in edges(cached) if step == ".<cached 0>"] == [result]


def test_a_frame_shows_its_local_variables():
    held = [1]
    assert (".<local 'held'>", held) in edges(sys._getframe())


@pytest.mark.parametrize("maxsize", [0, 1, 4, None])
def test_a_result_may_be_the_class_of_caches_or_a_table(maxsize):
    @functools.lru_cache(maxsize=maxsize)
    def cached(number):
        return results[number]

    results = [type(cached), {"a": 1}, cached]
    for number in range(3):
        cached(number)
    kept = [item for step, item in edges(cached) if step.startswith(".<cached")]
    assert kept == results[3 - len(kept) :]
    assert len(kept) == (3 if maxsize is None else min(maxsize, 3))


def test_a_wrapper_with_the_defaults_of_what_it_wraps():
    def wrapper(first, *arguments):
        return first, arguments

    held = [1]
    wrapper.__defaults__ = (held, 2)
    assert edges(wrapper) == [(".<default '1'>", held), (".<default 'first'>", 2)]


class Methods:
    def own(self):
        return 1

    @classmethod
    def of_class(cls):
        return 2

    renamed = own


def test_a_function_of_the_class_is_reached_through_the_class():
    owner = Methods()
    for method in (owner.own, owner.renamed):
        assert edges(method) == [(".__self__", owner)]
        assert ambient_edges(method) == [(".__func__", Methods.own)]
    assert edges(Methods.of_class) == [(".__self__", Methods)]
    added = types.MethodType(lambda self: 3, owner)
    assert edges(added) == [(".__self__", owner), (".__func__", added.__func__)]
    assert ambient_edges(added) == []
