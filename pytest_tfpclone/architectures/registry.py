"""Where specs of layers, heads and models announce themselves.

A new kind is one decorated dataclass: it says how to build itself and how to
draw its fields, and the strategies find it here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from hypothesis.strategies import SearchStrategy

Kind = TypeVar("Kind", bound=type)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a drawn architecture may hold: the options of ``strategies.architectures``.

    Each tuple lists its choices from the simplest on: draws shrink towards the first.

    Attributes:
      layers: Kinds of layers before the head.
      heads: Kinds of heads.
      min_layers: Least number of layers before the head.
      max_layers: Largest number of layers before the head.
      max_units: Largest width of a layer, and largest number of input features.
      activations: Names of activations; None is the identity.
      captures: Ways in which a head's function may hold a variable.
      training: Pairs of an optimizer's name, or None for a model that isn't
        compiled, and a number of training steps.
    """

    layers: tuple[type[Layer], ...]
    heads: tuple[type[Head], ...]
    min_layers: int
    max_layers: int
    max_units: int
    activations: tuple[str | None, ...]
    captures: tuple[str | None, ...]
    training: tuple[tuple[str | None, int], ...]


class Layer(Protocol):
    """A spec of a layer: what ``@layer`` decorates."""

    def keras_layer(self, *, name: str) -> Any:
        """Return a new tf_keras layer; its variables get their values afterwards."""

    @classmethod
    def strategy(cls, limits: Limits) -> SearchStrategy[Any]:
        """Return the Hypothesis strategy that draws such specs."""


class Head(Protocol):
    """A spec of the layer that turns a network's output into a distribution."""

    def keras_layer(self, *, name: str, units: int, values: np.random.Generator) -> Any:
        """Return a new tf_keras layer for inputs of shape ``[batch, units]``.

        Args:
          name: The layer's name.
          units: The width of the layer before.
          values: Draws the values of captured variables.
        """

    @classmethod
    def strategy(cls, limits: Limits) -> SearchStrategy[Any]:
        """Return the Hypothesis strategy that draws such specs."""


class Model(Protocol):
    """A spec of a whole model."""

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one probe input, without the batch dimension."""

    def build(self) -> Any:
        """Return a new, built tf_keras model: equal specs give equal models."""

    @classmethod
    def strategy(cls, limits: Limits) -> SearchStrategy[Any]:
        """Return the Hypothesis strategy that draws such specs."""


_registered: dict[str, list[type[Any]]] = {"layer": [], "head": [], "model": []}


def registered(role: str) -> tuple[type[Any], ...]:
    """Return the kinds of specs for a role, the simplest first.

    Args:
      role: ``"layer"``, ``"head"`` or ``"model"``.

    Raises:
      ValueError: There is no such role.
    """
    if role not in _registered:
        raise ValueError(f"role={role!r} must be one of {', '.join(map(repr, _registered))}")
    return tuple(_registered[role])


def layer(kind: Kind) -> Kind:
    """Register a dataclass with the methods of ``Layer``, for example ``Dense``."""
    _registered["layer"].append(kind)
    return kind


def head(kind: Kind) -> Kind:
    """Register a dataclass with the methods of ``Head``, for example ``Normal``."""
    _registered["head"].append(kind)
    return kind


def model(kind: Kind) -> Kind:
    """Register a dataclass with the methods of ``Model``, for example ``Sequential``."""
    _registered["model"].append(kind)
    return kind
