"""Many variables: time grows with their number, and with nothing else."""

from __future__ import annotations

import time

import pytest
from rivals import hand_check, layers, module

from pytest_tfpclone import check_clone
from pytest_tfpclone.state.walk import Walk

SECONDS = {}


@pytest.mark.parametrize("count", [10, 100, 1_000, 10_000])
def test_variables_of_a_module(count, compare):
    pair = module(count), module(count)
    assert check_clone(*pair, inputs=()).verdict == "independent"
    rounds = 3 if count > 1_000 else 9
    SECONDS[count], _ = compare(
        f"{count:,} variables / hand_check",
        lambda: check_clone(*pair, inputs=()), lambda: hand_check(*pair), 0.3, rounds=rounds,
    )  # fmt: skip


def test_each_variable_costs_the_same(row):
    if len(SECONDS) < 4:
        pytest.skip("2026-11-26: needs the measurements of the other test")
    largest, hundred = SECONDS[10_000] / 10_000, SECONDS[100] / 100
    row("a variable of 10,000 / of 100", f"{largest * 1e6:.0f} us", f"{hundred * 1e6:.0f} us",
        largest / hundred, 1.5)  # fmt: skip


@pytest.mark.parametrize("count", [10, 100, 1_000])
def test_layers_of_a_keras_model(count, compare):
    pair = layers(count), layers(count)
    assert check_clone(*pair, inputs=()).verdict == "independent"
    compare(
        f"{count:,} Keras layers / hand_check",
        lambda: check_clone(*pair, inputs=()), lambda: hand_check(*pair), 0.3,
        rounds=3 if count > 100 else 9,
    )  # fmt: skip


@pytest.mark.parametrize("make", [module, layers])
def test_objects_that_the_walk_visits_a_second(make, row):
    model = make(1_000)
    best, count = 0.0, 0
    for _ in range(7):
        started = time.perf_counter()
        count = len(Walk(model).nodes)
        best = max(best, count / (time.perf_counter() - started))
    name = "1,000 variables" if make is module else "1,000 Keras layers"
    row(f"walk, objects/s, {name}", f"{count:,}", "", best, 300_000, at_least=True)
