"""Sharing is found wherever it hides, each cause once; what is not shared is not reported."""

from __future__ import annotations

import collections
import copy
import dataclasses
import random
import threading

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone import check_clone, clone

tfd, tfb, tfpl = tfp.distributions, tfp.bijectors, tfp.layers


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Slotted:
    __slots__ = ("inner",)

    def __init__(self, inner):
        self.inner = inner


def found(report):
    return [(leak.kind, leak.original, leak.clone) for leak in report.leaks]


def make_table():
    table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1)
    table.insert(["a"], [1])
    return table


CELLS = {
    "variable": lambda: tf.Variable([1.0]),
    "integer variable": lambda: tf.Variable([1]),
    "table": make_table,
    "tensorflow generator": lambda: tf.random.Generator.from_seed(1),
    "numpy generator": lambda: np.random.default_rng(1),
    "random state": lambda: np.random.RandomState(1),
    "python generator": lambda: random.Random(1),
    "array": lambda: np.zeros(3),
    "bytes": lambda: bytearray(b"abc"),
    "dict": lambda: {"a": 1},
    "empty dict": dict,
    "list": lambda: [1],
    "set": lambda: {1},
    "deque": lambda: collections.deque([1, 2]),
    "ordered dict": lambda: collections.OrderedDict(a=1),
    "object": lambda: Plain(a=1),
    "slotted object": lambda: Slotted(1),
    "transformed variable": lambda: tfp.util.TransformedVariable(1.0, tfb.Exp()),
    "distribution": lambda: tfd.Normal(tf.Variable(0.0), 1.0),
    "optimizer": lambda: tf_keras.optimizers.Adam(),
    "metric": lambda: tf_keras.metrics.Mean(),
}


@pytest.mark.parametrize("name", CELLS)
def test_a_shared_cell_is_one_leak(name):
    cell = CELLS[name]()
    report = check_clone(Plain(state=cell), Plain(state=cell))
    assert found(report) == [("same object", "original.state", "clone.state")] or (
        name == "numpy generator"
        and found(report)
        == [("same object", "original.state.bit_generator", "clone.state.bit_generator")]
    )
    assert report.verdict == "shared"


@pytest.mark.parametrize("name", CELLS)
def test_equal_cells_of_ones_own_are_none(name):
    report = check_clone(Plain(state=CELLS[name]()), Plain(state=CELLS[name]()))
    assert found(report) == []
    assert report.differences == ()
    assert report.notes == ()


def dense(units=2):
    return tf_keras.layers.Dense(units, kernel_initializer="ones")


def network(first=None, last=None):
    model = tf_keras.Sequential([tf_keras.Input((2,)), first or dense(), last or dense(1)])
    model(tf.zeros([1, 2]))
    return model


def test_a_shared_layer_is_one_finding_that_sums_up_what_hangs_below():
    layer = dense()
    report = check_clone(network(layer), network(layer))
    assert found(report) == [("same object", "original.layers[0]", "clone.layers[0]")]
    assert report.leaks[0].label.startswith("object Dense, with 2 variables")


def test_two_shared_layers_are_two_findings():
    layers = dense(), dense(1)
    report = check_clone(network(*layers), network(*layers))
    assert [leak.original for leak in report.leaks] == ["original.layers[0]", "original.layers[1]"]


def test_a_shared_layer_that_is_used_twice_is_one_finding():
    layer = dense()

    def make():
        return Plain(first=layer, second=layer, parts=[layer])

    layer.build((None, 2))
    assert len(check_clone(make(), make(), inputs=()).leaks) == 1


def test_a_shared_optimizer_is_one_finding():
    optimizer = tf_keras.optimizers.Adam()

    def make():
        model = network()
        model.compile(optimizer, "mse")
        return model

    models = make(), make()
    report = check_clone(*models, equal=False)
    assert found(report) == [("same object", "original.optimizer", "clone.optimizer")]


