"""Specs of the layers between a model's input and its head.

A new layer is one more dataclass here: ``keras_layer`` makes it, ``strategy``
draws it, ``@layer`` makes it known, ``__all__`` makes it public.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.architectures.registry import Limits, layer
from pytest_tfpclone.architectures.spec import Spec, check_choice, check_integer

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["ACTIVATIONS", "Dense"]

ACTIVATIONS: tuple[str | None, ...] = (None, "relu", "tanh", "softplus", "sigmoid", "elu")
"""Names of activations that a layer may have, from the simplest on; None is the identity."""


@layer
@dataclass(frozen=True, slots=True, repr=False)
class Dense(Spec):
    """A densely connected layer with a bias.

    Attributes:
      units: Width of the output, at least 1.
      activation: A name of ``ACTIVATIONS``, or None.
    """

    units: int
    activation: str | None = None

    def __post_init__(self) -> None:
        """Check the fields."""
        check_integer(self, "units", least=1)
        check_choice(self, "activation", ACTIVATIONS)

    def keras_layer(self, *, name: str) -> Any:
        """Return a new ``tf_keras.layers.Dense``."""
        import tf_keras

        return tf_keras.layers.Dense(self.units, activation=self.activation, name=name)

    @classmethod
    def strategy(cls, limits: Limits) -> SearchStrategy[Dense]:
        """Return a strategy for these layers; shrinks towards one unit, first activation."""
        from hypothesis import strategies as st

        return st.builds(
            cls,
            units=st.integers(1, limits.max_units),
            activation=st.sampled_from(limits.activations),
        )
