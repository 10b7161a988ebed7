"""Given back: after a check both models are as they were, however the check ends."""

from __future__ import annotations

import contextlib
import copy
import random

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone import UnequalCloneError, assert_independent_clone, check_clone
from pytest_tfpclone.state import mutable
from pytest_tfpclone.state.attributes import attributes, slot_values
from pytest_tfpclone.state.cells import DataCell
from pytest_tfpclone.state.walk import Walk

X = np.array([1.0, 2.0], "float32")


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a = [1]


class Model:
    """Holds state of every kind, and a hook that is called with each call of the model."""

    def __init__(self, hook=None):
        table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1)
        table.insert(["a"], [1])
        self.rate = tf.Variable(2.0)
        self.nan = tf.Variable(tf.bitcast(tf.constant([0x7FC0BEEF], tf.uint32), tf.float32))
        self.array = np.array([0x7FC0BEEF, 0x80000000], np.uint32).view(np.float32)
        self.counts = tf.Variable([1, 2])
        self.flags = tf.Variable([True, False])
        self.table = table
        self.rng = np.random.default_rng(1)
        self.python = random.Random(2)
        self.generator = tf.random.Generator.from_seed(3)
        self.bytes = bytearray(b"ab")
        self.settings = {"b": [1], "a": {1, 2}}
        self.slotted = Slotted()
        self.closure = (lambda value: lambda: value)(tf.Variable(5.0))
        self.hook = hook
        self.calls = 0

    def __call__(self, x):
        self.calls += 1
        self.cache = x
        self.settings["b"].append(self.calls)
        self.slotted.b = x
        self.counts.assign_add([1, 1])
        self.rng.normal()
        self.python.random()
        self.table.insert(["called"], [self.calls])
        self.array[0] = 7
        if self.hook is not None:
            self.hook(self)
        return self.rate * x + self.closure() + self.generator.normal([])


def picture(model):
    """Return everything that a model holds, by identity and bit for bit."""
    seen = []
    for node in Walk(model):
        value = node.value
        cell = mutable.state_cell(value)
        if isinstance(cell, DataCell):
            seen.append((node.path, cell.fingerprint()))
        if isinstance(value, dict):
            seen.append((node.path, [(key, id(item)) for key, item in value.items()]))
        elif isinstance(value, (list, set)):
            seen.append((node.path, [id(item) for item in value]))
        namespace = attributes(value)
        if namespace is not None and not type(value).__module__.startswith("tensorflow"):
            seen.append((node.path, [(name, id(item)) for name, item in namespace.items()]))
            seen.append((node.path, [(m.__name__, id(item)) for m, item in slot_values(value)]))
    return seen


def generators():
    return (
        random.getstate(),
        np.random.get_state()[1].tobytes(),
        np.random.get_state()[2:],
        tf.random.get_global_generator().state.numpy().tolist(),
    )


def acts(model):
    model(X)
    model.rate.assign(9.0)
    model.made = tf.Variable(1.0)
    del model.bytes
    random.random()
    np.random.normal()
    tf.random.get_global_generator().normal([])


CHECKS = {
    "pass": lambda a, b: check_clone(a, b, inputs=X),
    "no output": lambda a, b: check_clone(a, b, inputs=()),
    "actions": lambda a, b: check_clone(a, b, inputs=X, actions=[acts]),
    "other seed": lambda a, b: check_clone(a, b, inputs=X, seed=5),
    "strict": lambda a, b: check_clone(a, b, inputs=X, strict=True),
    "family": lambda a, b: check_clone(a, b, Model(), inputs=X),
}


@pytest.mark.parametrize("name", CHECKS)
def test_after_a_check_that_passes(name):
    models = Model(), Model()
    before = [picture(model) for model in models], generators()
    assert CHECKS[name](*models).verdict == "independent"
    assert ([picture(model) for model in models], generators()) == before


@pytest.mark.parametrize("name", CHECKS)
def test_after_a_check_that_finds_sharing(name):
    models = Model(), Model()
    for part in ("rate", "array", "table", "rng", "settings", "slotted", "closure"):
        setattr(models[1], part, getattr(models[0], part))
    before = [picture(model) for model in models], generators()
    assert CHECKS[name](*models).verdict == "shared"
    assert ([picture(model) for model in models], generators()) == before


