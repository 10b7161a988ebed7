"""Actions that change plain Python state: of the other side, of a class, or not at all."""

from __future__ import annotations

import collections
import configparser
import copy
import functools
import io
import logging
import operator

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from pytest_tfpclone import check_clone

tfd = tfp.distributions


def hide(value):
    """Return a function that returns the value, behind framework code where no walk looks."""
    namespace = {"__name__": "functools"}
    exec("T = {}\ndef hide(v):\n k = object(); T[k] = v\n return lambda: T[k]", namespace)
    return namespace["hide"](value)


class Model:
    def __init__(self, target=None):
        self.rate = tf.Variable(1.0)
        self.count = 0
        self.log = []
        self.recent = collections.deque([1, 2])
        self.slots = np.empty(2, object)
        self.names = {"a"}
        self.target = hide(target or self)


def set_count(model):
    model.target().count = 5


def append(model):
    model.target().log.append(1)


def push(model):
    model.target().recent.append(3)


def fill(model):
    model.target().slots[0] = 3


def add_name(model):
    model.target().names.add("b")


def set_new(model):
    model.target().fresh = 1


ACTIONS = [set_count, append, push, fill, add_name, set_new]


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_that_changes_the_other_side(action):
    original = Model()
    clone = Model(original)
    report = check_clone(original, clone, actions=[action])
    (leak,) = report.leaks
    assert leak.kind == "action"
    assert f"{action.__name__}(clone) changed original" in leak.evidence
    if action is not add_name:
        assert any(each.kind == "action" for each in report.differences), str(report)
    for model in (original, clone):
        assert (model.count, model.log, list(model.recent)) == (0, [], [1, 2])
        assert model.slots.tolist() == [None, None]
        assert model.names == {"a"}
        assert not hasattr(model, "fresh")


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_that_changes_its_own_side(action):
    report = check_clone(Model(), Model(), actions=[action])
    assert (report.verdict, report.notes) == ("independent", ())


def test_what_changed_is_told_in_words():
    original = Model()
    report = check_clone(original, Model(original), actions=[set_count])
    assert "count: 0 became 5" in report.leaks[0].evidence
    assert [(each.path, each.detail) for each in report.differences] == [
        ("original.count", "after set_count: 5 after the action on the original only")
    ]


class Told:
    """A model whose two parts hold what they were told, which may be one dict."""

    def __init__(self, first, second):
        self.rate = tf.Variable(1.0)
        self.far = Model()
        self.far.told = second
        self.told = first

    def tell(self, told):
        self.told = self.far.told = told


def test_a_value_that_is_found_by_another_path_is_not_gone():
    one = {"epochs": 1}
    models = Told(one, one), Told({"epochs": 1}, {"epochs": 1})
    for original, copied in (models, models[::-1]):
        report = check_clone(original, copied, actions=[lambda model: model.tell({"epochs": 2})])
        assert report.equal, str(report)
        report = check_clone(original, copied, actions=[lambda model: model.tell({"epochs": 1})])
        assert report.equal, str(report)


def test_a_value_that_is_gone_is_gone_by_each_path():
    one = {"epochs": 1}

    def forget(model):
        del model.told["epochs"]

    report = check_clone(Told(one, one), Told({"epochs": 1}, {"epochs": 1}), actions=[forget])
    assert [(each.path, each.detail) for each in report.differences] == [
        ("original.far.told['epochs']", "after forget: gone after the action on the original only")
    ]


def test_an_action_that_does_nothing_on_the_clone():
    class Lazy(Model):
        def __init__(self, works):
            super().__init__()
            self.works = hide(works)

        def step(self):
            if self.works():
                self.count += 1
                self.options = {"new": 1.5}

    report = check_clone(Lazy(True), Lazy(False), actions=[Lazy.step])
    assert {each.path for each in report.differences} == {
        "original.count", "original.options['new']",
    }  # fmt: skip
    assert check_clone(Lazy(True), Lazy(True), actions=[Lazy.step]).verdict == "independent"


class WithStatistics:
    statistics: dict = {"calls": 0}
    total = 0

    def __init__(self):
        self.rate = tf.Variable(1.0)


def count_in_the_class(model):
    model.statistics["calls"] += 1


def count_by_the_class(model):
    type(model).total += 1


def test_state_of_a_class_that_an_action_changes_is_a_leak():
    report = check_clone(WithStatistics(), WithStatistics())
    assert report.verdict == "independent"
    (leak,) = check_clone(WithStatistics(), WithStatistics(), actions=[count_in_the_class]).leaks
    assert leak.original == "original.statistics"
    assert "['calls']: 0 became 1" in leak.evidence
    assert WithStatistics.statistics == {"calls": 0}


def test_a_number_of_a_class_is_given_back():
    check_clone(WithStatistics(), WithStatistics(), actions=[count_by_the_class])
    assert WithStatistics.total == 0


def test_what_does_not_repeat_is_left_out_and_the_rest_is_compared():
    clock = iter(range(1000))

    class Timed(Model):
        def __init__(self, works):
            super().__init__()
            self.works = hide(works)

        def step(self):
            self.when = next(clock) + 0.5
            self.count += self.works()

    report = check_clone(Timed(1), Timed(2), actions=[Timed.step])
    assert [each.path for each in report.differences] == ["original.count"]
    assert any("effects of step not compared in 1 place" in note for note in report.notes)


class Fraction(float):
    pass


def nothing(model):
    pass


@pytest.mark.parametrize(
    "part",
    [
        lambda: functools.partial(max, 1),
        lambda: Fraction(1.5),
        lambda: [Fraction(1.5), {"a": (Fraction(2.0), 1)}],
        lambda: np.array([([1], 2)], [("a", object), ("b", "i4")]),
        lambda: configparser.ConfigParser(),
        lambda: collections.deque([1], 3),
        lambda: tf.keras.regularizers.L2(0.1),
        lambda: operator.itemgetter(1),
        lambda: tfp.experimental.vi.build_factored_surrogate_posterior([2]),
    ],
)
def test_what_each_look_makes_anew_is_no_effect(part):
    models = [Model(), Model()]
    for model in models:
        model.part = part()
    report = check_clone(*models, actions=[nothing], equal=False)
    assert report.verdict == "independent", str(report)


def test_an_id_is_another_one_in_each_model():
    def remember(model):
        model.key = id(model)

    assert check_clone(Model(), Model(), actions=[remember]).verdict == "independent"


def test_an_action_on_a_clone_with_its_own_copy_of_a_singleton_changes_no_singleton():
    original = tfd.Normal(tf.Variable(0.0), 1.0)
    twin = copy.deepcopy(original)
    report = check_clone(original, twin, actions=[lambda model: model.loc.assign(2.0)])
    assert report.leaks == ()
    assert {each.kind for each in report.differences} == {"output", "singleton"}


class Speaks:
    def __init__(self, handler):
        self.rate = tf.Variable(1.0)
        self.logger = logging.getLogger("a model")
        self.handler = handler

    def speak(self):
        self.logger.warning("I speak")


def test_what_a_model_says_to_a_logger_is_no_change_of_another():
    handler = logging.StreamHandler(io.StringIO())
    logging.getLogger("a model").addHandler(handler)
    try:
        report = check_clone(Speaks(None), Speaks(None), actions=[Speaks.speak])
        assert (report.verdict, report.notes) == ("independent", ())
        shared = check_clone(Speaks(handler), Speaks(handler), actions=[Speaks.speak])
        assert [leak.original for leak in shared.leaks] == ["original.handler"]
    finally:
        logging.getLogger("a model").removeHandler(handler)
