"""A variational autoencoder, whose encoder carries the distance to its prior.

After https://www.tensorflow.org/probability/examples/Probabilistic_Layers_VAE
"""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone import assert_independent_clone, clone

tfd, tfpl, layers = tfp.distributions, tfp.layers, tf_keras.layers
SHAPE = (8, 8, 1)
IMAGES = (np.indices((16, *SHAPE)).sum(0) % 3 == 0).astype("float32")


def build(encoded=2, depth=4):
    prior = tfd.Independent(tfd.Normal(tf.zeros(encoded), scale=1.0), reinterpreted_batch_ndims=1)
    encoder = tf_keras.Sequential(
        [
            layers.InputLayer(SHAPE),
            layers.Lambda(lambda x: tf.cast(x, tf.float32) - 0.5),
            layers.Conv2D(depth, 3, strides=2, padding="same", activation=tf.nn.leaky_relu),
            layers.Flatten(),
            layers.Dense(tfpl.MultivariateNormalTriL.params_size(encoded)),
            tfpl.MultivariateNormalTriL(
                encoded, activity_regularizer=tfpl.KLDivergenceRegularizer(prior)
            ),
        ]
    )
    decoder = tf_keras.Sequential(
        [
            layers.InputLayer((encoded,)),
            layers.Reshape((1, 1, encoded)),
            layers.Conv2DTranspose(depth, 4, activation=tf.nn.leaky_relu),
            layers.Conv2DTranspose(depth, 3, strides=2, padding="same"),
            layers.Conv2D(1, 3, padding="same"),
            layers.Flatten(),
            tfpl.IndependentBernoulli(SHAPE, tfd.Bernoulli.logits),
        ]
    )
    vae = tf_keras.Model(inputs=encoder.inputs, outputs=decoder(encoder.outputs[0]))
    vae.compile(tf_keras.optimizers.Adam(1e-3), loss=lambda x, image: -image.log_prob(x))
    return vae


def fit(vae):
    vae.fit(IMAGES, IMAGES, epochs=1, batch_size=8, verbose=0)


@pytest.fixture(scope="module")
def vae():
    vae = build()
    fit(vae)
    return vae


def test_the_clone_is_independent(vae):
    assert_independent_clone(vae, clone(vae))


def test_the_clone_trains_as_the_model_does(vae):
    assert_independent_clone(vae, clone(vae), actions=[fit])


def test_training_the_clone_leaves_the_model(vae):
    before = vae.get_weights()
    copy = clone(vae)
    fit(copy)
    for weight, was, of_copy in zip(vae.get_weights(), before, copy.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, was)
        assert not np.array_equal(of_copy, was)
