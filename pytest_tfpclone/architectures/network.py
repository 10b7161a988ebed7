"""What the specs of all Keras models have in common: how they are filled, compiled, trained."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.architectures.registry import Limits, Place, registered
from pytest_tfpclone.architectures.seeding import floating, seeded
from pytest_tfpclone.architectures.spec import (
    Spec,
    check_choice,
    check_integer,
    check_registered,
)
from pytest_tfpclone.architectures.training import OPTIMIZERS, compile_model, train

if TYPE_CHECKING:
    import numpy as np
    from hypothesis.strategies import SearchStrategy

DTYPES = ("float32", "float64")
"""Names of the dtypes that a whole model may have, the usual one first."""

MOST_STEPS = 3
"""The largest number of training steps."""


@dataclass(frozen=True, slots=True, repr=False)
class Network(Spec):
    """A Keras model that ends in a distribution.

    Attributes:
      features: Number of input features, at least 1.
      dtype: A name of ``DTYPES``.
      compiled: An optimizer's name, one of ``OPTIMIZERS``; None for a model
        that isn't compiled.
      trained: Number of training steps taken, from 0 to 3; needs ``compiled``.
      seed: Fixes the values of all variables, and the training data.
    """

    features: int = field(default=1, kw_only=True)
    dtype: str = field(default="float32", kw_only=True)
    compiled: str | None = field(default=None, kw_only=True)
    trained: int = field(default=0, kw_only=True)
    seed: int = field(default=0, kw_only=True)

    def __post_init__(self) -> None:
        """Check the fields."""
        name = type(self).__name__
        check_integer(self, "features", least=1)
        check_choice(self, "dtype", DTYPES)
        check_choice(self, "compiled", OPTIMIZERS)
        check_integer(self, "trained", least=0, most=MOST_STEPS)
        check_integer(self, "seed", least=0, most=2**32 - 1)
        if self.trained and self.compiled is None:
            raise ValueError(
                f"{name}: trained={self.trained} needs an optimizer: compiled=None, "
                "give the name of one, for example compiled='adam'"
            )

    def check_layers(self, name: str, layers: object) -> None:
        """Raise ``TypeError`` if ``layers``, from the field ``name``, is no tuple of layers."""
        if not isinstance(layers, tuple):
            owner = type(self).__name__
            raise TypeError(f"{owner}: {name}={layers!r} must be a tuple of layers")
        for each in layers:
            check_registered(self, name, each, registered("layer"))

    def check_head(self, name: str, head: object) -> None:
        """Raise ``TypeError`` if ``head``, from the field ``name``, is no head."""
        check_registered(self, name, head, registered("head"))

    @property
    def input_shapes(self) -> list[tuple[int, ...]]:
        """The shapes of the inputs, without the batch dimension."""
        raise NotImplementedError

    def keras_model(self, place: Place) -> Any:
        """Return a new, built model; its variables get their values afterwards."""
        raise NotImplementedError

    def build(self) -> Any:
        """Return a new, built model: equal specs give equal models, bit for bit.

        The global generators of Python, NumPy and TensorFlow are left as they are.

        Returns:
          A ``tf_keras.Model`` whose output is a ``tfd.Distribution``, or a list
          of them. It takes an array of shape ``[batch, *shape]`` for each of
          ``input_shapes``, in a list if there is more than one.
        """
        import numpy as np

        from pytest_tfpclone.architectures import keras_classes  # noqa: F401
        from pytest_tfpclone.architectures.leftovers import taken_back
        from pytest_tfpclone.state.sampling import seeded_sampling

        values = np.random.default_rng(self.seed)
        shapes = self.input_shapes
        # Layers that sample in each call draw from stateless seeds meanwhile.
        sampling = seeded_sampling(self.seed % 2**31)
        with seeded(self.seed), floating(self.dtype), sampling, taken_back():
            place = Place(name="", shape=shapes[0], dtype=self.dtype, values=values)
            built = self.keras_model(place)
            _set_values(built, values)
            if self.compiled is not None:
                compile_model(built, self.compiled)
                train(built, shapes, self.dtype, steps=self.trained, values=values)
        return built

    def inputs(self) -> SearchStrategy[Any]:
        """Return a strategy for arrays that the model takes; shrinks towards one zero.

        Draws finite arrays of the model's dtype and of shape ``[batch, *shape]``,
        with batches of 1 to 4 and entries from -2 to 2: one array, or a list with
        one for each of ``input_shapes``.
        """
        from hypothesis import strategies as st
        from hypothesis.extra import numpy as npst

        shapes = self.input_shapes
        entries = st.floats(-2, 2, width=32, allow_subnormal=False)

        def of_batch(batch: int) -> SearchStrategy[Any]:
            drawn = [npst.arrays(self.dtype, (batch, *each), elements=entries) for each in shapes]
            return drawn[0] if len(drawn) == 1 else st.tuples(*drawn).map(list)

        return st.integers(1, 4).flatmap(of_batch)

    @classmethod
    def of_drawn(cls, **fields: Any) -> Any:
        """Return the model of what ``drawn`` draws: its fields, unless it says otherwise."""
        return cls(**fields)

    @classmethod
    def drawn(cls, limits: Limits, **fields: SearchStrategy[Any]) -> SearchStrategy[Any]:
        """Return a strategy for these models, given one for each argument of ``of_drawn``.

        Shrinks towards one feature, the first dtype, an untrained model that
        isn't compiled, and the seed 0.
        """
        from hypothesis import strategies as st

        def with_training(training: tuple[str | None, int], **others: Any) -> Any:
            return cls.of_drawn(compiled=training[0], trained=training[1], **others)

        return st.builds(
            with_training,
            training=st.sampled_from(limits.training),
            features=st.integers(1, limits.max_units),
            dtype=st.sampled_from(limits.dtypes),
            seed=st.integers(0, 999),
            **fields,
        )


def layers_of(
    limits: Limits, *, least: int | None = None, most: int | None = None
) -> SearchStrategy[tuple[Any, ...]]:
    """Return a strategy for the layers of a stack; shrinks towards few of the first kind."""
    from hypothesis import strategies as st

    kinds = st.one_of([kind.strategy(limits) for kind in limits.layers])
    least = limits.min_layers if least is None else least
    most = limits.max_layers if most is None else most
    return st.lists(kinds, min_size=least, max_size=most).map(tuple)


def heads_of(limits: Limits) -> SearchStrategy[Any]:
    """Return a strategy for a head; shrinks towards the first kind."""
    from hypothesis import strategies as st

    return st.one_of([kind.strategy(limits) for kind in limits.heads])


def _set_values(model: Any, values: np.random.Generator) -> None:
    """Give all variables, biases too, values that no initializer gives.

    So a cloner that initializes the clone instead of copying is seen to be wrong.
    """
    for variable in model.variables:
        if not variable.dtype.is_floating:
            continue
        fan_in = variable.shape[0] if len(variable.shape) > 1 else 4
        value = values.normal(scale=fan_in**-0.5, size=tuple(variable.shape))
        if variable.name.rpartition("/")[2].startswith("moving_variance"):
            value = 0.5 + abs(value)
        variable.assign(value.astype(variable.dtype.as_numpy_dtype))
