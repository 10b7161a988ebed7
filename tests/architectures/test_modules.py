"""Modules of parts, and Keras 3 models beside TFP objects: what specs draw and build."""

from __future__ import annotations

import collections
import dataclasses
import gc
import hashlib
import logging
import os
import pickle
import random
import subprocess
import sys
import warnings
from pathlib import Path

import cloudpickle
import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import find, given, settings
from hypothesis import strategies as st
from tensorflow.python.eager.polymorphic_function import polymorphic_function

from pytest_tfpclone import architectures, check_clone, clone, state_of
from pytest_tfpclone.architectures import (
    Bias,
    CallCount,
    CallLog,
    CompiledLambda,
    CompiledMethod,
    DenseTable,
    HashTable,
    HeldBijector,
    HeldDistribution,
    HeldFunction,
    HeldMethod,
    HeldMetric,
    HeldOptimizer,
    KerasThree,
    Module,
    ModuleLimits,
    MovingAverage,
    NamedVariables,
    NestedVariables,
    NumpyArray,
    PlainObject,
    RandomGenerator,
    Submodule,
    TiedSubmodule,
    UnknownShape,
    VariableDict,
    VariableList,
    WeakReference,
    Weight,
    parts,
    registered,
)
from pytest_tfpclone.state import kinds
from pytest_tfpclone.state.mutation import data_cells, undone, write_to
from pytest_tfpclone.state.walk import Walk

LIMITS = ModuleLimits(parts=registered("part"))
MODULES = Module.strategy(LIMITS)
KERAS = KerasThree.strategy(LIMITS)
ANY = st.one_of(MODULES, KERAS)

VARIABLE = ["variable"]
# Of each part: the cells that an output follows, and those that it doesn't.
CELLS = {
    Weight(): (VARIABLE, []),
    Bias(): (VARIABLE, []),
    Bias(trainable=False): (VARIABLE, []),
    UnknownShape(): (VARIABLE, []),
    VariableList(size=3): (VARIABLE * 3, []),
    VariableDict(): (VARIABLE * 2, []),
    NestedVariables(): (VARIABLE * 3, []),
    NamedVariables(): (VARIABLE * 3, []),
    NumpyArray(): (["array"], []),
    PlainObject(): (VARIABLE, []),
    PlainObject(slotted=True): (VARIABLE, []),
    CallCount(): ([], []),
    CallLog(): ([], []),
    RandomGenerator(): ([], VARIABLE),
    HashTable(): (["table"], []),
    DenseTable(): (["table"], []),
    HeldDistribution(): (VARIABLE, []),
    HeldBijector(): (VARIABLE, []),
    HeldFunction(): (VARIABLE, []),
    HeldFunction(captures="default"): (VARIABLE, []),
    HeldFunction(captures="partial"): (VARIABLE, []),
    HeldFunction(captures="bound_method"): (VARIABLE, []),
    HeldMethod(): (VARIABLE, []),
    WeakReference(): (VARIABLE, []),
    CompiledMethod(): (VARIABLE, []),
    CompiledMethod(traced=True): (VARIABLE, []),
    CompiledLambda(): (VARIABLE, []),
    CompiledLambda(traced=True): (VARIABLE, []),
    MovingAverage(): (VARIABLE * 2, []),
    HeldOptimizer(): (VARIABLE, VARIABLE * 4),
    HeldMetric(): (VARIABLE * 2, []),
    Submodule(parts=(Bias(), Submodule())): (VARIABLE * 2, []),
    TiedSubmodule(parts=(Bias(),)): (VARIABLE, []),
}
BESIDE = [
    KerasThree(),
    KerasThree(beside="bijector", holder="object", units=2),
    KerasThree(("dense", "batch_normalization", "dropout"), units=2, compiled="adam", seed=3),
    KerasThree(("batch_normalization",), holder="object", compiled="sgd", dtype="float64"),
]


def alone(part, **options):
    return Module((part,), **{"units": 2, **options})


def ones(spec):
    return np.ones((3, spec.units), spec.dtype)


