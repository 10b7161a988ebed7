"""Specs of the named heads of ``tfp.layers``, each after a ``Dense`` layer that feeds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from pytest_tfpclone.architectures.registry import Limits, Place, head
from pytest_tfpclone.architectures.spec import Spec, check_choice, check_integer

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = [
    "DIVERGENCES",
    "AutoregressiveTransform",
    "CategoricalMixtureOfOneHotCategorical",
    "IndependentBernoulli",
    "IndependentLogistic",
    "IndependentNormal",
    "IndependentPoisson",
    "MixtureLogistic",
    "MixtureNormal",
    "MixtureSameFamily",
    "MultivariateNormalTriL",
    "OneHotCategorical",
    "VariationalGaussianProcess",
]

DIVERGENCES: tuple[str | None, ...] = (None, "regularizer", "add_loss")
"""How a head is held to a trainable prior: as the activity regularizer
``tfp.layers.KLDivergenceRegularizer``, or by a layer ``KLDivergenceAddLoss`` after it."""


class HeadSpec(Spec):
    """A head with nothing to choose."""

    __slots__ = ()

    @classmethod
    def strategy(cls, limits: Limits) -> SearchStrategy[Any]:
        """Return a strategy for these heads, which have nothing to choose."""
        from hypothesis import strategies as st

        return st.builds(cls)


class _NamedHead(HeadSpec):
    """A head that ``tfp.layers`` has a name for; its event is the input's last dimension."""

    __slots__ = ()

    def sizes(self, units: int) -> tuple[Any, ...]:
        """Return the first arguments of the layer and of its ``params_size``."""
        return (units,)

    def options(self, place: Place) -> dict[str, Any]:
        """Return further arguments of the layer."""
        return {}

    def keras_layers(self, place: Place) -> list[Any]:
        """Return a ``Dense`` layer of the parameters, and the head."""
        import tensorflow_probability as tfp
        import tf_keras

        make = getattr(tfp.layers, type(self).__name__)
        sizes = self.sizes(place.units)
        parameters = tf_keras.layers.Dense(make.params_size(*sizes), name=f"{place.name}_params")
        made = make(
            *sizes,
            # The mean and not a sample: an unseeded sample would move the global generator.
            convert_to_tensor_fn=tfp.distributions.Distribution.mean,
            name=place.name,
            **self.options(place),
        )
        return [parameters, made]


@head
@dataclass(frozen=True, slots=True, repr=False)
class IndependentNormal(_NamedHead):
    """Normals with learned locations and scales, ``event_shape`` ``[units]``.

    Attributes:
      divergence: How it is held to a trainable prior, a name of ``DIVERGENCES``.
    """

    divergence: str | None = None

    def __post_init__(self) -> None:
        """Check the fields."""
        check_choice(self, "divergence", DIVERGENCES)

    def options(self, place: Place) -> dict[str, Any]:
        """Return the regularizer, if there is one."""
        if self.divergence != "regularizer":
            return {}
        import tensorflow_probability as tfp

        prior = self._prior(place)
        return {
            "activity_regularizer": tfp.layers.KLDivergenceRegularizer(prior, use_exact_kl=True)
        }

    def keras_layers(self, place: Place) -> list[Any]:
        """Return the layers of the head, and the one that adds the loss."""
        made = _NamedHead.keras_layers(self, place)
        if self.divergence == "add_loss":
            import tensorflow_probability as tfp

            name = f"{place.name}_divergence"
            prior = self._prior(place)
            made.append(tfp.layers.KLDivergenceAddLoss(prior, use_exact_kl=True, name=name))
        return made

    def _prior(self, place: Place) -> Any:
        import tensorflow as tf
        import tensorflow_probability as tfp

        tfd = tfp.distributions
        location = tf.Variable(place.values.normal(size=[place.units]).astype(place.dtype))
        normal = tfd.Normal(location, tf.ones([], place.dtype))
        return tfd.Independent(normal, reinterpreted_batch_ndims=1)

    @classmethod
    def strategy(cls, limits: Limits) -> SearchStrategy[Any]:
        """Return a strategy for these heads; shrinks towards no divergence."""
        from hypothesis import strategies as st

        return st.builds(cls, divergence=st.sampled_from(DIVERGENCES))


@head
@dataclass(frozen=True, slots=True, repr=False)
class IndependentLogistic(_NamedHead):
    """Logistics with learned locations and scales, ``event_shape`` ``[units]``."""


@head
@dataclass(frozen=True, slots=True, repr=False)
class IndependentBernoulli(_NamedHead):
    """Coins, ``event_shape`` ``[units]``."""


@head
@dataclass(frozen=True, slots=True, repr=False)
class IndependentPoisson(_NamedHead):
    """Counts, ``event_shape`` ``[units]``."""


