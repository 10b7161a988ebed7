"""Specs of the Keras layers between a model's input and its head.

A new layer is one more dataclass: ``keras_layer`` makes it, ``strategy`` draws
it, ``@layer`` makes it known, ``__all__`` makes it public.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from pytest_tfpclone.architectures.captures import CAPTURES, capture
from pytest_tfpclone.architectures.registry import Limits, Place, layer
from pytest_tfpclone.architectures.spec import Spec, check_choice, check_integer

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = [
    "ACTIVATIONS",
    "CELLS",
    "REGULARIZERS",
    "BatchNormalization",
    "Conv1D",
    "Conv2D",
    "Dense",
    "Dropout",
    "Lambda",
    "Recurrent",
]

ACTIVATIONS: tuple[str | None, ...] = (None, "relu", "tanh", "softplus", "sigmoid", "elu")
"""Names of activations that a layer may have, from the simplest on; None is the identity."""

REGULARIZERS: tuple[str | None, ...] = (None, "l2", "variable")
"""Kinds of kernel regularizers; ``"variable"`` holds its strength in a ``tf.Variable``."""

CELLS = ("SimpleRNN", "GRU", "LSTM")
"""Kinds of recurrent layers, from the simplest on."""


class LayerSpec(Spec):
    """A layer that takes inputs of any rank and keeps their shape."""

    __slots__ = ()
    rank: ClassVar[int | None] = None

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of the output, without the batch dimension."""
        return shape

    @classmethod
    def strategy(cls, limits: Limits) -> SearchStrategy[Any]:
        """Return a strategy for these layers, which have nothing to choose."""
        from hypothesis import strategies as st

        return st.builds(cls)


def regularizer(kind: str | None, place: Place) -> Any:
    """Return a new kernel regularizer of a kind named in ``REGULARIZERS``."""
    if kind is None:
        return None
    from pytest_tfpclone.architectures import keras_classes

    strength = float(place.values.uniform(0.01, 0.1))
    if kind == "l2":
        return keras_classes.l2(strength)
    return keras_classes.VariableL2(strength, dtype=place.dtype)


