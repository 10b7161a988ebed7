"""A variational autoencoder out of probabilistic layers.

The model of "TFP Probabilistic Layers: Variational Auto Encoder", made small:
https://www.tensorflow.org/probability/examples/Probabilistic_Layers_VAE
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone.gallery import register

# The lit segments of a seven-segment display, for the digits 0 to 9, in the
# order of Breiman, Friedman, Olshen and Stone (1984), section 2.6.1.
_DIGITS = (
    "1110111",
    "0010010",
    "1011101",
    "1011011",
    "0111010",
    "1101011",
    "1101111",
    "1010010",
    "1111111",
    "1111011",
)
_SEGMENTS = 7
_LATENT = 2
_STEPS = 4


def _prior() -> Any:
    """Return a normal over the latent space whose mean is trainable."""
    tfd = tfp.distributions
    normal = tfd.Normal(tf.Variable(tf.zeros(_LATENT), name="prior_mean"), 1.0)
    return tfd.Independent(normal, reinterpreted_batch_ndims=1)


def _encoder(prior: Any, step: Any) -> Any:
    def draw(distribution: Any) -> Any:
        # New noise at each step, the same between two steps.
        return distribution.sample(seed=tf.stack([0, tf.cast(step, tf.int32)]))

    return tf_keras.Sequential(
        [
            tf_keras.layers.InputLayer(input_shape=(_SEGMENTS,)),
            tf_keras.layers.Dense(8, activation="relu"),
            tf_keras.layers.Dense(tfp.layers.MultivariateNormalTriL.params_size(_LATENT)),
            tfp.layers.MultivariateNormalTriL(
                _LATENT,
                convert_to_tensor_fn=draw,
                activity_regularizer=tfp.layers.KLDivergenceRegularizer(prior),
            ),
        ],
        name="encoder",
    )


def _decoder() -> Any:
    return tf_keras.Sequential(
        [
            tf_keras.layers.InputLayer(input_shape=(_LATENT,)),
            tf_keras.layers.Dense(8, activation="relu"),
            tf_keras.layers.Dense(tfp.layers.IndependentBernoulli.params_size(_SEGMENTS)),
            tfp.layers.IndependentBernoulli(_SEGMENTS, tfp.distributions.Bernoulli.mean),
        ],
        name="decoder",
    )


def _negative_log_likelihood(targets: Any, prediction: Any) -> Any:
    return -prediction.log_prob(targets)


@register("variational_autoencoder")
def variational_autoencoder() -> Any:
    """Make an autoencoder of the ten digits of a seven-segment display.

    Encoder and decoder are ``Sequential`` models within a functional one. The
    divergence from a trainable prior is an activity regularizer of the
    encoder's last layer. Fitted by a few eager steps of Adam.

    State: the variables of encoder, decoder and prior (which the model lists
    only through the regularizer), Adam's slots, the metrics of ``compile``. The
    encoder's noise depends on the optimizer's step counter, which a closure
    holds; a call repeats itself until the next training step.

    Returns:
      A compiled ``tf_keras.Model``: ``float32`` ``[batch, 7]`` to a
      ``tfd.Independent`` Bernoulli of ``event_shape`` ``[7]``.
    """
    digits = np.array([[float(lit) for lit in digit] for digit in _DIGITS], "float32")
    optimizer = tf_keras.optimizers.Adam(learning_rate=0.01)
    encoder, decoder = _encoder(_prior(), optimizer.iterations), _decoder()
    model = tf_keras.Model(encoder.inputs, decoder(encoder.outputs[0]), name="autoencoder")
    model.compile(optimizer=optimizer, loss=_negative_log_likelihood, run_eagerly=True)
    for _ in range(_STEPS):
        model.train_on_batch(digits, digits)
    return model
