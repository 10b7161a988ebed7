"""Specs of sequential models: layers, and a head that makes a distribution of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.architectures.registry import Head, Layer, Limits, model, registered
from pytest_tfpclone.architectures.seeding import seeded
from pytest_tfpclone.architectures.spec import (
    Spec,
    check_choice,
    check_integer,
    check_registered,
)
from pytest_tfpclone.architectures.training import OPTIMIZERS, compile_model, train

if TYPE_CHECKING:
    import numpy as np
    from hypothesis.strategies import SearchStrategy

__all__ = ["OPTIMIZERS", "Sequential"]


@model
@dataclass(frozen=True, slots=True, repr=False)
class Sequential(Spec):
    """A ``tf_keras.Sequential`` of layers that ends in a distribution.

    Attributes:
      layers: Specs of the layers before the head, at least one.
      head: Spec of the last layer, which makes the distribution.
      inputs: Number of input features, at least 1.
      compiled: An optimizer's name, one of ``OPTIMIZERS``; None for a model
        that isn't compiled.
      trained: Number of training steps taken, from 0 to 3; needs ``compiled``.
      seed: Fixes the values of all variables, and the training data.

    >>> from pytest_tfpclone.architectures import Dense, Normal
    >>> Sequential(layers=(Dense(units=2, activation="relu"),), head=Normal(captures=None), seed=7)
    Sequential(layers=(Dense(units=2, activation='relu'),), head=Normal(), seed=7)
    """

    layers: tuple[Layer, ...]
    head: Head
    inputs: int = 1
    compiled: str | None = None
    trained: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the fields."""
        if not isinstance(self.layers, tuple) or not self.layers:
            raise TypeError(
                f"Sequential: layers={self.layers!r} must be a tuple of at least one layer"
            )
        for each in self.layers:
            check_registered(self, "layers", each, registered("layer"))
        check_registered(self, "head", self.head, registered("head"))
        check_integer(self, "inputs", least=1)
        check_choice(self, "compiled", OPTIMIZERS)
        check_integer(self, "trained", least=0, most=3)
        check_integer(self, "seed", least=0, most=2**32 - 1)
        if self.trained and self.compiled is None:
            raise ValueError(
                f"Sequential: trained={self.trained} needs an optimizer: compiled=None, "
                "give the name of one, for example compiled='adam'"
            )

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one probe input, without the batch dimension: ``(inputs,)``."""
        return (self.inputs,)

    def build(self) -> Any:
        """Return a new, built model: equal specs give equal models, bit for bit.

        The global generators of Python, NumPy and TensorFlow are left as they are.

        Returns:
          A ``tf_keras.Sequential`` for ``float32`` inputs of shape ``[batch,
          inputs]``, whose output is a ``tfd.Distribution``.
        """
        import numpy as np
        import tf_keras

        values = np.random.default_rng(self.seed)
        with seeded(self.seed):
            # Names by position, since Keras' own count all layers of the process.
            built = tf_keras.Sequential(
                [tf_keras.layers.InputLayer(input_shape=self.input_shape, name="inputs")],
                name="sequential",
            )
            for index, each in enumerate(self.layers):
                name = f"{type(each).__name__.lower()}_{index}"
                built.add(each.keras_layer(name=name))
            units = built.output_shape[-1]
            built.add(self.head.keras_layer(name="head", units=units, values=values))
            _set_values(built.variables, values)
            if self.compiled is not None:
                compile_model(built, self.compiled)
                train(built, self.input_shape, steps=self.trained, values=values)
        return built

    @classmethod
    def strategy(cls, limits: Limits) -> SearchStrategy[Sequential]:
        """Return a strategy for these models.

        Shrinks towards few layers, few units, the first head and way to
        capture, an untrained model with one input, and the seed 0.
        """
        from hypothesis import strategies as st

        layers = st.one_of([kind.strategy(limits) for kind in limits.layers])
        heads = st.one_of([kind.strategy(limits) for kind in limits.heads])
        return st.builds(
            _with_training,
            training=st.sampled_from(limits.training),
            layers=st.lists(layers, min_size=limits.min_layers, max_size=limits.max_layers),
            head=heads,
            inputs=st.integers(1, limits.max_units),
            seed=st.integers(0, 999),
        )


def _with_training(
    training: tuple[str | None, int], layers: list[Layer], **fields: Any
) -> Sequential:
    compiled, trained = training
    return Sequential(layers=tuple(layers), compiled=compiled, trained=trained, **fields)


def _set_values(variables: list[Any], values: np.random.Generator) -> None:
    """Give all variables, biases too, values that no initializer gives.

    So a cloner that initializes the clone instead of copying is seen to be wrong.
    """
    for variable in variables:
        fan_in = variable.shape[0] if len(variable.shape) > 1 else 4
        value = values.normal(scale=fan_in**-0.5, size=tuple(variable.shape))
        variable.assign(value.astype(variable.dtype.as_numpy_dtype))
