"""When the rate of accidents changed: a model over years, sampled with transformed parameters.

After https://www.tensorflow.org/probability/examples/Bayesian_Switchpoint_Analysis
"""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from pytest_tfpclone import assert_independent_clone, clone

tfd, tfb = tfp.distributions, tfp.bijectors
ACCIDENTS = np.array([4, 5, 4, 0, 1, 4, 3, 4, 0, 6, 3, 3, 4, 0, 2, 1, 1, 0, 1, 1, 0, 1], "float32")
YEARS = np.arange(len(ACCIDENTS), dtype="float32")


def disaster_count(switchpoint, early_rate, late_rate):
    share = tf.sigmoid(YEARS - switchpoint[..., tf.newaxis])
    rate = early_rate[..., tf.newaxis] * (1.0 - share) + late_rate[..., tf.newaxis] * share
    return tfd.Independent(tfd.Poisson(rate), reinterpreted_batch_ndims=1)


@pytest.fixture
def model():
    return tfd.JointDistributionNamed(
        {
            "switchpoint": tfd.Uniform(0.0, float(len(YEARS))),
            "early_rate": tfd.Exponential(rate=1.0),
            "late_rate": tfd.Exponential(rate=1.0),
            "disaster_count": disaster_count,
        }
    )


class Sampler:
    """The model, what was seen, and where the chain stands."""

    def __init__(self, model):
        self.model = model
        self.state = [tf.Variable(each) for each in (10.0, 1.0, 1.0)]
        self.seed = tf.Variable([1, 2])

    @tf.function(autograph=False)
    def run(self):
        def target(switchpoint, early_rate, late_rate):
            return self.model.log_prob(
                switchpoint=switchpoint, early_rate=early_rate, late_rate=late_rate,
                disaster_count=ACCIDENTS,
            )  # fmt: skip

        kernel = tfp.mcmc.TransformedTransitionKernel(
            tfp.mcmc.HamiltonianMonteCarlo(target, step_size=0.05, num_leapfrog_steps=2),
            bijector=[tfb.Sigmoid(0.0, float(len(YEARS))), tfb.Softplus(), tfb.Softplus()],
        )
        states = tfp.mcmc.sample_chain(
            3, [each.read_value() for each in self.state],
            kernel=kernel, trace_fn=None, seed=self.seed.read_value(),
        )  # fmt: skip
        for variable, drawn in zip(self.state, states, strict=True):
            variable.assign(drawn[-1])
        self.seed.assign_add([1, 1])
        return states


def run(sampler):
    sampler.run()


def test_the_clone_of_the_model_is_independent(model):
    copy = clone(model)
    assert_independent_clone(model, copy)
    sample = model.sample(3, seed=[1, 2])
    np.testing.assert_array_equal(model.log_prob(sample), copy.log_prob(sample))


def test_a_chain_goes_on_from_where_it_stood(model):
    sampler = Sampler(model)
    sampler.run()
    copy = clone(sampler)
    assert_independent_clone(sampler, copy, actions=[run])
    stood = [each.numpy() for each in sampler.state]
    theirs = [each.numpy() for each in copy.run()]
    assert [each.numpy() for each in sampler.state] == stood
    for one, other in zip(sampler.run(), theirs, strict=True):
        np.testing.assert_array_equal(one, other)
