"""An ensemble of probabilistic networks.

Lakshminarayanan, Pritzel and Blundell, "Simple and Scalable Predictive
Uncertainty Estimation using Deep Ensembles", 2017, https://arxiv.org/abs/1612.01474
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone.gallery import register

# Speeds (miles per hour) and stopping distances (feet) of cars in the 1920s.
# Source: Ezekiel, "Methods of Correlation Analysis", 1930; the first rows of R's data set `cars`.
_SPEEDS = (4, 4, 7, 7, 8, 9, 10, 10, 10, 11, 11, 12, 12, 12, 12, 13, 13, 13, 13, 14)
_DISTANCES = (2, 10, 4, 22, 16, 10, 18, 26, 34, 17, 28, 14, 20, 24, 28, 26, 34, 34, 46, 26)
_MEMBERS = 3
_STEPS = 3


def _column(values: tuple[int, ...]) -> Any:
    return np.asarray(values, "float32")[:, np.newaxis] / 10


def _heteroscedastic_normal(parameters: Any) -> Any:
    scale = 1e-3 + tf.math.softplus(parameters[..., 1:])
    return tfp.distributions.Normal(parameters[..., :1], scale)


def _member() -> Any:
    return tf_keras.Sequential(
        [
            tf_keras.layers.InputLayer(input_shape=(1,)),
            tf_keras.layers.Dense(8, activation="relu"),
            tf_keras.layers.Dense(2),
            tfp.layers.DistributionLambda(
                _heteroscedastic_normal, convert_to_tensor_fn=tfp.distributions.Distribution.mean
            ),
        ]
    )


class DeepEnsemble(tf.Module):  # type: ignore[misc]
    """Networks that learn the same task from different starts, each with its optimizer.

    Attributes:
      members: ``tf_keras.Sequential`` models, ``[batch, 1]`` to ``tfd.Normal``.
      optimizers: One Adam for each member.
    """

    def __init__(self, members: int) -> None:
        """Make untrained members."""
        super().__init__(name="deep_ensemble")
        self.members = [_member() for _ in range(members)]
        self.optimizers = [tf_keras.optimizers.Adam(learning_rate=0.02) for _ in self.members]

    def train_step(self, inputs: Any, targets: Any) -> None:
        """Take one step of maximum likelihood with each member."""
        for member, optimizer in zip(self.members, self.optimizers, strict=True):
            with tf.GradientTape() as tape:
                loss = -tf.reduce_mean(member(inputs).log_prob(targets))
            variables = member.trainable_variables
            optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))

    def __call__(self, inputs: Any) -> Any:
        """Return the uniform mixture of the members, ``batch_shape`` ``[batch, 1]``."""
        tfd = tfp.distributions
        predictions = [member(inputs) for member in self.members]
        means = tf.stack([prediction.mean() for prediction in predictions], axis=-1)
        scales = tf.stack([prediction.stddev() for prediction in predictions], axis=-1)
        return tfd.MixtureSameFamily(
            tfd.Categorical(logits=tf.zeros(len(predictions))), tfd.Normal(means, scales)
        )


@register("deep_ensemble")
def deep_ensemble() -> DeepEnsemble:
    """Make an ensemble of three networks that predict stopping distance from speed.

    State: the variables of the members, and the slots and step counters of
    their optimizers, in lists.

    Returns:
      A ``tf.Module``: ``float32`` ``[batch, 1]`` to a mixture of normals of
      ``batch_shape`` ``[batch, 1]``.
    """
    ensemble = DeepEnsemble(_MEMBERS)
    for _ in range(_STEPS):
        ensemble.train_step(_column(_SPEEDS), _column(_DISTANCES))
    return ensemble
