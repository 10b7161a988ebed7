"""Broken cloners are found within 60 draws, each by the smallest model that shows what is wrong.

One seed by default, as many as the environment variable ``TFPCLONE_SEEDS`` says otherwise.
"""

from __future__ import annotations

import os

import numpy as np
import pytest
import tensorflow as tf
from broken_cloners import for_architectures, for_distributions, for_modules
from broken_cloners.table import size
from hypothesis import Phase, given, seed, settings

from pytest_tfpclone import CloneError, assert_independent_clone, clone, strategies
from pytest_tfpclone.architectures import registered

SEEDS = range(int(os.environ.get("TFPCLONE_SEEDS", "1")))
EXAMPLES = 60
COMMON = [*for_architectures.COMMON, *for_distributions.COMMON]
ROWS = [*COMMON, *for_architectures.RARE, *for_distributions.RARE, *for_modules.RARE]

within_60_examples = settings(
    max_examples=EXAMPLES,
    database=None,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    report_multiple_bugs=False,
)


def name(row):
    return row.cloner.__name__


def training(architecture, steps):
    """Return the actions of a check: training steps, if there are any and the model is compiled."""
    if not steps or type(architecture) not in registered("model") or not architecture.compiled:
        return []
    inputs = [np.ones((4, *each), architecture.dtype) for each in architecture.input_shapes]

    def train(model):
        given = inputs if len(inputs) > 1 else inputs[0]
        targets = tf.nest.map_structure(lambda made: tf.zeros_like(made.mean()), model(given))
        for _ in range(steps):
            model.train_on_batch(given, targets)

    return [train]


def error_of(row, architecture):
    """Return what the check of a clone raises, or None."""
    model = architecture.build()
    actions = training(architecture, row.steps)
    try:
        assert_independent_clone(model, row.cloner(model), actions=actions)
    except CloneError as error:
        return error.with_traceback(None)
    return None


def smallest_failure(row, number):
    """Return the model to which a failure shrinks, and what the check says of it."""
    errors = {}
    failed = []

    @seed(number)
    @within_60_examples
    @given(architecture=row.strategy())
    def prove(architecture):
        if architecture not in errors:  # shrinking comes back to what it has tried
            errors[architecture] = error_of(row, architecture)
        if errors[architecture] is not None:
            failed.append(architecture)
            raise errors[architecture]

    with pytest.raises(CloneError):
        prove()
    return failed[-1], errors[failed[-1]]


@pytest.mark.parametrize("number", SEEDS)
@pytest.mark.parametrize("row", ROWS, ids=name)
def test_a_broken_cloner_is_found_by_the_smallest_model(row, number):
    architecture, error = smallest_failure(row, number)

    assert type(error) is row.error
    if row.alike:
        assert size(architecture) == size(row.smallest), architecture
    else:
        assert architecture == row.smallest


def draws(strategy, number):
    """Return what a strategy draws."""
    found = []

    @seed(number)
    @settings(within_60_examples, phases=[Phase.generate])
    @given(architecture=strategy)
    def draw(architecture):
        found.append(architecture)

    draw()
    return found


@pytest.mark.parametrize("number", SEEDS)
@pytest.mark.parametrize("strategy", ["architectures", "distributions"])
def test_what_most_models_show_is_found_with_no_option(strategy, number):
    common = [row for row in COMMON if row.draws == strategy]
    missed = list(common)

    for architecture in draws(getattr(strategies, strategy)(), number):
        missed = [row for row in missed if error_of(row, architecture) is None]
        if len(missed) <= len(common) / 10:
            return

    pytest.fail(f"not found: {', '.join(map(name, missed))}")


@pytest.mark.parametrize("number", SEEDS)
def test_a_right_clone_of_the_same_models_raises_no_alarm(number):
    @seed(number)
    @within_60_examples
    @given(architecture=strategies.architectures())
    def prove(architecture):
        model = architecture.build()
        assert_independent_clone(model, clone(model))

    prove()


def test_there_are_enough_of_them():
    assert len({row.cloner for row in ROWS}) == len(ROWS) >= 36
    assert len(COMMON) >= 20


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_each_says_what_is_wrong_in_one_line(row):
    assert len(row.cloner.__doc__.splitlines()) == 1


def test_the_size_of_a_spec_counts_parts_and_choices():
    from pytest_tfpclone.architectures import Dense, Normal, Sequential

    simplest = Sequential(layers=(Dense(units=1),), head=Normal())
    chosen = Sequential(layers=(Dense(units=3, activation="relu"),), head=Normal(), seed=4)

    assert size(simplest) == 3
    assert size(chosen) == 7
