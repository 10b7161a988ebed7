"""Specs of heads: ``DistributionLambda`` layers that turn ``[batch, units]`` into a distribution.

A new head is one more dataclass here. It says how large a variable its
function needs, and returns that function; all else is common.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from pytest_tfpclone.architectures.captures import CAPTURES, capture
from pytest_tfpclone.architectures.registry import Limits, Place, head
from pytest_tfpclone.architectures.spec import Spec, check_choice, check_integer

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["CAPTURES", "Bernoulli", "Mixture", "Normal", "Poisson"]


@dataclass(frozen=True, slots=True, repr=False)
class _DistributionHead(Spec):
    """A ``DistributionLambda`` whose function may hold a variable of its own.

    Attributes:
      captures: How the function holds that variable, a name of ``CAPTURES``;
        None for a function that holds none.
    """

    captures: str | None = None

    def __post_init__(self) -> None:
        """Check the fields."""
        check_choice(self, "captures", CAPTURES)

    def distribution_function(self) -> Callable[..., Any]:
        """Return the function ``(inputs, captured=0.0) -> tfd.Distribution``."""
        raise NotImplementedError

    def captured_shape(self, units: int) -> tuple[int, ...]:
        """Return the shape of the captured variable for inputs of shape ``[batch, units]``."""
        return (units,)

    def keras_layers(self, place: Place) -> list[Any]:
        """Return a new ``DistributionLambda`` for inputs of shape ``[batch, units]``."""
        import tensorflow_probability as tfp

        function = self.distribution_function()
        if self.captures is not None:
            variable = place.variable(self.captured_shape(place.units), "captured")
            function = capture(self.captures, function, variable)
        # The mean and not a sample: an unseeded sample would move TensorFlow's global generator.
        made = tfp.layers.DistributionLambda(
            function, convert_to_tensor_fn=tfp.distributions.Distribution.mean, name=place.name
        )
        return [made]

    @classmethod
    def strategy(cls, limits: Limits) -> SearchStrategy[Any]:
        """Return a strategy for these heads; shrinks towards the first way to capture.

        Hypothesis takes what needs fewer choices for simpler: that one needs none.
        """
        from hypothesis import strategies as st

        simplest = st.just(cls(captures=limits.captures[0]))
        if len(limits.captures) == 1:
            return simplest
        return simplest | st.builds(cls, captures=st.sampled_from(limits.captures[1:]))


@head
@dataclass(frozen=True, slots=True, repr=False)
class Normal(_DistributionHead):
    """Independent normals, ``batch_shape`` ``[batch, units]``: a scale of 1, or a captured one."""

    def distribution_function(self) -> Callable[..., Any]:
        """Return ``Normal(inputs, scale)``."""
        import tensorflow as tf
        import tensorflow_probability as tfp

        def normal(inputs: Any, captured: Any = 0.0) -> Any:
            return tfp.distributions.Normal(inputs, tf.math.exp(tf.cast(captured, inputs.dtype)))

        return normal


@head
@dataclass(frozen=True, slots=True, repr=False)
class Bernoulli(_DistributionHead):
    """Independent coins, ``batch_shape`` ``[batch, units]``: logits with a captured shift."""

    def distribution_function(self) -> Callable[..., Any]:
        """Return ``Bernoulli(logits=inputs + shift)``."""
        import tensorflow_probability as tfp

        def bernoulli(inputs: Any, captured: Any = 0.0) -> Any:
            return tfp.distributions.Bernoulli(logits=inputs + captured)

        return bernoulli


@head
@dataclass(frozen=True, slots=True, repr=False)
class Poisson(_DistributionHead):
    """Independent counts, ``batch_shape`` ``[batch, units]``, with a captured exposure."""

    def distribution_function(self) -> Callable[..., Any]:
        """Return ``Poisson(log_rate=inputs + log_exposure)``."""
        import tensorflow_probability as tfp

        def poisson(inputs: Any, captured: Any = 0.0) -> Any:
            return tfp.distributions.Poisson(log_rate=inputs + captured)

        return poisson


@head
@dataclass(frozen=True, slots=True, repr=False)
class Mixture(_DistributionHead):
    """Mixtures of normals around the inputs, ``batch_shape`` ``[batch, units]``.

    Attributes:
      captures: How the function holds the logits of the components; None for
        equal weights.
      components: Number of normals, at least 2. Their means are spread from
        -1 to 1 around the inputs, their scale is 1/2.
    """

    components: int = 2

    _MOST_COMPONENTS: ClassVar[int] = 3

    def __post_init__(self) -> None:
        """Check the fields."""
        _DistributionHead.__post_init__(self)
        check_integer(self, "components", least=2)

    def captured_shape(self, units: int) -> tuple[int, ...]:
        """Return the shape of the logits."""
        return (self.components,)

    def distribution_function(self) -> Callable[..., Any]:
        """Return ``MixtureSameFamily`` of a categorical and normals."""
        import tensorflow as tf
        import tensorflow_probability as tfp

        components = self.components

        def mixture(inputs: Any, captured: Any = 0.0) -> Any:
            tfd = tfp.distributions
            dtype = inputs.dtype
            means = inputs[..., tf.newaxis] + tf.cast(tf.linspace(-1.0, 1.0, components), dtype)
            logits = tf.zeros(components, dtype) + captured
            return tfd.MixtureSameFamily(
                mixture_distribution=tfd.Categorical(logits=logits),
                components_distribution=tfd.Normal(means, tf.cast(0.5, dtype)),
            )

        return mixture

    @classmethod
    def strategy(cls, limits: Limits) -> SearchStrategy[Mixture]:
        """Return a strategy for these heads; shrinks towards two components."""
        from hypothesis import strategies as st

        return st.builds(
            cls,
            captures=st.sampled_from(limits.captures),
            components=st.integers(2, cls._MOST_COMPONENTS),
        )
