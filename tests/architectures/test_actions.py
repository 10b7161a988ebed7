"""Actions do what they say, for good, and alike on equal models."""

from __future__ import annotations

import random

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from pytest_tfpclone import architectures, check_clone, clone, state_of, strategies
from pytest_tfpclone.architectures import (
    AddLayer,
    AddVariable,
    Call,
    CallLog,
    Dense,
    Dropout,
    Evaluate,
    Freeze,
    Functional,
    HashTable,
    Insert,
    KerasThree,
    Module,
    Normal,
    RandomGenerator,
    Sample,
    Save,
    Sequential,
    SetWeights,
    Siamese,
    Train,
    Update,
    Weight,
    Write,
    registered,
)
from pytest_tfpclone.architectures.actions import actions_on

COMPILED = Sequential((Dense(2), Dropout()), Normal("closure"), compiled="adam")
PLAIN = Sequential((Dense(2), Dropout()), Normal("closure"))
TABLE = Module(parts=(HashTable(), RandomGenerator(), Weight()))
CASES = [
    (Call(seed=1), PLAIN),
    (Sample(seed=1), TABLE),
    (Train(seed=1, steps=2), COMPILED),
    (Train(seed=1), PLAIN),
    (Train(), TABLE),
    (Evaluate(), COMPILED),
    (SetWeights(seed=2), COMPILED),
    (Freeze(layer=0), COMPILED),
    (Freeze(), PLAIN),
    (Save(), COMPILED),
    (Save(), TABLE),
    (AddLayer(seed=1), COMPILED),
    (AddVariable(seed=1), TABLE),
    (AddVariable(seed=1), KerasThree(holder="object")),
    (Insert(seed=1), TABLE),
    (Update(seed=1), TABLE),
    (Write(path="model.layers[0].kernel", seed=1), COMPILED),
]
IDS = [f"{action!r} on {type(spec).__name__}" for action, spec in CASES]
# They leave a model's variables as they are.
QUIET = (Freeze, Save, AddLayer)


def values(model):
    return {path: entry.value for path, entry in state_of(model).items()}


@pytest.mark.parametrize(("action", "spec"), CASES, ids=IDS)
def test_an_action_changes_the_acting_model_only_and_equal_ones_alike(action, spec):
    model, twin = spec.build(), spec.build()
    before = values(model)

    action(model)

    assert values(twin) == before
    assert (values(model) != before) == (not isinstance(action, (Freeze, Save)))
    action(twin)
    assert values(twin) == values(model)


@pytest.mark.parametrize(("action", "spec"), CASES, ids=IDS)
def test_a_check_takes_it_for_an_action(action, spec):
    model = spec.build()

    report = check_clone(model, clone(model), actions=[action])

    assert report.independent, str(report)
    assert report.equal, str(report)


@pytest.mark.parametrize(("action", "spec"), CASES, ids=IDS)
def test_an_action_leaves_the_global_generators_as_they_are(action, spec):
    model = spec.build()
    python_state, numpy_state = random.getstate(), np.random.get_state()

    action(model)

    assert random.getstate() == python_state
    assert all(map(np.array_equal, np.random.get_state(), numpy_state))


@pytest.mark.parametrize(("action", "spec"), CASES, ids=IDS)
def test_an_action_prints_as_code_and_means_something_where_it_is_drawn(action, spec):
    assert eval(repr(action), vars(architectures)) == action
    if not isinstance(action, Write):
        assert type(action).strategy(spec.build()) is not None


def test_freezing_a_layer_leaves_its_variables_out_of_training():
    model = COMPILED.build()

    Freeze(layer=0)(model)

    assert not model.layers[0].trainable
    assert model.trainable_variables == []


def test_an_added_layer_has_an_output_of_its_own():
    model = COMPILED.build()

    AddLayer(seed=3)(model)

    assert [layer.name for layer in model.layers[-2:]] == ["added_3", "added_4"]
    assert model(np.ones((1, 1), "float32")).batch_shape.as_list() == [1, 2]


def test_an_inserted_entry_is_found():
    model = TABLE.build()
    table = next(part for part in model.parts if type(part).__name__ == "HashTable").table
    size = table.size().numpy()

    Insert(seed=3)(model)

    assert table.size().numpy() == size + 1


def test_a_write_can_be_undone():
    model = COMPILED.build()
    kernel = model.layers[0].kernel
    before = kernel.numpy()

    with Write("model.layers[0].kernel").undone(model) as written:
        assert written is model
        assert np.all(kernel.numpy() != before)

    assert np.array_equal(kernel.numpy(), before)


