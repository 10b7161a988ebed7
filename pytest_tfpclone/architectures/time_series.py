"""Specs of structural time series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.architectures.parameters import HELD, Maker
from pytest_tfpclone.architectures.registry import distribution
from pytest_tfpclone.architectures.spec import check_choice, check_tuple
from pytest_tfpclone.architectures.trees import (
    DistributionLimits,
    Tree,
    Wanted,
    built,
)

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["COMPONENTS", "TimeSeries"]

_PRIORS: dict[str, dict[str, str]] = {
    "LocalLevel": {"level_scale": "LogNormal", "initial_level": "Normal"},
    "LocalLinearTrend": {
        "level_scale": "LogNormal", "slope_scale": "LogNormal",
        "initial_level": "Normal", "initial_slope": "Normal",
    },
    "SemiLocalLinearTrend": {
        "level_scale": "LogNormal", "slope_mean": "Normal", "slope_scale": "LogNormal",
        "autoregressive_coef": "Normal", "initial_level": "Normal", "initial_slope": "Normal",
    },
    "Seasonal": {"drift_scale": "LogNormal", "initial_effect": "Normal"},
}  # fmt: skip

COMPONENTS: tuple[str, ...] = tuple(_PRIORS)
"""Names of classes of ``tfp.sts`` that a time series may be the sum of, the simplest first."""


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class TimeSeries(Tree):
    """A ``tfp.sts.Sum``, whose priors hold the state. It can't be called.

    Its joint distribution is left out: each ``log_prob`` traces a ``tf.function``
    anew, which takes a second.

    Attributes:
      components: Names of ``COMPONENTS``, at least one.
      held: A name of ``HELD``: how the priors hold their parameters.
    """

    components: tuple[str, ...] = ("LocalLevel",)
    held: str = "variable"

    def __post_init__(self) -> None:
        """Check the fields."""
        Tree.__post_init__(self)
        check_choice(self, "held", HELD)
        check_tuple(self, "components", "names of COMPONENTS")
        for each in self.components:
            if each not in COMPONENTS:
                raise ValueError(
                    f"TimeSeries: components got {each!r}, must be one of {', '.join(COMPONENTS)}"
                )

    def point(self, seed: int) -> Any:
        """Return no arguments: a time series can't be called."""
        return ()

    def make(self, maker: Maker) -> Any:
        """Return a new ``tfp.sts.Sum``."""
        import tensorflow as tf
        import tensorflow_probability as tfp

        def prior(family: str) -> Any:
            rules = (("loc", "real"), ("scale", "positive"))
            parameters = maker.parameters(rules, 1, (), self.held)
            return getattr(tfp.distributions, family)(**parameters)

        parts = []
        for position, component in enumerate(self.components):
            priors = {f"{name}_prior": prior(each) for name, each in _PRIORS[component].items()}
            options = {"num_seasons": 2} if component == "Seasonal" else {}
            kind = getattr(tfp.sts, component)
            parts.append(kind(**priors, **options, name=f"{component}_{position}"))
        return tfp.sts.Sum(
            parts,
            observation_noise_scale_prior=prior("LogNormal"),
            constant_offset=tf.constant(0.5, maker.dtype),
        )

    @classmethod
    def draws(cls, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[TimeSeries]:
        """Return a strategy; shrinks towards one level and the first way to hold."""
        from hypothesis import strategies as st

        components = st.lists(st.sampled_from(COMPONENTS), min_size=1, max_size=2).map(tuple)
        return built(cls, components, st.sampled_from(wanted.held(limits)))
