"""Regression by a Gaussian process, whose hyperparameters are trained.

After https://www.tensorflow.org/probability/examples/Gaussian_Process_Regression_In_TFP
"""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone import assert_independent_clone, clone

tfd, tfb, tfk = tfp.distributions, tfp.bijectors, tfp.math.psd_kernels
X = np.linspace(-1.0, 1.0, 10)[:, None]
Y = np.sin(3.0 * X[..., 0])
NEW = np.linspace(-1.2, 1.2, 5)[:, None]
POSITIVE = tfb.Shift(np.finfo(np.float64).tiny)(tfb.Exp())


def positive(name):
    return tfp.util.TransformedVariable(1.0, POSITIVE, dtype=np.float64, name=name)


@pytest.fixture
def process():
    kernel = tfk.ExponentiatedQuadratic(positive("amplitude"), positive("length_scale"))
    return tfd.GaussianProcess(
        kernel, index_points=X, observation_noise_variance=positive("noise"), jitter=1e-6
    )


@pytest.fixture
def regression(process):
    return tfd.GaussianProcessRegressionModel(
        kernel=process.kernel,
        index_points=NEW,
        observation_index_points=X,
        observations=Y,
        observation_noise_variance=process.observation_noise_variance,
    )


def train(process):
    optimizer = tf_keras.optimizers.Adam(0.05)
    for _ in range(2):
        with tf.GradientTape() as tape:
            loss = -process.log_prob(Y)
        variables = process.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))


def joint():
    """The prior of the hyperparameters and the process over them, as one distribution."""

    def observations(amplitude, length_scale, noise):
        kernel = tfk.ExponentiatedQuadratic(amplitude, length_scale)
        return tfd.GaussianProcess(kernel, index_points=X, observation_noise_variance=noise)

    one = np.float64(1.0)
    priors = {
        name: tfd.LogNormal(0.0 * one, one) for name in ("amplitude", "length_scale", "noise")
    }
    return tfd.JointDistributionNamed({**priors, "observations": observations})


def test_the_clone_of_a_process_is_independent(process):
    assert_independent_clone(process, clone(process))


def test_the_clone_trains_as_the_process_does(process):
    assert_independent_clone(process, clone(process), actions=[train])


def test_the_clone_of_a_regression_is_independent(regression):
    assert_independent_clone(regression, clone(regression))


def test_the_clone_of_the_joint_distribution_is_independent():
    model = joint()
    copy = clone(model)
    assert_independent_clone(model, copy)
    sample = model.sample(seed=[1, 2])
    np.testing.assert_array_equal(model.log_prob(sample), copy.log_prob(sample))


def test_training_a_process_moves_its_regression_and_not_the_clone(process, regression):
    copy = clone(regression)
    before = regression.mean().numpy()
    np.testing.assert_array_equal(copy.mean(), before)
    train(process)
    assert not np.array_equal(regression.mean(), before)
    np.testing.assert_array_equal(copy.mean(), before)
