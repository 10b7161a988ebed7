"""A network that ends in a mixture of normal distributions.

After the examples of https://www.tensorflow.org/probability/api_docs/python/tfp/layers/MixtureNormal
and MixtureSameFamily beside it.
"""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone import assert_independent_clone, clone

tfpl, layers = tfp.layers, tf_keras.layers
X = np.linspace(-1.0, 1.0, 32, dtype="float32")[:, None]
Y = np.sin(3.0 * X) + np.where(np.arange(32)[:, None] % 2, 1.0, -1.0).astype("float32")
COMPONENTS = 3


def mixture_normal():
    return [
        layers.Dense(tfpl.MixtureNormal.params_size(COMPONENTS, (1,))),
        tfpl.MixtureNormal(COMPONENTS, (1,)),
    ]


def mixture_same_family():
    size = tfpl.IndependentNormal.params_size((1,))
    return [
        layers.Dense(tfpl.MixtureSameFamily.params_size(COMPONENTS, component_params_size=size)),
        tfpl.MixtureSameFamily(COMPONENTS, tfpl.IndependentNormal((1,))),
    ]


@pytest.fixture(scope="module", params=[mixture_normal, mixture_same_family])
def model(request):
    hidden = layers.Dense(8, activation="tanh", input_shape=(1,))
    model = tf_keras.Sequential([hidden, *request.param()])
    model.compile("adam", loss=lambda y, mixture: -mixture.log_prob(y))
    fit(model)
    return model


def fit(model):
    model.fit(X, Y, epochs=2, batch_size=16, verbose=0)


def test_the_clone_is_independent(model):
    assert_independent_clone(model, clone(model))


def test_the_clone_trains_as_the_model_does(model):
    assert_independent_clone(model, clone(model), actions=[fit])


def test_the_clone_gives_the_same_mixture_until_one_is_trained(model):
    copy = clone(model)
    before = model(X).log_prob(Y).numpy()
    np.testing.assert_array_equal(copy(X).log_prob(Y), before)
    fit(copy)
    np.testing.assert_array_equal(model(X).log_prob(Y), before)
    assert not np.array_equal(copy(X).log_prob(Y), before)
