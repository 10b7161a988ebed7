"""GPflow's models, copied as its users copy them."""

from __future__ import annotations

import copy
import pickle

import gpflow
import pytest
import tensorflow as tf
from real_models import (
    X,
    Y,
    coregionalized_vgp,
    flux_deep_gp,
    gpmc,
    gpr,
    gpr_with_a_trained_prior,
    grow,
    growing_gpr,
    minimize,
    sgpr,
    svgp,
)
from verdicts import leaks

from pytest_tfpclone import assert_independent_clone, check_clone, clone

COPIERS = {
    "gpflow.utilities.deepcopy": gpflow.utilities.deepcopy,
    "copy.deepcopy": copy.deepcopy,
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
}
MODELS = (gpr, svgp, sgpr, coregionalized_vgp)
PRIORS = {gpmc: "V", gpr_with_a_trained_prior: "kernel.lengthscales"}
ALL = (*MODELS, *PRIORS, growing_gpr, flux_deep_gp)


def differences(report):
    return [(each.kind, each.path) for each in report.differences]


@pytest.mark.parametrize("copier", COPIERS)
@pytest.mark.parametrize("factory", MODELS)
def test_models_are_copied_whole(factory, copier):
    model = factory()
    assert_independent_clone(model, COPIERS[copier](model))


@pytest.mark.parametrize("copier", COPIERS)
@pytest.mark.parametrize("factory", PRIORS)
def test_a_prior_comes_back_with_a_copy_of_a_singleton(factory, copier):
    model = factory()
    report = check_clone(model, COPIERS[copier](model))
    path = f"original.{PRIORS[factory]}.prior.reparameterization_type"
    assert (leaks(report), differences(report)) == ([], [("singleton", path)])


@pytest.mark.parametrize("factory", ALL)
def test_our_clone_is_right_on_each(factory):
    model = factory()
    assert_independent_clone(model, clone(model))


@pytest.mark.parametrize("copier", [gpflow.utilities.deepcopy, clone])
@pytest.mark.parametrize("factory", [gpr, svgp])
def test_training_either_leaves_the_other(factory, copier):
    model = factory()
    assert_independent_clone(model, copier(model), actions=[minimize])


def test_a_kernel_stays_shared_inside_of_what_is_copied_together():
    kernel = gpflow.kernels.Matern52()
    models = [gpr(kernel), gpr(kernel)]
    together = copy.deepcopy(models)
    assert together[0].kernel is together[1].kernel
    assert_independent_clone(models, together)
    apart = [copy.deepcopy(each) for each in models]
    assert differences(check_clone(models, apart)) == [("tying", "original[1].kernel")]


def test_a_model_made_of_the_parts_of_another_shares_them():
    model = gpr()
    rebuilt = gpflow.models.GPR((X, Y), model.kernel)
    report = check_clone(model, rebuilt)
    assert leaks(report) == [("same object", "original.kernel", "clone.kernel")]
    assert report.leaks[0].label == "object Matern52, with 2 variables"


def compiled(model):
    model.compiled_predict_f = tf.function(lambda x: model.predict_f(x))
    return model


def test_a_compiled_predictor_predicts_with_the_original():
    model = compiled(gpr())
    holder = "compiled_predict_f.python_function.<closure 'model'>"
    assert leaks(check_clone(model, copy.deepcopy(model))) == [
        ("same object", f"original.{holder}", f"clone.{holder}")
    ]
    assert_independent_clone(model, clone(model))


def test_a_compiled_predictor_that_was_called_can_not_be_deep_copied():
    model = compiled(gpr())
    model.compiled_predict_f(X)
    with pytest.raises(TypeError, match="cannot pickle 'FuncGraph' object"):
        copy.deepcopy(model)
    assert_independent_clone(model, clone(model))


def test_a_model_that_holds_its_loss_can_not_be_deep_copied():
    model = svgp()
    model.loss = model.training_loss_closure((X, Y))
    model.loss()
    with pytest.raises(TypeError, match="cannot pickle 'FuncGraph' object"):
        copy.deepcopy(model)
    assert_independent_clone(model, clone(model))


def test_data_that_may_grow_can_not_in_the_copy():
    model = growing_gpr()
    report = check_clone(model, copy.deepcopy(model), actions=[grow])
    assert report.independent
    assert differences(report) == [
        ("action", "clone"),
        ("shape", "original.data[0]"),
        ("shape", "original.data[1]"),
    ]
    assert "float64[?, 1] became float64[8, 1]" in report.differences[1].detail
    assert_independent_clone(model, clone(model), actions=[grow])


@pytest.mark.parametrize("copier", [gpflow.utilities.deepcopy, copy.deepcopy])
def test_the_copy_of_a_deep_gp_is_hollow(copier):
    model = flux_deep_gp()
    held = "function.<closure 'convert_to_tensor_fn'>.__self__"
    assert leaks(check_clone(model, copier(model))) == [
        ("same object", f"original.f_layers[{i}].{held}", f"clone.f_layers[{i}].{held}")
        for i in range(2)
    ]
