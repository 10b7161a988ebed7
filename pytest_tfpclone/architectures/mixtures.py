"""Specs of distributions made of several, or of one with a variable of its own."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from pytest_tfpclone.architectures.distributions import OfOne
from pytest_tfpclone.architectures.families import Event
from pytest_tfpclone.architectures.parameters import HELD, Maker
from pytest_tfpclone.architectures.registry import distribution
from pytest_tfpclone.architectures.roles import DistributionTree, check_distribution
from pytest_tfpclone.architectures.spec import check_choice, check_integer, check_tuple
from pytest_tfpclone.architectures.trees import (
    SUPPORTS,
    DistributionLimits,
    Tree,
    Wanted,
    built,
    several,
)

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["BatchMixture", "Blockwise", "Inflated", "Masked", "MixtureOf", "Reshaped"]


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class BatchMixture(OfOne):
    """A mixture of a batch of distributions: ``tfd.MixtureSameFamily``.

    Attributes:
      distribution: The components, which are made with a batch.
      held: A name of ``HELD``: how the weights' logits are held.
      components: How many components.
    """

    held: str = "variable"
    components: int = 2

    wanted: ClassVar[Wanted] = Wanted(depth=0, batched=True)

    def __post_init__(self) -> None:
        """Check the fields."""
        OfOne.__post_init__(self)
        check_choice(self, "held", HELD)
        check_integer(self, "components", least=2)

    def make(self, maker: Maker, batch: tuple[int, ...] = ()) -> Any:
        """Return a new ``tfd.MixtureSameFamily``."""
        import tensorflow_probability as tfp

        logits = maker.parameter("real", (self.components,), self.held, "logits")
        return tfp.distributions.MixtureSameFamily(
            tfp.distributions.Categorical(logits=logits),
            self.distribution.make(maker, (*batch, self.components)),
        )

    @classmethod
    def others(cls, limits: DistributionLimits) -> dict[str, SearchStrategy[Any]]:
        """Return strategies for the other fields, by name."""
        from hypothesis import strategies as st

        return {"held": st.sampled_from(limits.held), "components": st.integers(2, 3)}


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class MixtureOf(DistributionTree):
    """A mixture of any distributions with equal events: ``tfd.Mixture``.

    Attributes:
      distributions: The components, at least two.
      held: A name of ``HELD``: how the weights' logits are held.
    """

    distributions: tuple[DistributionTree, ...]
    held: str = "variable"

    def __post_init__(self) -> None:
        """Check the fields."""
        Tree.__post_init__(self)
        check_choice(self, "held", HELD)
        check_tuple(self, "distributions", "distributions", least=2)
        check_distribution(self, "distributions", self.distributions[0], Wanted(depth=0))
        event = self.distributions[0].event
        alike = Wanted(depth=0, shape=event.shape, supports=(event.support,))
        for each in self.distributions[1:]:
            check_distribution(self, "distributions", each, alike)
        if not self.ranked:
            raise ValueError(
                f"MixtureOf: distributions got {self.distributions!r}; one of them must know the "
                "rank of its event when it is built, as tfd.Autoregressive doesn't"
            )

    @property
    def event(self) -> Event:
        """What one sample is."""
        return self.distributions[0].event

    @property
    def batches(self) -> bool:
        """Whether it can be made with a batch shape."""
        return all(each.batches for each in self.distributions)

    @property
    def ranked(self) -> bool:
        """Whether the built distribution knows the rank of its event without a sample."""
        return any(each.ranked for each in self.distributions)

    def make(self, maker: Maker, batch: tuple[int, ...] = ()) -> Any:
        """Return a new ``tfd.Mixture``."""
        import tensorflow_probability as tfp

        logits = maker.parameter("real", (*batch, len(self.distributions)), self.held, "logits")
        return tfp.distributions.Mixture(
            tfp.distributions.Categorical(logits=logits),
            [each.make(maker, batch) for each in self.distributions],
        )

    @classmethod
    def draws(cls, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[MixtureOf]:
        """Return a strategy; shrinks towards two of the simplest parts."""
        from hypothesis import strategies as st

        # Only of distributions over all numbers: others have no density at each other's samples.
        if "real" not in wanted.supports:
            return st.nothing()
        shapes = ((), (2,)) if wanted.shape is None else (wanted.shape,)
        drawn = []
        for shape in shapes:
            part = wanted.part(shape=shape, supports=("real",), stateful=False)
            first = DistributionTree.any(limits, replace(part, ranked=True))
            others = several(DistributionTree.any(limits, part), 1, 2)
            parts = built(lambda one, more: (one, *more), first, others)
            drawn.append(built(cls, parts, st.sampled_from(wanted.held(limits))))
        return st.one_of(drawn)


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class Blockwise(DistributionTree):
    """Independent numbers and vectors put together into one vector: ``tfd.Blockwise``.

    Attributes:
      distributions: At least two distributions over numbers or vectors of one support.
    """

    distributions: tuple[DistributionTree, ...]

    def __post_init__(self) -> None:
        """Check the fields."""
        Tree.__post_init__(self)
        check_tuple(self, "distributions", "distributions", least=2)
        check_distribution(self, "distributions", self.distributions[0], Wanted(depth=0))
        alike = Wanted(depth=0, supports=(self.distributions[0].event.support,))
        for each in self.distributions:
            check_distribution(self, "distributions", each, alike)
            if len(each.event.shape) > 1:
                raise ValueError(f"Blockwise: distributions got {each!r}, with a matrix for event")

    @property
    def event(self) -> Event:
        """What one sample is."""
        sizes = [each.event.shape[0] if each.event.shape else 1 for each in self.distributions]
        return Event((sum(sizes),), self.distributions[0].event.support)

    @property
    def batches(self) -> bool:
        """Whether it can be made with a batch shape."""
        return all(each.batches for each in self.distributions)

    def make(self, maker: Maker, batch: tuple[int, ...] = ()) -> Any:
        """Return a new ``tfd.Blockwise``."""
        import tensorflow_probability as tfp

        return tfp.distributions.Blockwise([each.make(maker, batch) for each in self.distributions])

    @classmethod
    def draws(cls, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[Blockwise]:
        """Return a strategy; shrinks towards two numbers of the simplest distribution."""
        from hypothesis import strategies as st

        fitting = ((), ()), ((), (), ()), ((2,), ())
        layouts = [
            layout
            for layout in fitting
            if wanted.shape in (None, (sum(shape[0] if shape else 1 for shape in layout),))
        ]
        drawn = []
        for layout in layouts:
            for support in SUPPORTS:
                if support in wanted.supports:
                    parts = [
                        DistributionTree.any(
                            limits,
                            wanted.part(
                                shape=shape,
                                supports=(support,),
                                stateful=wanted.stateful and position == 0,
                            ),
                        )
                        for position, shape in enumerate(layout)
                    ]
                    drawn.append(built(cls, st.tuples(*parts)))
        return st.one_of(drawn)


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class Inflated(OfOne):
    """Counts with more zeros: ``tfd.Inflated``.

    Attributes:
      distribution: A distribution over counts.
      held: A name of ``HELD``: how the logit of a further zero is held.
    """

    held: str = "variable"

    wanted: ClassVar[Wanted] = Wanted(depth=0, shape=(), supports=("count",))

    def __post_init__(self) -> None:
        """Check the fields."""
        OfOne.__post_init__(self)
        check_choice(self, "held", HELD)

    def make(self, maker: Maker, batch: tuple[int, ...] = ()) -> Any:
        """Return a new ``tfd.Inflated``."""
        import tensorflow_probability as tfp

        logit = maker.parameter("real", batch, self.held, "logit")
        made = self.distribution.make(maker, batch)
        with warnings.catch_warnings():
            # That a mixture of discrete distributions, say, isn't known to be discrete.
            warnings.simplefilter("ignore", UserWarning)
            return tfp.distributions.Inflated(made, inflated_loc_logits=logit)

    @classmethod
    def others(cls, limits: DistributionLimits) -> dict[str, SearchStrategy[Any]]:
        """Return strategies for the other fields, by name."""
        from hypothesis import strategies as st

        return {"held": st.sampled_from(limits.held)}


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class Masked(OfOne):
    """A distribution with a variable of truth values that switches it off: ``tfd.Masked``.

    Attributes:
      distribution: The distribution.
    """

    def make(self, maker: Maker, batch: tuple[int, ...] = ()) -> Any:
        """Return a new ``tfd.Masked``, of which the last of a batch is off."""
        import numpy as np
        import tensorflow as tf
        import tensorflow_probability as tfp

        valid = np.ones(batch, bool)
        if batch:
            valid[..., -1] = False
        made = self.distribution.make(maker, batch)
        mask = tf.Variable(valid, trainable=False, name="validity_mask")
        return tfp.distributions.Masked(made, validity_mask=mask)


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class Reshaped(OfOne):
    """A distribution with another batch shape: ``tfd.BatchReshape``.

    Attributes:
      distribution: A distribution, which is made with a batch that has one more dimension.
    """

    wanted: ClassVar[Wanted] = Wanted(depth=0, batched=True)

    @property
    def batches(self) -> bool:
        """Whether it can be made with a batch shape: it can't be broadcast, as mixtures do."""
        return False

    def make(self, maker: Maker, batch: tuple[int, ...] = ()) -> Any:
        """Return a new ``tfd.BatchReshape``."""
        import tensorflow_probability as tfp

        return tfp.distributions.BatchReshape(self.distribution.make(maker, (1, *batch)), batch)

    @classmethod
    def draws(cls, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[Reshaped]:
        """Return a strategy; shrinks towards the simplest part."""
        from hypothesis import strategies as st

        if wanted.batched:
            return st.nothing()
        return built(cls, DistributionTree.any(limits, wanted.part(batched=True)))