@layer
@dataclass(frozen=True, slots=True, repr=False)
class Dense(LayerSpec):
    """A densely connected layer with a bias.

    Attributes:
      units: Width of the output, at least 1.
      activation: A name of ``ACTIVATIONS``, or None.
      regularizer: A kind of ``REGULARIZERS``, or None.
    """

    units: int
    activation: str | None = None
    regularizer: str | None = None

    def __post_init__(self) -> None:
        """Check the fields."""
        check_integer(self, "units", least=1)
        check_choice(self, "activation", ACTIVATIONS)
        check_choice(self, "regularizer", REGULARIZERS)

    def keras_layer(self, place: Place) -> Any:
        """Return a new ``tf_keras.layers.Dense``."""
        import tf_keras

        return tf_keras.layers.Dense(
            self.units,
            activation=self.activation,
            kernel_regularizer=regularizer(self.regularizer, place),
            name=place.name,
        )

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape with the last dimension replaced."""
        return (*shape[:-1], self.units)

    @classmethod
    def strategy(cls, limits: Limits) -> SearchStrategy[Dense]:
        """Return a strategy for these layers; shrinks towards one unit, first activation.

        Hypothesis takes what needs fewer choices for simpler, so the simplest
        layers come with fewer than those of any other kind.
        """
        from hypothesis import strategies as st

        fields = {
            "units": st.integers(1, limits.max_units),
            "activation": st.sampled_from(limits.activations),
        }
        return st.one_of(
            st.just(cls(units=1, activation=limits.activations[0])),
            st.builds(cls, **fields),
            st.builds(cls, regularizer=st.sampled_from(REGULARIZERS[1:]), **fields),
        )


@layer
@dataclass(frozen=True, slots=True, repr=False)
class Dropout(LayerSpec):
    """Drop half of the inputs in training; draws from a generator that the layer holds."""

    def keras_layer(self, place: Place) -> Any:
        """Return a new ``tf_keras.layers.Dropout`` with a seeded ``tf.random.Generator``."""
        import tf_keras

        # A generator of its own: TensorFlow's global one can't be put back after training.
        return tf_keras.layers.Dropout(
            0.5, seed=int(place.values.integers(2**31)), rng_type="stateful", name=place.name
        )


@layer
@dataclass(frozen=True, slots=True, repr=False)
class BatchNormalization(LayerSpec):
    """Batch normalization, whose moving averages no gradient moves."""

    def keras_layer(self, place: Place) -> Any:
        """Return a new ``tf_keras.layers.BatchNormalization``."""
        import tf_keras

        return tf_keras.layers.BatchNormalization(momentum=0.9, name=place.name)


@layer
@dataclass(frozen=True, slots=True, repr=False)
class Lambda(LayerSpec):
    """A ``tf_keras.layers.Lambda`` that shifts its input.

    Attributes:
      captures: How its function holds the shift, a name of ``CAPTURES``; None
        for a shift by one.
    """

    captures: str | None = None

    def __post_init__(self) -> None:
        """Check the fields."""
        check_choice(self, "captures", CAPTURES)

    def keras_layer(self, place: Place) -> Any:
        """Return a new ``tf_keras.layers.Lambda``."""
        import tf_keras

        def shift(inputs: Any, captured: Any = 1.0) -> Any:
            return inputs + captured

        function: Any = shift
        if self.captures is not None:
            function = capture(self.captures, shift, place.variable((place.units,), "captured"))
        return tf_keras.layers.Lambda(function, output_shape=place.shape, name=place.name)

    @classmethod
    def strategy(cls, limits: Limits) -> SearchStrategy[Lambda]:
        """Return a strategy for these layers; shrinks towards the first way to capture."""
        from hypothesis import strategies as st

        return st.builds(cls, captures=st.sampled_from(limits.captures))


@layer
@dataclass(frozen=True, slots=True, repr=False)
class Recurrent(LayerSpec):
    """A recurrent layer over a sequence, which returns its last output.

    Attributes:
      units: Width of the output, at least 1.
      cell: A kind of ``CELLS``.
    """

    units: int
    cell: str = "SimpleRNN"
    rank: ClassVar[int | None] = 2

    def __post_init__(self) -> None:
        """Check the fields."""
        check_integer(self, "units", least=1)
        check_choice(self, "cell", CELLS)

    def keras_layer(self, place: Place) -> Any:
        """Return a new layer of ``tf_keras.layers``, such as ``LSTM``."""
        import tf_keras

        # Unrolled: otherwise each GRU and LSTM leaves graphs of 1.5 MB to the process.
        make = getattr(tf_keras.layers, self.cell)
        return make(self.units, unroll=True, name=place.name)

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return ``(units,)``."""
        return (self.units,)

    @classmethod
    def strategy(cls, limits: Limits) -> SearchStrategy[Recurrent]:
        """Return a strategy for these layers; shrinks towards one unit, ``SimpleRNN``."""
        from hypothesis import strategies as st

        units = st.integers(1, limits.max_units)
        return st.builds(cls, units=units, cell=st.sampled_from(CELLS))


@dataclass(frozen=True, slots=True, repr=False)
class _Convolution(LayerSpec):
    """A convolution with kernels of width 2 that keeps the size.

    Attributes:
      filters: Number of output channels, at least 1.
      activation: A name of ``ACTIVATIONS``, or None.
    """

    filters: int
    activation: str | None = None

    def __post_init__(self) -> None:
        """Check the fields."""
        check_integer(self, "filters", least=1)
        check_choice(self, "activation", ACTIVATIONS)

    def keras_layer(self, place: Place) -> Any:
        """Return a new layer of ``tf_keras.layers`` of the same name."""
        import tf_keras

        make = getattr(tf_keras.layers, type(self).__name__)
        return make(self.filters, 2, padding="same", activation=self.activation, name=place.name)

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape with the last dimension replaced."""
        return (*shape[:-1], self.filters)

    @classmethod
    def strategy(cls, limits: Limits) -> SearchStrategy[Any]:
        """Return a strategy for these layers; shrinks towards one filter, first activation."""
        from hypothesis import strategies as st

        return st.builds(
            cls,
            filters=st.integers(1, limits.max_units),
            activation=st.sampled_from(limits.activations),
        )


@layer
@dataclass(frozen=True, slots=True, repr=False)
class Conv1D(_Convolution):
    """A convolution over a sequence ``[batch, steps, channels]``."""

    rank: ClassVar[int | None] = 2


@layer
@dataclass(frozen=True, slots=True, repr=False)
class Conv2D(_Convolution):
    """A convolution over an image ``[batch, rows, columns, channels]``."""

    rank: ClassVar[int | None] = 3
