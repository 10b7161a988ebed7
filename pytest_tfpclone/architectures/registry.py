"""Where specs of layers, heads and models announce themselves.

A new kind is one decorated dataclass: it says how to build itself and how to
draw its fields, and the strategies find it here.
"""

from __future__ import annotations

from collections.abc import Callable
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
      models: Kinds of whole models.
      layers: Kinds of layers before the head.
      heads: Kinds of heads.
      min_layers: Least number of layers before the head.
      max_layers: Largest number of layers before the head.
      max_units: Largest width of a layer, and largest number of input features.
      activations: Names of activations; None is the identity.
      captures: Ways in which a function may hold a variable.
      dtypes: Names of floating-point dtypes.
      training: Pairs of an optimizer's name, or None for a model that isn't
        compiled, and a number of training steps.
    """

    models: tuple[type[Model], ...]
    layers: tuple[type[Layer], ...]
    heads: tuple[type[Head], ...]
    min_layers: int
    max_layers: int
    max_units: int
    activations: tuple[str | None, ...]
    captures: tuple[str | None, ...]
    dtypes: tuple[str, ...]
    training: tuple[tuple[str | None, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a model a layer goes.

    Attributes:
      name: The layer's name.
      shape: The shape of its input, without the batch dimension.
      dtype: Name of the floating-point dtype that all of the model has.
      values: Draws the values of captured variables, and seeds.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    values: np.random.Generator

    @property
    def units(self) -> int:
        """The width of the input."""
        return self.shape[-1]

    def variable(self, shape: tuple[int, ...], name: str) -> Any:
        """Return a new variable that isn't trainable, with standard normal values.

        Not trainable, since Keras warns of trainable variables that a
        ``Lambda`` uses but can't track.
        """
        import tensorflow as tf

        value = self.values.normal(size=shape).astype(self.dtype)
        return tf.Variable(value, trainable=False, name=name)


class Layer(Protocol):
    """A spec of a layer: what ``@layer`` decorates."""

    @property
    def rank(self) -> int | None:
        """How many dimensions its input has, without the batch; None for any number."""

    def keras_layer(self, place: Place) -> Any:
        """Return a new tf_keras layer; its variables get their values afterwards."""

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of its output, without the batch dimension, given its input's."""

    @classmethod
    def strategy(cls, limits: Limits) -> SearchStrategy[Any]:
        """Return the Hypothesis strategy that draws such specs."""


class Head(Protocol):
    """A spec of the layers that turn a network's output into a distribution."""

    def keras_layers(self, place: Place) -> list[Any]:
        """Return new tf_keras layers for inputs of shape ``[batch, units]``.

        The last of them returns a distribution over vectors or batches of
        ``units`` numbers, and the names of all start with the place's.
        """

    @classmethod
    def strategy(cls, limits: Limits) -> SearchStrategy[Any]:
        """Return the Hypothesis strategy that draws such specs."""


class Model(Protocol):
    """A spec of a whole model, a distribution, or a module."""

    def build(self) -> Any:
        """Return a new, built object: equal specs give equal ones, bit for bit."""

    def inputs(self) -> SearchStrategy[Any]:
        """Return a strategy for what the model can be called with.

        For a distribution, what its ``log_prob`` takes; for a bijector, what its
        ``forward`` takes; for anything else, the only argument of a call.
        """

    @classmethod
    def strategy(cls, limits: Any) -> SearchStrategy[Any]:
        """Return the Hypothesis strategy that draws such specs."""


class Action(Protocol):
    """A spec of what a user does with a model, for good."""

    def __call__(self, model: Any) -> None:
        """Do it: alike on equal models."""

    @classmethod
    def strategy(cls, model: Any) -> SearchStrategy[Any] | None:
        """Return the strategy that draws such specs for a built model, None if it has no use."""


ROLES = ("layer", "head", "model", "distribution", "module", "part", "action")
_registered: dict[str, list[type[Any]]] = {role: [] for role in ROLES}


def registered(role: str) -> tuple[type[Any], ...]:
    """Return the kinds of specs for a role, the simplest first.

    Args:
      role: ``"layer"``, ``"head"``, ``"model"`` for Keras models of layers and
        heads, ``"distribution"``, ``"module"``, ``"part"`` for parts of modules, or
        ``"action"``.

    Raises:
      ValueError: There is no such role.
    """
    if role not in _registered:
        raise ValueError(f"role={role!r} must be one of {', '.join(map(repr, _registered))}")
    return tuple(_registered[role])


def _registers(role: str, protocol: str, example: str) -> Callable[[Kind], Kind]:
    def register(kind: Kind) -> Kind:
        _registered[role].append(kind)
        return kind

    register.__name__ = register.__qualname__ = role
    register.__doc__ = f"Register a dataclass with the methods of ``{protocol}``: ``{example}``."
    return register


layer = _registers("layer", "Layer", "Dense")
head = _registers("head", "Head", "Normal")
model = _registers("model", "Model", "Sequential")
distribution = _registers("distribution", "Model", "Leaf")
module = _registers("module", "Model", "Module")
part = _registers("part", "Part", "Weight")
action = _registers("action", "Action", "Train")
