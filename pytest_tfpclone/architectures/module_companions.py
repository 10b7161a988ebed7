"""The classes of parts that hold an object which holds state: a function, a table, an optimizer.

Import this only to build: it imports TensorFlow.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

from pytest_tfpclone.architectures import module_classes
from pytest_tfpclone.architectures.module_classes import Draw, Part


def part_class(name: str) -> Any:
    """Return the class that the spec of this name builds, of this module or ``module_classes``."""
    return globals().get(name) or getattr(module_classes, name)


class WeakReference(Part):
    """A vector, used through a weak reference to it."""

    def __init__(self, units: int, draw: Draw) -> None:
        super().__init__()
        self.vector = draw.variable(units)
        self.current = weakref.ref(self.vector)

    def __call__(self, inputs: Any) -> Any:
        """Return the sum."""
        return inputs + self.current()


def shifted(inputs: Any, captured: Any) -> Any:
    """Return the sum."""
    return inputs + captured


class HeldFunction(Part):
    """A function that holds a vector.

    Args:
      function: Returns its argument plus the vector.
    """

    def __init__(self, function: Callable[[Any], Any]) -> None:
        super().__init__()
        self.function = function

    def __call__(self, inputs: Any) -> Any:
        """Return the sum."""
        return self.function(inputs)


class HeldMethod(Part):
    """A vector, and a bound method of the module itself as an attribute."""

    def __init__(self, units: int, draw: Draw) -> None:
        super().__init__()
        self.vector = draw.variable(units)
        self.method = self.shifted

    def shifted(self, inputs: Any) -> Any:
        """Return the sum."""
        return inputs + self.vector

    def __call__(self, inputs: Any) -> Any:
        """Return what the method returns."""
        return self.method(inputs)


# TensorFlow warns of code that is traced anew in 5 of 10 calls, as a loop that builds models does.
_CALLS = 10


class _Compiled(Part):
    """A vector, and a ``tf.function`` that adds it.

    Args:
      units: Width of inputs.
      draw: Draws the vector.
      traced: Whether calls go through the function, which is traced at once. Else
        they go through the Python function that it holds: no graph is made, and
        the output still shows whose state it follows.
    """

    compiled: Any

    def __init__(self, units: int, draw: Draw, traced: bool) -> None:
        super().__init__()
        self.traced = traced
        self.compile(draw.variable(units), [tf.TensorSpec([None, units], draw.dtype)])
        if traced:
            for _ in range(_CALLS):
                self.compiled(tf.zeros([1, units], draw.dtype))

    def compile(self, vector: Any, signature: list[Any]) -> None:
        """Set the function."""
        raise NotImplementedError

    def __call__(self, inputs: Any) -> Any:
        """Return what the function returns."""
        return self.compiled(inputs) if self.traced else self.compiled.python_function(inputs)


class CompiledMethod(_Compiled):
    """A ``tf.function`` of the module's own bound method."""

    def compile(self, vector: Any, signature: list[Any]) -> None:
        """Set the vector, and the function."""
        self.vector = vector
        self.compiled = tf.function(self.shifted, input_signature=signature)

    def shifted(self, inputs: Any) -> Any:
        """Return the sum."""
        return inputs + self.vector


class CompiledLambda(_Compiled):
    """A ``tf.function`` of a lambda that closes over a vector."""

    def compile(self, vector: Any, signature: list[Any]) -> None:
        """Set the function, by which alone the vector is held."""
        self.compiled = tf.function(lambda inputs: inputs + vector, input_signature=signature)


class HeldDistribution(Part):
    """A vector, and a distribution over it."""

    def __init__(self, units: int, draw: Draw) -> None:
        super().__init__()
        self.shift = draw.variable(units)
        self.prior = tfp.distributions.Normal(loc=self.shift, scale=draw.array() ** 2 + 1)

    def __call__(self, inputs: Any) -> Any:
        """Return a sum in which each of the two counts."""
        return inputs * self.shift + self.prior.mean()


class HeldBijector(Part):
    """A vector, and a bijector over it."""

    def __init__(self, units: int, draw: Draw) -> None:
        super().__init__()
        self.shift = draw.variable(units)
        self.bijector = tfp.bijectors.Shift(self.shift)

    def __call__(self, inputs: Any) -> Any:
        """Return a sum in which each of the two counts."""
        return self.bijector.forward(inputs) * self.shift


