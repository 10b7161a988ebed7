"""Variables and other resources: identity, bits, writes that are put back."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pytest_tfpclone.state.cells import NotWritable, cell_of
from pytest_tfpclone.state.edges import edges

BITS = [
    "float16", "bfloat16", "float32", "float64", "complex64", "complex128", "int8", "int16", "int32",
    "int64", "uint8", "uint16", "uint32", "uint64", "bool",
]  # fmt: skip


def bits(variable):
    return variable.numpy().tobytes()


@pytest.mark.parametrize("dtype", BITS)
def test_every_bit_is_flipped_and_put_back(dtype):
    variable = tf.Variable(tf.cast([0, 1, 5], dtype))
    cell = cell_of(variable)
    before, printed = bits(variable), cell.fingerprint()
    undo = cell.write()
    flipped = bits(variable)
    assert cell.fingerprint() != printed
    if dtype == "bool":
        assert variable.numpy().tolist() == [True, False, False]
    else:
        assert flipped == bytes(byte ^ 0xFF for byte in before)
    undo()
    assert bits(variable) == before
    assert cell.fingerprint() == printed


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_nudges_are_small_and_repeat(dtype):
    first, second = (tf.Variable(tf.cast([0.0, -4.0], dtype)) for _ in range(2))
    before = bits(first)
    undo = cell_of(first).nudge(3)
    cell_of(second).nudge(3)
    assert bits(first) == bits(second) != before
    moved = np.abs(first.numpy().astype("float64") - [0.0, -4.0])
    assert np.all(moved > 0.01)
    assert np.all(moved < 0.03 * 5 + 0.02)
    undo()
    assert bits(first) == before


def test_nudges_of_other_seeds_differ():
    variables = [tf.Variable([1.0, 2.0]) for _ in range(2)]
    for seed, variable in enumerate(variables):
        cell_of(variable).nudge(seed)
    assert bits(variables[0]) != bits(variables[1])


@pytest.mark.parametrize(
    ("dtype", "before", "after"),
    [
        ("int32", [1, -1], [2, 0]),
        ("int8", [127, 0], [-128, 1]),
        ("uint8", [255, 0], [0, 1]),
        ("int64", [2**62, 0], [2**62 + 1, 1]),
        ("bool", [True, False], [False, True]),
    ],
)
def test_integers_are_moved_by_one_and_truth_values_flip(dtype, before, after):
    variable = tf.Variable(np.array(before, dtype))
    undo = cell_of(variable).nudge(0)
    assert not cell_of(variable).is_floating
    assert variable.numpy().tolist() == after
    undo()
    assert variable.numpy().tolist() == before


def test_complex_numbers_are_moved_a_little():
    variable = tf.Variable([1 + 1j], dtype=tf.complex64)
    undo = cell_of(variable).nudge(0)
    assert 0.01 < abs(variable.numpy()[0] - (1 + 1j)) < 0.2
    undo()
    assert variable.numpy().tolist() == [1 + 1j]


def test_texts_are_not_nudged():
    variable = tf.Variable(["a"])
    assert cell_of(variable).nudge(0) is None
    assert variable.numpy().tolist() == [b"a"]


def payload_variable():
    return tf.Variable(tf.bitcast(tf.constant([0x7FC0BEEF, 0x80000000], tf.uint32), tf.float32))


@pytest.mark.parametrize("verb", ["write", "nudge"])
def test_nan_payloads_and_signs_of_zero_come_back(verb):
    variable = payload_variable()
    cell = cell_of(variable)
    undo = cell.write() if verb == "write" else cell.nudge(0)
    undo()
    assert variable.numpy().view(np.uint32).tolist() == [0x7FC0BEEF, 0x80000000]


def test_a_backup_outlives_later_writes():
    variable = tf.Variable([1.0, 2.0])
    undo = cell_of(variable).backup()
    variable.assign([5.0, 6.0])
    variable.assign_add([1.0, 1.0])
    undo()
    assert variable.numpy().tolist() == [1.0, 2.0]


def test_fingerprints_tell_bits_dtypes_and_shapes_apart():
    values = [
        [0.0], [-0.0], [1.0], [[1.0]], [1], np.array([1.0]), [True], [float("nan")],
    ]  # fmt: skip
    prints = [cell_of(tf.Variable(value)).fingerprint() for value in values]
    prints.append(cell_of(payload_variable()).fingerprint())
    assert len(set(prints)) == len(prints)
    assert cell_of(tf.Variable([1.0])).fingerprint() == cell_of(tf.Variable([1.0])).fingerprint()


def test_identity_is_the_resource():
    variable = tf.Variable(1.0)
    same = cell_of(variable.handle)
    assert same.identity == cell_of(variable).identity
    assert cell_of(tf.Variable(1.0)).identity != cell_of(variable).identity


def test_equal_buffers_after_assign_are_not_one_resource():
    first, second = tf.Variable([1.0]), tf.Variable([0.0])
    second.assign(first)
    undo = cell_of(first).write()
    assert second.numpy().tolist() == [1.0]
    undo()


def test_a_bare_handle_reads_and_writes_its_variable():
    variable = tf.Variable([1.0, 2.0])
    cell = cell_of(variable.handle)
    assert cell.label == "float32[2]"
    assert cell.kind == "variable"
    undo = cell.write()
    assert variable.numpy().tolist() != [1.0, 2.0]
    undo()
    assert variable.numpy().tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("make", "label"),
    [
        (lambda: tf.Variable(1.0), "float32[]"),
        (lambda: tf.Variable([[1, 2]]), "int32[1, 2]"),
        (lambda: tf.Variable([1.0], shape=[None]), "float32[?]"),
        (lambda: tf.Variable([1.0], shape=tf.TensorShape(None)), "float32[...]"),
        (lambda: tf.Variable(["a"]), "string[1]"),
    ],
)
def test_labels(make, label):
    assert cell_of(make()).label == label


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1.5, "1.5"), ([1.0, 2.0], "[1, 2]"), (np.arange(4.0), "[0, 1, 2, ...]"), (True, "True"),
        ([], "[]"), (1 / 3, "0.333333"), (["text"], "[b'text']"),
    ],
)  # fmt: skip
def test_values_in_a_line(value, shown):
    assert cell_of(tf.Variable(value)).show() == shown


def test_texts_get_a_character_more():
    variable = tf.Variable(["a", "b"])
    cell = cell_of(variable)
    before = cell.fingerprint()
    undo = cell.write()
    assert variable.numpy().tolist() == [b"a+", b"b+"]
    undo()
    assert cell.fingerprint() == before
    undo = cell.backup()
    variable.assign(["a", "c"])
    assert cell.fingerprint() != before
    undo()
    assert cell.fingerprint() == before


def test_shapes_that_change():
    variable = tf.Variable([1.0], shape=[None])
    cell = cell_of(variable)
    undo = cell.backup()
    before = cell.fingerprint()
    variable.assign([1.0, 2.0])
    assert cell.fingerprint() != before
    undo()
    assert variable.numpy().tolist() == [1.0]


def test_an_uninitialized_variable():
    variable = tf.Variable([1.0, 2.0])
    handle = tf.raw_ops.VarHandleOp(dtype=tf.float32, shape=[2], shared_name="never assigned")
    variable.__dict__["_handle"] = handle
    cell = cell_of(variable)
    assert cell.fingerprint() == ("float32", "uninitialized")
    assert cell.show() == "uninitialized"
    assert cell.nudge(0) is None
    with pytest.raises(NotWritable):
        cell.write()
    cell.backup()()
    assert cell.fingerprint() == ("float32", "uninitialized")


def test_an_empty_variable():
    cell = cell_of(tf.Variable(tf.zeros([0])))
    before = cell.fingerprint()
    cell.write()()
    assert cell.fingerprint() == before
    assert cell.show() == "[]"


def test_a_subclass_that_raises_is_read_below_its_own_code():
    class Hostile(type(tf.Variable(1.0))):
        def read_value(self):
            raise RuntimeError

        def assign(self, *args, **kwargs):
            raise RuntimeError

        def numpy(self):
            raise RuntimeError

        @property
        def handle(self):
            raise RuntimeError

        @property
        def dtype(self):
            raise RuntimeError

    plain = tf.Variable([1.0])
    hostile = Hostile.__new__(Hostile)
    hostile.__dict__.update(plain.__dict__)
    cell = cell_of(hostile)
    assert cell.identity == cell_of(plain).identity
    undo = cell.write()
    assert plain.numpy().tolist() != [1.0]
    undo()
    assert plain.numpy().tolist() == [1.0]


def address(tensor):
    return np.frombuffer(memoryview(tensor), np.uint8).ctypes.data


def test_writing_does_not_make_later_reads_copies():
    variable = tf.Variable(np.arange(1000.0))
    cell_of(variable).write()()
    cell_of(variable).nudge(0)()
    first, second = variable.read_value(), variable.read_value()
    assert address(first) == address(second)


def test_a_variable_shows_its_constraint_and_what_the_user_hung_on_it():
    def constraint(value):
        return value

    variable = tf.Variable(1.0, constraint=constraint)
    variable.note = marker = [1]
    found = dict(edges(variable))
    assert found[".constraint"] is constraint
    assert found[".note"] is marker
    assert set(found) == {".constraint", ".note"}
    assert edges(tf.Variable(1.0)) == []


def test_resources_that_can_not_be_read():
    iterator = iter(tf.data.Dataset.range(3))
    cell = cell_of(iterator._iterator_resource)
    assert cell.kind == "resource"
    assert cell.is_tensorflow
    assert "Iterator" in cell.label
    other = iter(tf.data.Dataset.range(3))
    assert cell_of(other._iterator_resource).identity != cell.identity


def test_variants_are_values_and_locks_hold_none():
    assert cell_of(tf.data.Dataset.range(3)._variant_tensor) is None
    assert cell_of(tf.CriticalSection()._handle) is None


def test_ordinary_tensors_are_no_state():
    assert cell_of(tf.constant([1.0])) is None


def test_mirrored_variables_are_told_apart_per_replica():
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    with strategy.scope():
        variable = tf.Variable(1.0)
    from pytest_tfpclone.state import mutable
    from pytest_tfpclone.state.walk import Walk

    cells = [mutable.state_cell(node.value) for node in Walk(variable)]
    identities = {cell.identity for cell in cells if cell is not None and cell.kind == "variable"}
    assert identities >= {cell_of(each).identity for each in variable.values}


def test_a_generator_of_tensorflow_keeps_its_state_in_a_variable():
    from pytest_tfpclone.state.mutation import data_cells
    from pytest_tfpclone.state.walk import Walk

    generator = tf.random.Generator.from_seed(1)
    (cell,) = data_cells(Walk(generator))
    before = cell.fingerprint()
    generator.normal([])
    assert cell.fingerprint() != before
