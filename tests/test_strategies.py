"""The strategies draw what their options allow, all of it, and shrink to the simplest."""

from __future__ import annotations

import collections

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from pytest_tfpclone import architectures as specs
from pytest_tfpclone import strategies
from pytest_tfpclone.architectures import (
    ACTIVATIONS,
    CAPTURES,
    CELLS,
    CONTAINERS,
    DIVERGENCES,
    MERGES,
    OPTIMIZERS,
    PRIORS,
    REGULARIZERS,
    Bernoulli,
    Conv2D,
    Dense,
    Functional,
    Lambda,
    Mixture,
    Nested,
    Normal,
    Poisson,
    Sequential,
    Siamese,
    Subclassed,
    parts,
    registered,
)

SIMPLEST = Sequential(layers=(Dense(units=1),), head=Normal())
NAMES = {name: getattr(specs, name) for name in specs.__all__}


def drawn(strategy, count=300):
    examples = []

    @settings(max_examples=count, deadline=None, database=None, derandomize=True)
    @given(strategy)
    def collect(example):
        examples.append(example)

    collect()
    return examples


def smallest(strategy, condition=lambda drawn: True):
    """Return what is left of the first draw that meets a condition."""
    # Without Phase.explain, after which find() returns the last variation that was tried.
    wanted = settings(
        max_examples=2000, database=None, derandomize=True, phases=[Phase.generate, Phase.shrink]
    )
    return find(strategy, condition, settings=wanted)


@pytest.fixture(scope="module")
def examples():
    return drawn(strategies.architectures(), count=1000)


def kinds_in(spec):
    return {type(part) for part in parts(spec)}


def heads_of(spec):
    return spec.heads if isinstance(spec, Functional) else (spec.head,)


def test_the_smallest_example_is_one_unit_and_a_normal_head():
    assert smallest(strategies.architectures()) == SIMPLEST


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        (
            lambda spec: any(each.captures for each in parts(spec) if type(each) is Normal),
            Sequential((Dense(1),), Normal("closure")),
        ),
        (
            lambda spec: spec.trained > 1,
            Sequential((Dense(1),), Normal(), compiled="adam", trained=2),
        ),
        (
            lambda spec: type(spec) is Sequential and len(spec.layers) == 2,
            Sequential((Dense(1), Dense(1)), Normal()),
        ),
        (
            lambda spec: any(each.units > 2 for each in parts(spec) if type(each) is Dense),
            Sequential((Dense(3),), Normal()),
        ),
        (lambda spec: Mixture in kinds_in(spec), Sequential((Dense(1),), Mixture())),
        (lambda spec: Nested in kinds_in(spec), Sequential((Nested((Dense(1),)),), Normal())),
        (lambda spec: Conv2D in kinds_in(spec), Sequential((Conv2D(1),), Normal())),
        (lambda spec: type(spec) is Siamese, Siamese((Dense(1),), Normal())),
        (lambda spec: type(spec) is Subclassed, Subclassed((Dense(1),), Normal())),
        (
            lambda spec: type(spec) is Functional and len(spec.branches) > 1,
            Functional(((Dense(1),), (Dense(1),)), (Normal(),)),
        ),
        (
            lambda spec: len(heads_of(spec)) > 1,
            Functional(((Dense(1),),), (Normal(), Normal())),
        ),
        (
            lambda spec: "tanh" in [getattr(each, "activation", 0) for each in parts(spec)],
            Sequential((Dense(1, "tanh"),), Normal()),
        ),
        (lambda spec: spec.dtype == "float64", Sequential((Dense(1),), Normal(), dtype="float64")),
    ],
)
def test_what_a_failure_needs_is_all_that_is_left(condition, left):
    assert smallest(strategies.architectures(), condition) == left


def test_draws_are_diverse(examples):
    everything = [each for spec in examples for each in parts(spec)]

    def values(kind, field):
        return {getattr(each, field) for each in everything if issubclass(type(each), kind)}

    counts = collections.Counter(type(each) for each in everything)
    for role in ("layer", "head", "model"):
        for kind in registered(role):
            assert counts[kind] >= 12, kind
    assert {head.captures for head in everything if isinstance(head, Normal | Lambda)} == set(
        CAPTURES
    ) - {"global"}
    assert {spec.compiled for spec in examples} == set(OPTIMIZERS)
    assert {spec.trained for spec in examples} == {0, 1, 2, 3}
    assert {spec.dtype for spec in examples} == {"float32", "float64"}
    assert {spec.features for spec in examples} == {1, 2, 3, 4}
    assert {getattr(each, "activation", None) for each in everything} == set(ACTIVATIONS)
    assert values(Dense, "regularizer") == set(REGULARIZERS)
    assert values(Dense, "units") == {1, 2, 3, 4}
    assert values(specs.DenseVariational, "prior") == set(PRIORS)
    assert values(specs.Recurrent, "cell") == set(CELLS)
    assert values(specs.IndependentNormal, "divergence") == set(DIVERGENCES)
    assert values(Subclassed, "held") == set(CONTAINERS)
    assert values(Siamese, "merge") == values(Functional, "merge") == set(MERGES)
    functional = [spec for spec in examples if type(spec) is Functional]
    assert {len(spec.branches) for spec in functional} == {1, 2, 3}
    assert {len(spec.heads) for spec in functional} == {1, 2}
    assert {len(spec.layers) for spec in functional} == {0, 1}
    assert {len(spec.input_shapes) for spec in functional} == {1, 2, 3}
    assert {len(spec.layers) for spec in examples if type(spec) is Sequential} == {1, 2, 3}
    assert {len(shape) for spec in examples for shape in spec.input_shapes} == {1, 2, 3, 4}
    assert len(set(examples)) > 900


