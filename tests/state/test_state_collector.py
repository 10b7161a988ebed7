"""Python's garbage collector is off during a check, and what it was afterwards."""

from __future__ import annotations

import gc

import pytest
import tensorflow as tf

from pytest_tfpclone import check_clone, state_of
from pytest_tfpclone.state.collector import collecting


@pytest.fixture(params=[True, False])
def on(request):
    before = gc.isenabled()
    (gc.enable if request.param else gc.disable)()
    yield request.param
    (gc.enable if before else gc.disable)()


def test_a_models_own_code_runs_with_the_collector_as_it_was(on):
    seen = []

    def act(model):
        seen.append(gc.isenabled())

    check_clone([tf.Variable(1.0)], [tf.Variable(1.0)], actions=[act])
    assert seen
    assert set(seen) == {on}
    assert gc.isenabled() is on


def test_it_is_put_back_when_a_check_raises(on):
    with pytest.raises(ValueError, match="none"):
        check_clone([tf.Variable(1.0)], [tf.Variable(1.0)], shared=[".none"])
    state_of([tf.Variable(1.0)])
    assert gc.isenabled() is on
    with pytest.raises(KeyError), collecting(not on):
        assert gc.isenabled() is not on
        raise KeyError
    assert gc.isenabled() is on
