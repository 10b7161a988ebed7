"""The walk: all that is reachable, the shortest way first, and nothing changed by looking."""

from __future__ import annotations

import functools
import gc
import threading
import weakref

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone.state.walk import Reach, Walk

tfd = tfp.distributions


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)

    def method(self):
        """Change nothing."""


GLOBAL = Plain(rate=1.0)


class WithClassState:
    state = [1]


def names_a_global():
    return GLOBAL


def path_to(root, value):
    return "".join(Walk(root).node(value).path)


def test_the_root_is_its_own_first_node():
    root = Plain()
    walk = Walk(root)
    assert walk.node(root).path == ()
    assert walk.node(root).depth == 0
    assert next(iter(walk)).value is root


def test_paths_are_the_shortest():
    inner = Plain()
    root = Plain(long=Plain(way=inner), short=inner)
    assert path_to(root, inner) == ".short"


def test_what_is_held_too_is_named_by_where_it_is_held():
    """The number of a weak key depends on what the collector has not yet taken."""
    inner, passing = Plain(), Plain()
    watched = weakref.WeakKeyDictionary({passing: True, inner: True})
    root = Plain(watched=watched, part=Plain(part=Plain(part=Plain(part=Plain(part=inner)))))
    name = ".part.part.part.part.part"
    assert path_to(root, inner) == name
    del passing
    assert path_to(root, inner) == name


def by_method(value):
    return weakref.WeakMethod(value.method)


@pytest.mark.parametrize("refer", [weakref.ref, weakref.proxy, by_method])
def test_each_weak_reference_is_followed_last(refer):
    inner = Plain(part=[1])
    root = Plain(seen=refer(inner), held=Plain(held=inner))
    assert path_to(root, inner.part) == ".held.held.part"


def test_what_is_only_referred_to_is_named_by_that():
    inner = Plain(state=[1])
    root = Plain(seen=weakref.ref(inner))
    assert path_to(root, inner.state) == ".seen().state"


def test_a_path_joins_steps_of_several_parts():
    inner = Plain()
    partial = functools.partial(print, [inner])
    assert Walk(partial).node(inner).path == (".args", "[0]", "[0]")


def test_what_is_not_reached_has_no_node():
    other = Plain()
    walk = Walk(Plain(a=1))
    assert other not in walk
    assert walk.node(other) is None


def test_cycles_end():
    root = Plain()
    root.self, root.items = root, [root]
    root.items.append(root.items)
    assert {type(node.value) for node in Walk(root)} >= {Plain, list}
    assert Walk(root).node(root).path == ()


def test_a_deep_graph_does_not_recurse():
    root: list = []
    for _ in range(100_000):
        root = [root]
    walk = Walk(root)
    assert len(walk.nodes) == 100_001
    while root:
        root = root.pop()


def test_a_wide_graph():
    items = [[i] for i in range(50_000)]
    walk = Walk(items)
    assert len(walk.nodes) == 50_001
    assert walk.node(items[-1]).path == ("[49999]",)


def test_each_hiding_place_is_found():
    variable = tf.Variable(1.0)
    places = {
        ".attribute": Plain(attribute=variable),
        "['key']": {"key": variable},
        "[0]": (variable,),
        ".<closure 'variable'>": lambda: variable,
        ".args[0]": functools.partial(print, variable),
        ".python_function.<closure 'variable'>": tf.function(lambda: variable),
        "()": weakref.ref(variable),
        ".keywords['end']": functools.partial(print, end=variable),
    }
    for expected, place in places.items():
        assert path_to(place, variable) == expected


def test_a_method_and_a_callable_object():
    class Model:
        def __init__(self):
            self.rate = tf.Variable(1.0)

        def step(self):
            return self.rate

    model = Model()
    assert path_to(model.step, model.rate) == ".__self__.rate"


def test_own_state_and_ambient_state():
    model = Plain(own=Plain(), function=names_a_global, instance=WithClassState())
    walk = Walk(model)
    assert walk.node(model.own).reach is Reach.OWN
    assert walk.node(GLOBAL).reach is Reach.AMBIENT
    assert walk.node(WithClassState.state).reach is Reach.AMBIENT
    assert walk.node(GLOBAL).path == (".function", ".<global 'GLOBAL'>")
    assert walk.node(WithClassState.state).path == (".instance", ".state")


def test_what_is_reached_both_ways_is_own():
    model = Plain(function=names_a_global, deep=[[[GLOBAL]]])
    assert Walk(model).node(GLOBAL).reach is Reach.OWN