def output(model, inputs):
    """Return an output as an array: the density at 0 for a distribution."""
    value = model(inputs)
    return np.asarray(value.log_prob(0) if hasattr(value, "log_prob") else value)


def digest(spec):
    model = spec.build()
    cells = [(path, cell.value) for path, cell in state_of(model).items()]
    seen = repr(sorted(cells)).encode() + output(model, ones(spec)).tobytes()
    return hashlib.sha256(seen).hexdigest()


def evaluated(code):
    return eval(code, {name: getattr(architectures, name) for name in architectures.__all__})


def drawn(strategy, count):
    examples = []

    @settings(max_examples=count, database=None, derandomize=True)
    @given(strategy)
    def collect(example):
        examples.append(example)

    collect()
    return examples


@settings(max_examples=100)
@given(ANY)
def test_repr_is_code_that_rebuilds_the_spec(spec):
    assert evaluated(repr(spec)) == spec
    assert hash(evaluated(repr(spec))) == hash(spec)


def test_repr_leaves_out_what_is_default():
    spec = Module((Weight(), Submodule((Weight(),)), Bias(True)), units=2, dtype="float32")

    assert repr(spec) == "Module(parts=(Weight(), Submodule(), Bias()), units=2)"
    assert repr(KerasThree(("dense",), seed=1)) == "KerasThree(seed=1)"


