"""Families of random models: one verdict, on the smallest bad model of one kind."""

from __future__ import annotations

import collections

import pytest
from hypothesis import Phase, given, seed, settings

from pytest_tfpclone import architectures, families, strategies
from pytest_tfpclone.pairs import Verdict

FAMILY = "Sequential"


class Judge:
    """Judges architectures by a function, in place of cloning models; remembers them all."""

    def __init__(self, decide):
        self.decide = decide
        self.cloners = []
        self.judged = []

    def __call__(self, factory, cloner, declared):
        assert declared == ("declared",)
        architecture = factory.__self__
        assert factory == architecture.build
        self.cloners.append(cloner)
        self.judged.append(architecture)
        return verdict(self.decide(architecture), architecture)


def verdict(kind, architecture):
    return Verdict("".join(kind), f"report on {architecture}", f"summary of {architecture}")


@pytest.fixture
def judged_by(monkeypatch):
    def judged_by(decide):
        judge = Judge(decide)
        monkeypatch.setattr(families, "judge", judge)
        return judge

    return judged_by


def judge_family(family=FAMILY, examples=20):
    return families.judge_family(family, clone, "by_hand", examples, ("declared",))


def clone(model):
    raise AssertionError("no model is made here")


def test_there_is_a_family_for_each_kind_of_model_in_their_order():
    models = [kind.__name__ for kind in architectures.registered("model")]
    assert families.families() == [*models, "distributions", "modules"]
    assert families.families()[0] == FAMILY


@pytest.mark.parametrize("family", families.families())
def test_all_models_of_a_family_are_of_its_kind_and_are_cloned_by_the_cloner(family, judged_by):
    judge = judged_by(lambda architecture: "independent")
    judge_family(family)
    kinds = {
        "distributions": architectures.registered("distribution"),
        "modules": architectures.registered("module"),
    }.get(family) or (getattr(architectures, family),)
    assert {type(each) for each in judge.judged} <= set(kinds)
    assert set(judge.cloners) == {clone}


@pytest.mark.parametrize("examples", [1, 2, 30])
def test_as_many_models_are_drawn_as_are_asked_for(examples, judged_by):
    judge = judged_by(lambda architecture: "independent")
    text = f"{examples} random architectures independent and equal"
    assert judge_family(examples=examples) == Verdict("independent", text, text, "", examples)
    assert len(judge.judged) == examples


@pytest.mark.parametrize("examples", [1, 2])
def test_a_cloner_that_takes_no_model_of_a_family_does_not_apply(examples, judged_by):
    judged_by(lambda architecture: "not applicable")
    said = "by_hand does not take these models"
    assert judge_family(examples=examples) == Verdict("not applicable", "", said, "", examples)


@pytest.mark.parametrize("first", ["independent", "not applicable"])
def test_a_cloner_that_takes_some_models_of_a_family_is_judged_on_them(first, judged_by):
    kinds = collections.deque(["independent", "not applicable"])
    kinds.rotate(first != kinds[0])

    def in_turn(architecture):
        kinds.rotate(-1)
        return kinds[-1]

    judged_by(in_turn)
    assert judge_family(examples=4).verdict == "independent"


@pytest.mark.parametrize("kind", ["shared", "unequal", "refused", "another"])
def test_one_bad_model_is_a_finding_with_its_own_report_and_code(kind, judged_by):
    judge = judged_by(lambda architecture: kind)
    found = judge_family()
    smallest = architectures.Sequential((architectures.Dense(1),), architectures.Normal())
    assert found.verdict == kind
    assert found.code == repr(smallest)
    assert found.text == f"report on {smallest}"
    assert found.summary == f"summary of {smallest}"
    assert found.examples == len(judge.judged)


def test_a_bad_model_is_shrunk_to_the_smallest_that_is_as_bad(judged_by):
    judge = judged_by(lambda each: "shared" if len(each.layers) > 1 else "independent")
    found = judge_family()
    smallest = architectures.Sequential((architectures.Dense(1),) * 2, architectures.Normal())
    assert found.code == repr(smallest)
    assert found.text == f"report on {smallest}"
    assert found.examples == len(judge.judged) > 4


@pytest.mark.parametrize(
    ("first", "smaller"),
    [("shared", "unequal"), ("unequal", "shared"), ("refused", "shared"), ("shared", "refused")],
)
def test_shrinking_stays_within_the_first_kind_of_finding(first, smaller, judged_by):
    seen = []

    def decide(architecture):
        if len(architecture.layers) > 1:
            seen.append(first)
            return first
        return smaller if seen else "independent"

    judged_by(decide)
    found = judge_family()
    assert found.verdict == first
    assert found.code.count("Dense(units=1)") == 2


def test_draws_are_those_of_one_seed_whatever_seed_the_run_has(judged_by, monkeypatch):
    drawn = []

    @seed(0)
    @settings(max_examples=20, deadline=None, database=None, phases=(Phase.generate,))
    @given(strategies.architectures(models=[architectures.Sequential]))
    def draw(architecture):
        drawn.append(architecture)

    draw()
    for of_the_run in (None, 7):
        monkeypatch.setattr("hypothesis.core.global_force_seed", of_the_run)
        judge = judged_by(lambda architecture: "independent")
        judge_family()
        assert judge.judged == drawn


def test_an_error_of_a_factory_is_told_without_advice_on_hypothesis(judged_by):
    def fails(architecture):
        raise LookupError("no such layer")

    judged_by(fails)
    with pytest.raises(LookupError, match="no such layer") as caught:
        judge_family()
    assert "reproduce_failure" not in "".join(getattr(caught.value, "__notes__", ()))
