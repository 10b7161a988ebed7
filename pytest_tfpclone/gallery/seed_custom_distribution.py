"""A network with a custom distribution as its prior, the second model of the question.

"How can I clone a TensorFlow Probability neural network model?" makes the
distribution anew in each training step, and saves the network alone. Here
both are held, so that both are part of what is cloned.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone.gallery import register

_STEPS = 3


class MyCustomDistribution(tfp.distributions.Distribution):  # type: ignore[misc]
    """The density ``exp(-|value - loc| / scale) / scale``, as in the question.

    It is a Laplace distribution but for a factor of 2, and can't be sampled.
    As in the question it passes no ``parameters``, so that TFP keeps the
    constructor's locals.
    """

    def __init__(self, loc: Any, scale: Any) -> None:
        """Hold location and scale, ``float32`` tensors or variables."""
        super().__init__(
            dtype=tf.float32,
            reparameterization_type=tfp.distributions.FULLY_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=False,
        )
        self.loc = loc
        self.scale = scale

    def log_prob(self, value: Any) -> Any:
        """Return the log density, of the shape of ``value``."""
        return -tf.math.log(self.scale) - tf.abs(value - self.loc) / self.scale


class RegularizedNetwork(tf.Module):  # type: ignore[misc]
    """A network, the prior of its kernels, and the optimizer of both.

    Attributes:
      network: ``tf_keras.Sequential``, ``[batch, 10]`` to ``[batch, 1]``.
      prior: ``MyCustomDistribution`` with a trainable scale.
      optimizer: Adam.
    """

    def __init__(self) -> None:
        """Make the network with variables, untrained."""
        super().__init__(name="regularized_network")
        self.network = tf_keras.Sequential(
            [
                tf_keras.layers.Dense(64, activation="relu", input_shape=(10,)),
                tf_keras.layers.Dense(1),
            ]
        )
        scale = tfp.util.TransformedVariable(1.0, tfp.bijectors.Softplus(), name="scale")
        self.prior = MyCustomDistribution(loc=tf.Variable(0.0, name="loc"), scale=scale)
        self.optimizer = tf_keras.optimizers.Adam(learning_rate=0.01)

    def __call__(self, inputs: Any) -> Any:
        """Return the network's output, ``[batch, 1]``."""
        return self.network(inputs)

    def train_step(self, inputs: Any, targets: Any) -> None:
        """Take one step towards the largest posterior density."""
        variables = self.trainable_variables
        with tf.GradientTape() as tape:
            error = tf.reduce_sum(tf.square(self.network(inputs) - targets))
            log_prior = tf.add_n(
                [tf.reduce_sum(self.prior.log_prob(layer.kernel)) for layer in self.network.layers]
            )
            loss = error - log_prior
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))


@register("seed_custom_distribution")
def seed_custom_distribution() -> RegularizedNetwork:
    """Make a network whose kernels have a custom distribution as their prior.

    Fitted by a few steps of Adam to the sum of the inputs.

    State: the network's kernels and biases, location and scale of the prior,
    Adam's slots.

    Returns:
      A ``tf.Module``: ``float32`` ``[batch, 10]`` to ``[batch, 1]``.
    """
    model = RegularizedNetwork()
    inputs = np.random.default_rng(0).normal(size=(16, 10)).astype("float32")
    for _ in range(_STEPS):
        model.train_step(inputs, inputs.sum(axis=-1, keepdims=True))
    return model
