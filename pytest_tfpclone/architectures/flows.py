"""Specs of bijectors that are made of functions, networks, or blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.architectures.bijectors import fits
from pytest_tfpclone.architectures.captures import capture
from pytest_tfpclone.architectures.parameters import Maker
from pytest_tfpclone.architectures.registry import distribution
from pytest_tfpclone.architectures.roles import FEATURES, BijectorTree, check_part
from pytest_tfpclone.architectures.seeding import floating
from pytest_tfpclone.architectures.spec import check_choice, check_flag, check_integer, check_tuple
from pytest_tfpclone.architectures.trees import (
    WAYS,
    DistributionLimits,
    Tree,
    Wanted,
    built,
)

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = [
    "BatchNormalizing",
    "BlockwiseBijector",
    "Inline",
    "MaskedAutoregressiveFlow",
    "RealNVP",
]


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class Inline(BijectorTree):
    """A bijector of functions that share a variable: ``tfb.Inline``.

    Attributes:
      captures: How both functions hold the variable, a name of ``WAYS``.
    """

    captures: str = "closure"

    def __post_init__(self) -> None:
        """Check the fields."""
        Tree.__post_init__(self)
        check_choice(self, "captures", WAYS)

    def make(self, maker: Maker, shape: tuple[int, ...] | None = None) -> Any:
        """Return a new ``tfb.Inline`` that multiplies by the exponential of the variable."""
        import tensorflow as tf
        import tensorflow_probability as tfp

        log_scale = maker.parameter("real", (), "variable", "log_scale")

        def forward(inputs: Any, captured: Any) -> Any:
            return inputs * tf.math.exp(captured)

        def inverse(inputs: Any, captured: Any) -> Any:
            return inputs * tf.math.exp(-captured)

        def jacobian(inputs: Any, captured: Any) -> Any:
            return tf.convert_to_tensor(captured)

        return tfp.bijectors.Inline(
            forward_fn=capture(self.captures, forward, log_scale),
            inverse_fn=capture(self.captures, inverse, log_scale),
            forward_log_det_jacobian_fn=capture(self.captures, jacobian, log_scale),
            forward_min_event_ndims=0,
        )

    @classmethod
    def draws(cls, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[Inline]:
        """Return a strategy; shrinks towards the first way to capture."""
        from hypothesis import strategies as st

        if "real" not in wanted.supports:
            return st.nothing()
        return built(cls, st.sampled_from(limits.captures))


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class RealNVP(BijectorTree):
    """A coupling of the first number of a vector to the others: ``tfb.RealNVP``.

    Attributes:
      captures: How the function of the first number holds its weights.
    """

    captures: str = "closure"

    def __post_init__(self) -> None:
        """Check the fields."""
        Tree.__post_init__(self)
        check_choice(self, "captures", WAYS)

    @property
    def rank(self) -> int:
        """The least rank of what it works on."""
        return 1

    def takes(self, shape: tuple[int, ...]) -> bool:
        """Return whether it maps vectors of this many numbers."""
        return len(shape) == 1 and shape[0] > 1

    def make(self, maker: Maker, shape: tuple[int, ...] | None = None) -> Any:
        """Return a new ``tfb.RealNVP`` with one masked number."""
        import tensorflow as tf
        import tensorflow_probability as tfp

        size = (self.own_shape if shape is None else shape)[0]
        weights = maker.parameter("real", (2 * (size - 1),), "variable", "weights")

        def couple(inputs: Any, captured: Any) -> Any:
            return tf.split(tf.math.tanh(inputs * captured), 2, axis=-1)

        held = capture(self.captures, couple, weights)
        return tfp.bijectors.RealNVP(
            num_masked=1, shift_and_log_scale_fn=lambda inputs, units, **_: held(inputs)
        )

    @classmethod
    def draws(cls, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[RealNVP]:
        """Return a strategy; shrinks towards the first way to capture."""
        from hypothesis import strategies as st

        if not fits(cls(), wanted):
            return st.nothing()
        return built(cls, st.sampled_from(limits.captures))


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class MaskedAutoregressiveFlow(BijectorTree):
    """A ``tfb.MaskedAutoregressiveFlow`` with a ``tfb.AutoregressiveNetwork``.

    Attributes:
      units: Width of the network's hidden layer.
    """

    units: int = 2

    def __post_init__(self) -> None:
        """Check the fields."""
        Tree.__post_init__(self)
        check_integer(self, "units", least=1)

    @property
    def rank(self) -> int:
        """The least rank of what it works on."""
        return 1

    def takes(self, shape: tuple[int, ...]) -> bool:
        """Return whether it maps vectors of this many numbers."""
        return len(shape) == 1 and shape[0] > 1

    def make(self, maker: Maker, shape: tuple[int, ...] | None = None) -> Any:
        """Return a new flow, whose network has its variables already."""
        import tensorflow_probability as tfp

        size = (self.own_shape if shape is None else shape)[0]
        network = tfp.bijectors.AutoregressiveNetwork(
            params=2, event_shape=[size], hidden_units=[self.units], activation="tanh",
            dtype=maker.dtype, name="network",
        )  # fmt: skip
        with floating(maker.dtype):
            network.build((None, size))
        for variable in network.variables:
            variable.assign(maker.constant("real", tuple(variable.shape)) * 0.5)
        return tfp.bijectors.MaskedAutoregressiveFlow(network)

    @classmethod
    def draws(
        cls, limits: DistributionLimits, wanted: Wanted
    ) -> SearchStrategy[MaskedAutoregressiveFlow]:
        """Return a strategy; shrinks towards one unit."""
        from hypothesis import strategies as st

        return built(cls, st.integers(1, 3)) if fits(cls(), wanted) else st.nothing()


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class BatchNormalizing(BijectorTree):
    """A ``tfb.BatchNormalization``, which holds a Keras layer and stands alone.

    Attributes:
      training: Whether its inverse normalizes by the batch, and moves the averages.
    """

    training: bool = False

    def __post_init__(self) -> None:
        """Check the fields."""
        Tree.__post_init__(self)
        check_flag(self, "training")

    @property
    def rank(self) -> int:
        """The least rank of what it works on."""
        return 1

    def takes(self, shape: tuple[int, ...]) -> bool:
        """Return False: its layer takes batches only, not the one vector of a sample."""
        return False

    def make(self, maker: Maker, shape: tuple[int, ...] | None = None) -> Any:
        """Return a new bijector, whose layer has its variables already."""
        import tensorflow_probability as tfp
        import tf_keras

        layer = tf_keras.layers.BatchNormalization(name="normalization", dtype=maker.dtype)
        layer.build((None, *self.own_shape))
        for variable in layer.variables:
            variable.assign(maker.constant("positive", tuple(variable.shape)))
        return tfp.bijectors.BatchNormalization(layer, training=self.training)

    @classmethod
    def draws(cls, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[BatchNormalizing]:
        """Return a strategy; shrinks towards no training."""
        from hypothesis import strategies as st

        return built(cls, st.booleans()) if fits(cls(), wanted) else st.nothing()


@distribution
@dataclass(frozen=True, slots=True, repr=False)
class BlockwiseBijector(BijectorTree):
    """A ``tfb.Blockwise`` of two bijectors, the second of which maps the last number.

    Attributes:
      bijectors: The two; they map all numbers to numbers.
    """

    bijectors: tuple[BijectorTree, BijectorTree]

    def __post_init__(self) -> None:
        """Check the fields."""
        Tree.__post_init__(self)
        check_tuple(self, "bijectors", "bijectors", least=2)
        if len(self.bijectors) > 2:
            raise ValueError(f"BlockwiseBijector: bijectors={self.bijectors!r} must be two")
        for each, shape in zip(self.bijectors, ((FEATURES,), (1,)), strict=True):
            check_part(self, "bijectors", each, BijectorTree)
            if not each.takes(shape):
                raise ValueError(
                    f"BlockwiseBijector: bijectors got {each!r}, which must map all numbers of "
                    f"shape {shape} to numbers of the same shape"
                )

    @property
    def rank(self) -> int:
        """The least rank of what it works on."""
        return 1

    @property
    def image(self) -> str:
        """What it maps to."""
        images = {each.image for each in self.bijectors}
        return "real" if images == {"real"} else "float"

    def takes(self, shape: tuple[int, ...]) -> bool:
        """Return whether it maps vectors of this many numbers."""
        return len(shape) == 1 and shape[0] > 1 and self.bijectors[0].takes((shape[0] - 1,))

    def make(self, maker: Maker, shape: tuple[int, ...] | None = None) -> Any:
        """Return a new ``tfb.Blockwise``."""
        import tensorflow_probability as tfp

        size = (self.own_shape if shape is None else shape)[0]
        blocks = (size - 1, 1)
        made = [
            each.make(maker, (block,)) for each, block in zip(self.bijectors, blocks, strict=True)
        ]
        return tfp.bijectors.Blockwise(made, block_sizes=blocks)

    @classmethod
    def draws(cls, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[BlockwiseBijector]:
        """Return a strategy; shrinks towards the simplest parts."""
        from hypothesis import strategies as st

        shape = (FEATURES,) if wanted.shape is None else wanted.shape
        supports = tuple(each for each in wanted.supports if each in ("real", "float"))
        if len(shape) != 1 or shape[0] < 2 or not supports:
            return st.nothing()
        drawn = []
        # One block that isn't onto all numbers is enough to make the whole so.
        for support in supports:
            first = wanted.part(shape=(shape[0] - 1,), supports=(support,))
            second = wanted.part(shape=(1,), supports=supports, stateful=False)
            drawn.append(
                built(
                    cls,
                    st.tuples(BijectorTree.any(limits, first), BijectorTree.any(limits, second)),
                )
            )
        return st.one_of(drawn)
