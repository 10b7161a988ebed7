"""Specs of surrogate posteriors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.architectures.families import Event
from pytest_tfpclone.architectures.flows import MaskedAutoregressiveFlow
from pytest_tfpclone.architectures.parameters import HELD, Maker
from pytest_tfpclone.architectures.registry import distribution
from pytest_tfpclone.architectures.roles import BijectorTree, DistributionTree, check_part
from pytest_tfpclone.architectures.spec import check_choice
from pytest_tfpclone.architectures.trees import (
    DistributionLimits,
    Tree,
    Wanted,
    built,
)

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["SURROGATES", "AsviSurrogate", "Surrogate"]

SURROGATES: tuple[str, ...] = ("factored", "diag", "tril", "split_flow")
"""Kinds of surrogate posteriors, from the simplest on.

``"diag"`` and ``"tril"`` are affine ones, with these operators.
"""


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class Surrogate(DistributionTree):
    """A surrogate posterior of ``tfp.experimental.vi`` over a number and a vector.

    Attributes:
      bijector: Maps the number to its support.
      surrogate: A name of ``SURROGATES``.
    """

    bijector: BijectorTree
    surrogate: str = "factored"

    def __post_init__(self) -> None:
        """Check the fields."""
        Tree.__post_init__(self)
        check_choice(self, "surrogate", SURROGATES)
        check_part(self, "bijector", self.bijector, BijectorTree)
        if not self.bijector.takes(()):
            raise ValueError(
                f"Surrogate: bijector={self.bijector!r} must map all numbers to numbers"
            )

    @property
    def event(self) -> Event:
        """What one sample is."""
        return Event((), "structure")

    def make(self, maker: Maker, batch: tuple[int, ...] = ()) -> Any:
        """Return a new surrogate posterior."""
        import tensorflow as tf
        import tensorflow_probability as tfp

        vi, dtype = tfp.experimental.vi, tf.as_dtype(maker.dtype)
        supports = [self.bijector.make(maker, ()), tfp.bijectors.Identity()]
        if self.surrogate == "split_flow":
            flow = MaskedAutoregressiveFlow().make(maker, (3,))
            return vi.build_split_flow_surrogate_posterior([[1], [2]], flow, supports, dtype=dtype)
        seed = tf.constant([0, 0], tf.int32)
        if self.surrogate == "factored":
            made = vi.build_factored_surrogate_posterior(
                [[], [2]], bijector=supports, dtype=dtype, seed=seed
            )
        else:
            made = vi.build_affine_surrogate_posterior(
                [[], [2]], operators=self.surrogate, bijector=supports, dtype=dtype, seed=seed
            )
        _set_values(made, maker, supports[0])
        return made

    @classmethod
    def draws(cls, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[Surrogate]:
        """Return a strategy; shrinks towards a factored one and the simplest bijector."""
        from hypothesis import strategies as st

        if not wanted.fits(Event((), "structure"), batches=False):
            return st.nothing()
        maps = Wanted(depth=wanted.depth - 1, shape=(), stateful=False)
        return built(cls, BijectorTree.any(limits, maps), st.sampled_from(SURROGATES))


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class AsviSurrogate(DistributionTree):
    """A ``build_asvi_surrogate_posterior`` of a normal and a positive number that depends on it.

    Attributes:
      held: A name of ``HELD``: how the prior holds its parameters.
    """

    held: str = "variable"

    def __post_init__(self) -> None:
        """Check the fields."""
        Tree.__post_init__(self)
        check_choice(self, "held", HELD)

    @property
    def event(self) -> Event:
        """What one sample is."""
        return Event((), "structure")

    def make(self, maker: Maker, batch: tuple[int, ...] = ()) -> Any:
        """Return a new surrogate posterior."""
        import tensorflow as tf
        import tensorflow_probability as tfp

        tfd = tfp.distributions
        rules = (("loc", "real"), ("scale", "positive"))
        first = tfd.Normal(**maker.parameters(rules, 1, (), self.held))
        scale = maker.parameter("positive", (), self.held, "scale")
        prior = tfd.JointDistributionSequentialAutoBatched(
            [first, lambda loc: tfd.LogNormal(loc, scale)]
        )
        made = tfp.experimental.vi.build_asvi_surrogate_posterior(
            prior, seed=tf.constant([0, 0], tf.int32)
        )
        _set_values(made, maker, prior)
        return made

    @classmethod
    def draws(cls, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[AsviSurrogate]:
        """Return a strategy; shrinks towards the first way to hold."""
        from hypothesis import strategies as st

        if not wanted.fits(Event((), "structure"), batches=False):
            return st.nothing()
        return built(cls, st.sampled_from(limits.held))


def _set_values(made: Any, maker: Maker, part: Any) -> None:
    """Give all variables but those of a part values that no initializer gives."""
    kept = {variable.ref() for variable in part.variables}
    for variable in made.variables:
        if variable.ref() not in kept:
            variable.assign(0.5 * maker.constant("real", tuple(variable.shape)))
