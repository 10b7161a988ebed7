"""TFP: distributions, bijectors, kernels, and layers for tf_keras."""

from __future__ import annotations

import copy
import functools

import numpy as np
import pytest
import reports
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

tfd, tfb, tfpl = tfp.distributions, tfp.bijectors, tfp.layers
fails = functools.partial(reports.fails, project="TFP")


def normal():
    return tfd.Normal(tf.Variable(0.0), 1.0)


def normals():
    return tfd.Normal(tf.Variable([0.0, 1.0]), 1.0)


@fails(
    copy.deepcopy,
    "`deepcopy` copies `tfd.FULLY_REPARAMETERIZED`, which TFP compares by identity: "
    "gradients are of another kind",
    instead="keeps what is one in the whole process",
)
def test_what_is_compared_by_identity(copier):
    assert copier(normal()).reparameterization_type is tfd.FULLY_REPARAMETERIZED


def sum_of_kernels():
    linear = tfp.math.psd_kernels.Linear
    return linear(tf.Variable(1.0)) + linear(tf.Variable(2.0))


DECIDE_IN_NEW = {
    "TransformedDistribution": lambda: tfd.TransformedDistribution(normal(), tfb.Exp()),
    "Independent": lambda: tfd.Independent(normals(), 1),
    "Sample": lambda: tfd.Sample(normal(), 2),
    "Mixture": lambda: tfd.Mixture(tfd.Categorical([0.0, 1.0]), [normal(), normal()]),
    "MixtureSameFamily": lambda: tfd.MixtureSameFamily(tfd.Categorical([0.0, 1.0]), normals()),
    "Blockwise": lambda: tfd.Blockwise([normal(), normal()]),
    "BatchReshape": lambda: tfd.BatchReshape(normals(), [2, 1]),
    "QuantizedDistribution": lambda: tfd.QuantizedDistribution(normal()),
    "Masked": lambda: tfd.Masked(normal(), True),
    "MultivariateNormalDiag": lambda: tfd.MultivariateNormalDiag(tf.Variable([0.0])),
    "JointDistributionSequential": lambda: tfd.JointDistributionSequential([normal()]),
    "JointDistributionNamed": lambda: tfd.JointDistributionNamed({"a": normal()}),
    "Invert": lambda: tfb.Invert(tfb.Scale(tf.Variable(1.0))),
    "sum of kernels": sum_of_kernels,
    "ASVI surrogate": lambda: tfp.experimental.vi.build_asvi_surrogate_posterior(
        tfd.JointDistributionSequential([tfd.Normal(0.0, 1.0)])
    ),
    "LocalLevel": lambda: tfp.sts.LocalLevel(observed_time_series=[1.0, 2.0, 3.0]),
}


@fails(
    copy.deepcopy,
    "`deepcopy` raises for classes that decide in `__new__` what they become: "
    "`TransformedDistribution`, `Independent`, `Mixture`, joint distributions, `Invert`, STS ...",
    issue="tensorflow/probability#1609",
    instead="fills instances without `__new__`",
    raises=TypeError,
)
@pytest.mark.parametrize("name", DECIDE_IN_NEW)
def test_classes_that_decide_in_new(copier, name):
    model = DECIDE_IN_NEW[name]()
    copied = copier(model)
    assert type(copied) is type(model)


@fails(
    reports.pickled,
    "`pickle` of a joint distribution raises: cannot pickle a local function",
    instead="rebuilds functions around the clone's own state",
    raises=AttributeError,
)
@pytest.mark.parametrize(
    "make", [DECIDE_IN_NEW["JointDistributionSequential"], DECIDE_IN_NEW["JointDistributionNamed"]]
)
def test_pickling_a_joint_distribution(copier, make):
    assert copier(make()).event_shape is not None


@fails(
    copy.deepcopy,
    "`deepcopy` of a `DeferredTensor` with a function over a variable: "
    "the copy follows the original's",
    instead="rebuilds functions around the clone's own state",
)
def test_a_deferred_tensor(copier):
    rate = tf.Variable(2.0)
    copied = copier(tfp.util.DeferredTensor(tf.Variable(1.0), lambda x: rate * x, also_track=rate))
    rate.assign(5.0)
    assert float(tf.convert_to_tensor(copied)) == 2.0


@fails(
    lambda distribution: distribution.copy(loc=tf.Variable(0.0), scale=1.0),
    "`Distribution.copy` with all parameters given anew still lists the original's variables",
    instead="keeps where the copy came from, cloned",
)
def test_the_variables_of_a_copy(copier):
    distribution = normal()
    ours = {id(each) for each in distribution.trainable_variables}
    assert not ours & {id(each) for each in copier(distribution).trainable_variables}


@fails(
    lambda distribution: distribution.copy(),
    "`ZeroInflatedNegativeBinomial.copy` raises: missing a required argument",
    instead="copies what the distribution holds",
    raises=TypeError,
)
def test_a_copy_of_a_zero_inflated_distribution(copier):
    distribution = tfd.ZeroInflatedNegativeBinomial(
        total_count=1.0, probs=tf.Variable(0.5), inflated_loc_probs=0.5
    )
    np.testing.assert_array_equal(copier(distribution).log_prob(1.0), distribution.log_prob(1.0))


class Custom(tfd.Distribution):
    """Passes no parameters: TFP keeps the locals of the constructor."""

    def __init__(self, loc):
        self.loc = loc
        super().__init__(
            dtype=tf.float32, reparameterization_type=tfd.FULLY_REPARAMETERIZED,
            validate_args=False, allow_nan_stats=True,
        )  # fmt: skip


