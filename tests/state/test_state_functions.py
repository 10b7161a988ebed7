"""What a function's code refers to, read from its bytecode."""

from __future__ import annotations

from pytest_tfpclone.state.functions import global_names, rebound_names

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
