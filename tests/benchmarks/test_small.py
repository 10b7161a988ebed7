"""A small model, compiled: what most tests check."""

from __future__ import annotations

import pytest
from rivals import cloned_by_keras, hand_check, small_model

from pytest_tfpclone import check_clone, clone


@pytest.fixture(scope="module")
def pair():
    model = small_model()
    return model, clone(model)


def test_beside_the_check_by_hand(pair, compare):
    assert check_clone(*pair, inputs=()).verdict == "independent"
    compare(
        "small, no outputs / hand_check",
        lambda: check_clone(*pair, inputs=()), lambda: hand_check(*pair), 1.0, rounds=30,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("inputs", "what", "target"), [((), "no outputs", 0.15), (None, "outputs", 1.0)]
)
def test_beside_building_and_cloning(pair, compare, inputs, what, target):
    assert check_clone(*pair, inputs=inputs).verdict == "independent"
    compare(
        f"small, {what} / build and clone",
        lambda: check_clone(*pair, inputs=inputs), lambda: cloned_by_keras(small_model()),
        target, rounds=20,
    )  # fmt: skip
