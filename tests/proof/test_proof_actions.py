"""Actions: what a user does with one side must change that side only, and both alike."""

from __future__ import annotations

import random

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone import check_clone, clone
from pytest_tfpclone.proof.actions import act
from pytest_tfpclone.proof.effects import compare
from pytest_tfpclone.words import called


class Counter:
    def __init__(self, count=0):
        self.count = tf.Variable(count)
        self.log = []
        self.run = self.step

    def step(self):
        self.count.assign_add(1)
        self.log.append(1)


def step(model):
    model.run()


def rebind(model, target):
    """Make a model act on another one, as a tf.function does that holds a bound method."""
    model.run = target.step
    return model


def kinds(report):
    return {leak.kind for leak in report.leaks}


def test_a_clone_that_acts_on_itself():
    original, clone = Counter(), Counter()
    report = check_clone(original, clone, actions=[step])
    assert report.verdict == "independent"
    assert (int(original.count), int(clone.count)) == (0, 0)
    assert (original.log, clone.log) == ([], [])


class Agent(tf.Module):
    def __init__(self):
        super().__init__()
        self.rate = tf.Variable(1.0)
        self.train = tf.function(self._train)

    def _train(self):
        self.rate.assign_add(1.0)


def train(agent):
    agent.train()


def test_a_clone_whose_training_trains_the_original():
    original = Agent()
    clone = Agent()
    clone.train = tf.function(original._train)
    report = check_clone(original, clone, actions=[train])
    assert report.verdict == "shared"
    (leak,) = report.leaks
    assert leak.original == "original.train.python_function.__self__"
    assert report.differences == ()
    assert float(original.rate) == 1.0


def test_agents_of_their_own():
    assert check_clone(Agent(), Agent(), actions=[train]).verdict == "independent"


def unseen():
    """Return a function that hides a value where no walk looks: behind framework code."""
    namespace = {"__name__": "functools"}
    code = """
TABLE = {}
def hide(value):
    key = object()
    TABLE[key] = value
    return lambda: TABLE[key]
"""
    exec(code, namespace)
    return namespace["hide"]


hide = unseen()


class Remote(Counter):
    def __init__(self, target=None):
        super().__init__()
        self.target = hide(target or self)
        self.run = None

    def act(self):
        self.target().step()


def remote(model):
    model.act()


def test_an_action_that_crosses_over_unseen_is_one_leak():
    original = Remote()
    report = check_clone(original, Remote(original), actions=[remote])
    (leak,) = report.leaks
    assert leak.kind == "action"
    assert leak.evidence.startswith("remote(clone) changed original.count: 0 became 1")
    assert int(original.count) == 0
    assert original.log == []


def test_an_action_of_the_original_that_crosses_over():
    clone = Remote()
    report = check_clone(Remote(clone), clone, actions=[remote])
    (leak,) = report.leaks
    assert leak.evidence.startswith("remote(original) changed clone.count: 0 became 1")


def test_two_that_act_on_each_other_are_one_leak():
    original, clone = Remote(), Remote()
    original.target, clone.target = hide(clone), hide(original)
    (leak,) = check_clone(original, clone, actions=[remote]).leaks
    assert (leak.original, leak.clone) == ("original.count", "clone.count")
    assert leak.evidence == (
        "remote(original) changed clone.count: 0 became 1, and 1 more cells; "
        "remote(clone) changed original.count: 0 became 1, and 1 more cells"
    )


def test_a_container_that_crosses_over():
    class Logger:
        def __init__(self, target=None):
            self.log = []
            self.target = hide(self.log if target is None else target)

        def act(self):
            self.target().append(1)

    original = Logger()
    report = check_clone(original, Logger(original.log), actions=[remote])
    (leak,) = report.leaks
    assert leak.original == "original.log"
    assert leak.clone == "clone"
    assert original.log == []
    assert check_clone(Logger(), Logger(), actions=[remote]).verdict == "independent"


def test_shared_state_is_not_reported_again_for_an_action():
    original, clone = Counter(), Counter()
    clone.count = original.count
    report = check_clone(original, clone, actions=[step])
    assert [leak.kind for leak in report.leaks] == ["same object"]


def test_what_follows_from_sharing_is_not_reported_as_another_effect():
    class Model:
        def __init__(self, shared):
            self.shared = shared
            self.count = tf.Variable(0)
            self.log = [0]

    def move(model):
        model.shared[0].log.append(1)

    original, copied = Model([]), Model([])
    original.shared.append(original)
    copied.shared.append(original)
    report = check_clone(original, copied, actions=[move])
    assert report.leaks
    assert not any(each.kind == "action" for each in report.differences), str(report)


