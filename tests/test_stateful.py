"""A family of clones: the right cloner passes, and one that turns wrong later is found."""

from __future__ import annotations

import re
import subprocess
import sys
import weakref
from pathlib import Path

import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from pytest_tfpclone import SharedStateError, UnequalCloneError, clone, stateful, strategies
from pytest_tfpclone.architectures import Dense, Normal, Sequential
from pytest_tfpclone.stateful import CloneMachine

README = (Path(__file__).parent.parent / "README.md").read_text()
HOOKS = weakref.WeakKeyDictionary()


def happens(model, event, *args):
    """Run what the cloners below have attached to a model, which nothing in it leads to."""
    for hook in getattr(sys.modules[__name__], "HOOKS").get(model, ()):
        hook(event, *args)


class Net(tf_keras.Sequential):
    def call(self, inputs, training=None, mask=None):
        if training:
            happens(self, "call")
        return super().call(inputs, training=training, mask=mask)

    def train_step(self, data):
        happens(self, "train")
        return super().train_step(data)

    def test_step(self, data):
        happens(self, "evaluate")
        return super().test_step(data)

    def add(self, layer):
        super().add(layer)
        happens(self, "add", layer)

    def _trackable_children(self, *args, **kwargs):
        happens(self, "save")
        return super()._trackable_children(*args, **kwargs)

    @property
    def trainable(self):
        return tf_keras.Sequential.trainable.fget(self)

    @trainable.setter
    def trainable(self, value):
        tf_keras.Sequential.trainable.fset(self, value)
        happens(self, "freeze", value)


class Vocabulary(tf.Module):
    """Holds a table and a generator, and is used by methods of its own."""

    def __init__(self):
        super().__init__()
        self.scale = tf.Variable(2.0)
        self.table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1)
        self.generator = tf.random.Generator.from_seed(3)

    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        if name == "added":
            happens(self, "attribute", value)

    def learn(self):
        happens(self, "learn")
        self.table.insert(tf.constant("word"), self.table.size() + 1)

    def roll(self):
        happens(self, "roll")
        return self.generator.uniform([]) * self.scale


def make_net():
    layers = [tf_keras.layers.Dense(1, kernel_initializer="ones")]
    layers.append(tfp.layers.DistributionLambda(lambda mean: tfp.distributions.Normal(mean, 1.0)))
    net = Net(layers)
    net.build([None, 2])
    net.compile("sgd", lambda y, output: -output.log_prob(y), run_eagerly=True)
    return net


def make_vocabulary():
    return Vocabulary()


def learn(vocabulary):
    vocabulary.learn()


def roll(vocabulary):
    vocabulary.roll()


def freeze(net):
    net.trainable = False


def late(event, effect, *, on="copy", after=1):
    """Return a cloner that is right until something has happened to a model for some time.

    Then ``effect(original, copy, ...)`` takes place.
    """

    def cloner(model):
        copy = clone(model)
        ends = weakref.ref(model), weakref.ref(copy)
        times = []

        def hook(happened, *args):
            if happened == event:
                times.append(happened)
                if len(times) >= after:
                    effect(*(end() for end in ends), *args)

        HOOKS.setdefault(copy if on == "copy" else model, []).append(hook)
        return copy

    return cloner


def shares_the_kernel(original, copy):
    vars(copy.layers[0])["kernel"] = original.layers[0].kernel


def shares_the_loss(original, copy):
    copy.compiled_loss = original.compiled_loss


def shares_the_rate(original, copy):
    copy.optimizer._learning_rate = original.optimizer._learning_rate


def freezes_the_copy(original, copy, value):
    for layer in copy.layers:
        layer.trainable = value


def copies_the_values(original, copy):
    for ours, theirs in zip(copy.weights, original.weights, strict=False):
        ours.assign(theirs + 0.5)


def adds_the_layer(original, copy, layer):
    copy._self_tracked_trackables.append(layer)


def shares_the_table(original, copy):
    copy.table = original.table


def moves_the_generator(original, copy):
    original.generator.uniform([])


def sets_the_attribute(original, copy, value):
    original.twin = value


def caches():
    """Return a cloner that gives back the same clone the second time."""
    known = weakref.WeakKeyDictionary()

    def cloner(model):
        if model not in known:
            known[model] = clone(model)
        return known[model]

    return cloner


def shares_with(choose):
    """Return a cloner whose clone shares a variable with an earlier one, which it chooses."""
    earlier = weakref.WeakKeyDictionary()  # of each model, those made of it, and what made it

    def cloner(model):
        copy = clone(model)
        made, origin = earlier.setdefault(model, ([], None))
        other = choose([each() for each in made], origin and origin())
        if other is not None and float(other.scale) == float(copy.scale):
            copy.scale = other.scale
        made.append(weakref.ref(copy))
        earlier[copy] = [], weakref.ref(model)
        return copy

    return cloner


