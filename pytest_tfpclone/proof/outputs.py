"""Run a model on probe inputs, and compare what comes out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow.python.framework.composite_tensor import CompositeTensor
from tensorflow_probability.python.math.psd_kernels import PositiveSemidefiniteKernel

from pytest_tfpclone.proof.inputs import probe_inputs
from pytest_tfpclone.state.attributes import attributes
from pytest_tfpclone.state.cells import DataCell
from pytest_tfpclone.state.mutation import data_cells, kept
from pytest_tfpclone.state.sampling import seeded_sampling
from pytest_tfpclone.state.walk import Walk
from pytest_tfpclone.words import said

__tracebackhide__ = True
tfd, tfb = tfp.distributions, tfp.bijectors
DeferredModule = tfp.experimental.util.DeferredModule
_TOLERANCE = 64
_DEEPEST = 4


class CannotRun(Exception):
    """The model raised; ``__cause__`` is what it raised."""


@dataclasses.dataclass(slots=True)
class Output:
    """What a run gave: named parts, each an array or an object compared by identity."""

    parts: list[tuple[str, Any]]

    def difference(self, other: Output) -> str | None:
        """Return the first way in which another output differs, in words; None if it is equal.

        Numbers are equal within 64 machine epsilons of the part's scale.
        """
        ours, theirs = [name for name, _ in self.parts], [name for name, _ in other.parts]
        if ours != theirs:
            for was, now in zip(ours, theirs, strict=False):
                if was != now:
                    return f"{was} became {now}"
            if len(ours) < len(theirs):
                return f"{theirs[len(ours)]} is there as well"
            return f"{ours[len(theirs)]} is no longer there"
        for (name, left), (_, right) in zip(self.parts, other.parts, strict=True):
            found = _part_difference(left, right)
            if found:
                return f"{name}: {found}"
        return None


def _part_difference(left: Any, right: Any) -> str | None:
    if not isinstance(left, np.ndarray) or not isinstance(right, np.ndarray):
        return None if left is right else _identity_change(left, right)
    if left.dtype != right.dtype:
        return f"{left.dtype} became {right.dtype}"
    if left.shape != right.shape:
        return f"shape {list(left.shape)} became {list(right.shape)}"
    if left.dtype.kind not in "fc":
        return None if np.array_equal(left, right) else f"{_first(left)} became {_first(right)}"
    finite = left[np.isfinite(left)]
    scale = float(np.max(np.abs(finite), initial=0.0))
    bound = _TOLERANCE * _epsilon(left.dtype) * max(scale, float(np.finfo(left.dtype).tiny))
    with np.errstate(invalid="ignore"):
        near = (left == right) | (np.abs(left - right) <= bound)
    same = near | (np.isnan(left) & np.isnan(right))
    if np.all(same):
        return None
    place = tuple(int(i) for i in np.argwhere(~same)[0])
    return f"{left[place]:.6g} became {right[place]:.6g}"


def _identity_change(left: Any, right: Any) -> str:
    if str(left) == str(right):
        return f"{left} itself became a copy of it"
    return f"{left} became {right}"


def _epsilon(dtype: Any) -> float:
    return float(np.finfo(dtype).eps)


def _first(array: Any) -> str:
    return repr(array.ravel()[:1].tolist())


class Probe:
    """A way to run a model and its clones alike.

    Args:
        original: the model that says what inputs it takes.
        inputs: the caller's: a tuple of positional arguments, or the only argument;
            None makes them from the input specification, ``()`` runs nothing.
        seed: what inputs and samples are drawn from.
        walks: of models that are run, if they were just walked.
    """

    def __init__(self, original: Any, inputs: Any, seed: int, walks: Sequence[Walk] = ()) -> None:
        self._seed = seed
        self.given = inputs is not None
        if inputs is not None:
            self._arguments = inputs if isinstance(inputs, tuple) else (inputs,)
            self.runs = bool(self._arguments)
        else:
            self._arguments = ()
            self.runs = _is_probability(original)
            if not self.runs and _is_keras(original):
                made = probe_inputs(original, seed)
                self.runs = made is not None
                self._arguments = made or ()
        self._cells = {id(walk.root): data_cells(walk) for walk in walks}
        self._points: dict[str, Any] = {}
        self._recorded = False

    def run(self, model: Any) -> Output:
        """Run a model once; the first run fixes the points at which densities are compared.

        What the call itself writes, such as a generator that it draws from, is put back,
        so that runs repeat.

        Raises:
            CannotRun: the model raised.
        """
        try:
            with kept(self._cells_of(model)), seeded_sampling(self._seed):
                value = self._call(model)
                parts = list(self._parts("output", value, 0))
                if _is_keras(model):
                    parts += self._parts("losses", list(model.losses), 0)
        except Exception as error:
            raise CannotRun(said(error)) from error
        self._recorded = True
        return Output(parts)

    def _cells_of(self, model: Any) -> list[DataCell]:
        if id(model) not in self._cells:
            self._cells[id(model)] = data_cells(Walk(model))
        return self._cells[id(model)]

    def _call(self, model: Any) -> Any:
        arguments = [_fresh(argument) for argument in self._arguments]
        model = _present(model)
        if isinstance(model, tfd.Distribution):
            return model.log_prob(*arguments) if arguments else model
        if isinstance(model, tfb.Bijector):
            return model.forward(*(arguments or [self._for_bijector(model)]))
        if isinstance(model, tfp.util.DeferredTensor) and not arguments:
            return tf.convert_to_tensor(model)
        if isinstance(model, tf.linalg.LinearOperator):
            return model.matmul(*arguments) if arguments else model.to_dense()
        if isinstance(model, PositiveSemidefiniteKernel):
            points = arguments or [self._normal((4, *[3] * model.feature_ndims), model.dtype)] * 2
            return model.matrix(*points)
        return model(*arguments)

    def _for_bijector(self, bijector: Any) -> Any:
        rank = tf.nest.flatten(bijector.forward_min_event_ndims)[0]
        return tf.abs(self._normal((4, *[3] * int(rank)), bijector.dtype or self._held(bijector)))

    def _held(self, model: Any) -> Any:
        """Return the dtype of the numbers that a model holds; None if it holds none."""
        floating = (cell.value.dtype for cell in self._cells_of(model) if cell.is_floating)
        return next(floating, None)

    def _normal(self, shape: tuple[int, ...], dtype: Any) -> Any:
        generator = np.random.Generator(np.random.PCG64(self._seed))
        return tf.constant(generator.standard_normal(shape), dtype or tf.float32)

    def _parts(self, name: str, value: Any, depth: int) -> Iterator[tuple[str, Any]]:
        value = _present(value)
        if isinstance(value, tfd.Distribution):
            yield from self._distribution_parts(name, value, depth)
        elif isinstance(value, dict):
            for key in sorted(value, key=str):
                yield from self._parts(f"{name}[{key!r}]", value[key], depth)
        elif isinstance(value, (list, tuple)):
            for position, item in enumerate(value):
                yield from self._parts(f"{name}[{position}]", item, depth)
        elif isinstance(value, (tf.Variable, np.ndarray, int, float)):
            yield f"{name} (tensor)", _array(value)
        elif isinstance(value, CompositeTensor) or hasattr(type(value), "parameters"):
            yield from self._object_parts(name, value, depth)
        elif tf.is_tensor(value):
            yield f"{name} (tensor)", _array(value)
        elif value is not None:
            yield f"{name} ({type(value).__qualname__})", None

    def _object_parts(self, name: str, value: Any, depth: int) -> Iterator[tuple[str, Any]]:
        """Yield the tensors of a composite one, or the parameters of a bijector or a kernel."""
        yield f"{name} ({type(value).__qualname__})", None
        try:
            tensors = tf.nest.flatten(value, expand_composites=True)
        except (TypeError, ValueError, NotImplementedError):
            tensors = [value]
        if not any(each is value for each in tensors):
            yield from self._parts(name, tensors, depth)
        elif depth < _DEEPEST:
            for key, parameter in sorted((value.parameters or {}).items()):
                if _is_numeric(parameter) or hasattr(type(parameter), "parameters"):
                    yield from self._parts(f"{name}.{key}", parameter, depth + 1)

    def _distribution_parts(self, name: str, value: Any, depth: int) -> Iterator[tuple[str, Any]]:
        kind = _model_class(value)
        yield f"{name} ({kind})", None
        yield f"{name}.reparameterization_type", _reparameterization(value)
        for key, parameter in sorted(value.parameters.items()):
            if isinstance(parameter, tfd.Distribution) and depth < _DEEPEST:
                yield from self._parts(f"{name}.{key}", parameter, depth + 1)
            elif _is_numeric(parameter):
                yield f"{name}.{key}", _array(parameter)
        if depth == 0:
            points = self._point(name, value)
            if points is not None:
                yield f"{name}.log_prob", _array(value.log_prob(points))

    def _point(self, name: str, value: Any) -> Any:
        """Return where to compare the densities of a part: a sample of the original's first."""
        if not self._recorded:
            try:
                drawn = value.sample(seed=tf.constant([self._seed, 0], tf.int32))
                value.log_prob(drawn)
            except Exception:
                drawn = None
            self._points[name] = drawn
            return drawn
        point = self._points.get(name)
        return tf.nest.map_structure(_fresh, point) if point is not None else None


