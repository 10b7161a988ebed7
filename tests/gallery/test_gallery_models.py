"""Every model of the gallery: trained, repeatable, independent of its twin, undisturbing."""

from __future__ import annotations

import random
import types

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone import gallery
from pytest_tfpclone.randomness import KERAS_SEEDS

BUILT_IN = [
    "bayesian_regression",
    "deep_ensemble",
    "eight_schools_surrogate",
    "gaussian_process",
    "masked_autoregressive_flow",
    "seed_custom_distribution",
    "seed_dense_network",
    "seed_variational_inference",
    "variational_autoencoder",
]


def variables_of(model):
    """Return all variables that a model reaches through attributes, containers and closures."""
    found, seen, pending = [], {}, [model]
    while pending:
        value = pending.pop()
        if id(value) in seen or isinstance(value, type | types.ModuleType | str | np.ndarray):
            continue
        seen[id(value)] = value
        if isinstance(value, tf.Variable):
            found.append(value)
        elif type(value).__module__.startswith("keras.") and hasattr(value, "_value"):
            found.append(value._value)
        elif isinstance(value, dict):
            pending.extend(value.values())
        elif isinstance(value, list | tuple | set):
            pending.extend(value)
        elif isinstance(value, types.MethodType):
            pending.extend([value.__self__, value.__func__])
        elif isinstance(value, types.FunctionType):
            pending.extend(cell.cell_contents for cell in value.__closure__ or ())
            pending.extend(value.__defaults__ or ())
        elif type(value).__module__.partition(".")[0] in (
            "pytest_tfpclone",
            "tensorflow_probability",
            "tf_keras",
            "keras",
        ):
            pending.extend(getattr(value, "__dict__", {}).values())
        elif isinstance(value, tf.Module | tf.random.Generator):
            pending.extend(value.__dict__.values())
    return found


def handles(variables):
    return {id(variable.handle) for variable in variables}


@pytest.fixture(scope="module", params=BUILT_IN)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def twins(name):
    """Two models of one factory, made at different states of the global generators."""
    factory = gallery.get(name)
    random.seed(1)
    np.random.seed(1)
    first = factory()
    tf_keras.utils.set_random_seed(2)
    second = factory()
    # Where set_random_seed was called, initializers draw from a generator of Keras.
    KERAS_SEEDS[0].setstate(None)
    return first, second


def test_twins_are_equal(twins):
    first, second = map(variables_of, twins)

    assert len(first) == len(second) > 0
    for one, other in zip(first, second, strict=True):
        assert one.shape == other.shape
        assert one.dtype == other.dtype
        assert one.numpy().tobytes() == other.numpy().tobytes(), one.name


def test_twins_share_no_variable(twins):
    first, second = map(variables_of, twins)

    assert not handles(first) & handles(second)
    before = [variable.numpy() for variable in second]
    saved = [variable.numpy() for variable in first]
    for variable in first:
        variable.assign(variable + tf.ones_like(variable))
    after = [variable.numpy() for variable in second]
    for variable, value in zip(first, saved, strict=True):
        variable.assign(value)
    assert all(map(np.array_equal, before, after))


def test_training_has_left_its_traces(name, twins):
    """Every model has been trained: slots that are still zero would hide a lost optimizer."""
    variables = variables_of(twins[0])
    slots = [each for each in variables if "/m/" in each.name or "/v/" in each.name]

    assert all(np.any(slot.numpy() != 0) for slot in slots)
    assert any(np.any(each.numpy() != 0) for each in variables)
    if name not in ("gaussian_process", "masked_autoregressive_flow", "seed_dense_network"):
        assert slots


def test_a_factory_leaves_the_global_generators_as_they_are(name):
    factory = gallery.get(name)
    factory()  # what is made once per process is made here
    tf.random.set_seed(4)
    tf.random.uniform([])
    undisturbed = tf.random.uniform([]).numpy()
    tf.random.set_seed(4)
    tf.random.uniform([])
    random.seed(4)
    np.random.seed(4)
    states = random.getstate(), np.random.get_state(), tf.random.get_global_generator().state

    factory()

    assert random.getstate() == states[0]
    assert all(map(np.array_equal, np.random.get_state(), states[1]))
    assert np.array_equal(tf.random.get_global_generator().state, states[2])
    assert tf.random.uniform([]).numpy() == undisturbed


