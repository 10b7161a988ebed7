"""The property of ``test_property.py`` fails for cloners that are wrong in one way."""

from __future__ import annotations

import pytest
import test_property
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pytest_tfpclone import clone, strategies


def assignment(model):
    return model


def keeps_a_closure(model):
    copy = clone(model)
    copy.layers[-1].function = model.layers[-1].function
    return copy


def shares_a_layer(model):
    copy = clone(model)
    copy._self_tracked_trackables[1] = model._self_tracked_trackables[1]
    return copy


def shares_the_optimizer(model):
    copy = clone(model)
    copy.optimizer = model.optimizer
    return copy


def forgets_a_bias(model):
    copy = clone(model)
    copy.layers[0].bias.assign([0.0] * copy.layers[0].units)
    return copy


def forgets_the_slots(model):
    copy = clone(model)
    for slot in copy.optimizer.variables[1:] if copy.optimizer else ():
        slot.assign(0.0 * slot)
    return copy


@pytest.mark.parametrize(
    "cloner",
    [
        assignment,
        keeps_a_closure,
        shares_a_layer,
        shares_the_optimizer,
        forgets_a_bias,
        forgets_the_slots,
    ],
)
def test_a_wrong_cloner_is_found(cloner, monkeypatch):
    monkeypatch.setattr(test_property, "clone", cloner)
    prove = test_property.test_a_write_to_either_copy_leaves_the_other_unchanged

    # No shrinking: what is asked here is whether it is found.
    @settings(
        deadline=None,
        max_examples=60,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    @given(architecture=strategies.architectures(), data=st.data())
    def prove_of_the_wrong_one(architecture, data):
        prove.hypothesis.inner_test(architecture=architecture, data=data)

    with pytest.raises(AssertionError):
        prove_of_the_wrong_one()
