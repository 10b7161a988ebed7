"""Specs of functional models: branches that are merged, several inputs, several outputs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.architectures.network import Network, heads_of, layers_of
from pytest_tfpclone.architectures.registry import Head, Layer, Limits, Place, model
from pytest_tfpclone.architectures.spec import check_choice, check_flag, check_tuple
from pytest_tfpclone.architectures.stack import (
    head_layers,
    input_shape,
    keras_layers,
    output_shape,
)

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["MERGES", "Functional", "Siamese"]

MERGES = ("concatenate", "add")
"""How branches come together; ``"add"`` gives all of them the width of the first."""


@model
@dataclass(frozen=True, slots=True, repr=False)
class Functional(Network):
    """A functional ``tf_keras.Model`` of branches, layers after them, and heads.

    Takes arrays of shape ``[batch, features]``, or of more dimensions if the
    layers of a branch need them.

    Attributes:
      branches: A stack of layers for each branch; an empty one passes its input on.
      heads: Specs of the heads, at least one; a model of several returns a list.
      layers: Specs of the layers after the branches come together.
      merge: How branches come together, one of ``MERGES``.
      several_inputs: Whether each branch has an input of its own.

    >>> from pytest_tfpclone.architectures import Dense, Normal
    >>> Functional(branches=((Dense(units=1),), ()), heads=(Normal(),), merge="add")
    Functional(branches=((Dense(units=1),), ()), heads=(Normal(),), merge='add')
    """

    branches: tuple[tuple[Layer, ...], ...]
    heads: tuple[Head, ...]
    layers: tuple[Layer, ...] = field(default=(), kw_only=True)
    merge: str = field(default="concatenate", kw_only=True)
    several_inputs: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        """Check the fields."""
        Network.__post_init__(self)
        check_tuple(self, "branches", "tuple of layers")
        for branch in self.branches:
            self.check_layers("branches", branch)
        self.check_layers("layers", self.layers)
        check_tuple(self, "heads", "head")
        for head in self.heads:
            self.check_head("heads", head)
        check_choice(self, "merge", MERGES)
        check_flag(self, "several_inputs")

    @property
    def input_shapes(self) -> list[tuple[int, ...]]:
        """The shape of each input, without the batch dimension."""
        if self.several_inputs:
            return [input_shape(branch, self.features) for branch in self.branches]
        return [input_shape([each for branch in self.branches for each in branch], self.features)]

    def keras_model(self, place: Place) -> Any:
        """Return a new ``tf_keras.Model``."""
        inputs = _inputs(self.input_shapes)
        ends = []
        for index, branch in enumerate(self.branches):
            tensor = inputs[index] if self.several_inputs else inputs[0]
            there = replace(place, name=f"branch_{index}_", shape=tuple(tensor.shape[1:]))
            ends.append(_run(keras_layers(branch, there), tensor))
        merged = _merged(self.merge, ends)
        there = replace(place, name="merged_", shape=tuple(merged.shape[1:]))
        merged = _run(keras_layers(self.layers, there), merged)
        shape = output_shape(self.layers, there.shape)
        outputs = [
            _run(head_layers(head, replace(place, name=f"head_{index}", shape=shape)), merged)
            for index, head in enumerate(self.heads)
        ]
        return _model(inputs, outputs, "functional")

    @classmethod
    def of_drawn(cls, **fields: Any) -> Functional:
        """Return the model of a first branch and head, and of further ones."""
        branch, head = fields.pop("branch"), fields.pop("head")
        branches, heads = fields.pop("branches"), fields.pop("heads")
        return cls(branches=(branch, *branches), heads=(head, *heads), **fields)

    @classmethod
    def strategy(cls, limits: Limits) -> SearchStrategy[Functional]:
        """Return a strategy for these models.

        Shrinks towards one branch, one head, and no layers after the branches. The
        first branch and head are drawn as the layers and the head of a
        ``Sequential`` are, so that a failure that needs no more shrinks to one;
        the further heads right after it, so that any of them can be left out.
        """
        from hypothesis import strategies as st

        return cls.drawn(
            limits,
            branch=layers_of(limits),
            head=heads_of(limits),
            heads=st.lists(heads_of(limits), max_size=1),
            branches=st.lists(layers_of(limits), max_size=2),
            layers=layers_of(limits, least=0, most=1),
            merge=st.sampled_from(MERGES),
            several_inputs=st.booleans(),
        )


@model
@dataclass(frozen=True, slots=True, repr=False)
class Siamese(Network):
    """A functional ``tf_keras.Model`` that runs the same layers on each of two inputs.

    Attributes:
      layers: Specs of the layers that both inputs go through.
      head: Spec of the last layer, which makes the distribution.
      merge: How their outputs come together, one of ``MERGES``.
    """

    layers: tuple[Layer, ...]
    head: Head
    merge: str = field(default="concatenate", kw_only=True)

    def __post_init__(self) -> None:
        """Check the fields."""
        Network.__post_init__(self)
        self.check_layers("layers", self.layers)
        self.check_head("head", self.head)
        check_choice(self, "merge", MERGES)

    @property
    def input_shapes(self) -> list[tuple[int, ...]]:
        """The shapes of the two inputs, without the batch dimension."""
        return [input_shape(self.layers, self.features)] * 2

    def keras_model(self, place: Place) -> Any:
        """Return a new ``tf_keras.Model``."""
        inputs = _inputs(self.input_shapes)
        twin = keras_layers(self.layers, place)
        merged = _merged(self.merge, [_run(twin, each) for each in inputs])
        there = replace(place, name="head", shape=tuple(merged.shape[1:]))
        return _model(inputs, [_run(head_layers(self.head, there), merged)], "siamese")

    @classmethod
    def strategy(cls, limits: Limits) -> SearchStrategy[Siamese]:
        """Return a strategy for these models; shrinks towards few layers and the first head."""
        from hypothesis import strategies as st

        return cls.drawn(
            limits,
            layers=layers_of(limits),
            head=heads_of(limits),
            merge=st.sampled_from(MERGES),
        )


def _inputs(shapes: list[tuple[int, ...]]) -> list[Any]:
    import tf_keras

    return [tf_keras.Input(shape, name=f"inputs_{i}") for i, shape in enumerate(shapes)]


def _run(layers: list[Any], tensor: Any) -> Any:
    for each in layers:
        tensor = each(tensor)
    return tensor


def _merged(merge: str, ends: list[Any]) -> Any:
    """Return the tensor in which branches come together; one branch stays as it is."""
    import tf_keras

    if len(ends) == 1:
        return ends[0]
    flat: list[Any] = []
    for index, end in enumerate(ends):
        if len(end.shape) > 2:
            end = tf_keras.layers.Flatten(name=f"branch_{index}_flatten")(end)
        if merge == "add" and flat and end.shape[-1] != flat[0].shape[-1]:
            name = f"branch_{index}_projection"
            end = tf_keras.layers.Dense(flat[0].shape[-1], name=name)(end)
        flat.append(end)
    if merge == "add":
        return tf_keras.layers.Add(name="add")(flat)
    return tf_keras.layers.Concatenate(name="concatenate")(flat)


def _model(inputs: list[Any], outputs: list[Any], name: str) -> Any:
    import tf_keras

    return tf_keras.Model(
        inputs if len(inputs) > 1 else inputs[0],
        outputs if len(outputs) > 1 else outputs[0],
        name=name,
    )
