"""The Python classes that built models are made of; imported only to build."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

# Loaded here and not when first used: loading it draws from Python's generator.
from tensorflow_probability.python import layers as tfpl

from pytest_tfpclone.architectures.seeding import seeded

tfd, tfk = tfp.distributions, tfp.math.psd_kernels


def l2(strength: float) -> Any:
    """Return Keras' own regularizer."""
    return tf_keras.regularizers.L2(strength)


class VariableL2(tf_keras.regularizers.Regularizer):  # type: ignore[misc]
    """A penalty on squares whose strength can be changed in training."""

    def __init__(self, strength: float, dtype: str = "float32") -> None:
        self.strength = tf.Variable(strength, trainable=False, dtype=dtype, name="strength")

    def __call__(self, weights: Any) -> Any:
        """Return the penalty."""
        return self.strength * tf.reduce_sum(weights**2)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal regularizer."""
        return {"strength": float(self.strength), "dtype": self.strength.dtype.name}


class Network(tf_keras.Model):  # type: ignore[misc]
    """A model of the user's own class, whose ``call`` runs its layers in turn.

    Args:
      layers: the layers, in order.
      held: how the model holds them: as ``attributes``, in a ``list``, in a ``dict``.
    """

    def __init__(self, layers: Sequence[Any], held: str, name: str = "network") -> None:
        super().__init__(name=name)
        self.held = held
        if held == "list":
            self.blocks: Any = list(layers)
        elif held == "dict":
            self.blocks = {layer.name: layer for layer in layers}
        else:
            for position, layer in enumerate(layers):
                setattr(self, f"block_{position}", layer)

    def in_order(self) -> list[Any]:
        """Return the layers, first to last."""
        if self.held == "list":
            return list(self.blocks)
        if self.held == "dict":
            return list(self.blocks.values())
        names = sorted((name for name in vars(self) if name.startswith("block_")), key=_number)
        return [getattr(self, name) for name in names]

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Return what the last layer gives: a distribution."""
        value = inputs
        for layer in self.in_order():
            arguments = {"training": training} if layer._expects_training_arg else {}
            value = layer(value, **arguments)
        return value


def _number(name: str) -> int:
    return int(name.rpartition("_")[2])


class Shift(tf_keras.layers.Layer):  # type: ignore[misc]
    """A layer of the user's own class that adds what an inner layer gives."""

    def __init__(self, units: int, name: str = "shift") -> None:
        super().__init__(name=name)
        self.variable = tfpl.VariableLayer([units], name=f"{name}_variable")

    def build(self, input_shape: Any) -> None:
        """Make the variable."""
        self.variable.build(input_shape)
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        """Return the inputs, moved."""
        return inputs + self.variable(inputs)


class KernelProvider(tf_keras.layers.Layer):  # type: ignore[misc]
    """A layer that makes the kernel of a Gaussian process from two variables."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.amplitude = self.add_weight(name="amplitude", shape=())
        self.length_scale = self.add_weight(name="length_scale", shape=())

    def call(self, inputs: Any) -> Any:
        """Return the inputs: the kernel is all that is asked for."""
        return inputs

    @property
    def kernel(self) -> Any:
        """The kernel, of the variables' current values."""
        return tfk.ExponentiatedQuadratic(
            tf.nn.softplus(self.amplitude), 0.5 + tf.nn.softplus(self.length_scale)
        )


class MeanField:
    """Makes the posterior or the prior of a ``DenseVariational`` layer.

    Args:
      learned: whether its location and scale are variables, or its location only,
        or none.
    """

    def __init__(self, learned: str) -> None:
        self.learned = learned

    def __call__(self, kernel_size: int, bias_size: int = 0, dtype: Any = None) -> Any:
        """Return a model of no input that gives independent normals over all weights."""
        size = kernel_size + bias_size
        if self.learned == "nothing":
            return FixedNormal(size, dtype)
        count = 2 * size if self.learned == "location and scale" else size
        return tf_keras.Sequential(
            [
                tfpl.VariableLayer(count, dtype=dtype),
                tfpl.DistributionLambda(Independent(size, self.learned)),
            ]
        )


class Independent:
    """Turns a vector of parameters into independent normals."""

    def __init__(self, size: int, learned: str) -> None:
        self.size = size
        self.learned = learned

    def __call__(self, parameters: Any) -> Any:
        """Return the distribution."""
        location, scale = parameters, tf.ones([], parameters.dtype)
        if self.learned == "location and scale":
            location, rest = parameters[..., : self.size], parameters[..., self.size :]
            scale = 1e-3 + tf.nn.softplus(rest)
        return tfd.Independent(tfd.Normal(location, scale), reinterpreted_batch_ndims=1)


class FixedNormal:
    """Gives standard normals over all weights, whatever the input."""

    def __init__(self, size: int, dtype: Any) -> None:
        self.size = size
        self.dtype = dtype

    def __call__(self, inputs: Any) -> Any:
        """Return the distribution."""
        zeros = tf.zeros([self.size], self.dtype)
        return tfd.Independent(tfd.Normal(zeros, tf.ones([], self.dtype)), 1)


def unit_normal(location: Any) -> Any:
    """Return a normal of unit scale around a vector."""
    return tfd.MultivariateNormalDiag(loc=location)


# The initializers that all variational layers share draw their seeds when they are first used.
with seeded(0):
    tfpl.DenseFlipout(1, kernel_prior_fn=tfpl.default_mean_field_normal_fn()).build((1, 1))