def test_state_that_is_declared_shared_may_be_acted_on():
    original, clone = Counter(), Counter()
    clone.count = original.count
    report = check_clone(original, clone, actions=[step], shared=["count"])
    assert report.leaks == ()


def test_state_that_is_ignored_may_be_acted_on():
    original, clone = Counter(), Counter()
    clone.count = original.count
    report = check_clone(original, clone, actions=[step], ignore=["count"])
    assert report.leaks == ()


def test_a_clone_that_raises_at_its_next_step():
    class Broken(Counter):
        broken = False

        def step(self):
            if self.log:
                raise ValueError("no slot for this variable")
            super().step()

    original, clone = Counter(), Counter()
    clone.run = Broken().step
    clone.run.__self__.log.append(1)
    report = check_clone(original, clone, actions=[step])
    actions = [each for each in report.differences if each.kind == "action"]
    assert [(each.path, each.detail) for each in actions] == [
        ("clone", "step raised ValueError: no slot for this variable")
    ]


def test_an_action_that_raises_on_the_original_is_misuse():
    def broken(model):
        model.count.assign(5)
        raise KeyError("missing")

    original = Counter()
    with pytest.raises(
        ValueError, match="actions: broken raised on the original: KeyError"
    ) as caught:
        check_clone(original, Counter(), actions=[broken])
    assert isinstance(caught.value.__cause__, KeyError)
    assert int(original.count) == 0


def test_an_action_with_another_effect_on_the_clone():
    class Model:
        def __init__(self, by):
            self.count = tf.Variable(0)
            self.by = hide(by)

        def act(self):
            self.count.assign_add(self.by())

    report = check_clone(Model(1), Model(2), actions=[remote])
    assert [(each.kind, each.path, each.detail) for each in report.differences] == [
        ("action", "original.count", "after remote: 1 on the original, 2 on the clone")
    ]
    assert check_clone(Model(1), Model(1), actions=[remote]).verdict == "independent"
    assert check_clone(Model(1), Model(2), actions=[remote], equal=False).differences == ()


def test_what_no_action_changes_is_no_effect():
    """What may differ from the start, such as the seed of a used initializer, is no news."""
    layers = [tf_keras.layers.Dense(1), tf_keras.layers.Dense(1)]
    for layer in layers:
        layer.build((None, 2))
    layers[1].set_weights(layers[0].get_weights())
    seeds = {layer.kernel_initializer._random_generator._seed for layer in layers}
    assert len(seeds) == 2
    report = check_clone(*layers, actions=[lambda layer: layer.bias.assign([3.0])])
    assert report.equal, str(report)


def test_state_that_an_action_makes_on_one_side_only():
    class Model:
        def __init__(self, makes):
            self.made = {}
            self.makes = hide(makes)

        def act(self):
            if self.makes():
                self.made["new"] = tf.Variable(1.0)

    report = check_clone(Model(True), Model(False), actions=[remote])
    assert [(each.path, each.detail) for each in report.differences] == [
        ("original.made['new']", "after remote: 1 after the action on the original only")
    ]
    report = check_clone(Model(False), Model(True), actions=[remote])
    assert "on the clone only" in report.differences[0].detail


def compiled():
    model = tf_keras.Sequential(
        [
            tf_keras.Input((2,)),
            tf_keras.layers.Dense(1, kernel_initializer="ones"),
            tfp.layers.DistributionLambda(lambda t: tfp.distributions.Normal(t, 1.0)),
        ]
    )
    model.compile(tf_keras.optimizers.Adam(0.1), lambda y, d: -d.log_prob(y), run_eagerly=True)
    return model


def fit(model):
    model.train_on_batch(np.ones((4, 2), "f4"), np.zeros((4, 1), "f4"))


def test_training_a_keras_model_and_its_clone():
    original, clone = compiled(), compiled()
    fit(original)
    fit(clone)
    report = check_clone(original, clone, actions=[fit])
    assert report.verdict == "independent"
    twin = compiled()
    for model in (twin, twin, original):
        fit(model)
    assert original.layers[0].kernel.numpy().tobytes() == twin.layers[0].kernel.numpy().tobytes()


def test_an_optimizer_that_starts_anew_is_found():
    original, clone = compiled(), compiled()
    fit(original)
    clone.set_weights(original.get_weights())
    report = check_clone(original, clone, actions=[fit])
    assert report.verdict == "unequal"


