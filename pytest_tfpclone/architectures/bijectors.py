"""Specs of bijectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from pytest_tfpclone.architectures.elementary import BIJECTOR_TABLE, BIJECTORS
from pytest_tfpclone.architectures.families import Event
from pytest_tfpclone.architectures.parameters import HELD, Maker
from pytest_tfpclone.architectures.registry import distribution
from pytest_tfpclone.architectures.roles import FEATURES, BijectorTree, check_part
from pytest_tfpclone.architectures.spec import check_choice, check_tuple
from pytest_tfpclone.architectures.trees import (
    DistributionLimits,
    Tree,
    Wanted,
    built,
    several,
)

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["BIJECTORS", "BijectorLeaf", "Chain", "Inverted"]


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class BijectorLeaf(BijectorTree):
    """A bijector that has numbers for parameters, or none at all.

    Attributes:
      bijector: A name of ``BIJECTORS``.
      held: A name of ``HELD``: how it holds each of its parameters.
    """

    bijector: str = "Shift"
    held: str = "variable"

    ends: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Check the fields."""
        Tree.__post_init__(self)
        check_choice(self, "bijector", BIJECTORS)
        check_choice(self, "held", HELD)

    @property
    def rank(self) -> int:
        """The least rank of what it works on."""
        return BIJECTOR_TABLE[self.bijector].rank

    @property
    def domain(self) -> str:
        """What it maps."""
        return BIJECTOR_TABLE[self.bijector].domain

    @property
    def image(self) -> str:
        """What it maps to."""
        return BIJECTOR_TABLE[self.bijector].image

    @property
    def keeps_shape(self) -> bool:
        """Whether what comes out has the shape of what goes in."""
        return BIJECTOR_TABLE[self.bijector].keeps_shape

    def make(self, maker: Maker, shape: tuple[int, ...] | None = None) -> Any:
        """Return a new bijector of the class."""
        import tensorflow_probability as tfp

        size = (self.own_shape if shape is None else shape)[-1:] or (1,)
        rules = BIJECTOR_TABLE[self.bijector].rules
        return getattr(tfp.bijectors, self.bijector)(
            **maker.parameters(rules, size[0], (), self.held)
        )

    def into_domain(self, built: Any, numbers: Any) -> Any:
        """Return real numbers, mapped to what the built bijector takes."""
        import tensorflow as tf

        maps = {"real": tf.identity, "positive": tf.math.softplus, "unit": tf.math.sigmoid}
        return maps[self.domain](numbers)

    @classmethod
    def draws(cls, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[BijectorLeaf]:
        """Return a strategy; shrinks towards the first bijector and way to hold."""
        from hypothesis import strategies as st

        # Those without a parameter hold no variable.
        fitting = [
            name
            for name in limits.bijectors
            if fits(cls(name), wanted) and (BIJECTOR_TABLE[name].rules or not wanted.stateful)
        ]
        # One choice, since draws shrink to those that take the fewest.
        leaves = [cls(name, held) for name in fitting for held in wanted.held(limits)]
        return st.sampled_from(leaves) if leaves else st.nothing()


def fits(bijector: BijectorTree, wanted: Wanted) -> bool:
    """Return whether a bijector fits.

    Args:
      bijector: The bijector.
      wanted: A shape of None is for one that stands alone; otherwise it has to map all
        numbers of this shape to some of the same shape.
    """
    if wanted.shape is None:
        return bijector.image in wanted.supports
    return bijector.takes(wanted.shape) and wanted.fits(Event(wanted.shape, bijector.image))


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class Inverted(BijectorTree):
    """The inverse of a bijector: ``tfb.Invert``.

    Attributes:
      bijector: The bijector.
    """

    bijector: BijectorTree

    def __post_init__(self) -> None:
        """Check the fields."""
        Tree.__post_init__(self)
        check_part(self, "bijector", self.bijector, BijectorTree)
        if not self.bijector.keeps_shape:
            raise ValueError(f"Inverted: bijector={self.bijector!r} must keep the shape")

    @property
    def rank(self) -> int:
        """The least rank of what it works on."""
        return self.bijector.rank

    @property
    def domain(self) -> str:
        """What it maps."""
        return self.bijector.image

    @property
    def image(self) -> str:
        """What it maps to."""
        return "real" if self.bijector.domain == "real" else "float"

    def make(self, maker: Maker, shape: tuple[int, ...] | None = None) -> Any:
        """Return a new ``tfb.Invert``."""
        import tensorflow_probability as tfp

        return tfp.bijectors.Invert(self.bijector.make(maker, shape))

    def into_domain(self, built: Any, numbers: Any) -> Any:
        """Return real numbers, mapped to what the built bijector takes."""
        return built.bijector.forward(self.bijector.into_domain(built.bijector, numbers))

    @classmethod
    def draws(cls, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[Inverted]:
        """Return a strategy; shrinks towards the simplest part."""
        from hypothesis import strategies as st

        if "real" not in wanted.supports:
            return st.nothing()
        if wanted.shape is None:
            inverse = wanted.part(shape=(), supports=("real", "float"))
        else:
            inverse = wanted.part(supports=("real",))
        return built(cls, BijectorTree.any(limits, inverse))


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class Chain(BijectorTree):
    """Bijectors one after another, the last one first: ``tfb.Chain``.

    Attributes:
      bijectors: The bijectors, at least one. All but the first map all numbers
        onto all numbers.
    """

    bijectors: tuple[BijectorTree, ...]

    def __post_init__(self) -> None:
        """Check the fields."""
        Tree.__post_init__(self)
        check_tuple(self, "bijectors", "bijectors")
        for each in self.bijectors:
            check_part(self, "bijectors", each, BijectorTree)
        for each in self.bijectors[1:]:
            if not each.takes((FEATURES,)) or each.image != "real":
                raise ValueError(
                    f"Chain: bijectors got {each!r}: all but the first must map all numbers onto "
                    "all numbers"
                )
        if self.bijectors[1:] and self.bijectors[0].domain != "real":
            raise ValueError(
                f"Chain: bijectors got {self.bijectors[0]!r} first, which doesn't map all numbers"
            )

    @property
    def rank(self) -> int:
        """The least rank of what it works on."""
        return max(each.rank for each in self.bijectors)

    @property
    def domain(self) -> str:
        """What it maps."""
        return self.bijectors[-1].domain

    @property
    def image(self) -> str:
        """What it maps to."""
        return self.bijectors[0].image

    @property
    def keeps_shape(self) -> bool:
        """Whether what comes out has the shape of what goes in."""
        return self.bijectors[0].keeps_shape

    def make(self, maker: Maker, shape: tuple[int, ...] | None = None) -> Any:
        """Return a new ``tfb.Chain``."""
        import tensorflow_probability as tfp

        shape = self.own_shape if shape is None else shape
        return tfp.bijectors.Chain([each.make(maker, shape) for each in self.bijectors])

    def into_domain(self, built: Any, numbers: Any) -> Any:
        """Return real numbers, mapped to what the built bijector takes."""
        return self.bijectors[-1].into_domain(built.bijectors[-1], numbers)

    @classmethod
    def draws(cls, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[Chain]:
        """Return a strategy; shrinks towards two of the simplest parts."""
        from hypothesis import strategies as st

        drawn = []
        for shape in ((), (FEATURES,)) if wanted.shape is None else (wanted.shape,):
            first = wanted.part(shape=shape)
            others = wanted.part(shape=shape, supports=("real",), stateful=False)
            drawn.append(
                built(
                    _chain,
                    BijectorTree.any(limits, first),
                    several(BijectorTree.any(limits, others), 1, 2),
                )
            )
        return st.one_of(drawn)


def _chain(first: BijectorTree, others: tuple[BijectorTree, ...]) -> Chain:
    return Chain((first, *others))
