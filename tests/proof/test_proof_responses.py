"""Does the clone live: hollow and dead clones, and writes that cross over unseen."""

from __future__ import annotations

import copy
import itertools

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone import check_clone

X = np.array([1.0, 2.0], "float32")


class Affine:
    def __init__(self, rate=2.0, shift=1.0):
        self.rate = tf.Variable(rate)
        self.shift = tf.Variable(shift)

    def __call__(self, x):
        return self.rate * x + self.shift


def _unseen():
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


hide = _unseen()


class Hollow:
    """Equal output, variables of its own that do nothing, and the original's that move it."""

    def __init__(self, original=None):
        self.rate = tf.Variable(2.0)
        self.shift = tf.Variable(1.0)
        self.target = hide(original or self)

    def __call__(self, x):
        target = self.target()
        return target.rate * x + target.shift


def test_a_hollow_clone_is_coupled_and_dead():
    original = Hollow()
    report = check_clone(original, Hollow(original), inputs=X)
    assert {leak.kind for leak in report.leaks} == {"coupled"}
    (leak,) = report.leaks
    assert leak.original == "original.rate"
    assert leak.clone == "clone(...)"
    assert leak.evidence.startswith("wrote to original.rate, and clone's output moved: output")
    dead = {each.path: each.detail for each in report.differences if each.kind == "dead"}
    assert dead == {
        "clone.rate": "writing to it moves no output of the clone",
        "clone.shift": "writing to it moves no output of the clone",
    }


def test_a_clone_that_lives_is_neither():
    report = check_clone(Hollow(), Hollow(), inputs=X)
    assert report.verdict == "independent"


@pytest.mark.parametrize(
    "make",
    [
        lambda: tf.Variable(2),
        lambda: tf.Variable(True),
        lambda: np.array([3]),
        lambda: tf.Variable(1 + 1j, dtype=tf.complex64),
    ],
)
def test_a_clone_whose_state_is_no_floating_point_number_can_be_hollow_too(make):
    class Discrete:
        def __init__(self, original=None):
            self.state = make()
            self.target = hide(original or self)

        def __call__(self, x):
            return tf.cast(self.target().state, tf.complex64)

    original = Discrete()
    report = check_clone(original, Discrete(original), inputs=X)
    assert [(leak.kind, leak.original) for leak in report.leaks] == [("coupled", "original.state")]
    assert [(each.kind, each.path) for each in report.differences] == [("dead", "clone.state")]
    assert check_clone(Discrete(), Discrete(), inputs=X).verdict == "independent"


class Settings:
    """A model of plain numbers, in a dict, a list or an attribute."""

    def __init__(self, original=None):
        self.gain = 3.0
        self.options = {"scale": 2.0}
        self.weights = [1.0, 0.5]
        self.target = hide(original or self)

    def __call__(self, x):
        target = self.target()
        return x * target.options["scale"] * target.weights[1] + target.gain


def test_a_clone_that_follows_the_originals_plain_numbers_is_hollow():
    original = Settings()
    report = check_clone(original, Settings(original), inputs=X)
    assert [(leak.kind, leak.original, leak.label) for leak in report.leaks] == [
        ("coupled", "original", "number float[1] in Settings")
    ]
    assert {each.path for each in report.differences if each.kind == "dead"} == {
        "clone", "clone.options", "clone.weights",
    }  # fmt: skip
    assert (original.gain, original.options, original.weights) == (3.0, {"scale": 2.0}, [1.0, 0.5])
    assert check_clone(Settings(), Settings(), inputs=X).verdict == "independent"


