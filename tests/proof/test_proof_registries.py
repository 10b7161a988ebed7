"""Registries of a class or a module hold every model's state; each model has its own of it."""

from __future__ import annotations

import copy
import weakref

import numpy as np
import pytest
import tensorflow as tf

from pytest_tfpclone import check_clone

X = np.array([1.0, 2.0], "float32")


class Counted:
    """Counts instances of a subclass, which registers them in a way of its own."""

    def __init__(self):
        self.rate = tf.Variable(1.0)


class InWeakSet(Counted):
    instances = weakref.WeakSet()

    def __init__(self):
        super().__init__()
        self.instances.add(self)


class InList(Counted):
    instances: list = []

    def __init__(self):
        super().__init__()
        self.instances.append(self)


class ByName(Counted):
    rates: dict = {}

    def __init__(self):
        super().__init__()
        self.rates[f"rate{len(self.rates)}"] = self.rate


BY_ID: dict = {}


class ById(Counted):
    def __init__(self):
        super().__init__()
        BY_ID[id(self)] = self

    def __call__(self, x):
        return BY_ID[id(self)].rate * x


ONLY_BY_ID: dict = {}


class OnlyById:
    def __init__(self):
        ONLY_BY_ID[id(self)] = tf.Variable(1.0)

    def __call__(self, x):
        return ONLY_BY_ID[id(self)] * x


HANDLERS: dict = {}


class WithHandler(Counted):
    def __init__(self):
        super().__init__()
        HANDLERS.setdefault("event", []).append(self.handle)

    def handle(self):
        return self.rate, HANDLERS


class PerInstance:
    """A descriptor that keeps values beside the instances."""

    def __init__(self):
        self.values = weakref.WeakKeyDictionary()

    def __get__(self, instance, owner=None):
        return self if instance is None else self.values[instance]

    def __set__(self, instance, value):
        self.values[instance] = value


class Described:
    rate = PerInstance()

    def __init__(self):
        self.rate = tf.Variable(1.0)


class Last(Counted):
    last = None

    def __init__(self):
        super().__init__()
        Last.last = self

    def __call__(self, x):
        return self.rate * x


KINDS = [InWeakSet, InList, ByName, ById, OnlyById, WithHandler, Described, Last]


@pytest.mark.parametrize("kind", KINDS)
def test_models_that_are_registered_share_nothing(kind):
    kept = kind()
    report = check_clone(kind(), kind(), inputs=X if "__call__" in vars(kind) else ())
    assert report.verdict == "independent", str(report)
    assert len(report.notes) == 1
    assert kept is not None


class Embedding:
    tables = {"words": tf.Variable(1.0)}

    def __call__(self, x):
        return self.tables["words"] * x


def test_what_a_registry_holds_for_all_models_is_shared():
    (leak,) = check_clone(Embedding(), Embedding(), inputs=X).leaks
    assert leak.original == "original.tables"
    assert "original.tables['words'] (was 1)" in leak.evidence


MODELS: dict = {}
NAMED: dict = weakref.WeakValueDictionary()


class LookedUp:
    registry = "MODELS"

    def __init__(self, key):
        self.rate = tf.Variable(3.0)
        self.key = key

    def __call__(self, x):
        return x * MODELS.get(self.key, self).rate


class LookedUpWeakly(LookedUp):
    def __call__(self, x):
        return x * NAMED.get(self.key, self).rate


@pytest.mark.parametrize(("kind", "registry"), [(LookedUp, MODELS), (LookedUpWeakly, NAMED)])
@pytest.mark.parametrize("inputs", [X, ()])
def test_a_clone_that_finds_the_original_in_a_registry(kind, registry, inputs):
    original = kind("main")
    registry["main"] = original
    report = check_clone(original, copy.deepcopy(original), inputs=inputs)
    del registry["main"]
    (leak,) = report.leaks
    assert "<global" in leak.original
    assert "wrote 3.1" in leak.evidence
    assert check_clone(original, copy.deepcopy(original), inputs=inputs).verdict == "independent"


class Default:
    default = None

    def __init__(self):
        self.rate = tf.Variable(1.0)
        self.own = tf.Variable(1.0)

    def __call__(self, x):
        return Default.default.rate * self.own * x


def test_an_instance_that_a_class_keeps_and_all_use_is_shared():
    Default.default = Default()
    report = check_clone(Default(), Default(), inputs=X)
    assert [leak.original for leak in report.leaks] == ["original.default"]
    assert not check_clone(Default(), Default(), inputs=()).leaks


class Parts:
    def __init__(self, rate, spare):
        self.rate, self.spare = rate, spare

    def __call__(self, x):
        return x * self.rate


def test_the_side_that_borrows_decides():
    original = Parts(tf.Variable(1.0), tf.Variable(1.0))
    uses = Parts(original.spare, tf.Variable(1.0))
    assert [leak.clone for leak in check_clone(original, uses, inputs=X).leaks] == ["clone.rate"]
    keeps = Parts(tf.Variable(1.0), original.rate)
    report = check_clone(original, keeps, inputs=X)
    assert report.notes == ("original.rate is clone.spare: both reach it, and nothing uses it",)


class Pooled(tf.Module):
    pool: dict = {}

    def __init__(self):
        super().__init__()
        self.rate = self.pool.setdefault("rate", tf.Variable(2.0))

    def __call__(self, x):
        return self.rate * x


class Deep(tf.Module):
    listed: list = []

    def __init__(self, rate):
        super().__init__()
        self.part = tf.Module()
        self.part.rate = rate
        self.own = tf.Variable(1.0)
        self.listed.append(rate)
        self.listed.append(self.own)

    def __call__(self, x):
        return self.part.rate * self.own * x


@pytest.mark.parametrize("inputs", [X, ()])
def test_what_both_hold_themselves_is_shared_whatever_registers_it(inputs):
    (leak,) = check_clone(Pooled(), Pooled(), inputs=inputs).leaks
    assert (leak.original, leak.clone) == ("original.rate", "clone.rate")
    rate = tf.Variable(1.0)
    (leak,) = check_clone(Deep(rate), Deep(rate), inputs=inputs).leaks
    assert leak.original == "original.part.rate"
    report = check_clone(Deep(tf.Variable(1.0)), Deep(tf.Variable(1.0)), inputs=inputs)
    assert report.independent


class Mixed(tf.Module):
    registry: dict = {}

    def __init__(self):
        super().__init__()
        self.rate = tf.Variable([1.0, 2.0])

    def train(self):
        Mixed.registry["common"].assign_add(1.0)

    def __call__(self, x):
        return x * self.rate * Mixed.registry["common"]


def test_an_entry_of_neither_model_in_a_registry_of_both():
    first, second = Mixed(), Mixed()
    Mixed.registry.update(common=tf.Variable(3.0), first=first.rate, second=second.rate)
    assert [leak.original for leak in check_clone(first, second, inputs=X).leaks] == [
        "original.registry"
    ]
    (leak,) = check_clone(first, second, inputs=(), actions=[Mixed.train]).leaks
    assert (leak.kind, leak.original) == ("action", "original.registry")
    assert float(Mixed.registry["common"]) == 3.0
    Mixed.registry["common"] = 3.0
    assert check_clone(first, second, inputs=X).independent
