"""A fault at each step of a check: both models come back as they were."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from test_proof_given_back import Model, acts, generators, picture

import pytest_tfpclone
from pytest_tfpclone import check_clone
from pytest_tfpclone.state import undo
from pytest_tfpclone.state.cells.variables import VariableCell

X = np.array([1.0, 2.0], "float32")
PACKAGE = str(Path(pytest_tfpclone.__file__).parent)
# Looking changes nothing, whatever stops it; these files write, run and put back.
WRITING = ("proof", "state/mutation.py", "state/snapshot.py", "state/traced.py", "state/cells")
STEPS = 24


class Fault(BaseException):
    pass


class Stepper:
    """Counts the lines that a check runs in files that write, and raises at one of them.

    Where an interrupt waits, in what writes or puts things back, the fault waits too.
    """

    def __init__(self, stop=None):
        self.stop = stop
        self.count = 0
        self.files = {}

    def __call__(self, frame, event, argument):
        if frame.f_code is undo.take_back.__code__:
            return None
        name = frame.f_code.co_filename
        if name not in self.files:
            inner = name.removeprefix(PACKAGE + "/")
            self.files[name] = name.startswith(PACKAGE) and inner.startswith(WRITING)
        return self.line if self.files[name] else None

    def line(self, frame, event, argument):
        if event == "line":
            self.count += 1
            if self.stop is not None and self.count >= self.stop and not is_putting_back(frame):
                self.stop = None
                raise Fault
        return self.line


def is_putting_back(frame):
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        return True
    while frame is not None:
        code = frame.f_code
        if code is undo.take_back.__code__ or code.co_name in ("__exit__", "preserved"):
            return True
        frame = frame.f_back
    return False


def run(stepper, models, **options):
    sys.settrace(stepper)
    try:
        check_clone(*models, inputs=X, **options)
    finally:
        sys.settrace(None)


def leaking():
    models = Model(), Model()
    for part in ("rate", "array", "rng", "settings"):
        setattr(models[1], part, getattr(models[0], part))
    return models


SITUATIONS = {
    "independent": (lambda: (Model(), Model()), {}),
    "shared": (leaking, {}),
    "actions": (lambda: (Model(), Model()), {"actions": [acts]}),
}


@pytest.fixture
def _interruptible():
    """Take Ctrl-C, which a shell makes its jobs in the background ignore."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
@pytest.mark.parametrize("name", SITUATIONS)
def test_a_fault_at_each_step(name):
    make, options = SITUATIONS[name]
    counter = Stepper()
    run(counter, make(), **options)
    assert counter.count > 1000
    for step in np.linspace(1, 0.95 * counter.count, STEPS).astype(int):
        models = make()
        before = [picture(model) for model in models], generators()
        with pytest.raises(Fault):
            run(Stepper(int(step)), models, **options)
        assert ([picture(model) for model in models], generators()) == before, step


@pytest.mark.usefixtures("_interruptible")
@pytest.mark.parametrize("when", [1, 5, 9])
def test_control_c_waits_until_all_is_put_back(when, monkeypatch):
    models = leaking()
    before = [picture(model) for model in models], generators()
    assign, count = VariableCell._assign, 0

    def interrupted(self, tensor):
        nonlocal count
        count += 1
        if count == when:
            signal.raise_signal(signal.SIGINT)
        assign(self, tensor)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(VariableCell, "_assign", interrupted)
        check_clone(*models, inputs=X)
    assert ([picture(model) for model in models], generators()) == before


def test_every_change_is_taken_back_even_if_one_raises():
    done = []

    def fails():
        raise ValueError("first")

    with pytest.raises(ValueError, match="first"):
        undo.take_back([lambda: done.append(1), fails, lambda: done.append(2)])
    assert done == [1, 2]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGALRM])
def test_a_signal_in_between_comes_after_the_rest(number):
    def raises(number, frame):
        raise Fault

    done = []
    before = signal.signal(number, raises)
    try:
        with pytest.raises(Fault):
            undo.take_back([lambda: signal.raise_signal(number), lambda: done.append(1)])
        assert signal.getsignal(number) is raises
    finally:
        signal.signal(number, before)
    assert done == [1]


def test_another_thread_has_no_interrupts_to_hold_back():
    import threading

    done = []
    thread = threading.Thread(target=lambda: undo.take_back([lambda: done.append(1)]))
    thread.start()
    thread.join()
    assert done == [1]
