"""assert_independent_clone and check_clone: the whole way, on small models."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

import pytest_tfpclone
from pytest_tfpclone import (
    CloneReport,
    SharedStateError,
    UnequalCloneError,
    assert_independent_clone,
    check_clone,
    clone,
)
from pytest_tfpclone.assertion import make_options
from pytest_tfpclone.state.declare import Declarations

tfd, tfb, tfpl = tfp.distributions, tfp.bijectors, tfp.layers
X = np.array([[1.0, 2.0]], "float32")


class Affine:
    def __init__(self, rate=2.0):
        self.rate = tf.Variable(rate)

    def __call__(self, x):
        return self.rate * x


def network():
    return tf_keras.Sequential(
        [
            tf_keras.Input((2,)),
            tf_keras.layers.Dense(2, kernel_initializer="ones"),
            tfpl.DistributionLambda(lambda t: tfd.Normal(t[..., :1], tf.nn.softplus(t[..., 1:]))),
        ]
    )


def deep_ensemble():
    return [network() for _ in range(2)]


MODELS = {
    "plain object": Affine,
    "variable": lambda: tf.Variable([1.0]),
    "network": network,
    "ensemble": deep_ensemble,
    "distribution": lambda: tfd.Normal(tf.Variable(0.0), tf.Variable(1.0)),
    "joint distribution": lambda: tfd.JointDistributionSequential(
        [tfd.Normal(tf.Variable(0.0), 1.0), lambda a: tfd.Normal(a, 1.0)]
    ),
    "bijector": lambda: tfb.Chain([tfb.Exp(), tfb.Scale(tf.Variable(2.0))]),
    "transformed variable": lambda: tfp.util.TransformedVariable(1.0, tfb.Softplus()),
    "kernel": lambda: tfp.math.psd_kernels.ExponentiatedQuadratic(tf.Variable(1.0)),
    "tf.Module": tf.Module,
    "dict": lambda: {"loc": tf.Variable(0.0), "scale": np.ones(2)},
    "closure": lambda: (lambda rate: lambda: rate)(tf.Variable(1.0)),
}


@pytest.mark.parametrize("name", MODELS)
def test_two_of_one_factory_are_independent(name):
    report = assert_independent_clone(MODELS[name](), MODELS[name]())
    assert report.verdict == "independent"
    assert report.clones == 1
    assert report.seconds > 0


@pytest.mark.parametrize("name", MODELS)
def test_our_own_clone_is_independent(name):
    model = MODELS[name]()
    assert assert_independent_clone(model, clone(model)).leaks == ()


@pytest.mark.parametrize("name", MODELS)
def test_the_model_itself_is_not(name):
    model = MODELS[name]()
    with pytest.raises(SharedStateError, match="assignment copies nothing"):
        assert_independent_clone(model, model)


def test_a_shared_variable_raises_and_check_clone_reports_it():
    original, copied = Affine(), Affine()
    copied.rate = original.rate
    with pytest.raises(
        SharedStateError, match=r"1 piece of state shared: original\.rate"
    ) as caught:
        assert_independent_clone(original, copied)
    report = check_clone(original, copied)
    assert isinstance(report, CloneReport)
    assert report.leaks == caught.value.report.leaks
    assert report.verdict == "shared"


def test_another_value_raises_unless_equal_is_false():
    with pytest.raises(UnequalCloneError, match="difference") as caught:
        assert_independent_clone(Affine(2.0), Affine(3.0))
    assert [each.kind for each in caught.value.report.differences] == ["value"]
    assert assert_independent_clone(Affine(2.0), Affine(3.0), equal=False).verdict == "independent"


def test_sharing_comes_before_inequality():
    original, copied = Affine(), Affine()
    original.more, copied.more = tf.Variable(1.0), tf.Variable(2.0)
    copied.rate = original.rate
    with pytest.raises(SharedStateError) as caught:
        assert_independent_clone(original, copied)
    assert caught.value.report.differences


def test_the_error_names_the_state_both_paths_the_proof_and_what_to_do():
    original, copied = Affine(), Affine()
    copied.rate = original.rate
    with pytest.raises(SharedStateError) as caught:
        assert_independent_clone(original, copied)
    text = str(caught.value)
    for words in ("original.rate  is  clone.rate", "proof:", "(was 2)", "hint:", "shared=['rate']"):
        assert words in text


def test_our_own_frames_are_hidden_from_the_traceback():
    original, copied = Affine(), Affine(3.0)
    with pytest.raises(UnequalCloneError) as caught:
        assert_independent_clone(original, copied)
    ours = [entry for entry in caught.traceback if "pytest_tfpclone" in str(entry.path)]
    assert ours
    assert all(entry.ishidden(caught) for entry in ours)


def test_all_findings_are_in_the_report_and_sorted():
    original, copied = ({name: tf.Variable(1.0) for name in "cab"} for _ in range(2))
    for name in "ca":
        copied[name] = original[name]
    report = check_clone(original, copied)
    assert [leak.original for leak in report.leaks] == ["original['a']", "original['c']"]


def test_counts_are_those_of_the_original():
    report = check_clone([tf.Variable(1.0), {}], [tf.Variable(1.0), {}])
    assert report.cells == {"container": 2, "variable": 1}


def test_families():
    report = assert_independent_clone(Affine(), Affine(), Affine(), Affine())
    assert report.clones == 3
    members = [Affine() for _ in range(4)]
    members[3].rate = members[1].rate
    with pytest.raises(SharedStateError) as caught:
        assert_independent_clone(*members)
    (leak,) = caught.value.report.leaks
    assert (leak.original, leak.clone) == ("clones[0].rate", "clones[2].rate")


def test_each_clone_of_a_family_must_be_equal():
    with pytest.raises(UnequalCloneError) as caught:
        assert_independent_clone(Affine(), Affine(), Affine(3.0), inputs=X)
    paths = {each.path for each in caught.value.report.differences}
    assert "clones[1](...)" in paths
    assert "clones[0](...)" not in paths


def test_inputs_are_passed_on():
    class Model(Affine):
        def __call__(self, x, y):
            return self.rate * x + y

    one, two = tf.constant(1.0), tf.constant(2.0)
    assert_independent_clone(Model(), Model(), inputs=(one, two))
    with pytest.raises(ValueError, match="inputs: the original raised on them: TypeError"):
        assert_independent_clone(Model(), Model(), inputs=one)


def test_the_seed_is_in_the_report():
    reports = [check_clone(Affine(), Affine(), inputs=X, seed=seed) for seed in (0, 5)]
    assert [report.seed for report in reports] == [0, 5]
    assert "repeat with seed=5" in str(reports[1])


def test_strict_makes_latent_sharing_a_leak():
    held = [1]
    first, second = Affine(), Affine()
    first.kept, first.used, second.kept, second.used = held, [1], [1], held
    assert assert_independent_clone(first, second).notes
    with pytest.raises(SharedStateError):
        assert_independent_clone(first, second, strict=True)


def test_declared_sharing():
    original, copied = Affine(), Affine()
    copied.rate = original.rate
    assert_independent_clone(original, copied, shared=["rate"])
    assert_independent_clone(original, copied, ignore=[tf.Variable])
    with pytest.raises(ValueError, match="shared: 'shift' matches nothing"):
        assert_independent_clone(original, copied, shared=["shift"])


def test_the_two_take_the_same_arguments():
    ours = inspect.signature(assert_independent_clone).parameters
    theirs = inspect.signature(check_clone).parameters
    assert list(ours) == [
        "original", "clones", "equal", "inputs", "actions", "shared", "ignore", "strict", "seed",
    ]  # fmt: skip
    assert [str(each) for each in ours.values()] == [str(each) for each in theirs.values()]


@pytest.mark.parametrize("seed", [None, 1.0, "1", True])
def test_seeds_are_integers(seed):
    with pytest.raises(TypeError, match="seed must be an int; got"):
        check_clone(Affine(), Affine(), seed=seed)


@pytest.mark.parametrize("seed", [-1, 2**31])
def test_seeds_fit_into_31_bits(seed):
    with pytest.raises(ValueError, match=rf"seed must be from 0 to .*; got {seed}"):
        check_clone(Affine(), Affine(), seed=seed)


@pytest.mark.parametrize("seed", [0, 1, 2**31 - 1])
def test_all_of_the_check_runs_with_any_seed(seed):
    def step(model):
        model(X)

    report = check_clone(network(), network(), seed=seed, actions=[step])
    assert report.verdict == "independent"
    assert report.notes == ()


def test_one_argument():
    with pytest.raises(TypeError, match="nothing to compare: pass the original and at least one"):
        assert_independent_clone(Affine())


def test_a_clone_that_is_no_model_is_named():
    with pytest.raises(TypeError, match=r"^clone must be a model; got None"):
        check_clone(Affine(), None)
    with pytest.raises(TypeError, match=r"^clones\[1\] must be a model; got None"):
        check_clone(Affine(), Affine(), None)
    with pytest.raises(TypeError, match=r"^original must be a model; got None"):
        check_clone(None, Affine())


def test_inside_a_tf_function():
    model, copied = Affine(), Affine()

    @tf.function
    def inside():
        check_clone(model, copied)

    with pytest.raises(RuntimeError, match=r"inside tf\.function or graph mode"):
        inside()
    assert float(model.rate) == 2.0


def test_in_a_graph():
    model = Affine()
    with tf.Graph().as_default(), pytest.raises(RuntimeError, match="Make the call outside"):
        check_clone(model, model)


def test_the_public_names():
    assert set(pytest_tfpclone.__all__) >= {
        "CloneError", "CloneRefused", "CloneReport", "Difference", "Leak", "SharedStateError",
        "UnequalCloneError", "assert_independent_clone", "check_clone", "clone", "cloners",
        "mutate", "state_of", "strategies", "where",
    }  # fmt: skip
    for name in pytest_tfpclone.__all__:
        assert getattr(pytest_tfpclone, name) is not None
    assert set(pytest_tfpclone.__all__) <= set(dir(pytest_tfpclone))
    with pytest.raises(AttributeError, match="has no attribute 'clones'"):
        _ = pytest_tfpclone.clones


def test_further_declarations_go_with_those_of_their_argument():
    shares, ignores = Declarations("a", argument="shared"), Declarations("b", argument="ignore")
    options = make_options(shared="c", ignore="d", declared=(shares, ignores))
    assert options.shared[1:] == [shares]
    assert options.ignore[1:] == [ignores]
