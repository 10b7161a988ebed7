"""Regression with probabilistic layers: what is known unknown, what unknown, both, and a process.

After https://www.tensorflow.org/probability/examples/Probabilistic_Layers_Regression
"""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone import assert_independent_clone, clone

tfd, tfpl = tfp.distributions, tfp.layers
X = np.linspace(-2.0, 6.0, 16, dtype="float32")[:, None]
Y = X * (1.0 + np.sin(X)) / 8.0 + 5.0


def negative_log_likelihood(y, distribution):
    return -distribution.log_prob(y)


def normal(params):
    scale = 1e-3 + tf.math.softplus(0.05 * params[..., 1:])
    return tfd.Normal(loc=params[..., :1], scale=scale)


def posterior_mean_field(kernel_size, bias_size=0, dtype=None):
    n = kernel_size + bias_size
    shift = np.log(np.expm1(1.0))
    return tf_keras.Sequential(
        [
            tfpl.VariableLayer(2 * n, dtype=dtype),
            tfpl.DistributionLambda(
                lambda t: tfd.Independent(
                    tfd.Normal(t[..., :n], 1e-5 + tf.nn.softplus(shift + t[..., n:])),
                    reinterpreted_batch_ndims=1,
                )
            ),
        ]
    )


def prior_trainable(kernel_size, bias_size=0, dtype=None):
    n = kernel_size + bias_size
    return tf_keras.Sequential(
        [
            tfpl.VariableLayer(n, dtype=dtype),
            tfpl.DistributionLambda(lambda t: tfd.Independent(tfd.Normal(t, 1.0), 1)),
        ]
    )


class RBFKernel(tf_keras.layers.Layer):
    """Holds what a kernel is made of, for a layer that is itself no kernel."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self._amplitude = self.add_weight(name="amplitude", initializer="zeros", dtype=self.dtype)
        self._length = self.add_weight(name="length", initializer="zeros", dtype=self.dtype)

    def call(self, x):
        return x

    @property
    def kernel(self):
        return tfp.math.psd_kernels.ExponentiatedQuadratic(
            amplitude=tf.nn.softplus(0.1 * self._amplitude),
            length_scale=tf.nn.softplus(5.0 * self._length),
        )


def aleatoric():
    return [tf_keras.layers.Dense(2), tfpl.DistributionLambda(normal)]


def epistemic():
    return [
        tfpl.DenseVariational(1, posterior_mean_field, prior_trainable, kl_weight=1 / len(X)),
        tfpl.DistributionLambda(lambda t: tfd.Normal(loc=t, scale=1.0)),
    ]


def both():
    return [
        tfpl.DenseVariational(2, posterior_mean_field, prior_trainable, kl_weight=1 / len(X)),
        tfpl.DistributionLambda(normal),
    ]


def functional():
    return [
        tf_keras.layers.Dense(1, kernel_initializer="ones", use_bias=False),
        tfpl.VariationalGaussianProcess(
            num_inducing_points=4,
            kernel_provider=RBFKernel(),
            event_shape=[1],
            inducing_index_points_initializer=tf_keras.initializers.constant(
                np.linspace(-2.0, 6.0, 4, dtype="float32")[:, None]
            ),
        ),
    ]


def fit(model):
    model.fit(X, Y, epochs=2, batch_size=8, verbose=0)


@pytest.fixture(scope="module", params=[aleatoric, epistemic, both, functional])
def model(request):
    model = tf_keras.Sequential([tf_keras.layers.InputLayer((1,)), *request.param()])
    loss = negative_log_likelihood
    if request.param is functional:
        loss = lambda y, process: process.variational_loss(y, kl_weight=1.0)  # noqa: E731
    model.compile(optimizer=tf_keras.optimizers.Adam(0.05), loss=loss)
    fit(model)
    return model


def test_the_clone_is_independent(model):
    assert_independent_clone(model, clone(model))


def test_the_clone_trains_as_the_model_does(model):
    assert_independent_clone(model, clone(model), actions=[fit])


def test_training_the_clone_leaves_the_model(model):
    before = model.get_weights()
    copy = clone(model)
    fit(copy)
    for weight, was, of_copy in zip(model.get_weights(), before, copy.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, was)
        assert not np.array_equal(of_copy, was)