def test_a_shared_variable_of_two_layers_is_named():
    original, copied = network(), network()
    object.__setattr__(copied.layers[0], "kernel", original.layers[0].kernel)
    leaks = check_clone(original, copied).leaks
    assert "original.layers[0].kernel" in {leak.original for leak in leaks}


def test_overlapping_memory():
    owner = np.zeros(4)
    (leak,) = check_clone(Plain(a=owner[:3]), Plain(a=owner[1:])).leaks
    assert leak.kind == "overlapping memory"
    assert leak.hint.startswith("copy the array")
    assert check_clone(Plain(a=owner[:2]), Plain(a=owner[2:])).leaks == ()


def test_a_view_of_the_originals_memory():
    array = np.arange(3.0)
    (leak,) = check_clone(Plain(a=array), Plain(a=array[:])).leaks
    assert leak.kind == "overlapping memory"
    assert leak.label == "array float64[3]"


def test_two_objects_for_one_resource():
    variable = tf.Variable(1.0)
    twin = type(variable).__new__(type(variable))
    twin.__dict__.update(variable.__dict__)
    (leak,) = check_clone(Plain(a=variable), Plain(a=twin)).leaks
    assert leak.kind == "same resource"


def test_equal_buffers_after_assign_are_not_shared():
    original, copied = tf.Variable([1.0, 2.0]), tf.Variable([0.0, 0.0])
    copied.assign(original)
    assert check_clone(Plain(a=original), Plain(a=copied)).verdict == "independent"


def test_what_both_still_hold_by_other_paths_is_a_note_unless_strict():
    held = Plain(a=1)
    models = Plain(used=Plain(a=1), kept=held), Plain(used=held, kept=Plain(a=1))
    report = check_clone(*models)
    assert report.leaks == ()
    assert report.notes == ("original.kept is clone.used: both reach it, and nothing uses it",)
    strict = check_clone(*models, strict=True)
    assert found(strict) == [("same object", "original.kept", "clone.used")]


def test_what_both_list_among_their_variables_is_a_leak_by_any_path():
    variable = tf.Variable(1.0)

    class Module(tf.Module):
        pass

    first, second = Module(), Module()
    first.a, first.b = variable, tf.Variable(1.0)
    second.a, second.b = tf.Variable(1.0), variable
    (leak,) = check_clone(first, second).leaks
    assert (leak.original, leak.clone) == ("original.a", "clone.b")


def test_what_an_output_shows_is_a_leak_by_any_path():
    class Model(Plain):
        def __call__(self, x):
            return x * self.first.rate + x * self.second.rate

    def rate():
        return Plain(rate=tf.Variable(2.0))

    common = rate()
    models = Model(first=common, second=rate()), Model(first=rate(), second=common)
    (leak,) = check_clone(*models, inputs=tf.constant([1.0])).leaks
    assert (leak.original, leak.clone) == ("original.first", "clone.second")
    unseen = check_clone(*models, inputs=())
    assert unseen.leaks == ()
    assert len(unseen.notes) == 1


def test_plain_numbers_that_an_output_shows_are_a_leak_by_any_path():
    class Scaled:
        def __init__(self, options, kept):
            self.own = options
            self.kept = kept

        def __call__(self, x):
            return x * next(iter(self.kept.values()))["scale"]

    options = {"scale": 2.0}
    original = Scaled(options, {"mine": options})
    clone = Scaled({"scale": 2.0}, {"other": options})
    report = check_clone(original, clone, inputs=np.ones(2, "float32"), equal=False)
    assert [(leak.original, leak.clone) for leak in report.leaks] == [
        ("original.own", "clone.kept['other']")
    ]
    assert not check_clone(original, clone, inputs=(), equal=False).leaks


def test_the_model_that_a_part_refers_to():
    def make(parent=None):
        part = Plain(a=tf.Variable(1.0))
        model = Plain(part=part)
        part.parent = parent or model
        return model

    original = make()
    assert check_clone(original, make()).verdict == "independent"
    assert check_clone(original, make(parent=original)).leaks