def test_an_added_variable_can_be_undone():
    model = TABLE.build()
    before = values(model)

    with AddVariable().undone(model):
        assert values(model) != before

    assert values(model) == before
    assert not hasattr(model, "added")


@pytest.mark.parametrize("path", ["layers[0].kernel", "model.layers[7].kernel"])
def test_a_path_that_is_none_is_an_error_that_names_some(path):
    with pytest.raises(ValueError, match=r"Write: path='.*' is no cell of the model, as model\."):
        Write(path)(COMPILED.build())


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Train(steps=0), ValueError, r"Train: steps=0 must be from 1 to 2"),
        (lambda: Train(seed=-1), ValueError, r"Train: seed=-1 must be from 0 to 2147483647"),
        (lambda: Freeze(layer=-2), ValueError, r"Freeze: layer=-2 must be at least -1"),
        (lambda: Write(path=3), TypeError, r"Write: path=3 must be a str"),
        (lambda: Call(seed=True), TypeError, r"Call: seed=True must be an int, not bool"),
    ],
)
def test_a_wrong_field_is_named(make, error, message):
    with pytest.raises(error, match=message):
        make()


def kinds_drawn(strategy, count=200):
    found = set()

    @settings(max_examples=count, deadline=None, database=None, derandomize=True)
    @given(strategy)
    def collect(action):
        found.add(type(action))

    collect()
    return found


def test_what_means_something_for_a_model_is_drawn():
    assert kinds_drawn(strategies.actions(COMPILED)) == {
        Call, Train, Evaluate, SetWeights, Freeze, Save, AddLayer
    }  # fmt: skip
    assert kinds_drawn(strategies.actions(PLAIN)) == {
        Call, Train, SetWeights, Freeze, Save, AddLayer
    }  # fmt: skip
    assert kinds_drawn(strategies.actions(TABLE)) == {
        Sample, Train, Save, AddVariable, Insert, Update
    }  # fmt: skip
    assert kinds_drawn(strategies.actions(Siamese((Dense(1),), Normal()))) == {
        Call, Train, SetWeights, Freeze, Save
    }  # fmt: skip


def test_every_kind_of_action_is_tested():
    assert {type(action) for action, _ in CASES} == {*registered("action"), Write}


def test_actions_shrink_to_a_call():
    found = find(
        strategies.actions(COMPILED),
        lambda action: True,
        settings=settings(phases=[Phase.generate, Phase.shrink], database=None),
    )

    assert found == Call()


def test_mutations_write_to_every_part_of_the_state():
    paths = set()

    @settings(max_examples=200, deadline=None, database=None, derandomize=True)
    @given(strategies.mutations(COMPILED))
    def collect(mutation):
        paths.add(mutation.path)

    collect()
    written = {path.replace("[1]._random_generator._generator", "") for path in paths}
    assert {"model.layers[0].kernel", "model.layers[0].bias"} <= written
    assert any("captured" in path or "<closure" in path for path in written)
    assert any("optimizer" in path for path in written)
    assert any("_random_generator" in path for path in paths)


def test_a_model_without_cells_is_mutated_by_an_attribute():
    assert kinds_drawn(strategies.mutations(Module(parts=(CallLog(),))), 5) == {AddVariable}


@given(data=st.data(), architecture=strategies.architectures(compiled=[None]))
@settings(deadline=None, max_examples=10)
def test_mutations_leave_the_output_finite(data, architecture):
    model = architecture.build()
    mutation = data.draw(strategies.mutations(architecture))

    with mutation.undone(model):
        outputs = model(data.draw(strategies.inputs(architecture)))

    for output in outputs if isinstance(architecture, Functional) and isinstance(
        outputs, list
    ) else [outputs]:  # fmt: skip
        assert np.isfinite(tf.convert_to_tensor(output)).all()


def test_a_model_that_nothing_can_be_done_with_is_an_error(monkeypatch):
    monkeypatch.setattr("pytest_tfpclone.strategies.actions_on", lambda model: [])

    with pytest.raises(InvalidArgument, match=r"architecture=.*: no action means anything for it"):
        strategies.actions(Sequential((Dense(3),), Normal(), seed=77))


def test_nothing_that_is_possible_holds_the_model():
    import gc
    import weakref

    model = COMPILED.build()
    kept = actions_on(model)
    reference = weakref.ref(model)
    del model
    gc.collect()

    assert kept
    assert reference() is None
