"""Specs of models of one stack of layers: ``tf_keras.Sequential``, and a class of one's own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.architectures.network import Network, heads_of, layers_of
from pytest_tfpclone.architectures.registry import Head, Layer, Limits, Place, model
from pytest_tfpclone.architectures.spec import check_choice
from pytest_tfpclone.architectures.stack import head_layers, input_shape, keras_layers, output_shape
from pytest_tfpclone.architectures.training import OPTIMIZERS

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["CONTAINERS", "OPTIMIZERS", "Sequential", "Subclassed"]

CONTAINERS = ("attributes", "list", "dict")
"""How a model of one's own class may hold its layers, from the simplest on."""


@dataclass(frozen=True, slots=True, repr=False)
class _Stack(Network):
    """A stack of layers that ends in a distribution.

    Attributes:
      layers: Specs of the layers before the head.
      head: Spec of the last layer, which makes the distribution.
    """

    layers: tuple[Layer, ...]
    head: Head

    def __post_init__(self) -> None:
        """Check the fields."""
        Network.__post_init__(self)
        self.check_layers("layers", self.layers)
        self.check_head("head", self.head)

    @property
    def input_shapes(self) -> list[tuple[int, ...]]:
        """The shape of the input, without the batch dimension."""
        return [input_shape(self.layers, self.features)]

    def all_layers(self, place: Place) -> list[Any]:
        """Return new tf_keras layers, those of the head last."""
        shape = output_shape(self.layers, place.shape)
        head = head_layers(self.head, replace(place, name="head", shape=shape))
        return keras_layers(self.layers, place) + head


@model
@dataclass(frozen=True, slots=True, repr=False)
class Sequential(_Stack):
    """A ``tf_keras.Sequential`` of layers that ends in a distribution.

    Takes arrays of shape ``[batch, features]``, or of more dimensions if its
    layers need them.

    Attributes:
      layers: Specs of the layers before the head.
      head: Spec of the last layer, which makes the distribution.

    >>> from pytest_tfpclone.architectures import Dense, Normal
    >>> Sequential(layers=(Dense(units=2, activation="relu"),), head=Normal(captures=None), seed=7)
    Sequential(layers=(Dense(units=2, activation='relu'),), head=Normal(), seed=7)
    """

    def keras_model(self, place: Place) -> Any:
        """Return a new, built ``tf_keras.Sequential``."""
        import tf_keras

        inputs = tf_keras.layers.InputLayer(input_shape=place.shape, name="inputs")
        return tf_keras.Sequential([inputs, *self.all_layers(place)], name="sequential")

    @classmethod
    def strategy(cls, limits: Limits) -> SearchStrategy[Sequential]:
        """Return a strategy for these models; shrinks towards few layers and the first head."""
        return cls.drawn(limits, layers=layers_of(limits), head=heads_of(limits))


@model
@dataclass(frozen=True, slots=True, repr=False)
class Subclassed(_Stack):
    """A model of one's own class, whose ``call`` runs its layers in turn.

    Attributes:
      layers: Specs of the layers before the head.
      head: Spec of the last layer, which makes the distribution.
      held: How the model holds its layers, one of ``CONTAINERS``.
    """

    held: str = field(default="attributes", kw_only=True)

    def __post_init__(self) -> None:
        """Check the fields."""
        _Stack.__post_init__(self)
        check_choice(self, "held", CONTAINERS)

    def keras_model(self, place: Place) -> Any:
        """Return a new model that was called once."""
        import tensorflow as tf

        from pytest_tfpclone.architectures.keras_classes import Network as Subclass

        made = Subclass(self.all_layers(place), self.held, name="subclassed")
        made(tf.zeros([1, *place.shape], place.dtype))
        return made

    @classmethod
    def strategy(cls, limits: Limits) -> SearchStrategy[Subclassed]:
        """Return a strategy for these models; shrinks towards few layers and the first head."""
        from hypothesis import strategies as st

        return cls.drawn(
            limits,
            layers=layers_of(limits),
            head=heads_of(limits),
            held=st.sampled_from(CONTAINERS),
        )