def _reparameterization(value: Any) -> Any:
    found = value.reparameterization_type
    leaves = tf.nest.flatten(found)
    return leaves[0] if len(leaves) == 1 else None


def _model_class(value: Any) -> str:
    """Return the qualified name of a distribution, not of the tensor-like wrapper of it."""
    kind = type(value)
    if kind.__name__ == "_TensorCoercible":
        kind = type(value.tensor_distribution)
    return f"{kind.__module__.rpartition('.')[2]}.{kind.__qualname__}"


def _is_numeric(value: Any) -> bool:
    return (
        tf.is_tensor(value)
        or isinstance(value, (tf.Variable, np.ndarray, float, tfp.util.DeferredTensor))
    ) and not isinstance(value, tf.RaggedTensor)


def _array(value: Any) -> Any:
    return np.array(tf.convert_to_tensor(value).numpy())


def _fresh(value: Any) -> Any:
    """Return a copy of a tensor: bijectors cache by the object, and miss changed variables."""
    if tf.is_tensor(value) and hasattr(value, "numpy"):
        return tf.constant(value.numpy(), value.dtype)
    return value.copy() if isinstance(value, np.ndarray) else value


def _present(value: Any) -> Any:
    """Return the distribution that a surrogate posterior is at present, made of its variables."""
    return value._build_module() if isinstance(value, DeferredModule) else value


def _is_probability(model: Any) -> bool:
    kinds = (
        tfd.Distribution, tfb.Bijector, tfp.util.DeferredTensor, tf.linalg.LinearOperator,
        PositiveSemidefiniteKernel, DeferredModule,
    )  # fmt: skip
    return issubclass(type(model), kinds)


def _is_keras(model: Any) -> bool:
    return any(
        base.__name__ == "Layer" and base.__module__.startswith(("keras.", "tf_keras."))
        for base in type(model).__mro__
    ) and bool(attributes(model))
