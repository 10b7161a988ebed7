"""What TensorFlow and Keras draw is repeated by Hypothesis, and nothing outside changes by it."""

from __future__ import annotations

import gc
import importlib
import itertools
import random
import subprocess
import sys

import keras
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from tensorflow.python.eager import context as eager_context
from tensorflow.python.ops import stateful_random_ops

import pytest_tfpclone
from pytest_tfpclone import randomness, strategies

QUICK = settings(
    deadline=None, database=None, phases=[Phase.generate, Phase.shrink], max_examples=30,
    derandomize=True,
)  # fmt: skip


@pytest.fixture(autouse=True)
def _as_before():
    """Leave the other tests a TensorFlow and a Keras as they were."""
    states = [each.getstate() for each in randomness.RANDOMS]
    yield
    for each, state in zip(randomness.RANDOMS, states, strict=True):
        each.setstate(state)


def unseeded():
    for each in randomness.RANDOMS:
        each.setstate(None)


def eager():
    return float(tf.random.normal([]))


def with_an_operations_seed():
    return float(tf.random.normal([], seed=3))


def sample():
    return float(tfp.distributions.Normal(0.0, 1.0).sample())


def sample_with_an_integer():
    return float(tfp.distributions.Normal(0.0, 1.0).sample(seed=5))


def dropout():
    return float(tf.reduce_sum(tf_keras.layers.Dropout(0.5)(tf.ones([64]), training=True)))


def global_generator():
    return float(tf.random.get_global_generator().normal([]))


def initializer():
    return float(tf_keras.initializers.GlorotNormal()([1, 1])[0, 0])


def keras_random():
    return float(keras.random.normal([]))


def shuffled():
    dataset = tf.data.Dataset.range(99).shuffle(99)
    return float(next(dataset.as_numpy_iterator()))


def traced():
    return float(tf.function(lambda: tf.random.normal([]))())


DRAWS = [
    eager,
    with_an_operations_seed,
    sample,
    sample_with_an_integer,
    dropout,
    global_generator,
    initializer,
    keras_random,
    shuffled,
    traced,
]


@pytest.mark.parametrize("draw", DRAWS)
def test_each_example_draws_the_same(draw):
    seen = []

    @QUICK
    @given(number=st.integers())
    def prove(number):
        seen.append((draw(), draw()))

    prove()
    assert len(seen) > 5
    assert len(set(seen)) == 1
    # A new function counts its draws anew.
    assert (seen[0][0] == seen[0][1]) == (draw is traced)


@pytest.mark.parametrize("algorithm", ["philox", "threefry"])
@pytest.mark.parametrize("seed", [0, 5, 2**32 - 1])
def test_the_global_generator_is_seeded_as_by_its_own_method(seed, algorithm):
    generator = tf.random.Generator.from_seed(7, alg=algorithm)
    tf.random.set_global_generator(generator)
    managed = randomness.GlobalGenerator()

    def state_is_that_of(seed):
        expected = tf.random.create_rng_state(seed, algorithm)
        assert generator.state.numpy().tolist() == expected.numpy().tolist()

    before = managed.getstate()

    managed.seed(seed)
    assert tf.random.get_global_generator() is generator
    state_is_that_of(seed)
    generator.reset_from_seed(seed + 1)

    managed.setstate(before)
    state_is_that_of(7)


def chance(number):
    """Fail for some numbers, by what the process draws after as many draws."""
    assert max(eager() for _ in range(number + 1)) < 1.0


def test_a_failure_that_depends_on_chance_is_replayed_and_shrunk():
    shrunk = []

    @QUICK
    @given(number=st.integers(0, 50))
    def prove(number):
        shrunk.append(number)
        chance(number)

    with pytest.raises(AssertionError):
        prove()
    # The smallest number that fails: one fewer draw passes.
    tf.random.set_seed(0)
    draws = [eager() for _ in range(51)]
    assert shrunk[-1] == next(index for index, draw in enumerate(draws) if draw >= 1.0)


def test_without_it_such_a_test_is_flaky(monkeypatch):
    seeds = itertools.count()

    def seed(self, seed):
        eager_context.set_global_seed(next(seeds))

    monkeypatch.setattr(randomness.EagerSeeds, "seed", seed)

    @settings(QUICK, max_examples=200)
    @given(number=st.integers())
    def prove(number):
        assert eager() < 1.5

    with pytest.raises(Flaky):
        prove()


@QUICK
@given(number=st.integers())
def use_everything(number):
    for draw in DRAWS:
        draw()
    tf_keras.utils.set_random_seed(number % 100)
    tf.random.set_global_generator(tf.random.Generator.from_seed(7))
    keras.utils.clear_session(free_memory=False)


def test_the_users_stream_goes_on_as_if_nothing_had_been():
    def stream(meanwhile):
        tf.random.set_seed(7)
        before = [eager() for _ in range(3)]
        meanwhile()
        return before + [eager() for _ in range(3)]

    assert stream(lambda: None) == stream(use_everything)