def test_after_a_check_that_raises_its_finding():
    models = Model(), Model()
    models[1].rate.assign(3.0)
    before = [picture(model) for model in models]
    with pytest.raises(UnequalCloneError):
        assert_independent_clone(*models, inputs=X)
    assert [picture(model) for model in models] == before


class Boom(BaseException):
    pass


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, Boom])
@pytest.mark.parametrize("when", range(1, 9))
@pytest.mark.parametrize("side", [0, 1])
def test_after_a_fault_at_each_call_of_the_model(error, when, side):
    count = 0

    def hook(model):
        nonlocal count
        count += 1
        if count == when:
            raise error("fault")

    models = Model(), Model()
    models[side].hook = hook
    before = [picture(model) for model in models], generators()
    with contextlib.suppress(error, ValueError):
        check_clone(*models, inputs=X, ignore=["hook"])
    count = 0
    assert ([picture(model) for model in models], generators()) == before


@pytest.mark.parametrize("step", range(1, 40, 3))
def test_after_an_interrupt_at_each_write(step, monkeypatch):
    from pytest_tfpclone.state.cells.variables import VariableCell

    models = Model(), Model()
    before = [picture(model) for model in models]
    assign, count = VariableCell._assign, 0

    def interrupted(self, tensor):
        nonlocal count
        count += 1
        assign(self, tensor)
        if count == step:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(VariableCell, "_assign", interrupted)
        with contextlib.suppress(KeyboardInterrupt):
            check_clone(*models, inputs=X)
    assert [picture(model) for model in models] == before


HOSTILE = ["__eq__", "__hash__", "__len__", "__bool__", "__iter__", "__repr__", "__getattr__"]


@pytest.mark.parametrize("method", HOSTILE)
def test_a_part_whose_own_code_raises(method):
    def boom(self, *arguments):
        raise RuntimeError(method)

    Part = type("Part", (), {method: boom, "__hash__": boom if method == "__hash__" else None})

    def make():
        model = Model()
        part = Part.__new__(Part)
        part.__dict__["rate"] = tf.Variable(1.0)
        model.part = part
        return model

    models = make(), make()
    before = [picture(model) for model in models]
    report = check_clone(*models, inputs=X)
    assert report.verdict == "independent"
    assert [picture(model) for model in models] == before
    models[1].part = models[0].part
    assert [leak.original for leak in check_clone(*models, inputs=X).leaks] == ["original.part"]


def test_a_lying_class_is_not_asked():
    class Lying:
        def __init__(self):
            self.__dict__["rate"] = tf.Variable(1.0)

        @property
        def __class__(self):
            raise RuntimeError

    models = Model(), Model()
    for model in models:
        model.part = Lying()
    assert check_clone(*models, inputs=X, actions=[lambda model: None]).verdict == "independent"


def test_a_del_that_raises_does_not_stop_the_check():
    class Dying:
        def __del__(self):
            raise RuntimeError

    def hook(model):
        model.dying = []

    models = Model(hook), Model(hook)
    assert check_clone(*models, inputs=X).verdict == "independent"


def compiled():
    model = tf_keras.Sequential(
        [
            tf_keras.Input((2,)),
            tf_keras.layers.Dense(2, kernel_initializer="ones"),
            tfp.layers.DistributionLambda(lambda t: tfp.distributions.Normal(t[..., :1], 1.0)),
        ]
    )
    model.compile(tf_keras.optimizers.Adam(0.1), lambda y, d: -d.log_prob(y), run_eagerly=True)
    return model


def fit(model):
    model.train_on_batch(np.ones((4, 2), "f4"), np.zeros((4, 1), "f4"))


def test_the_next_training_step_equals_that_of_an_untouched_twin():
    models = compiled(), compiled(), compiled()
    for model in models:
        fit(model)
    check_clone(models[0], models[1], actions=[fit])
    for model in models:
        fit(model)
        fit(model)
    weights = [[w.tobytes() for w in model.get_weights()] for model in models]
    assert weights[0] == weights[1] == weights[2]
    slots = [[v.numpy().tobytes() for v in model.optimizer.variables] for model in models]
    assert slots[0] == slots[1] == slots[2]


def test_the_same_check_twice_says_the_same():
    models = Model(), Model()
    models[1].rate = models[0].rate
    models[1].counts.assign([5, 5])
    reports = [copy.deepcopy(check_clone(*models, inputs=X).to_dict()) for _ in range(2)]
    for report in reports:
        del report["seconds"]
    assert reports[0] == reports[1]
