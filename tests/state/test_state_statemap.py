"""state_of: every cell with its paths, and looking changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone import state_of
from pytest_tfpclone.state.statemap import StateEntry, count_kinds
from pytest_tfpclone.state.walk import Walk


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


def test_a_layer():
    layer = tf_keras.layers.Dense(2, kernel_initializer="ones")
    layer.build((None, 3))
    found = state_of(layer)
    assert found["model.kernel"].kind == "variable"
    assert found["model.kernel"].label == "float32[3, 2]"
    assert found["model.kernel"].value == "[1, 1, 1, ...]"
    assert found["model.bias"].value == "[0, 0]"
    assert list(found)[:2] == ["model.kernel", "model.bias"]


def test_the_root_has_a_name():
    assert list(state_of(tf.Variable(1.0), root="rate")) == ["rate"]


def test_every_kind():
    table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1)
    model = Plain(
        variable=tf.Variable(1.0), table=table, array=np.zeros(2), rng=np.random.default_rng(0),
        generator=tf.random.Generator.from_seed(1), iterator=iter(tf.data.Dataset.range(2)),
    )  # fmt: skip
    found = state_of(model)
    kinds = {path: entry.kind for path, entry in found.items()}
    assert kinds["model.variable"] == "variable"
    assert kinds["model.table"] == "table"
    assert kinds["model.array"] == "array"
    assert kinds["model.rng.bit_generator"] == "generator"
    assert kinds["model.generator._state_var"] == "variable"
    assert found["model.iterator._iterator_resource"].value == "not readable"
    assert found["model.table"] == StateEntry(
        "table", "string -> int64", "0 entries", ("model.table",)
    )


def test_all_ways_to_a_cell_shortest_first():
    variable = tf.Variable(1.0)
    model = Plain(deep=Plain(er=[variable]), short=variable)
    found = state_of(model)
    assert list(found) == ["model.short"]
    assert found["model.short"].paths == ("model.short", "model.deep.er[0]")


def test_a_variable_and_its_handle_are_one_cell():
    variable = tf.Variable(1.0)
    assert len(state_of([variable, variable.handle])) == 1


def test_a_mapping():
    found = state_of([tf.Variable(1.0), tf.Variable(2.0)])
    assert len(found) == 2
    assert "model[0]" in found
    assert "model[2]" not in found
    with pytest.raises(KeyError):
        found["nothing"]
    assert found == state_of([tf.Variable(1.0), tf.Variable(2.0)])
    assert found != state_of([tf.Variable(1.0), tf.Variable(3.0)])


def test_counts_include_containers_and_objects():
    model = Plain(items=[tf.Variable(1.0)], inner=Plain(table={}))
    assert count_kinds(Walk(model)) == {"object": 2, "container": 2, "variable": 1}
    assert state_of(model).counts == count_kinds(Walk(model))


def test_counts_count_a_resource_once():
    variable = tf.Variable(1.0)
    assert count_kinds(Walk([variable, variable.handle]))["variable"] == 1


def test_a_closure_that_is_rebound_is_counted():
    count = 0

    def step():
        nonlocal count
        count += 1

    assert count_kinds(Walk(step)) == {"closure variable": 1}


def test_the_text():
    shared = tf.Variable([1.5])
    model = Plain(a=shared, b=[shared], c=[[shared]], d=[[[shared]]])
    assert str(state_of(model)).splitlines()[1:] == [
        "  model.a",
        "      variable float32[1] = [1.5]",
        "      also model.b[0]",
        "      also model.c[0][0]",
        "      and by 1 more path",
    ]
    assert str(state_of(model)).startswith("1 state cell (")
    model.e = [[[[shared]]]]
    assert str(state_of(model)).endswith("\n      and by 2 more paths")
    assert repr(state_of(model)) == "<StateMap of 1 cells>"


def test_a_model_without_state():
    assert str(state_of(Plain())) == "0 state cells (none)"


@pytest.mark.parametrize("model", [None, int, 3, len], ids=str)
def test_what_is_no_model(model):
    with pytest.raises(TypeError, match="model must be a model"):
        state_of(model)


def test_looking_changes_nothing():
    calls = []

    class Model(tf_keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = tf_keras.layers.Dense(1)

        def call(self, x):
            calls.append(1)
            return self.dense(x)

        @property
        def trap(self):
            raise RuntimeError

    model = Model()
    model(tf.zeros([1, 2]))
    calls.clear()
    before = {name: id(value) for name, value in vars(model).items()}
    state = model.dense.kernel.numpy().tobytes()
    assert any(path.endswith(".kernel") for path in state_of(model))
    assert {name: id(value) for name, value in vars(model).items()} == before
    assert model.dense.kernel.numpy().tobytes() == state
    assert calls == []


def test_a_tfp_distribution_by_the_names_that_users_write():
    scale = tfp.util.TransformedVariable(1.0, tfp.bijectors.Exp())
    found = state_of(tfp.distributions.Normal(tf.Variable(0.0), scale))
    assert [path for path, entry in found.items() if entry.kind == "variable"] == [
        "model.loc", "model.scale.pretransformed_input",
    ]  # fmt: skip


def test_a_captured_variable_that_no_list_has():
    def make():
        scale = tf.Variable(1.0)
        return tfp.layers.DistributionLambda(lambda t: tfp.distributions.Normal(t, scale))

    layer = make()
    layer(tf.zeros([1, 1]))
    (entry,) = state_of(layer).values()
    assert "model._make_distribution_fn.<closure 'scale'>" in entry.paths
