"""Which objects are asked to copy themselves, by what method, and with what memo."""

from __future__ import annotations

import array
import copy
import copyreg
import dataclasses
import enum
import functools
from xml.etree import ElementTree

import pytest
import tensorflow as tf
import tf_keras

from pytest_tfpclone import CloneRefused, check_clone, clone
from pytest_tfpclone.cloning.own import OwnCopies


class Holder:
    def __init__(self, **parts):
        vars(self).update(parts)


class Log:
    """Holds a file, which only itself can open anew."""

    def __init__(self, path, part=None):
        self.path, self.part = path, part
        self.file = path.open("a")


class Decorator:
    def __init__(self, function):
        self.function = function

    def __get__(self, instance, owner=None):
        return functools.partial(self.function, instance)


class DecoratedLog(Log):
    @Decorator
    def __deepcopy__(self, memo):
        return DecoratedLog(self.path)


class WrappedLog(Log):
    @functools.lru_cache
    def __reduce__(self):
        return WrappedLog, (self.path,)


class PickledLog(Log):
    """What it is reduced to is registered."""


copyreg.pickle(PickledLog, lambda log: (PickledLog, (log.path,)))


class ReopenedLog(Log):
    def __getstate__(self):
        return {"path": self.path, "part": self.part}

    def __setstate__(self, state):
        vars(self).update(state)
        self.file = self.path.open("a")


def closed(*models):
    for model in models:
        model.file.close()


@pytest.mark.parametrize("kind", [DecoratedLog, WrappedLog, PickledLog, ReopenedLog])
def test_a_method_that_is_no_plain_function_is_asked(tmp_path, kind):
    model = Holder(log=kind(tmp_path / "log"), other=[1])
    twin = clone(model)
    assert type(twin.log) is kind
    assert twin.log.file is not model.log.file
    assert twin.other is not model.other
    closed(model.log, twin.log)


class Colour(enum.Enum):
    RED = 1


@dataclasses.dataclass(frozen=True, slots=True)
class Setting:
    parts: list


class Silent(Log):
    __deepcopy__ = None


class Stateful(tf_keras.Sequential):
    """Its state is a part of what Keras makes of it."""

    def __getstate__(self):
        raise AssertionError("asked")


@pytest.mark.parametrize("kind", [Colour, Setting, Silent, Stateful, tf.Module, Holder])
def test_what_a_framework_gives_a_class_is_not_asked(kind):
    assert OwnCopies(None, {}).handler(kind) is None


class Nested(Log):
    """Reaches itself while its copy is made, which the memo doesn't know."""

    def __deepcopy__(self, memo):
        return Nested(self.path, copy.deepcopy(self.part, memo))


class ReducedNested(Log):
    def __reduce__(self):
        return ReducedNested, (self.path, self.part)


@pytest.mark.parametrize("kind", [Nested, ReducedNested])
def test_one_that_is_asked_for_its_own_copy_is_not_asked_again(tmp_path, kind):
    log = kind(tmp_path / "log", Holder())
    log.part.owner = log
    with log.file, pytest.raises(CloneRefused, match="its copy is made from itself"):
        clone(Holder(log=log))
    del log.file
    twin = clone(Holder(log=log))
    assert twin.log.part.owner is twin.log


class Partner:
    def __init__(self):
        self.values = [1]


class Filling(Log):
    """Enters the copies that it makes in the memo, in one of the ways that a dict has."""

    def __deepcopy__(self, memo):
        fresh = object.__new__(type(self))
        self.enter(memo, id(self), fresh)
        fresh.path, fresh.file, fresh.part = self.path, self.path.open("a"), Partner()
        self.enter(memo, id(self.part), fresh.part)
        fresh.part.owner = copy.deepcopy(self.part.owner, memo)
        return fresh


class ByItem(Filling):
    def enter(self, memo, key, value):
        memo[key] = value


class ByUpdate(Filling):
    def enter(self, memo, key, value):
        memo.update({key: value})


class Asking(Log):
    """Looks in the memo before it makes a copy of a part."""

    def __deepcopy__(self, memo):
        fresh = object.__new__(type(self))
        memo.setdefault(id(self), fresh)
        fresh.path, fresh.file = self.path, self.path.open("a")
        known = id(self.part) in memo
        fresh.part = memo[id(self.part)] if known else copy.deepcopy(self.part, memo)
        return fresh


@pytest.mark.parametrize("kind", [ByItem, ByUpdate, Asking])
def test_what_it_enters_in_the_memo_is_what_others_get(tmp_path, kind):
    log = kind(tmp_path / "log", Partner())
    log.part.owner = log
    model = Holder(log=log, part=log.part)
    twin = clone(model)
    assert twin.log.file is not log.file
    assert twin.log.part is twin.part is not model.part
    assert twin.part.owner is twin.log
    closed(log, twin.log)


def test_it_finds_in_the_memo_what_is_cloned_already(tmp_path):
    part = Partner()
    part.owner = None
    model = Holder(part=part, log=Asking(tmp_path / "log", part))
    twin = clone(model)
    assert twin.log.file is not model.log.file
    assert twin.log.part is twin.part
    closed(model.log, twin.log)


class Tagged(array.array):
    """A C type with attributes of a subclass."""


class ItselfInC(Tagged):
    def __deepcopy__(self, memo):
        return self


class ReducedToItself(Tagged):
    def __reduce_ex__(self, protocol):
        return list.copy, ([self],)


@pytest.mark.parametrize("kind", [Tagged, ItselfInC, ReducedToItself])
def test_a_c_type_under_it_is_cloned_without_asking_it(kind):
    part = kind("d", [1.0])
    part.tag = [1]
    model = Holder(part=part, tag=part.tag)
    twin = clone(model)
    assert type(twin.part) is kind
    assert twin.part == part
    assert twin.part is not part
    assert twin.part.tag is twin.tag is not model.tag


def test_parts_of_a_c_type_are_the_models_parts():
    root = ElementTree.fromstring("<a x='1'>t<b/></a>")
    model = Holder(root=root, child=root[0])
    twin = clone(model)
    assert twin.root is not root
    assert twin.root[0] is twin.child is not model.child
    assert ElementTree.tostring(twin.root) == ElementTree.tostring(root)
    assert check_clone(model, twin).verdict == "independent"
