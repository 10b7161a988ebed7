"""Which arrays look into one memory, and who owns it."""

from __future__ import annotations

import random

import numpy as np
import pytest

from pytest_tfpclone.state.cells import cell_of, overlaps
from pytest_tfpclone.state.cells.arrays import common_memory, owner_of, without_aliases
from pytest_tfpclone.state.edges import edges


def overlapping(left, right):
    cells = [[cell_of(each) for each in side] for side in (left, right)]
    return [(a.value, b.value) for a, b in overlaps(*cells)]


def test_a_record_is_a_view_into_its_array():
    array = np.zeros(3, [("x", "f4"), ("y", "i4")])
    cell = cell_of(array[1])
    before = array.tobytes()
    undo = cell.write()
    assert array["y"].tolist() == [0, -1, 0]
    undo()
    assert array.tobytes() == before
    assert [pair[1].value is array for pair in overlaps([cell], [cell_of(array)])] == [True]
    assert not list(overlaps([cell], [cell_of(array.copy())]))
    assert cell_of(np.void(b"abcd")) is None


def test_the_objects_of_a_record_are_followed():
    held = [1]
    record = np.array([(held, 1)], [("held", object), ("n", "i4")])[0]
    assert ("['held']", held) in edges(record)
    assert edges(np.zeros(1, [("x", "f4")])[0]) == []


def test_one_array_overlaps_its_views():
    owner = np.zeros((4, 4))
    for view in (owner, owner[1], owner.T, owner[::2, 1:], owner.view("i8")):
        ((left, right),) = overlapping([owner], [view])
        assert left is owner
        assert right is view


def test_neighbours_in_one_buffer_do_not_overlap():
    owner = np.zeros(8)
    assert overlapping([owner[:4]], [owner[4:]]) == []
    assert overlapping([owner[::2]], [owner[1::2]]) == []
    assert len(overlapping([owner[:5]], [owner[4:]])) == 1


def test_other_arrays_do_not_overlap():
    assert overlapping([np.zeros(4)], [np.zeros(4)]) == []
    assert overlapping([], [np.zeros(4)]) == []


def test_which_owners_have_memory_in_common():
    base = np.arange(10.0)
    cells = [
        (1, cell_of(base[0:4])), (2, cell_of(base[3:6])), (3, cell_of(base[6:8])),
        (1, cell_of(base[7:9])), (4, cell_of(base[9:])), (4, cell_of(base[9:])),
        (5, cell_of(np.zeros(3))), (6, cell_of(np.array([object()]))),
    ]  # fmt: skip
    assert sorted(common_memory(cells)) == [(1, 2), (1, 3)]


def test_an_array_that_another_covers_is_an_alias():
    base = np.arange(10.0)
    cells = [cell_of(each) for each in (base[2:4], base, base.view("i8"), np.zeros(2), base[8:])]
    kept = without_aliases(cells)
    assert len(kept) == 2
    assert kept[-1] is cells[3]
    assert kept[0] in (cells[1], cells[2])
    beside = [cell_of(base[:6]), cell_of(base[4:])]
    assert without_aliases(beside) == beside


def test_who_owns_memory():
    base = np.arange(10.0)
    assert owner_of(cell_of(base[2:][1:])) == owner_of(cell_of(base)) == id(base)
    assert owner_of(cell_of(base.copy())) != id(base)


def test_views_of_bytes():
    data = bytearray(b"abcd")
    with memoryview(data)[1:3] as view:
        cell = cell_of(view)
        undo = cell.write()
        assert data != b"abcd"
        assert data[0:1] + data[3:] == b"ad"
        undo()
        assert [len(overlapping([view], [each])) for each in (data, bytearray(b"abcd"))] == [1, 0]
        assert cell_of(memoryview(b"abcd")) is None
    assert data == b"abcd"
    assert cell_of(view) is None


@pytest.fixture
def compared(monkeypatch):
    pairs, shares_memory = [], np.shares_memory

    def counted(left, right, **options):
        pairs.append((left, right))
        return shares_memory(left, right, **options)

    monkeypatch.setattr(np, "shares_memory", counted)
    return pairs


@pytest.mark.parametrize("gap", [0, 1])
def test_arrays_that_lie_side_by_side_or_apart_are_not_compared(compared, gap):
    base = np.zeros(40)
    views = [base[start : start + 4 - gap] for start in range(0, 40, 4)]
    assert overlapping(views[::2], views[1::2]) == []
    assert list(common_memory(enumerate(map(cell_of, views)))) == []
    assert not compared
    assert len(overlapping(views, views)) == len(compared) == len(views)


def test_arrays_of_which_it_takes_too_long_to_say_count_as_overlapping():
    base, strided = np.zeros(192_163_377, "i1"), np.lib.stride_tricks.as_strided
    left = strided(base, (1049, 1049, 1049), (36674, 61119, 85569))
    right = strided(base[64_023_025:], (1049, 1049, 1), (12223, 12224, 1))
    assert len(overlapping([left], [right])) == 1


def test_arrays_of_one_owner_are_not_compared(compared):
    base = np.zeros(4)
    assert list(common_memory([(int(each), cell_of(base)) for each in ("1000", "1000")])) == []
    assert not compared
    assert list(common_memory([(7, cell_of(base)), (1000, cell_of(base))])) == [(7, 1000)]


def test_all_pairs_are_found_as_by_brute_force():
    generator = random.Random(5)
    owner = np.zeros(60)
    sides = [[], []]
    for _ in range(40):
        low = generator.randrange(55)
        view = owner[low : low + generator.randrange(1, 6) : generator.randrange(1, 3)]
        sides[generator.randrange(2)].append(view)
    expected = {(id(a), id(b)) for a in sides[0] for b in sides[1] if np.shares_memory(a, b)}
    found = [(id(a), id(b)) for a, b in overlapping(*sides)]
    assert set(found) == expected
    assert len(found) == len(expected)
    assert expected