PROBES = {
    "bayesian_regression": lambda model: model(np.ones((4, 1), "float32")).mean(),
    "deep_ensemble": lambda model: model(np.ones((4, 1), "float32")).mean(),
    "eight_schools_surrogate": lambda model: model.surrogate.log_prob(
        model.surrogate.sample(4, seed=(0, 1))
    ),
    "gaussian_process": lambda model: model.log_prob(model.sample(4, seed=(0, 1))),
    "masked_autoregressive_flow": lambda model: model.log_prob(np.ones((4, 2), "float32")),
    "seed_custom_distribution": lambda model: model(np.ones((4, 10), "float32")),
    "seed_dense_network": lambda model: model(np.ones((4, 10), "float32")),
    "seed_variational_inference": lambda model: model(np.ones((4, 10), "float32")),
    "variational_autoencoder": lambda model: model(np.ones((4, 7), "float32")).log_prob(
        np.ones((4, 7), "float32")
    ),
}


def test_the_probe_is_finite_and_alike_on_twins(name, twins):
    first, second = (np.asarray(PROBES[name](model)) for model in twins)

    assert first.shape[0] == 4
    assert np.isfinite(first).all()
    assert np.array_equal(first, second)


def test_the_variational_layer_draws_new_weights_at_each_call():
    model = gallery.get("bayesian_regression")()
    inputs = np.ones((2, 1), "float32")

    assert not np.array_equal(model(inputs).mean(), model(inputs).mean())
    assert len(model.losses) == 1


def test_the_autoencoder_trains_its_prior_and_repeats_itself():
    model = gallery.get("variational_autoencoder")()
    inputs = np.ones((2, 7), "float32")

    prior = [each for each in model.trainable_variables if "prior_mean" in each.name]
    assert len(prior) == 1
    assert np.all(prior[0].numpy() != 0)
    assert np.array_equal(model(inputs).mean(), model(inputs).mean())


def test_the_flow_is_a_density():
    flow = gallery.get("masked_autoregressive_flow")()
    grid = np.linspace(-6, 6, 121, dtype="float32")
    points = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2)

    mass = np.sum(np.exp(flow.log_prob(points))) * 0.1**2

    assert mass == pytest.approx(1, abs=0.05)


def test_the_members_of_the_ensemble_differ():
    ensemble = gallery.get("deep_ensemble")()
    inputs = np.ones((2, 1), "float32")

    means = [member(inputs).mean().numpy() for member in ensemble.members]

    assert len({mean.tobytes() for mean in means}) == 3
    assert ensemble(inputs).mean().numpy() == pytest.approx(np.mean(means, axis=0), rel=1e-5)
    assert [optimizer.iterations.numpy() for optimizer in ensemble.optimizers] == [3, 3, 3]


def test_the_eight_schools_are_those_of_rubin():
    model = gallery.get("eight_schools_surrogate")()

    assert model.effects.tolist() == [28, 8, -3, 7, -1, 1, 18, 12]
    observed = model.joint.sample_distributions(seed=(0, 1))[0]["observed"]
    assert observed.distribution.scale.numpy().tolist() == [15, 10, 16, 11, 9, 11, 10, 18]


def test_the_surrogate_gets_better():
    model = gallery.get("eight_schools_surrogate")()
    before = model.train_step(seed=(9, 9)).numpy()

    for step in range(10):
        model.train_step(seed=(8, step))

    assert model.train_step(seed=(9, 9)).numpy() < before


def test_the_kernel_of_the_process_was_trained():
    kernel = gallery.get("gaussian_process")().kernel

    assert kernel.amplitude.numpy() != pytest.approx(1.0, abs=1e-3)
    assert kernel.length_scale.numpy() != pytest.approx(3.0, abs=1e-3)


def test_the_dense_network_of_the_seed_is_what_tf_keras_is_today():
    model = gallery.get("seed_dense_network")()

    assert isinstance(model, tf.keras.Sequential)
    assert [weight.shape for weight in model.weights] == [(10, 64), (64,), (64, 1), (1,)]
    slots = [each for each in model.optimizer.variables if tuple(each.shape) in [(10, 64), (64, 1)]]
    assert len(slots) == 4
    assert all(np.any(np.asarray(slot) != 0) for slot in slots)


def test_the_custom_distribution_of_the_seed_is_part_of_its_model():
    model = gallery.get("seed_custom_distribution")()

    assert isinstance(model.prior, tfp.distributions.Distribution)
    assert model.prior.loc.numpy() != 0
    assert any(model.prior.loc is each for each in model.trainable_variables)
    value = model.prior.log_prob(model.prior.loc + model.prior.scale)
    assert value.numpy() == pytest.approx(-np.log(tf.convert_to_tensor(model.prior.scale)) - 1)


def test_both_parameters_of_the_surrogate_of_the_seed_train():
    model = gallery.get("seed_variational_inference")()

    assert isinstance(model.model, tf_keras.Sequential)
    surrogate = model.surrogate_posterior
    assert len(surrogate.trainable_variables) == 2
    assert all(np.all(each.numpy() != 0) for each in surrogate.trainable_variables)
    assert np.all(surrogate.stddev().numpy() != pytest.approx(np.log(2), abs=1e-4))
