"""Hold what a project registers to the standard of what is built in.

Each function takes a factory, tries what the checks rely on, and raises
``AssertionError`` with the rule that is broken and by what:

    from pytest_tfpclone import testing

    def test_our_ring_buffers():
        testing.check_cell(lambda: RingBuffer([1.0, 2.0]))

    def test_our_cloner():
        testing.check_cloner(copy_of, make_model)
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from pytest_tfpclone.assertion import check_clone
from pytest_tfpclone.cloning import clone
from pytest_tfpclone.report import CloneReport
from pytest_tfpclone.state.cells import Cell, DataCell, NotWritable, cell_of
from pytest_tfpclone.state.mutation import mutate

__all__ = ["check_action", "check_cell", "check_cloner", "check_model"]

_WIDTH = 60  # what a row of a report has room for


def check_cell(make: Callable[[], Any], *, clones: bool = True) -> None:
    """Check that a kind of state is found, compared, written and put back as it must be.

    Args:
        make: makes an object of the kind; each call makes another, with equal content.
        clones: whether ``clone`` is to copy it; a kind that can't be copied is refused.

    Raises:
        AssertionError: the message names the rule.
    """
    one, other = make(), make()
    _rule(one is not other, "make() makes another object each time")
    cell = cell_of(one)
    _rule(cell is not None, f"{_name(one)} is registered with @registry.cell(...)")
    assert cell is not None
    _check_words(cell)
    second, twin = cell_of(one), cell_of(other)
    assert second is not None
    assert twin is not None
    _rule(cell.identity == second.identity, "identity is the same each time it is asked for")
    _rule(cell.identity != twin.identity, "identity tells two objects apart")
    if isinstance(cell, DataCell):
        assert isinstance(second, DataCell)
        assert isinstance(twin, DataCell)
        _check_bits(cell, second, twin)
        _check_writes(make)
    _check_pairs(make, isinstance(cell, DataCell))
    if clones:
        with _context("clone"):
            model = [make()]
            _no_findings(check_clone(model, clone(model), inputs=()), "its clone")


def _check_words(cell: Cell) -> None:
    _rule(bool(cell.label), "label says in a few words what it is")
    shown = [("label", cell.label)]
    if isinstance(cell, DataCell):
        shown.append(("show()", cell.show()))
    for name, text in shown:
        fits = isinstance(text, str) and "\n" not in text and len(text) <= _WIDTH
        _rule(fits, f"{name} is a text of one line, at most {_WIDTH} long; got {text!r:.80}")


def _check_bits(cell: DataCell, again: DataCell, twin: DataCell) -> None:
    first = cell.fingerprint()
    hash(first)
    _rule(first == cell.fingerprint() == again.fingerprint(), "fingerprint() is the same each time")
    _rule(first == twin.fingerprint(), "fingerprint() is equal where the content is")


def _check_writes(make: Callable[[], Any]) -> None:
    def fresh() -> DataCell:
        found = cell_of(make())
        assert isinstance(found, DataCell)
        return found

    for name in ("write", "nudge"):
        cell = fresh()
        before = cell.fingerprint()
        try:
            undo = cell.write() if name == "write" else cell.nudge(0)
        except NotWritable as reason:
            _rule(bool(str(reason)), "NotWritable says why")
            _rule(cell.fingerprint() == before, f"{name}() that refuses leaves the bits alone")
            continue
        if undo is None:
            _rule(name == "nudge", "write() returns what puts the bits back")
            _rule(cell.fingerprint() == before, "nudge() that returns None leaves the bits alone")
            continue
        _rule(cell.fingerprint() != before, f"{name}() changes fingerprint()")
        undo()
        _rule(cell.fingerprint() == before, f"{name}() is undone bit for bit")
    cell, twin = fresh(), fresh()
    if cell.nudge(3) is not None and twin.nudge(3) is not None:
        _rule(cell.fingerprint() == twin.fingerprint(), "nudge() moves equal values alike")
    cell = fresh()
    before, put_back = cell.fingerprint(), cell.backup()
    with contextlib.suppress(NotWritable):
        cell.write()
    put_back()
    _rule(cell.fingerprint() == before, "backup() puts the bits back, whatever was written")


def _check_pairs(make: Callable[[], Any], has_bits: bool) -> None:
    report = check_clone([make()], [make()], inputs=())
    _no_findings(report, "two objects that make() made")
    shared = make()
    report = check_clone([shared], [shared], inputs=())
    _rule(len(report.leaks) == 1, f"an object that both models hold is one leak\n\n{report}")
    if has_bits:
        cell = cell_of(shared)
        assert isinstance(cell, DataCell)
        before = cell.fingerprint()
        with contextlib.suppress(KeyError, ValueError), mutate([shared]):
            raise KeyError
        _rule(cell.fingerprint() == before, "mutate() puts it back, also when the body raises")


def check_cloner(cloner: Callable[[Any], Any], make: Callable[[], Any]) -> CloneReport:
    """Check that a way to clone gives an independent, equal model and leaves the original.

    Args:
        cloner: ``cloner(model) -> model``.
        make: makes a model.

    Returns:
        The report of the check.

    Raises:
        AssertionError: the message names the rule.
    """
    model = make()
    untouched = clone(model)
    made = cloner(model)
    _rule(made is not model, "a clone is another object than the original")
    _no_findings(check_clone(untouched, model, inputs=()), "the original after it was cloned")
    report = check_clone(model, made)
    _no_findings(report, "the clone")
    return report


def check_action(action: Callable[[Any], None], make: Callable[[], Any]) -> None:
    """Check that an action changes the model that it is given, alike each time, and no other.

    Args:
        action: ``action(model) -> None``.
        make: makes a model that the action applies to.

    Raises:
        AssertionError: the message names the rule.
    """
    model = make()
    copy = clone(model)
    report = check_clone(model, copy, actions=[action], inputs=())
    _no_findings(report, "the clone of a model that was acted on")
    _rule(not report.notes, f"an action repeats itself on an equal model\n\n{report}")
    action(copy)
    report = check_clone(model, copy, inputs=())
    _rule(bool(report.differences), "an action changes the state of the model that it is given")


def check_model(make: Callable[[], Any]) -> None:
    """Check that a factory makes a model of its own each time, which ``clone`` copies.

    Args:
        make: the factory.

    Raises:
        AssertionError: the message names the rule.
    """
    one, other = make(), make()
    _rule(one is not other, "a factory makes another model each time")
    report = check_clone(one, other, equal=False, inputs=())
    _rule(not report.leaks, f"two models of a factory share nothing\n\n{report}")
    with _context("clone"):
        _no_findings(check_clone(one, clone(one)), "its clone")


def _no_findings(report: CloneReport, what: str) -> None:
    found = "no leak" if report.leaks else "no difference"
    _rule(report.verdict == "independent", f"{what} has {found}\n\n{report}")


@contextlib.contextmanager
def _context(what: str) -> Iterator[None]:
    try:
        yield
    except AssertionError:
        raise
    except Exception as error:
        raise AssertionError(f"{what}() takes it; it raised {error}") from error


def _rule(holds: bool, text: str) -> None:
    __tracebackhide__ = True
    if not holds:
        raise AssertionError(f"broken rule: {text}")


def _name(value: object) -> str:
    return type(value).__name__