def test_actions_draw_alike_on_both_sides_and_leave_generators_alone():
    drawn = []

    def draw(model):
        drawn.append(
            (
                random.random(), float(np.random.normal()), float(tf.random.normal([])),
                float(tfp.distributions.Normal(0.0, 1.0).sample()),
            )
        )  # fmt: skip

    states = random.getstate(), np.random.get_state()[1].tolist()
    check_clone(Counter(), Counter(), actions=[draw], seed=4)
    assert drawn[0] == drawn[1]
    assert (random.getstate(), np.random.get_state()[1].tolist()) == states
    check_clone(Counter(), Counter(), actions=[draw], seed=5)
    assert drawn[2] != drawn[0]


def weights_of_a_new_layer():
    layer = tf_keras.layers.Dense(1)
    layer.build((None, 3))
    return np.ravel(layer.kernel).tolist()


def normal_of_keras():
    return np.ravel(keras.random.normal((2,))).tolist()


@pytest.mark.usefixtures("seeds_of_tf_keras")
@pytest.mark.parametrize(
    ("backend", "draw"), [(tf_keras, weights_of_a_new_layer), (keras, normal_of_keras)]
)
def test_actions_draw_alike_after_set_random_seed(backend, draw):
    """Keras draws from a generator of its own then."""
    backend.utils.set_random_seed(2)
    expected = draw(), draw()
    backend.utils.set_random_seed(2)
    assert draw() == expected[0]
    drawn = []
    check_clone(Counter(), Counter(), actions=[lambda model: drawn.append(draw())])
    assert drawn[0] == drawn[1]
    assert draw() == expected[1]


def test_several_actions_each_start_from_the_given_state():
    seen = []

    def look(model):
        seen.append(int(model.count))
        model.step()

    check_clone(Counter(), Counter(), actions=[look, look])
    assert seen == [0, 0, 0, 0]


def test_one_action_alone_needs_no_list():
    assert check_clone(Counter(), Counter(), actions=step).verdict == "independent"


@pytest.mark.parametrize("actions", [3, [3], "fit", None, [None]])
def test_what_is_no_action(actions):
    with pytest.raises(TypeError, match="actions must be functions of one argument, the model"):
        check_clone(Counter(), Counter(), actions=actions)


def test_names():
    assert called(step) == "step"
    assert called(lambda model: None) == "<lambda>"

    class Step:
        def __call__(self, model):
            pass

    assert called(Step()) == "Step"


def test_an_interrupted_action_gives_everything_back():
    def interrupted(model):
        model.step()
        model.extra = tf.Variable(1.0)
        raise KeyboardInterrupt

    original, clone = Counter(), Counter()
    with pytest.raises(KeyboardInterrupt):
        check_clone(original, clone, actions=[interrupted])
    assert int(original.count) == 0
    assert original.log == []
    assert not hasattr(original, "extra")


def test_acting_alone():
    original, clone = Counter(), Counter()
    acted = act(step, original, clone, "clone", 0)
    assert acted.crossed == []
    assert acted.error is None
    assert acted.effects.text(".count") == "1"
    assert list(compare(acted.effects, act(step, clone, original, "original", 0).effects)) == []


def test_a_trace_that_the_original_has_and_the_clone_lacks_is_no_difference():
    class Noisy(tf.Module):
        def __init__(self):
            self.rate = tf.Variable(1.0)
            self.step = tf.function(self.add_noise)

        def add_noise(self):
            self.rate.assign_add(tf.random.normal([]))

    original = Noisy()
    original.step()
    twin = Noisy()
    twin.rate.assign(original.rate)
    traces = len(original.step._list_all_concrete_functions())
    report = check_clone(original, twin, inputs=(), actions=[lambda model: model.step()])
    assert report.equal, str(report)
    assert len(original.step._list_all_concrete_functions()) == traces == 1


@pytest.mark.parametrize("fitted", [False, True])
def test_a_layer_that_draws_numbers_trains_alike_on_a_clone(fitted):
    model = tf_keras.Sequential(
        [tf_keras.layers.Dense(2, input_shape=(3,)), tf_keras.layers.Dropout(0.5, seed=3)]
    )
    model.compile("sgd", "mse")
    batch = np.ones((4, 3), "float32"), np.zeros((4, 2), "float32")
    if fitted:
        model.train_on_batch(*batch)
    trained = model.train_function
    report = check_clone(model, clone(model), actions=[lambda each: each.train_on_batch(*batch)])
    assert report.independent, str(report)
    assert report.equal, str(report)
    assert model.train_function is trained
