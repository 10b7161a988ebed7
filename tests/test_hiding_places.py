"""One variable in every place where Python can hide it: shared is found, equal is not."""

from __future__ import annotations

import asyncio
import collections
import contextvars
import enum
import functools
import operator
import types
import weakref

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from pytest_tfpclone import check_clone


class Box:
    """A plain object with the attributes that it is given."""

    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Slotted:
    __slots__ = ("hidden",)

    def __init__(self, hidden):
        self.hidden = hidden


class Callable:
    def __init__(self, hidden):
        self.hidden = hidden

    def __call__(self):
        return self.hidden

    def method(self):
        return self.hidden


class Lazy:
    """Shows its variable through a property only, and raises on everything else."""

    def __init__(self, hidden):
        self.__dict__["_hidden"] = hidden

    @property
    def hidden(self):
        raise RuntimeError("properties are not called")

    def __getattr__(self, name):
        raise RuntimeError(name)

    def __len__(self):
        raise RuntimeError("len")

    def __eq__(self, other):
        raise RuntimeError("eq")

    __hash__ = object.__hash__


class Liar:
    def __init__(self, hidden):
        self.hidden = hidden

    @property
    def __class__(self):
        return int


class Text(str):
    pass


Named = collections.namedtuple("Named", "hidden")


def generator(hidden):
    while True:
        yield hidden


async def coroutine(hidden):
    await asyncio.sleep(0)
    return hidden


def started(iterator):
    next(iterator)
    return iterator


def cached(hidden):
    @functools.cache
    def get():
        return hidden

    get()
    return get


def cached_argument(hidden):
    @functools.lru_cache(maxsize=4)
    def get(box):
        return 1

    get(Box(hidden=hidden))
    return get


def nested(hidden):
    def outer():
        def inner():
            return hidden

        return inner

    return outer


def keyword_default(hidden):
    def function(*, value=hidden):
        return value

    return function


def context_variable(hidden):
    variable = contextvars.ContextVar("hidden")
    variable.set(hidden)
    return variable


def with_attribute(hidden):
    def function():
        return 1

    function.kept = hidden
    return function


def object_array(hidden):
    array = np.empty(2, object)
    array[1] = hidden
    return array


def text(hidden):
    found = Text("text")
    found.hidden = hidden
    return found


def traced(hidden):
    function = tf.function(lambda: hidden + 1.0)
    function()
    return function


def traced_with_signature(hidden):
    signature = [tf.TensorSpec([], tf.float32)]
    return tf.function(lambda x: hidden + x, input_signature=signature)


def concrete(hidden):
    return tf.function(lambda: hidden + 1.0).get_concrete_function()


class Holder(Box):
    pass


def weak(hidden):
    target = Holder(hidden=hidden)
    return types.SimpleNamespace(reference=weakref.ref(target), kept_alive=lambda: target)


def enumeration(hidden):
    class Kind(enum.Enum):
        FIRST = hidden
        SECOND = 2

    return Kind.FIRST


def enumeration_attribute(hidden):
    class Kind(enum.Enum):
        FIRST = 1

    Kind.FIRST.held = hidden
    return {Kind.FIRST: 3}


def copied_context(hidden):
    context = contextvars.copy_context()
    context.run(contextvars.ContextVar("hidden").set, hidden)
    return context


def user_module(hidden):
    found = types.ModuleType("a_module_of_the_user")
    found.SCALE = hidden
    return found


def record(hidden):
    return np.array([(hidden, 1)], [("held", object), ("count", "i4")])[0]


def exception(hidden):
    return ValueError("with", hidden)


def module(hidden):
    found = tf.Module()
    found.parts = {"list": [hidden], "tuple": (1, hidden)}
    return found


