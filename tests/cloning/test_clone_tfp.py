"""Clones of TFP's objects: equal, apart, alive, with the singletons of the original."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone.cloning import clone
from pytest_tfpclone.cloning.locate import parts

tfd, tfb = tfp.distributions, tfp.bijectors
kernels = tfp.math.psd_kernels
POINTS = np.linspace(0.0, 1.0, 2, dtype="float32").reshape(2, 1)


def v(value):
    return tf.Variable(np.asarray(value, "float32"))


def coroutine():
    w = v(1.0)

    def model():
        a = yield tfd.JointDistributionCoroutine.Root(tfd.Normal(w, 1.0))
        yield tfd.Normal(a * w, 1.0)

    return tfd.JointDistributionCoroutine(model)


def named():
    w = v(2.0)
    return tfd.JointDistributionNamed(
        {"a": tfd.Normal(v(0.0), 1.0), "b": lambda a: tfd.Normal(a * w, 1.0)}
    )


def gaussian_process():
    w = v(2.0)
    kernel = kernels.ExponentiatedQuadratic(v(1.0)) + kernels.Linear(v(0.5))
    return tfd.GaussianProcess(
        kernel, POINTS, mean_fn=lambda x: w * x[..., 0], observation_noise_variance=v(0.1)
    )


def masked_autoregressive_flow():
    network = tfb.AutoregressiveNetwork(
        params=2, hidden_units=[4], activation="relu", event_shape=[2]
    )
    return tfd.TransformedDistribution(
        tfd.Sample(tfd.Normal(v(0.0), 1.0), [2]), tfb.MaskedAutoregressiveFlow(network)
    )


def real_nvp():
    network = tf_keras.Sequential([tf_keras.layers.Dense(4, input_shape=(2,))])

    def shift_and_log_scale(x, units):
        return tf.split(network(x), 2, -1)

    return tfd.TransformedDistribution(
        tfd.Sample(tfd.Normal(0.0, 1.0), [3, 4]),
        tfb.RealNVP(2, shift_and_log_scale_fn=shift_and_log_scale),
    )


def real_nvp_template():
    return tfd.TransformedDistribution(
        tfd.Sample(tfd.Normal(0.0, 1.0), [4]),
        tfb.RealNVP(2, shift_and_log_scale_fn=tfb.real_nvp_default_template([4])),
    )


vi = tfp.experimental.vi
KINDS = {
    "Normal": lambda: tfd.Normal(v(0.0), v(1.0)),
    "deferred": lambda: tfd.Normal(tfp.util.DeferredTensor(v(0.0), lambda x: x + 1), 1.0),
    "MultivariateNormalDiag": lambda: tfd.MultivariateNormalDiag(v([0.0, 1.0]), v([1.0, 2.0])),
    "MultivariateNormalTriL": lambda: tfd.MultivariateNormalTriL(
        v([0.0, 0.0]), tfp.util.TransformedVariable(tf.eye(2), tfb.FillScaleTriL())
    ),
    "TransformedDistribution": lambda: tfd.TransformedDistribution(
        tfd.Normal(v(0.0), 1.0), tfb.Chain([tfb.Exp(), tfb.Invert(tfb.Scale(v(2.0)))])
    ),
    "Mixture": lambda: tfd.Mixture(
        tfd.Categorical(v([0.0, 0.0])), [tfd.Normal(v(0.0), 1.0), tfd.Normal(v(1.0), 1.0)]
    ),
    "MixtureSameFamily": lambda: tfd.MixtureSameFamily(
        tfd.Categorical(logits=v([0.0, 0.0])), tfd.Normal(v([0.0, 1.0]), 1.0)
    ),
    "Independent": lambda: tfd.Independent(tfd.Normal(v([0.0]), 1.0), 1),
    "BatchReshape": lambda: tfd.BatchReshape(tfd.Normal(v([0.0, 1.0]), 1.0), [2, 1]),
    "Quantized": lambda: tfd.QuantizedDistribution(tfd.Normal(v(0.0), 1.0)),
    "Masked": lambda: tfd.Masked(tfd.Normal(v(0.0), 1.0), [True, False]),
    "HiddenMarkovModel": lambda: tfd.HiddenMarkovModel(
        tfd.Categorical(v([0.0, 0.5])),
        tfd.Categorical(v([[0.0, 1.0], [1.0, 0.0]])),
        tfd.Normal(v([0.0, 1.0]), 1.0),
        3,
    ),
    "JointDistributionSequential": lambda: tfd.JointDistributionSequential(
        [tfd.Normal(v(0.0), 1.0), lambda a: tfd.Normal(a, 1.0)]
    ),
    "JointDistributionNamed": named,
    "JointDistributionCoroutine": coroutine,
    "GaussianProcess": gaussian_process,
    "MaskedAutoregressiveFlow": masked_autoregressive_flow,
    "RealNVP": real_nvp,
    "RealNVP template": real_nvp_template,
    "factored surrogate": lambda: vi.build_factored_surrogate_posterior(
        event_shape=[2], bijector=tfb.Softplus()
    ),
    "affine surrogate": lambda: vi.build_affine_surrogate_posterior([2], operators="tril"),
    "asvi surrogate": lambda: vi.build_asvi_surrogate_posterior(
        tfd.JointDistributionSequential([tfd.Normal(0.0, 1.0), lambda a: tfd.Normal(a, 1.0)])
    ),
}


def variables(model):
    return {
        id(part): part
        for _, part in parts(model)
        if issubclass(type(part), tf.Variable) and part.dtype.is_floating
    }


def log_prob(model, sample):
    # The bijectors' cache would answer for a tensor that it knows.
    return np.asarray(model.log_prob(tf.nest.map_structure(tf.identity, sample)))


@pytest.mark.parametrize("name", KINDS)
def test_distribution(name):
    original = KINDS[name]()
    sample = original.sample(seed=[1, 2])
    before = log_prob(original, sample)
    copy = clone(original)
    assert type(copy) is type(original)
    assert copy.reparameterization_type == original.reparameterization_type
    assert len(copy.trainable_variables) == len(original.trainable_variables)
    mine, theirs = variables(copy), variables(original)
    assert len(mine) == len(theirs) > 0
    assert not set(mine) & set(theirs)
    assert np.array_equal(log_prob(copy, sample), before)
    for variable in mine.values():
        variable.assign(
            variable * 1.1
            + 0.37
            * tf.reshape(
                tf.range(1.0, 1.0 + tf.cast(tf.size(variable), tf.float32)), variable.shape
            )
        )
    assert np.array_equal(log_prob(original, sample), before)
    assert not np.array_equal(log_prob(copy, sample), before)
    moved = log_prob(copy, sample)
    for variable in theirs.values():
        variable.assign(variable * 3.0 + 1.0)
    assert np.array_equal(log_prob(copy, sample), moved)


def test_reparameterization_type_is_the_same_object():
    # After copy.deepcopy it isn't, and variational losses change their gradients.
    copy = clone(tfd.Normal(v(0.0), 1.0))
    assert copy.reparameterization_type is tfd.FULLY_REPARAMETERIZED


def test_parameters_and_copies_lead_to_the_clone():
    copy = clone(tfd.Normal(v(0.0), v(1.0)))
    assert copy.parameters["loc"] is copy.loc
    assert copy.copy().loc is copy.loc


def test_a_slice_forgets_the_original():
    original = tfd.Normal(v([0.0, 1.0]), 1.0)[:1]
    copy = clone(original)
    assert not set(map(id, copy.trainable_variables)) & set(map(id, original.trainable_variables))


def test_transformed_variable():
    original = tfp.util.TransformedVariable(1.0, tfb.Softplus())
    copy = clone(original)
    copy.assign(3.0)
    assert float(tf.convert_to_tensor(original)) == pytest.approx(1.0)
    assert float(tf.convert_to_tensor(copy)) == pytest.approx(3.0)


def test_the_cache_of_a_bijector_starts_empty():
    original = tfb.Chain([tfb.Scale(v(2.0)), tfb.Exp()])
    x = tf.constant(1.0)
    y = original.forward(x)
    copy = clone(original)
    copy.bijectors[0].scale.assign(3.0)
    assert float(copy.forward(x)) == pytest.approx(float(y) * 1.5)


def test_a_variational_autoencoder():
    prior = tfd.Independent(tfd.Normal(v([0.0, 0.0]), 1.0), 1)
    layers = tf_keras.layers
    encoder = tf_keras.Sequential(
        [
            layers.Dense(tfp.layers.IndependentNormal.params_size(2), input_shape=(3,)),
            tfp.layers.IndependentNormal(
                2, activity_regularizer=tfp.layers.KLDivergenceRegularizer(prior)
            ),
        ]
    )
    decoder = tf_keras.Sequential(
        [layers.Dense(3, input_shape=(2,)), tfp.layers.IndependentBernoulli(3)]
    )
    original = tf_keras.Model(encoder.inputs, decoder(encoder.outputs[0]))
    original.compile("adam", lambda y, d: -d.log_prob(y))
    x = np.ones((4, 3), "float32")
    original.fit(x, x, verbose=0)
    copy = clone(original)
    before = original.get_weights()
    copy.fit(x, x, verbose=0)
    assert all(map(np.array_equal, original.get_weights(), before))
    mine, theirs = variables(copy), variables(original)
    assert len(mine) == len(theirs)
    assert not set(mine) & set(theirs)


def test_state_space_model_of_structural_time_series():
    series = np.arange(6.0, dtype="float32")
    trend = tfp.sts.LocalLinearTrend(observed_time_series=series)
    model = tfp.sts.Sum([trend, tfp.sts.Seasonal(3, observed_time_series=series)], series)
    surrogate = tfp.sts.build_factored_surrogate_posterior(model)
    copy, fresh = clone((model, surrogate))
    assert [p.name for p in copy.parameters] == [p.name for p in model.parameters]
    theirs = [x.numpy().tolist() for x in surrogate.trainable_variables]
    for variable in fresh.trainable_variables:
        variable.assign(variable + 1.0)
    assert [x.numpy().tolist() for x in surrogate.trainable_variables] == theirs