def test_the_original_itself():
    model = network()
    report = check_clone(model, model)
    assert found(report) == [("same object", "original", "clone")]
    assert str(report).startswith("the clone is the original: assignment copies nothing")


def test_a_shallow_copy_shares_every_part():
    model = Plain(a=[1], b=tf.Variable(1.0))
    report = check_clone(model, copy.copy(model))
    assert [leak.original for leak in report.leaks] == ["original.a", "original.b"]


def test_framework_constants_are_never_shared():
    def make():
        return Plain(
            dtype=tf.float32, shape=tf.TensorShape([1]), kind=tfd.FULLY_REPARAMETERIZED,
            strategy=tf.distribute.get_strategy(), activation=tf_keras.activations.relu,
            policy=tf_keras.mixed_precision.global_policy(), layer=tf_keras.layers.Dense,
            constant=CONSTANT, lock=threading.Lock(),
        )  # fmt: skip

    CONSTANT = tf.constant(1.0)
    report = check_clone(make(), make())
    assert report.leaks == ()
    assert report.notes == ()


def test_families_are_checked_in_all_pairs():
    variable = tf.Variable(1.0)
    members = [Plain(a=tf.Variable(1.0)) for _ in range(5)]
    members[2].a = members[4].a = variable
    report = check_clone(*members)
    assert found(report) == [("same object", "clones[1].a", "clones[3].a")]
    assert report.clones == 4


def test_three_clones_with_one_cause():
    variable = tf.Variable(1.0)
    report = check_clone(*[Plain(a=variable) for _ in range(4)])
    assert {leak.original for leak in report.leaks} == {"original.a", "clones[0].a", "clones[1].a"}


def test_a_family_that_shares_nothing():
    assert check_clone(*[Plain(a=tf.Variable(1.0)) for _ in range(6)]).verdict == "independent"


def test_a_clone_twice_in_a_family():
    other = Plain(a=tf.Variable(1.0))
    report = check_clone(Plain(a=tf.Variable(1.0)), other, other)
    assert found(report) == [("same object", "clones[0]", "clones[1]")]


def test_our_own_clones_share_nothing():
    model = network()
    model.compile(tf_keras.optimizers.Adam(), "mse")
    model.train_on_batch(np.ones((4, 2)), np.zeros((4, 1)))
    report = check_clone(model, clone(model))
    assert report.verdict == "independent"
    assert report.cells["variable"] > 4


def test_a_closure_that_deepcopy_keeps():
    scale = tf.Variable(2.0)
    model = Plain(head=lambda t: tfd.Normal(t, tf.exp(scale)), rate=tf.Variable(1.0))
    (leak,) = check_clone(model, copy.deepcopy(model)).leaks
    assert leak.original == "original.head.<closure 'scale'>"
    assert "rebuilds them around the clone's own state" in leak.hint


def test_a_closure_that_clone_model_keeps():
    scale = tf.Variable(2.0)
    model = tf_keras.Sequential(
        [
            tf_keras.Input((1,)),
            dense(1),
            tf_keras.layers.Lambda(lambda t: t * scale),
        ]
    )
    report = check_clone(model, tf_keras.models.clone_model(model))
    assert [leak.original for leak in report.leaks] == [
        "original.layers[1].function.<closure 'scale'>"
    ]


@dataclasses.dataclass
class Settings:
    __hash__ = None
    rate: object = None


def test_what_python_keeps_on_a_class_is_no_state():
    models = Settings(tf.Variable(1.0)), Settings(tf.Variable(1.0))
    copy.copy(models[0])
    report = check_clone(*models)
    assert report.verdict == "independent"
    assert report.notes == ()


def test_two_models_on_one_input_share_no_state():
    inputs = tf_keras.Input((2,))
    models = [tf_keras.Model(inputs, tf_keras.layers.Dense(1)(inputs)) for _ in range(2)]
    report = check_clone(*models, equal=False)
    assert report.leaks == (), str(report)
