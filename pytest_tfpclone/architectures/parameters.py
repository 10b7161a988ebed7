"""The ways in which a distribution, a bijector or a kernel can hold a number.

A cloner has to follow each of them. A new way is one more function here, and a
new constraint, such as "positive", is one more line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

__all__ = ["HELD"]

HELD: tuple[str, ...] = (
    "variable",
    "frozen_variable",
    "transformed_variable",
    "deferred",
    "constant",
    "array",
)
"""Names of the ways to hold a parameter, from the simplest on.

``"frozen_variable"`` isn't trainable; ``"deferred"`` is a ``DeferredTensor`` of
one variable whose function closes over another; ``"constant"`` is a tensor and
``"array"`` a NumPy array, so that these two hold no variable.
"""

WITHOUT_VARIABLE = frozenset({"constant", "array"})
"""The ways that hold no variable."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """What a parameter has to be.

    Attributes:
      value: Draws a NumPy array of a shape.
      bijector: Makes the bijector of a dtype from unconstrained numbers.
    """

    value: Callable[[np.random.Generator, tuple[int, ...]], Any]
    bijector: Callable[[str], Any]


def _positive(values: np.random.Generator, shape: tuple[int, ...]) -> Any:
    import numpy as np

    return np.exp(values.normal(scale=0.5, size=shape))


def _ascending(values: np.random.Generator, shape: tuple[int, ...]) -> Any:
    import numpy as np

    return np.cumsum(_positive(values, shape), axis=-1) - 1.0


def _simplex(values: np.random.Generator, shape: tuple[int, ...]) -> Any:
    weights = _positive(values, shape)
    return weights / weights.sum(axis=-1, keepdims=True)


def _direction(values: np.random.Generator, shape: tuple[int, ...]) -> Any:
    import numpy as np

    vector = values.normal(size=shape)
    return vector / np.linalg.norm(vector, axis=-1, keepdims=True)


def _tril(values: np.random.Generator, shape: tuple[int, ...]) -> Any:
    import numpy as np

    below = np.tril(values.normal(scale=0.5, size=shape), -1)
    return below + np.eye(shape[-1]) * _positive(values, shape[:-1])[..., None]


def _orthogonal(values: np.random.Generator, shape: tuple[int, ...]) -> Any:
    import numpy as np

    return np.linalg.qr(values.normal(size=shape))[0]


def _bijector(name: str, **options: Any) -> Callable[[str], Any]:
    def make(dtype: str) -> Any:
        import tensorflow_probability as tfp

        return getattr(tfp.bijectors, name)(**options)

    return make


def _softplus_above(low: float) -> Callable[[str], Any]:
    def make(dtype: str) -> Any:
        import tensorflow as tf
        import tensorflow_probability as tfp

        return tfp.bijectors.Softplus(low=tf.constant(low, dtype))

    return make


def _negated_softplus(dtype: str) -> Any:
    import tensorflow as tf
    import tensorflow_probability as tfp

    return tfp.bijectors.Scale(tf.constant(-1.0, dtype))(tfp.bijectors.Softplus())


def _scaled_simplex(dtype: str) -> Any:
    import tensorflow as tf
    import tensorflow_probability as tfp

    simplex = tfp.bijectors.IteratedSigmoidCentered()
    return tfp.bijectors.Scale(tf.constant(4.0, dtype))(simplex)


def _triangle(dtype: str) -> Any:
    import tensorflow_probability as tfp

    return tfp.bijectors.FillScaleTriL(diag_bijector=tfp.bijectors.Exp(), diag_shift=None)


CONSTRAINTS: dict[str, Constraint] = {
    "real": Constraint(lambda values, shape: values.normal(size=shape), _bijector("Identity")),
    "positive": Constraint(_positive, _bijector("Softplus")),
    "negative": Constraint(lambda values, shape: -_positive(values, shape), _negated_softplus),
    "above_one": Constraint(lambda values, shape: 1.2 + _positive(values, shape),
                            _softplus_above(1.0)),
    "above_two": Constraint(lambda values, shape: 2.2 + _positive(values, shape),
                            _softplus_above(2.0)),
    "above_three": Constraint(lambda values, shape: 3.2 + _positive(values, shape),
                              _softplus_above(3.0)),
    "probability": Constraint(lambda values, shape: values.uniform(0.1, 0.9, size=shape),
                              _bijector("Sigmoid")),
    # Not SoftmaxCentered, which NumPy 2.4 can't make.
    "simplex": Constraint(_simplex, _bijector("IteratedSigmoidCentered")),
    "bins": Constraint(lambda values, shape: 4.0 * _simplex(values, shape), _scaled_simplex),
    "ascending": Constraint(_ascending, _bijector("Ascending")),
    "tril": Constraint(_tril, _triangle),
    "direction": Constraint(_direction, _bijector("Identity")),
    "orthogonal": Constraint(_orthogonal, _bijector("Identity")),
    "count": Constraint(lambda values, shape: values.integers(2, 6, size=shape) * 1.0,
                        _bijector("Identity")),
}  # fmt: skip
"""What a parameter may have to be, by name."""


def _constant(value: Any, constraint: Constraint, name: str) -> Any:
    import tensorflow as tf

    return tf.constant(value)


def _array(value: Any, constraint: Constraint, name: str) -> Any:
    return value


def _variable(value: Any, constraint: Constraint, name: str) -> Any:
    import tensorflow as tf

    return tf.Variable(value, name=name)


def _frozen_variable(value: Any, constraint: Constraint, name: str) -> Any:
    import tensorflow as tf

    return tf.Variable(value, trainable=False, name=name)


def _transformed_variable(value: Any, constraint: Constraint, name: str) -> Any:
    import tensorflow_probability as tfp

    bijector = constraint.bijector(value.dtype.name)
    return tfp.util.TransformedVariable(value, bijector, name=name)


def _deferred(value: Any, constraint: Constraint, name: str) -> Any:
    import tensorflow as tf
    import tensorflow_probability as tfp

    bijector = constraint.bijector(value.dtype.name)
    offset = tf.Variable(tf.constant(0.25, value.dtype), name=f"{name}_offset")
    unconstrained = tf.Variable(bijector.inverse(tf.constant(value)) - offset, name=name)
    return tfp.util.DeferredTensor(
        unconstrained, lambda inner: bijector.forward(inner + offset), shape=value.shape
    )


_WAYS: dict[str, Callable[[Any, Constraint, str], Any]] = {
    "variable": _variable,
    "frozen_variable": _frozen_variable,
    "transformed_variable": _transformed_variable,
    "deferred": _deferred,
    "constant": _constant,
    "array": _array,
}


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the parameters of one tree of distributions, bijectors and kernels.

    Attributes:
      dtype: Name of the floating-point dtype of all of the tree.
      values: Draws all values.
    """

    dtype: str
    values: np.random.Generator

    def parameter(self, constraint: str, shape: tuple[int, ...], held: str, name: str) -> Any:
        """Return a new parameter.

        Args:
          constraint: A name of ``CONSTRAINTS``: what it has to be.
          shape: Its shape.
          held: A name of ``HELD``: how it is held.
          name: The name of its variable.
        """
        import numpy as np

        rule = CONSTRAINTS[constraint]
        return _WAYS[held](np.asarray(rule.value(self.values, shape), self.dtype), rule, name)

    def constant(self, constraint: str, shape: tuple[int, ...]) -> Any:
        """Return a new tensor of a shape."""
        return self.parameter(constraint, shape, "constant", "")

    def parameters(
        self, rules: tuple[tuple[str, str], ...], size: int, batch: tuple[int, ...], held: str
    ) -> dict[str, Any]:
        """Return new parameters by name.

        Args:
          rules: Pairs of a name and what the parameter has to be, for example
            ``("scale_tril", "tril[n,n]")``: a constraint and the shape of its event.
          size: What ``n`` stands for.
          batch: What each shape starts with.
          held: A name of ``HELD``.
        """
        made = {}
        for name, rule in rules:
            constraint, _, shape = rule.partition("[")
            made[name] = self.parameter(constraint, batch + sizes(shape, size), held, name)
        return made


def sizes(shape: str, size: int) -> tuple[int, ...]:
    """Return a shape that is written as ``[n,4]`` or the like, with or without brackets.

    >>> sizes("[n,4]", 2)
    (2, 4)
    """
    written = shape.strip("[]")
    return tuple(size if each == "n" else int(each) for each in written.split(",") if each)