@head
@dataclass(frozen=True, slots=True, repr=False)
class OneHotCategorical(_NamedHead):
    """A choice of one out of ``units``, one-hot."""


@head
@dataclass(frozen=True, slots=True, repr=False)
class MultivariateNormalTriL(_NamedHead):
    """A multivariate normal with a learned triangular scale, ``event_shape`` ``[units]``."""


@dataclass(frozen=True, slots=True, repr=False)
class _MixtureHead(_NamedHead):
    """A mixture, ``event_shape`` ``[units]``.

    Attributes:
      components: Number of components, at least 2.
    """

    components: int = 2

    _MOST_COMPONENTS: ClassVar[int] = 3

    def __post_init__(self) -> None:
        """Check the fields."""
        check_integer(self, "components", least=2)

    @classmethod
    def strategy(cls, limits: Limits) -> SearchStrategy[Any]:
        """Return a strategy for these heads; shrinks towards two components."""
        from hypothesis import strategies as st

        return st.builds(cls, components=st.integers(2, cls._MOST_COMPONENTS))


@head
@dataclass(frozen=True, slots=True, repr=False)
class MixtureNormal(_MixtureHead):
    """A mixture of independent normals."""

    def sizes(self, units: int) -> tuple[Any, ...]:
        """Return the number of components and the event's size."""
        return (self.components, units)


@head
@dataclass(frozen=True, slots=True, repr=False)
class MixtureLogistic(_MixtureHead):
    """A mixture of independent logistics."""

    def sizes(self, units: int) -> tuple[Any, ...]:
        """Return the number of components and the event's size."""
        return (self.components, units)


@head
@dataclass(frozen=True, slots=True, repr=False)
class CategoricalMixtureOfOneHotCategorical(_MixtureHead):
    """A mixture of choices of one out of ``units``."""

    def sizes(self, units: int) -> tuple[Any, ...]:
        """Return the event's size and the number of components."""
        return (units, self.components)


@head
@dataclass(frozen=True, slots=True, repr=False)
class MixtureSameFamily(_MixtureHead):
    """A mixture whose component is a layer of its own, ``IndependentNormal``."""

    def keras_layers(self, place: Place) -> list[Any]:
        """Return a ``Dense`` layer of the parameters, and the head."""
        import tensorflow_probability as tfp
        import tf_keras

        tfpl = tfp.layers
        size = tfpl.IndependentNormal.params_size(place.units)
        parameters = tfpl.MixtureSameFamily.params_size(self.components, size)
        component = tfpl.IndependentNormal(place.units, name=f"{place.name}_component")
        made = tfpl.MixtureSameFamily(
            self.components,
            component,
            convert_to_tensor_fn=tfp.distributions.Distribution.mean,
            name=place.name,
        )
        return [tf_keras.layers.Dense(parameters, name=f"{place.name}_params"), made]


@head
@dataclass(frozen=True, slots=True, repr=False)
class AutoregressiveTransform(HeadSpec):
    """A normal moved by a masked autoregressive network, ``event_shape`` ``[units]``."""

    def keras_layers(self, place: Place) -> list[Any]:
        """Return a ``DistributionLambda`` and the transform."""
        import tensorflow_probability as tfp

        from pytest_tfpclone.architectures.keras_classes import unit_normal

        tfpl = tfp.layers
        made = tfp.bijectors.AutoregressiveNetwork(
            params=2, hidden_units=[2], activation="tanh", name=f"{place.name}_made"
        )
        base = tfpl.DistributionLambda(
            unit_normal,
            convert_to_tensor_fn=tfp.distributions.Distribution.mean,
            name=f"{place.name}_base",
        )
        return [base, tfpl.AutoregressiveTransform(made, name=place.name)]


@head
@dataclass(frozen=True, slots=True, repr=False)
class VariationalGaussianProcess(HeadSpec):
    """Variational Gaussian processes over the inputs, ``event_shape`` ``[batch, units]``."""

    def keras_layers(self, place: Place) -> list[Any]:
        """Return the layer, whose kernel comes from a layer of its own."""
        import tensorflow_probability as tfp
        import tf_keras

        from pytest_tfpclone.architectures.keras_classes import KernelProvider

        seed = int(place.values.integers(2**31))
        layer = tfp.layers.VariationalGaussianProcess(
            num_inducing_points=2,
            kernel_provider=KernelProvider(name=f"{place.name}_kernel"),
            event_shape=(place.units,),
            inducing_index_points_initializer=tf_keras.initializers.RandomNormal(seed=seed),
            convert_to_tensor_fn=tfp.distributions.Distribution.mean,
            name=place.name,
        )
        return [layer]
