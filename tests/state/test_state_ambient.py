"""What stands behind attributes: layers as Keras counts them, classes and globals."""

from __future__ import annotations

import collections
import enum
import functools
import random
import sys
import types
import weakref

import pytest
import tf_keras
from looking import Plain, child, steps

from pytest_tfpclone.state.ambient import (
    ambient_edges,
    cached_for,
    class_edges,
    entries_of,
    global_edges,
    held_classes,
)
from pytest_tfpclone.state.edges import edges
from pytest_tfpclone.state.walk import Walk


def test_layers_are_counted_as_keras_counts_them():
    model = tf_keras.Sequential([tf_keras.Input((2,)), tf_keras.layers.Dense(1)])
    assert child(model, (".layers", "[0]")) is model.layers[0]
    inputs = tf_keras.Input((2,))
    functional = tf_keras.Model(inputs, tf_keras.layers.Dense(1)(inputs))
    assert child(functional, (".layers", "[1]")) is functional.layers[1]


def test_a_layers_record_of_its_calls_is_not_followed():
    inputs = tf_keras.Input((2,))
    layer = tf_keras.layers.Dense(1)
    tf_keras.Model(inputs, layer(inputs))
    assert not [step for step in steps(layer) if "bound_nodes" in str(step)]


GLOBAL_STATE = Plain()


def reads_a_global():
    def inner():
        return GLOBAL_STATE

    return inner


class Holder:
    table = {"a": 1}
    number = 3

    def method(self):
        return self.table


def test_globals_that_a_function_names_are_ambient():
    assert global_edges(reads_a_global) == [(".<global 'GLOBAL_STATE'>", GLOBAL_STATE)]
    assert ambient_edges(reads_a_global) == global_edges(reads_a_global)
    assert edges(reads_a_global) == []


def test_globals_of_a_framework_function_are_not_followed():
    assert ambient_edges(random.seed) == []
    assert ambient_edges(functools.wraps) == []


def test_class_attributes_are_ambient_and_leaves_are_left_out():
    found = dict(ambient_edges(Holder()))
    assert found[".table"] is Holder.table
    assert found[".method"] is Holder.method
    assert ".number" not in found
    assert dict(ambient_edges(Holder)) == found


def test_a_class_in_a_class_is_followed():
    class Outer:
        class Inner:
            class Innermost:
                table = [1]

        class Empty:
            pass

        kind = collections.OrderedDict

    walk = Walk(Outer())
    found = walk.node(Outer.Inner.Innermost.table)
    assert found.path == (".Inner", ".Innermost", ".table")
    assert Outer.Empty not in walk
    assert collections.OrderedDict not in walk


def test_attributes_of_a_framework_class_are_not_ambient():
    assert class_edges(tf_keras.layers.Dense) == []
    assert class_edges(collections.OrderedDict) == []


def test_a_class_attribute_that_is_added_later_is_seen():
    class Growing:
        pass

    assert class_edges(Growing) == []
    Growing.cache = marker = []
    assert class_edges(Growing) == [(".cache", marker)]
    del Growing.cache
    assert class_edges(Growing) == []


class Colour(enum.Enum):
    RED = (1, [2])


Colour.RED.Extra = [1]
Colour.RED.zeta = [2]


def test_what_a_member_of_an_enumeration_holds_goes_by_its_own_names():
    found = dict(ambient_edges(Colour.RED))
    assert found[".value"] is Colour.RED.value
    assert found[".Extra"] == [1]
    assert found[".zeta"] == [2]
    assert set(found) == {".value", ".Extra", ".zeta"}


def module(**names):
    made = types.ModuleType("a_module_of_a_user")
    vars(made).update(names)
    return made


def test_of_a_module_its_own_state_is_looked_at_but_no_object():
    held = [1]
    made = module(held=held, thing=Plain(), number=3, __private__=[2], _internal=[4])
    assert ambient_edges(made) == [(".held", held), ("._internal", [4])]
    assert ambient_edges(random) == []


def test_classes_among_what_is_held():
    assert held_classes([(".a", Plain), (".b", 1), (".c", int)]) == [(".a", Plain), (".c", int)]


class Machinery:
    __annotations__ = {"x": int}
    __doc__ = "text"
    __half = [1]
    half__ = [2]
    __slots__ = ("__weakref__", "slot")

    def __repr__(self):
        return "user's own"


def test_of_a_class_what_python_keeps_is_left_out():
    names = {step for step, _ in class_edges(Machinery)}
    assert names == {"._Machinery__half", ".half__", ".__repr__"}


def test_a_class_with_abstract_methods_shows_them_and_no_machinery():
    import abc

    class Abstract(abc.ABC):
        table = [1]

        @abc.abstractmethod
        def method(self):
            """Do nothing."""

    assert {step for step, _ in class_edges(Abstract)} == {".table", ".method"}


def test_methods_that_the_library_makes_are_not_the_users():
    @functools.total_ordering
    class Ordered:
        def __lt__(self, other):
            return True

    assert {step for step, _ in class_edges(Ordered)} == {".__lt__"}


