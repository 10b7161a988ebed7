"""What a spec builds: the model it says, the same one everywhere, disturbing nothing."""

from __future__ import annotations

import functools
import hashlib
import random
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from pytest_tfpclone import architectures
from pytest_tfpclone.architectures import CAPTURES, Dense, Mixture, Normal, Sequential, registered

HEADS = registered("head")
LAYERS = (Dense(units=3, activation="tanh"), Dense(units=2))
INPUTS = np.array([[0.5, -1.0], [0.0, 2.0], [1.0, 1.0]], "float32")


def distribution_function(model):
    return model.layers[-1]._make_distribution_fn


def captured(model):
    """Return the variable that a head's function holds, looked up by each way to hold it."""
    function = distribution_function(model)
    if isinstance(function, functools.partial):
        return function.keywords["captured"]
    if isinstance(function, types.MethodType):
        return function.__self__.variable
    if function.__defaults__:
        return function.__defaults__[0]
    cells = {
        name: cell.cell_contents
        for name, cell in zip(function.__code__.co_freevars, function.__closure__, strict=True)
    }
    return cells["variable"]


def everything(model):
    """Return the values of all variables: the model's, its optimizer's, what its head holds."""
    variables = list(model.variables)
    if model.optimizer is not None:
        variables += [*model.optimizer.variables, model.optimizer._learning_rate]
    if isinstance(distribution_function(model), functools.partial | types.MethodType) or (
        "call" in distribution_function(model).__qualname__
    ):
        variables.append(captured(model))
    return [variable.numpy() for variable in variables]


def digest(model):
    values = everything(model)
    output = model(tf.ones([2, model.input_shape[-1]]))
    values.append(np.asarray(output.log_prob(output.mean())))
    return hashlib.sha256(b"".join(value.tobytes() for value in values)).hexdigest()


@pytest.mark.parametrize("kind", HEADS, ids=lambda kind: kind.__name__)
def test_the_output_is_the_distribution_of_the_head(kind):
    model = Sequential(layers=LAYERS, head=kind(), features=2).build()

    distribution = model(INPUTS)

    wanted = "MixtureSameFamily" if kind is Mixture else kind.__name__
    assert wanted in {base.__name__ for base in type(distribution.tensor_distribution).__mro__}
    assert (distribution.batch_shape + distribution.event_shape).as_list() == [3, 2]
    assert np.isfinite(distribution.log_prob(distribution.sample(seed=(0, 1)))).all()


def test_the_layers_are_those_of_the_spec():
    model = Sequential(layers=LAYERS, head=Normal(), features=2).build()

    assert isinstance(model, tf_keras.Sequential)
    assert [layer.name for layer in model.layers] == ["dense_0", "dense_1", "head"]
    assert [layer.units for layer in model.layers[:2]] == [3, 2]
    assert [layer.activation.__name__ for layer in model.layers[:2]] == ["tanh", "linear"]
    assert model.input_shape == (None, 2)
    assert model.optimizer is None


@pytest.mark.parametrize("way", CAPTURES[1:])
@pytest.mark.parametrize("kind", HEADS, ids=lambda kind: kind.__name__)
def test_the_output_follows_the_captured_variable_which_no_list_shows(kind, way):
    model = Sequential(layers=LAYERS, head=kind(captures=way), features=2).build()
    variable = captured(model)
    sample = model(INPUTS).sample(seed=(0, 1))
    before = model(INPUTS).log_prob(sample)

    variable.assign(variable + np.arange(1.0, 1 + variable.shape[0], dtype="float32"))

    assert not np.allclose(before, model(INPUTS).log_prob(sample))
    assert all(variable is not listed for listed in model.variables)


