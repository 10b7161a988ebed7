"""The strategies draw what their options allow, all of it, and shrink to the simplest."""

from __future__ import annotations

import collections

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from pytest_tfpclone import architectures as specs
from pytest_tfpclone import strategies
from pytest_tfpclone.architectures import (
    ACTIVATIONS,
    CAPTURES,
    OPTIMIZERS,
    Bernoulli,
    Dense,
    Mixture,
    Normal,
    Poisson,
    Sequential,
    registered,
)

SIMPLEST = Sequential(layers=(Dense(units=1),), head=Normal())


def drawn(strategy, count=300):
    examples = []

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=(),
    )
    @given(strategy)
    def collect(example):
        examples.append(example)

    collect()
    return examples


def test_the_smallest_example_is_one_unit_and_a_normal_head():
    assert find(strategies.architectures(), lambda spec: True) == SIMPLEST


@pytest.mark.parametrize(
    ("condition", "smallest"),
    [
        (
            lambda spec: spec.head.captures is not None,
            Sequential((Dense(1),), Normal("closure")),
        ),
        (lambda spec: spec.trained > 1, Sequential((Dense(1),), Normal(), 1, "adam", 2)),
        (lambda spec: len(spec.layers) == 2, Sequential((Dense(1), Dense(1)), Normal())),
        (lambda spec: spec.layers[-1].units > 2, Sequential((Dense(3),), Normal())),
        (lambda spec: isinstance(spec.head, Mixture), Sequential((Dense(1),), Mixture())),
        (
            lambda spec: spec.layers[0].activation == "tanh",
            Sequential((Dense(1, "tanh"),), Normal()),
        ),
    ],
)
def test_what_a_failure_needs_is_all_that_is_left(condition, smallest):
    found = find(
        strategies.architectures(),
        condition,
        settings=settings(max_examples=2000, database=None, derandomize=True),
    )

    assert found == smallest


def test_draws_are_diverse():
    examples = drawn(strategies.architectures())

    assert {type(spec.head) for spec in examples} == set(registered("head"))
    assert {spec.head.captures for spec in examples} == set(CAPTURES)
    assert {spec.compiled for spec in examples} == set(OPTIMIZERS)
    assert {spec.trained for spec in examples} == {0, 1, 2, 3}
    assert {len(spec.layers) for spec in examples} == {1, 2, 3}
    assert {layer.activation for spec in examples for layer in spec.layers} == set(ACTIVATIONS)
    assert {layer.units for spec in examples for layer in spec.layers} == set(range(1, 9))
    assert len(set(examples)) > 250
    heads = collections.Counter(type(spec.head) for spec in examples)
    assert min(heads.values()) > 15


def test_every_draw_prints_as_code_that_rebuilds_it():
    names = {name: getattr(specs, name) for name in specs.__all__}

    for spec in drawn(strategies.architectures()):
        assert eval(repr(spec), dict(names)) == spec


def test_options_are_kept():
    examples = drawn(
        strategies.architectures(
            min_layers=2,
            max_layers=2,
            max_units=3,
            heads=[Poisson, Bernoulli],
            activations=["relu"],
            captures=["partial", "closure"],
            compiled=["sgd", None],
            trained=[0, 2],
        ),
        count=100,
    )

    assert {len(spec.layers) for spec in examples} == {2}
    assert {layer.units for spec in examples for layer in spec.layers} == {1, 2, 3}
    assert {spec.inputs for spec in examples} == {1, 2, 3}
    assert {layer.activation for spec in examples for layer in spec.layers} == {"relu"}
    assert {type(spec.head) for spec in examples} == {Poisson, Bernoulli}
    assert {spec.head.captures for spec in examples} == {"partial", "closure"}
    assert {(spec.compiled, spec.trained) for spec in examples} == {
        ("sgd", 0),
        ("sgd", 2),
        (None, 0),
    }


def test_options_shrink_towards_their_first_value():
    narrowed = strategies.architectures(
        heads=[Poisson, Normal], captures=["partial", None], compiled=["sgd"], trained=[2, 1]
    )

    assert find(narrowed, lambda spec: True) == Sequential(
        (Dense(1),), Poisson("partial"), compiled="sgd", trained=2
    )


def test_a_set_shrinks_towards_what_is_simplest():
    narrowed = strategies.architectures(captures={"partial", "default", None})

    assert find(narrowed, lambda spec: True) == SIMPLEST


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_layers": 0}, r"min_layers=0 must be an int, at least 1"),
        ({"max_layers": "3"}, r"max_layers='3' must be an int, at least 1"),
        ({"max_units": True}, r"max_units=True must be an int, at least 1"),
        ({"min_layers": 4}, r"min_layers=4 is larger than max_layers=3"),
        ({"heads": [Dense]}, r"heads: .*Dense.* is none of Normal, Bernoulli, "),
        ({"heads": Normal}, r"heads=.*Normal.* must be a collection of some of Normal, "),
        ({"heads": []}, r"heads=\[\] is empty: nothing could be drawn"),
        ({"activations": "relu"}, r"activations='relu' must be a collection of some of None, "),
        ({"captures": ["global"]}, r"captures: 'global' is none of None, 'closure', "),
        ({"compiled": {"rmsprop"}}, r"compiled: 'rmsprop' is none of None, 'adam', 'sgd'"),
        ({"trained": [7]}, r"trained: 7 is none of 0, 1, 2, 3"),
        (
            {"compiled": [None], "trained": [1]},
            r"compiled=\(None,\) and trained=\(1,\) leave nothing to draw",
        ),
    ],
)
@pytest.mark.parametrize("strategy", [strategies.architectures, strategies.models])
def test_a_wrong_option_is_named(strategy, options, message):
    with pytest.raises(InvalidArgument, match=message):
        strategy(**options)


def test_options_are_keyword_only():
    with pytest.raises(TypeError):
        strategies.architectures(1)


@given(data=st.data(), architecture=strategies.architectures())
@settings(deadline=None)
def test_inputs_fit_the_architecture(data, architecture):
    probe = data.draw(strategies.inputs(architecture))

    assert probe.dtype == np.float32
    assert 1 <= probe.shape[0] <= 4
    assert probe.shape[1:] == architecture.input_shape
    assert np.isfinite(probe).all()
    assert np.abs(probe).max() <= 2


def test_inputs_shrink_to_zeros():
    smallest = find(strategies.inputs(Sequential((Dense(1),), Normal(), inputs=3)), lambda x: True)

    assert smallest.tolist() == [[0.0, 0.0, 0.0]]


def test_inputs_need_a_spec():
    with pytest.raises(InvalidArgument, match=r"architecture=3 must be a spec of a model"):
        strategies.inputs(3)


@given(data=st.data(), architecture=strategies.architectures())
@settings(deadline=None, max_examples=15)
def test_every_draw_builds_and_takes_its_inputs(data, architecture):
    model = architecture.build()
    probe = data.draw(strategies.inputs(architecture))

    distribution = model(probe)

    assert np.isfinite(distribution.log_prob(distribution.sample(seed=(0, 1)))).all()
    assert model.variables


@given(model=strategies.models(max_layers=1, compiled=[None]))
@settings(deadline=None, max_examples=5)
def test_models_are_built(model):
    assert len(model.layers) == 2
    assert model.built
