"""Whatever a model's own code raises while it is cloned comes out as a refusal with its path."""

from __future__ import annotations

import functools

import pytest

from pytest_tfpclone import CloneRefused, clone, where
from pytest_tfpclone.cloning import dispatch


@pytest.fixture
def taught(monkeypatch):
    """Return the decorator that teaches clone() a type, which it forgets after the test."""
    monkeypatch.setattr(dispatch, "_taught", {})
    return dispatch.handler


class Holder:
    def __init__(self, **parts):
        vars(self).update(parts)


class Sealed:
    """A key that can't be looked up any more once it is sealed."""

    sealed = False

    def __hash__(self):
        if self.sealed:
            raise RuntimeError("sealed")
        return 1


class SealedEqual(Sealed):
    def __hash__(self):
        return 1

    def __eq__(self, other):
        if self.sealed:
            raise RuntimeError("sealed")
        return self is other


def in_a_dict(*keys):
    return dict.fromkeys(keys)


def in_a_set(*keys):
    return set(keys)


def in_a_cache(*keys):
    function = functools.cache(lambda key: [key])
    for key in keys:
        function(key)
    return function


@pytest.mark.parametrize("container", [in_a_dict, in_a_set, in_a_cache])
@pytest.mark.parametrize("kind", [Sealed, SealedEqual])
def test_a_key_that_raises_when_it_is_looked_up(container, kind):
    keys = kind(), kind()
    model = Holder(first=[1], held=container(*keys))
    for key in keys:
        key.sealed = True
    with pytest.raises(CloneRefused, match="RuntimeError: sealed") as caught:
        clone(model)
    assert caught.value.path == "original.held"
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_what_waits_for_the_end_is_named_also_after_a_handler_cloned_a_part(taught):
    class Pair:
        def __init__(self, left, right):
            self.left, self.right = left, right

    def refuse():
        raise RuntimeError("at the end")

    @taught(Pair)
    def clone_pair(original, cloner):
        copy = Pair(cloner(original.left), None)
        cloner.later(refuse)
        return copy

    with pytest.raises(CloneRefused, match="RuntimeError: at the end") as caught:
        clone(Holder(pair=Pair([1], [2])))
    assert caught.value.path == "original.pair"


def test_an_error_is_not_its_own_cause(taught):
    @taught(Sealed)
    def refuse(original, cloner):
        raise CloneRefused("elsewhere", "no reason", "no advice")

    with pytest.raises(CloneRefused, match="elsewhere") as caught:
        clone([Sealed()])
    assert caught.value.__cause__ is None


def test_none_from_a_handler_is_no_copy(taught):
    class Part:
        pass

    @taught(Part)
    def forgetful(original, cloner):
        cloner.remember(original, Part())

    with pytest.raises(CloneRefused, match=r"the handler of Part, .*forgetful, returned None"):
        clone(Holder(part=Part()))

    @taught(Part)
    def generator(original, cloner):
        yield [1]

    with pytest.raises(CloneRefused, match=r"generator, returned None") as caught:
        clone(Holder(part=Part()))
    assert caught.value.path == "original.part"


def test_a_long_path_is_printed_without_its_middle():
    last = (item for item in [1])
    for _ in range(10_000):
        last = [last]
    with pytest.raises(CloneRefused) as caught:
        clone(last)
    assert caught.value.path == "original" + "[0]" * 10_000
    first = str(caught.value).partition("\n")[0]
    assert first.startswith("cannot clone original[0][0]")
    assert " ... " in first
    assert len(first) < 400


@pytest.mark.parametrize("declared", ["**", Holder, where(lambda part: True), "the model"])
def test_a_declaration_of_the_model_itself(declared):
    model = Holder(part=[1])
    shared = ["part", model if declared == "the model" else declared]
    with pytest.raises(ValueError, match=r"shared= covers the model itself, a Holder, by .+: "):
        clone(model, shared=shared)


def test_a_class_whose_metaclass_raises_can_be_named():
    class Mute(type):
        def __getattribute__(cls, name):
            raise RuntimeError("not a word")

    class Made(metaclass=Mute):
        pass

    with pytest.raises(CloneRefused, match="not a word") as caught:
        clone([object.__new__(Made)])
    assert caught.value.path == "original[0]"
