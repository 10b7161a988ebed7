"""Models of GPflow, GPflux and trieste, small, as their documentation makes them."""

from __future__ import annotations

import gpflow
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
from gpflow.keras import tf_keras
from gpflux.architectures import Config, build_constant_input_dim_deep_gp
from trieste.data import Dataset
from trieste.models import gpflow as wrappers
from trieste.models.gpflux import DeepGaussianProcess, build_vanilla_deep_gp
from trieste.models.keras import DeepEnsemble, build_keras_ensemble
from trieste.models.optimizer import BatchOptimizer, KerasOptimizer
from trieste.space import Box

X = np.linspace(0.0, 1.0, 8)[:, None]
Y = np.sin(5.0 * X)
DATA = Dataset(tf.constant(X), tf.constant(Y))
LABELS = Dataset(tf.constant(X), tf.constant((Y > 0).astype(float)))
SPACE = Box([0.0], [1.0])
ONE = gpflow.utilities.to_default_float(1.0)


def gpr(kernel=None):
    return gpflow.models.GPR((X, Y), kernel or gpflow.kernels.Matern52())


def svgp():
    kernel, likelihood = gpflow.kernels.RBF(), gpflow.likelihoods.Gaussian()
    return gpflow.models.SVGP(kernel, likelihood, X[::2].copy())


def sgpr():
    return gpflow.models.SGPR((X, Y), gpflow.kernels.RBF(), X[::2].copy())


def coregionalized_vgp():
    output = (np.arange(8) % 2)[:, None]
    kernel = gpflow.kernels.Matern32(active_dims=[0])
    kernel *= gpflow.kernels.Coregion(2, 1, active_dims=[1])
    parts = [gpflow.likelihoods.StudentT() for _ in range(2)]
    likelihood = gpflow.likelihoods.SwitchedLikelihood(parts)
    return gpflow.models.VGP((np.c_[X, output], np.c_[Y, output]), kernel, likelihood)


def gpmc():
    kernel = gpflow.kernels.Matern32() + gpflow.kernels.Bias()
    kernel.kernels[0].lengthscales.prior = tfp.distributions.Gamma(ONE, ONE)
    return gpflow.models.GPMC((X, Y), kernel, gpflow.likelihoods.StudentT())


def gpr_with_a_trained_prior():
    model = gpr()
    loc = tf.Variable(0.0, dtype=tf.float64)
    model.kernel.lengthscales.prior = tfp.distributions.LogNormal(loc, ONE)
    return model


def growing_gpr():
    """Return a model whose data may have any number of rows."""
    data = tuple(tf.Variable(each, shape=(None, 1)) for each in (X, Y))
    return gpflow.models.GPR(data, gpflow.kernels.RBF())


def grow(model):
    for held, more in zip(model.data, (X, Y), strict=True):
        held.assign(np.vstack([more, more]))


def minimize(model):
    """Train a GPflow model for two steps."""
    data = () if hasattr(model, "data") else ((X, Y),)
    loss = model.training_loss_closure(*data)
    gpflow.optimizers.Scipy().minimize(loss, model.trainable_variables, options={"maxiter": 2})


def flux_deep_gp():
    config = Config(
        num_inducing=4, inner_layer_qsqrt_factor=1e-5, likelihood_noise_variance=1e-2, whiten=True
    )
    return build_constant_input_dim_deep_gp(X, 2, config)


def adam():
    return BatchOptimizer(tf_keras.optimizers.Adam(0.01), max_iter=2, batch_size=4)


def trieste_gpr(optimizer=None):
    return wrappers.GaussianProcessRegression(wrappers.build_gpr(DATA, SPACE), optimizer=optimizer)


def trieste_sgpr():
    model = wrappers.build_sgpr(DATA, SPACE, num_inducing_points=4)
    return wrappers.SparseGaussianProcessRegression(model)


def trieste_svgp():
    model = wrappers.build_svgp(DATA, SPACE, num_inducing_points=4)
    return wrappers.SparseVariational(model, optimizer=adam())


def trieste_classifier():
    return wrappers.VariationalGaussianProcess(wrappers.build_vgp_classifier(LABELS, SPACE))


def trieste_multifidelity():
    fidelity = np.repeat([0.0, 1.0], 8)
    data = Dataset(tf.constant(np.c_[np.r_[X, X], fidelity]), tf.constant(np.r_[Y, Y]))
    parts = wrappers.build_multifidelity_autoregressive_models(data, 2, SPACE)
    return wrappers.MultifidelityAutoregressive(parts)


def fitted_by(optimizer, **more):
    return KerasOptimizer(optimizer, {"epochs": 2, "batch_size": 8, "verbose": 0, **more})


def deep_ensemble(rate=0.01, callbacks=()):
    optimizer = fitted_by(tf_keras.optimizers.Adam(rate), callbacks=list(callbacks))
    return DeepEnsemble(build_keras_ensemble(DATA, 2, 1, 4), optimizer)


def early_stopping():
    return tf_keras.callbacks.EarlyStopping("loss", patience=50, restore_best_weights=True)


def trieste_deep_gp():
    def make():
        return build_vanilla_deep_gp(DATA, SPACE, 2, num_inducing_points=4)

    return DeepGaussianProcess(make, fitted_by(tf_keras.optimizers.Adam(0.01)), num_rff_features=8)


def trieste_deep_gp_over_one_kernel():
    """Return a deep GP whose closure holds a kernel: each copy is made with the same one."""
    kernel = gpflow.kernels.Matern52()

    def make():
        model = build_vanilla_deep_gp(DATA, SPACE, 2, num_inducing_points=4)
        model.f_layers[-1].kernel.kernel = kernel
        return model

    return DeepGaussianProcess(make, fitted_by(tf_keras.optimizers.Adam(0.01)), num_rff_features=8)


def optimize(model):
    model.optimize(DATA)


def update(model):
    model.update(DATA + DATA)


def optimized(model):
    model.optimize(DATA)
    return model
