"""Generators of Python and NumPy: a draw is a write, and the stream is put back."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest

from pytest_tfpclone.state.cells import cell_of
from pytest_tfpclone.state.edges import edges
from pytest_tfpclone.state.mutation import data_cells
from pytest_tfpclone.state.walk import Walk


def bit_generator(kind):
    return lambda: getattr(np.random, kind)(3)


MAKERS = {
    "Random": lambda: random.Random(3),
    "RandomState": lambda: np.random.RandomState(3),
    **{k: bit_generator(k) for k in ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")},
}


def draw(generator):
    if isinstance(generator, random.Random):
        return [generator.random() for _ in range(3)]
    if isinstance(generator, np.random.RandomState):
        return generator.uniform(size=3).tolist()
    return generator.random_raw(3).tolist()


def test_a_state_is_shown_as_a_short_digest():
    shown = {cell_of(random.Random(seed)).show() for seed in range(20)}
    assert len(shown) == 20
    assert all(re.fullmatch(r"state #[0-9a-f]{6}", each) for each in shown)


@pytest.mark.parametrize("name", MAKERS)
def test_a_write_moves_the_stream_on_and_the_undo_moves_it_back(name):
    generator, twin = MAKERS[name](), MAKERS[name]()
    cell = cell_of(generator)
    before = cell.fingerprint()
    assert before == cell_of(twin).fingerprint()
    undo = cell.write()
    assert cell.fingerprint() != before
    undo()
    assert cell.fingerprint() == before
    assert draw(generator) == draw(twin)


@pytest.mark.parametrize("name", MAKERS)
def test_a_nudge_is_a_draw(name):
    generator = MAKERS[name]()
    cell = cell_of(generator)
    before = cell.fingerprint()
    undo = cell.nudge(0)
    assert cell.fingerprint() != before
    undo()
    assert cell.fingerprint() == before


@pytest.mark.parametrize("name", MAKERS)
def test_a_backup_puts_back_a_stream_that_went_far(name):
    generator, twin = MAKERS[name](), MAKERS[name]()
    undo = cell_of(generator).backup()
    for _ in range(700):
        draw(generator)
    undo()
    assert draw(generator) == draw(twin)


@pytest.mark.parametrize("name", MAKERS)
def test_labels(name):
    cell = cell_of(MAKERS[name]())
    assert cell.label == name
    assert cell.kind == "generator"
    assert cell.show().startswith("state #")
    assert not cell.is_tensorflow
    with pytest.raises(TypeError):
        cell.numpy()


def test_the_half_of_a_gaussian_pair_is_state():
    for make in (MAKERS["Random"], MAKERS["RandomState"]):
        generator = make()
        cell = cell_of(generator)
        (generator.gauss if isinstance(generator, random.Random) else generator.normal)(0, 1)
        held = cell.fingerprint()
        undo = cell.backup()
        (generator.gauss if isinstance(generator, random.Random) else generator.normal)(0, 1)
        assert cell.fingerprint() != held
        undo()
        assert cell.fingerprint() == held


def test_a_numpy_generator_is_its_bit_generator():
    generator = np.random.default_rng(1)
    assert edges(generator) == [(".bit_generator", generator.bit_generator)]
    (cell,) = data_cells(Walk({"rng": generator}))
    assert cell.value is generator.bit_generator


def test_two_generators_over_one_bit_generator_are_one_state():
    bits = np.random.PCG64(1)
    cells = data_cells(Walk([np.random.Generator(bits), np.random.Generator(bits)]))
    assert len(cells) == 1


def test_a_generator_of_the_system_has_no_state():
    assert cell_of(random.SystemRandom()) is None


def test_a_subclass_that_overrides_its_state_is_read_below_it():
    class Hostile(random.Random):
        def getstate(self):
            raise RuntimeError

        def getrandbits(self, k):
            raise RuntimeError

    cell = cell_of(Hostile(1))
    before = cell.fingerprint()
    undo = cell.write()
    assert cell.fingerprint() != before
    undo()
    assert cell.fingerprint() == before
