"""Declared sharing: shared= may be shared, ignore= is not looked at, stale ones are errors."""

from __future__ import annotations

import pytest
import tensorflow as tf
import tf_keras

from pytest_tfpclone import check_clone, where


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Prior(Plain):
    pass


def sharing():
    prior = Prior(scale=tf.Variable(1.0), notes=[1])
    left = Plain(prior=prior, rate=tf.Variable(2.0))
    right = Plain(prior=prior, rate=tf.Variable(2.0))
    return left, right


def differing():
    left = Plain(rate=tf.Variable(1.0), name="a", part=Plain(shift=tf.Variable(1.0)))
    right = Plain(rate=tf.Variable(2.0), name="b", part=Plain(shift=tf.Variable(2.0)))
    return left, right


@pytest.mark.parametrize(
    "declare",
    [
        lambda prior: ["prior"],
        lambda prior: "prior",
        lambda prior: ["*"],
        lambda prior: ["**"],
        lambda prior: [Prior],
        lambda prior: Prior,
        lambda prior: [prior],
        lambda prior: prior,
        lambda prior: [where(lambda value: type(value) is Prior)],
        lambda prior: where(lambda value: value is prior),
        lambda prior: ["prior", Prior],
    ],
)
@pytest.mark.parametrize("argument", ["shared", "ignore"])
def test_what_is_declared_may_be_shared(declare, argument):
    left, right = sharing()
    assert check_clone(left, right).verdict == "shared"
    report = check_clone(left, right, **{argument: declare(left.prior)})
    assert report.leaks == ()
    assert report.differences == ()


def test_what_hangs_below_is_declared_too():
    left, right = sharing()
    assert check_clone(left, right, shared=["prior"], strict=True).leaks == ()


def test_only_a_part_is_declared():
    left, right = sharing()
    right.prior = Prior(scale=left.prior.scale, notes=left.prior.notes)
    report = check_clone(left, right, shared=["prior.notes"])
    assert [leak.original for leak in report.leaks] == ["original.prior.scale"]
    report = check_clone(left, right, shared=["prior.notes", "prior.scale"])
    assert report.verdict == "independent"


def test_shared_does_not_excuse_other_values():
    left, right = differing()
    report = check_clone(left, right, shared=["rate"])
    assert "original.rate" in [each.path for each in report.differences]


def test_ignored_parts_are_not_compared():
    left, right = differing()
    assert [each.path for each in check_clone(left, right).differences] == [
        "original.name", "original.part.shift", "original.rate",
    ]  # fmt: skip
    report = check_clone(left, right, ignore=["rate", "part"])
    assert [each.path for each in report.differences] == ["original.name"]


def test_plain_attributes_can_be_ignored():
    left, right = differing()
    report = check_clone(left, right, ignore=["rate", "part", "name"])
    assert report.verdict == "independent"
    same = check_clone(*[Plain(name="a", rate=tf.Variable(1.0)) for _ in range(2)], ignore="name")
    assert same.verdict == "independent"


def test_missing_plain_attributes_can_be_ignored():
    left, right = Plain(rate=tf.Variable(1.0), gone=1), Plain(rate=tf.Variable(1.0), new=1)
    assert {each.kind for each in check_clone(left, right).differences} == {"missing", "extra"}
    assert check_clone(left, right, ignore=["gone", "new"]).verdict == "independent"


def test_ignored_parts_are_not_written_to():
    class Watched(Plain):
        def __call__(self, x):
            if float(self.rate) != 1.0:
                raise ValueError("written to")
            return x

    models = [Watched(rate=tf.Variable(1.0), other=tf.Variable(1.0)) for _ in range(2)]
    (note,) = check_clone(*models, inputs=tf.constant(1.0)).notes
    assert note == "outputs after writes left out: a model raised ValueError: written to"
    assert check_clone(*models, inputs=tf.constant(1.0), ignore=["rate"]).notes == ()


@pytest.mark.parametrize("argument", ["shared", "ignore"])
@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("priors", "'priors'"),
        ("layers[9]", "'layers[9]'"),
        (int, "int"),
        (where(lambda value: False), "where(<lambda>)"),
        (Plain(a=1), "<Plain object>"),
    ],
)
def test_stale_declarations_name_themselves(argument, entry, words):
    left, right = sharing()
    with pytest.raises(ValueError, match="matches nothing in the original or its clones") as caught:
        check_clone(left, right, **{argument: ["prior", entry]})
    assert str(caught.value).startswith(f"{argument}: {words} matches nothing")
    assert "state_of(original)" in str(caught.value)


def test_a_declaration_that_matches_in_a_clone_only_is_not_stale():
    left, right = Plain(a=tf.Variable(1.0)), Plain(a=tf.Variable(1.0), extra=[1])
    assert check_clone(left, right, ignore=["extra"]).verdict == "independent"


def test_a_path_that_is_none():
    with pytest.raises(ValueError, match="is no path"):
        check_clone(*sharing(), shared=["prior["])


def test_layers_by_the_path_that_a_report_prints():
    layer = tf_keras.layers.Dense(1)

    def make():
        return tf_keras.Sequential([tf_keras.Input((1,)), layer])

    models = make(), make()
    (leak,) = check_clone(*models).leaks
    path = leak.original.removeprefix("original.")
    assert path == "layers[0]"
    assert check_clone(*models, shared=[path]).leaks == ()
    assert f"shared=[{path!r}]" in leak.hint


def test_declared_parts_in_a_family():
    prior = Prior(scale=tf.Variable(1.0))
    members = [Plain(prior=prior, rate=tf.Variable(1.0)) for _ in range(4)]
    assert check_clone(*members, shared=[Prior]).verdict == "independent"


def test_state_of_a_class_can_be_declared():
    class Model:
        rate = tf.Variable(1.0)

    assert check_clone(Model(), Model()).verdict == "shared"
    assert check_clone(Model(), Model(), shared=["rate"]).verdict == "independent"
