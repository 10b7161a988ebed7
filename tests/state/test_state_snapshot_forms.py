"""Given back: classes, namespaces, code, defaults, shapes, contexts, globals."""

from __future__ import annotations

import collections
import contextvars
import functools
import threading
import types

import numpy as np
import pytest

from pytest_tfpclone.state.snapshot import preserved
from pytest_tfpclone.state.walk import Walk


class Thing:
    limit = 3

    def __init__(self):
        self.a = 1


class Other(Thing):
    pass


class Ordered(collections.OrderedDict):
    pass


def with_ordered_attributes():
    thing = Thing()
    thing.__dict__ = Ordered(a=1, b=2)
    return thing


def function():
    return lambda x=1, *, y=2: (x, y)


def variable():
    found = contextvars.ContextVar("held")
    found.set(1)
    return found


def local():
    found = threading.local()
    found.a = 1
    return found


def replace_attributes(thing):
    thing.__dict__ = {"a": 9}


def set_code(value):
    value.__code__ = (lambda x=1, *, y=2: (y, x)).__code__


def resize(array):
    array.resize((8,), refcheck=False)


def freeze(array):
    array[0] = 5
    array.setflags(write=False)


def thread_local(value):
    value.a, value.b = 2, 3


def tagged_partial():
    found = functools.partial(int, "3")
    found.tag = 1
    return found


def count(thing):
    type(thing).limit += 1
    type(thing).fresh = 1


CASES = {
    "class": (Thing, lambda v: setattr(v, "__class__", Other), lambda v: (type(v), vars(v))),
    "namespace": (Thing, replace_attributes, vars),
    "ordered namespace": (with_ordered_attributes, lambda v: setattr(v, "a", 9), lambda v: [
        type(vars(v)), list(vars(v).items())
    ]),
    "array shape of two dimensions": (
        lambda: np.arange(4.0).reshape(2, 2), lambda v: setattr(v, "shape", (4,)),
        np.ndarray.tolist,
    ),
    "part of an array": (
        lambda: np.arange(8.0)[2:6], lambda v: v.__setitem__(0, 9.0), np.ndarray.tolist
    ),
    "partial with attributes": (
        tagged_partial, lambda v: v.__setstate__((float, ("4",), {}, None)),
        lambda v: (v(), vars(v)),
    ),
    "order": (
        lambda: Ordered(a=1, b=2), lambda v: v.move_to_end("a"), lambda v: list(v.items())
    ),
    "class attributes": (Thing, count, lambda v: (type(v).limit, hasattr(type(v), "fresh"))),
    "defaults": (function, lambda v: setattr(v, "__defaults__", (5,)), lambda v: v()),
    "keyword defaults": (function, lambda v: v.__kwdefaults__.update(y=7), lambda v: v()),
    "keyword defaults replaced": (
        function, lambda v: setattr(v, "__kwdefaults__", {"y": 8}), lambda v: v()
    ),
    "code": (function, set_code, lambda v: v()),
    "partial": (
        lambda: functools.partial(int, "3"),
        lambda v: v.__setstate__((float, ("4",), {}, {})), lambda v: v(),
    ),
    "partial keywords": (
        lambda: functools.partial(int, "11", base=2), lambda v: v.keywords.update(base=3),
        lambda v: v(),
    ),
    "context variable": (variable, lambda v: v.set(2), lambda v: v.get()),
    "thread local": (local, thread_local, vars),
    "array size": (lambda: np.arange(4.0), resize, np.ndarray.tolist),
    "array flags": (lambda: np.arange(4.0), freeze, lambda v: (v.tolist(), v.flags.writeable)),
    "array shape": (
        lambda: np.arange(4.0), lambda v: setattr(v, "shape", (2, 2)), np.ndarray.tolist
    ),
    "object array": (
        lambda: np.array([1, "a"], object), lambda v: v.__setitem__(0, 5), np.ndarray.tolist
    ),
    "mapping of a cell": (
        lambda: (lambda held: lambda: held)([1]), lambda v: v().append(2), lambda v: v()
    ),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", CASES)
def test_what_changed_is_put_back(name):
    make, change, seen = CASES[name]
    value = make()
    model = types.SimpleNamespace(held=value)
    before = repr(seen(value))
    with preserved(Walk(model)):
        change(value)
        assert repr(seen(value)) != before
    assert repr(seen(value)) == before
    assert model.held is value


def test_another_dict_of_equal_attributes_is_put_back():
    thing = Thing()
    namespace = vars(thing)
    with preserved(Walk([thing])):
        thing.__dict__ = dict(namespace)
    assert vars(thing) is namespace


COUNT = 0


def counting():
    global COUNT, MADE
    COUNT += 1
    MADE = 1


def test_globals_that_a_function_assigns_are_put_back():
    with preserved(Walk([counting])):
        counting()
        assert (COUNT, MADE) == (1, 1)
    assert COUNT == 0
    assert "MADE" not in globals()
