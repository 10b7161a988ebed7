"""The singletons of made-up framework modules are found, and found again when they change."""

from __future__ import annotations

import threading
import types

import pytest
from looking import Incomparable

from pytest_tfpclone.state import framework
from pytest_tfpclone.state.framework import _same, _SingletonIndex, _Watched

NAME = "tf_keras.made_up"


class Mine:
    pass


def made(module=NAME, name="Made", **attributes):
    """Return an instance of a class that says it is from a module."""
    return type(name, (), {"__module__": module, **attributes})()


class World:
    """A process in which only the modules given are imported."""

    def __init__(self, modules):
        self.modules = modules
        self.index = _SingletonIndex()

    def module(self, name=NAME, **bound):
        found = types.ModuleType(name)
        vars(found).update(bound)
        self.modules[name] = found
        return found

    def name(self, value):
        self.index.update()
        return self.index.bound.get(id(value), (None, None))[1]

    def watched(self):
        self.index.update()
        return set(self.index._watched._names.values()) - {"__spec__", "__loader__"}


@pytest.fixture
def world(monkeypatch):
    framework.framework_packages()
    modules = {}
    monkeypatch.setattr(framework, "sys", types.SimpleNamespace(modules=modules))
    return World(modules)


def test_only_modules_of_the_framework_are_read(world):
    value = Mine()
    world.modules["tf_keras.no_module"] = types.SimpleNamespace(BOUND=value)
    world.modules["tf_keras.blocked"] = None
    for name in ("builtins", "users", "tf_kerasish"):
        world.module(name, _=value)
    assert world.name(value) is None
    world.module("atexit", BOUND=value)
    assert world.name(value) == "atexit.BOUND"


def test_the_first_name_of_an_object_is_kept(world):
    value = Mine()
    world.module("tf_keras.a", FIRST=value)
    world.module("tf_keras.b", SECOND=value)
    assert world.name(value) == "tf_keras.a.FIRST"
    world.modules["tf_keras.a"].FIRST = None
    assert world.name(value) == "tf_keras.a.FIRST"


@pytest.mark.parametrize("first", [None, Mine()])
def test_a_name_that_comes_to_mean_another_object(world, first):
    module = world.module(BOUND=first)
    world.index.update()
    second, third = Mine(), Mine()
    module.BOUND = second
    assert world.name(second) == f"{NAME}.BOUND"
    module.BOUND = third
    assert world.name(third) == f"{NAME}.BOUND"


def test_a_name_that_is_unbound_and_bound_again(world):
    first, second = Mine(), Mine()
    module = world.module(BOUND=first)
    assert world.name(first) == f"{NAME}.BOUND"
    del module.BOUND
    assert world.name(None) is None
    module.BOUND = second
    assert world.name(second) == f"{NAME}.BOUND"


def test_a_module_that_shrinks_and_grows_again(world):
    module = world.module(FIRST=1, SECOND=2)
    world.index.update()
    del module.FIRST
    world.index.update()
    module.THIRD = value = Mine()
    assert world.name(value) == f"{NAME}.THIRD"


@pytest.mark.parametrize("others", [0, 1])
def test_a_module_that_is_imported_again(world, others):
    bound = {f"name_{number}": number for number in range(others)}
    world.module(BOUND=Mine())
    world.index.update()
    value = Mine()
    world.module(BOUND=value, **bound)
    assert world.name(value) == f"{NAME}.BOUND"


def test_modules_that_were_there_are_not_read_again_when_another_is_imported(world):
    world.module(BOUND=Mine())
    world.index.update()
    other = world.module("tf_keras.other", BOUND=Mine())
    read = []
    world.index._read = lambda name, namespace, names: read.append(name)
    world.index.update()
    assert read == [other.__name__]


def test_a_module_that_is_imported_again_and_holds_what_is_equal(world):
    first, second = (types.ModuleType(NAME) for _ in range(2))
    vars(first)["BOUND"], vars(second)["BOUND"] = old, new = [1], [1]
    world.modules[NAME] = first
    assert world.name(old) == f"{NAME}.BOUND"
    world.modules[NAME] = second
    assert world.name(new) == f"{NAME}.BOUND"


def test_of_two_modules_that_change_both_are_read(world):
    first, second = world.module("tf_keras.a", A=1), world.module("tf_keras.b", B=1)
    world.index.update()
    first.NEW, second.NEW = values = Mine(), Mine()
    assert [world.name(value) for value in values] == ["tf_keras.a.NEW", "tf_keras.b.NEW"]


def test_names_are_watched_that_may_come_to_mean_another_object(world):
    value = Mine()
    world.module(
        NONE=None, VALUE=value, AGAIN=value, LIST=[], NUMBER=3, TEXT="a", FLAG=True, PAIR=(1, 2),
        FUNCTION=lambda: 0, BUILTIN=len, CLASS=Mine, META=type("Meta", (type,), {})("A", (), {}),
        __private__=Mine(),
    )  # fmt: skip
    assert world.watched() == {"NONE", "VALUE", "LIST"}


def test_nothing_is_read_while_nothing_changes(world):
    world.module(BOUND=Mine(), WAITING={"a": None}, LOCAL=threading.local())
    world.index.update()
    read = []
    world.index._read = lambda *arguments: read.append(arguments)
    world.index.update()
    assert read == []


def test_private_names_are_read_and_not_watched(world):
    value = Mine()
    world.module(__private__=value)
    assert world.name(value) == f"{NAME}.__private__"


