"""What a function's code refers to, read from its bytecode."""

from __future__ import annotations

import pytest

from pytest_tfpclone.state.functions import (
    attribute_names,
    global_names,
    imported_names,
    rebound_globals,
    rebound_names,
)

STATE = [1]
OTHER = [2]


def test_globals_that_code_reads():
    def function():
        return STATE

    assert global_names(function.__code__) == {"STATE"}


def test_globals_that_nested_code_reads():
    def function():
        def inner():
            return [OTHER for _ in range(2)]

        return inner, lambda: STATE

    assert global_names(function.__code__) == {"OTHER", "STATE", "range"}


def test_attributes_and_assigned_names_are_no_globals():
    def function(value):
        local = value.STATE
        return local.OTHER

    assert global_names(function.__code__) == frozenset()


def test_names_of_a_class_body():
    def function():
        class Inner:
            held = STATE

        return Inner

    assert "STATE" in global_names(function.__code__)


def test_a_closure_that_is_rebound():
    count = 0

    def step():
        nonlocal count
        count += 1

    assert rebound_names(step.__code__) == {"count"}


def test_a_closure_that_is_only_read():
    count = [0]

    def step():
        count.append(1)
        return count

    assert rebound_names(step.__code__) == frozenset()


def test_a_closure_that_only_a_nested_function_rebinds():
    count = 0

    def outer():
        def inner():
            nonlocal count
            count += 1

        return inner

    assert rebound_names(outer.__code__) == {"count"}


def test_a_closure_that_is_deleted():
    count = 0

    def forget():
        nonlocal count
        del count

    assert rebound_names(forget.__code__) == {"count"}


def test_a_functions_own_variable_is_not_rebound_from_outside():
    def outer():
        own = 0

        def inner():
            return own

        own = 1
        return inner

    assert rebound_names(outer.__code__) == frozenset()


def test_globals_that_code_assigns_to():
    def function():
        global STATE, OTHER
        STATE = [3]
        del OTHER

    def nested():
        return function, lambda: STATE

    assert rebound_globals(function.__code__) == {"STATE", "OTHER"}
    assert rebound_globals(nested.__code__) == frozenset()


def test_names_that_code_may_use_as_attributes():
    def function(value):
        def inner():
            value.written = 1
            return value.read

        return inner, value.called()

    assert {"written", "read", "called"} <= attribute_names(function.__code__)
    assert "value" not in attribute_names(function.__code__)


def test_modules_that_code_imports():
    def function():
        import json
        from os import path

        def inner():
            import collections.abc

            return collections.abc.Set, STATE

        path.extra = json.dumps
        return inner, path.join

    assert imported_names(function.__code__) == {"json", "os", "collections.abc"}


def counter():
    count = 0

    def step():
        nonlocal count
        global STATE
        import json

        count += 1
        STATE = json.loads
        return OTHER

    return step


@pytest.mark.parametrize(
    "read", [global_names, rebound_globals, attribute_names, imported_names, rebound_names]
)
def test_code_that_runs_again_and_again_is_read_once(read):
    code = counter().__code__
    assert read(code)
    assert read(code) is read(code)


def test_code_that_is_made_again_and_again_does_not_fill_the_memory():
    code = counter().__code__
    attribute_names.cache_clear()
    for number in range(4200):
        assert attribute_names(code.replace(co_name=f"step_{number}"))
    assert attribute_names.cache_info().currsize == 4096
