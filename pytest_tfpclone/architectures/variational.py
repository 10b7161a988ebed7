"""Specs of the variational layers of ``tfp.layers``, whose weights are distributions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from pytest_tfpclone.architectures.layers import ACTIVATIONS, LayerSpec
from pytest_tfpclone.architectures.registry import Limits, Place, layer
from pytest_tfpclone.architectures.spec import check_choice, check_integer

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = [
    "PRIORS",
    "Convolution1DFlipout",
    "Convolution1DReparameterization",
    "Convolution2DFlipout",
    "Convolution2DReparameterization",
    "Convolution3DFlipout",
    "Convolution3DReparameterization",
    "DenseFlipout",
    "DenseLocalReparameterization",
    "DenseReparameterization",
    "DenseVariational",
    "VariableLayer",
]

PRIORS = ("fixed", "trainable")
"""Kinds of priors over weights; ``"trainable"`` has variables of its own."""


@dataclass(frozen=True, slots=True, repr=False)
class _Variational(LayerSpec):
    """A layer that samples its weights anew in each call.

    Attributes:
      units: Width of the output, at least 1; of a convolution, its channels.
      activation: A name of ``ACTIVATIONS``, or None.
      prior: A kind of ``PRIORS``.
    """

    units: int
    activation: str | None = None
    prior: str = "fixed"

    def __post_init__(self) -> None:
        """Check the fields."""
        check_integer(self, "units", least=1)
        check_choice(self, "activation", ACTIVATIONS)
        check_choice(self, "prior", PRIORS)

    def options(self) -> dict[str, Any]:
        """Return the arguments of the layer's constructor that come after its width."""
        import tensorflow_probability as tfp

        made: dict[str, Any] = {"activation": self.activation}
        if self.prior == "trainable":
            made["kernel_prior_fn"] = tfp.layers.default_mean_field_normal_fn()
        return made

    def keras_layer(self, place: Place) -> Any:
        """Return a new layer of ``tfp.layers`` of the same name."""
        import tensorflow_probability as tfp

        make = getattr(tfp.layers, type(self).__name__)
        return make(self.units, name=place.name, **self.options())

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape with the last dimension replaced."""
        return (*shape[:-1], self.units)

    @classmethod
    def strategy(cls, limits: Limits) -> SearchStrategy[Any]:
        """Return a strategy for these layers; shrinks towards one unit and a fixed prior."""
        from hypothesis import strategies as st

        return st.builds(
            cls,
            units=st.integers(1, limits.max_units),
            activation=st.sampled_from(limits.activations),
            prior=st.sampled_from(PRIORS),
        )


@layer
@dataclass(frozen=True, slots=True, repr=False)
class DenseVariational(_Variational):
    """A dense layer whose posterior and prior are Keras models of their own."""

    def options(self) -> dict[str, Any]:
        """Return the functions that make the posterior and the prior."""
        from pytest_tfpclone.architectures.keras_classes import MeanField

        return {
            "make_posterior_fn": MeanField("location and scale"),
            "make_prior_fn": MeanField("location" if self.prior == "trainable" else "nothing"),
            "kl_weight": 0.1,
            "activation": self.activation,
        }


@layer
@dataclass(frozen=True, slots=True, repr=False)
class DenseReparameterization(_Variational):
    """A dense layer with reparameterized weights."""


@layer
@dataclass(frozen=True, slots=True, repr=False)
class DenseLocalReparameterization(_Variational):
    """A dense layer that samples its outputs in place of its weights."""


@layer
@dataclass(frozen=True, slots=True, repr=False)
class DenseFlipout(_Variational):
    """A dense layer that perturbs each example of a batch independently."""


@dataclass(frozen=True, slots=True, repr=False)
class _VariationalConvolution(_Variational):
    """A convolution with kernels of width 2 that keeps the size; ``units`` are its channels."""

    def options(self) -> dict[str, Any]:
        """Return what a convolution takes besides."""
        return {"kernel_size": 2, "padding": "same", **_Variational.options(self)}


@layer
@dataclass(frozen=True, slots=True, repr=False)
class Convolution1DReparameterization(_VariationalConvolution):
    """A convolution over a sequence, with reparameterized kernels."""

    rank: ClassVar[int | None] = 2


@layer
@dataclass(frozen=True, slots=True, repr=False)
class Convolution1DFlipout(_VariationalConvolution):
    """A convolution over a sequence that perturbs each example independently."""

    rank: ClassVar[int | None] = 2


@layer
@dataclass(frozen=True, slots=True, repr=False)
class Convolution2DReparameterization(_VariationalConvolution):
    """A convolution over an image, with reparameterized kernels."""

    rank: ClassVar[int | None] = 3


@layer
@dataclass(frozen=True, slots=True, repr=False)
class Convolution2DFlipout(_VariationalConvolution):
    """A convolution over an image that perturbs each example independently."""

    rank: ClassVar[int | None] = 3


@layer
@dataclass(frozen=True, slots=True, repr=False)
class Convolution3DReparameterization(_VariationalConvolution):
    """A convolution over a volume, with reparameterized kernels."""

    rank: ClassVar[int | None] = 4


@layer
@dataclass(frozen=True, slots=True, repr=False)
class Convolution3DFlipout(_VariationalConvolution):
    """A convolution over a volume that perturbs each example independently."""

    rank: ClassVar[int | None] = 4


@layer
@dataclass(frozen=True, slots=True, repr=False)
class VariableLayer(LayerSpec):
    """A ``tfp.layers.VariableLayer``, which ignores its input, added to what comes in."""

    def keras_layer(self, place: Place) -> Any:
        """Return a new layer that holds a ``tfp.layers.VariableLayer``."""
        from pytest_tfpclone.architectures.keras_classes import Shift

        return Shift(place.units, name=place.name)