def test_parts_with_equal_fields_differ():
    bare = [kind() for kind in registered("part")]

    assert len(set(bare)) == len(bare)
    assert {type(part) for part in CELLS} == set(registered("part"))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Module(()), TypeError, r"Module: parts=\(\) must be a tuple of at least 1 part"),
        (lambda: Module([Weight()]), TypeError, r"Module: parts=\[Weight\(\)\] must be a tuple"),
        (
            lambda: Module((KerasThree(),)),
            TypeError,
            r"Module: parts got KerasThree\(\), must be one of Weight, Bias, ",
        ),
        (lambda: Module((Weight(),), units=0), ValueError, r"Module: units=0 must be at least 1"),
        (
            lambda: Module((Weight(),), distribution=1),
            TypeError,
            r"Module: distribution=1 must be True or False",
        ),
        (
            lambda: Module((Weight(),), dtype="int32"),
            ValueError,
            r"Module: dtype='int32' must be one of 'float32', 'float64'",
        ),
        (lambda: Module((Weight(),), seed=-1), ValueError, r"Module: seed=-1 must be from 0 to"),
        (lambda: Bias(trainable=0), TypeError, r"Bias: trainable=0 must be True or False"),
        (lambda: VariableList(size=0), ValueError, r"VariableList: size=0 must be at least 1"),
        (lambda: PlainObject(slotted=1), TypeError, r"PlainObject: slotted=1 must be True or"),
        (
            lambda: HeldFunction(captures="global"),
            ValueError,
            r"HeldFunction: captures='global' must be one of 'closure', ",
        ),
        (lambda: CompiledMethod(traced=1), TypeError, r"CompiledMethod: traced=1 must be True or"),
        (lambda: Submodule(()), TypeError, r"Submodule: parts=\(\) must be a tuple of at least 1"),
        (
            lambda: TiedSubmodule((Module((Weight(),)),)),
            TypeError,
            r"TiedSubmodule: parts got Module\(parts=\(Weight\(\),\)\), must be one of Weight",
        ),
        (lambda: KerasThree(()), TypeError, r"KerasThree: layers=\(\) must be a tuple of at least"),
        (
            lambda: KerasThree(("lstm",)),
            ValueError,
            r"KerasThree: layers got 'lstm', must be one of 'dense', 'batch_normalization', 'drop",
        ),
        (lambda: KerasThree(units=0), ValueError, r"KerasThree: units=0 must be at least 1"),
        (
            lambda: KerasThree(beside="kernel"),
            ValueError,
            r"KerasThree: beside='kernel' must be one of 'distribution', 'bijector'",
        ),
        (
            lambda: KerasThree(holder="dict"),
            ValueError,
            r"KerasThree: holder='dict' must be one of 'module', 'object'",
        ),
        (
            lambda: KerasThree(compiled="rmsprop"),
            ValueError,
            r"KerasThree: compiled='rmsprop' must be one of None, 'adam', 'sgd'",
        ),
        (
            lambda: KerasThree(dtype="half"),
            ValueError,
            r"KerasThree: dtype='half' must be one of 'float32', 'float64'",
        ),
        (lambda: KerasThree(seed=-1), ValueError, r"KerasThree: seed=-1 must be from 0 to"),
    ],
)
def test_a_wrong_field_is_named(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_every_kind_is_drawn():
    specs = drawn(ANY, 300)

    modules = [spec for spec in specs if isinstance(spec, Module)]
    beside = [spec for spec in specs if isinstance(spec, KerasThree)]
    held = {part for spec in modules for part in parts(spec) if part is not spec}
    assert {type(part) for part in held} == set(registered("part"))
    assert {spec.units for spec in modules} == {1, 2, 3}
    assert {len(spec.parts) for spec in modules} == {1, 2, 3}
    assert {spec.distribution for spec in modules} == {False, True}
    assert {spec.dtype for spec in modules} == {"float32", "float64"}
    assert {name for spec in beside for name in spec.layers} == {
        "dense",
        "batch_normalization",
        "dropout",
    }
    assert {(spec.beside, spec.holder) for spec in beside} == {
        (beside, holder)
        for beside in ("distribution", "bijector")
        for holder in ("module", "object")
    }
    assert {spec.compiled for spec in beside} == {None, "adam", "sgd"}


def test_limits_hold():
    limits = ModuleLimits(
        parts=(Bias, Submodule, CompiledMethod),
        min_parts=2,
        max_parts=2,
        max_depth=1,
        max_units=1,
        dtypes=("float64",),
        traced=(True,),
        compiled=("sgd",),
    )

    for spec in drawn(Module.strategy(limits), 100):
        held = list(parts(spec))[1:]
        assert {type(part) for part in held} <= {Bias, Submodule, CompiledMethod}
        assert all(part.traced for part in held if isinstance(part, CompiledMethod))
        assert not any(
            isinstance(inner, Submodule)
            for part in spec.parts
            if isinstance(part, Submodule)
            for inner in part.parts
        )
        assert (len(spec.parts), spec.units, spec.dtype) == (2, 1, "float64")
    for spec in drawn(KerasThree.strategy(limits), 30):
        assert (len(spec.layers), spec.units, spec.dtype) == (2, 1, "float64")
        assert spec.compiled == "sgd"


def test_a_weight_stands_in_where_only_nested_parts_are_allowed():
    limits = ModuleLimits(parts=(TiedSubmodule,), max_parts=1)

    kinds = {type(part) for spec in drawn(Module.strategy(limits), 30) for part in parts(spec)}

    assert kinds == {Module, TiedSubmodule, Weight}


def test_few_functions_are_traced():
    limits = ModuleLimits(parts=(CompiledLambda,), max_parts=1)

    traced = collections.Counter(
        spec.parts[0].traced for spec in drawn(Module.strategy(limits), 300)
    )

    assert 0 < traced[True] < 100


@pytest.mark.parametrize(
    ("strategy", "condition", "smallest"),
    [
        (ANY, lambda spec: True, Module((Weight(),))),
        (KERAS, lambda spec: True, KerasThree()),
        (MODULES, lambda spec: spec.seed, Module((Weight(),), seed=1)),
        (
            MODULES,
            lambda spec: any(isinstance(part, TiedSubmodule) for part in parts(spec)),
            Module((TiedSubmodule(),)),
        ),
        (
            MODULES,
            lambda spec: any(isinstance(part, HeldOptimizer) for part in parts(spec)),
            Module((HeldOptimizer(),)),
        ),
        (MODULES, lambda spec: len(spec.parts) > 1, Module((Weight(), Weight()))),
        (KERAS, lambda spec: "dropout" in spec.layers, KerasThree(("dropout",))),
    ],
)
def test_draws_shrink_to_the_simplest(strategy, condition, smallest):
    assert find(strategy, condition) == smallest


@pytest.mark.parametrize("part", CELLS, ids=repr)
def test_the_state_of_a_part_is_seen_and_the_output_follows_it(part):
    spec = alone(part)
    model, inputs = spec.build(), ones(spec)
    before = output(model, inputs)
    assert np.all(np.isfinite(before))
    assert np.array_equal(output(model, inputs), before)

    seen = {True: [], False: []}
    for cell in data_cells(Walk(model)):
        with undone([write_to(cell, 0)]):
            seen[not np.array_equal(output(model, inputs), before)].append(cell.kind)

    assert (seen[True], seen[False]) == CELLS[part]
    assert collections.Counter(each.kind for each in state_of(model).values()) == (
        collections.Counter(seen[True] + seen[False])
    )
    assert np.array_equal(output(model, inputs), before)


@pytest.mark.parametrize("spec", BESIDE, ids=repr)
def test_the_output_follows_the_network_and_what_is_beside_it(spec):
    model, inputs = spec.build(), ones(spec)
    before = output(model, inputs)
    assert isinstance(model.network, keras.Sequential)
    assert isinstance(model, tf.Module) == (spec.holder == "module")

    seeds, optimizers = 0, 0
    for cell in data_cells(Walk(model)):
        with undone([write_to(cell, 0)]):
            if np.array_equal(output(model, inputs), before):
                integer = "int" in cell.label
                seeds += integer
                optimizers += not integer

    assert np.isfinite(before).all()
    assert seeds == ("dropout" in spec.layers) + (spec.compiled is not None)
    assert (optimizers > 0) == (spec.compiled is not None)


@pytest.mark.parametrize("spec", [BESIDE[0], BESIDE[2]], ids=repr)
def test_no_variable_of_a_network_has_the_value_that_an_initializer_gives(spec):
    network = spec.build().network
    variables = list(network.variables)
    if spec.compiled is not None:
        variables += network.optimizer.variables

    for variable in variables:
        assert np.all((variable.numpy() != 0) & (variable.numpy() != 1))


def test_calls_are_counted_and_logged():
    model = Module((CallCount(), CallLog())).build()
    count, log = model.parts[0].calls, list(model.parts[1].batches)

    model(np.ones((3, 1), "float32"))

    assert count > 1
    assert len(log) == 1
    assert model.parts[0].calls == count + 1
    assert list(model.parts[1].batches) == [*log, 3]


@pytest.mark.parametrize("nested", [lambda part: part, lambda part: TiedSubmodule((part,))])
def test_only_samples_draw_from_the_generator(nested):
    spec = Module((nested(RandomGenerator()), Weight()), distribution=True, dtype="float64")
    model, twin = spec.build(), spec.build()
    model(ones(spec))

    first, second = model.sample(ones(spec)), model.sample(ones(spec))

    assert first.shape == (3, 1)
    assert np.array_equal(twin.sample(ones(spec)), first)
    assert not np.array_equal(first, second)


WRITTEN = [
    PlainObject(), NumpyArray(), RandomGenerator(), HashTable(), DenseTable(), MovingAverage(),
    HeldOptimizer(), HeldMetric(), Submodule((HeldMetric(),)), TiedSubmodule((NumpyArray(),)),
]  # fmt: skip


@pytest.mark.parametrize("part", WRITTEN, ids=repr)
def test_an_update_writes_to_the_state_of_its_own_model_only(part):
    spec = alone(part)
    model, other = spec.build(), spec.build()

    def seen(model):
        cells = {path: cell.value for path, cell in state_of(model).items()}
        return cells, output(model, ones(spec)).tolist()

    before = seen(other)
    model.update(ones(spec))

    assert seen(model) != before
    assert seen(other) == before


@settings(max_examples=30)
@given(data=st.data())
def test_inputs_fit(data):
    spec = data.draw(ANY)
    inputs = data.draw(spec.inputs())

    value = spec.build()(inputs)

    assert inputs.dtype == spec.dtype == value.dtype
    assert 1 <= len(inputs) <= 4
    shape = value.batch_shape if hasattr(value, "batch_shape") else value.shape
    assert tuple(shape) == inputs.shape == (len(inputs), spec.units)
    assert hasattr(value, "log_prob") == getattr(
        spec, "distribution", getattr(spec, "beside", "") == "distribution"
    )


def test_inputs_shrink_to_ones():
    found = find(Module((Weight(),), units=2, dtype="float64").inputs(), lambda inputs: True)

    assert found.tolist() == [[1.0, 1.0]]


@settings(max_examples=40)
@given(data=st.data())
def test_a_clone_is_independent_and_equal(data):
    spec = data.draw(ANY)
    inputs = data.draw(spec.inputs())
    model = spec.build()
    actions = [lambda model: model.update(inputs)] if isinstance(spec, Module) else []

    report = check_clone(model, clone(model), inputs=inputs, actions=actions)

    assert report.verdict == "independent", report


def test_another_process_builds_the_same():
    specs = [*[alone(part, seed=5, distribution=True) for part in CELLS], *BESIDE]
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import random, numpy as np; random.seed(17); np.random.seed(17)\n"
        "from pytest_tfpclone.architectures import *\n"
        "from test_modules import digest\n"
        f"for spec in {specs!r}:\n    print(digest(spec))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TF_USE_LEGACY_KERAS": "1"},
    )

    assert run.stdout.split() == [digest(spec) for spec in specs]


