"""Put layers one after another: each gets its input in the rank that it takes.

A vector becomes a sequence with one feature per step, a sequence an image with
one channel; the other way round, leading dimensions are joined. So every layer
may follow every other one, and a spec stays valid when a layer is left out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.architectures.layers import LayerSpec
from pytest_tfpclone.architectures.registry import Head, Layer, Limits, Place, layer, registered
from pytest_tfpclone.architectures.spec import check_registered, check_tuple

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Nested"]

_SIZES: dict[int, tuple[int, ...]] = {1: (), 2: (3,), 3: (3, 3), 4: (2, 2, 2)}


def input_shape(layers: Sequence[Layer], features: int) -> tuple[int, ...]:
    """Return the shape that a stack takes: that of its first layer that needs a rank.

    >>> from pytest_tfpclone.architectures import Conv2D, Dense
    >>> input_shape((Dense(units=1), Conv2D(filters=1)), features=2)
    (3, 3, 2)
    """
    ranks = [each.rank for each in layers if each.rank is not None]
    return (*_SIZES[ranks[0] if ranks else 1], features)


def reshaped(shape: tuple[int, ...], rank: int | None) -> tuple[int, ...]:
    """Return a shape of the same size and of the rank asked for.

    >>> reshaped((5,), 3), reshaped((2, 3, 4), 2), reshaped((2, 3, 4), 1)
    ((5, 1, 1), (6, 4), (24,))
    """
    if rank is None or rank == len(shape):
        return shape
    if rank > len(shape):
        return (*shape, *[1] * (rank - len(shape)))
    kept = shape[len(shape) - rank + 1 :]
    return (math.prod(shape) // math.prod(kept), *kept)


def output_shape(layers: Sequence[Layer], shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape that a stack gives, without the batch dimension."""
    for each in layers:
        shape = each.output_shape(reshaped(shape, each.rank))
    return shape


def keras_layers(layers: Sequence[Layer], place: Place) -> list[Any]:
    """Return new tf_keras layers to be run one after another.

    Args:
      layers: Specs of the layers.
      place: Where the first goes; names start with the place's name, if it has one.
    """
    made: list[Any] = []
    shape = place.shape
    for index, each in enumerate(layers):
        # Names by position, since Keras' own count all layers of the process.
        name = f"{place.name}{type(each).__name__.lower()}_{index}"
        shape = _reshape(made, shape, each.rank, f"{name}_reshape")
        made.append(each.keras_layer(replace(place, name=name, shape=shape)))
        shape = each.output_shape(shape)
    return made


def head_layers(head: Head, place: Place) -> list[Any]:
    """Return new tf_keras layers of a head, after one that flattens what comes in."""
    made: list[Any] = []
    shape = _reshape(made, place.shape, 1, f"{place.name}_reshape")
    return made + head.keras_layers(replace(place, shape=shape))


def _reshape(
    made: list[Any], shape: tuple[int, ...], rank: int | None, name: str
) -> tuple[int, ...]:
    import tf_keras

    wanted = reshaped(shape, rank)
    if wanted != shape:
        made.append(tf_keras.layers.Reshape(wanted, name=name))
    return wanted


@layer
@dataclass(frozen=True, slots=True, repr=False)
class Nested(LayerSpec):
    """A ``tf_keras.Sequential`` that is a layer of another model.

    Attributes:
      layers: Specs of its layers, at least one.
    """

    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        """Check the fields."""
        check_tuple(self, "layers", "layer")
        for each in self.layers:
            check_registered(self, "layers", each, registered("layer"))

    @property
    def rank(self) -> int | None:  # type: ignore[override]
        """The rank that its first layer takes."""
        return self.layers[0].rank

    def keras_layer(self, place: Place) -> Any:
        """Return a new, built ``tf_keras.Sequential``."""
        import tf_keras

        inputs = tf_keras.layers.InputLayer(place.shape, name=f"{place.name}_inputs")
        inner = keras_layers(self.layers, replace(place, name=f"{place.name}_"))
        return tf_keras.Sequential([inputs, *inner], name=place.name)

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape that the last layer gives."""
        return output_shape(self.layers, shape)

    @classmethod
    def strategy(cls, limits: Limits) -> SearchStrategy[Nested]:
        """Return a strategy for these layers; shrinks towards one layer."""
        from hypothesis import strategies as st

        from pytest_tfpclone.architectures.layers import Dense

        kinds = [kind for kind in limits.layers if kind is not cls] or [Dense]
        layers = st.lists(
            st.one_of([kind.strategy(limits) for kind in kinds]), min_size=1, max_size=2
        )
        return st.builds(cls, layers=layers.map(tuple))