def test_no_variable_has_the_value_that_an_initializer_would_give_it():
    """Else a cloner that initializes the biases anew would pass for one that copies them."""
    model = Sequential(layers=LAYERS, head=Normal(captures="closure"), features=2).build()

    for variable in [*model.variables, captured(model)]:
        assert np.all(variable.numpy() != 0)
        assert np.unique(variable).size == np.size(variable)


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_training_moves_the_weights_and_fills_the_slots(optimizer):
    untrained = Sequential(layers=LAYERS, head=Normal(), features=2, compiled=optimizer)
    trained = Sequential(layers=LAYERS, head=Normal(), features=2, compiled=optimizer, trained=2)

    before, after = untrained.build(), trained.build()

    assert before.optimizer.iterations.numpy() == 0
    assert after.optimizer.iterations.numpy() == 2
    for old, new in zip(before.variables, after.variables, strict=True):
        assert not np.array_equal(old, new)
    slots = after.optimizer.variables[1:]
    assert getattr(after.optimizer, "momentum", 0.9) == 0.9
    assert len(slots) == len(after.trainable_variables) * (2 if optimizer == "adam" else 1)
    assert all(np.any(slot.numpy() != 0) for slot in slots)


@pytest.mark.parametrize("kind", HEADS, ids=lambda kind: kind.__name__)
def test_every_head_trains(kind):
    spec = Sequential(LAYERS, kind("closure"), features=2, compiled="adam", trained=1)

    assert all(np.isfinite(value).all() for value in everything(spec.build()))


def test_equal_specs_build_equal_models_that_share_nothing():
    spec = Sequential(LAYERS, Mixture("closure"), features=2, compiled="adam", trained=1)

    first, second = spec.build(), spec.build()

    assert digest(first) == digest(second)
    before = everything(second)
    for variable in [*first.variables, *first.optimizer.variables, captured(first)]:
        variable.assign(tf.ones_like(variable))
    assert all(map(np.array_equal, before, everything(second)))


def test_the_seed_changes_every_value():
    first = Sequential(LAYERS, Normal("closure"), features=2, seed=0).build()
    second = Sequential(LAYERS, Normal("closure"), features=2, seed=1).build()

    for one, other in zip(everything(first), everything(second), strict=True):
        assert np.all(one != other)


def test_another_process_builds_the_same_model():
    specs = [
        Sequential(LAYERS, kind(way), features=2, compiled="adam", trained=2, seed=3)
        for kind, way in zip(HEADS, CAPTURES, strict=True)
    ]
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import random, numpy as np; random.seed(17); np.random.seed(17)\n"
        "from pytest_tfpclone.architectures import *\n"
        "from test_build import digest\n"
        f"for spec in {specs!r}:\n    print(digest(spec.build()))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert run.stdout.split() == [digest(spec.build()) for spec in specs]


def test_building_leaves_the_global_generators_as_they_are():
    spec = Sequential(LAYERS, Normal("closure"), features=2, compiled="adam", trained=1)
    tf.random.set_seed(4)
    tf.random.uniform([])
    undisturbed = tf.random.uniform([]).numpy()
    tf.random.set_seed(4)
    tf.random.uniform([])
    random.seed(4)
    np.random.seed(4)
    python_state, numpy_state = random.getstate(), np.random.get_state()

    spec.build()

    assert random.getstate() == python_state
    assert all(map(np.array_equal, np.random.get_state(), numpy_state))
    assert tf.random.uniform([]).numpy() == undisturbed


def test_a_build_that_raises_leaves_the_global_generators_as_they_are(monkeypatch):
    spec = Sequential(LAYERS, Normal(), features=2)
    monkeypatch.setattr(tf_keras.layers, "Dense", None)
    state = random.getstate()

    with pytest.raises(TypeError):
        spec.build()

    assert random.getstate() == state


def test_a_new_layer_is_one_dataclass(monkeypatch):
    """What a registered layer says of itself is enough to be accepted, built and drawn."""
    from dataclasses import dataclass

    from hypothesis import find
    from hypothesis import strategies as st

    from pytest_tfpclone import strategies
    from pytest_tfpclone.architectures import Spec, layer, registry

    monkeypatch.setitem(registry._registered, "layer", [Dense])

    @layer
    @dataclass(frozen=True, slots=True, repr=False)
    class Scaling(Spec):
        def keras_layer(self, *, name):
            return tf_keras.layers.Rescaling(2.0, name=name)

        @classmethod
        def strategy(cls, limits):
            return st.builds(cls)

    assert Scaling in architectures.registered("layer")
    drawn = find(
        strategies.architectures(),
        lambda spec: Scaling() in spec.layers,
    )
    assert repr(drawn) == "Sequential(layers=(Scaling(),), head=Normal())"
    assert drawn.build()(np.ones((1, 1), "float32")).mean().numpy().tolist() == [[2.0]]
