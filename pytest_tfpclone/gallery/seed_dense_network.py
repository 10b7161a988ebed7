"""A plain dense network, the first model of the question this project began with.

"How can I clone a TensorFlow Probability neural network model?" answers: save
it as a SavedModel, load it, and compare ``weights[0]``. What is loaded has no
``weights`` today.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from pytest_tfpclone.gallery import register

_STEPS = 3


@register("seed_dense_network")
def seed_dense_network() -> Any:
    """Make a network of 64 hidden units on ten inputs, with ``tf.keras`` as it is installed.

    Since TensorFlow 2.16 that is Keras 3: the one model here on it. Fitted by
    a few eager steps of Adam to the sum of the inputs.

    State: kernels and biases, Adam's slots, the metrics of ``compile``.

    Returns:
      A compiled ``tf.keras.Sequential``: ``float32`` ``[batch, 10]`` to ``[batch, 1]``.
    """
    model = tf.keras.Sequential(
        [
            tf.keras.layers.Input(shape=(10,)),
            tf.keras.layers.Dense(64, activation="relu"),
            tf.keras.layers.Dense(1),
        ]
    )
    optimizer = tf.keras.optimizers.Adam(learning_rate=0.01)
    model.compile(optimizer=optimizer, loss="mse", run_eagerly=True)
    inputs = np.random.default_rng(0).normal(size=(16, 10)).astype("float32")
    for _ in range(_STEPS):
        model.train_on_batch(inputs, inputs.sum(axis=-1, keepdims=True))
    return model
