"""Specs of joint distributions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.architectures.captures import capture
from pytest_tfpclone.architectures.families import Event
from pytest_tfpclone.architectures.parameters import Maker
from pytest_tfpclone.architectures.registry import distribution
from pytest_tfpclone.architectures.roles import DistributionTree, check_distribution
from pytest_tfpclone.architectures.spec import check_choice, check_flag, check_tuple
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

__all__ = ["FORMS", "Joint"]

FORMS: tuple[str, ...] = ("sequential", "named", "coroutine")
"""The forms of a joint distribution's model, from the simplest on."""

_CLASSES = {
    "sequential": "JointDistributionSequential",
    "named": "JointDistributionNamed",
    "coroutine": "JointDistributionCoroutine",
}


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class Joint(DistributionTree):
    """A joint distribution of some that are independent, and one more that may depend on them.

    Attributes:
      distributions: The independent ones, at least one.
      form: A name of ``FORMS``.
      captures: How the function of the first one's sample, which makes one more
        distribution, holds a variable; None for no such function.
      auto_batched: Whether it is of the ``AutoBatched`` class.
      tied: Whether the first distribution comes once more, the same object.
    """

    distributions: tuple[DistributionTree, ...]
    form: str = "sequential"
    captures: str | None = None
    auto_batched: bool = False
    tied: bool = False

    def __post_init__(self) -> None:
        """Check the fields."""
        Tree.__post_init__(self)
        check_choice(self, "form", FORMS)
        check_choice(self, "captures", (None, *WAYS))
        check_flag(self, "auto_batched")
        check_flag(self, "tied")
        check_tuple(self, "distributions", "distributions")
        for each in self.distributions:
            check_distribution(self, "distributions", each, Wanted(depth=0))

    @property
    def event(self) -> Event:
        """What one sample is."""
        return Event((), "structure")

    def make(self, maker: Maker, batch: tuple[int, ...] = ()) -> Any:
        """Return a new joint distribution."""
        import tensorflow_probability as tfp

        independent = [each.make(maker) for each in self.distributions]
        if self.tied:
            independent.append(independent[0])
        dependent = self._dependent(maker) if self.captures is not None else None
        models = {"sequential": _sequential, "named": _named, "coroutine": _coroutine}
        kind = _CLASSES[self.form] + ("AutoBatched" if self.auto_batched else "")
        return getattr(tfp.distributions, kind)(models[self.form](independent, dependent))

    def _dependent(self, maker: Maker) -> Callable[[Any], Any]:
        """Return a function of the first one's sample that makes a normal."""
        import tensorflow as tf
        import tensorflow_probability as tfp

        assert self.captures is not None
        weight = maker.parameter("real", (), "variable", "weight")
        axes = list(range(-len(self.distributions[0].event.shape), 0))

        def normal(sample: Any, captured: Any) -> Any:
            total = tf.reduce_sum(tf.cast(sample, captured.dtype), axis=axes)
            return tfp.distributions.Normal(tf.math.tanh(total) * captured, tf.ones_like(total))

        return capture(self.captures, normal, weight)

    @classmethod
    def draws(cls, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[Joint]:
        """Return a strategy; shrinks towards one independent distribution in a sequence."""
        from hypothesis import strategies as st

        if not wanted.fits(Event((), "structure"), batches=False):
            return st.nothing()
        part = Wanted(depth=wanted.depth - 1, stateful=wanted.stateful)
        return built(
            cls,
            several(DistributionTree.any(limits, part), 1, 3),
            st.sampled_from(FORMS),
            st.sampled_from((None, *limits.captures)),
            st.booleans(),
            st.booleans(),
        )


def _sequential(independent: list[Any], dependent: Callable[[Any], Any] | None) -> Any:
    if dependent is None:
        return independent
    # The last of the arguments is the first of the distributions.
    return [*independent, _of_last(dependent, len(independent))]


def _of_last(dependent: Callable[[Any], Any], count: int) -> Callable[..., Any]:
    """Return a function of ``count`` samples, the latest first, of which the last counts."""
    if count == 1:
        return lambda first: dependent(first)
    if count == 2:
        return lambda _, first: dependent(first)
    if count == 3:
        return lambda _, __, first: dependent(first)
    return lambda _, __, ___, first: dependent(first)


def _named(independent: list[Any], dependent: Callable[[Any], Any] | None) -> Any:
    model = dict(zip("abcd", independent, strict=False))
    if dependent is not None:
        model["z"] = lambda a: dependent(a)
    return model


def _coroutine(independent: list[Any], dependent: Callable[[Any], Any] | None) -> Any:
    import tensorflow_probability as tfp

    root = tfp.distributions.JointDistributionCoroutine.Root

    def model() -> Iterator[Any]:
        first = yield root(independent[0])
        for each in independent[1:]:
            yield root(each)
        if dependent is not None:
            yield dependent(first)

    return model
