"""Cloners that keep a part of the original where they should copy it."""

from __future__ import annotations

import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from broken_cloners.parts import layers, of_kinds, sharing, weights, with_weights

tfpl = tfp.layers


def returns_the_original(model):
    """Copies nothing, like the target model of the DQN example (keras-io #98)."""
    return model


def shares_a_layer(model):
    """Shares one layer, as main and target network did (stable-baselines3 #132)."""
    return sharing(model, with_weights(layers(model))[:1])


def shares_a_layer_of_a_nested_model(model):
    """Shares a layer one level down, where a loop over ``model.layers`` doesn't look."""
    nested = layers(model, tf_keras.Sequential)
    return sharing(model, with_weights(layers(nested[0]))[:1] if nested else [])


def shares_a_weight(model):
    """Shares one variable and copies the others (handson-ml2 #454)."""
    return sharing(model, weights(model)[:1])


def shares_the_list_of_layers(model):
    """Copies a model of one's own class as ``copy.copy`` does: its list of layers is shared."""
    blocks = getattr(model, "blocks", None)
    return sharing(model, [blocks] if isinstance(blocks, list) else [])


def shares_a_prior(model):
    """Shares the prior of a ``DenseVariational`` (tensorflow/probability #1627)."""
    return sharing(model, [layer._prior for layer in layers(model, tfpl.DenseVariational)])


def shares_a_kernel_prior(model):
    """Shares the prior over a kernel, which ``get_config`` of the layer names a function for."""
    return sharing(model, [getattr(layer, "kernel_prior", None) for layer in layers(model)])


def shares_the_prior_of_a_divergence(model):
    """Shares the prior that a ``KLDivergenceRegularizer`` holds to: config hands it on as it is."""
    found = of_kinds(model, tfpl.KLDivergenceRegularizer)
    return sharing(model, [each._distribution_b for each in found[:1]])


def shares_the_strength_of_a_regularizer(model):
    """Shares a regularizer's variable: ``get_config`` hands the regularizer on as it is."""
    found = of_kinds(model, tf_keras.regularizers.Regularizer)
    return sharing(model, [getattr(each, "strength", None) for each in found])


def shares_a_generator(model):
    """Shares a random generator, so that one copy's dropout moves the other's on."""
    return sharing(model, of_kinds(model, tf.random.Generator)[:1])


def shares_a_kernel_provider(model):
    """Shares the kernel of a Gaussian process (GPflow models rebuilt from ``model.kernel``)."""
    found = layers(model, tfpl.VariationalGaussianProcess)
    return sharing(model, [each._kernel_provider for each in found])


def shares_an_autoregressive_network(model):
    """Shares the network of a flow, which the bijector only refers to."""
    return sharing(model, of_kinds(model, tfp.bijectors.AutoregressiveNetwork)[:1])


def shares_one_of_several_heads(model):
    """Copies the trunk and the first head only, as multi-head agents have done."""
    ends = [output._keras_history.layer for output in getattr(model, "outputs", None) or ()]
    return sharing(model, ends[1:])
