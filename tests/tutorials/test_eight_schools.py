"""The eight schools: a hierarchical model, sampled and fitted.

After https://www.tensorflow.org/probability/examples/Eight_Schools
"""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone import assert_independent_clone, clone

tfd, tfb = tfp.distributions, tfp.bijectors
EFFECTS = np.array([28, 8, -3, 7, -1, 1, 18, 12], dtype=np.float32)
STDDEVS = np.array([15, 10, 16, 11, 9, 11, 10, 18], dtype=np.float32)


@pytest.fixture
def model():
    return tfd.JointDistributionSequential(
        [
            tfd.Normal(loc=0.0, scale=10.0, name="avg_effect"),
            tfd.Normal(loc=5.0, scale=1.0, name="avg_stddev"),
            tfd.Independent(
                tfd.Normal(loc=tf.zeros(8), scale=tf.ones(8), name="school_effects_standard"),
                reinterpreted_batch_ndims=1,
            ),
            lambda school_effects_standard, avg_stddev, avg_effect: tfd.Independent(
                tfd.Normal(
                    loc=avg_effect[..., None]
                    + tf.exp(avg_stddev[..., None]) * school_effects_standard,
                    scale=STDDEVS,
                ),
                reinterpreted_batch_ndims=1,
            ),
        ]
    )


@pytest.fixture
def surrogate():
    def scale():
        return tfp.util.TransformedVariable(1.0, tfb.Softplus())

    return tfd.JointDistributionSequential(
        [
            tfd.Normal(tf.Variable(0.0), scale(), name="avg_effect"),
            tfd.Normal(tf.Variable(5.0), scale(), name="avg_stddev"),
            tfd.Independent(
                tfd.Normal(
                    tf.Variable(tf.zeros(8)),
                    tfp.util.TransformedVariable(tf.ones(8), tfb.Softplus()),
                ),
                reinterpreted_batch_ndims=1,
            ),
        ]
    )


def chain(model):
    kernel = tfp.mcmc.HamiltonianMonteCarlo(
        target_log_prob_fn=lambda *state: model.log_prob(*state, EFFECTS),
        step_size=0.1,
        num_leapfrog_steps=2,
    )
    start = [tf.zeros([]), tf.zeros([]), tf.ones([8])]
    samples = tfp.mcmc.sample_chain(5, start, kernel=kernel, trace_fn=None, seed=[1, 2])
    return [each.numpy() for each in samples]


def test_the_clone_is_independent(model):
    assert_independent_clone(model, clone(model), actions=[chain])


def test_the_clone_is_sampled_as_the_model_is(model):
    for ours, theirs in zip(chain(model), chain(clone(model)), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_surrogate_is_fitted_and_its_clone_stays(model, surrogate):
    copy = clone(surrogate)
    assert_independent_clone(surrogate, copy)
    tfp.vi.fit_surrogate_posterior(
        lambda *state: model.log_prob(*state, EFFECTS),
        surrogate_posterior=surrogate,
        optimizer=tf_keras.optimizers.Adam(0.1),
        num_steps=3,
        seed=[1, 2],
    )
    for fitted, started in zip(
        surrogate.trainable_variables, copy.trainable_variables, strict=True
    ):
        assert not np.array_equal(fitted, started)
        assert np.isin(started, [0.0, 5.0, np.float32(np.log(np.expm1(1.0)))]).all()
