"""Specs of distributions that have numbers, or one distribution, for parameters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from pytest_tfpclone.architectures.families import FAMILIES, TABLE, Event
from pytest_tfpclone.architectures.parameters import HELD, Maker
from pytest_tfpclone.architectures.registry import distribution
from pytest_tfpclone.architectures.roles import (
    BijectorTree,
    DistributionTree,
    check_distribution,
    check_part,
)
from pytest_tfpclone.architectures.spec import check_choice, check_integer
from pytest_tfpclone.architectures.trees import (
    DistributionLimits,
    Tree,
    Wanted,
    built,
)

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["FAMILIES", "Independent", "Leaf", "Quantized", "Repeated", "Transformed"]

# From 2 on, which is the default, since a cloner that mixes up axes does no harm to one number.
SIZES = (2, 3, 1)


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class Leaf(DistributionTree):
    """A distribution that has numbers for parameters.

    Attributes:
      family: A name of ``FAMILIES``.
      held: A name of ``HELD``: how it holds each of its parameters.
      size: How many entries a vector has, or how many categories there are; 2
        for a family that has neither.

    >>> Leaf(family="Gamma", held="variable", seed=3)
    Leaf(family='Gamma', seed=3)
    """

    family: str = "Normal"
    held: str = "variable"
    size: int = 2

    ends: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Check the fields."""
        Tree.__post_init__(self)
        check_choice(self, "family", FAMILIES)
        check_choice(self, "held", HELD)
        family = TABLE[self.family]
        check_integer(self, "size", least=family.least if family.sized else 2)
        if not family.sized and self.size != 2:
            raise ValueError(f"Leaf: size={self.size} must be 2: {self.family} has no size")

    @property
    def event(self) -> Event:
        """What one sample is."""
        return TABLE[self.family].event(self.size)

    @property
    def batches(self) -> bool:
        """Whether it can be made with a batch shape."""
        return TABLE[self.family].batches

    def make(self, maker: Maker, batch: tuple[int, ...] = ()) -> Any:
        """Return a new distribution of the family."""
        import tensorflow_probability as tfp

        family = TABLE[self.family]
        fixed: dict[str, Any] = {"n": self.size, "dtype": maker.dtype}
        return getattr(tfp.distributions, self.family)(
            **maker.parameters(family.rules, self.size, batch, self.held),
            **{name: fixed[what] for name, what in family.fixed},
        )

    @classmethod
    def draws(cls, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[Leaf]:
        """Return a strategy; shrinks towards the first family and way to hold, and size 2."""
        from hypothesis import strategies as st

        fitting = []
        for name in limits.families:
            family = TABLE[name]
            for size in SIZES if family.sized else (2,):
                if size >= family.least and wanted.fits(family.event(size), family.batches):
                    fitting.append((name, size))
        # One choice, since draws shrink to those that take the fewest.
        leaves = [cls(name, held, size) for name, size in fitting for held in wanted.held(limits)]
        return st.sampled_from(leaves) if leaves else st.nothing()


@dataclass(frozen=True, slots=True, repr=False)
class OfOne(DistributionTree):
    """A distribution around one other, with the same event unless it says otherwise.

    Attributes:
      distribution: The other.
    """

    distribution: DistributionTree

    wanted: ClassVar[Wanted] = Wanted(depth=0)
    """What the other has to be."""

    def __post_init__(self) -> None:
        """Check the fields."""
        Tree.__post_init__(self)
        check_distribution(self, "distribution", self.distribution, self.wanted)

    @property
    def event(self) -> Event:
        """What one sample is."""
        return self.distribution.event

    @property
    def batches(self) -> bool:
        """Whether it can be made with a batch shape."""
        return self.distribution.batches

    @property
    def ranked(self) -> bool:
        """Whether the built distribution knows the rank of its event without a sample."""
        return self.distribution.ranked

    @classmethod
    def draws(cls, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[Any]:
        """Return a strategy; shrinks towards the simplest part."""
        from hypothesis import strategies as st

        needed = wanted.both(cls.wanted)
        if needed is None:
            return st.nothing()
        return built(cls, DistributionTree.any(limits, needed.part()), **cls.others(limits))

    @classmethod
    def others(cls, limits: DistributionLimits) -> dict[str, SearchStrategy[Any]]:
        """Return strategies for the other fields, by name."""
        return {}


@dataclass(frozen=True, slots=True, repr=False)
class _VectorOfOne(OfOne):
    """A distribution over vectors of what a distribution over numbers draws.

    Attributes:
      distribution: The distribution over numbers.
      size: How many entries a vector has.
    """

    size: int = 2

    wanted: ClassVar[Wanted] = Wanted(depth=0, shape=())

    def __post_init__(self) -> None:
        """Check the fields."""
        OfOne.__post_init__(self)
        check_integer(self, "size", least=1)

    @property
    def event(self) -> Event:
        """What one sample is."""
        return Event((self.size,), self.distribution.event.support)

    @classmethod
    def draws(cls, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[Any]:
        """Return a strategy; shrinks towards the simplest part and size 2."""
        from hypothesis import strategies as st

        shape = wanted.shape
        if shape is not None and len(shape) != 1:
            return st.nothing()
        batched = wanted.batched or cls.wanted.batched
        return built(
            cls,
            DistributionTree.any(limits, wanted.part(shape=(), batched=batched)),
            st.sampled_from(SIZES if shape is None else shape),
        )


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class Independent(_VectorOfOne):
    """A batch of distributions over numbers as one over vectors: ``tfd.Independent``.

    Attributes:
      distribution: A distribution over numbers, which is made with a batch.
      size: Size of the batch, so of the vectors.
    """

    wanted: ClassVar[Wanted] = Wanted(depth=0, shape=(), batched=True)

    def make(self, maker: Maker, batch: tuple[int, ...] = ()) -> Any:
        """Return a new ``tfd.Independent``."""
        import tensorflow_probability as tfp

        made = self.distribution.make(maker, (*batch, self.size))
        return tfp.distributions.Independent(made, reinterpreted_batch_ndims=1)


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class Repeated(_VectorOfOne):
    """Vectors of draws from one distribution over numbers: ``tfd.Sample``.

    Attributes:
      distribution: A distribution over numbers.
      size: How many draws make a vector.
    """

    def make(self, maker: Maker, batch: tuple[int, ...] = ()) -> Any:
        """Return a new ``tfd.Sample``."""
        import tensorflow_probability as tfp

        return tfp.distributions.Sample(self.distribution.make(maker, batch), self.size)


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class Transformed(OfOne):
    """A distribution mapped by a bijector: ``tfd.TransformedDistribution``.

    Attributes:
      distribution: A distribution over all real numbers, or vectors of them.
      bijector: Maps them to numbers, or vectors, of the same shape.
    """

    bijector: BijectorTree

    wanted: ClassVar[Wanted] = Wanted(depth=0, supports=("real",))

    def __post_init__(self) -> None:
        """Check the fields."""
        OfOne.__post_init__(self)
        check_part(self, "bijector", self.bijector, BijectorTree)
        shape = self.distribution.event.shape
        if not self.bijector.takes(shape):
            raise ValueError(
                f"Transformed: bijector={self.bijector!r} must map all numbers of shape {shape} "
                "to numbers of the same shape"
            )

    @property
    def event(self) -> Event:
        """What one sample is."""
        return Event(self.distribution.event.shape, self.bijector.image)

    def make(self, maker: Maker, batch: tuple[int, ...] = ()) -> Any:
        """Return a new ``tfd.TransformedDistribution``."""
        import tensorflow_probability as tfp

        made = self.distribution.make(maker, batch)
        bijector = self.bijector.make(maker, self.distribution.event.shape)
        return tfp.distributions.TransformedDistribution(made, bijector)

    @classmethod
    def draws(cls, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[Transformed]:
        """Return a strategy; shrinks towards numbers and the simplest parts."""
        from hypothesis import strategies as st

        shapes = ((), (2,), (3,), (1,)) if wanted.shape is None else (wanted.shape,)
        drawn = []
        for shape in shapes:
            base = wanted.part(shape=shape, supports=("real",))
            maps = wanted.part(shape=shape, stateful=False, batched=False)
            drawn.append(
                built(cls, DistributionTree.any(limits, base), BijectorTree.any(limits, maps))
            )
        return st.one_of(drawn)


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class Quantized(OfOne):
    """A distribution over numbers rounded up to whole ones: ``tfd.QuantizedDistribution``.

    Attributes:
      distribution: A ``Leaf`` over all real numbers, of a family with a
        cumulative distribution function. What is below -3 or above 3 counts as that.
    """

    wanted: ClassVar[Wanted] = Wanted(depth=0, shape=(), supports=("real",))

    def __post_init__(self) -> None:
        """Check the fields."""
        OfOne.__post_init__(self)
        part = self.distribution
        if not isinstance(part, Leaf) or not TABLE[part.family].cumulative:
            raise ValueError(
                f"Quantized: distribution={part!r} must be a Leaf of a family with a cumulative "
                "distribution function"
            )

    @property
    def event(self) -> Event:
        """What one sample is."""
        return Event((), "count")

    def make(self, maker: Maker, batch: tuple[int, ...] = ()) -> Any:
        """Return a new ``tfd.QuantizedDistribution``."""
        import tensorflow as tf
        import tensorflow_probability as tfp

        low, high = (tf.constant(bound, maker.dtype) for bound in (-3.0, 3.0))
        made = self.distribution.make(maker, batch)
        return tfp.distributions.QuantizedDistribution(made, low=low, high=high)

    @classmethod
    def draws(cls, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[Quantized]:
        """Return a strategy; shrinks towards the first family."""
        from hypothesis import strategies as st

        if wanted.depth < 1 or not wanted.fits(Event((), "count")):
            return st.nothing()
        families = tuple(name for name in limits.families if TABLE[name].cumulative)
        inner = wanted.part(shape=(), supports=("real",))
        return built(cls, Leaf.draws(replace(limits, families=families), inner))
