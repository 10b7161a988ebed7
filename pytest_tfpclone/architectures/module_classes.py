"""The ``tf.Module`` classes that specs of modules build: what is common, and simple parts.

At module level, so that what is built can be pickled. Import this only to
build: it imports TensorFlow.
"""

from __future__ import annotations

import collections
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp


class Draw:
    """Draws the values of a module's state.

    Args:
      values: Where all numbers come from.
      dtype: Name of the floating-point dtype of the module.
    """

    def __init__(self, values: np.random.Generator, dtype: str) -> None:
        self.values = values
        self.dtype = dtype

    def array(self, *shape: int) -> Any:
        """Return a new array of standard normal numbers."""
        return self.values.normal(size=shape).astype(self.dtype)

    def variable(self, *shape: int, **options: Any) -> Any:
        """Return a new ``tf.Variable`` of standard normal numbers."""
        return tf.Variable(self.array(*shape), **options)

    def seed(self) -> int:
        """Return a new seed."""
        return int(self.values.integers(1, 2**31))


class Part(tf.Module):  # type: ignore[misc]
    """A part of a module: maps ``[batch, units]`` to ``[batch, units]``.

    A call follows all floating-point state that the part has, and repeats itself.
    """

    def __call__(self, inputs: Any) -> Any:
        """Return the inputs, changed by the part's state."""
        return inputs

    def noise(self, shape: Any) -> Any:
        """Return what the part's random generator draws next, of this shape; 0 without one."""
        return 0

    def update(self, inputs: Any) -> None:
        """Write to what a user of such a part writes to, as training does."""


class Composed(Part):
    """Parts one after the other.

    Args:
      parts: The parts, in order.
      distribution: Whether a call returns a normal around what the last part returns.
      input_signature: What a call takes, as ``tf.function`` has it; None if it isn't said.
    """

    def __init__(
        self, parts: list[Part], distribution: bool = False, input_signature: Any = None
    ) -> None:
        super().__init__()
        self.parts = parts
        self.distribution = distribution
        self.input_signature = input_signature

    def __call__(self, inputs: Any) -> Any:
        """Return a tensor or a ``tfd.Normal`` of ``[batch, units]``."""
        outputs = self.mean(inputs)
        return tfp.distributions.Normal(outputs, 1) if self.distribution else outputs

    def mean(self, inputs: Any) -> Any:
        """Return what the last part returns, a tensor of ``[batch, units]``."""
        outputs = tf.convert_to_tensor(inputs)
        for part in self.parts:
            outputs = part(outputs)
        return outputs

    def noise(self, shape: Any) -> Any:
        """Return the sum of what the parts draw."""
        return sum(part.noise(shape) for part in self.parts)

    def sample(self, inputs: Any) -> Any:
        """Return a draw around the output, with the module's own random generators."""
        outputs = self.mean(inputs)
        return outputs + tf.cast(self.noise(tf.shape(outputs)), outputs.dtype)

    def update(self, inputs: Any) -> None:
        """Update each part."""
        inputs = tf.convert_to_tensor(inputs)
        for part in self.parts:
            part.update(inputs)
            inputs = part(inputs)


class Weight(Part):
    """A matrix."""

    def __init__(self, units: int, draw: Draw) -> None:
        super().__init__()
        self.matrix = draw.variable(units, units)

    def __call__(self, inputs: Any) -> Any:
        """Return the product."""
        return inputs @ self.matrix


class Bias(Part):
    """A vector, trainable or not."""

    def __init__(self, units: int, draw: Draw, trainable: bool) -> None:
        super().__init__()
        self.vector = draw.variable(units, trainable=trainable)

    def __call__(self, inputs: Any) -> Any:
        """Return the sum."""
        return inputs + self.vector


class UnknownShape(Part):
    """A vector whose length its variable leaves open."""

    def __init__(self, units: int, draw: Draw) -> None:
        super().__init__()
        self.vector = draw.variable(units, shape=tf.TensorShape([None]))

    def __call__(self, inputs: Any) -> Any:
        """Return the sum."""
        return inputs + self.vector


class VariableList(Part):
    """Vectors in a list."""

    def __init__(self, units: int, draw: Draw, size: int) -> None:
        super().__init__()
        self.vectors = [draw.variable(units) for _ in range(size)]

    def __call__(self, inputs: Any) -> Any:
        """Return a sum in which the order counts."""
        for position, vector in enumerate(self.vectors, start=1):
            inputs = inputs + position * vector
        return inputs


