"""How actions are done; imports TensorFlow, so imported only to act."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras
from tensorflow.python.checkpoint.graph_view import ObjectGraphView
from tensorflow.python.ops.lookup_ops import DenseHashTable, MutableHashTable
from tensorflow.python.trackable.base import Trackable
from tensorflow_probability.python.math.psd_kernels import PositiveSemidefiniteKernel

from pytest_tfpclone.architectures.seeding import seeded
from pytest_tfpclone.proof.inputs import probe_inputs
from pytest_tfpclone.proof.outputs import Probe
from pytest_tfpclone.state import mutable
from pytest_tfpclone.state.cells import DataCell
from pytest_tfpclone.state.framework import is_framework_type
from pytest_tfpclone.state.mutation import data_cells, write_to
from pytest_tfpclone.state.paths import printed
from pytest_tfpclone.state.sampling import seeded_sampling
from pytest_tfpclone.state.walk import Walk

_KERAS = (tf_keras.Model, keras.Model)
_TFP = (tfp.distributions.Distribution, tfp.bijectors.Bijector)
_RATE = 0.01


@contextlib.contextmanager
def repeatable(seed: int) -> Iterator[None]:
    """Draw from seeds within, and leave the global generators as they were."""
    with seeded(seed), seeded_sampling(seed):
        yield


def is_keras(model: Any) -> bool:
    """Return whether it is a Keras model, of either Keras."""
    return isinstance(model, _KERAS)


def is_sequential(model: Any) -> bool:
    """Return whether layers can be added to it."""
    return isinstance(model, tf_keras.Sequential)


def is_compiled(model: Any) -> bool:
    """Return whether it is a Keras model with an optimizer and a loss."""
    return is_keras(model) and getattr(model, "optimizer", None) is not None


def is_distribution(model: Any) -> bool:
    """Return whether it is a distribution."""
    return isinstance(model, tfp.distributions.Distribution)


def is_tfp(model: Any) -> bool:
    """Return whether it is a distribution, a bijector or a kernel."""
    return isinstance(model, (*_TFP, PositiveSemidefiniteKernel))


def call(model: Any, seed: int) -> None:
    """Call a Keras model as in training; run an object of TFP's as a check does."""
    if is_keras(model):
        model(inputs_of(model, seed), training=True)
    else:
        Probe(model, None, seed).run(model)


def is_users(model: Any) -> bool:
    """Return whether it is a ``tf.Module`` or a plain object, whose attributes are the user's."""
    if isinstance(model, (*_KERAS, *_TFP)):
        return False
    return hasattr(model, "__dict__") and not is_framework_type(type(model))


def is_trackable(model: Any) -> bool:
    """Return whether a checkpoint can hold it: not a dict whose keys aren't strings."""
    if not isinstance(model, Trackable) or not getattr(model, "variables", ()):
        return False
    try:
        ObjectGraphView(model).breadth_first_traversal()
    except ValueError:
        return False
    return True


def takes(model: Any) -> bool:
    """Return whether it is a Keras model that says what it takes."""
    return is_keras(model) and probe_inputs(model, 0) is not None


def updates(model: Any) -> bool:
    """Return whether it has a method ``update`` that takes the arguments of a call."""
    return callable(getattr(model, "update", None)) and bool(_signature(model))


def _signature(model: Any) -> Any:
    return getattr(model, "input_signature", None) if is_users(model) else None


def arguments_of(model: Any, seed: int) -> list[Any]:
    """Return the arguments of a call of a module with an ``input_signature``."""
    generator = np.random.default_rng(seed)
    shapes = [[size or 3 for size in spec.shape] for spec in _signature(model)]
    return [
        tf.constant(generator.uniform(0.5, 2.0, size=shape), spec.dtype)
        for shape, spec in zip(shapes, _signature(model), strict=True)
    ]


def inputs_of(model: Any, seed: int) -> Any:
    """Return inputs for a Keras model, of its own specification."""
    made = probe_inputs(model, seed)
    assert made is not None
    return made[0]


def targets_of(model: Any, inputs: Any) -> Any:
    """Return targets of the shape of a Keras model's outputs."""
    return tf.nest.map_structure(lambda part: tf.identity(_tensor(part)), model(inputs))


def _tensor(output: Any) -> Any:
    return output.sample() if isinstance(output, tfp.distributions.Distribution) else output


def samples(model: Any) -> bool:
    """Return whether it is a distribution, or a module with a method ``sample``."""
    return is_distribution(model) or (
        callable(getattr(model, "sample", None)) and bool(_signature(model))
    )


def sample(model: Any, seed: int) -> None:
    """Sample."""
    if is_distribution(model):
        model.sample(2)
    else:
        model.sample(*arguments_of(model, seed))


def layers_of(model: Any) -> list[Any]:
    """Return the layers of a Keras model."""
    return list(model.layers)


def trainable(model: Any) -> tuple[Any, ...]:
    """Return the trainable floating-point variables that a model lists."""
    try:
        listed = tuple(model.trainable_variables)
    except Exception:  # a property of the user's, which may raise anything
        return ()
    return tuple(each for each in listed if tf.as_dtype(each.dtype).is_floating)


