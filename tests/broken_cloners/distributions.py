"""Cloners that go wrong at distributions, bijectors and their parameters."""

from __future__ import annotations

import copy as copying

import tensorflow as tf
import tensorflow_probability as tfp

from broken_cloners.functions import keeps_a_closure
from broken_cloners.parts import of_kinds, sharing
from pytest_tfpclone import clone

tfd, tfb = tfp.distributions, tfp.bijectors


def copies_by_the_method(model):
    """Calls ``Distribution.copy()``, which shares every variable."""
    return model.copy() if isinstance(model, tfd.Distribution) else clone(model)


def shares_a_parameter_of_a_part(model):
    """Copies the outermost distribution, and not what it is made of."""
    inner = [each for each in of_kinds(model, tfd.Distribution) if each is not model]
    return sharing(model, of_kinds(inner[0], tf.Variable)[:1] if inner else [])


def shares_a_bijector_of_a_chain(model):
    """Makes a new chain of the same bijectors."""
    chains = of_kinds(model, tfb.Chain)
    return sharing(model, chains[0].bijectors[:1] if chains else [])


def shares_the_kernel_of_a_process(model):
    """Makes a new Gaussian process from ``model.kernel`` (GPflow's models)."""
    return sharing(model, [model.kernel] if isinstance(model, tfd.GaussianProcess) else [])


def keeps_what_a_joint_distribution_calls(model):
    """Keeps the functions of a joint distribution, whose closures hold variables."""
    is_joint = isinstance(model, tfd.JointDistribution)
    return keeps_a_closure(model) if is_joint else clone(model)


def shares_the_variable_of_a_deferred_tensor(model):
    """Copies a ``TransformedVariable`` and not the variable below it."""
    deferred = of_kinds(model, tfp.util.DeferredTensor)
    return sharing(model, [each.pretransformed_input for each in deferred[:1]])


def copies_singletons(model):
    """Copies ``tfd.FULLY_REPARAMETERIZED``, which is compared by identity, as deepcopy does."""
    copy = clone(model)
    for each in of_kinds(copy, tfd.Distribution):
        vars(each)["_reparameterization_type"] = copying.copy(each.reparameterization_type)
    return copy


def makes_constants_of_variables(model):
    """Reads parameters out and makes a distribution of the numbers."""
    return _remade(model, lambda value: tf.constant(value.numpy()))


def makes_parameters_of_single_precision(model):
    """Makes parameters anew with the default dtype."""
    return _remade(model, lambda value: tf.Variable(tf.cast(value, tf.float32)))


def loses_a_constraint(model):
    """Makes plain variables of constrained ones, which training can then make negative."""
    return _remade(model, lambda value: tf.Variable(value), tfp.util.DeferredTensor)


def thaws_parameters(model):
    """Makes variables anew and forgets ``trainable=False``."""
    return _remade(model, lambda value: tf.Variable(value.numpy()))


def _remade(model, convert, kind=tf.Variable):
    """Return a distribution of the same class, of parameters that are converted."""
    copy = clone(model)
    if not isinstance(copy, tfd.Distribution):
        return copy
    parameters = {
        name: convert(value) if isinstance(value, kind) else value
        for name, value in copy.parameters.items()
    }
    return type(copy)(**parameters)
