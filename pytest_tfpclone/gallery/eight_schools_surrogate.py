"""Variational inference for the eight schools.

The model and the surrogate of "Eight schools" and of "Modeling with joint
distributions and surrogate posteriors" in TFP's documentation:
https://www.tensorflow.org/probability/examples/Eight_Schools
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone.gallery import register

# Effects of coaching on test scores in eight schools, and their standard errors.
# Source: Rubin, "Estimation in Parallel Randomized Experiments", 1981, table 1.
_EFFECTS = (28, 8, -3, 7, -1, 1, 18, 12)
_STANDARD_ERRORS = (15, 10, 16, 11, 9, 11, 10, 18)
_STEPS = 4
_SAMPLES = 8


def _joint(standard_errors: Any) -> Any:
    """Return the non-centered hierarchical model."""
    tfd = tfp.distributions
    schools = len(standard_errors)

    def observed(school_effects: Any, log_stddev: Any, average: Any) -> Any:
        means = average[..., tf.newaxis] + tf.exp(log_stddev)[..., tf.newaxis] * school_effects
        return tfd.Independent(tfd.Normal(means, standard_errors), reinterpreted_batch_ndims=1)

    return tfd.JointDistributionNamed(
        {
            "average": tfd.Normal(0.0, 10.0),
            "log_stddev": tfd.Normal(5.0, 1.0),
            "school_effects": tfd.Sample(tfd.Normal(0.0, 1.0), sample_shape=[schools]),
            "observed": observed,
        }
    )


class EightSchools(tf.Module):  # type: ignore[misc]
    """A joint distribution, its surrogate posterior, and the optimizer that fits it.

    Attributes:
      effects: The observed effects, ``float32`` ``[8]``.
      joint: ``tfd.JointDistributionNamed`` of ``average``, ``log_stddev``,
        ``school_effects`` and ``observed``.
      surrogate: Independent normals over the first three, trainable.
      optimizer: Adam.
    """

    def __init__(self) -> None:
        """Make the model with an unfitted surrogate."""
        super().__init__(name="eight_schools")
        self.effects = np.array(_EFFECTS, "float32")
        self.joint = _joint(np.array(_STANDARD_ERRORS, "float32"))
        target = self.joint.experimental_pin(observed=self.effects)
        self.surrogate = tfp.experimental.vi.build_factored_surrogate_posterior(
            event_shape=target.event_shape,
            bijector=target.experimental_default_event_space_bijector(),
            seed=(0, 1),
        )
        self.optimizer = tf_keras.optimizers.Adam(learning_rate=0.1)

    def train_step(self, seed: tuple[int, int]) -> Any:
        """Take one step on the evidence lower bound; return the loss, a scalar."""
        target = self.joint.experimental_pin(observed=self.effects)
        variables = self.surrogate.trainable_variables
        with tf.GradientTape() as tape:
            loss = tfp.vi.monte_carlo_variational_loss(
                target.unnormalized_log_prob, self.surrogate, sample_size=_SAMPLES, seed=seed
            )
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss


@register("eight_schools_surrogate")
def eight_schools_surrogate() -> EightSchools:
    """Make the eight schools model with a surrogate posterior fitted for a few steps.

    State: the locations and scales of the surrogate (``TransformedVariable``,
    through a joint distribution), Adam's slots, and the data as writable
    arrays, one of them in a closure of the joint distribution.

    Returns:
      A ``tf.Module`` without ``__call__``; ``surrogate`` and ``joint`` are its probes.
    """
    model = EightSchools()
    for step in range(_STEPS):
        model.train_step(seed=(1, step))
    return model
