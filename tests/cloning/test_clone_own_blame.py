"""What a copy of an object's own shares, whatever it is, and who is to blame for it."""

from __future__ import annotations

import copy
import ctypes
import sys
import threading
from xml.etree import ElementTree

import pytest

from pytest_tfpclone import CloneRefused, clone


class Holder:
    def __init__(self, **parts):
        vars(self).update(parts)


class Empty:
    pass


class Shallow(Holder):
    def __deepcopy__(self, memo):
        return copy.copy(self)


class Log(Holder):
    """Opens its file anew, which nobody can do for it; what is around it may be wrong."""

    def __deepcopy__(self, memo):
        fresh = memo[id(self)] = object.__new__(type(self))
        for name, part in vars(self).items():
            known = name == "file"
            vars(fresh)[name] = part.__class__(part.name) if known else copy.deepcopy(part, memo)
        return fresh


class Sink:
    """A file that can't be cloned."""

    def __init__(self, name):
        self.name = name
        self.frame = (item for item in [1])


@pytest.mark.parametrize(
    "make",
    [
        lambda: ctypes.c_int(3),
        lambda: ElementTree.fromstring("<a/>"),
        threading.Lock,
        threading.local,
        Empty,
        lambda: (Empty(),),
    ],
    ids=["number of C", "element", "lock", "thread-local", "object", "in a tuple"],
)
def test_what_the_engine_would_clone_is_shared(make):
    model = Holder(part=Shallow(held=make()))
    twin = clone(model)
    assert twin.part.held is not model.part.held


def scaled(factor):
    return lambda x: factor * x


@pytest.mark.parametrize("held", [scaled(2.0), "text", (1, "a"), len, Empty, scaled])
def test_what_holds_nothing_that_changes_may_be_shared(held):
    class Sharing(Holder):
        def __deepcopy__(self, memo):
            return Sharing(held=self.held, sink=Sink(self.sink.name))

    model = Holder(part=Sharing(held=held, sink=Sink("a")))
    assert clone(model).part.held is held


def test_what_is_declared_may_be_shared():
    part = Empty()
    model = Holder(log=Log(file=Sink("a"), part=part))
    assert clone(model, shared=[part]).log.part is part


def test_a_right_one_around_a_wrong_one_is_believed():
    model = Holder(log=Log(file=Sink("a"), part=Shallow(held=[1])))
    twin = clone(model)
    assert twin.log.file is not model.log.file
    assert twin.log.part.held is not model.log.part.held


def test_a_right_one_inside_a_wrong_one_is_believed():
    log = Log(file=Sink("a"), values=[1])
    model = Holder(part=Shallow(log=log, held=[1]), log=log)
    twin = clone(model)
    assert twin.log is twin.part.log is not log
    assert twin.part.held is not model.part.held


def test_one_that_enters_a_wrong_copy_in_the_memo_is_to_blame():
    class Entering(Holder):
        def __deepcopy__(self, memo):
            memo[id(self.part)] = self.part
            return Entering(part=self.part)

    part = Empty()
    part.values = [1]
    model = Holder(wrong=Entering(part=part), log=Log(file=Sink("a"), part=part), part=part)
    twin = clone(model)
    assert twin.wrong.part is twin.log.part is twin.part is not part
    assert twin.part.values is not part.values


def test_a_refusal_says_what_came_of_asking():
    class Failing(Holder):
        def __deepcopy__(self, memo):
            raise ValueError("the database is locked")

    for kind, said in (
        (Failing, "Failing was asked to copy itself: it raised ValueError: the database is locked"),
        (Shallow, "Shallow was asked to copy itself: what it made shares or changes original.part"),
    ):
        with pytest.raises(CloneRefused, match="live generator") as caught:
            clone(Holder(part=kind(sink=Sink("a")), other=Failing()))
        assert said in str(caught.value)
        assert caught.value.path == "original.part.sink.frame"
        assert str(caught.value).count("was asked") == 1


def test_finding_the_one_to_blame_takes_calls_in_proportion():
    class Child(Holder):
        def __deepcopy__(self, memo):
            fresh = memo[id(self)] = Child()
            vars(fresh).update(copy.deepcopy(vars(self), memo))
            return fresh

    def calls(count):
        model = Holder(wrong=[Shallow(held=[1]) for _ in range(count)])
        model.children = [Child(parent=model, values=[1]) for _ in range(count)]
        made = 0

        def counted(frame, event, argument):
            nonlocal made
            made += 1

        sys.setprofile(counted)
        try:
            clone(model)
        finally:
            sys.setprofile(None)
        return made

    calls(10)
    assert calls(200) < 4.2 * calls(50)