def test_what_hangs_below_ambient_state_is_ambient():
    inner = Plain()
    WithClassState.nested = [inner]
    try:
        walk = Walk(WithClassState())
    finally:
        del WithClassState.nested
    assert walk.node(inner).reach is Reach.AMBIENT
    assert walk.node(inner).path == (".nested", "[0]")


def test_the_class_that_a_model_holds_is_followed():
    walk = Walk(Plain(kind=WithClassState))
    assert WithClassState.state in walk


def test_a_class_shows_what_its_bases_hold():
    child = type("Child", (WithClassState,), {})
    assert WithClassState.state in Walk(Plain(kind=child))
    assert WithClassState.state in Walk(child())


def test_the_frameworks_constants_are_not_looked_into():
    layer = tf_keras.layers.Dense(1)
    layer.build((None, 1))
    reached = {type(node.value).__name__ for node in Walk(layer)}
    assert "ResourceVariable" in reached
    assert "Graph" not in reached
    walk = Walk(tfd.Normal(0.0, 1.0))
    node = walk.node(tfd.FULLY_REPARAMETERIZED)
    assert node is not None
    assert node.edges == []
    assert id(tfd.FULLY_REPARAMETERIZED) in walk.constants


def test_without_leaves_out_an_object_and_what_is_below_it():
    inner, outer = Plain(), Plain()
    outer.inner = inner
    model = Plain(outer=outer, kept=Plain())
    walk = Walk(model, without=frozenset([id(outer)]))
    assert outer not in walk
    assert inner not in walk
    assert model.kept in walk
    model.inner = inner
    assert inner in Walk(model, without=frozenset([id(outer)]))


def test_without_holds_for_class_attributes_too():
    walk = Walk(WithClassState(), without=frozenset([id(WithClassState.state)]))
    assert WithClassState.state not in walk


def test_a_walk_holds_what_it_found():
    class Fleeting:
        @property
        def __dict__(self):
            return {"made": [1]}

    walk = Walk(Plain(a=Fleeting()))
    ids = [id(node.value) for node in walk]
    gc.collect()
    assert len(ids) == len(set(ids))


def test_looking_calls_and_changes_nothing():
    calls = []

    class Hostile:
        def __init__(self):
            object.__setattr__(self, "inner", tf.Variable(1.0))

        def __getattr__(self, name):
            calls.append(name)
            raise RuntimeError(name)

        def __eq__(self, other):
            calls.append("eq")
            raise RuntimeError

        def __hash__(self):
            calls.append("hash")
            raise RuntimeError

        def __len__(self):
            calls.append("len")
            raise RuntimeError

        def __iter__(self):
            calls.append("iter")
            raise RuntimeError

        def __bool__(self):
            calls.append("bool")
            raise RuntimeError

        @property
        def __class__(self):
            calls.append("__class__")
            raise RuntimeError

        @property
        def trap(self):
            calls.append("trap")
            raise RuntimeError

    hostile = Hostile()
    assert vars(hostile)["inner"] in Walk({"a": hostile, "b": [hostile]})
    assert calls == []


def test_looking_traces_nothing():
    @tf.function(input_signature=[tf.TensorSpec([], tf.float32)])
    def function(x):
        traced.append(1)
        return x

    traced = []
    Walk(function)
    assert traced == []


def test_looking_builds_no_model():
    model = tf_keras.Sequential([tf_keras.layers.Dense(1)])
    before = set(vars(model))
    Walk(model)
    assert set(vars(model)) == before
    assert not model.built


def test_a_lock_does_not_stop_the_walk():
    inner = Plain()
    walk = Walk(Plain(lock=threading.Lock(), condition=threading.Condition(), inner=inner))
    assert inner in walk


def test_two_models_of_one_factory_have_no_state_in_common():
    def make():
        return tf_keras.Sequential(
            [
                tf_keras.Input((2,)),
                tf_keras.layers.Dense(2),
                tfp.layers.DistributionLambda(lambda t: tfd.Normal(t, 1.0)),
            ]
        )

    from pytest_tfpclone.state import mutable

    walks = [Walk(make()), Walk(make())]
    common = [
        node.path
        for node in walks[0]
        if node.value in walks[1]
        and node.reach is Reach.OWN
        and mutable.state_cell(node.value) is not None
        and id(node.value) not in walks[0].constants
    ]
    assert common == []


def test_arrays_in_object_arrays():
    items = np.empty(1, object)
    items[0] = inner = np.zeros(2)
    assert path_to(items, inner) == ".flat[0]"
