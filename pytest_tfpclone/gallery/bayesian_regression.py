"""Bayesian linear regression with a variational dense layer.

The model of "Probabilistic Layers Regression", cases 3 and 4:
https://www.tensorflow.org/probability/examples/Probabilistic_Layers_Regression
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone.gallery import register

# Average heights (inches) and weights (pounds) of American women aged 30 to 39.
# Source: The World Almanac and Book of Facts, 1975; R's data set `women`.
_HEIGHTS = (58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72)
_WEIGHTS = (115, 117, 120, 123, 126, 129, 132, 135, 139, 142, 146, 150, 154, 159, 164)
_STEPS = 5


def _standardized(values: tuple[int, ...]) -> Any:
    column = np.asarray(values, "float32")[:, np.newaxis]
    return (column - column.mean()) / column.std()


def _posterior_mean_field(noise: Any) -> Callable[..., Any]:
    """Return a maker of independent normals over kernel and bias, sampled from ``noise``."""

    def draw(distribution: Any) -> Any:
        return distribution.sample(seed=tf.cast(noise.make_seeds(1)[:, 0], tf.int32))

    def make(kernel_size: int, bias_size: int, dtype: Any = None) -> Any:
        size = kernel_size + bias_size

        def posterior(parameters: Any) -> Any:
            scale = 1e-5 + 0.1 * tf.nn.softplus(parameters[..., size:])
            normal = tfp.distributions.Normal(parameters[..., :size], scale)
            return tfp.distributions.Independent(normal, reinterpreted_batch_ndims=1)

        return tf_keras.Sequential(
            [
                tfp.layers.VariableLayer(2 * size, dtype=dtype),
                tfp.layers.DistributionLambda(posterior, convert_to_tensor_fn=draw),
            ]
        )

    return make


def _prior_trainable(kernel_size: int, bias_size: int, dtype: Any = None) -> Any:
    """Return standard normals around a trainable mean (type-II maximum likelihood)."""
    size = kernel_size + bias_size

    def prior(means: Any) -> Any:
        normal = tfp.distributions.Normal(means, 1.0)
        return tfp.distributions.Independent(normal, reinterpreted_batch_ndims=1)

    return tf_keras.Sequential(
        [
            tfp.layers.VariableLayer(size, dtype=dtype),
            # The mean, since the default is to sample, from the global generator.
            tfp.layers.DistributionLambda(
                prior, convert_to_tensor_fn=tfp.distributions.Distribution.mean
            ),
        ]
    )


def _likelihood(parameters: Any) -> Any:
    scale = 1e-3 + tf.math.softplus(0.1 * parameters[..., 1:])
    return tfp.distributions.Normal(parameters[..., :1], scale)


def _negative_log_likelihood(targets: Any, prediction: Any) -> Any:
    return -prediction.log_prob(targets)


@register("bayesian_regression")
def bayesian_regression() -> Any:
    """Make a regression of weight on height with uncertainty about its coefficients.

    ``DenseVariational`` with a mean-field posterior and a trainable prior, then
    a normal whose mean and scale both depend on the height. Fitted to 15 pairs
    by a few eager steps of Adam.

    State: the variables of posterior (8) and prior (4), the generator from
    which the posterior draws weights (held by a closure), Adam's slots, the
    metrics of ``compile``. Each call draws new weights, so each call moves the
    generator.

    Returns:
      A compiled ``tf_keras.Sequential``: ``float32`` ``[batch, 1]`` to a
      ``tfd.Normal`` of ``batch_shape`` ``[batch, 1]``.
    """
    heights, weights = _standardized(_HEIGHTS), _standardized(_WEIGHTS)
    # A generator of the model's own, since the global one is the caller's.
    noise = tf.random.Generator.from_seed(0)
    model = tf_keras.Sequential(
        [
            tf_keras.layers.InputLayer(input_shape=(1,)),
            tfp.layers.DenseVariational(
                2, _posterior_mean_field(noise), _prior_trainable, kl_weight=1 / len(heights)
            ),
            tfp.layers.DistributionLambda(
                _likelihood, convert_to_tensor_fn=tfp.distributions.Distribution.mean
            ),
        ]
    )
    model.compile(
        optimizer=tf_keras.optimizers.Adam(learning_rate=0.05),
        loss=_negative_log_likelihood,
        run_eagerly=True,
    )
    for _ in range(_STEPS):
        model.train_on_batch(heights, weights)
    return model
