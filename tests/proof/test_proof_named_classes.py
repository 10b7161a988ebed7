"""State of a class that code only names counts if that code can mean it, or an action shows it."""

from __future__ import annotations

import functools

import pytest
import tensorflow as tf

from pytest_tfpclone import CloneRefused, check_clone, clone


def counted(method):
    """Decorate as libraries do: the code of the wrapper names nothing."""

    @functools.wraps(method)
    def wrapper(*arguments):
        return method(*arguments)

    return wrapper


class Sampler:
    skip = tf.Variable(0)

    def __init__(self, count):
        super().__init__()
        self.count = count

    @counted
    def sample(self):
        self.skip.assign_add(self.count)
        return Sampler.skip.read_value()


class Settings:
    rate = tf.Variable(2.0)
    unused = tf.Variable(3.0)

    @classmethod
    def current(cls):
        return cls.rate

    @property
    def doubled(self):
        return 2.0 * self.rate


class Counted:
    made = tf.Variable(0)

    def __init__(self):
        self.made.assign_add(1)


class Model:
    def __init__(self):
        self.scale = tf.Variable(1.0)


class MakesSamplers(Model):
    def sampler(self):
        return Sampler(3)


class Draws(Model):
    def draw(self):
        return Sampler(3).sample()


class ReadsAttribute(Model):
    def __call__(self, x):
        return x * self.scale * Settings.rate


class ReadsByClassMethod(Model):
    def __call__(self, x):
        return x * self.scale * Settings.current()


class ReadsByProperty(Model):
    def __call__(self, x):
        return x * self.scale * Settings().doubled


class Counts(Model):
    def part(self):
        return Counted()


class DrawsElsewhere(MakesSamplers):
    """Makes the sampler in one method, which is inherited, and uses it in another."""

    def draw(self):
        return self.sampler().sample()


def read(kind):
    return kind.rate


class ReadsByHelper(Model):
    def __call__(self, x):
        return x * self.scale * read(Settings)


class HoldsTheClass(Model):
    def __init__(self):
        super().__init__()
        self.kind = Sampler


class HoldsAnInstance(Model):
    def __init__(self):
        super().__init__()
        self.sampler = Sampler(3)


USED = {
    Draws: "draw.<global 'Sampler'>.skip",
    ReadsAttribute: "__call__.<global 'Settings'>.rate",
    ReadsByClassMethod: "__call__.<global 'Settings'>.rate",
    ReadsByProperty: "__call__.<global 'Settings'>.rate",
    Counts: "part.<global 'Counted'>.made",
    DrawsElsewhere: "sampler.<global 'Sampler'>.skip",
    ReadsByHelper: "__call__.<global 'Settings'>.rate",
    HoldsTheClass: "kind.skip",
    HoldsAnInstance: "sampler.skip",
}


@pytest.mark.parametrize("kind", USED, ids=lambda kind: kind.__name__)
def test_state_of_a_class_that_code_can_mean_is_a_leak(kind):
    model = kind()
    report = check_clone(model, kind())
    assert [leak.original for leak in report.leaks] == [f"original.{USED[kind]}"]
    with pytest.raises(CloneRefused, match="holds it, and the clone would use the same"):
        clone(model)


def test_state_of_a_class_that_is_only_named_is_a_note():
    model = MakesSamplers()
    report = check_clone(model, clone(model))
    assert report.verdict == "independent"
    assert report.notes == (
        "original.sampler.<global 'Sampler'>.skip is clone.sampler.<global 'Sampler'>.skip: "
        "both reach it, through a class or a module",
    )
    assert check_clone(model, clone(model), strict=True).verdict == "shared"


def test_an_action_shows_that_it_is_shared_all_the_same():
    model = MakesSamplers()
    report = check_clone(model, clone(model), actions=[lambda model: model.sampler().sample()])
    (leak,) = report.leaks
    assert leak.original == "original.sampler.<global 'Sampler'>.skip"
    assert "0 became 3" in leak.evidence
    assert Sampler.skip.numpy() == 0


def far(kind):
    return read(kind)


class ReadsFarAway(Model):
    def __call__(self, x):
        return x * self.scale * far(Settings)


def test_outputs_show_that_it_is_shared_all_the_same():
    model = ReadsFarAway()
    assert check_clone(model, clone(model), inputs=()).verdict == "independent"
    (leak,) = check_clone(model, clone(model), inputs=(tf.ones(2),)).leaks
    assert leak.original == "original.__call__.<global 'Settings'>.rate"


@counted
def squared(x):
    return x * x


squared.notes = ["a note"]
HELD = tf.Variable(1.0)


def holding(variable):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(x):
            return variable * function(x)

        return wrapper

    return decorate


@holding(HELD)
def scaled(x):
    return x


class Links(Model):
    def __init__(self, link):
        super().__init__()
        self.link = link


def test_what_a_decorator_keeps_of_a_modules_function_is_the_modules():
    model = Links(squared)
    report = check_clone(model, Links(squared))
    assert report.verdict == "independent"
    assert report.notes == (
        "original.link.notes is clone.link.notes: both reach it, through a class or a module",
    )
    twin = clone(model)
    assert twin.link is squared
    assert check_clone(model, twin).verdict == "independent"


def test_a_variable_that_a_decorator_keeps_of_a_modules_function_is_a_leak():
    report = check_clone(Links(scaled), Links(scaled))
    assert [leak.label for leak in report.leaks] == ["variable float32[]"]
