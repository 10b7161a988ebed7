"""The kit for registrations: what is right passes, and each broken rule is named."""

from __future__ import annotations

import collections
import itertools
import random

import numpy as np
import pytest
import tensorflow as tf

from pytest_tfpclone import clone, testing
from pytest_tfpclone.registry import Registry
from pytest_tfpclone.state.cells import Cell, DataCell, NotWritable

registry = Registry()


class Ring:
    """A buffer of a library's own: its state is behind __slots__ that nothing reads."""

    __slots__ = ("hidden",)

    def __init__(self, items):
        self.hidden = collections.deque(items)


class RingCell(DataCell):
    kind = "ring buffer"
    is_floating = True

    @property
    def label(self):
        return f"of {len(self.value.hidden)} numbers"

    def fingerprint(self):
        return tuple(self.value.hidden)

    def _set(self, items):
        self.value.hidden = collections.deque(items)

    def backup(self):
        held = list(self.value.hidden)
        return lambda: self._set(held)

    def write(self):
        undo = self.backup()
        self._set([-1.0 - each for each in self.value.hidden])
        return undo

    def nudge(self, seed):
        undo = self.backup()
        self._set([each + 0.01 * (seed + 1) for each in self.value.hidden])
        return undo

    def show(self):
        return str(list(self.value.hidden)[:3])


def broken(name, method, base=RingCell):
    """Register another type whose kind of state is wrong in one method."""
    kind = type(f"Ring_{name}", (Ring,), {"__slots__": ()})
    cell = type(f"Cell_{name}", (base,), {name: method})
    registry.cell(kind)(cell)
    registry.edges(kind)(lambda value: [])
    return lambda: kind([1.0, 2.0])


registry.cell(Ring)(RingCell)
registry.edges(Ring)(lambda value: [])


@pytest.mark.parametrize(
    "make",
    [
        lambda: Ring([1.0, 2.0]), lambda: tf.Variable([1.0, 2.0]), lambda: tf.Variable("text"),
        lambda: tf.Variable(3), lambda: np.ones(3), lambda: random.Random(0),
        lambda: np.random.PCG64(0), lambda: [1],
        lambda: {"a": 1}, lambda: {1}, lambda: bytearray(b"ab"), lambda: collections.deque([1]),
        lambda: tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1),
    ],
)  # fmt: skip
def test_what_is_built_in_and_a_right_registration_pass(make):
    testing.check_cell(make)


def undo_nothing(self):
    self._set([5.0])
    return lambda: None


RULES = [
    ("identity", property(lambda self: object()), "identity is the same each time"),
    ("identity", property(lambda self: 7), "identity tells two objects apart"),
    ("label", property(lambda self: ""), "label says in a few words"),
    ("label", property(lambda self: "a\nb"), "label is a text of one line"),
    ("show", lambda self: "x" * 99, "show\\(\\) is a text of one line"),
    ("fingerprint", lambda self: random.random(), "fingerprint\\(\\) is the same each time"),
    ("fingerprint", lambda self: id(self.value), "fingerprint\\(\\) is equal where the content"),
    ("fingerprint", lambda self: 0, "write\\(\\) changes fingerprint"),
    ("write", undo_nothing, "write\\(\\) is undone bit for bit"),
    ("write", lambda self: None, "write\\(\\) returns what puts the bits back"),
    ("nudge", lambda self, seed: self._set([9.0]), "nudge\\(\\) that returns None leaves the bits"),
    ("nudge", lambda self, seed: undo_nothing(self), "nudge\\(\\) is undone bit for bit"),
    ("backup", lambda self: lambda: None, "is undone bit for bit|backup\\(\\) puts the bits back"),
]


def raises_after_writing(self):
    self._set([3.0])
    raise NotWritable("no")


def random_nudge(self, seed):
    undo = self.backup()
    self._set([random.random()])
    return undo


RULES += [
    ("write", raises_after_writing, "write\\(\\) that refuses leaves the bits alone"),
    ("nudge", random_nudge, "nudge\\(\\) moves equal values alike"),
]


@pytest.mark.parametrize("position", range(len(RULES)))
def test_each_broken_rule_is_named(position):
    name, method, said = RULES[position]
    make = broken(name, method)
    with pytest.raises(AssertionError, match=f"^broken rule: .*{said}"):
        testing.check_cell(make)


def test_a_kind_that_nothing_looks_at_or_that_is_made_once_is_told():
    class Unknown:
        __slots__ = ()

    once = Ring([1.0])
    with pytest.raises(AssertionError, match="make\\(\\) makes another object each time"):
        testing.check_cell(lambda: once)
    with pytest.raises(AssertionError, match=r"int is registered with @registry\.cell"):
        testing.check_cell(iter([1000, 2000]).__next__)


def test_a_kind_without_bits_is_compared_by_identity():
    class Socket:
        pass

    class SocketCell(Cell):
        kind = "socket"

        @property
        def label(self):
            return "of a server"

    registry.cell(Socket)(SocketCell)
    testing.check_cell(Socket)


def test_a_right_cloner_passes_and_a_wrong_one_is_told():
    def make():
        return [tf.Variable(1.0), Ring([1.0])]

    assert testing.check_cloner(clone, make).verdict == "independent"

    def writes(model):
        made = clone(model)
        model[0].assign(2.0)
        return made

    wrong = [
        (lambda model: model, "a clone is another object"),
        (lambda model: list(model), "the clone has no leak"),
        (lambda model: [tf.Variable(2.0), Ring([1.0])], "the clone has no difference"),
        (writes, "the original after it was cloned has no difference"),
    ]
    for cloner, said in wrong:
        with pytest.raises(AssertionError, match=f"^broken rule: {said}"):
            testing.check_cloner(cloner, make)


class Counter:
    def __init__(self):
        self.steps = tf.Variable(0)


def test_a_right_action_passes_and_a_wrong_one_is_told():
    def step(model):
        model.steps.assign_add(1)

    testing.check_action(step, Counter)
    with pytest.raises(AssertionError, match="an action changes the state of the model"):
        testing.check_action(lambda model: None, Counter)
    with pytest.raises(AssertionError, match="an action repeats itself"):
        turns = itertools.count(1)
        testing.check_action(lambda model: model.steps.assign(next(turns)), Counter)


def test_a_right_factory_passes_and_a_wrong_one_is_told():
    testing.check_model(Counter)
    shared = tf.Variable(1.0)
    one = Counter()
    with pytest.raises(AssertionError, match="a factory makes another model each time"):
        testing.check_model(lambda: one)
    with pytest.raises(AssertionError, match="two models of a factory share nothing"):
        testing.check_model(lambda: [shared])
    with pytest.raises(AssertionError, match="clone\\(\\) takes it"):
        testing.check_model(lambda: [tf.Variable(1.0), (each for each in [1])])
