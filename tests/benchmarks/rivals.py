"""The models that are checked, and what people write by hand to check them."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras


def hand_check(original, copy):
    """Check as people do by hand: copy one side, write to the other, compare, restore."""
    for written, watched in ((original, copy), (copy, original)):
        before = [variable.numpy() for variable in watched.variables]
        saved = [variable.numpy() for variable in written.variables]
        for variable in written.variables:
            variable.assign(variable + tf.ones_like(variable))
        after = [variable.numpy() for variable in watched.variables]
        for variable, value in zip(written.variables, saved, strict=True):
            variable.assign(value)
        for old, new in zip(before, after, strict=True):
            np.testing.assert_array_equal(old, new)


def small_model():
    """Return Dense, Dense, DistributionLambda, compiled with Adam and trained one step."""
    model = tf_keras.Sequential(
        [
            tf_keras.layers.Dense(8, input_shape=(4,)),
            tf_keras.layers.Dense(2),
            tfp.layers.DistributionLambda(
                lambda t: tfp.distributions.Normal(t[..., :1], 1.0 + tf.nn.softplus(t[..., 1:]))
            ),
        ]
    )
    model.compile("adam", lambda y, d: -d.log_prob(y), run_eagerly=True)
    model.train_on_batch(np.ones((4, 4), "f"), np.ones((4, 1), "f"))
    return model


def cloned_by_keras(model):
    """Return what people get from Keras: the layers anew, and the weights copied."""
    from tf_keras.src.saving.serialization_lib import SafeModeScope

    with SafeModeScope(False):
        copy = tf_keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy


def module(count, size=4):
    """Return a ``tf.Module`` of float32 variables, ``size`` numbers each."""
    made = tf.Module()
    made.weights = [
        tf.Variable(tf.random.stateless_normal([size], [0, index])) for index in range(count)
    ]
    return made


def layers(count):
    """Return a Keras model of Dense layers of two units."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 20 * count))  # Keras follows them by calls
    dense = [tf_keras.layers.Dense(2, kernel_initializer="ones") for _ in range(count)]
    return tf_keras.Sequential([tf_keras.layers.Input((2,)), *dense])


def in_a_process_of_its_own(code, *arguments):
    """Run code that prints JSON in its last line, and return that."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])
