"""NumPy arrays bit for bit, views as views, generators with their state."""

from __future__ import annotations

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
