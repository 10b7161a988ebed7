"""Specs of distributions over sequences, some of functions that hold a variable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from pytest_tfpclone.architectures.captures import capture
from pytest_tfpclone.architectures.distributions import SIZES, OfOne
from pytest_tfpclone.architectures.families import Event
from pytest_tfpclone.architectures.parameters import HELD, Maker
from pytest_tfpclone.architectures.registry import distribution
from pytest_tfpclone.architectures.roles import DistributionTree
from pytest_tfpclone.architectures.spec import check_choice, check_integer
from pytest_tfpclone.architectures.trees import (
    WAYS,
    DistributionLimits,
    Tree,
    Wanted,
    built,
)

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Autoregressive", "HiddenMarkov", "MarkovChain", "StateSpace"]


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class MarkovChain(OfOne):
    """A walk whose step is a function that holds a variable: ``tfd.MarkovChain``.

    Attributes:
      distribution: Where the walk starts: a distribution over all real numbers.
      captures: How the function holds the variable.
      steps: How many states there are.
    """

    captures: str = "closure"
    steps: int = 2

    wanted: ClassVar[Wanted] = Wanted(depth=0, shape=(), supports=("real",))

    def __post_init__(self) -> None:
        """Check the fields."""
        OfOne.__post_init__(self)
        check_choice(self, "captures", WAYS)
        check_integer(self, "steps", least=2)

    @property
    def event(self) -> Event:
        """What one sample is."""
        return Event((self.steps,), "real")

    @property
    def batches(self) -> bool:
        """Whether it can be made with a batch shape."""
        return False

    def make(self, maker: Maker, batch: tuple[int, ...] = ()) -> Any:
        """Return a new ``tfd.MarkovChain``."""
        import tensorflow as tf
        import tensorflow_probability as tfp

        tfd = tfp.distributions

        def step(state: Any, captured: Any) -> Any:
            return tfd.Normal(state * captured, tf.ones_like(state))

        held = capture(self.captures, step, maker.parameter("real", (), "variable", "slope"))
        return tfd.MarkovChain(
            self.distribution.make(maker), lambda _, state: held(state), num_steps=self.steps
        )

    @classmethod
    def draws(cls, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[MarkovChain]:
        """Return a strategy; shrinks towards the simplest part and two steps."""
        from hypothesis import strategies as st

        steps = [each for each in (2, 3) if wanted.fits(Event((each,), "real"), batches=False)]
        if not steps:
            return st.nothing()
        start = Wanted(depth=wanted.depth - 1, shape=(), supports=("real",), stateful=False)
        return built(
            cls,
            DistributionTree.any(limits, start),
            st.sampled_from(limits.captures),
            st.sampled_from(steps),
        )


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class HiddenMarkov(OfOne):
    """A ``tfd.HiddenMarkovModel`` with two states.

    Attributes:
      distribution: What is observed, which is made with a batch: one for each state.
      held: A name of ``HELD``: how the logits of the states are held.
      steps: How many observations there are.
    """

    held: str = "variable"
    steps: int = 2

    wanted: ClassVar[Wanted] = Wanted(depth=0, batched=True)

    def __post_init__(self) -> None:
        """Check the fields."""
        OfOne.__post_init__(self)
        check_choice(self, "held", HELD)
        check_integer(self, "steps", least=2)

    @property
    def event(self) -> Event:
        """What one sample is."""
        observed = self.distribution.event
        return Event((self.steps, *observed.shape), observed.support)

    @property
    def batches(self) -> bool:
        """Whether it can be made with a batch shape."""
        return False

    def make(self, maker: Maker, batch: tuple[int, ...] = ()) -> Any:
        """Return a new ``tfd.HiddenMarkovModel``."""
        import tensorflow_probability as tfp

        tfd = tfp.distributions
        start, moves = (
            tfd.Categorical(logits=maker.parameter("real", shape, self.held, name))
            for shape, name in (((2,), "start"), ((2, 2), "moves"))
        )
        return tfd.HiddenMarkovModel(
            start, moves, self.distribution.make(maker, (2,)), num_steps=self.steps
        )

    @classmethod
    def draws(cls, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[HiddenMarkov]:
        """Return a strategy; shrinks towards the simplest part and two steps."""
        from hypothesis import strategies as st

        shape = wanted.shape
        if wanted.batched or (shape is not None and (not shape or shape[0] < 2)):
            return st.nothing()
        observed = wanted.part(shape=None if shape is None else shape[1:], batched=True)
        return built(
            cls,
            DistributionTree.any(limits, observed),
            st.sampled_from(limits.held),
            st.sampled_from((2, 3) if shape is None else shape[:1]),
        )


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class Autoregressive(DistributionTree):
    """Vectors whose entries depend on those before by a function: ``tfd.Autoregressive``.

    Attributes:
      captures: How the function holds its matrix of weights.
      size: How many entries a vector has.
    """

    captures: str = "closure"
    size: int = 2

    def __post_init__(self) -> None:
        """Check the fields."""
        Tree.__post_init__(self)
        check_choice(self, "captures", WAYS)
        check_integer(self, "size", least=1)

    @property
    def event(self) -> Event:
        """What one sample is."""
        return Event((self.size,), "real")

    @property
    def ranked(self) -> bool:
        """Whether the built distribution knows the rank of its event without a sample."""
        return False

    def make(self, maker: Maker, batch: tuple[int, ...] = ()) -> Any:
        """Return a new ``tfd.Autoregressive``."""
        import tensorflow as tf
        import tensorflow_probability as tfp

        tfd = tfp.distributions
        weights = maker.parameter("real", (self.size, self.size), "variable", "weights")
        bias = maker.constant("real", (self.size,))

        def given(vector: Any, captured: Any) -> Any:
            below = tf.linalg.set_diag(tf.linalg.band_part(captured, -1, 0), tf.zeros_like(bias))
            loc = tf.linalg.matvec(below, vector) + bias
            return tfd.Independent(tfd.Normal(loc, tf.ones_like(bias)), 1)

        held = capture(self.captures, given, weights)
        return tfd.Autoregressive(held, sample0=tf.zeros_like(bias), num_steps=self.size)

    @classmethod
    def draws(cls, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[Autoregressive]:
        """Return a strategy; shrinks towards the first way to capture and size 2."""
        from hypothesis import strategies as st

        sizes = [
            size for size in SIZES if wanted.fits(cls(size=size).event, batches=False, ranked=False)
        ]
        if not sizes:
            return st.nothing()
        return built(cls, st.sampled_from(limits.captures), st.sampled_from(sizes))


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class StateSpace(DistributionTree):
    """A ``tfd.LinearGaussianStateSpaceModel`` with two latent numbers.

    Attributes:
      held: A name of ``HELD``: how it and its three normals hold their parameters.
      steps: How many observations of one number there are.
    """

    held: str = "variable"
    steps: int = 2

    def __post_init__(self) -> None:
        """Check the fields."""
        Tree.__post_init__(self)
        check_choice(self, "held", HELD)
        check_integer(self, "steps", least=1)

    @property
    def event(self) -> Event:
        """What one sample is."""
        return Event((self.steps, 1), "real")

    def make(self, maker: Maker, batch: tuple[int, ...] = ()) -> Any:
        """Return a new ``tfd.LinearGaussianStateSpaceModel``."""
        import tensorflow_probability as tfp

        tfd = tfp.distributions

        def normal(size: int) -> Any:
            rules = (("loc", "real[n]"), ("scale_diag", "positive[n]"))
            return tfd.MultivariateNormalDiag(**maker.parameters(rules, size, (), self.held))

        return tfd.LinearGaussianStateSpaceModel(
            num_timesteps=self.steps,
            transition_matrix=maker.parameter("tril", (2, 2), self.held, "transition_matrix"),
            transition_noise=normal(2),
            observation_matrix=maker.parameter("real", (1, 2), self.held, "observation_matrix"),
            observation_noise=normal(1),
            initial_state_prior=normal(2),
        )

    @classmethod
    def draws(cls, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[StateSpace]:
        """Return a strategy; shrinks towards the first way to hold and two steps."""
        from hypothesis import strategies as st

        steps = [each for each in (2, 3) if wanted.fits(cls(steps=each).event, batches=False)]
        if not steps:
            return st.nothing()
        return built(cls, st.sampled_from(wanted.held(limits)), st.sampled_from(steps))
