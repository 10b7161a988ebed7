"""Specs of Gaussian and Student's t processes over trees of kernels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.architectures.captures import capture
from pytest_tfpclone.architectures.families import Event
from pytest_tfpclone.architectures.parameters import HELD, Maker
from pytest_tfpclone.architectures.registry import distribution
from pytest_tfpclone.architectures.roles import FEATURES, DistributionTree, KernelTree, check_part
from pytest_tfpclone.architectures.spec import check_choice
from pytest_tfpclone.architectures.trees import (
    WAYS,
    DistributionLimits,
    Tree,
    Wanted,
    built,
)

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["PROCESSES", "Process"]

_OBSERVATIONS = (
    ("observation_index_points", "real[n,3]"),
    ("observations", "real[n]"),
)
_INDUCED = (
    ("inducing_index_points", "real[n,3]"),
    ("variational_inducing_observations_loc", "real[n]"),
    ("variational_inducing_observations_scale", "tril[n,n]"),
)

_RULES: dict[str, tuple[tuple[str, str], ...]] = {
    "GaussianProcess": (),
    "GaussianProcessRegressionModel": _OBSERVATIONS,
    "StudentTProcess": (("df", "above_two"),),
    "StudentTProcessRegressionModel": (("df", "above_two"), *_OBSERVATIONS),
    "VariationalGaussianProcess": _INDUCED,
}

PROCESSES: tuple[str, ...] = tuple(_RULES)
"""Names of classes of processes in ``tfp.distributions``, from the simplest on."""

_POINTS = 3


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class Process(DistributionTree):
    """A process at three points, observed at two if it is observed.

    Attributes:
      kernel: Its kernel.
      process: A name of ``PROCESSES``.
      held: A name of ``HELD``: how it holds points, observations and noise.
      captures: How its mean function holds a variable; None for a mean of zero.
    """

    kernel: KernelTree
    process: str = "GaussianProcess"
    held: str = "variable"
    captures: str | None = None

    def __post_init__(self) -> None:
        """Check the fields."""
        Tree.__post_init__(self)
        check_part(self, "kernel", self.kernel, KernelTree)
        check_choice(self, "process", PROCESSES)
        check_choice(self, "held", HELD)
        check_choice(self, "captures", (None, *WAYS))

    @property
    def event(self) -> Event:
        """What one sample is."""
        return Event((_POINTS,), "real")

    def make(self, maker: Maker, batch: tuple[int, ...] = ()) -> Any:
        """Return a new process."""
        import tensorflow_probability as tfp

        function = None
        if self.captures is not None:
            weights = maker.parameter("real", (FEATURES,), "variable", "weights")
            function = capture(self.captures, _linear, weights)
        return getattr(tfp.distributions, self.process)(
            kernel=self.kernel.make(maker),
            index_points=maker.parameter("real", (_POINTS, FEATURES), self.held, "index_points"),
            observation_noise_variance=maker.parameter("positive", (), self.held, "noise"),
            mean_fn=function,
            **maker.parameters(_RULES[self.process], 2, (), self.held),
        )

    @classmethod
    def draws(cls, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[Process]:
        """Return a strategy; shrinks towards a Gaussian process with the simplest kernel."""
        from hypothesis import strategies as st

        if not wanted.fits(Event((_POINTS,), "real"), batches=False):
            return st.nothing()
        part = Wanted(depth=wanted.depth - 1, stateful=wanted.stateful)
        return built(
            cls,
            KernelTree.any(limits, part),
            st.sampled_from(PROCESSES),
            st.sampled_from(limits.held),
            st.sampled_from((None, *limits.captures)),
        )


def _linear(points: Any, captured: Any) -> Any:
    import tensorflow as tf

    return tf.linalg.matvec(points, captured)
