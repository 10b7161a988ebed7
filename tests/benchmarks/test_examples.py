"""What random examples cost a process: time that grows, and memory that stays.

Each side runs in a process of its own, since what stays can't be given back.
"""

from __future__ import annotations

from rivals import in_a_process_of_its_own

CODE = """
import gc, json, statistics, sys, time
from hypothesis import Phase, given, seed, settings
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras
from pytest_tfpclone import check_clone, clone, strategies
from pytest_tfpclone.architectures import Dense, Normal, Sequential

side, trained, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

def megabytes():
    gc.collect()
    with open("/proc/self/statm") as pages:
        return int(pages.read().split()[1]) * 4096 / 2**20

def ours():
    options = {"trained": [0]}
    if trained:  # the models of the other side
        options = {"models": [Sequential], "layers": [Dense], "heads": [Normal],
                   "captures": [None], "compiled": ["adam"], "trained": [1]}
    @seed(0)
    @settings(max_examples=count, deadline=None, database=None, phases=[Phase.generate])
    @given(strategies.architectures(**options))
    def run(architecture):
        def example():
            model = architecture.build()
            if not trained:
                report = check_clone(model, clone(model))
                assert report.verdict == "independent", str(report)
        timed(example)
    run()

def theirs():
    for index in range(count):
        def example():
            model = tf_keras.Sequential([
                tf_keras.layers.Dense(2, input_shape=(2,)),
                tfp.layers.DistributionLambda(
                    lambda t: tfp.distributions.Normal(t, 1.0),
                    convert_to_tensor_fn=tfp.distributions.Distribution.mean),
            ])
            model.compile("adam", lambda y, d: -d.log_prob(y), run_eagerly=True)
            model.train_on_batch(tf.ones([4, 2]), tf.ones([4, 2]))
        timed(example)

seconds, memory = [], []
def timed(example):
    started = time.perf_counter()
    example()
    seconds.append(time.perf_counter() - started)
    if len(seconds) in (20, count):
        memory.append(megabytes())

{"ours": ours, "theirs": theirs}[side]()
first, last = seconds[20 : 20 + count // 5], seconds[-(count // 5) :]
print(json.dumps({
    "growth": memory[-1] - memory[0], "examples": len(seconds) - 20,
    "first": statistics.median(first), "last": statistics.median(last), "total": sum(seconds),
}))
"""


def measured(side, *, trained, count):
    return in_a_process_of_its_own(CODE, side, int(trained), count)


def shown(seconds):
    return f"{seconds * 1e3:.0f} ms"


def test_500_untrained_examples_of_one_process(row):
    cost = measured("ours", trained=False, count=500)
    stays, slower = cost["growth"], cost["last"] / cost["first"]
    row("500 untrained examples, stays", f"{stays:.0f} MB", "", stays, 200, " MB")
    row("  last hundred / first hundred", shown(cost["last"]), shown(cost["first"]), slower, 1.1)
    assert cost["growth"] < 200


def test_trained_examples_beside_a_loop_without_us(row):
    ours, theirs = (measured(side, trained=True, count=120) for side in ("ours", "theirs"))
    ratio = ours["growth"] / theirs["growth"]
    shown_growth = [f"{each['growth']:.1f} MB" for each in (ours, theirs)]
    row("100 trained examples, stays / loop", *shown_growth, ratio, 1.5)
    assert ratio < 1.5