def test_so_it_does_with_the_seed_that_hypothesis_takes():
    @QUICK
    @given(number=st.integers())
    def draw_further(number):
        assert [eager() for _ in range(9)]

    def stream(meanwhile):
        tf.random.set_seed(0)
        before = [eager() for _ in range(3)]
        meanwhile()
        return before + [eager() for _ in range(3)]

    assert stream(lambda: None) == stream(draw_further)


def test_what_was_unseeded_is_unseeded_again():
    unseeded()
    use_everything()
    context = eager_context.context()
    assert context._seed is None
    assert not hasattr(context, "_rng")
    assert stateful_random_ops.global_generator is None
    assert [each.getstate() for each in randomness.RANDOMS[1:]] == [None, None, None]
    assert eager() != eager()


def test_the_global_generator_is_put_back():
    generator = tf.random.Generator.from_seed(11)
    tf.random.set_global_generator(generator)
    before = generator.state.numpy().tolist()
    use_everything()
    assert tf.random.get_global_generator() is generator
    assert generator.state.numpy().tolist() == before


@pytest.mark.usefixtures("seeds_of_tf_keras")
def test_the_seeds_of_keras_are_put_back():
    tf_keras.utils.set_random_seed(5)
    tf_keras.initializers.GlorotNormal()([1, 1])
    keras.random.normal([])
    ours, theirs = randomness.TfKerasSeeds(), randomness.KerasSeeds()
    before = ours.getstate(), theirs.getstate()
    use_everything()
    after = ours.getstate(), theirs.getstate()
    assert after[0] == before[0]
    assert after[1][0] is before[1][0]
    assert after[1][1].tolist() == before[1][1].tolist()


@pytest.mark.usefixtures("seeds_of_tf_keras")
@pytest.mark.parametrize("each", randomness.RANDOMS, ids=lambda each: type(each).__name__)
def test_a_state_can_be_put_back_twice(each):
    tf_keras.utils.set_random_seed(5)
    tf.random.get_global_generator()
    keras.random.normal([])
    state = each.getstate()
    drawn = []
    for _ in range(2):
        each.setstate(state)
        drawn.append((eager(), global_generator(), keras_random(), initializer()))
    index = randomness.RANDOMS.index(each)
    order = (0, 1, 3, 2)
    assert drawn[0][order[index]] == drawn[1][order[index]]


def test_seeds_differ():
    drawn = []
    for seed in (0, 1, 2**32 - 2):
        for each in randomness.RANDOMS:
            each.seed(seed)
        random.seed(seed)
        drawn.append((eager(), global_generator(), sample(), initializer(), keras_random()))
    assert all(len(set(draws)) == 3 for draws in zip(*drawn, strict=True))


def test_st_random_module_varies_them():
    seen = set()

    @QUICK
    @given(seed=st.random_module())
    def prove(seed):
        seen.add((seed.seed, eager()))

    prove()
    assert len(seen) > 5
    assert len({seed for seed, _ in seen}) == len({draw for _, draw in seen}) == len(seen)


def test_registering_again_changes_nothing():
    from hypothesis.internal.entropy import RANDOMS_TO_MANAGE

    def ours():
        return [type(each) for each in RANDOMS_TO_MANAGE.values() if each in randomness.RANDOMS]

    before = ours()
    randomness.register()
    gc.collect()
    assert ours() == before
    assert len(before) == len(randomness.RANDOMS)


def test_strategies_that_are_imported_again_register_the_same_ones(monkeypatch):
    # As in-process runs of pytest do: two of a kind would put back what the first has seeded.
    from hypothesis.internal.entropy import RANDOMS_TO_MANAGE

    monkeypatch.setattr(pytest_tfpclone, "strategies", strategies)  # to come back
    monkeypatch.delitem(sys.modules, "pytest_tfpclone.strategies")
    importlib.import_module("pytest_tfpclone.strategies")
    kinds = [type(each).__name__ for each in RANDOMS_TO_MANAGE.values()]
    assert all(kinds.count(type(each).__name__) == 1 for each in randomness.RANDOMS)


def test_nothing_is_loaded_and_nothing_started_because_of_it():
    script = """
import sys
from hypothesis import given, strategies as st
from pytest_tfpclone import strategies

@given(number=st.integers())
def prove(number):
    pass

prove()
assert "tensorflow" not in sys.modules and "keras" not in sys.modules
import tensorflow as tf
prove()
from tensorflow.python.eager import context
assert context.context()._context_handle is None
cpu = tf.config.list_physical_devices("CPU")[0]
two = [tf.config.LogicalDeviceConfiguration() for _ in range(2)]
tf.config.set_logical_device_configuration(cpu, two)
assert context.context()._seed is None
"""
    subprocess.run([sys.executable, "-c", script], check=True)