@fails(
    copy.deepcopy,
    "`deepcopy` of a distribution without `parameters=`: `copy()` of the copy has the original's",
    instead="clones the constructor's locals with the rest",
)
def test_a_distribution_without_parameters(copier):
    original = Custom(tf.Variable(0.0))
    copied = copier(original)
    assert copied.copy().loc is copied.loc


def with_layer(layer, size=2):
    return tf_keras.Sequential([tf_keras.layers.Dense(size, input_shape=(2,)), layer])


def mean_field(kernel_size, bias_size=0, dtype=None):
    size = kernel_size + bias_size
    return tf_keras.Sequential([tfpl.VariableLayer(2 * size), tfpl.IndependentNormal(size)])


CONFIG_LACKS = {
    "MultivariateNormalTriL": lambda: with_layer(tfpl.MultivariateNormalTriL(2), 5),
    "OneHotCategorical": lambda: with_layer(tfpl.OneHotCategorical(2)),
    "CategoricalMixtureOfOneHotCategorical": lambda: with_layer(
        tfpl.CategoricalMixtureOfOneHotCategorical(2, 2),
        tfpl.CategoricalMixtureOfOneHotCategorical.params_size(2, 2),
    ),
    "MixtureSameFamily": lambda: with_layer(
        tfpl.MixtureSameFamily(2, tfpl.IndependentNormal([1])),
        tfpl.MixtureSameFamily.params_size(2, component_params_size=2),
    ),
}


@fails(
    tf_keras.models.clone_model,
    "`clone_model` raises for `MultivariateNormalTriL`, `OneHotCategorical`, "
    "`MixtureSameFamily`: their config lacks what the constructor needs",
    issue="tensorflow/probability#1143",
    instead="needs no config",
    raises=TypeError,
)
@pytest.mark.parametrize("name", CONFIG_LACKS)
def test_layers_whose_config_lacks_arguments(copier, name):
    model = CONFIG_LACKS[name]()
    copied = copier(model)
    assert type(copied.layers[-1]) is type(model.layers[-1])


NO_CONFIG = {
    "DenseVariational": lambda: tfpl.DenseVariational(1, mean_field, mean_field),
    "KLDivergenceAddLoss": lambda: tfpl.KLDivergenceAddLoss(tfd.Normal(0.0, 1.0)),
}


@fails(
    tf_keras.models.clone_model,
    "`clone_model` raises for `DenseVariational` and `KLDivergenceAddLoss`: they have no "
    "`get_config`",
    issue="tensorflow/probability#1627",
    instead="needs no config",
    raises=NotImplementedError,
)
@pytest.mark.parametrize("name", NO_CONFIG)
def test_layers_without_config(copier, name):
    if name == "KLDivergenceAddLoss":
        model = with_layer(tfpl.IndependentNormal(1))
        model.add(NO_CONFIG[name]())
    else:
        model = with_layer(NO_CONFIG[name]())
    assert len(copier(model).variables) == len(model.variables)


VARIATIONAL = {
    "DenseReparameterization": lambda: tfpl.DenseReparameterization(1),
    "DenseFlipout": lambda: tfpl.DenseFlipout(1),
    "DenseLocalReparameterization": lambda: tfpl.DenseLocalReparameterization(1),
    "Convolution1DFlipout": lambda: tfpl.Convolution1DFlipout(1, 1, input_shape=(2, 2)),
}


@fails(
    tf_keras.models.clone_model,
    "`clone_model` raises for `Dense` and `Convolution` layers with `Reparameterization` or "
    "`Flipout`: their functions come back without their module",
    instead="keeps functions of modules as they are",
    raises=NameError,
)
@pytest.mark.parametrize("name", VARIATIONAL)
def test_variational_layers(copier, name):
    layer = VARIATIONAL[name]()
    model = tf_keras.Sequential([layer]) if name.startswith("Conv") else with_layer(layer)
    copied = copier(model)
    assert len(copied.variables) == len(model.variables) > 0


class Kernel(tf_keras.layers.Layer):
    """Provides a kernel from a variable of its own."""

    def __init__(self):
        super().__init__()
        self.amplitude = self.add_weight(name="amplitude", shape=[])

    def call(self, x):
        return x

    @property
    def kernel(self):
        return tfp.math.psd_kernels.ExponentiatedQuadratic(tf.nn.softplus(self.amplitude))


@fails(
    tf_keras.models.clone_model,
    "`clone_model` raises for `tfpl.VariationalGaussianProcess`: its config pickles a tensor",
    issue="tensorflow/probability#406",
    instead="needs no config",
    raises=ValueError,
)
def test_a_variational_gaussian_process(copier):
    points = tf_keras.initializers.constant(np.zeros((2, 1), "float32"))
    layer = tfpl.VariationalGaussianProcess(
        2, kernel_provider=Kernel(), event_shape=[1], inducing_index_points_initializer=points
    )
    model = tf_keras.Sequential([tf_keras.Input((1,)), layer])
    assert len(copier(model).variables) == len(model.variables)


@fails(
    tf_keras.models.clone_model,
    "`clone_model` drops the `activity_regularizer` of a distribution layer: "
    "the distance to the prior is gone from the loss",
    issue="tensorflow/tensorflow#39900",
    instead="keeps it, with its prior",
)
def test_the_distance_to_the_prior(copier):
    prior = tfd.Independent(tfd.Normal([0.0], 1.0), 1)
    regularizer = tfpl.KLDivergenceRegularizer(prior)
    model = with_layer(tfpl.IndependentNormal(1, activity_regularizer=regularizer))
    copied = copier(model)
    for each in (model, copied):
        each(tf.ones((1, 2)))
    assert len(copied.losses) == len(model.losses) > 0
