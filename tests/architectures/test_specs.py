"""Specs are values: equal, printable as code, checked where they are made."""

from __future__ import annotations

import dataclasses
import pickle
import subprocess
import sys

import pytest

from pytest_tfpclone import architectures
from pytest_tfpclone.architectures import (
    CAPTURES,
    Bernoulli,
    Conv2D,
    Dense,
    DenseFlipout,
    Functional,
    IndependentNormal,
    Lambda,
    Mixture,
    MultivariateNormalTriL,
    Nested,
    Normal,
    Poisson,
    Recurrent,
    Sequential,
    Siamese,
    Subclassed,
    parts,
    registered,
    registry,
)

SPECS = [
    Sequential(layers=(Dense(units=1),), head=Normal()),
    Sequential((Dense(3, "relu"), Dense(2)), Bernoulli(captures="closure"), features=4),
    Sequential((Dense(2),), Poisson("default"), compiled="sgd"),
    Sequential((Dense(2),), MultivariateNormalTriL(), compiled="adam", trained=3),
    Sequential((Dense(2),), Mixture("bound_method", components=3), seed=5),
    Subclassed((Conv2D(2, "tanh"), Nested((Lambda("partial"),))), Normal(), held="list"),
    Functional(((Dense(1),), ()), (Normal(), Poisson()), merge="add", dtype="float64"),
    Siamese((DenseFlipout(2, prior="trainable"),), IndependentNormal("add_loss")),
]


def evaluated(code):
    return eval(code, {name: getattr(architectures, name) for name in architectures.__all__})


@pytest.mark.parametrize("spec", SPECS, ids=repr)
def test_repr_is_code_that_rebuilds_the_spec(spec):
    assert evaluated(repr(spec)) == spec


def test_repr_leaves_out_what_is_default():
    assert repr(SPECS[0]) == "Sequential(layers=(Dense(units=1),), head=Normal())"
    assert repr(SPECS[4]) == (
        "Sequential(layers=(Dense(units=2),), "
        "head=Mixture(captures='bound_method', components=3), seed=5)"
    )


def test_specs_are_values():
    for spec in SPECS:
        assert dataclasses.replace(spec) == spec
        assert hash(dataclasses.replace(spec)) == hash(spec)
        assert pickle.loads(pickle.dumps(spec)) == spec
        assert not hasattr(spec, "__dict__")
        with pytest.raises(dataclasses.FrozenInstanceError):
            spec.seed = 3
    assert len(set(SPECS)) == len(SPECS)


def test_parts_are_all_specs_within_from_the_outside_in():
    spec = Functional(((Nested((Dense(1),)),), ()), (Normal(),))
    assert list(parts(spec)) == [spec, Nested((Dense(1),)), Dense(1), Normal()]