class RandomGenerator(Part):
    """A ``tf.random.Generator``, which calls leave alone."""

    def __init__(self, units: int, draw: Draw) -> None:
        super().__init__()
        self.generator = tf.random.Generator.from_seed(draw.seed(), alg="philox")
        self.generator.skip(units)

    def noise(self, shape: Any) -> Any:
        """Return standard normal numbers."""
        return self.generator.normal(shape)

    def update(self, inputs: Any) -> None:
        """Draw a number."""
        self.generator.normal([])


class HashTable(Part):
    """A lookup table that holds a vector."""

    def __init__(self, units: int, draw: Draw) -> None:
        super().__init__()
        self.table = self._empty(draw)
        self.table.insert(tf.range(units, dtype=tf.int64), draw.array(units))

    def _empty(self, draw: Draw) -> Any:
        return tf.lookup.experimental.MutableHashTable(
            tf.int64, draw.dtype, default_value=draw.array()
        )

    def __call__(self, inputs: Any) -> Any:
        """Return the sum."""
        return inputs + self.table.lookup(tf.range(inputs.shape[-1], dtype=tf.int64))

    def update(self, inputs: Any) -> None:
        """Enter one more number."""
        self.table.insert(self.table.size(), tf.cast(0.5, self.table.value_dtype))


class DenseTable(HashTable):
    """A lookup table with dense keys that holds a vector."""

    def _empty(self, draw: Draw) -> Any:
        return tf.lookup.experimental.DenseHashTable(
            tf.int64, draw.dtype, default_value=draw.array(), empty_key=-1, deleted_key=-2
        )


class MovingAverage(Part):
    """A vector, and a ``tf.train.ExponentialMovingAverage`` over it."""

    def __init__(self, units: int, draw: Draw) -> None:
        super().__init__()
        self.vector = draw.variable(units)
        self.averages = tf.train.ExponentialMovingAverage(decay=0.9)
        self.update(None)
        self.vector.assign(draw.array(units))
        self.update(None)

    def __call__(self, inputs: Any) -> Any:
        """Return a sum in which each of the two counts."""
        return inputs * self.vector + self.averages.average(self.vector)

    def update(self, inputs: Any) -> None:
        """Move the average."""
        self.averages.apply([self.vector])
        # In a collection, the default graph would keep the variable for good.
        key = tf.compat.v1.GraphKeys.MOVING_AVERAGE_VARIABLES
        collection = tf.compat.v1.get_collection_ref(key)
        collection[:] = [each for each in collection if each is not self.vector]


class HeldOptimizer(Part):
    """A vector, and an Adam that is built for it, with slots as after some steps."""

    def __init__(self, units: int, draw: Draw) -> None:
        super().__init__()
        import tf_keras

        self.vector = draw.variable(units)
        rate = draw.values.uniform(0.01, 0.1)
        self.optimizer = tf_keras.optimizers.Adam(learning_rate=rate)
        self.optimizer.build([self.vector])
        for variable in self.optimizer.variables:
            value = draw.values.uniform(1, 9, size=variable.shape)
            variable.assign(value.astype(variable.dtype.as_numpy_dtype))
        self.optimizer.learning_rate.assign(rate)

    def __call__(self, inputs: Any) -> Any:
        """Return the sum."""
        return inputs + self.vector

    def update(self, inputs: Any) -> None:
        """Take one step towards outputs of 0."""
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(self(inputs) ** 2)
        self.optimizer.apply_gradients([(tape.gradient(loss, self.vector), self.vector)])


class HeldMetric(Part):
    """A running mean, that calls subtract."""

    def __init__(self, units: int, draw: Draw) -> None:
        super().__init__()
        import tf_keras

        self.mean = tf_keras.metrics.Mean(name="mean", dtype=draw.dtype)
        self.mean.total.assign(draw.array())
        self.mean.count.assign(draw.values.integers(2, 9))

    def __call__(self, inputs: Any) -> Any:
        """Return the difference."""
        return inputs - self.mean.result()

    def update(self, inputs: Any) -> None:
        """Count the inputs."""
        self.mean.update_state(inputs)
