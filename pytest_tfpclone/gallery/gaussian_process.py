"""Gaussian process regression with a trainable kernel.

After "Gaussian Process Regression in TensorFlow Probability":
https://www.tensorflow.org/probability/examples/Gaussian_Process_Regression_In_TFP
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone.gallery import register

# Annual flow of the Nile at Aswan, 1871 to 1890, in 10**8 cubic metres.
# Source: Cobb, "The problem of the Nile", Biometrika 65, 1978; R's data set `Nile`.
_FIRST_YEAR = 1871
_FLOW = (
    *(1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140),
    *(995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140),
)
_STEPS = 4


def _positive(value: float, name: str) -> Any:
    return tfp.util.TransformedVariable(value, tfp.bijectors.Softplus(), name=name)


@register("gaussian_process")
def gaussian_process() -> Any:
    """Make a Gaussian process of the flow of the Nile, 1871 to 1890.

    A squared exponential kernel with trainable amplitude and length scale, and
    trainable observation noise, fitted by a few steps of Adam on the marginal
    likelihood of the standardized flow.

    State: three ``TransformedVariable`` (two of them in the kernel), and the
    years as a writable array. No optimizer.

    Returns:
      A ``tfd.GaussianProcess`` at 20 index points: ``event_shape`` ``[20]``, ``float32``.
    """
    flow = np.asarray(_FLOW, "float32")
    flow = (flow - flow.mean()) / flow.std()
    years = np.arange(_FIRST_YEAR, _FIRST_YEAR + len(flow), dtype="float32")[:, np.newaxis]
    kernel = tfp.math.psd_kernels.ExponentiatedQuadratic(
        amplitude=_positive(1.0, "amplitude"), length_scale=_positive(3.0, "length_scale")
    )
    process = tfp.distributions.GaussianProcess(
        kernel,
        index_points=years - _FIRST_YEAR,
        observation_noise_variance=_positive(0.5, "observation_noise_variance"),
    )
    optimizer = tf_keras.optimizers.Adam(learning_rate=0.05)
    for _ in range(_STEPS):
        with tf.GradientTape() as tape:
            loss = -process.log_prob(flow)
        variables = process.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
    return process
