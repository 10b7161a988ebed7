"""Densities by normalizing flows: masked autoregressive, RealNVP, and a spline.

After the examples of https://www.tensorflow.org/probability/api_docs/python/tfp/bijectors/MaskedAutoregressiveFlow,
RealNVP and RationalQuadraticSpline beside it.
"""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone import assert_independent_clone, clone

tfd, tfb = tfp.distributions, tfp.bijectors
POINTS = np.stack([np.linspace(-1.0, 1.0, 12), np.linspace(-1.0, 1.0, 12) ** 2], 1).astype("f4")


def masked_autoregressive():
    made = [tfb.AutoregressiveNetwork(params=2, hidden_units=[8], activation="relu") for _ in "ab"]
    swap = tfb.Permute([1, 0])
    return tfb.Chain([tfb.MaskedAutoregressiveFlow(made[0]), swap,
                      tfb.MaskedAutoregressiveFlow(made[1])])  # fmt: skip


def real_nvp():
    network = tf_keras.Sequential(
        [tf_keras.layers.Dense(8, "relu", input_shape=(1,)), tf_keras.layers.Dense(2)]
    )

    def shift_and_log_scale(x, output_units, **_):
        shift, log_scale = tf.split(network(x), 2, axis=-1)
        return shift, log_scale

    return tfb.RealNVP(num_masked=1, shift_and_log_scale_fn=shift_and_log_scale)


class Spline(tf.Module):
    def __init__(self, bins=4):
        super().__init__()
        self.widths = tf.Variable(tf.zeros([2, bins]))
        self.heights = tf.Variable(tf.zeros([2, bins]))
        self.slopes = tf.Variable(tf.zeros([2, bins - 1]))

    def __call__(self):
        def bins(raw):
            return tf.math.softmax(raw, axis=-1) * 3.6 + 0.1

        return tfb.RationalQuadraticSpline(
            bins(self.widths), bins(self.heights), tf.nn.softplus(self.slopes) + 0.1, range_min=-2
        )


class SplineFlow(tf.Module):
    def __init__(self):
        super().__init__()
        self.spline = Spline()
        self.base = tfd.MultivariateNormalDiag(tf.Variable(tf.zeros(2)), [1.0, 1.0])

    def log_prob(self, x):
        return tfd.TransformedDistribution(self.base, self.spline()).log_prob(x)


def transformed(bijector):
    base = tfd.MultivariateNormalDiag(loc=tf.zeros(2))
    return tfd.TransformedDistribution(distribution=base, bijector=bijector)


FLOWS = {
    "masked autoregressive": lambda: transformed(masked_autoregressive()),
    "RealNVP": lambda: transformed(real_nvp()),
    "spline": SplineFlow,
}


def train(flow):
    optimizer = tf_keras.optimizers.Adam(0.01)
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(flow.log_prob(POINTS))
        variables = tape.watched_variables()
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))


@pytest.fixture(scope="module", params=FLOWS)
def flow(request):
    flow = FLOWS[request.param]()
    train(flow)
    return flow


def test_the_clone_is_independent(flow):
    assert_independent_clone(flow, clone(flow))


def test_the_clone_trains_as_the_flow_does(flow):
    assert_independent_clone(flow, clone(flow), actions=[train])


def test_training_the_clone_leaves_the_density(flow):
    before = flow.log_prob(POINTS).numpy()
    copy = clone(flow)
    np.testing.assert_array_equal(copy.log_prob(POINTS.copy()), before)
    train(copy)
    np.testing.assert_array_equal(flow.log_prob(POINTS.copy()), before)
    assert not np.array_equal(copy.log_prob(POINTS.copy()), before)
