"""What a spec builds: the model it says, the same one everywhere, disturbing nothing."""

from __future__ import annotations

import dataclasses
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
from pytest_tfpclone.architectures import (
    CAPTURES,
    CONTAINERS,
    Bernoulli,
    Conv2D,
    Dense,
    DenseFlipout,
    DenseLocalReparameterization,
    Functional,
    IndependentNormal,
    Lambda,
    Mixture,
    Nested,
    Normal,
    Poisson,
    Recurrent,
    Sequential,
    Siamese,
    Subclassed,
    VariationalGaussianProcess,
    registered,
    stack,
)
from pytest_tfpclone.state.mutation import data_cells
from pytest_tfpclone.state.sampling import seeded_sampling
from pytest_tfpclone.state.walk import Walk

HEADS = registered("head")
CAPTURING = (Normal, Bernoulli, Poisson, Mixture)
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
    if "captured" in function.__globals__:
        return function.__globals__["captured"]
    if function.__defaults__:
        return function.__defaults__[0]
    cells = {
        name: cell.cell_contents
        for name, cell in zip(function.__code__.co_freevars, function.__closure__, strict=True)
    }
    return cells["variable"]


def everything(model):
    """Return the fingerprints of all state: the model's, its optimizer's, what functions hold."""
    return [cell.fingerprint() for cell in data_cells(Walk(model))]


def digest(spec):
    model = spec.build()
    inputs = [np.ones((2, *shape), spec.dtype) for shape in spec.input_shapes]
    values = []
    with seeded_sampling(0):
        outputs = model(inputs if len(inputs) > 1 else inputs[0])
        for output in outputs if isinstance(outputs, list) else [outputs]:
            values.append(np.asarray(output.log_prob(output.sample(seed=(0, 1)))).tolist())
    return hashlib.sha256(repr((everything(model), values)).encode()).hexdigest()


def simplest(kind, **fields):
    """Return a layer or head of a kind, of two units if it has units."""
    names = {field.name for field in dataclasses.fields(kind)}
    for name in ("units", "filters"):
        if name in names:
            fields[name] = 2
    return kind(layers=(Dense(units=2),)) if kind is Nested else kind(**fields)


EVERY_LAYER = [simplest(kind) for kind in registered("layer")]
EVERY_HEAD = [simplest(kind) for kind in HEADS]
BRANCHES = (LAYERS, (Conv2D(filters=2), Recurrent(units=2, cell="LSTM")), ())


@pytest.mark.parametrize("head", EVERY_HEAD, ids=repr)
def test_the_output_is_the_distribution_of_the_head(head):
    model = Sequential(layers=LAYERS, head=head, features=2).build()

    distribution = model(INPUTS)

    wanted = {
        "Mixture": "MixtureSameFamily", "MixtureNormal": "MixtureSameFamily",
        "MixtureLogistic": "MixtureSameFamily",
        "CategoricalMixtureOfOneHotCategorical": "MixtureSameFamily",
        "AutoregressiveTransform": "TransformedDistribution",
        "IndependentBernoulli": "Independent", "IndependentLogistic": "Independent",
        "IndependentNormal": "Independent", "IndependentPoisson": "Independent",
    }.get(type(head).__name__, type(head).__name__)  # fmt: skip
    kinds = {base.__name__ for base in type(distribution.tensor_distribution).__mro__}
    if type(head) is not VariationalGaussianProcess:
        assert wanted in {kind.strip("_") for kind in kinds}
    assert (distribution.batch_shape + distribution.event_shape).as_list() == [3, 2]
    assert np.isfinite(distribution.log_prob(distribution.sample(seed=(0, 1)))).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("layer", EVERY_LAYER, ids=repr)
def test_a_layer_is_that_of_its_name_in_the_dtype_of_the_model(layer, dtype):
    model = Sequential((layer,), Normal(), features=3, dtype=dtype).build()
    made = model.layers[-2 if not isinstance(model.layers[-2], tf_keras.layers.Reshape) else -3]

    name = {
        "Nested": "Sequential", "Recurrent": "SimpleRNN", "VariableLayer": "Shift",
    }.get(type(layer).__name__, type(layer).__name__.replace("Convolution", "Conv"))  # fmt: skip
    assert type(made).__name__ == name
    assert {variable.dtype.name for variable in made.variables} <= {dtype}
    inputs = np.ones((2, *model.input_shape[1:]), dtype)
    assert model(inputs).dtype == dtype
    assert made.output_shape[1:] == layer.output_shape(made.input_shape[1:])


@pytest.mark.parametrize(
    ("shape", "rank", "wanted"),
    [
        ((5,), 1, (5,)),
        ((5,), 2, (5, 1)),
        ((5,), 4, (5, 1, 1, 1)),
        ((2, 3), 3, (2, 3, 1)),
        ((2, 3, 4), 2, (6, 4)),
        ((2, 3, 4), 1, (24,)),
        ((2, 3, 4), None, (2, 3, 4)),
    ],
)
def test_a_layer_gets_its_input_in_the_rank_that_it_takes(shape, rank, wanted):
    assert stack.reshaped(shape, rank) == wanted