def test_heads_with_equal_fields_differ():
    bare = [kind() for kind in registered("head")]

    assert len(set(bare)) == len(bare)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Dense(units=0), ValueError, r"Dense: units=0 must be at least 1"),
        (lambda: Dense(units=True), TypeError, r"Dense: units=True must be an int, not bool"),
        (lambda: Dense(units=2.0), TypeError, r"Dense: units=2.0 must be an int, not float"),
        (
            lambda: Dense(units=1, activation="rely"),
            ValueError,
            r"Dense: activation='rely' must be one of None, 'relu', ",
        ),
        (
            lambda: Normal(captures="local"),
            ValueError,
            r"Normal: captures='local' must be one of None, 'closure', ",
        ),
        (
            lambda: Mixture(captures="local"),
            ValueError,
            r"Mixture: captures='local' must be one of None, 'closure', ",
        ),
        (lambda: Mixture(components=1), ValueError, r"Mixture: components=1 must be at least 2"),
        (
            lambda: Sequential(layers=[Dense(units=1)], head=Normal()),
            TypeError,
            r"Sequential: layers=\[Dense\(units=1\)\] must be a tuple of layers",
        ),
        (
            lambda: Functional(branches=(), heads=(Normal(),)),
            TypeError,
            r"Functional: branches=\(\) must be a tuple of at least 1 tuple of layers",
        ),
        (
            lambda: Functional(branches=((),), heads=()),
            TypeError,
            r"Functional: heads=\(\) must be a tuple of at least 1 head",
        ),
        (
            lambda: Functional(branches=((),), heads=(Normal(),), several_inputs=1),
            TypeError,
            r"Functional: several_inputs=1 must be True or False",
        ),
        (
            lambda: Functional(branches=((),), heads=(Normal(),), merge="mean"),
            ValueError,
            r"Functional: merge='mean' must be one of 'concatenate', 'add'",
        ),
        (
            lambda: Functional(branches=(Dense(1),), heads=(Normal(),)),
            TypeError,
            r"Functional: branches=Dense\(units=1\) must be a tuple of layers",
        ),
        (
            lambda: Subclassed((), Normal(), held="set"),
            ValueError,
            r"Subclassed: held='set' must be one of 'attributes', 'list', 'dict'",
        ),
        (
            lambda: Nested(layers=()),
            TypeError,
            r"Nested: layers=\(\) must be a tuple of at least 1 layer",
        ),
        (
            lambda: Recurrent(units=1, cell="RNN"),
            ValueError,
            r"Recurrent: cell='RNN' must be one of 'SimpleRNN', 'GRU', 'LSTM'",
        ),
        (
            lambda: Conv2D(filters=0),
            ValueError,
            r"Conv2D: filters=0 must be at least 1",
        ),
        (
            lambda: DenseFlipout(units=1, prior="learned"),
            ValueError,
            r"DenseFlipout: prior='learned' must be one of 'fixed', 'trainable'",
        ),
        (
            lambda: IndependentNormal(divergence="loss"),
            ValueError,
            r"IndependentNormal: divergence='loss' must be one of None, 'regularizer', 'add_loss'",
        ),
        (
            lambda: Dense(units=1, regularizer="l1"),
            ValueError,
            r"Dense: regularizer='l1' must be one of None, 'l2', 'variable'",
        ),
        (
            lambda: Sequential((), Normal(), dtype="float16"),
            ValueError,
            r"Sequential: dtype='float16' must be one of 'float32', 'float64'",
        ),
        (
            lambda: Sequential(layers=(Normal(),), head=Normal()),
            TypeError,
            r"Sequential: layers got Normal\(\), must be one of Dense",
        ),
        (
            lambda: Sequential(layers=(Dense(1),), head=Dense(1)),
            TypeError,
            r"Sequential: head got Dense\(units=1\), must be one of Normal, Bernoulli, Poisson, ",
        ),
        (
            lambda: Sequential((Dense(1),), Normal(), features=0),
            ValueError,
            r"Sequential: features=0 must be at least 1",
        ),
        (
            lambda: Sequential((Dense(1),), Normal(), compiled="rmsprop"),
            ValueError,
            r"Sequential: compiled='rmsprop' must be one of None, 'adam', 'sgd', 'ema'",
        ),
        (
            lambda: Sequential((Dense(1),), Normal(), compiled="adam", trained=4),
            ValueError,
            r"Sequential: trained=4 must be from 0 to 3",
        ),
        (
            lambda: Sequential((Dense(1),), Normal(), trained=2),
            ValueError,
            r"Sequential: trained=2 needs an optimizer: compiled=None, .* compiled='adam'",
        ),
        (
            lambda: Sequential((Dense(1),), Normal(), seed=-1),
            ValueError,
            r"Sequential: seed=-1 must be from 0 to 4294967295",
        ),
    ],
)
def test_a_wrong_field_is_named(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_the_kinds_are_registered_the_simplest_first():
    assert registered("layer")[0] is Dense
    assert registered("head")[:4] == (Normal, Bernoulli, Poisson, Mixture)
    assert registered("model") == (Sequential, Subclassed, Functional, Siamese)
    assert CAPTURES[0] is None


def test_an_unknown_role_is_an_error():
    with pytest.raises(ValueError, match=r"role='tail' must be one of 'layer', 'head', 'model', "):
        registered("tail")


def test_all_kinds_are_public():
    for role in registry.ROLES:
        for kind in registered(role):
            assert getattr(architectures, kind.__name__) is kind
            assert kind.__name__ in architectures.__all__


def test_importing_the_specs_imports_neither_tensorflow_nor_hypothesis():
    code = (
        "import sys; from pytest_tfpclone import architectures as a;"
        "repr(a.Sequential((a.Dense(1),), a.Normal('closure')));"
        "print([m for m in ('tensorflow', 'tf_keras', 'numpy', 'hypothesis') if m in sys.modules])"
    )

    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout

    assert printed.strip() == "[]"
