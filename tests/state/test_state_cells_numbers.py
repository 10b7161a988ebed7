"""How far numbers are moved, and how values and shapes look in one line."""

from __future__ import annotations

import types
import warnings

import numpy as np
import pytest
import tensorflow as tf

from pytest_tfpclone.state.cells.numbers import dimensions, nudged, short_value

FLOATS = ["f2", "f4", "f8", "g", "c8", "c16", tf.bfloat16.as_numpy_dtype]


@pytest.mark.parametrize("dtype", FLOATS)
def test_moved_numbers_keep_their_dtype_and_shape_without_a_warning(dtype):
    old = np.array([[0, 1, 5], [2, 3, 100]], dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        moved = nudged(old, 0)
    assert moved.dtype == old.dtype
    assert moved.shape == old.shape
    assert np.all(moved != old)


@pytest.mark.parametrize("size", [0.0, 1e-3, 1.0, -4.0, 1e3, -1e6, 1e-3j, 3 - 4j, 1e6j])
def test_a_number_moves_by_three_percent_of_one_plus_its_magnitude_or_half_of_that(size):
    old = np.full(100, size)
    share = (nudged(old, 0) - old) / (1 + abs(size))
    assert np.all(share.real > 0.0156)
    assert np.all(share.real < 0.0313)
    assert np.all(np.abs(share.imag) < 1e-9)


def test_the_imaginary_part_stays():
    old = np.array([1 + 2j, -3j], "c8")
    assert nudged(old, 0).imag.tolist() == [2, -3]


def test_amounts_differ_between_elements_and_seeds_only():
    old = np.zeros(50)
    assert len(set(nudged(old, 0).tolist())) == 50
    assert nudged(old, 0).tolist() == nudged(old.copy(), 0).tolist() != nudged(old, 1).tolist()


@pytest.mark.parametrize(
    ("dtype", "real"),
    [
        ("f2", tf.float16), ("f4", tf.float32), ("f8", tf.float64), ("c8", tf.float32),
        ("c16", tf.float64), (tf.bfloat16.as_numpy_dtype, tf.bfloat16),
    ],
)  # fmt: skip
def test_the_greatest_numbers_shrink_and_infinity_stays(dtype, real):
    greatest = real.max
    old = np.array([greatest, -greatest, 1, np.inf], dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        moved = nudged(old, 0)
    share = np.abs(moved[:2].astype("c16") / old[:2].astype("c16"))
    assert moved.dtype == old.dtype
    assert moved[2] != 1
    assert np.all(share > 0.96)
    assert share[0] < 0.99
    assert np.isinf(moved[3])
    assert np.isfinite(moved[:3]).all()
    assert nudged(old[0], 0) == moved[0]


def test_lone_numbers_keep_their_dtype():
    for value in (np.float16(6), np.float32(3e38), np.array([0.0, -1e30])):
        assert nudged(value, 0).dtype == value.dtype


@pytest.mark.parametrize(
    ("dtype", "old", "new"),
    [
        ("i1", [127, -1, 0, 6], [-128, 0, 1, 7]), ("u1", [255, 0, 1, 6], [0, 1, 2, 7]),
        ("i8", [2**62, -3], [2**62 + 1, -2]), ("u8", [2**64 - 1, 2**63], [0, 2**63 + 1]),
        ("?", [True, False], [False, True]),
    ],
)  # fmt: skip
def test_integers_move_by_one_and_truth_values_flip(dtype, old, new):
    moved = nudged(np.array(old, dtype), 0)
    assert moved.tolist() == new
    assert moved.dtype == np.dtype(dtype)


@pytest.mark.parametrize(("old", "new"), [(6, 7), (True, False)])
def test_plain_numbers_are_moved_too(old, new):
    assert nudged(old, 0) == new
    assert 0 < nudged(1.0, 0) - 1 < 0.1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.array(["x" * 22]), f"['{'x' * 22}']"), (np.array(["x" * 23]), f"['{'x' * 20}...]"),
        (np.float32(0.1), "0.1"), (np.array([1, 2, 3]), "[1, 2, 3]"), (np.array("text"), "'text'"),
        (np.array([[1, 2], [3, 4]]), "[1, 2, 3, ...]"), (np.zeros(0), "[]"), (7, "7"),
        (np.array([0.123456789, 1e20]), "[0.123457, 1e+20]"), (np.array([True]), "[True]"),
    ],
)  # fmt: skip
def test_values_in_a_line(value, text):
    assert short_value(value) == text


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        ((), "[]"), ((3,), "[3]"), ((None, 2), "[?, 2]"), (tf.TensorShape(None), "[...]"),
        (tf.TensorShape([2, None]), "[2, ?]"), ([0, 1], "[0, 1]"),
        (types.SimpleNamespace(rank=None), "[...]"),
    ],
)  # fmt: skip
def test_shapes_in_a_line(shape, text):
    assert dimensions(shape) == text
