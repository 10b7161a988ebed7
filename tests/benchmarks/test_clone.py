"""The clone, beside Keras' own and beside copying the weights once."""

from __future__ import annotations

import statistics

from rivals import cloned_by_keras, in_a_process_of_its_own, small_model

from pytest_tfpclone import check_clone, clone

LARGE = """
import json, resource, sys, time
sys.path.insert(0, sys.argv[2])
import tensorflow as tf
from rivals import module
from pytest_tfpclone import check_clone, clone

model = module(10, 10_000_000)
clone(tf.Module())  # imports

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

def copied():
    return [tf.Variable(weight.numpy().copy()) for weight in model.weights]

started, before = time.perf_counter(), peak()
made = clone(model) if sys.argv[1] == "clone" else copied()
seconds, growth = time.perf_counter() - started, peak() - before
if sys.argv[1] == "clone":
    assert check_clone(model, made, inputs=()).verdict == "independent"
print(json.dumps([seconds, growth]))
"""


def test_a_small_model(compare):
    model = small_model()
    assert check_clone(model, clone(model)).verdict == "independent"
    compare(
        "clone, small / clone_model", lambda: clone(model), lambda: cloned_by_keras(model), None,
        rounds=20,
    )  # fmt: skip


def test_400_megabytes(row, request):
    """The peak of a process only grows, so that each side has processes of its own."""
    folder = request.path.parent
    runs = [
        [in_a_process_of_its_own(LARGE, side, folder) for side in ("clone", "copy")]
        for _ in range(3)
    ]
    for name, unit, place in (("time", "s", 0), ("memory", "MB", 1)):
        ours, theirs = (statistics.median(each[side][place] for each in runs) for side in (0, 1))
        row(f"clone, 400 MB, {name} / copy once", f"{ours:.2f} {unit}", f"{theirs:.2f} {unit}",
            ours / theirs, None)  # fmt: skip