def test_a_dict_that_waits_for_its_values(world):
    waiting = {"a": None, "b": 1}
    world.module(WAITING=waiting, FULL=(full := {"a": 1}))
    world.index.update()
    waiting["a"], waiting["b"] = first, second = made(), made()
    users = waiting["users"] = Mine()
    assert world.name(first) == f"{NAME}.WAITING['a']"
    assert world.name(second) == f"{NAME}.WAITING['b']"
    assert world.name(users) is None
    full["a"] = late = made()
    assert world.name(late) is None


def test_of_two_dicts_that_wait_the_second_is_filled(world):
    first, second = {"a": None}, {"a": None}
    world.module(FIRST=first, SECOND=second)
    world.index.update()
    second["a"] = value = made()
    assert world.name(value) == f"{NAME}.SECOND['a']"


@pytest.mark.parametrize("module", ["keras", "tf_probability", "users", "zoneinfo", "abc"])
def test_what_others_keep_per_thread_in_an_object_of_the_framework(world, module):
    local = threading.local()
    world.module(LOCAL=local)
    local.others, local.own = made(module), made("tf_keras.elsewhere")
    local.number = 3
    assert world.name(local.others) is None
    assert world.name(local.own) == f"{NAME}.LOCAL.own"
    assert world.name(local.number) is None


def hostile():
    return Incomparable("Kind", (), {"__eq__": lambda *_: 1 / 0, "__hash__": None})()


def test_hostile_objects_are_found_and_not_asked(world):
    value, other, default, held, inner = (hostile() for _ in range(5))

    def function(value=default):
        return value

    function.__wrapped__ = hostile()
    owner = type("Owner", (), {"held": held, "__module__": NAME})
    module = world.module(BOUND=value, function=function, Owner=owner, WAITING={1: None, 2: inner})
    assert world.name(value) == f"{NAME}.BOUND"
    assert world.name(default) == f"{NAME}.function(<default>)"
    assert world.name(held) == f"{NAME}.Owner.held"
    module.WAITING[1] = inner
    module.BOUND = other
    assert world.name(other) == f"{NAME}.BOUND"


def test_defaults_are_those_of_every_wrapped_function(world):
    outer, keyword, inner, skipped = [1], [2], [3], [4]

    def wrapped(value=inner, number=3, pair=(1,), call=len):
        return value, number, pair, call

    def function(value=outer, *, other=keyword):
        return value, other

    function.__wrapped__ = wrapped
    wrapped.__wrapped__ = function
    wrapped.attribute = skipped
    module = world.module(function=function, builtin=len, plain=lambda: 0)
    for value in (outer, keyword, inner):
        assert world.name(value) == f"{NAME}.function(<default>)"
    for value in (skipped, 3, wrapped.__defaults__[2], len, function, module.plain):
        assert world.name(value) is None


def test_what_a_class_of_the_module_holds(world):
    held, static_default, class_default, default = [1], [2], [3], [4]

    class Owner:
        attribute, number, pair, call = held, 3, (1,), len

        @staticmethod
        def static(value=static_default):
            return value

        @classmethod
        def make(cls, value=class_default):
            return value

        def method(self, value=default):
            return value

        @property
        def value(self):
            return 1

    Owner.__module__ = "".join(list(NAME))
    world.module(Owner=Owner)
    assert world.name(held) == f"{NAME}.Owner.attribute"
    assert world.name(static_default) == f"{NAME}.Owner.static(<default>)"
    assert world.name(class_default) == f"{NAME}.Owner.make(<default>)"
    assert world.name(default) == f"{NAME}.Owner.method(<default>)"
    for name in ("number", "pair", "call", "method", "value"):
        assert world.name(vars(Owner)[name]) is None
    assert world.name(Owner) is None


@pytest.mark.parametrize("elsewhere", ["abc", "zoneinfo", "users", None])
def test_what_a_class_or_an_item_from_elsewhere_holds_is_not_read(world, elsewhere):
    held, item = [1], made(elsewhere)
    own = made("".join(list(NAME)))
    imported = type("Imported", (), {"held": held, "__module__": elsewhere})
    world.module(Imported=imported, ITEMS={"a": item, "b": own})
    assert world.name(held) is None
    assert world.name(item) is None
    assert world.name(own) == f"{NAME}.ITEMS['b']"


def test_items_are_those_of_dicts_alone(world):
    item = made()
    world.module(ITEMS=[item], TABLE=type("Table", (dict,), {})(a=item))
    assert world.name(item) is None


def test_watched_names_are_reported_until_the_new_value_is_known():
    watched, one, other = _Watched(), {"a": 1, "b": 2, "c": None}, {"a": 1}
    for name, value in one.items():
        watched.add("one", one, name, value)
    watched.add("other", other, "a", other["a"])
    assert watched.changed() == []
    one["b"], other["a"] = 3, None
    assert watched.changed() == [("one", one, "b"), ("other", other, "a")]
    watched.add("one", one, "b", 3)
    del one["a"]
    assert watched.changed() == [("one", one, "a"), ("other", other, "a")]


def test_a_name_is_watched_in_the_namespace_that_was_given_last():
    watched, before, now = _Watched(), {"a": 1}, {"a": 2}
    watched.add("module", before, "a", 1)
    watched.add("module", now, "a", 2)
    before["a"] = 3
    assert watched.changed() == []
    now["a"] = 4
    assert watched.changed() == [("module", now, "a")]


def test_two_lists_are_the_same_if_they_hold_the_same_objects():
    one, other = [1], [1]
    assert _same([], [])
    assert _same([one] * 1000, [one] * 1000)
    assert not _same([one], [other])
    assert not _same([one], [one, one])
    assert not _same([one, one], [one])
    assert not _same([one, other], [one, one])
