"""A network and a surrogate posterior, the third model of the question.

"How can I clone a TensorFlow Probability neural network model?" gives only the
two parts and saves the network alone. Here the network maps latent
variables to an observation, the surrogate is their posterior, and both train.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone.gallery import register

_LATENT_DIMS = 10
_STEPS = 3
_SAMPLES = 8


def make_model(input_shape: tuple[int, ...]) -> Any:
    """Return the network of the question."""
    return tf_keras.Sequential(
        [
            tf_keras.layers.Dense(64, activation="relu", input_shape=input_shape),
            tf_keras.layers.Dense(1),
        ]
    )


def make_surrogate_posterior(num_latent_dims: int) -> Any:
    """Return the surrogate of the question, trainable in both parameters."""
    # The question's tf.nn.softplus(tf.Variable(...)) is a tensor, computed once: the scale would
    # never train, and no clone would have its variable. DeferredTensor computes it at each use.
    return tfp.distributions.MultivariateNormalDiag(
        loc=tf.Variable(tf.zeros(num_latent_dims), name="loc"),
        scale_diag=tfp.util.DeferredTensor(
            tf.Variable(tf.zeros(num_latent_dims), name="scale"), tf.nn.softplus
        ),
    )


class VariationalModel(tf.Module):  # type: ignore[misc]
    """A network of latent variables, their surrogate posterior, and the optimizer of both.

    Attributes:
      model: ``tf_keras.Sequential``, ``[batch, 10]`` to ``[batch, 1]``.
      surrogate_posterior: ``tfd.MultivariateNormalDiag`` with ``event_shape`` ``[10]``.
      optimizer: Adam.
    """

    def __init__(self) -> None:
        """Make both parts with variables, untrained."""
        super().__init__(name="variational_model")
        self.model = make_model((_LATENT_DIMS,))
        self.surrogate_posterior = make_surrogate_posterior(_LATENT_DIMS)
        self.optimizer = tf_keras.optimizers.Adam(learning_rate=0.01)

    def __call__(self, latents: Any) -> Any:
        """Return the expected observation, ``[batch, 1]``."""
        return self.model(latents)

    def train_step(self, observations: Any, seed: tuple[int, int]) -> None:
        """Take one step on the evidence lower bound, with a standard normal prior."""
        tfd = tfp.distributions
        prior = tfd.MultivariateNormalDiag(loc=tf.zeros(_LATENT_DIMS))

        def joint_log_prob(latents: Any) -> Any:
            likelihood = tfd.Normal(self.model(latents), 1.0)
            return prior.log_prob(latents) + tf.reduce_sum(
                likelihood.log_prob(observations), axis=-1
            )

        variables = self.trainable_variables
        with tf.GradientTape() as tape:
            loss = tfp.vi.monte_carlo_variational_loss(
                joint_log_prob, self.surrogate_posterior, sample_size=_SAMPLES, seed=seed
            )
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))


@register("seed_variational_inference")
def seed_variational_inference() -> VariationalModel:
    """Make a network with latent inputs and a surrogate posterior over them.

    Fitted by a few steps of Adam to five observations.

    State: kernels and biases of the network, location and unconstrained scale
    of the surrogate (the scale in a ``DeferredTensor``), Adam's slots.

    Returns:
      A ``tf.Module``: ``float32`` ``[batch, 10]`` to ``[batch, 1]``.
    """
    model = VariationalModel()
    observations = np.array([1.2, 0.7, 1.9, 1.1, 1.4], "float32")
    for step in range(_STEPS):
        model.train_step(observations, seed=(0, step))
    return model
