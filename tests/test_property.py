"""A write to either copy leaves the other unchanged: what it is to be a clone."""

from __future__ import annotations

import tensorflow as tf
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pytest_tfpclone import clone, mutate, state_of, strategies


def seen(model, probe):
    """Return all that can be seen of a model: its outputs on the probe, and its state."""
    tf.random.set_seed(0)  # variational layers sample their weights in each call
    outputs = tf.nest.flatten(model(probe))
    return [tf.convert_to_tensor(each).numpy().tolist() for each in outputs], state_of(model)


# To explain a failure, Hypothesis would run it hundreds of times more, through a tracer.
WITHOUT_EXPLANATION = [phase for phase in Phase if phase is not Phase.explain]


@given(architecture=strategies.architectures(), data=st.data())
@settings(deadline=None, max_examples=25, phases=WITHOUT_EXPLANATION)
def test_a_write_to_either_copy_leaves_the_other_unchanged(architecture, data):
    model = architecture.build()
    copy = clone(model)
    probe = data.draw(strategies.inputs(architecture), label="probe")
    before = seen(model, probe)
    assert seen(copy, probe) == before

    for written, other in [(model, copy), (copy, model)]:
        with mutate(written):
            assert seen(written, probe) != before
            assert seen(other, probe) == before

    assert seen(model, probe) == seen(copy, probe) == before