WITH_CELLS = [alone(part) for part, cells in CELLS.items() if cells != ([], [])]


@pytest.mark.parametrize("spec", WITH_CELLS + BESIDE, ids=repr)
def test_the_seed_changes_the_output_or_the_state(spec):
    other = dataclasses.replace(spec, seed=spec.seed + 1)

    assert digest(spec) != digest(other)


def test_building_leaves_the_global_generators_as_they_are():
    tf.random.set_seed(4)
    tf.random.uniform([])
    undisturbed = tf.random.uniform([]).numpy()
    tf.random.set_seed(4)
    tf.random.uniform([])
    random.seed(4)
    np.random.seed(4)
    python_state, numpy_state = random.getstate(), np.random.get_state()

    for spec in [Module(tuple(CELLS)), *BESIDE]:
        spec.build()

    assert random.getstate() == python_state
    assert all(map(np.array_equal, np.random.get_state(), numpy_state))
    assert tf.random.uniform([]).numpy() == undisturbed


def test_what_is_built_can_be_pickled_but_for_what_cannot_be():
    """Classes are found by name: nothing but TensorFlow's own objects stands in the way."""
    for part in (NumpyArray(), CallLog(), CallCount()):
        model = alone(part).build()
        again = pickle.loads(pickle.dumps(model.parts[0]))
        assert vars(again).keys() == vars(model.parts[0]).keys()
    assert type(cloudpickle.loads(cloudpickle.dumps(Module((CallCount(),)).build())))