PLACES = {
    "attribute": lambda v: v,
    "list": lambda v: [v],
    "tuple": lambda v: (1, (v,)),
    "dict value": lambda v: {"a": v},
    "dict key": lambda v: {Holder(hidden=v): 1},
    "set": lambda v: {Holder(hidden=v)},
    "frozenset": lambda v: frozenset([Holder(hidden=v)]),
    "deque": lambda v: collections.deque([v]),
    "defaultdict factory": lambda v: collections.defaultdict(lambda: v),
    "ordered dict": lambda v: collections.OrderedDict(a=v),
    "chain map": lambda v: collections.ChainMap({"a": v}),
    "named tuple": Named,
    "mapping proxy": lambda v: types.MappingProxyType({"a": v}),
    "simple namespace": lambda v: types.SimpleNamespace(a=v),
    "slots": Slotted,
    "closure": lambda v: lambda: v,
    "nested closure": nested,
    "list of lambdas": lambda v: [lambda: v, lambda: 1],
    "default": lambda v: lambda x=v: x,
    "keyword default": keyword_default,
    "function attribute": with_attribute,
    "partial": lambda v: functools.partial(operator.add, v),
    "partial keyword": lambda v: functools.partial(max, key=v),
    "bound method": lambda v: Callable(v).method,
    "callable object": Callable,
    "bound built-in method": lambda v: [v].append,
    "bound method of the variable": lambda v: v.assign,
    "tf.function": lambda v: tf.function(lambda: v),
    "traced tf.function": traced,
    "tf.function with a signature": traced_with_signature,
    "concrete function": concrete,
    "weak reference": weak,
    "lru_cache": cached,
    "lru_cache argument": cached_argument,
    "generator": lambda v: started(generator(v)),
    "generator that has not run": generator,
    "coroutine": coroutine,
    "context variable": context_variable,
    "object array": object_array,
    "text with attributes": text,
    "exception": exception,
    "member of an enumeration": enumeration,
    "attribute of a member": enumeration_attribute,
    "copied context": copied_context,
    "module as an attribute": user_module,
    "record": record,
    "slice": lambda v: slice(0, v),
    "lazy object that raises": Lazy,
    "object that lies about its class": Liar,
    "tf.Module": module,
    "DeferredTensor": lambda v: tfp.util.DeferredTensor(v, lambda x: x * 2.0),
    "distribution": lambda v: tfp.distributions.Normal(v, 1.0),
    "distribution's parameters": lambda v: tfp.distributions.Normal(v, 1.0).parameters,
    "bijector": lambda v: tfp.bijectors.Chain([tfp.bijectors.Scale(v), tfp.bijectors.Exp()]),
    "inline bijector": lambda v: tfp.bijectors.Inline(
        forward_fn=lambda x: x * v, forward_min_event_ndims=0
    ),
    "kernel": lambda v: tfp.math.psd_kernels.ExponentiatedQuadratic(v),
    "linear operator": lambda v: tf.linalg.LinearOperatorScaledIdentity(2, v),
    "joint distribution": lambda v: tfp.distributions.JointDistributionSequential(
        [tfp.distributions.Normal(0.0, 1.0), lambda x: tfp.distributions.Normal(x * v, 1.0)]
    ),
    "coroutine of a joint distribution": lambda v: (
        tfp.distributions.JointDistributionCoroutineAutoBatched(
            lambda: (yield tfp.distributions.Normal(v, 1.0))
        )
    ),
}


@pytest.fixture(autouse=True)
def _close_coroutines():
    """A coroutine that never ran warns when it dies; close those that tests make."""
    made = []
    original = coroutine

    def remembered(hidden):
        made.append(original(hidden))
        return made[-1]

    PLACES["coroutine"] = remembered
    yield
    for each in made:
        each.close()


@pytest.mark.parametrize("place", PLACES)
def test_a_shared_variable_is_found(place):
    variable = tf.Variable(1.5)
    hide = PLACES[place]
    report = check_clone(Box(held=hide(variable)), Box(held=hide(variable)), inputs=())
    assert len(report.leaks) == 1, str(report)
    assert "1.5" in report.leaks[0].evidence or "not written" in report.leaks[0].evidence
    assert report.leaks[0].original.startswith("original.held")
    assert variable.numpy() == 1.5


@pytest.mark.parametrize("place", PLACES)
def test_equal_variables_are_independent(place):
    hide = PLACES[place]
    models = [Box(held=hide(tf.Variable(1.5))) for _ in range(2)]
    report = check_clone(*models, inputs=())
    assert report.independent, str(report)
    assert report.equal, str(report)


@pytest.mark.parametrize("place", PLACES)
def test_an_unequal_variable_is_seen(place):
    hide = PLACES[place]
    report = check_clone(
        Box(held=hide(tf.Variable(1.5))), Box(held=hide(tf.Variable(2.5))), inputs=()
    )
    assert report.independent, str(report)
    assert not report.equal