def test_every_draw_prints_as_code_that_rebuilds_it(examples):
    for spec in examples:
        assert eval(repr(spec), dict(NAMES)) == spec


def test_options_are_kept():
    found = drawn(
        strategies.architectures(
            models=[Sequential, Functional],
            layers=[Dense, Nested],
            min_layers=2,
            max_layers=2,
            max_units=3,
            heads=[Poisson, Bernoulli],
            activations=["relu"],
            captures=["partial", "global"],
            dtypes=["float64"],
            compiled=["sgd", None],
            trained=[0, 2],
        ),
        count=200,
    )
    everything = [each for spec in found for each in parts(spec)]

    assert {type(spec) for spec in found} == {Sequential, Functional}
    assert {type(each) for each in everything} == {
        Sequential, Functional, Dense, Nested, Poisson, Bernoulli
    }  # fmt: skip
    assert {len(spec.layers) for spec in found if type(spec) is Sequential} == {2}
    assert {
        len(branch) for spec in found if type(spec) is Functional for branch in spec.branches
    } == {2}
    assert {each.units for each in everything if type(each) is Dense} == {1, 2, 3}
    assert {spec.features for spec in found} == {1, 2, 3}
    assert {each.activation for each in everything if type(each) is Dense} == {"relu"}
    assert {head.captures for spec in found for head in heads_of(spec)} == {"partial", "global"}
    assert {spec.dtype for spec in found} == {"float64"}
    assert {(spec.compiled, spec.trained) for spec in found} == {
        ("sgd", 0),
        ("sgd", 2),
        (None, 0),
    }


def test_a_model_may_be_a_head_alone():
    assert smallest(strategies.architectures(min_layers=0)) == Sequential((), Normal())


def test_nested_layers_alone_hold_dense_ones():
    found = drawn(strategies.architectures(layers=[Nested]), count=50)

    assert {type(each) for spec in found for each in parts(spec)} >= {Nested, Dense}


def test_options_shrink_towards_their_first_value():
    narrowed = strategies.architectures(
        models=[Siamese, Functional],
        layers=[Lambda],
        heads=[Poisson, Normal],
        captures=["partial", None],
        dtypes=["float64", "float32"],
        compiled=["sgd"],
        trained=[2, 1],
    )

    assert smallest(narrowed) == Siamese(
        (Lambda("partial"),), Poisson("partial"), dtype="float64", compiled="sgd", trained=2
    )


def test_a_set_shrinks_towards_what_is_simplest():
    narrowed = strategies.architectures(captures={"partial", "default", None})

    assert smallest(narrowed) == SIMPLEST


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_layers": -1}, r"min_layers=-1 must be an int, at least 0"),
        ({"max_layers": "3"}, r"max_layers='3' must be an int, at least 1"),
        ({"max_units": True}, r"max_units=True must be an int, at least 1"),
        ({"min_layers": 4}, r"min_layers=4 is larger than max_layers=3"),
        ({"models": [Dense]}, r"models: .*Dense.* is none of Sequential, Subclassed, "),
        ({"layers": [Normal]}, r"layers: .*Normal.* is none of Dense, "),
        ({"heads": [Dense]}, r"heads: .*Dense.* is none of Normal, Bernoulli, "),
        ({"heads": Normal}, r"heads=.*Normal.* must be a collection of some of Normal, "),
        ({"heads": []}, r"heads=\[\] is empty: nothing could be drawn"),
        ({"activations": "relu"}, r"activations='relu' must be a collection of some of None, "),
        ({"captures": ["local"]}, r"captures: 'local' is none of None, 'closure', "),
        ({"dtypes": ["int8"]}, r"dtypes: 'int8' is none of 'float32', 'float64'"),
        ({"compiled": {"rmsprop"}}, r"compiled: 'rmsprop' is none of None, 'adam', 'sgd'"),
        ({"trained": [7]}, r"trained: 7 is none of 0, 1, 2, 3"),
        (
            {"compiled": [None], "trained": [1]},
            r"compiled=\(None,\) and trained=\(1,\) leave nothing to draw",
        ),
    ],
)
def test_a_wrong_option_is_named(options, message):
    with pytest.raises(InvalidArgument, match=message):
        strategies.architectures(**options)