def test_nothing_is_warned_of(caplog, monkeypatch):
    monkeypatch.setattr(tf.get_logger(), "propagate", True)
    # How often each function was traced lately is counted for the process: not other tests' traces.
    counts = polymorphic_function._FrequentTracingDetectorManager()
    monkeypatch.setattr(polymorphic_function, "_frequent_tracing_detector_manager", counts)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # AutoGraph and the ast of Python 3.13.
        warnings.filterwarnings("ignore", ".*got an unexpected keyword argument '___pyct_anno'")
        for _ in range(6):
            for spec in [*map(alone, CELLS), *BESIDE]:
                spec.build()(ones(spec))

    tensorflow = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [str(warning.message) for warning in caught] == []
    assert [record.getMessage() for record in tensorflow] == []


def variables_alive():
    gc.collect()
    # Past their classes: other tests leave some behind that raise when they are asked.
    return sum(kinds.derives(type(each), tf.Variable) for each in gc.get_objects())


def test_built_modules_are_not_kept():
    untraced = [part for part in CELLS if not getattr(part, "traced", False)]
    specs = [Module(tuple(untraced)), *BESIDE]
    for spec in specs:
        spec.build()(ones(spec))
    before = variables_alive()

    for spec in specs:
        spec.build()(ones(spec))

    assert variables_alive() <= before
