"""What is drawn of distributions: it fits, it is diverse, and it shrinks."""

from __future__ import annotations

import collections
import dataclasses
import hashlib
import json
import random
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from hypothesis import find, given, settings
from hypothesis import strategies as st

from pytest_tfpclone import architectures, check_clone, clone, state_of
from pytest_tfpclone.architectures import (
    BIJECTORS,
    FAMILIES,
    FORMS,
    HELD,
    KERNELS,
    PROCESSES,
    SURROGATES,
    Autoregressive,
    BijectorLeaf,
    Chain,
    DistributionLimits,
    Independent,
    Joint,
    KernelLeaf,
    Leaf,
    MixtureOf,
    Process,
    Transformed,
    parts,
    registered,
)
from pytest_tfpclone.architectures.elementary import BIJECTOR_TABLE
from pytest_tfpclone.architectures.trees import WAYS

LIMITS = DistributionLimits(kinds=registered("distribution"))


def trees(**changes):
    limits = dataclasses.replace(LIMITS, **changes)
    return st.one_of([kind.strategy(limits) for kind in limits.kinds])


TREES = trees()


def drawn(strategy, count):
    examples = []

    @settings(max_examples=count, database=None, derandomize=True)
    @given(strategy)
    def collect(example):
        examples.append(example)

    collect()
    return examples


def smallest(strategy, condition):
    return find(
        strategy, condition, settings=settings(max_examples=500, database=None, derandomize=True)
    )


def evaluated(code):
    return eval(code, {name: getattr(architectures, name) for name in architectures.__all__})


def depth(spec):
    below = [part for part in parts(spec) if part is not spec]
    return 1 + max(map(depth, below)) if below else 0


def digest(code):
    """Return a hash of all state of what a spec builds, and of what it answers."""
    spec = evaluated(code)
    model = spec.build()
    point = spec.point(1)
    arguments = point if isinstance(point, tuple) else (point,)
    if isinstance(model, tfp.bijectors.Bijector):
        answer = model.forward(*arguments)
    elif hasattr(model, "matrix"):
        answer = model.matrix(*arguments)
    else:
        answer = model.log_prob(*arguments) if arguments else ()
    cells = sorted(
        # What is printed of a generator's state changes with the process' hash seed.
        (path, cell.kind, cell.label, cell.value if cell.kind != "generator" else "")
        for path, cell in state_of(model).items()
    )
    seen = repr(cells).encode() + np.asarray(answer).tobytes()
    return hashlib.sha256(seen).hexdigest()


def digests_elsewhere():
    """Print the digests of the specs that come in, and whether TensorFlow's generator moved."""
    codes = json.loads(sys.stdin.read())
    tf.random.set_seed(7)
    untouched = tf.random.uniform([]).numpy().item()
    tf.random.set_seed(7)
    for code in codes:
        evaluated(code).build()
    moved = tf.random.uniform([]).numpy().item() != untouched
    print(json.dumps([moved, [digest(code) for code in codes]]))


@settings(max_examples=200)
@given(TREES)
def test_repr_is_code_that_rebuilds_the_spec(spec):
    assert evaluated(repr(spec)) == spec
    assert hash(evaluated(repr(spec))) == hash(spec)


def test_a_mixture_is_drawn_of_parts_that_need_a_sample_to_know_their_rank():
    kinds = (MixtureOf, Autoregressive, Transformed)
    limits = dataclasses.replace(LIMITS, kinds=kinds, families=("MultivariateNormalDiag",))
    mixtures = drawn(MixtureOf.strategy(limits), 60)
    for spec in mixtures:
        for part in (spec, *spec.distributions):
            assert part.ranked == (part.build().event_shape.rank is not None)
    assert any(not part.ranked for spec in mixtures for part in spec.distributions)
    of_no_leaf = dataclasses.replace(limits, families=("Poisson",))
    assert MixtureOf.strategy(of_no_leaf).is_empty


@settings(max_examples=12, deadline=None, database=None)
@given(TREES)
def test_a_drawn_tree_has_state_and_our_clone_of_it_is_right(spec):
    model = spec.build()
    # A surrogate posterior is no tfd.Distribution by its class, so that it can't be run.
    inputs = spec.point(1) if "DeferredModule" not in str(type(model)) else None
    report = check_clone(model, clone(model), inputs=inputs)

    assert report.cells["variable"]
    assert (report.independent, report.equal, report.notes) == (True, True, ())


