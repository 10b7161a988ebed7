"""Density estimation with a masked autoregressive flow.

Papamakarios, Pavlakou and Murray, "Masked Autoregressive Flow for Density
Estimation", 2017, https://arxiv.org/abs/1705.07057, as in the documentation of
https://www.tensorflow.org/probability/api_docs/python/tfp/bijectors/MaskedAutoregressiveFlow
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone.gallery import register

# Eruptions of the Old Faithful geyser: duration and waiting time in minutes.
# Source: Azzalini and Bowman, "A look at some data on the Old Faithful geyser",
# Applied Statistics 39, 1990; the first rows of R's data set `faithful`.
_DURATIONS = (
    *(3.600, 1.800, 3.333, 2.283, 4.533, 2.883, 4.700, 3.600, 1.950, 4.350),
    *(1.833, 3.917, 4.200, 1.750, 4.700, 2.167, 1.750, 4.800, 1.600, 4.250),
)
_WAITING_TIMES = (
    *(79.0, 54.0, 74.0, 62.0, 85.0, 55.0, 88.0, 85.0, 51.0, 85.0),
    *(54.0, 84.0, 78.0, 47.0, 83.0, 52.0, 62.0, 84.0, 52.0, 79.0),
)
_STEPS = 4


def _standardized() -> Any:
    data = np.stack([_DURATIONS, _WAITING_TIMES], axis=-1)
    return ((data - data.mean(axis=0)) / data.std(axis=0)).astype("float32")


@register("masked_autoregressive_flow")
def masked_autoregressive_flow() -> Any:
    """Make a density of the eruptions of the Old Faithful geyser.

    A standard normal, transformed by two masked autoregressive flows with a
    permutation between them. Fitted by a few steps of Adam on the likelihood.

    State: the variables of two ``AutoregressiveNetwork``, which the flows hold
    as functions, and the writable masks of their layers. No optimizer.

    Returns:
      A ``tfd.TransformedDistribution`` with ``event_shape`` ``[2]``, ``float32``.
    """
    tfb, tfd = tfp.bijectors, tfp.distributions
    networks = [
        tfb.AutoregressiveNetwork(params=2, event_shape=[2], hidden_units=[8, 8], activation="tanh")
        for _ in range(2)
    ]
    first, second = (tfb.MaskedAutoregressiveFlow(network) for network in networks)
    flow = tfd.TransformedDistribution(
        tfd.Sample(tfd.Normal(0.0, 1.0), sample_shape=[2]),
        bijector=tfb.Chain([second, tfb.Permute([1, 0]), first]),
    )
    data = _standardized()
    flow.log_prob(data)  # the networks make their variables when they are first called
    optimizer = tf_keras.optimizers.Adam(learning_rate=0.01)
    for _ in range(_STEPS):
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(flow.log_prob(data))
        variables = flow.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
    return flow