def the_first_clone(made, origin):
    return made[0] if made else None


def the_grandparent(made, origin):
    return origin


WRONG = {
    "shares the learning rate from the second training step on": (
        make_net, lambda: late("train", shares_the_rate, after=2)),
    "shares the loss from the second training step on": (
        make_net, lambda: late("train", shares_the_loss, after=2)),
    "shares a kernel after its first call": (make_net, lambda: late("call", shares_the_kernel)),
    "shares the loss once it was evaluated": (make_net, lambda: late("evaluate", shares_the_loss)),
    "freezing the original freezes it": (
        make_net, lambda: late("freeze", freezes_the_copy, on="original")),
    "saving the original writes to it": (
        make_net, lambda: late("save", copies_the_values, on="original")),
    "a layer added to the original shows in it": (
        make_net, lambda: late("add", adds_the_layer, on="original")),
    "shares the table after an insert": (make_vocabulary, lambda: late("learn", shares_the_table)),
    "sampling from it moves the original's generator": (
        make_vocabulary, lambda: late("roll", moves_the_generator)),
    "an attribute set on it is set on the original": (
        make_vocabulary, lambda: late("attribute", sets_the_attribute)),
    "is the same one the second time": (make_vocabulary, caches),
    "shares with the first clone": (make_vocabulary, lambda: shares_with(the_first_clone)),
    "shares with the grandparent": (make_vocabulary, lambda: shares_with(the_grandparent)),
}  # fmt: skip


STARTS = {
    "shares the learning rate from the second training step on": 5,
    "shares the loss from the second training step on": 5,
    "shares the loss once it was evaluated": 5,
    "saving the original writes to it": 3,
    "an attribute set on it is set on the original": 1,
}
"""The seeds at which some are found sooner than at 0, to be quick."""


def run(case, examples, start=0):
    """Run a test class on draws that are the same each time."""
    seed(start)(case.runTest._hypothesis_state_machine_class)
    case.settings = settings(
        case.settings, max_examples=examples, database=None, phases=[Phase.generate]
    )
    case("runTest").debug()


def machine_for(factory, cloner):
    actions = [learn, roll] if factory is make_vocabulary else [freeze]
    return CloneMachine.for_(model=factory, cloner=cloner, actions=actions)


@pytest.mark.parametrize("name", WRONG)
def test_a_cloner_that_needs_two_steps_to_show_is_found(name):
    factory, cloner = WRONG[name]
    with pytest.raises((SharedStateError, UnequalCloneError)):
        run(machine_for(factory, cloner()), 40, start=STARTS.get(name, 0))


@pytest.mark.parametrize("name", WRONG)
def test_it_is_right_at_first(name):
    from pytest_tfpclone import assert_independent_clone

    factory, cloner = WRONG[name]
    original = factory()
    assert_independent_clone(original, cloner()(original))


@pytest.mark.parametrize("factory", [make_net, make_vocabulary])
def test_the_right_cloner_passes_on_a_factory(factory):
    run(machine_for(factory, clone), 5)


def test_the_right_cloner_passes_on_drawn_models():
    drawn = strategies.architectures(layers=[Dense], heads=[Normal], max_layers=1, compiled=[None])
    run(CloneMachine.for_(model=drawn), 5)
    run(CloneMachine.for_(model=Sequential(layers=(Dense(units=1),), head=Normal())), 3)


@pytest.mark.parametrize("event", ["learn", "roll", "attribute"])
def test_each_of_these_things_happens(event):
    class Seen(Exception):
        pass

    def stop(*args):
        raise Seen

    with pytest.raises(Seen):
        run(machine_for(make_vocabulary, late(event, stop)), 100)


def test_a_cloner_that_takes_the_factory_is_handed_it():
    made = []

    def cloner(model, factory):
        made.append(factory)
        return clone(model)

    run(CloneMachine.for_(model=make_vocabulary, cloner=cloner), 3)
    assert set(made) == {make_vocabulary}


def writes_to_the_original(model):
    model.scale.assign_add(1.0)
    return clone(model)


def halves(model):
    copy = clone(model)
    copy.scale.assign(copy.scale / 2.0)
    return copy


def shares(model):
    copy = clone(model)
    copy.scale = model.scale
    return copy


@pytest.mark.parametrize(
    ("cloner", "error", "text"),
    [
        (
            writes_to_the_original,
            SharedStateError,
            "model_1 = clone(model_0) changed model_0.scale",
        ),
        (halves, UnequalCloneError, "original is model_0; model_1 = clone(model_0)"),
        (shares, SharedStateError, "original.scale  is  model_1.scale"),
        (lambda model: None, TypeError, "model_1 = clone(model_0) must be a model; got None"),
    ],
)
def test_the_first_clone_is_judged(cloner, error, text):
    with pytest.raises(error, match=re.escape(text)):
        run(CloneMachine.for_(model=make_vocabulary, cloner=cloner), 5)