def test_branches_come_together_as_the_spec_says():
    joined = Functional(BRANCHES, (Normal(),), features=2)
    added = dataclasses.replace(joined, merge="add")

    assert joined.input_shapes == [(3, 3, 2)]
    assert joined.build().get_layer("concatenate").output_shape == (None, 3 * 3 * 2 + 2 + 18)
    assert added.build().get_layer("add").output_shape == (None, 18)
    assert [layer.name for layer in added.build().layers if "projection" in layer.name] == [
        "branch_1_projection"
    ]


def test_a_model_may_have_several_inputs_and_outputs():
    spec = Functional(
        BRANCHES, (Normal(), Poisson()), features=2, layers=(Dense(2),), several_inputs=True
    )
    model = spec.build()

    assert spec.input_shapes == [(2,), (3, 3, 2), (2,)]
    assert [tensor.shape[1:].as_list() for tensor in model.inputs] == [[2], [3, 3, 2], [2]]
    assert len(model.outputs) == 2
    assert [each.batch_shape.as_list() for each in model([np.ones((1, *s)) for s in spec.input_shapes])] == [[1, 2]] * 2  # fmt: skip


def test_a_siamese_model_runs_the_same_layers_on_both_inputs():
    model = Siamese((Dense(2),), Normal(), features=2).build()
    once, twice = np.ones((1, 2)), np.zeros((1, 2))

    assert [layer.name for layer in model.layers if "dense" in layer.name] == ["dense_0"]
    left = model([once, twice]).mean().numpy()
    right = model([twice, once]).mean().numpy()
    assert np.array_equal(left[:, :2], right[:, 2:])


@pytest.mark.parametrize("held", CONTAINERS)
def test_a_subclassed_model_holds_its_layers_as_it_says(held):
    model = Subclassed(LAYERS, Normal(), features=2, held=held).build()
    like = Sequential(LAYERS, Normal(), features=2).build()

    assert isinstance(getattr(model, "blocks", 0), {"list": list, "dict": dict}.get(held, int))
    assert [each.name for each in model.in_order()] == ["dense_0", "dense_1", "head"]
    for one, other in zip(model.variables, like.variables, strict=True):
        assert np.array_equal(one, other)
    assert np.array_equal(model(INPUTS).mean(), like(INPUTS).mean())


def test_regularizers_add_losses_that_follow_their_variables():
    model = Sequential((Dense(2, regularizer="variable"),), Normal()).build()
    strength = model.layers[0].kernel_regularizer.strength
    before = model.losses[0].numpy()

    strength.assign(2 * strength)

    assert np.isclose(model.losses[0], 2 * before)


@pytest.mark.parametrize("divergence", ["regularizer", "add_loss"])
def test_a_head_that_is_held_to_a_prior_adds_a_loss_that_trains_it(divergence):
    model = Sequential((Dense(2),), IndependentNormal(divergence)).build()

    model(np.ones((1, 1)))

    assert sum(np.abs(loss).sum() for loss in model.losses) > 0
    assert any(variable.shape == (2,) for variable in model.variables[4:])


@pytest.mark.parametrize(
    "layer", [each for each in EVERY_LAYER if hasattr(each, "prior")], ids=repr
)
def test_a_trainable_prior_has_variables_of_its_own(layer):
    fixed = Sequential((layer,), Normal()).build()
    trainable = Sequential((dataclasses.replace(layer, prior="trainable"),), Normal()).build()

    assert len(trainable.variables) > len(fixed.variables)
    assert len(trainable.trainable_variables) > len(fixed.trainable_variables)


def test_the_layers_are_those_of_the_spec():
    model = Sequential(layers=LAYERS, head=Normal(), features=2).build()

    assert isinstance(model, tf_keras.Sequential)
    assert [layer.name for layer in model.layers] == ["dense_0", "dense_1", "head"]
    assert [layer.units for layer in model.layers[:2]] == [3, 2]
    assert [layer.activation.__name__ for layer in model.layers[:2]] == ["tanh", "linear"]
    assert model.input_shape == (None, 2)
    assert model.optimizer is None


@pytest.mark.parametrize("way", CAPTURES[1:])
@pytest.mark.parametrize("kind", CAPTURING, ids=lambda kind: kind.__name__)
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


@pytest.mark.parametrize("head", EVERY_HEAD, ids=repr)
def test_every_head_trains(head):
    spec = Sequential(LAYERS, head, features=2, compiled="adam", trained=1)

    assert all(np.isfinite(value).all() for value in spec.build().variables)


