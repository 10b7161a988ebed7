"""State that a module or a class holds, and what is the framework's or constant."""

from __future__ import annotations

import dataclasses
import enum
import functools
import operator
import sys
import types

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from pytest_tfpclone import check_clone


class Box:
    """A plain object with the attributes that it is given."""

    def __init__(self, **attributes):
        self.__dict__.update(attributes)


SHARED_GLOBAL = tf.Variable(3.0)
CONSTANTS = {"learning_rate": 0.1}


def reads_the_global():
    return SHARED_GLOBAL


def reads_it_by_another():
    return reads_the_global()


class WithMethod:
    counter = tf.Variable(0)

    def call(self):
        return SHARED_GLOBAL


@pytest.mark.parametrize(
    "make",
    [
        lambda: Box(f=reads_the_global),
        lambda: Box(f=reads_it_by_another),
        lambda: Box(f=lambda: SHARED_GLOBAL),
        lambda: Box(f=lambda: sys.modules[__name__] and reads_it_by_another),
        WithMethod,
    ],
    ids=["function", "through another", "lambda", "nested name", "class"],
)
def test_tensorflow_state_of_a_module_or_a_class_is_a_leak(make):
    report = check_clone(make(), make(), inputs=())
    assert report.leaks
    assert all("a class or a module holds it" in leak.hint for leak in report.leaks)


def test_state_named_through_a_users_module_is_a_leak(monkeypatch):
    settings = types.ModuleType("settings_of_the_user")
    settings.SCALE = tf.Variable(2.0)
    monkeypatch.setitem(sys.modules, settings.__name__, settings)
    namespace = {"settings": settings, "__name__": "users_code"}
    exec("def read(): return settings.SCALE", namespace)
    report = check_clone(Box(f=namespace["read"]), Box(f=namespace["read"]), inputs=())
    assert [leak.original for leak in report.leaks] == ["original.f.<global 'settings'>.SCALE"]


def test_state_of_a_users_module_that_a_function_imports_is_a_leak(monkeypatch):
    settings = types.ModuleType("imported_by_the_user")
    settings.SCALE = tf.Variable(2.0)
    monkeypatch.setitem(sys.modules, settings.__name__, settings)
    namespace = {"__name__": "users_code"}
    exec("def read():\n import imported_by_the_user as s\n return s.SCALE", namespace)
    report = check_clone(Box(f=namespace["read"]), Box(f=namespace["read"]), inputs=())
    assert [leak.original for leak in report.leaks] == [
        "original.f.<import 'imported_by_the_user'>.SCALE"
    ]


def test_a_name_that_a_function_imports_and_nothing_has_is_left(monkeypatch):
    monkeypatch.setitem(sys.modules, "not_there_yet", None)
    namespace = {"__name__": "users_code"}
    exec("def read():\n import not_there_yet\n return not_there_yet.SCALE", namespace)
    report = check_clone(Box(f=namespace["read"], s=[1]), Box(f=namespace["read"], s=[1]))
    assert report.verdict == "independent"


def test_plain_objects_of_a_module_are_a_note():
    def make():
        return Box(f=lambda: CONSTANTS["learning_rate"])

    report = check_clone(make(), make(), inputs=())
    assert report.independent
    assert "through a class or a module" in report.notes[0]
    assert not check_clone(make(), make(), inputs=(), strict=True).independent


def test_a_cell_that_nobody_rebinds_is_no_state():
    def make(number):
        return lambda: number

    constant = make(3)
    assert check_clone(Box(f=constant), Box(f=constant), inputs=()).independent


def test_a_cell_that_a_function_rebinds_is_state():
    def make():
        count = 0

        def step():
            nonlocal count
            count += 1
            return count

        return step

    step = make()
    report = check_clone(Box(f=step), Box(f=step), inputs=())
    assert [leak.label.split()[0] for leak in report.leaks] == ["closure"]
    assert check_clone(Box(f=make()), Box(f=make()), inputs=()).independent


@pytest.mark.parametrize(
    "constant",
    [
        tf.float32,
        tf.TensorShape([1, None]),
        tf.constant([1.0]),
        np.float32,
        np.dtype("f4"),
        types.SimpleNamespace,
        tf.nn.relu,
        tfp.distributions.FULLY_REPARAMETERIZED,
        tf.distribute.get_strategy(),
        tf.VariableAggregation.NONE,
        tf.TensorSpec([2]),
        operator.itemgetter(1),
        tf.data.Dataset.range(3),
        tf.function(lambda x: x + 1),
        tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer([1], [2]), 0),
        (1, ("a", 2.5), frozenset([3])),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_immutable_or_the_frameworks_is_never_shared_state(constant):
    report = check_clone(Box(held=[constant]), Box(held=[constant]), inputs=())
    assert report.independent, str(report)
    assert not report.notes


class Kind(enum.Enum):
    FIRST = 1
    SECOND = 2
    LIST = types.MappingProxyType({"a": [1]})


def test_members_of_an_enumeration_are_constants():
    report = check_clone(Box(kind=Kind.FIRST), Box(kind=Kind.FIRST), inputs=())
    assert report.verdict == "independent"
    assert not report.notes
    report = check_clone(Box(kind=Kind.FIRST), Box(kind=Kind.SECOND), inputs=())
    assert [(each.kind, each.path) for each in report.differences] == [
        ("value", "original.kind.value")
    ]


class Holding(enum.Enum):
    VALUE = tf.Variable(1.0)
    OTHER = 2


Holding.OTHER.held = tf.Variable(2.0)


def test_paths_of_what_members_hold():
    paths = {
        member: [leak.original for leak in check_clone(Box(kind=member), Box(kind=member)).leaks]
        for member in Holding
    }
    assert paths[Holding.VALUE] == ["original.kind.value"]
    assert paths[Holding.OTHER] == ["original.kind.held"]


def test_what_a_member_holds_is_a_note():
    report = check_clone(Box(kind=Kind.LIST), Box(kind=Kind.LIST), inputs=())
    assert report.verdict == "independent"
    assert "through a class or a module" in report.notes[0]


def test_a_framework_module_as_an_attribute_says_nothing():
    report = check_clone(Box(backend=np, state=[1]), Box(backend=np, state=[1]), inputs=())
    assert (report.verdict, report.notes) == ("independent", ())


def test_what_an_interpreter_binds_in_builtins_is_no_constant(monkeypatch):
    model = Box(rate=tf.Variable(1.0))
    monkeypatch.setattr("builtins._", model, raising=False)
    assert check_clone([model], [model], inputs=()).verdict == "shared"


@dataclasses.dataclass(frozen=True)
class ByValue:
    number: int

    @functools.lru_cache
    def rate(self):
        return tf.Variable(float(self.number))


class ByIdentity:
    @functools.lru_cache
    def rate(self):
        return tf.Variable(1.0)


class Unequal(ByIdentity):
    def __eq__(self, other):
        raise RuntimeError("compared")

    def __hash__(self):
        return 1


def test_a_cache_that_takes_the_clone_for_the_original():
    original, clone = ByValue(2), ByValue(2)
    assert original.rate() is clone.rate()
    report = check_clone(original, clone, inputs=())
    assert [leak.original for leak in report.leaks] == ["original.rate.<cached 0>"]
    assert not report.notes


@pytest.mark.parametrize("kind", [ByIdentity, Unequal])
def test_a_cache_that_tells_the_clone_from_the_original(kind):
    original, clone = kind(), kind()
    original.rate()
    assert check_clone(original, clone, inputs=()).independent