def test_equal_specs_build_equal_objects_in_another_process_and_move_no_generator():
    codes = [repr(spec) for spec in drawn(TREES, 16)]
    states = random.getstate(), np.random.get_state()
    here = [digest(code) for code in codes]

    assert random.getstate() == states[0]
    assert all(map(np.array_equal, np.random.get_state(), states[1]))
    done = subprocess.run(
        [sys.executable, "-c",
         "import sys; sys.path.insert(0, sys.argv[1]);"
         "import test_distribution_draws as t; t.digests_elsewhere()",
         __file__.rpartition("/")[0]],
        input=json.dumps(codes), capture_output=True, text=True, check=True,
    )  # fmt: skip
    moved, elsewhere = json.loads(done.stdout.splitlines()[-1])
    assert not moved
    different = [
        code for code, left, right in zip(codes, here, elsewhere, strict=True) if left != right
    ]
    assert different == []


def fields_of(specs):
    """Count the names that the parts of specs have for fields."""
    names = ("family", "bijector", "kernel", "held", "captures", "form", "process", "surrogate")
    return collections.Counter(
        value
        for spec in specs
        for part in parts(spec)
        for name in names
        if isinstance(value := getattr(part, name, None), str)
    )


def test_all_kinds_and_ways_to_hold_are_drawn():
    specs = drawn(TREES, 600)
    seen = fields_of(specs)

    assert {type(spec) for spec in specs} == set(LIMITS.kinds)
    for choices in (HELD, WAYS, FORMS, SURROGATES):
        assert set(choices) - set(seen) == set()
    assert len(set(FAMILIES) & set(seen)) > len(FAMILIES) / 2
    assert len(set(KERNELS) & set(seen)) > len(KERNELS) / 2
    assert {spec.dtype for spec in specs} == {"float32", "float64"}
    depths = collections.Counter(map(depth, specs))
    assert set(depths) == {0, 1, 2}
    assert depths[2] > 100


@pytest.mark.parametrize(
    ("kinds", "choices"),
    [
        ((Leaf,), FAMILIES),
        ((BijectorLeaf,), BIJECTORS),
        ((KernelLeaf,), KERNELS),
        ((Process,), PROCESSES),
    ],
)
def test_all_names_are_drawn_where_the_kinds_are_narrowed(kinds, choices):
    seen = fields_of(drawn(trees(kinds=kinds), 800))

    # Those without a parameter hold no variable, so that they don't stand alone.
    bare = {name for name, family in BIJECTOR_TABLE.items() if not family.rules}
    assert set(choices) - set(seen) - bare == set()


@pytest.mark.parametrize("most", [0, 1, 3])
def test_depth_is_bounded(most):
    assert max(map(depth, drawn(trees(max_depth=most), 300))) == most


def test_options_narrow_what_is_drawn():
    narrow = trees(
        kinds=(Independent, Transformed), families=("Normal",), bijectors=("Shift", "Exp"),
        held=("deferred",), dtypes=("float64",),
    )  # fmt: skip
    for spec in drawn(narrow, 100):
        assert type(spec) in (Independent, Transformed)
        assert spec.dtype == "float64"
        for part in parts(spec):
            assert type(part) in (Independent, Transformed, Leaf, BijectorLeaf)
            assert getattr(part, "family", "Normal") == "Normal"
            assert getattr(part, "held", "deferred") == "deferred"
            if isinstance(part, BijectorLeaf):
                assert part.bijector in ("Shift", "Exp")


def test_what_can_not_be_drawn_is_empty():
    assert trees(kinds=(Independent,), families=("Dirichlet",)).is_empty
    assert trees(kinds=(Independent,), max_depth=0).is_empty
    assert not trees(kinds=(Leaf,), max_depth=0).is_empty


def test_a_tree_without_variables_is_drawn_only_where_no_other_is_allowed():
    for spec in drawn(trees(kinds=(Leaf,), held=("constant", "variable")), 50):
        assert spec.held == "variable"
    for spec in drawn(trees(kinds=(Leaf,), held=("constant",)), 20):
        assert spec.held == "constant"


def test_draws_shrink_to_the_simplest():
    assert smallest(TREES, lambda spec: True) == Leaf()
    assert smallest(TREES, lambda spec: isinstance(spec, Transformed)) == Transformed(
        Leaf(), BijectorLeaf()
    )
    assert smallest(trees(kinds=(Chain,)), lambda spec: True) == Chain(
        (BijectorLeaf(), BijectorLeaf())
    )
    assert smallest(trees(kinds=(Joint,)), lambda spec: True) == Joint((Leaf(),))
    assert smallest(trees(kinds=(Process,)), lambda spec: True) == Process(KernelLeaf())
    assert smallest(TREES, lambda spec: getattr(spec, "held", "") == "deferred") == Leaf(
        held="deferred"
    )
    assert smallest(TREES, lambda spec: spec.dtype == "float64") == Leaf(dtype="float64")
    assert smallest(TREES, lambda spec: spec.seed > 41) == Leaf(seed=42)


def test_a_strategy_prints_as_the_kind_that_it_draws():
    assert repr(Leaf.strategy(LIMITS)) == "Leaf()"
    assert len(repr(TREES)) < 1000