def test_a_sharing_that_no_step_shows_is_found_at_the_end(monkeypatch):
    from pytest_tfpclone.proof.family import Family

    monkeypatch.setattr(Family, "_require_apart", lambda *args: None)
    cloner = late("roll", shares_the_table)
    with pytest.raises(SharedStateError, match="table"):
        run(CloneMachine.for_(model=make_vocabulary, cloner=cloner, actions=[roll]), 20)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"model": 3}, "model=3 must be a function"),
        ({"model": Dense(units=1)}, "model=Dense(units=1) must be a function"),
        ({"model": tf.Module()}, "model= must be a function that makes a model; got Module"),
        ({"model": make_net, "cloner": "clone"}, "cloner='clone' must be a function"),
        ({"model": make_net, "actions": 3}, "actions=3 must be a list"),
        ({"model": make_net, "actions": [3]}, "actions=[3] must be a list"),
        ({"model": make_net, "name": "my clone"}, "name='my clone' must be an identifier"),
    ],
)
def test_arguments_are_checked(options, text):
    with pytest.raises(InvalidArgument, match=re.escape(text)):
        CloneMachine.for_(**options)


def test_a_strategy_must_draw_specs():
    with pytest.raises(InvalidArgument, match="model= drew 3, which is no spec of a model"):
        run(CloneMachine.for_(model=st.just(3)), 1)


def test_settings_are_those_of_the_profile_with_fewer_examples():
    for case in (CloneMachine.TestCase, CloneMachine.for_(model=make_net)):
        assert case.settings.deadline is None
        assert case.settings.stateful_step_count == 8
        assert case.settings.max_examples == max(10, settings.default.max_examples // 4)
        assert (
            set(case.settings.suppress_health_check)
            == set(settings.default.suppress_health_check)
            != set(HealthCheck)
        )


def test_a_failure_is_not_explained_where_the_profile_would():
    settings.register_profile("explained", phases=list(Phase))
    settings.load_profile("explained")
    try:
        case = CloneMachine.for_(model=make_net)
    finally:
        settings.load_profile("tfpclone-tests")
    assert set(case.settings.phases) == set(Phase) - {Phase.explain}


def test_machines_have_readable_names():
    def name(**options):
        case = CloneMachine.for_(model=make_net, **options)
        return case.runTest._hypothesis_state_machine_class.__name__

    assert name() == "CloneMachine_make_net"
    assert name(cloner=clone) == "CloneMachine_make_net_clone"
    assert name(cloner=lambda model: model) == "CloneMachine_make_net"
    assert name(name="Family") == "Family"


FAILING = """
import tensorflow as tf
from hypothesis import Phase, settings
from pytest_tfpclone import clone
from pytest_tfpclone.stateful import CloneMachine

class Counter(tf.Module):
    def __init__(self):
        self.count = tf.Variable(0)
        self.listeners = []

    def increment(self):
        self.count.assign_add(1)

def increment(counter):
    counter.increment()

FIRST = []

def copy_model(model):
    copy = clone(model)
    if FIRST and float(FIRST[-1].count) == float(copy.count):
        copy.count = FIRST[-1].count
    FIRST[:] = [copy]
    return copy

TestCopies = CloneMachine.for_(model=Counter, cloner=copy_model, actions=[increment])
TestCopies.settings = settings(TestCopies.settings, database=None)
"""


@pytest.mark.usefixtures("everything_imported")
def test_a_failure_prints_its_steps(pytester):
    pytester.makepyfile(FAILING)
    result = pytester.runpytest("-p", "no:cacheprovider", "-p", "no:randomly")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*pytest_tfpclone.SharedStateError: 1 piece of state shared: *",
            "E   Failing test case: <state machine>",
            "E   state = CloneMachine_Counter_copy_model()",
            "E   model_0 = state.start()",
            "E   model_1 = state.do(step=clone(model_0))",
            "E   state.do(step=clone(model_?))",
            "E   state.teardown()",
            "FAILED *::TestCopies::runTest*",
        ]
    )


@pytest.mark.usefixtures("everything_imported")
def test_the_example_in_the_readme_passes(pytester):
    [example] = [
        block
        for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL)
        if "CloneMachine.for_" in block
    ]
    pytester.makepyfile(example)
    pytester.runpytest("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_importing_it_starts_no_tensorflow():
    code = "import sys, pytest_tfpclone.stateful; assert 'tensorflow' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_it_is_a_public_name():
    import pytest_tfpclone

    assert pytest_tfpclone.stateful is stateful