def test_a_clone_that_follows_the_size_of_the_originals_table_is_hollow():
    class Sized:
        def __init__(self, original=None):
            self.table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1)
            self.target = hide(original or self)

        def __call__(self, x):
            return x + tf.cast(self.target().table.size(), tf.float32)

    original = Sized()
    report = check_clone(original, Sized(original), inputs=X)
    assert [(leak.kind, leak.original) for leak in report.leaks] == [("coupled", "original.table")]
    assert [(each.kind, each.path) for each in report.differences] == [("dead", "clone.table")]
    assert int(original.table.size()) == 0
    assert check_clone(Sized(), Sized(), inputs=X).verdict == "independent"


def test_a_number_that_makes_a_model_raise_once_it_is_moved():
    class Strict(Affine):
        def __init__(self, original=None):
            super().__init__()
            self.share = 1.0
            self.target = hide(original or self)

        def __call__(self, x):
            if self.share > 1.0:
                raise ValueError("more than all")
            return self.target().rate * x

    original = Strict()
    report = check_clone(original, Strict(original), inputs=X)
    assert [leak.original for leak in report.leaks] == ["original.rate"]
    assert original.share == 1.0


def test_a_model_that_an_index_off_by_one_breaks_is_written_to_as_far_as_it_goes():
    class Indexed(Affine):
        def __init__(self, original=None):
            super().__init__()
            self.index = tf.Variable(1)
            self.target = hide(original or self)

        def __call__(self, x):
            if int(self.index) != 1:
                raise IndexError("off by one")
            return self.target().rate * x

    original = Indexed()
    report = check_clone(original, Indexed(original), inputs=X)
    assert [(leak.kind, leak.original) for leak in report.leaks] == [("coupled", "original.rate")]
    assert check_clone(Indexed(), Indexed(), inputs=X).notes == ()


def test_the_cause_is_found_among_many():
    class Many:
        def __init__(self, used=None):
            self.cells = [tf.Variable(float(i)) for i in range(9)]
            self.used = hide(used if used is not None else self.cells[6])

        def __call__(self, x):
            return x * self.used()

    original = Many()
    report = check_clone(original, Many(original.cells[6]), inputs=X)
    assert [leak.original for leak in report.leaks] == ["original.cells[6]"]


def test_a_clone_that_moves_the_original():
    class Model(Affine):
        def __init__(self):
            super().__init__()
            self.used = hide(self)

        def __call__(self, x):
            return self.used().rate * x

    clone = Model()
    original = Model()
    original.used = hide(clone)
    report = check_clone(original, clone, inputs=X)
    assert ("original(...)", "clone.rate") in [(leak.original, leak.clone) for leak in report.leaks]


class Dead(Affine):
    """Keeps numbers that it computes with, and variables that do nothing."""

    def __init__(self, frozen=None):
        super().__init__()
        self.frozen = frozen

    def __call__(self, x):
        if self.frozen is not None:
            return tf.constant(self.frozen[0]) * x + tf.constant(self.frozen[1])
        return self.rate * x + self.shift


def test_a_dead_clone():
    report = check_clone(Dead(), Dead((2.0, 1.0)), inputs=X, ignore=["frozen"])
    assert report.leaks == ()
    assert [(each.kind, each.path) for each in report.differences] == [
        ("dead", "clone.rate"),
        ("dead", "clone.shift"),
    ]


def test_one_dead_cell_of_two():
    class Half(Affine):
        def __init__(self, dead):
            super().__init__()
            self.dead = dead

        def __call__(self, x):
            return self.rate * x + (1.0 if self.dead else self.shift)

    report = check_clone(Half(False), Half(True), inputs=X, ignore=["dead"])
    assert [(each.kind, each.path) for each in report.differences] == [("dead", "clone.shift")]


def test_a_cell_that_moves_the_output_otherwise():
    class Scaled(Affine):
        def __init__(self, by):
            super().__init__(rate=0.0)
            self.by = by

        def __call__(self, x):
            return self.by * self.rate * x

    report = check_clone(Scaled(1.0), Scaled(3.0), inputs=X, ignore=["by"])
    assert [(each.kind, each.detail) for each in report.differences] == [
        ("dead", "writing to it moves the output otherwise")
    ]


