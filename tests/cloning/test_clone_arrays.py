"""NumPy arrays bit for bit, views as views, generators with their state."""

from __future__ import annotations

import array
import random

import numpy as np
import pytest

from pytest_tfpclone.cloning import CloneRefused, clone


def test_bits_order_and_flags_are_kept():
    payload = np.array([0x7FC00005, 0xFF800001], np.uint32).view(np.float32)
    fortran = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    frozen = np.arange(3)
    frozen.flags.writeable = False
    copies = clone([payload, fortran, frozen])
    assert copies[0].view(np.uint32).tolist() == [0x7FC00005, 0xFF800001]
    assert copies[1].flags.f_contiguous
    assert copies[1].tolist() == fortran.tolist()
    assert not copies[2].flags.writeable
    copies[1][:] = 0
    assert fortran[1, 2] == 5


@pytest.mark.parametrize("order", ["C", "F"])
def test_views_share_memory_inside_the_clone(order):
    owner = np.array(np.arange(12.0).reshape(3, 4), order=order)
    views = [owner[1:, ::-2], owner.T, owner[:, 1], owner[2], owner.view(np.int64)]
    views[3].flags.writeable = False
    copy, *fresh = clone([owner, *views])
    for new, old in zip(fresh, views, strict=True):
        assert new.tolist() == old.tolist()
        assert new.strides == old.strides
    copy[:] = 7
    assert (fresh[0] == 7).all()
    assert (fresh[3] == 7).all()
    assert not fresh[3].flags.writeable
    assert owner[2, 3] == 11


def test_a_view_that_comes_before_its_owner():
    owner = np.zeros(3)
    view, copy = clone([owner[:2], owner])
    view[0] = 1
    assert copy[0] == 1
    assert owner[0] == 0


def test_a_read_only_view_of_a_read_only_owner():
    owner = np.arange(4)
    view = owner[1:]
    owner.flags.writeable = view.flags.writeable = False
    copy, fresh = clone([owner, view])
    assert not copy.flags.writeable
    assert not fresh.flags.writeable
    assert np.shares_memory(copy, fresh)


def test_views_of_an_owner_with_its_axes_in_another_order():
    owner = np.transpose(np.zeros((2, 3, 4)), (1, 0, 2)).copy(order="K")
    copy, row = clone([owner, owner[0]])
    copy[0, 1, 2] = 5
    assert row[1, 2] == 5
    assert copy.strides == owner.strides
    assert not owner.any()


def test_strided_views():
    owner = np.arange(4.0)
    windows = np.lib.stride_tricks.sliding_window_view(owner, 2)
    copy, twin, pairs, wide = clone(
        [
            owner,
            windows,
            np.lib.stride_tricks.as_strided(owner, (2, 2), (8, 8)),
            np.broadcast_to(owner, (2, 4)),
        ]
    )
    copy[1] = 9
    assert twin.tolist() == [[0, 9], [9, 2], [2, 3]]
    assert pairs.tolist() == [[0, 9], [9, 2]]
    assert wide.tolist() == [[0, 9, 2, 3]] * 2
    assert not twin.flags.writeable
    assert owner[1] == 1


@pytest.mark.parametrize(
    "make", [lambda: bytearray(16), lambda: array.array("d", [0.0, 0.0])], ids=["bytes", "array"]
)
def test_arrays_over_the_memory_of_a_buffer(make):
    buffer = make()
    whole, second = np.frombuffer(buffer), np.frombuffer(buffer)[1:]
    copy, fresh, part = clone([buffer, whole, second])
    fresh[1] = 7
    assert part[0] == 7
    assert np.frombuffer(copy)[1] == 7
    assert not whole.any()
    fresh, part = clone([whole, second])
    part[0] = 3
    assert fresh[1] == 3


def test_an_array_over_bytes_stays_read_only():
    original = np.frombuffer(b"ab", np.uint8)
    copy = clone(original)
    assert copy.tolist() == [97, 98]
    assert not copy.flags.writeable


def test_memory_views_keep_what_they_allow():
    buffer = bytearray(b"abc")
    copy, view, frozen = clone([buffer, memoryview(buffer), memoryview(buffer).toreadonly()])
    view[0] = 120
    assert copy == frozen == b"xbc"
    assert frozen.readonly
    assert buffer == b"abc"
    with pytest.raises(CloneRefused, match="view of a part"):
        clone([memoryview(buffer)[::-1]])


@pytest.mark.parametrize("kind", [np.ndarray, np.recarray])
def test_a_structured_scalar_is_a_view_of_its_array(kind):
    original = np.zeros(3, dtype=[("x", float)]).view(kind)
    copy, item, again = clone([original, original[1], original[1]])
    item["x"] = 5
    assert copy["x"].tolist() == [0, 5, 0]
    assert again["x"] == 5
    assert type(item) is type(original[1])
    assert not original["x"].any()


def test_a_structured_scalar_of_its_own():
    original = np.void((1.0,), dtype=[("x", float)])
    copy = clone([original])[0]
    copy["x"] = 2
    assert original["x"] == 1
    assert type(copy) is np.void


def test_a_clone_of_a_clone_of_a_view_of_objects():
    owner = np.array([[1], [2]], dtype=object)
    copy, view = clone(clone([owner, owner[::-1]]))
    copy[0, 0] = "new"
    assert view[1, 0] == "new"


def test_arrays_of_objects():
    original = np.empty(3, dtype=object)
    original[0], original[1], original[2] = [1], np.ones(2), original
    copy = clone(original)
    assert copy[0] == [1]
    assert copy[0] is not original[0]
    assert copy[1].shape == (2,)
    assert copy[1] is not original[1]
    assert copy[2] is copy
    single = np.empty((), dtype=object)
    single[()] = {"a": [1]}
    assert clone(single)[()] == {"a": [1]}


def test_masked_and_named_arrays():
    masked = np.ma.masked_array([1, 2], [True, False])
    copy = clone(masked)
    copy[1] = 9
    assert masked[1] == 2
    assert copy.mask.tolist() == [True, False]
    records = np.array([(1, 2.0)], dtype=[("a", int), ("b", float)]).view(np.recarray)
    assert clone(records).a.tolist() == [1]


def test_generators_go_on_from_the_same_state_apart():
    original = [np.random.default_rng(0), np.random.RandomState(0), random.Random(0)]
    original[0].normal()
    original[2].gauss(0, 1)
    copy = clone(original)
    assert copy[0].normal() == original[0].normal()
    assert copy[1].normal() == original[1].normal()
    assert copy[2].gauss(0, 1) == original[2].gauss(0, 1)
    copy[2].random()
    assert copy[2].getstate() != original[2].getstate()


def test_two_generators_of_one_stream_stay_tied():
    bits = np.random.PCG64(1)
    first, second = clone([np.random.Generator(bits), np.random.Generator(bits)])
    assert first.bit_generator is second.bit_generator
    assert first.bit_generator is not bits


def test_an_array_in_a_file_is_refused(tmp_path):
    original = {"data": np.memmap(tmp_path / "x", dtype="f4", mode="w+", shape=(3,))}
    with pytest.raises(CloneRefused, match="array in a file"):
        clone(original)
