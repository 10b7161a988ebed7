"""Outputs: how a model is run, and what counts as an equal output."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone import check_clone, clone
from pytest_tfpclone.proof.inputs import BATCH, UNKNOWN, probe_inputs
from pytest_tfpclone.proof.outputs import CannotRun, Output, Probe
from pytest_tfpclone.state.sampling import seeded_sampling

tfd, tfb, tfpl = tfp.distributions, tfp.bijectors, tfp.layers


class Affine:
    def __init__(self, rate, shift=0.0):
        self.rate = tf.Variable(rate)
        self.shift = shift

    def __call__(self, x):
        return self.rate * x + self.shift


def output(value):
    return Probe(lambda x: value, tf.constant(1.0), 0).run(lambda x: value)


def difference(left, right):
    return output(left).difference(output(right))


@pytest.mark.parametrize(
    "value",
    [
        lambda: tf.constant([1.0, 2.0]),
        lambda: {"a": tf.constant(1), "b": [tf.constant(2.0), (3,)]},
        lambda: None,
        lambda: np.array([np.nan, np.inf, 1.0]),
        lambda: tfd.Normal([0.0, 1.0], 2.0),
        lambda: tfd.MixtureSameFamily(
            tfd.Categorical([0.1, 0.2]), tfd.Normal([0.0, 1.0], [1.0, 2.0])
        ),
        lambda: tfd.TransformedDistribution(tfd.Normal(0.0, 1.0), tfb.Exp()),
        lambda: tfd.Independent(tfd.Normal([0.0, 1.0], 1.0), 1),
        lambda: tf.constant(["a"]),
        lambda: "a text",
    ],
)
def test_equal_outputs(value):
    assert difference(value(), value()) is None


@pytest.mark.parametrize(
    ("left", "right", "words"),
    [
        (lambda: tf.constant([1.0, 2.0]), lambda: tf.constant([1.0, 2.5]), "2 became 2.5"),
        (lambda: tf.constant(1), lambda: tf.constant(2), "[1] became [2]"),
        (lambda: tf.constant(1.0), lambda: tf.constant(1), "float32 became int32"),
        (lambda: tf.zeros([2]), lambda: tf.zeros([2, 1]), "shape [2] became [2, 1]"),
        (lambda: tf.zeros([2]), lambda: None, "output (tensor) is no longer there"),
        (
            lambda: [tf.zeros([])],
            lambda: (tf.zeros([]), tf.zeros([])),
            "output[1] (tensor) is there as well",
        ),
        (lambda: {"a": 1}, lambda: {"b": 1}, "output['a'] (tensor) became output['b'] (tensor)"),
        (lambda: tf.constant(float("nan")), lambda: tf.constant(1.0), "nan became 1"),
        (lambda: tfd.Normal(0.0, 1.0), lambda: tf.zeros([]), "normal.Normal"),
        (lambda: tfd.Normal(0.0, 1.0), lambda: tfd.Laplace(0.0, 1.0), "Laplace"),
        (lambda: tfd.Normal(0.0, 1.0), lambda: tfd.Normal(0.0, 2.0), "output.scale: 1 became 2"),
    ],
)
def test_other_outputs(left, right, words):
    assert words in difference(left(), right())


def test_the_structure_of_a_sequence_counts():
    assert difference([tf.zeros([])], [tf.zeros([]), tf.zeros([])]) is not None
    assert difference([tf.zeros([]), tf.zeros([])], [tf.zeros([])]) is not None


@pytest.mark.parametrize(
    ("dtype", "factor", "same"),
    [
        ("float32", 32, True),
        ("float32", 128, False),
        ("float64", 32, True),
        ("float64", 128, False),
    ],
)
def test_numbers_are_equal_within_64_eps_of_the_scale(dtype, factor, same):
    values = np.array([1000.0, 1.0], dtype)
    moved = values + np.array([0, factor * np.finfo(dtype).eps * 1000], dtype)
    assert (difference(values, moved) is None) is same


def test_zeros_are_compared_exactly():
    assert difference(np.zeros(2), np.array([0, 1e-30])) is not None


def test_infinities():
    assert difference(np.array([np.inf]), np.array([np.inf])) is None
    assert difference(np.array([np.inf]), np.array([-np.inf])) is not None
    assert difference(np.array([np.inf, 1.0]), np.array([1.0, 1.0])) is not None


def test_the_gradient_estimator_of_a_distribution_counts():
    left, right = tfd.Normal(0.0, 1.0), tfd.Normal(0.0, 1.0)
    right._reparameterization_type = tfd.NOT_REPARAMETERIZED
    assert "reparameterization_type" in difference(left, right)


def test_a_singleton_that_became_a_copy():
    import copy

    left, right = tfd.Normal(0.0, 1.0), tfd.Normal(0.0, 1.0)
    right._reparameterization_type = copy.copy(tfd.FULLY_REPARAMETERIZED)
    assert "itself became a copy of it" in difference(left, right)


def test_densities_are_compared_where_parameters_do_not_show_a_difference():
    class Shifted(tfd.Normal):
        def __init__(self, by):
            super().__init__(0.0, 1.0)
            self.by = by
            self._parameters = {}

        def _log_prob(self, x):
            return super()._log_prob(x) + self.by

    assert difference(Shifted(0.0), Shifted(0.0)) is None
    assert difference(Shifted(0.0), Shifted(1.0)).startswith("output.log_prob")


def test_the_tensor_like_wrapper_of_a_layers_output_has_the_name_of_its_distribution():
    layer = tfpl.DistributionLambda(lambda t: tfd.Normal(t, 1.0))
    model = tf_keras.Sequential([tf_keras.Input((1,)), layer])
    seen = Probe(model, None, 0).run(model)
    assert any(name == "output (normal.Normal)" for name, _ in seen.parts)


def test_given_inputs():
    model = Affine(2.0)
    for inputs in (tf.constant(3.0), (tf.constant(3.0),)):
        ((_, value),) = Probe(model, inputs, 0).run(model).parts
        assert value == 6.0
    assert not Probe(model, (), 0).runs
    assert not Probe(model, None, 0).runs


def test_several_arguments():
    def model(x, y):
        return x - y

    ((_, value),) = Probe(model, (tf.constant(3.0), tf.constant(1.0)), 0).run(model).parts
    assert value == 2.0


def test_a_model_can_not_change_the_inputs_of_the_next_run():
    def model(x):
        x[:] = 7
        return x

    given = np.zeros(2)
    probe = Probe(model, given, 0)
    assert probe.run(model).difference(probe.run(model)) is None
    assert given.tolist() == [0, 0]


def test_distributions_and_bijectors_need_no_inputs():
    for model in (
        tfd.Normal(tf.Variable(0.0), 1.0),
        tfd.JointDistributionNamed({"a": tfd.Normal(0.0, 1.0), "b": lambda a: tfd.Normal(a, 1.0)}),
        tfb.Scale(tf.Variable(2.0)),
        tfb.Exp(),
        tfp.util.DeferredTensor(tf.Variable(1.0), tf.exp),
        tfp.util.TransformedVariable(1.0, tfb.Exp()),
    ):
        probe = Probe(model, None, 0)
        assert probe.runs
        assert probe.run(model).parts
        assert probe.run(model).difference(probe.run(model)) is None


def test_a_model_that_raises():
    def model(x):
        raise ZeroDivisionError("first line\nsecond line")

    with pytest.raises(CannotRun, match=r"^ZeroDivisionError: first line$"):
        Probe(model, tf.constant(1.0), 0).run(model)


def test_what_a_call_writes_is_put_back():
    class Counting:
        def __init__(self):
            self.count = tf.Variable(0.0)
            self.rng = tf.random.Generator.from_seed(1)

        def __call__(self, x):
            self.count.assign_add(1.0)
            return self.count + self.rng.normal([])

    model = Counting()
    probe = Probe(model, tf.constant(1.0), 0)
    assert probe.run(model).difference(probe.run(model)) is None
    assert float(model.count) == 0.0


def test_sampling_repeats_and_leaves_the_global_stream_alone():
    def sampled():
        with seeded_sampling(3):
            return [float(tfd.Normal(0.0, 1.0).sample()) for _ in range(2)]

    tf.random.set_seed(1)
    expected = float(tf.random.normal([]))
    tf.random.set_seed(1)
    first = sampled()
    assert float(tf.random.normal([])) == expected
    assert first == sampled()
    assert first[0] != first[1]


def test_a_seed_that_is_given_is_kept():
    seed = tf.constant([1, 2])
    expected = float(tfd.Normal(0.0, 1.0).sample(seed=seed))
    with seeded_sampling(3):
        assert float(tfd.Normal(0.0, 1.0).sample(seed=seed)) == expected


def test_the_sampler_is_put_back_even_if_the_body_raises():
    from tensorflow_probability.python.internal import samplers

    before = samplers.sanitize_seed
    with pytest.raises(KeyboardInterrupt), seeded_sampling(0):
        raise KeyboardInterrupt
    assert samplers.sanitize_seed is before


def functional(shape, dtype="float32"):
    inputs = tf_keras.Input(shape, dtype=dtype)
    return tf_keras.Model(inputs, tf_keras.layers.Flatten()(inputs))


def test_probe_inputs_of_a_functional_model():
    (made,) = probe_inputs(functional((2, None)), 0)
    assert made.shape == (BATCH, 2, UNKNOWN)
    assert made.dtype == tf.float32
    assert probe_inputs(functional((2,)), 0)[0].numpy().std() > 0.3
    (integers,) = probe_inputs(functional((5,), "int32"), 0)
    assert integers.dtype == tf.int32
    assert set(integers.numpy().ravel()) <= {0, 1}
    assert probe_inputs(functional((5,), "string"), 0) is None


def test_probe_inputs_follow_the_seed():
    model = functional((2,))
    first, again, other = (probe_inputs(model, seed)[0].numpy() for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_probe_inputs_of_several_and_of_named_inputs():
    left, right = tf_keras.Input((1,)), tf_keras.Input((2,))
    both = tf_keras.layers.Concatenate()([left, right])
    (made,) = probe_inputs(tf_keras.Model([left, right], both), 0)
    assert [tuple(each.shape) for each in made] == [(BATCH, 1), (BATCH, 2)]
    (named,) = probe_inputs(tf_keras.Model({"a": left, "b": right}, both), 0)
    assert {key: tuple(each.shape) for key, each in named.items()} == {
        "a": (BATCH, 1), "b": (BATCH, 2),
    }  # fmt: skip


def test_probe_inputs_of_a_layer_and_of_a_subclassed_model():
    layer = tf_keras.layers.Dense(1)
    layer.build((None, 3))
    (made,) = probe_inputs(layer, 0)
    assert made.shape == (BATCH, 3)

    class Model(tf_keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = tf_keras.layers.Dense(1)

        def call(self, x):
            return self.dense(x)

    model = Model()
    assert probe_inputs(model, 0) is None
    model(tf.zeros([1, 5]))
    (made,) = probe_inputs(model, 0)
    assert made.shape == (BATCH, 5)


def test_probe_inputs_of_keras_3():
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    (made,) = probe_inputs(model, 0)
    assert made.shape == (BATCH, 3)
    assert model(made).shape == (BATCH, 1)


def found(report):
    return [(each.kind, each.path) for each in report.differences]


def test_an_output_that_differs_is_a_difference():
    report = check_clone(Affine(1.0, 0.0), Affine(1.0, 1.0), inputs=tf.constant([1.0]))
    assert ("output", "clone(...)") in found(report)
    (detail,) = [each.detail for each in report.differences if each.kind == "output"]
    assert detail == "output (tensor): 1 became 2"
    equal = check_clone(Affine(1.0, 1.0), Affine(1.0, 1.0), inputs=tf.constant([1.0]))
    assert equal.verdict == "independent"
    loose = check_clone(
        Affine(1.0), Affine(2.0), inputs=tf.constant([1.0]), equal=False
    )  # fmt: skip
    assert loose.verdict == "independent"


def test_an_original_that_does_not_repeat_itself_is_a_note():
    calls = []

    class Drifting(Affine):
        def __call__(self, x):
            calls.append(1)
            return x * len(calls)

    report = check_clone(Drifting(1.0), Drifting(1.0), inputs=tf.constant(1.0))
    assert report.differences == ()
    assert any("the original does not repeat itself" in note for note in report.notes)


def test_made_up_inputs_that_raise_are_a_note():
    class Picky(tf_keras.layers.Layer):
        def build(self, shape):
            self.rate = self.add_weight(name="rate")

        def call(self, x):
            if tf.executing_eagerly() and x.shape[0] == BATCH:
                raise ValueError("not this batch")
            return x * self.rate

    models = Picky(), Picky()
    for model in models:
        model.build((None, 2))
        model._build_input_shape = (None, 2)
    report = check_clone(*models, equal=False)
    assert any("made-up inputs raised" in note for note in report.notes)


def test_given_inputs_that_raise_are_misuse():
    class Picky(Affine):
        def __call__(self, x):
            raise ValueError("not this")

    with pytest.raises(
        ValueError, match="inputs: the original raised on them: ValueError: not this"
    ):
        check_clone(Picky(1.0), Picky(1.0), inputs=tf.constant(1.0))


def test_a_clone_that_raises_where_the_original_does_not():
    class Model(Affine):
        broken = False

        def __call__(self, x):
            if self.shift is None:
                raise ValueError("broken")
            return x

    report = check_clone(Model(1.0, 0.0), Model(1.0, None), inputs=tf.constant(1.0))
    details = [each.detail for each in report.differences if each.kind == "output"]
    assert details == ["the clone raises where the original does not: ValueError: broken"]


def test_parts_of_an_output_are_named():
    names = [name for name, _ in output({"b": [tf.zeros([])], "a": tfd.Normal(0.0, 1.0)}).parts]
    assert names[:2] == ["output['a'] (normal.Normal)", "output['a'].reparameterization_type"]
    assert names[-1] == "output['b'][0] (tensor)"


def test_an_empty_output_equals_itself_only():
    assert Output([]).difference(Output([])) is None
    assert Output([]).difference(Output([("a", None)])) == "a is there as well"
    assert Output([("a", None)]).difference(Output([])) == "a is no longer there"


@pytest.mark.parametrize("inputs", [None, np.array([0.5, -0.5], "float32")])
def test_a_surrogate_posterior_is_run_as_the_distribution_that_it_is(inputs):
    build = tfp.experimental.vi.build_factored_surrogate_posterior
    surrogate = build(event_shape=[2], seed=tf.constant([0, 0]))

    report = check_clone(surrogate, clone(surrogate), inputs=inputs)

    assert report.verdict == "independent"
    assert not report.notes
    probe = Probe(surrogate, inputs, 0)
    before = probe.run(surrogate)
    for variable in surrogate.trainable_variables:
        variable.assign(variable + 1.0)
    assert probe.run(surrogate).difference(before) is not None
