"""Two copies of 400 MB in 10 variables: time, memory at the peak, memory bandwidth."""

from __future__ import annotations

import pytest
from rivals import hand_check, in_a_process_of_its_own, module

from pytest_tfpclone import check_clone, clone

NUMBERS = 10_000_000
MEGABYTES = 400


@pytest.fixture(scope="module")
def pair():
    return module(10, NUMBERS), module(10, NUMBERS)


def test_the_time(pair, compare, row):
    assert check_clone(*pair, inputs=()).verdict == "independent"
    ours, _ = compare(
        "400 MB / hand_check",
        lambda: check_clone(*pair, inputs=()), lambda: hand_check(*pair), 0.2, rounds=5,
    )  # fmt: skip
    reached = 4 * MEGABYTES / 1e3 / ours
    possible = _bandwidth(pair[0])
    row("400 MB, each side read twice", f"{reached:.1f} GB/s", f"{possible:.1f} GB/s",
        reached / possible, None)  # fmt: skip


def _bandwidth(model):
    """Return the gigabytes a second at which TensorFlow reads the model, with all its threads.

    The best of three passes of a reduction, which reads every number once and writes one.
    """
    import time

    import tensorflow as tf

    best = 0.0
    for _ in range(3):
        started = time.perf_counter()
        for weight in model.weights:
            tf.reduce_max(weight).numpy()
        best = max(best, MEGABYTES / 1e3 / (time.perf_counter() - started))
    return best


PEAK = """
import gc, json, sys
sys.path.insert(0, sys.argv[2])
from rivals import hand_check, module
from pytest_tfpclone import check_clone, clone

def status(name):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))

for size in (4, 1_000_000):  # imports, kernels, threads
    small = module(10, size), module(10, size)
    hand_check(*small), check_clone(*small, inputs=())
pair = module(10, 10_000_000), module(10, 10_000_000)
gc.collect()
with open("/proc/self/clear_refs", "w") as reset:
    reset.write("5")  # the peak starts anew
before = status("VmRSS")
if sys.argv[1] == "ours":
    assert check_clone(*pair, inputs=()).verdict == "independent"
else:
    hand_check(*pair)
print(json.dumps(status("VmHWM") - before))
"""


def test_the_memory(row, request):
    folder = request.path.parent
    ours, theirs = (in_a_process_of_its_own(PEAK, side, folder) for side in ("ours", "theirs"))
    row("400 MB, memory at the peak", f"{ours:.0f} MB", f"{theirs:.0f} MB", ours, 64, " MB")


def test_a_leak_costs_no_more(row, compare):
    model = module(1_000)
    copies = [clone(model) for _ in range(2)]
    copies[1].weights = model.weights
    report = check_clone(model, copies[1], inputs=())
    assert len(report.leaks) == 1
    assert "1000 variables" in str(report).replace(",", "")
    assert check_clone(model, copies[0], inputs=()).verdict == "independent"
    compare(
        "1,000 variables leak / no leak",
        lambda: check_clone(model, copies[1], inputs=()),
        lambda: check_clone(model, copies[0], inputs=()), 1.2, rounds=9,
    )  # fmt: skip