def test_ema_keeps_an_average_of_each_variable():
    model = Sequential(LAYERS, Normal(), features=2, compiled="ema", trained=2).build()

    averages = model.optimizer._model_variables_moving_average
    assert len(averages) == len(model.trainable_variables)
    for average, variable in zip(averages, model.trainable_variables, strict=True):
        assert np.any(average.numpy() != 0)
        assert not np.array_equal(average, variable)


def test_equal_specs_build_equal_models_that_share_nothing():
    spec = Sequential(LAYERS, Mixture("closure"), features=2, compiled="adam", trained=1)

    first, second = spec.build(), spec.build()

    assert digest(spec) == digest(spec)
    before = everything(second)
    for cell in data_cells(Walk(first)):
        cell.write()
    assert everything(second) == before


def test_the_seed_changes_every_value():
    first = Sequential(LAYERS, Normal("closure"), features=2, seed=0).build()
    second = Sequential(LAYERS, Normal("closure"), features=2, seed=1).build()

    for one, other in zip(first.variables, second.variables, strict=True):
        assert np.all(one.numpy() != other.numpy())
    assert np.all(captured(first).numpy() != captured(second).numpy())


EVERY_MODEL = [
    *(Subclassed((Dense(2),), head, compiled="adam", trained=1) for head in EVERY_HEAD[4:]),
    *(Sequential((Lambda(way),), Normal(way), dtype="float64") for way in CAPTURES),
    *(
        Sequential(tuple(EVERY_LAYER[i::4]), Normal(), compiled="ema", trained=2, dtype=dtype)
        for i, dtype in enumerate(["float32", "float64"] * 2)
    ),
    Functional(
        BRANCHES, (Normal(), Poisson()), several_inputs=True, compiled="sgd", trained=2, seed=9
    ),
    Siamese((DenseFlipout(2, prior="trainable"),), IndependentNormal("add_loss")),
    *(
        Subclassed(LAYERS, Normal("partial"), held=held, compiled="adam", trained=3)
        for held in CONTAINERS
    ),
]


def test_another_process_builds_the_same_models():
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import random, numpy as np; random.seed(17); np.random.seed(17)\n"
        "from pytest_tfpclone.architectures import *\n"
        "from test_build import digest\n"
        f"for spec in {EVERY_MODEL[::-1]!r}:\n    print(digest(spec))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        check=True,
    )

    here = [digest(spec) for spec in EVERY_MODEL]
    assert run.stdout.split()[::-1] == here
    assert len(set(here)) > 20


def test_building_leaves_the_global_generators_as_they_are():
    tf.random.set_seed(4)
    tf.random.uniform([])
    undisturbed = tf.random.uniform([]).numpy()
    tf.random.set_seed(4)
    tf.random.uniform([])
    random.seed(4)
    np.random.seed(4)
    python_state, numpy_state = random.getstate(), np.random.get_state()

    for spec in EVERY_MODEL:
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

    from hypothesis import Phase, find, settings
    from hypothesis import strategies as st

    from pytest_tfpclone import strategies
    from pytest_tfpclone.architectures import Spec, layer, registry

    monkeypatch.setitem(registry._registered, "layer", [Dense])

    @layer
    @dataclass(frozen=True, slots=True, repr=False)
    class Scaling(Spec):
        rank = None

        def keras_layer(self, place):
            return tf_keras.layers.Rescaling(2.0, name=place.name)

        def output_shape(self, shape):
            return shape

        @classmethod
        def strategy(cls, limits):
            return st.builds(cls)

    assert Scaling in architectures.registered("layer")
    drawn = find(
        strategies.architectures(models=[Sequential]),
        lambda spec: Scaling() in spec.layers,
        settings=settings(phases=[Phase.generate, Phase.shrink], database=None),
    )
    assert repr(drawn) == "Sequential(layers=(Scaling(),), head=Normal())"
    assert drawn.build()(np.ones((1, 1), "float32")).mean().numpy().tolist() == [[2.0]]


@pytest.mark.parametrize("compiled", ["adam", "sgd", "ema"])
def test_a_training_step_that_would_make_a_weight_nan_is_not_taken(compiled):
    layers = (Dense(1, "relu"), DenseLocalReparameterization(1))
    model = Sequential(layers, Normal(), compiled=compiled, trained=1).build()
    untrained = Sequential(layers, Normal(), compiled=compiled).build()

    for weight, before in zip(model.get_weights(), untrained.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, before)
    assert model.optimizer.iterations == 0


def test_samplers_forget_the_shapes_of_models_built_before():
    from tensorflow_probability.python.distributions.poisson import random_poisson

    for units in range(1, 8):
        model = Sequential((Dense(units),), Poisson()).build()
        assert len(random_poisson.__wrapped__._function_cache or ()) <= 4
        model(np.ones((1, 1), "f")).sample(seed=(0, units))
    assert model(np.ones((1, 1), "f")).sample(seed=(0, 1)).shape == (1, 7)
