"""mutate: every cell is written to, and everything comes back."""

from __future__ import annotations

import random

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone import mutate
from pytest_tfpclone.state.cells import DataCell, NotWritable, cell_of
from pytest_tfpclone.state.mutation import data_cells, flipped, kept, nudged, undone
from pytest_tfpclone.state.walk import Walk


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


def everything():
    table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1)
    table.insert(["a"], [1])
    return Plain(
        floats=tf.Variable([0x7FC0BEEF, 0x3F800000], dtype=tf.uint32),
        nan=tf.Variable(tf.bitcast(tf.constant([0x7FC0BEEF, 0x3F800000], tf.uint32), tf.float32)),
        integers=tf.Variable([1, 2]),
        flags=tf.Variable([True]),
        array=np.array([0x7FC0BEEF, 1], np.uint32).view(np.float32),
        bytes=bytearray(b"ab"),
        rng=np.random.default_rng(1),
        python=random.Random(2),
        generator=tf.random.Generator.from_seed(3),
        table=table,
        closure=(lambda value: lambda: value)(tf.Variable(5.0)),
    )


def prints(model):
    return [cell.fingerprint() for cell in data_cells(Walk(model))]


def test_every_cell_is_written_to_and_put_back():
    model = everything()
    before = prints(model)
    assert len(before) == 11
    with mutate(model):
        during = prints(model)
        assert len(during) == len(before)
        assert [a == b for a, b in zip(before, during, strict=True)] == [False] * len(before)
    assert prints(model) == before


def test_the_model_itself_is_yielded():
    model = everything()
    with mutate(model) as yielded:
        assert yielded is model


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_all_comes_back_if_the_body_raises(error):
    model = everything()
    before = prints(model)

    def body():
        model.nan.assign([1.0, 2.0])
        raise error

    with pytest.raises(error), mutate(model):
        body()
    assert prints(model) == before


def test_what_the_body_writes_to_a_number_is_put_back_too():
    variable = tf.Variable([1.0])
    with mutate(variable):
        variable.assign([100.0])
    assert variable.numpy().tolist() == [1.0]


def test_equal_models_are_moved_alike_and_seeds_differ():
    models = [tf.Variable([1.0, 2.0]) for _ in range(3)]
    seen = []
    for model, seed in zip(models, (0, 0, 1), strict=True):
        with mutate(model, seed=seed):
            seen.append(model.numpy().tolist())
    assert seen[0] == seen[1] != seen[2]


def test_cells_of_one_model_are_moved_by_different_amounts():
    model = [tf.Variable([1.0]), tf.Variable([1.0])]
    with mutate(model):
        assert model[0].numpy().tolist() != model[1].numpy().tolist()


def test_outputs_stay_finite_and_move():
    model = tf_keras.Sequential(
        [
            tf_keras.Input((2,)),
            tf_keras.layers.Dense(2),
            tfp.layers.DistributionLambda(lambda t: tfp.distributions.Normal(t[..., :1], 1.0)),
        ]
    )
    x = tf.ones([3, 2])
    before = model(x).mean().numpy()
    with mutate(model):
        during = model(x).mean().numpy()
    after = model(x).mean().numpy()
    assert np.isfinite(during).all()
    assert not np.array_equal(before, during)
    assert before.tobytes() == after.tobytes()


def test_nested_mutations():
    variable = tf.Variable([1.0])
    with mutate(variable):
        once = variable.numpy().tolist()
        with mutate(variable, seed=1):
            assert variable.numpy().tolist() != once
        assert variable.numpy().tolist() == once
    assert variable.numpy().tolist() == [1.0]


def test_tied_variables_are_written_once():
    variable = tf.Variable([1])
    model = Plain(a=variable, b=[variable], handle=variable.handle)
    assert len(data_cells(Walk(model))) == 1
    with mutate(model):
        assert variable.numpy().tolist() == [2]
    assert variable.numpy().tolist() == [1]


def test_overlapping_arrays_come_back():
    owner = np.arange(6.0)
    model = [owner, owner[1:4], owner[::2], owner.view("i8")]
    with mutate(model):
        assert not np.array_equal(owner, np.arange(6.0))
    assert np.array_equal(owner, np.arange(6.0))


def test_what_can_not_be_written_is_left_alone():
    variant = tf.Variable(tf.raw_ops.EmptyTensorList(
        element_shape=[2], max_num_elements=3, element_dtype=tf.float32
    ))  # fmt: skip
    model = Plain(list=variant, text=tf.Variable(["a"]), number=tf.Variable(1.0))
    with mutate(model):
        assert model.text.numpy().tolist() == [b"a+"]
        assert float(model.number) != 1.0
    assert float(model.number) == 1.0


@pytest.mark.parametrize("model", [None, int, 3, "text"], ids=str)
def test_what_is_no_model(model):
    with pytest.raises(TypeError, match="model"), mutate(model):
        pass


def test_a_model_without_state():
    with pytest.raises(ValueError, match="no state to write to: a Plain"), mutate(Plain(a=1)):
        pass


def test_an_unbuilt_model():
    with pytest.raises(ValueError, match="not built"), mutate(tf_keras.layers.Dense(1)):
        pass


@pytest.mark.parametrize("seed", [None, 1.5, True, "1"])
def test_seeds_are_integers(seed):
    with pytest.raises(TypeError, match="seed must be an int"), mutate(tf.Variable(1.0), seed=seed):
        pass


class Broken(DataCell):
    kind = "broken"
    label = "broken"

    def __init__(self, error):
        super().__init__(error)
        self.undone = False

    def fingerprint(self):
        return 0

    def backup(self):
        raise self.value

    def write(self):
        raise self.value


def test_cells_that_were_written_before_one_raised_are_put_back():
    variable = tf.Variable([1])
    with (
        pytest.raises(KeyboardInterrupt),
        flipped([cell_of(variable), Broken(KeyboardInterrupt())]),
    ):
        pass
    assert variable.numpy().tolist() == [1]


def test_flipping_lists_what_can_not_be_written():
    variable = tf.Variable([1])
    broken = Broken(NotWritable("sealed"))
    with flipped([broken, cell_of(variable)]) as unwritten:
        assert unwritten == [(broken, "sealed")]
        assert variable.numpy().tolist() == [~1]
    assert variable.numpy().tolist() == [1]


def test_nudging_counts_what_it_moved():
    variables = [tf.Variable([1.0]), tf.Variable(["a"]), tf.Variable([2.0])]
    with nudged([cell_of(v) for v in variables], 0) as count:
        assert count == 2
        assert variables[1].numpy().tolist() == [b"a"]
    assert [v.numpy().tolist() for v in variables] == [[1.0], [b"a"], [2.0]]


def test_each_cell_is_moved_by_draws_of_its_own():
    variables = [tf.Variable([1.0]) for _ in range(3)]
    with nudged([cell_of(v) for v in variables], 1):
        assert len({float(v[0]) for v in variables}) == 3
    assert {float(v[0]) for v in variables} == {1.0}


def test_kept_puts_back_whatever_wrote():
    variable = tf.Variable([1.0])
    with kept([cell_of(variable)]):
        variable.assign([5.0])
    assert variable.numpy().tolist() == [1.0]


def test_undos_run_last_first_and_all_of_them():
    done = []

    def undo(name, error=None):
        def run():
            done.append(name)
            if error:
                raise error

        return run

    undos = [undo("first"), undo("second", OSError("a")), undo("third", OSError("b"))]
    with pytest.raises(OSError, match="b"), undone(undos):
        assert done == []
    assert done == ["third", "second", "first"]