def with_globals(source, **names):
    namespace = {"__name__": "a_module_of_a_user", **names}
    exec(source, namespace)
    return namespace["function"]


def test_names_of_modules_are_followed_to_what_is_meant():
    inner = module(state=[1])
    outer = module(inner=inner, other=[2], unused=[3])
    function = with_globals("def function(): return outer.inner.state, outer.other", outer=outer)
    assert global_edges(function) == [
        (".<global 'outer'>.other", [2]),
        (".<global 'outer'>.inner.state", [1]),
    ]


def test_frameworks_modules_and_modules_met_before_are_passed_over():
    state = [1]
    made = module(state=state)
    made.again = made
    source = "def function(): return math.state, alias.again.state, made.state"
    function = with_globals(source, math=random, alias=made, made=made)
    assert global_edges(function) == [(".<global 'alias'>.state", state)]


def test_modules_that_a_function_imports_are_followed(monkeypatch):
    monkeypatch.setitem(sys.modules, "a_module_of_a_user", module(state=[1]))
    monkeypatch.setitem(sys.modules, "no_module_at_all", Plain())
    source = "def function():\n import no_module_at_all, a_module_of_a_user as m\n return m.state"
    assert global_edges(with_globals(source)) == [(".<import 'a_module_of_a_user'>.state", [1])]


class Owner:
    def method(self):
        return 1


@pytest.mark.parametrize(
    "key",
    [
        lambda owner: owner,
        id,
        weakref.ref,
        lambda owner: owner.method,
    ],
    ids=["object", "id", "reference", "method"],
)
def test_whose_the_entries_of_a_registry_are(key):
    mine, theirs, stranger = Owner(), Owner(), Owner()
    mine.kept = theirs.kept = None
    known = Walk([mine])
    list(known)
    owned = frozenset({id(mine), id(theirs)})
    entries = {name: [key(owner)] for name, owner in (("m", mine), ("t", theirs))}
    nodes = {id(node.value): node for node in known}
    registry = {key(mine): entries["m"], key(theirs): entries["t"], key(stranger): "s"}
    has_own, others = entries_of(registry, edges(registry), nodes, owned)
    assert has_own
    assert id(entries["t"]) in others
    assert id(entries["m"]) not in others
    assert not others & {id(mine), id("s")}


def test_a_registry_without_entries_of_a_model_or_that_is_none():
    mine, theirs = Owner(), Owner()
    nodes = {id(node.value): node for node in Walk([mine])}
    owned = frozenset({id(mine), id(theirs)})
    for registry in ({theirs: 1}, [theirs], {theirs}, (mine,), Plain(), {"a": 1}):
        assert entries_of(registry, edges(registry), nodes, owned) == (False, set())
    for registry in ([mine, theirs], collections.deque([mine, theirs])):
        assert entries_of(registry, edges(registry), nodes, owned) == (True, {id(theirs)})


def test_an_entry_that_stands_for_two_models_is_the_first_ones():
    mine, theirs = Owner(), Owner()
    nodes = {id(node.value): node for node in Walk([mine])}
    owned = frozenset({id(mine), id(theirs)})
    both = [1]
    registry = {mine: both, theirs: both}
    assert entries_of(registry, edges(registry), nodes, owned) == (True, {id(theirs)})


def test_small_numbers_are_no_identities():
    mine = Owner()
    nodes = {id(node.value): node for node in Walk([mine])}
    owned = frozenset({id(mine), 0, 1, -1})
    registry = {mine: [1], "a": [2], None: [3], 2.5: [4]}
    assert entries_of(registry, edges(registry), nodes, owned) == (True, set())


class ByValue:
    def __init__(self, number):
        self.number = number

    def __eq__(self, other):
        if self.number == "raises" or other.number == "raises":
            raise RuntimeError("eq")
        return self.number == other.number

    def __hash__(self):
        return 1


class ByValueToo(ByValue):
    pass


class HashedOnly:
    def __hash__(self):
        return 1


def cached_steps(function, *roots):
    nodes = {id(node.value): node for node in Walk(list(roots))}
    found = cached_for(edges(function), nodes)
    return [str(step) for step, _ in found if "cached" in str(step)]


@pytest.mark.parametrize(
    ("argument", "root", "is_known"),
    [
        (1, Plain, True),
        ("text", Plain, True),
        (Plain, Plain, True),
        (None, Plain, True),
        ((1, (2, "a")), Plain, True),
        (Plain(), Plain, False),
        ((Plain(), 1), Plain, False),
        ((1, (2, Plain())), Plain, False),
        (ByValue(1), ByValue(1), True),
        (ByValue(1), ByValue(2), False),
        (ByValue("raises"), ByValue("raises"), False),
        (ByValue(1), ByValueToo(1), False),
        (HashedOnly(), HashedOnly(), False),
    ],
)
def test_results_for_others_arguments_are_left_out(argument, root, is_known):
    @functools.lru_cache
    def function(value):
        return [value]

    function(argument)
    assert bool(cached_steps(function, root)) is is_known
    assert cached_steps(function, root, argument)