def test_dead_stays_with_equal_false():
    report = check_clone(Dead(), Dead((2.0, 1.0)), inputs=X, ignore=["frozen"], equal=False)
    assert {each.kind for each in report.differences} == {"dead"}


def test_a_cell_that_moves_neither_side_is_not_dead():
    class Spare(Affine):
        def __init__(self):
            super().__init__()
            self.spare = tf.Variable(1.0)

    assert check_clone(Spare(), Spare(), inputs=X).verdict == "independent"


def test_all_is_given_back_after_writes():
    models = Affine(), Affine(3.0)
    check_clone(*models, inputs=X)
    assert [float(each.rate) for each in models] == [2.0, 3.0]
    assert [float(each.shift) for each in models] == [1.0, 1.0]


def test_a_model_that_raises_once_it_was_written_to():
    class Fragile(Affine):
        def __call__(self, x):
            if float(self.rate) != 2.0:
                raise ValueError("moved")
            return x

    report = check_clone(Fragile(), Fragile(), inputs=X)
    assert report.verdict == "independent"
    assert any("outputs after writes left out" in note for note in report.notes)


def test_a_clone_that_does_not_repeat_itself_is_a_note():
    class Drifting(Affine):
        def __init__(self, drifts):
            super().__init__()
            self.drifts = drifts

        def __call__(self, x):
            calls.append(1)
            return x + (len(calls) if self.drifts else 0)

    calls = []
    report = check_clone(Drifting(False), Drifting(True), inputs=X, ignore=["drifts"])
    assert any("the clone does not repeat itself" in note for note in report.notes)


def test_a_deep_copy_of_a_model_that_holds_a_tf_function():
    class Model(tf.Module):
        def __init__(self):
            super().__init__()
            self.rate = tf.Variable(2.0)
            self.run = tf.function(lambda x: self.rate * x)

        def __call__(self, x):
            return self.run(x)

    original = Model()
    clone = copy.copy(original)
    clone.rate = tf.Variable(2.0)
    report = check_clone(original, clone, inputs=X)
    assert report.verdict == "shared"


def test_a_distribution_is_checked_without_inputs():
    def make():
        return tfp.distributions.Normal(tf.Variable(0.0), tf.Variable(1.0))

    assert check_clone(make(), make()).verdict == "independent"
    left, right = make(), make()
    right.loc.assign(1.0)
    kinds = {each.kind for each in check_clone(left, right).differences}
    assert kinds == {"value", "output"}


def test_layers_that_draw_are_compared():
    def make():
        model = tf_keras.Sequential(
            [
                tf_keras.Input((2,)),
                tfp.layers.DenseFlipout(
                    1, kernel_posterior_fn=tfp.layers.default_mean_field_normal_fn()
                ),
            ]
        )
        model.layers[0].set_weights([np.ones(w.shape) for w in model.layers[0].get_weights()])
        return model

    report = check_clone(make(), make())
    assert report.verdict == "independent"


class Lazy:
    """Makes its variable at the first call."""

    def __init__(self, shift=0.0):
        self.rate = None
        self.shift = tf.Variable(shift)

    def draw(self):
        return 2.0

    def __call__(self, x):
        if self.rate is None:
            self.rate = tf.Variable(self.draw())
        return self.rate * x + self.shift


DRAWS = itertools.count(1.0)


class Drawn(Lazy):
    def draw(self):
        return next(DRAWS)


def test_what_a_first_call_draws_is_no_difference_of_the_clone():
    report = check_clone(Lazy(), Lazy(), inputs=X)
    assert (report.verdict, report.notes) == ("independent", ())
    report = check_clone(Drawn(), Drawn(), inputs=X)
    assert report.verdict == "independent", str(report)
    assert "the first call of the original makes 1 variable" in report.notes[0]
    assert check_clone(Drawn(), Drawn(shift=2.0), inputs=X).verdict == "unequal"