def test_options_are_keyword_only():
    with pytest.raises(TypeError):
        strategies.architectures(1)


@given(data=st.data(), architecture=strategies.architectures())
@settings(deadline=None)
def test_inputs_fit_the_architecture(data, architecture):
    probe = data.draw(strategies.inputs(architecture))
    arrays = probe if isinstance(probe, list) else [probe]

    assert [array.shape[1:] for array in arrays] == architecture.input_shapes
    assert {array.dtype for array in arrays} == {np.dtype(architecture.dtype)}
    assert len({len(array) for array in arrays}) == 1
    assert 1 <= len(arrays[0]) <= 4
    assert all(np.isfinite(array).all() and np.abs(array).max() <= 2 for array in arrays)


def test_inputs_shrink_to_zeros():
    left = smallest(strategies.inputs(Sequential((Dense(1),), Normal(), features=3)))

    assert left.tolist() == [[0.0, 0.0, 0.0]]


@pytest.mark.parametrize("strategy", [strategies.inputs, strategies.actions, strategies.mutations])
def test_what_is_drawn_for_a_model_needs_its_spec(strategy):
    with pytest.raises(InvalidArgument, match=r"architecture=3 must be a spec of a model"):
        strategy(3)


@given(data=st.data(), architecture=strategies.architectures())
@settings(deadline=None, max_examples=20)
def test_every_draw_builds_and_takes_its_inputs(data, architecture):
    model = architecture.build()
    probe = data.draw(strategies.inputs(architecture))

    outputs = model(probe)

    for distribution in outputs if isinstance(outputs, list) else [outputs]:
        value = distribution.sample(seed=(0, 1))
        assert distribution.dtype in (architecture.dtype, tf.int32)
        assert np.isfinite(distribution.log_prob(value)).all()


def test_distributions_and_modules_shrink_to_the_simplest():
    assert smallest(strategies.distributions()) == specs.Leaf()
    assert smallest(strategies.modules()) == specs.Module(parts=(specs.Weight(),))
    assert smallest(strategies.models()) == SIMPLEST


def test_models_are_specs_of_all_kinds():
    kinds = {type(spec) for spec in drawn(strategies.models(), 400)}

    for role in strategies.MODEL_ROLES:
        assert len(kinds & set(registered(role))) > len(registered(role)) / 3, role


def test_options_of_distributions_and_modules_are_kept():
    trees = drawn(
        strategies.distributions(
            kinds=[specs.Leaf, specs.Independent], families=["Gamma", "Beta"], held=["deferred"],
            dtypes=["float64"], max_depth=1,
        ),
        60,
    )  # fmt: skip
    leaves = [each for spec in trees for each in parts(spec) if type(each) is specs.Leaf]
    made = drawn(
        strategies.modules(
            parts=[specs.HashTable, specs.Weight], min_parts=2, max_parts=2, max_units=1,
            dtypes=["float32"], compiled=["sgd"],
        ),
        60,
    )  # fmt: skip

    assert {type(spec) for spec in trees} == {specs.Leaf, specs.Independent}
    assert {leaf.family for leaf in leaves} == {"Gamma", "Beta"}
    assert {leaf.held for leaf in leaves} == {"deferred"}
    assert {spec.dtype for spec in trees} == {"float64"}
    assert {len(spec.parts) for spec in made if type(spec) is specs.Module} == {2}
    assert {spec.compiled for spec in made if type(spec) is specs.KerasThree} == {"sgd"}
    assert {spec.units for spec in made} == {1}


@pytest.mark.parametrize(
    ("strategy", "options", "message"),
    [
        (strategies.distributions, {"kinds": [Dense]}, r"kinds: .*Dense.* is none of Leaf, "),
        (strategies.distributions, {"families": ["Norm"]}, r"families: 'Norm' is none of 'Normal'"),
        (strategies.distributions, {"held": ["leaf"]}, r"held: 'leaf' is none of 'variable', "),
        (strategies.distributions, {"captures": [None]}, r"captures: None is none of 'closure', "),
        (strategies.distributions, {"max_depth": -1}, r"max_depth=-1 must be an int, at least 0"),
        (
            strategies.distributions,
            {"kinds": [specs.Independent], "max_depth": 0},
            r"kinds=Independent: nothing of these kinds holds a variable and fits",
        ),
        (strategies.modules, {"parts": [Dense]}, r"parts: .*Dense.* is none of Weight, "),
        (strategies.modules, {"max_depth": 4}, r"max_depth=4 must be an int, from 0 to 3"),
        (strategies.modules, {"min_parts": 4}, r"min_parts=4 is larger than max_parts=3"),
        (strategies.modules, {"compiled": ["ema"]}, r"compiled: 'ema' is none of None, 'adam', "),
    ],
)
def test_a_wrong_option_of_another_strategy_is_named(strategy, options, message):
    with pytest.raises(InvalidArgument, match=message):
        strategy(**options)
