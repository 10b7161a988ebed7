"""What classes keep for every model: registries and caches, of which each model has its part."""

from __future__ import annotations

import functools

import pytest
import tensorflow_probability as tfp

from pytest_tfpclone.state.walk import Reach, Walk, walks_of

CONSTANT = tfp.distributions.FULLY_REPARAMETERIZED
GLOBAL = [1]


class Plain:
    def __init__(self, **attributes):
        vars(self).update(attributes)


def own_values(walk):
    return [node.value for node in walk if node.reach is Reach.OWN]


def registered(*numbers):
    """Return models of a class that keeps an entry for each, and the entries."""

    class Model:
        registry: dict = {}

        def __init__(self, number):
            self.own = [number]
            self.registry[self] = [number]

        def reads(self):
            return GLOBAL

    models = [Model(number) for number in numbers]
    return models, [Model.registry[model] for model in models]


def test_what_a_model_holds_itself_comes_before_what_is_around_it():
    assert list(Reach) == [0, 1]
    assert sorted([Reach.AMBIENT, Reach.OWN]) == [Reach.OWN, Reach.AMBIENT]


def test_one_model_alone_reaches_the_whole_registry():
    (first, second), entries = registered(1, 2)
    walk = Walk(first)
    assert all(entry in walk for entry in entries)
    assert second in walk
    assert walk.registries == {id(type(first).registry)}


def test_of_several_models_each_reaches_its_own_entry():
    models, entries = registered(1, 2, 3)
    walks = walks_of(models)
    assert [walk.root for walk in walks] == models
    for place, walk in enumerate(walks):
        assert [entry in walk for entry in entries] == [i == place for i in range(3)]
        assert [model in walk for model in models] == [i == place for i in range(3)]
        assert type(models[0]).registry in walk
        assert walk.registries == {id(type(models[0]).registry)}


def test_only_models_with_a_registry_are_walked_again():
    models, _ = registered(1, 2)
    plain = Plain(a=[1])
    first, other, second = walks_of([models[0], plain, models[1]])
    assert other.owned == frozenset()
    assert first.owned == second.owned
    assert {id(models[0]), id(models[1]), id(models[1].own), id(plain), id(plain.a)} <= first.owned
    assert id(GLOBAL) not in first.owned
    assert GLOBAL in first


def test_models_without_a_registry_are_walked_once():
    walks = walks_of([Plain(a=[1]), Plain(a=[2])])
    assert [walk.owned for walk in walks] == [frozenset(), frozenset()]
    assert [own_values(walk) for walk in walks] == [[walk.root, walk.root.a] for walk in walks]
    assert walks_of([]) == []


def test_a_registry_that_the_models_hold_themselves_is_not_divided():
    held: dict = {}
    models = [Plain(held=held), Plain(held=held)]
    held.update({id(model): [place] for place, model in enumerate(models)})
    for walk in walks_of(models):
        assert walk.registries == set()
        assert all(entry in walk for entry in held.values())


@pytest.mark.parametrize("maxsize", [None, 8])
def test_a_cache_of_a_class_shows_the_results_for_the_model(maxsize):
    class Model:
        @functools.lru_cache(maxsize=maxsize)
        def result(self):
            return [1]

    first, second = Model(), Model()
    results = first.result(), second.result()
    walk = Walk(first)
    assert results[0] in walk
    assert results[1] not in walk
    assert second not in walk
    assert walk.registries == set()


def test_a_cache_that_the_model_holds_shows_all_its_results():
    cached = functools.lru_cache(lambda owner: [owner])
    first, second = Plain(), Plain()
    results = cached(first), cached(second)
    walk = Walk(Plain(cached=cached))
    assert all(result in walk for result in results)


def test_the_walk_goes_on_behind_a_constant_of_the_framework():
    class WithState:
        state = [1]

    inner = [1]
    root = Plain(constant=CONSTANT, inner=[inner], other=WithState())
    walk = Walk(root)
    assert walk.node(CONSTANT).edges == []
    assert inner in walk
    assert WithState.state in walk


def test_classes_without_state_are_no_part_of_a_model():
    class Empty:
        __slots__ = ()

    class WithState:
        state = [1]

    walk = Walk(Plain(kinds=[int, Empty, WithState], text="a"))
    assert int not in walk
    assert Empty not in walk
    assert WithState in walk
    assert walk.node(WithState).reach is Reach.AMBIENT
    assert walk.node(WithState.state).path == (".kinds", "[2]", ".state")
    assert "a" not in walk


def test_what_is_left_out_is_left_out_wherever_it_stands():
    inner = [1]
    walk = Walk(Plain(first=inner, second=[inner, 2]), without=frozenset([id(inner)]))
    assert inner not in walk
    assert [step for step, _ in walk.node(walk.root).edges] == [".second"]
    assert own_values(walk) == [walk.root, [inner, 2]]


def test_a_class_that_is_left_out_is_not_followed():
    class WithState:
        state = [1]

    root = Plain(kind=WithState)
    assert WithState in Walk(root)
    assert WithState not in Walk(root, without=frozenset([id(WithState)]))


def test_everything_around_a_model_is_looked_at_once_and_from_the_model_on():
    class First:
        state = [1]

    class Second:
        state = [1]

    class Last:
        state = [1]

    walk = Walk(First.__new__(type("Root", (First,), {"inner": [Second(), Last()]})))
    around = [node.path for node in walk if node.value == [1]]
    assert around == [(".state",), (".inner", "[0]", ".state"), (".inner", "[1]", ".state")]


class Incomparable(type):
    def __eq__(cls, other):
        raise RuntimeError("compared")

    __hash__ = type.__hash__


def test_the_class_of_what_stands_around_a_model_is_never_compared():
    class Model:
        state = [Incomparable("Kind", (), {})()]

    assert Model.state[0] in Walk(Model())


def test_depth_counts_every_part_of_a_path():
    inner = [1]
    walk = Walk(functools.partial(print, [inner]))
    assert walk.node(inner).depth == 3
    assert walk.node(walk.root).depth == 0