def train(model: Any, seed: int, steps: int) -> None:
    """Take gradient steps."""
    if is_compiled(model) and takes(model):
        inputs = inputs_of(model, seed)
        targets = targets_of(model, inputs)
        for _ in range(steps):
            model.train_on_batch(inputs, targets)
        return
    for _ in range(steps):
        with tf.GradientTape() as tape:
            loss = _loss(model, seed)
        gradients = tape.gradient(loss, trainable(model))
        for variable, gradient in zip(trainable(model), gradients, strict=True):
            if gradient is not None:
                variable.assign(variable - _RATE * tf.convert_to_tensor(gradient))


def _loss(model: Any, seed: int) -> Any:
    if is_distribution(model):
        value = tf.nest.map_structure(tf.stop_gradient, model.sample())
        return -tf.reduce_sum(model.log_prob(value))
    if takes(model):
        outputs = model(inputs_of(model, seed), training=True)
    elif _signature(model):
        outputs = model(*arguments_of(model, seed))
    else:
        outputs = list(trainable(model))
    return tf.add_n([_square(_mean(each)) for each in tf.nest.flatten(outputs)])


def _mean(output: Any) -> Any:
    return output.mean() if isinstance(output, tfp.distributions.Distribution) else output


def _square(value: Any) -> Any:
    return tf.cast(tf.reduce_sum(tf.convert_to_tensor(value) ** 2), tf.float64)


def set_weights(model: Any, seed: int) -> None:
    """Give all floating-point weights other values, close to the old ones."""
    generator = np.random.default_rng(seed)
    weights = []
    for weight in model.get_weights():
        moved = weight + 0.01 * generator.uniform(size=weight.shape)
        weights.append(moved.astype(weight.dtype) if weight.dtype.kind == "f" else weight)
    model.set_weights(weights)


def save(model: Any) -> None:
    """Write a checkpoint, and remove it again."""
    with tempfile.TemporaryDirectory() as folder:
        tf.train.Checkpoint(model=model).write(str(Path(folder) / "checkpoint"))


def add_layers(model: Any, seed: int) -> None:
    """Add a ``Dense`` layer and a normal head at the end."""
    count = len(model.layers)
    dtype = model.layers[0].dtype
    dense = tf_keras.layers.Dense(
        2,
        kernel_initializer=tf_keras.initializers.GlorotUniform(seed=seed),
        dtype=dtype,
        name=f"added_{count}",
    )
    head = tfp.layers.DistributionLambda(
        normal,
        convert_to_tensor_fn=tfp.distributions.Distribution.mean,
        dtype=dtype,
        name=f"added_{count + 1}",
    )
    model.add(dense)
    model.add(head)


def normal(location: Any) -> Any:
    """Return normals of unit scale."""
    return tfp.distributions.Normal(location, tf.ones([], location.dtype))


def new_variable(seed: int) -> Any:
    """Return a new variable of three numbers."""
    return tf.Variable(np.random.default_rng(seed).normal(size=3).astype("float32"))


def tables_of(model: Any) -> list[Any]:
    """Return the mutable tables that a model reaches."""
    kinds = (MutableHashTable, DenseHashTable)
    return [node.value for node in Walk(model) if isinstance(node.value, kinds)]


def insert(table: Any, seed: int) -> None:
    """Insert an entry, with a key and a value drawn from a seed."""
    values = np.random.default_rng(seed)
    number = int(values.integers(1000, 2000))
    key = tf.constant(str(number)) if table.key_dtype == tf.string else number
    shape = table._value_shape
    table.insert(
        tf.cast(key, table.key_dtype) if table.key_dtype != tf.string else key,
        tf.cast(tf.fill(shape, number), table.value_dtype)
        if table.value_dtype != tf.string
        else tf.fill(shape, str(number)),
    )


def writable_paths(model: Any) -> list[str]:
    """Return the paths of the cells that can be written, the shortest first."""
    paths = []
    for path, cell in _cells(model).items():
        undo = write_to(cell, 0)
        if undo is not None:
            undo()
            paths.append(path)
    return paths


def write(model: Any, path: str, seed: int) -> Callable[[], None]:
    """Write to the cell at a path, and return what puts the old bits back."""
    cells = _cells(model)
    if path not in cells:
        known = ", ".join(list(cells)[:5])
        raise ValueError(f"Write: path={path!r} is no cell of the model, as {known} are")
    undo = write_to(cells[path], seed)
    if undo is None:
        raise ValueError(f"Write: path={path!r} can't be written: {cells[path].label}")
    return undo


def _cells(model: Any) -> dict[str, DataCell]:
    walk = Walk(model)
    wanted = {cell.identity for cell in data_cells(walk)}
    found: dict[str, DataCell] = {}
    for node in sorted(walk, key=lambda node: node.depth):
        cell = mutable.state_cell(node.value)
        if isinstance(cell, DataCell) and cell.identity in wanted:
            wanted.remove(cell.identity)
            found[printed(node.path, "model")] = cell
    return found
