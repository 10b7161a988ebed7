"""Findings as data: plain, picklable, and raised as errors that keep the report."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle

import pytest

from pytest_tfpclone import (
    CloneError,
    CloneReport,
    Difference,
    Leak,
    SharedStateError,
    UnequalCloneError,
)
from pytest_tfpclone.report.errors import error_of

LEAK = Leak("same object", "original.a", "clone.a", "variable float32[2]", "proof", "hint")
DIFFERENCE = Difference("value", "original.b", "1 became 2")


def full():
    return CloneReport((LEAK,), (DIFFERENCE,), ("a note",), {"variable": 2}, 0.5, 3, 7)


def test_an_empty_report_is_independent_and_equal():
    report = CloneReport()
    assert report.independent
    assert report.equal
    assert report.verdict == "independent"
    assert error_of(report) is None
    assert (report.seconds, report.clones, report.seed, report.cells) == (0.0, 1, 0, {})


def test_leaks_come_before_differences_in_the_verdict():
    assert CloneReport((LEAK,)).verdict == "shared"
    assert not CloneReport((LEAK,)).independent
    assert CloneReport((LEAK,)).equal
    assert CloneReport(differences=(DIFFERENCE,)).verdict == "unequal"
    assert not CloneReport(differences=(DIFFERENCE,)).equal
    assert CloneReport(differences=(DIFFERENCE,)).independent
    assert full().verdict == "shared"


def test_notes_are_no_findings():
    assert CloneReport(notes=("a note",)).verdict == "independent"


def test_to_dict_is_plain_json():
    made = full().to_dict()
    assert json.loads(json.dumps(made)) == made
    assert made == {
        "verdict": "shared",
        "independent": False,
        "equal": False,
        "leaks": [
            {
                "kind": "same object",
                "original": "original.a",
                "clone": "clone.a",
                "label": "variable float32[2]",
                "evidence": "proof",
                "hint": "hint",
            }
        ],
        "differences": [{"kind": "value", "path": "original.b", "detail": "1 became 2"}],
        "notes": ["a note"],
        "cells": {"variable": 2},
        "seconds": 0.5,
        "clones": 3,
        "seed": 7,
    }


def test_to_dict_gives_away_nothing_of_the_report():
    report = full()
    report.to_dict()["cells"]["variable"] = 99
    report.to_dict()["leaks"].clear()
    assert report == full()


def test_errors_by_kind_of_finding():
    assert type(error_of(CloneReport((LEAK,)))) is SharedStateError
    assert type(error_of(CloneReport(differences=(DIFFERENCE,)))) is UnequalCloneError
    assert type(error_of(full())) is SharedStateError
    assert issubclass(SharedStateError, CloneError)
    assert issubclass(UnequalCloneError, CloneError)
    assert issubclass(CloneError, AssertionError)


@pytest.mark.parametrize("kind", [CloneError, SharedStateError, UnequalCloneError])
def test_errors_hold_the_report_and_pickle(kind):
    error = kind(full())
    assert str(error) == str(full())
    assert error.report == full()
    for copied in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(copied) is kind
        assert copied.report == full()
        assert str(copied) == str(error)


def test_reports_and_findings_pickle_and_are_frozen():
    assert pickle.loads(pickle.dumps(full())) == full()
    for each, name in ((full(), "leaks"), (LEAK, "kind"), (DIFFERENCE, "path")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(each, name, None)


def test_findings_compare_by_what_they_say():
    assert Leak("a", "b", "c", "d", "e", "f") == Leak("a", "b", "c", "d", "e", "f")
    assert Difference("a", "b", "c") != Difference("a", "b", "d")
    assert len({LEAK, dataclasses.replace(LEAK)}) == 1
