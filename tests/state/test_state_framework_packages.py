"""Which packages are the framework's, from the metadata of the installed distributions."""

from __future__ import annotations

import abc
import collections
import json
import types
from importlib import metadata

import pytest

from pytest_tfpclone.state import framework
from pytest_tfpclone.state.framework import (
    framework_packages,
    is_framework_function,
    is_framework_module,
    is_framework_type,
    is_importable,
    is_standard_type,
)

PROVIDED = {
    "tensorflow": ["TensorFlow_CPU"],
    "keras": ["keras"],
    "tools": ["Made_Up-Tools"],
    "more_tools": ["Made_Up-Tools", "other"],
    "deep": ["deep.down"],
    "last": ["last"],
    "extra": ["only-extra"],
    "users": ["users"],
    "__main__": ["last"],
}
REQUIRED = {
    "tensorflow-cpu": ["last", "made_up_tools[all]>=1; python_version > '3'", "missing", ""],
    "made-up-tools": ["TensorFlow-CPU", "deep.down (>1)", "only-extra; extra == 'all'"],
    "deep.down": ["tensorflow_cpu", "last", "Made-Up-Tools"],
    "keras": None,
    "last": ["tensorflow-cpu"],
    "only-extra": [],
    "users": ["last"],
}


@pytest.fixture
def installed(monkeypatch):
    """Return the packages of the framework where only the distributions above are installed."""

    def requires(name):
        if name not in REQUIRED:
            raise metadata.PackageNotFoundError(name)
        return REQUIRED[name]

    monkeypatch.setattr(metadata, "packages_distributions", lambda: PROVIDED)
    monkeypatch.setattr(metadata, "requires", requires)
    return framework_packages.__wrapped__()


def test_requirements_and_their_requirements_are_the_framework(installed):
    assert installed & set(PROVIDED) == {
        "tensorflow", "keras", "tools", "more_tools", "deep", "last",
    }  # fmt: skip


def test_the_standard_library_and_the_roots_are_the_framework_even_if_not_installed(installed):
    assert installed >= {"json", "builtins", "random", "pytest", "hypothesis", "tf_keras"}
    assert "__main__" not in installed


def test_the_metadata_are_read_once(monkeypatch):
    found = framework_packages()
    assert is_framework_module("tensorflow.made_up")

    def refuse(*arguments):
        raise AssertionError("asked again")

    monkeypatch.setattr(metadata, "packages_distributions", refuse)
    assert framework_packages() is found
    monkeypatch.setattr(framework, "framework_packages", refuse)
    assert is_framework_module("tensorflow.made_up")


def from_module(module, name="Kind"):
    return type(name, (), {"__module__": module})


@pytest.mark.parametrize(
    "kind", [dict, types.SimpleNamespace, collections.deque, from_module("zoneinfo"),
             from_module("typing", "FunctionType"), from_module("argparse")],
)  # fmt: skip
def test_classes_of_the_standard_library(kind):
    assert is_standard_type(kind)
    assert is_framework_type(kind)


@pytest.mark.parametrize("kind", [from_module("tensorflow.made_up"), from_module("keras")])
def test_classes_of_the_framework_that_are_not_the_standard_librarys(kind):
    assert not is_standard_type(kind)
    assert is_framework_type(kind)


class Unequal(type):
    def __eq__(cls, other):
        raise RuntimeError("asked")

    def __ne__(cls, other):
        raise RuntimeError("asked")

    __hash__ = type.__hash__


@pytest.mark.parametrize(
    "kind",
    [
        from_module("users"),
        from_module(None),
        types.new_class("Made"),
        types.new_class("SimpleNamespace"),
        types.new_class("SimpleNamespace", (), {"metaclass": Unequal}),
        from_module("".join(["ty", "pes"])),
        type("Made", (abc.ABC,), {}),
        type("ABC", (abc.ABC,), {}),
    ],
)
def test_classes_of_the_user(kind):
    assert not is_standard_type(kind)
    assert not is_framework_type(kind)


def test_functions_of_c_are_the_frameworks():
    assert is_framework_function(len)
    assert is_framework_function([].append)
    assert is_framework_function(json.dumps)


def test_a_function_of_no_module_is_the_users():
    function = types.FunctionType((lambda: 0).__code__, {})
    assert not is_framework_function(function)


class Agreeing:
    """An object that says it is equal to any other."""

    def __eq__(self, other):
        return True

    __hash__ = None


def function_of(module, name, **attributes):
    function = types.FunctionType((lambda: 0).__code__, {"__name__": module.__name__})
    function.__module__, function.__qualname__ = module.__name__, name
    vars(function).update(attributes)
    return function


@pytest.fixture
def made_up(monkeypatch):
    module = types.ModuleType("tensorflow.made_up_functions")
    monkeypatch.setitem(framework.sys.modules, module.__name__, module)
    return module


def test_a_function_is_importable_where_it_says_it_is(made_up):
    made_up.bound = function_of(made_up, "bound")
    assert is_importable(made_up.bound)
    assert not is_importable(function_of(made_up, "bound"))
    assert not is_importable(function_of(made_up, "missing"))
    assert not is_importable(function_of(made_up, "bound.missing"))
    made_up.agreeing = Agreeing()
    assert not is_importable(function_of(made_up, "agreeing"))


@pytest.mark.parametrize("wrapper", [staticmethod, classmethod, lambda function: function])
def test_a_method_is_importable_from_its_class(made_up, wrapper):
    method = function_of(made_up, "Owner.method")
    made_up.Owner = type("Owner", (), {"method": wrapper(method)})
    assert is_importable(method)
    assert not is_importable(function_of(made_up, "Owner.method"))


@pytest.mark.parametrize("module", ["users_own_module", "not.imported", None, ""])
def test_a_function_of_the_users_is_not_importable(monkeypatch, module):
    users = types.ModuleType("users_own_module")
    monkeypatch.setitem(framework.sys.modules, "users_own_module", users)
    users.bound = function_of(users, "bound")
    users.bound.__module__ = module
    assert not is_importable(users.bound)
