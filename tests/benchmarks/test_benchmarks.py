"""How fast the check is, beside what people write by hand. Run by ``tox -e bench``.

Both sides are measured in one run, alternating, and the ratio of their medians is
printed; every benchmark asserts the verdict that it times.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone import check_clone, clone


def alternating(first, second, rounds):
    """Return the medians of two functions' seconds, measured in turn."""
    times = ([], [])
    for _ in range(rounds):
        for function, seconds in zip((first, second), times, strict=True):
            started = time.perf_counter()
            function()
            seconds.append(time.perf_counter() - started)
    return [statistics.median(seconds) for seconds in times]


def hand_check(original, copy):
    """Check as people do by hand: copy one side, write to the other, compare, restore."""
    for written, watched in ((original, copy), (copy, original)):
        before = [variable.numpy() for variable in watched.variables]
        saved = [variable.numpy() for variable in written.variables]
        for variable in written.variables:
            variable.assign(variable + tf.ones_like(variable))
        after = [variable.numpy() for variable in watched.variables]
        for variable, value in zip(written.variables, saved, strict=True):
            variable.assign(value)
        for old, new in zip(before, after, strict=True):
            np.testing.assert_array_equal(old, new)


def small_model():
    model = tf_keras.Sequential(
        [
            tf_keras.layers.Dense(8, input_shape=(4,)),
            tf_keras.layers.Dense(2),
            tfp.layers.DistributionLambda(
                lambda t: tfp.distributions.Normal(t[..., :1], 1.0 + tf.nn.softplus(t[..., 1:]))
            ),
        ]
    )
    model.compile("adam", lambda y, d: -d.log_prob(y), run_eagerly=True)
    model.train_on_batch(np.ones((4, 4), "f"), np.ones((4, 1), "f"))
    return model


@pytest.fixture
def report(capsys):
    def report(name, ours, theirs, other):
        with capsys.disabled():
            ratio = f"{ours / theirs:.2f} times"
            print(f"\n{name}: {ours * 1e3:.1f} ms, {ratio} {other} ({theirs * 1e3:.1f} ms)")

    return report


@pytest.mark.parametrize("inputs", [(), None], ids=["without outputs", "with outputs"])
def test_a_small_model(inputs, report):
    model = small_model()
    copy = clone(model)
    assert check_clone(model, copy, inputs=inputs).verdict == "independent"
    ours, theirs = alternating(
        lambda: check_clone(model, copy, inputs=inputs), lambda: hand_check(model, copy), rounds=20
    )
    report(f"check of a small model, inputs={inputs}", ours, theirs, "hand_check")


def test_a_clone_of_a_small_model(report):
    model = small_model()
    assert check_clone(model, clone(model)).verdict == "independent"

    def by_keras():
        from tf_keras.src.saving.serialization_lib import SafeModeScope

        with SafeModeScope(False):
            copy = tf_keras.models.clone_model(model)
        copy.set_weights(model.get_weights())

    report("clone", *alternating(lambda: clone(model), by_keras, rounds=20), "clone_model")


LARGE = """
import resource, sys, time
import tensorflow as tf
from pytest_tfpclone import check_clone, clone

model = tf.Module()
model.weights = [tf.Variable(tf.random.stateless_normal([10_000_000], [0, i])) for i in range(10)]
clone(tf.Module())  # imports

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

def copy():
    return [tf.Variable(weight.numpy().copy()) for weight in model.weights]

def measured(make):
    started, before = time.perf_counter(), peak()
    made = make()
    return made, time.perf_counter() - started, peak() - before

made, seconds, growth = measured({"clone": lambda: clone(model), "copy": copy}[sys.argv[1]])
if sys.argv[1] == "clone":
    assert check_clone(model, made, inputs=()).verdict == "independent"
print(seconds, growth)
"""


def test_a_clone_of_400_megabytes(capsys):
    """The peak of a process only grows, so that each side has processes of its own."""

    def run(side):
        command = [sys.executable, "-c", LARGE, side]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return [float(number) for number in done.stdout.split()[-2:]]

    runs = [(run("clone"), run("copy")) for _ in range(3)]
    for name, unit, place in (("seconds", "s", 0), ("memory", "MB", 1)):
        ours, theirs = (statistics.median(each[side][place] for each in runs) for side in (0, 1))
        with capsys.disabled():
            print(
                f"\nclone of 400 MB, {name}: {ours:.2f} {unit}, {ours / theirs:.2f} times "
                f"copying the weights once ({theirs:.2f} {unit})"
            )


@pytest.mark.parametrize(
    "arguments", [("--version",), ("test_nothing.py",)], ids=["version", "run"]
)
def test_start_up(arguments, report, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "test_nothing.py").write_text("def test_nothing(): pass\n")

    def start(*options):
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=True)
        assert "error" not in done.stdout

    ours, theirs = alternating(start, lambda: start("-p", "no:tfpclone"), rounds=30)
    report(f"pytest {arguments[0]}, plugin loaded", ours, theirs, "-p no:tfpclone")