class VariableDict(Part):
    """Vectors in a dict."""

    def __init__(self, units: int, draw: Draw) -> None:
        super().__init__()
        self.vectors = {"scale": draw.variable(units), "shift": draw.variable(units)}

    def __call__(self, inputs: Any) -> Any:
        """Return the inputs, scaled and shifted."""
        return inputs * self.vectors["scale"] + self.vectors["shift"]


class NestedVariables(Part):
    """Vectors in a list of dicts of tuples."""

    def __init__(self, units: int, draw: Draw) -> None:
        super().__init__()
        self.nest: list[dict[str, Any]] = [
            {"pair": (draw.variable(units), draw.variable(units))},
            {"single": (draw.variable(units),)},
        ]

    def __call__(self, inputs: Any) -> Any:
        """Return the inputs, scaled and shifted."""
        scale, shift = self.nest[0]["pair"]
        return inputs * scale + shift + 2 * self.nest[1]["single"][0]


class Affine(NamedTuple):
    """A scale and a shift."""

    scale: Any
    shift: Any


class NamedVariables(Part):
    """Vectors in a named tuple, and in a deque."""

    def __init__(self, units: int, draw: Draw) -> None:
        super().__init__()
        self.affine = Affine(draw.variable(units), draw.variable(units))
        self.latest = collections.deque([draw.variable(units)], maxlen=2)

    def __call__(self, inputs: Any) -> Any:
        """Return the inputs, scaled and shifted."""
        return inputs * self.affine.scale + self.affine.shift + 2 * self.latest[0]


class Submodule(Composed):
    """Parts in a module of their own."""


class TiedSubmodule(Part):
    """One module under two names."""

    def __init__(self, parts: list[Part]) -> None:
        super().__init__()
        self.encoder = self.decoder = Composed(parts)

    def __call__(self, inputs: Any) -> Any:
        """Return what it returns if called twice."""
        return self.decoder(self.encoder(inputs))

    def noise(self, shape: Any) -> Any:
        """Return what its parts draw."""
        return self.encoder.noise(shape)

    def update(self, inputs: Any) -> None:
        """Update its parts."""
        self.encoder.update(inputs)


class Holder:
    """A plain object: no list of a module's variables enters it."""

    def __init__(self, scale: Any, offsets: list[Any]) -> None:
        self.scale = scale
        self.offsets = offsets


class SlottedHolder:
    """A plain object without a ``__dict__``."""

    __slots__ = ("offsets", "scale")

    def __init__(self, scale: Any, offsets: list[Any]) -> None:
        self.scale = scale
        self.offsets = offsets


class PlainObject(Part):
    """A vector and numbers in a plain object."""

    def __init__(self, units: int, draw: Draw, slotted: bool) -> None:
        super().__init__()
        holder = SlottedHolder if slotted else Holder
        self.holder = holder(draw.variable(units), draw.array(units).tolist())

    def __call__(self, inputs: Any) -> Any:
        """Return the inputs, scaled and shifted."""
        return inputs * self.holder.scale + np.asarray(self.holder.offsets, inputs.dtype.name)

    def update(self, inputs: Any) -> None:
        """Move the first number."""
        self.holder.offsets[0] += 0.5


class NumpyArray(Part):
    """A vector in a NumPy array."""

    def __init__(self, units: int, draw: Draw) -> None:
        super().__init__()
        self.array = draw.array(units)

    def __call__(self, inputs: Any) -> Any:
        """Return the sum."""
        return inputs + self.array

    def update(self, inputs: Any) -> None:
        """Add to it in place."""
        self.array += 0.5


class CallCount(Part):
    """A Python number that each call moves on."""

    def __init__(self, units: int, draw: Draw) -> None:
        super().__init__()
        self.calls = draw.seed() % 90 + 10

    def __call__(self, inputs: Any) -> Any:
        """Return the inputs."""
        self.calls += 1
        return inputs


class CallLog(Part):
    """A Python list that each call appends to."""

    def __init__(self, units: int, draw: Draw) -> None:
        super().__init__()
        self.batches = [draw.seed() % 9 + 1]

    def __call__(self, inputs: Any) -> Any:
        """Return the inputs."""
        self.batches.append(inputs.shape[0])
        return inputs
