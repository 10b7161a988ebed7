"""Specs of objects that hold a Keras 3 model beside an object of TFP's.

TFP's own layers are tf_keras layers; with Keras 3, models and distributions
live side by side, in an object that is neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.architectures.modules import ModuleLimits, positive_inputs
from pytest_tfpclone.architectures.registry import module
from pytest_tfpclone.architectures.seeding import seeded
from pytest_tfpclone.architectures.spec import Spec, check_choice, check_integer, check_tuple

if TYPE_CHECKING:
    import numpy as np
    from hypothesis.strategies import SearchStrategy

__all__ = ["KerasThree"]

_LAYERS = ("dense", "batch_normalization", "dropout")
_COMPILED = (None, "adam", "sgd")
_BESIDE = ("distribution", "bijector")
_HOLDERS = ("module", "object")
_DTYPES = ("float32", "float64")


@module
@dataclass(frozen=True, slots=True, repr=False)
class KerasThree(Spec):
    """An object with a ``keras.Sequential`` beside a TFP distribution or bijector.

    Attributes:
      layers: Names of the network's layers, at least one, some of ``"dense"``,
        ``"batch_normalization"`` and ``"dropout"``.
      units: Width of inputs and layers, at least 1.
      beside: ``"distribution"``, an attribute ``likelihood``, or ``"bijector"``.
      holder: ``"module"`` for a ``tf.Module``, ``"object"`` for a plain object.
      compiled: The optimizer's name, ``"adam"`` or ``"sgd"``; None for a network
        that isn't compiled.
      dtype: ``"float32"`` or ``"float64"``.
      seed: Fixes the values of all variables.

    >>> KerasThree(layers=("dense", "dropout"), beside="bijector")
    KerasThree(layers=('dense', 'dropout'), beside='bijector')
    """

    layers: tuple[str, ...] = ("dense",)
    units: int = 1
    beside: str = "distribution"
    holder: str = "module"
    compiled: str | None = None
    dtype: str = "float32"
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the fields."""
        check_tuple(self, "layers", "name of a layer")
        for each in self.layers:
            if each not in _LAYERS:
                known = ", ".join(map(repr, _LAYERS))
                raise ValueError(f"KerasThree: layers got {each!r}, must be one of {known}")
        check_integer(self, "units", least=1)
        check_choice(self, "beside", _BESIDE)
        check_choice(self, "holder", _HOLDERS)
        check_choice(self, "compiled", _COMPILED)
        check_choice(self, "dtype", _DTYPES)
        check_integer(self, "seed", least=0, most=2**32 - 1)

    def build(self) -> Any:
        """Return a new object: equal specs give equal ones, bit for bit.

        The global generators of Python, NumPy and TensorFlow are left as they are.

        Returns:
          A ``tf.Module`` or plain object. Called with ``[batch, units]`` of
          ``dtype``, it returns a ``tfd.Normal`` of that batch shape, or a tensor.
        """
        import numpy as np
        import tensorflow as tf
        import tensorflow_probability as tfp

        from pytest_tfpclone.architectures.keras_three_classes import KINDS

        values = np.random.default_rng(self.seed)
        with seeded(self.seed):
            network = self._network(values)
            shift = tf.Variable(values.normal(size=self.units).astype(self.dtype), name="shift")
            rate = tf.Variable(values.uniform(1, 2, size=self.units).astype(self.dtype))
            if self.beside == "distribution":
                companion = tfp.distributions.Normal(shift, rate)
            else:
                companion = tfp.bijectors.Chain(
                    [tfp.bijectors.Shift(shift), tfp.bijectors.Scale(rate)]
                )
            return KINDS[self.holder, self.beside](network, companion)

    def _network(self, values: np.random.Generator) -> Any:
        import keras

        # Not tf_keras: TF_USE_LEGACY_KERAS changes what tf.keras is, not what keras is.
        # Names by position, since Keras' own count all layers of the process.
        network = keras.Sequential(name="network")
        network.add(keras.layers.InputLayer((self.units,), dtype=self.dtype, name="inputs"))
        for index, each in enumerate(self.layers):
            options: dict[str, Any] = {"dtype": self.dtype, "name": f"{each}_{index}"}
            if each == "dense":
                layer = keras.layers.Dense(self.units, activation="softplus", **options)
            elif each == "batch_normalization":
                layer = keras.layers.BatchNormalization(**options)
            else:
                layer = keras.layers.Dropout(0.5, seed=int(values.integers(2**31)), **options)
            network.add(layer)
        variables = list(network.variables)
        if self.compiled is not None:
            rate = values.uniform(0.01, 0.1)
            if self.compiled == "adam":
                optimizer = keras.optimizers.Adam(rate, name="adam")
            else:
                optimizer = keras.optimizers.SGD(rate, momentum=0.9, name="sgd")
            network.compile(optimizer=optimizer, loss="mse", run_eagerly=True, jit_compile=False)
            optimizer.build(network.trainable_variables)
            variables += optimizer.variables
        for variable in variables:
            _give_value(variable, values)
        return network

    def inputs(self) -> SearchStrategy[Any]:
        """Return a strategy for arrays ``[batch, units]``; shrinks towards ``[[1.0, ...]]``."""
        return positive_inputs(self.units, self.dtype)

    @classmethod
    def strategy(cls, limits: ModuleLimits) -> SearchStrategy[KerasThree]:
        """Return a strategy for these objects.

        Shrinks towards one dense layer of one unit, in a ``tf.Module``, beside a
        distribution, the first optimizer and dtype, and the seed 0.
        """
        from hypothesis import strategies as st

        layers = st.lists(
            st.sampled_from(_LAYERS), min_size=limits.min_parts, max_size=limits.max_parts
        )
        return st.builds(
            cls,
            layers=layers.map(tuple),
            units=st.integers(1, limits.max_units),
            beside=st.sampled_from(_BESIDE),
            holder=st.sampled_from(_HOLDERS),
            compiled=st.sampled_from(limits.compiled),
            dtype=st.sampled_from(limits.dtypes),
            seed=st.integers(0, 999),
        )


def _give_value(variable: Any, values: np.random.Generator) -> None:
    """Assign what no initializer gives: positive, since variances and some slots must be."""
    if variable.path.endswith("learning_rate"):
        return
    if "int" in variable.dtype:
        variable.assign(values.integers(2, 99, size=variable.shape))
    else:
        variable.assign(values.uniform(0.1, 0.9, size=variable.shape))
