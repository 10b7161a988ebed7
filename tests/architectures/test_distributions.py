"""Specs of distributions, bijectors, kernels: what they build, and what they refuse."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from pytest_tfpclone import architectures, state_of
from pytest_tfpclone.architectures import (
    BIJECTORS,
    COMPONENTS,
    FAMILIES,
    FORMS,
    HELD,
    KERNELS,
    PROCESSES,
    SURROGATES,
    AsviSurrogate,
    Autoregressive,
    BatchMixture,
    BatchNormalizing,
    BijectorLeaf,
    Blockwise,
    BlockwiseBijector,
    Chain,
    ChangePoint,
    FeatureScaled,
    FeatureTransformed,
    HiddenMarkov,
    Independent,
    Inflated,
    Inline,
    Inverted,
    Joint,
    KernelLeaf,
    KernelProduct,
    KernelSum,
    Leaf,
    MarkovChain,
    Masked,
    MaskedAutoregressiveFlow,
    MixtureOf,
    Process,
    Quantized,
    RealNVP,
    Repeated,
    Reshaped,
    SchurComplement,
    StateSpace,
    Surrogate,
    TimeSeries,
    Transformed,
    registered,
)
from pytest_tfpclone.architectures.families import TABLE
from pytest_tfpclone.architectures.parameters import CONSTRAINTS, Maker
from pytest_tfpclone.architectures.trees import WAYS

tfd, tfb = tfp.distributions, tfp.bijectors

VECTOR = Leaf("MultivariateNormalDiag")
EXP = BijectorLeaf("Exp")

# One of each kind, with the class that it builds.
KINDS = {
    Leaf(): "Normal",
    Independent(Leaf("Gamma", "deferred"), size=3): "Independent",
    Repeated(Leaf("Bernoulli")): "Sample",
    Transformed(VECTOR, BijectorLeaf("ScaleMatvecTriL")): "TransformedDistribution",
    Quantized(Leaf("Logistic")): "QuantizedDistribution",
    BatchMixture(VECTOR, components=3): "MixtureSameFamily",
    MixtureOf((Leaf(), Leaf("Laplace"))): "Mixture",
    Blockwise((VECTOR, Leaf())): "Blockwise",
    Inflated(Leaf("Poisson")): "Inflated",
    Masked(Independent(Leaf())): "Masked",
    Reshaped(Leaf("Beta")): "BatchReshape",
    MarkovChain(Leaf(), captures="partial"): "MarkovChain",
    HiddenMarkov(Leaf("Bernoulli"), steps=3): "HiddenMarkovModel",
    Autoregressive(captures="default", size=3): "Autoregressive",
    StateSpace(held="deferred"): "LinearGaussianStateSpaceModel",
    Joint((Leaf(), VECTOR), captures="closure", tied=True): "JointDistributionSequential",
    Process(KernelLeaf(), captures="closure"): "GaussianProcess",
    Surrogate(BijectorLeaf("Softplus")): "DeferredModule",
    AsviSurrogate(): "DeferredModule",
    TimeSeries(("LocalLinearTrend", "Seasonal")): "Sum",
    BijectorLeaf(): "Shift",
    Inverted(BijectorLeaf("Softplus")): "Invert",
    Chain((EXP, BijectorLeaf("Scale"))): "Chain",
    Inline(captures="bound_method"): "Inline",
    RealNVP(): "RealNVP",
    MaskedAutoregressiveFlow(): "MaskedAutoregressiveFlow",
    BatchNormalizing(training=True): "BatchNormalization",
    BlockwiseBijector((BijectorLeaf("ScaleMatvecDiag"), EXP)): "Blockwise",
    KernelLeaf(): "ExponentiatedQuadratic",
    KernelSum((KernelLeaf(), KernelLeaf("Linear"))): "_SumKernel",
    KernelProduct((KernelLeaf(), KernelLeaf("Linear"))): "_ProductKernel",
    ChangePoint((KernelLeaf(), KernelLeaf("Linear"))): "ChangePoint",
    FeatureScaled(KernelLeaf("MaternOneHalf")): "FeatureScaled",
    FeatureTransformed(KernelLeaf()): "FeatureTransformed",
    SchurComplement(KernelLeaf()): "SchurComplement",
}


def output(spec, model, point):
    """Return what a built object answers, as a list of arrays."""
    if isinstance(model, tfb.Bijector):
        return [np.asarray(model.forward(point))]
    if isinstance(spec, KernelLeaf) or hasattr(model, "matrix"):
        return [np.asarray(model.matrix(*point))]
    if isinstance(model, tfp.sts.StructuralTimeSeries):
        return []
    return [
        np.asarray(model.log_prob(*point) if isinstance(point, tuple) else model.log_prob(point))
    ]


def variables(model):
    return [path for path, cell in state_of(model).items() if cell.kind == "variable"]


def evaluated(code):
    return eval(code, {name: getattr(architectures, name) for name in architectures.__all__})


def test_there_is_one_of_each_kind():
    assert {type(spec) for spec in KINDS} == set(registered("distribution"))
    assert len(FAMILIES) > 70
    for spec in KINDS:
        assert getattr(architectures, type(spec).__name__) is type(spec)


@pytest.mark.parametrize("spec", KINDS, ids=lambda spec: type(spec).__name__)
def test_each_kind_builds_what_it_says_with_state_and_finite_outputs(spec):
    for dtype in ("float32", "float64"):
        whole = dataclasses.replace(spec, dtype=dtype, seed=5)
        model = whole.build()
        outputs = output(whole, model, whole.point(3))

        assert type(model).__name__ == KINDS[spec]
        assert variables(model)
        for each in outputs:
            assert each.dtype == dtype
            assert np.all(np.isfinite(each))


@pytest.mark.parametrize("spec", KINDS, ids=lambda spec: type(spec).__name__)
def test_specs_are_values(spec):
    whole = dataclasses.replace(spec, seed=5)

    assert evaluated(repr(whole)) == whole
    assert hash(evaluated(repr(whole))) == hash(whole)
    assert pickle.loads(pickle.dumps(whole)) == whole
    assert not hasattr(whole, "__dict__")
    assert whole != spec


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_has_the_event_that_it_says_and_a_finite_density(family):
    held = HELD[FAMILIES.index(family) % len(HELD)]
    dtype = ("float32", "float64")[FAMILIES.index(family) % 2]
    spec = Leaf(family, held, dtype=dtype, seed=2)
    model = spec.build()
    point = spec.point(1)

    assert type(model) is getattr(tfd, family)
    assert model.event_shape == spec.event.shape == point.shape
    assert model.batch_shape == []
    assert point.dtype == ("int32" if spec.event.support == "integer" else dtype)
    assert np.isfinite(model.log_prob(point))
    if spec.batches:
        maker = Maker("float32", np.random.default_rng(0))
        assert spec.make(maker, (2,)).batch_shape == [2]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_events_have_the_size_asked_for(size):
    for family in FAMILIES:
        if TABLE[family].sized and size >= TABLE[family].least:
            spec = Leaf(family, size=size)
            assert spec.build().event_shape == spec.event.shape


@pytest.mark.parametrize("held", HELD)
def test_a_leaf_holds_its_parameters_as_it_says(held):
    model = Leaf("MultivariateNormalTriL", held).build()
    kinds = {
        "variable": tf.Variable,
        "frozen_variable": tf.Variable,
        "transformed_variable": tfp.util.TransformedVariable,
        "deferred": tfp.util.DeferredTensor,
        "constant": tf.Tensor,
        "array": np.ndarray,
    }

    assert all(isinstance(model.parameters[name], kinds[held]) for name in ("loc", "scale_tril"))
    assert len(model.trainable_variables) == (
        2 if held in ("variable", "transformed_variable", "deferred") else 0
    )
    # A deferred one has two variables each: what it transforms, and what its function adds.
    counts = {"deferred": 4, "constant": 0, "array": 0}
    assert len(variables(model)) == counts.get(held, 2)


@pytest.mark.parametrize("constraint", CONSTRAINTS)
def test_a_transformed_variable_has_the_value_that_was_drawn(constraint):
    shape = (3, 3) if constraint in ("tril", "orthogonal") else (3,)
    values = [
        Maker("float64", np.random.default_rng(1)).parameter(constraint, shape, held, "name")
        for held in ("array", "transformed_variable", "deferred")
    ]

    for each in values[1:]:
        np.testing.assert_allclose(tf.convert_to_tensor(each), values[0], rtol=1e-6)


def test_the_other_choices_all_build():
    trees = [BijectorLeaf(name) for name in BIJECTORS]
    trees += [KernelLeaf(name, "transformed_variable") for name in KERNELS]
    trees += [Process(KernelLeaf(), name, captures="closure") for name in PROCESSES]
    trees += [Surrogate(EXP, name) for name in SURROGATES]
    trees += [TimeSeries((name,)) for name in COMPONENTS]
    trees += [Joint((Leaf(), VECTOR), form, way) for form in FORMS for way in WAYS]
    trees += [Joint((Leaf(),), form, auto_batched=True) for form in FORMS]
    trees += [MarkovChain(Leaf(), way) for way in WAYS]
    for tree in trees:
        for each in output(tree, tree.build(), tree.point(0)):
            assert np.all(np.isfinite(each)), tree


def test_equal_specs_build_equal_objects_that_share_nothing():
    for spec in KINDS:
        first, second = spec.build(), spec.build()
        other = dataclasses.replace(spec, seed=1).build()
        values = [
            {path: cell.value for path, cell in state_of(model).items() if cell.kind == "variable"}
            for model in (first, second, other)
        ]

        assert values[0] == values[1], spec
        assert values[0] != values[2], spec
        assert state_of(first).keys() == state_of(second).keys(), spec


def test_no_variable_of_a_tree_equals_another():
    model = BatchMixture(Transformed(Leaf("StudentT"), BijectorLeaf("SinhArcsinh"))).build()
    values = [cell.value for cell in state_of(model).values() if cell.kind == "variable"]

    assert len(values) == 6
    assert len(set(values)) == 6


def test_a_tied_joint_holds_one_distribution_twice():
    model = Joint((Leaf(), VECTOR), tied=True).build()

    assert model.model[0] is model.model[2]


def test_inputs_are_samples_that_the_density_takes():
    spec = Joint((Leaf(), VECTOR), "named", dtype="float64")
    point = spec.point(1)

    assert {name: part.shape for name, part in point.items()} == {"a": (), "b": (2,)}
    assert all(part.dtype == "float64" for part in point.values())
    assert np.isfinite(spec.build().log_prob(point))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Leaf("Norml"), ValueError, r"Leaf: family='Norml' must be one of 'Normal', "),
        (lambda: Leaf(held="by hand"), ValueError, r"Leaf: held='by hand' must be one of 'vari"),
        (lambda: Leaf(size=3), ValueError, r"Leaf: size=3 must be 2: Normal has no size"),
        (lambda: Leaf("Dirichlet", size=1), ValueError, r"Leaf: size=1 must be at least 2"),
        (lambda: Leaf(seed=-1), ValueError, r"Leaf: seed=-1 must be from 0 to 4294967295"),
        (lambda: Leaf(dtype="float16"), ValueError, r"Leaf: dtype='float16' must be one of 'flo"),
        (
            lambda: Independent(VECTOR),
            ValueError,
            r"Independent: distribution got Leaf\(family='MultivariateNormalDiag'\), with a real "
            r"event of shape \(2,\); must be .* of shape \(\), made with a batch shape",
        ),
        (lambda: Independent(Reshaped(Leaf())), ValueError, r"Independent: distribution got Resh"),
        (lambda: Independent(Leaf(), size=0), ValueError, r"Independent: size=0 must be at lea"),
        (
            lambda: Repeated(Leaf(seed=3)),
            ValueError,
            r"Repeated: distribution got Leaf\(seed=3\): a part has the dtype and the seed of the "
            r"whole, give them there",
        ),
        (
            lambda: Repeated(KernelLeaf()),
            TypeError,
            r"Repeated: distribution got KernelLeaf\(\), must be one of Leaf, Independent, ",
        ),
        (
            lambda: Transformed(Leaf("Gamma"), EXP),
            ValueError,
            r"Transformed: distribution got Leaf\(family='Gamma'\), with a float event of shape "
            r"\(\); must be real of any shape",
        ),
        (
            lambda: Transformed(Leaf(), BijectorLeaf("Cumsum")),
            ValueError,
            r"Transformed: bijector=BijectorLeaf\(bijector='Cumsum'\) must map all numbers of "
            r"shape \(\) to numbers of the same shape",
        ),
        (lambda: Transformed(Leaf(), Leaf()), TypeError, r"Transformed: bijector got Leaf\(\), mu"),
        (
            lambda: Quantized(Leaf("Horseshoe")),
            ValueError,
            r"Quantized: distribution=.* must be a Leaf of a family with a cumulative",
        ),
        (lambda: BatchMixture(Leaf(), components=1), ValueError, r"BatchMixture: components=1 m"),
        (
            lambda: MixtureOf((Leaf(), VECTOR)),
            ValueError,
            r"MixtureOf: distributions got Leaf\(family='Mult.*; must be real of shape \(\)$",
        ),
        (lambda: MixtureOf((Leaf(),)), TypeError, r"MixtureOf: .* must be a tuple of at least 2"),
        (
            lambda: MixtureOf((Autoregressive(), Autoregressive())),
            ValueError,
            r"MixtureOf: distributions got \(Autoreg.*; one of them must know the rank of its event",
        ),
        (
            lambda: Blockwise((Leaf(), Leaf("WishartTriL"))),
            ValueError,
            r"Blockwise: distributions got .*; must be real of any shape",
        ),
        (
            lambda: Blockwise((Leaf("LKJ"), Leaf("LKJ"))),
            ValueError,
            r"Blockwise: distributions got .*, with a matrix for event",
        ),
        (lambda: Inflated(Leaf()), ValueError, r"Inflated: distribution got Leaf\(\), with a re"),
        (lambda: MarkovChain(Leaf(), steps=1), ValueError, r"MarkovChain: steps=1 must be at le"),
        (lambda: HiddenMarkov(Leaf(), held=""), ValueError, r"HiddenMarkov: held='' must be one"),
        (
            lambda: Autoregressive(captures="global"),
            ValueError,
            r"Autoregressive: captures='global' must be one of 'closure', ",
        ),
        (lambda: StateSpace(steps=0), ValueError, r"StateSpace: steps=0 must be at least 1"),
        (lambda: Joint(()), TypeError, r"Joint: distributions=\(\) must be a tuple of at least 1"),
        (lambda: Joint((Leaf(),), form="dict"), ValueError, r"Joint: form='dict' must be one of"),
        (lambda: Joint((Leaf(),), tied=1), TypeError, r"Joint: tied=1 must be True or False"),
        (
            lambda: Joint((Joint((Leaf(),)),)),
            ValueError,
            r"Joint: distributions got Joint.*, with a structure event",
        ),
        (lambda: Process(Leaf()), TypeError, r"Process: kernel got Leaf\(\), must be one of Kern"),
        (
            lambda: Process(KernelLeaf(), "BrownianBridge"),
            ValueError,
            r"Process: process='BrownianBridge' must be one of 'GaussianProcess', ",
        ),
        (
            lambda: Surrogate(BijectorLeaf("Ascending")),
            ValueError,
            r"Surrogate: bijector=.* must map all numbers to numbers",
        ),
        (lambda: Surrogate(EXP, "full"), ValueError, r"Surrogate: surrogate='full' must be one of"),
        (lambda: AsviSurrogate("no"), ValueError, r"AsviSurrogate: held='no' must be one of"),
        (
            lambda: TimeSeries(("Trend",)),
            ValueError,
            r"TimeSeries: components got 'Trend', must be one of LocalLevel, ",
        ),
        (lambda: BijectorLeaf("Add"), ValueError, r"BijectorLeaf: bijector='Add' must be one of"),
        (
            lambda: Inverted(BijectorLeaf("FillScaleTriL")),
            ValueError,
            r"Inverted: bijector=.* must keep the shape",
        ),
        (
            lambda: Chain((BijectorLeaf(), EXP)),
            ValueError,
            r"Chain: bijectors got .*'Exp'\): all but the first must map all numbers onto all",
        ),
        (
            lambda: Chain((Inverted(EXP), BijectorLeaf())),
            ValueError,
            r"Chain: bijectors got Inverted\(.*\) first, which doesn't map all numbers",
        ),
        (lambda: Chain(()), TypeError, r"Chain: bijectors=\(\) must be a tuple of at least 1 bij"),
        (lambda: Inline("global"), ValueError, r"Inline: captures='global' must be one of 'clos"),
        (
            lambda: MaskedAutoregressiveFlow(units=0),
            ValueError,
            r"MaskedAutoregressiveFlow: units=0 must be at least 1",
        ),
        (lambda: BatchNormalizing(1), TypeError, r"BatchNormalizing: training=1 must be True or"),
        (
            lambda: BlockwiseBijector((EXP, EXP, EXP)),
            ValueError,
            r"BlockwiseBijector: bijectors=.* must be two",
        ),
        (
            lambda: BlockwiseBijector((Inverted(EXP), EXP)),
            ValueError,
            r"BlockwiseBijector: bijectors got Inverted.* must map all numbers of shape \(3,\)",
        ),
        (lambda: KernelLeaf("RBF"), ValueError, r"KernelLeaf: kernel='RBF' must be one of 'Expo"),
        (lambda: KernelSum((KernelLeaf(),)), TypeError, r"KernelSum: .* a tuple of at least 2"),
        (
            lambda: FeatureScaled(KernelLeaf(), held="x"),
            ValueError,
            r"FeatureScaled: held='x' must be one of 'variable', ",
        ),
    ],
)
def test_a_wrong_field_is_named(make, error, message):
    with pytest.raises(error, match=message):
        make()
