"""Specs of positive semidefinite kernels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from pytest_tfpclone.architectures.captures import capture
from pytest_tfpclone.architectures.elementary import KERNEL_TABLE, KERNELS
from pytest_tfpclone.architectures.parameters import HELD, Maker
from pytest_tfpclone.architectures.registry import distribution
from pytest_tfpclone.architectures.roles import FEATURES, KernelTree, check_part
from pytest_tfpclone.architectures.spec import check_choice, check_tuple
from pytest_tfpclone.architectures.trees import (
    WAYS,
    DistributionLimits,
    Tree,
    Wanted,
    built,
    several,
)

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = [
    "KERNELS",
    "ChangePoint",
    "FeatureScaled",
    "FeatureTransformed",
    "KernelLeaf",
    "KernelProduct",
    "KernelSum",
    "SchurComplement",
]


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class KernelLeaf(KernelTree):
    """A kernel that has numbers for parameters.

    Attributes:
      kernel: A name of ``KERNELS``.
      held: A name of ``HELD``: how it holds each of its parameters.
    """

    kernel: str = "ExponentiatedQuadratic"
    held: str = "variable"

    ends: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Check the fields."""
        Tree.__post_init__(self)
        check_choice(self, "kernel", KERNELS)
        check_choice(self, "held", HELD)

    def make(self, maker: Maker) -> Any:
        """Return a new kernel of the class."""
        import tensorflow_probability as tfp

        parameters = maker.parameters(KERNEL_TABLE[self.kernel], FEATURES, (), self.held)
        return getattr(tfp.math.psd_kernels, self.kernel)(**parameters)

    @classmethod
    def draws(cls, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[KernelLeaf]:
        """Return a strategy; shrinks towards the first kernel and way to hold."""
        from hypothesis import strategies as st

        # One choice, since draws shrink to those that take the fewest.
        leaves = [cls(name, held) for name in limits.kernels for held in wanted.held(limits)]
        return st.sampled_from(leaves) if leaves else st.nothing()


@dataclass(frozen=True, slots=True, repr=False)
class _OfSeveral(KernelTree):
    """A kernel made of at least two others.

    Attributes:
      kernels: The others.
    """

    kernels: tuple[KernelTree, ...]

    most: ClassVar[int] = 3

    def __post_init__(self) -> None:
        """Check the fields."""
        Tree.__post_init__(self)
        check_tuple(self, "kernels", "kernels", least=2)
        for each in self.kernels:
            check_part(self, "kernels", each, KernelTree)

    @classmethod
    def draws(cls, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[Any]:
        """Return a strategy; shrinks towards two of the simplest parts."""
        return built(cls, several(KernelTree.any(limits, wanted.part()), 2, cls.most))


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class KernelSum(_OfSeveral):
    """The sum of kernels.

    Attributes:
      kernels: The kernels, at least two.
    """

    def make(self, maker: Maker) -> Any:
        """Return the sum of new kernels."""
        first, *others = (each.make(maker) for each in self.kernels)
        for each in others:
            first = first + each
        return first


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class KernelProduct(_OfSeveral):
    """The product of kernels.

    Attributes:
      kernels: The kernels, at least two.
    """

    def make(self, maker: Maker) -> Any:
        """Return the product of new kernels."""
        first, *others = (each.make(maker) for each in self.kernels)
        for each in others:
            first = first * each
        return first


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class ChangePoint(_OfSeveral):
    """A smooth change from one kernel to the next: ``psd_kernels.ChangePoint``.

    Attributes:
      kernels: The kernels, at least two.
    """

    def make(self, maker: Maker) -> Any:
        """Return a new ``ChangePoint``, whose places and slopes are variables."""
        import tensorflow_probability as tfp

        changes = (len(self.kernels) - 1,)
        return tfp.math.psd_kernels.ChangePoint(
            [each.make(maker) for each in self.kernels],
            locs=maker.parameter("ascending", changes, "variable", "locs"),
            slopes=maker.parameter("positive", changes, "variable", "slopes"),
        )


@dataclass(frozen=True, slots=True, repr=False)
class _OfOneKernel(KernelTree):
    """A kernel around one other.

    Attributes:
      kernel: The other.
    """

    kernel: KernelTree

    def __post_init__(self) -> None:
        """Check the fields."""
        Tree.__post_init__(self)
        check_part(self, "kernel", self.kernel, KernelTree)

    @classmethod
    def draws(cls, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[Any]:
        """Return a strategy; shrinks towards the simplest part."""
        return built(cls, KernelTree.any(limits, wanted.part()), **cls.others(limits))

    @classmethod
    def others(cls, limits: DistributionLimits) -> dict[str, SearchStrategy[Any]]:
        """Return strategies for the other fields, by name."""
        from hypothesis import strategies as st

        return {"held": st.sampled_from(limits.held)}


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class FeatureScaled(_OfOneKernel):
    """A kernel with a length scale for each feature: ``psd_kernels.FeatureScaled``.

    Attributes:
      kernel: The kernel.
      held: A name of ``HELD``: how the scales are held.
    """

    held: str = "variable"

    def __post_init__(self) -> None:
        """Check the fields."""
        _OfOneKernel.__post_init__(self)
        check_choice(self, "held", HELD)

    def make(self, maker: Maker) -> Any:
        """Return a new ``FeatureScaled``."""
        import tensorflow_probability as tfp

        scales = maker.parameter("positive", (FEATURES,), self.held, "scale_diag")
        return tfp.math.psd_kernels.FeatureScaled(self.kernel.make(maker), scale_diag=scales)


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class FeatureTransformed(_OfOneKernel):
    """A kernel of features that a function with a variable maps: ``FeatureTransformed``.

    Attributes:
      kernel: The kernel.
      captures: How the function holds its variable.
    """

    captures: str = "closure"

    def __post_init__(self) -> None:
        """Check the fields."""
        _OfOneKernel.__post_init__(self)
        check_choice(self, "captures", WAYS)

    def make(self, maker: Maker) -> Any:
        """Return a new ``FeatureTransformed``."""
        import tensorflow as tf
        import tensorflow_probability as tfp

        weights = maker.parameter("real", (FEATURES,), "variable", "weights")
        held = capture(
            self.captures, lambda features, captured: tf.math.tanh(features * captured), weights
        )
        return tfp.math.psd_kernels.FeatureTransformed(
            self.kernel.make(maker), transformation_fn=lambda features, *_: held(features)
        )

    @classmethod
    def others(cls, limits: DistributionLimits) -> dict[str, SearchStrategy[Any]]:
        """Return strategies for the other fields, by name."""
        from hypothesis import strategies as st

        return {"captures": st.sampled_from(limits.captures)}


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class SchurComplement(_OfOneKernel):
    """A kernel conditioned on points: ``psd_kernels.SchurComplement``.

    Attributes:
      kernel: The kernel.
      held: A name of ``HELD``: how the points are held.
    """

    held: str = "variable"

    def __post_init__(self) -> None:
        """Check the fields."""
        _OfOneKernel.__post_init__(self)
        check_choice(self, "held", HELD)

    def make(self, maker: Maker) -> Any:
        """Return a new ``SchurComplement``, with two fixed points."""
        import tensorflow_probability as tfp

        points = maker.parameter("real", (2, FEATURES), self.held, "fixed_inputs")
        shift = maker.parameter("positive", (2,), "variable", "diag_shift")
        return tfp.math.psd_kernels.SchurComplement(
            self.kernel.make(maker), fixed_inputs=points, diag_shift=shift
        )
