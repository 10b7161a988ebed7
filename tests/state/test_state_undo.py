"""Changes are taken back whatever one of them raises, and Ctrl-C waits until they are."""

from __future__ import annotations

import signal
import threading

import pytest

from pytest_tfpclone.state.undo import take_back, undisturbed


@pytest.fixture
def handled():
    """Return what a handler for Ctrl-C was called with."""
    calls = []
    before = signal.signal(signal.SIGINT, lambda number, frame: calls.append((number, frame)))
    yield calls
    signal.signal(signal.SIGINT, before)


def failing(error):
    def undo():
        raise error

    return undo


def test_every_change_is_taken_back_in_order():
    done = []
    take_back([lambda: done.append("a"), lambda: done.append("b")])
    assert done == ["a", "b"]


def test_nothing_to_take_back_is_fine():
    take_back([])


def test_what_follows_an_error_is_taken_back_too_and_the_first_error_is_raised():
    done = []
    first, second = ValueError("first"), KeyError("second")
    with pytest.raises(ValueError, match="first") as caught:
        take_back(
            [failing(first), lambda: done.append("a"), failing(second), lambda: done.append("b")]
        )
    assert caught.value is first
    assert done == ["a", "b"]


def test_an_interrupt_waits_until_all_is_taken_back(handled):
    done = []

    def interrupted():
        signal.raise_signal(signal.SIGINT)
        done.append(len(handled))

    take_back([interrupted, lambda: done.append(len(handled))])
    assert done == [0, 0]
    assert [number for number, _ in handled] == [signal.SIGINT]


def test_of_two_interrupts_the_first_is_delivered(handled):
    def first():
        signal.raise_signal(signal.SIGINT)

    def second():
        signal.raise_signal(signal.SIGINT)

    with undisturbed():
        first()
        second()
    ((number, frame),) = handled
    assert number == signal.SIGINT
    assert frame.f_code is first.__code__


def test_the_handler_is_back_afterwards_also_after_an_error(handled):
    handler = signal.getsignal(signal.SIGINT)
    with undisturbed():
        assert signal.getsignal(signal.SIGINT) is not handler
    assert signal.getsignal(signal.SIGINT) is handler
    with pytest.raises(ValueError, match="body"), undisturbed():
        raise ValueError("body")
    assert signal.getsignal(signal.SIGINT) is handler
    assert handled == []


def test_keyboard_interrupt_is_raised_when_the_body_has_run():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    done = []
    try:
        with pytest.raises(KeyboardInterrupt), undisturbed():
            signal.raise_signal(signal.SIGINT)
            done.append("body")
    finally:
        signal.signal(signal.SIGINT, before)
    assert done == ["body"]


@pytest.mark.parametrize("ignored", [signal.SIG_IGN, signal.SIG_DFL])
def test_an_interrupt_that_no_function_handles_is_left_alone(ignored):
    before = signal.signal(signal.SIGINT, ignored)
    try:
        with undisturbed():
            assert signal.getsignal(signal.SIGINT) is ignored
        assert signal.getsignal(signal.SIGINT) is ignored
    finally:
        signal.signal(signal.SIGINT, before)


class Equal(threading.Thread):
    """A thread that says it is any other."""

    def __eq__(self, other):
        return True

    __hash__ = threading.Thread.__hash__


@pytest.mark.parametrize("kind", [threading.Thread, Equal])
def test_other_threads_take_back_without_touching_the_handler(handled, kind):
    handler = signal.getsignal(signal.SIGINT)
    seen, errors = [], []

    def work():
        try:
            take_back([lambda: seen.append(signal.getsignal(signal.SIGINT))])
        except Exception as error:
            errors.append(error)

    thread = kind(target=work)
    thread.start()
    thread.join()
    assert errors == []
    assert seen == [handler]
