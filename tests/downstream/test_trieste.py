"""trieste's models and loops, copied as its users copy them; actions are theirs."""

from __future__ import annotations

import copy
import types

import dill
import pytest
import tensorflow as tf
from gpflow.keras import tf_keras
from real_models import (
    DATA,
    SPACE,
    X,
    Y,
    adam,
    deep_ensemble,
    early_stopping,
    optimize,
    optimized,
    trieste_classifier,
    trieste_deep_gp,
    trieste_deep_gp_over_one_kernel,
    trieste_gpr,
    trieste_multifidelity,
    trieste_sgpr,
    trieste_svgp,
    update,
)
from trieste.acquisition.utils import copy_to_local_models
from trieste.ask_tell_optimization import AskTellOptimizer
from trieste.data import Dataset
from verdicts import leaks

from pytest_tfpclone import assert_independent_clone, check_clone, clone

PRIOR = ("singleton", "model.kernel.variance.prior.reparameterization_type")


def differences(report):
    found = [(each.kind, each.path.removeprefix("original.")) for each in report.differences]
    return sorted(found)


def by_dill(model):
    return dill.loads(dill.dumps(model))


def to_local_models(model):
    (copied,) = copy_to_local_models(model, 1).values()
    return copied


@pytest.mark.parametrize("copier", [copy.deepcopy, by_dill, to_local_models])
@pytest.mark.parametrize("factory", [trieste_gpr, trieste_sgpr, trieste_classifier])
def test_wrappers_are_copied_but_for_a_singleton_of_their_priors(factory, copier):
    model = factory()
    report = check_clone(model, copier(model))
    assert (leaks(report), differences(report)) == ([], [PRIOR])


@pytest.mark.parametrize("copier", [copy.deepcopy, by_dill])
def test_a_model_without_priors_is_copied_whole(copier):
    model = trieste_multifidelity()
    assert_independent_clone(model, copier(model))


def test_new_data_and_training_leave_the_other():
    model = trieste_gpr()
    report = check_clone(model, copy.deepcopy(model), actions=[update, optimize])
    assert (leaks(report), differences(report)) == ([], [PRIOR])
    assert_independent_clone(model, clone(model), actions=[update, optimize])


TRAINED = {
    "GPR with Adam": lambda: optimized(trieste_gpr(adam())),
    "SVGP with Adam": lambda: optimized(trieste_svgp()),
    "DeepEnsemble": lambda: optimized(deep_ensemble()),
    "DeepEnsemble with a callback": lambda: optimized(deep_ensemble(callbacks=[early_stopping()])),
    "DeepEnsemble with a schedule": lambda: optimized(
        deep_ensemble(tf_keras.optimizers.schedules.ExponentialDecay(0.01, 2, 0.9))
    ),
    "deep GP": lambda: optimized(trieste_deep_gp()),
}


@pytest.mark.parametrize("name", TRAINED)
def test_the_copy_of_a_trained_model_raises_on_its_next_step(name):
    model = TRAINED[name]()
    report = check_clone(model, copy.deepcopy(model), actions=[optimize])
    assert report.independent
    (action,) = (each for each in report.differences if each.kind == "action")
    assert action.path == "clone"
    assert action.detail.startswith("optimize raised KeyError: 'The optimizer cannot recognize")


@pytest.mark.parametrize("name", TRAINED)
def test_our_clone_of_a_trained_model_goes_on_alike(name):
    model = TRAINED[name]()
    assert_independent_clone(model, clone(model), actions=[optimize])


def test_a_deep_gp_from_a_closure_over_one_kernel_shares_it():
    model = trieste_deep_gp_over_one_kernel()
    report = check_clone(model, copy.deepcopy(model))
    held = "_model_closure.<closure 'kernel'>"
    assert leaks(report) == [("same object", f"original.{held}", f"clone.{held}")]
    assert report.leaks[0].label == "object Matern52, with 2 variables"
    assert_independent_clone(model, clone(model))


def with_trajectory():
    model = trieste_gpr()
    sampler = model.trajectory_sampler()
    trajectory = sampler.get_trajectory()
    return types.SimpleNamespace(model=model, sampler=sampler, trajectory=trajectory)


def test_a_trajectory_follows_the_original():
    holder = with_trajectory()
    (leak,) = check_clone(holder, copy.deepcopy(holder)).leaks
    assert leak.original == "original.trajectory._weight_sampler"
    assert "original.model._posterior.X_data" in leak.evidence
    assert_independent_clone(holder, clone(holder))


def test_a_dataset_of_variables_is_never_copied():
    data = Dataset(tf.Variable(X), tf.Variable(Y))
    report = check_clone(data, copy.deepcopy(data))
    assert str(report).startswith("the clone is the original: assignment copies nothing")
    assert_independent_clone(data, clone(data))


def loop(model):
    return AskTellOptimizer(SPACE, DATA, model, fit_model=False)


def restored(optimizer, copied):
    return AskTellOptimizer.from_state(optimizer.to_state(copy=copied), SPACE)


def tell(optimizer):
    point = tf.constant([[0.5]], tf.float64)
    optimizer.tell(DATA + Dataset(point, tf.sin(point)))


def ask(optimizer):
    optimizer.ask()


def test_a_loop_from_a_copied_state_is_independent():
    original = loop(trieste_gpr())
    report = check_clone(
        original, restored(original, True), actions=[tell], shared=["_search_space"]
    )
    assert leaks(report) == []
    assert differences(report) == [("singleton", f"models['OBJECTIVE'].{PRIOR[1]}")]


def test_a_loop_from_the_state_itself_shares_model_and_data():
    original = loop(trieste_gpr())
    report = check_clone(original, restored(original, False), shared=["_search_space"])
    assert leaks(report) == [
        ("same object", "original.datasets", "clone.datasets"),
        ("same object", "original.models", "clone.models"),
    ]


def test_a_loop_over_an_ensemble_from_a_copied_state_raises_at_tell():
    original = loop(optimized(deep_ensemble()))
    report = check_clone(
        original, restored(original, True), actions=[tell], shared=["_search_space"]
    )
    (action,) = (each for each in report.differences if each.kind == "action")
    assert action.detail.startswith("tell raised KeyError: 'The optimizer cannot recognize")


@pytest.mark.parametrize("make", [trieste_gpr, lambda: optimized(deep_ensemble())])
def test_our_clone_of_a_loop_goes_on_alike(make):
    original = loop(make())
    assert_independent_clone(original, clone(original), actions=[ask, tell])
