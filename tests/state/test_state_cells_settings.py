"""Plain numbers of containers and objects: moved to see who computes with them."""

from __future__ import annotations

import collections
import math
import types

import pytest
import tf_keras

from pytest_tfpclone.state.cells import NotWritable, cell_of
from pytest_tfpclone.state.cells.settings import SettingsCell


class Slotted:
    __slots__ = ("_rate", "name")

    def __init__(self):
        self._rate, self.name = 0.5, "a"


class Both(Slotted):
    __slots__ = ("__dict__",)

    def __init__(self):
        super().__init__()
        self.scale = -0.0


HOLDERS = {
    "dict": lambda: {"a": 1.5, "b": "text", 3: math.nan},
    "ordered dict": lambda: collections.OrderedDict(a=1.5),
    "list": lambda: [1, 2.5, math.inf, True],
    "object": lambda: types.SimpleNamespace(a=1.5, b=2),
    "slots": Slotted,
    "slots and attributes": Both,
}


def numbers(holder):
    return SettingsCell.of(holder).fingerprint()


@pytest.mark.parametrize("make", HOLDERS.values(), ids=HOLDERS)
def test_every_number_is_moved_and_put_back(make):
    holder = make()
    cell = SettingsCell.of(holder)
    before = cell.fingerprint()
    undo = cell.nudge(0)
    moved = [a != b or a in ("nan", "inf") for a, b in zip(before, cell.fingerprint(), strict=True)]
    assert all(moved)
    undo()
    assert cell.fingerprint() == before


@pytest.mark.parametrize("make", HOLDERS.values(), ids=HOLDERS)
def test_equal_numbers_move_alike(make):
    first, second = make(), make()
    for each in (first, second):
        SettingsCell.of(each).nudge(7)
    assert numbers(first) == numbers(second)


@pytest.mark.parametrize(
    "holder", [{}, {"a": 1}, [True, 2], (1.5,), "text", float, types.SimpleNamespace(a=None)]
)
def test_what_holds_no_number(holder):
    assert SettingsCell.of(holder) is None


def test_the_frameworks_own_numbers_stay():
    optimizer = tf_keras.optimizers.legacy.SGD(0.5)
    optimizer.gain = 2.0
    assert optimizer._initial_decay == 0.0
    cell = SettingsCell.of(optimizer)
    undo = cell.nudge(0)
    assert optimizer.gain != 2.0
    assert optimizer._initial_decay == 0.0
    undo()
    assert optimizer.gain == 2.0


class Contrary(type):
    def __eq__(cls, other):
        raise RuntimeError

    __hash__ = type.__hash__


class Rate(float, metaclass=Contrary):
    pass


class Sluggish:
    __slots__ = ("rate",)


def slotted(rate):
    made = Sluggish()
    made.rate = rate
    return made


@pytest.mark.parametrize(
    "holding",
    [
        lambda rate: [rate], lambda rate: {"a": rate}, lambda rate: types.SimpleNamespace(a=rate),
        slotted,
    ],
    ids=["list", "dict", "object", "slots"],
)  # fmt: skip
def test_a_subclass_of_float_is_no_plain_number_and_its_class_is_not_compared(holding):
    assert SettingsCell.of(holding(Rate(1.5))) is None
    assert SettingsCell.of(holding(1.5)).fingerprint() == (float.hex(1.5),)


def test_a_holder_is_another_cell_than_the_numbers_in_it():
    first, second = {"a": 1.5}, {"a": 1.5}
    identities = {SettingsCell.of(each).identity for each in (first, second, first)}
    assert len(identities) == 2
    assert not identities & {cell_of(each).identity for each in (first, second)}
    assert ("settings", id(first)) in identities


def test_bits_are_not_flipped():
    cell = SettingsCell.of({"a": 1.0})
    with pytest.raises(NotWritable):
        cell.write()
    assert cell.label == "float[1] in dict"
