"""What fails upstream: each with the issue that reports it, and with what we do about it."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from pytest_tfpclone import clone


@dataclasses.dataclass(frozen=True)
class Report:
    """A failure of another project.

    Attributes:
        project: whose failure it is.
        fails: what one does, and what comes of it.
        issue: ``owner/repository#number``, or "not reported".
        instead: what `clone` does, which the same test holds it to.
    """

    project: str
    fails: str
    issue: str
    instead: str


REPORTS: list[Report] = []


def fails(
    copier: Callable[[Any], Any],
    what: str,
    *,
    project: str,
    instead: str,
    issue: str = "not reported",
    raises: type[Exception] | tuple[type[Exception], ...] = AssertionError,
):
    """Run a test with a way to copy that fails it, strictly, and with ours, which passes."""
    report = Report(project, what, issue, instead)
    REPORTS.append(report)
    known = pytest.mark.xfail(strict=True, raises=raises, reason=f"{issue}: {what}")
    copiers = [pytest.param(copier, marks=known, id="upstream"), pytest.param(clone, id="ours")]
    return pytest.mark.parametrize("copier", copiers)


def pickled(model: Any) -> Any:
    """Copy a model as one that is sent to another process."""
    return pickle.loads(pickle.dumps(model))


def linked(issue: str) -> str:
    """Return a reference to an issue as a link in Markdown."""
    repository, _, number = issue.partition("#")
    if not number:
        return issue
    return f"[{issue}](https://github.com/{repository}/issues/{number})"


def table() -> str:
    """Return all reports as a table in Markdown."""
    rows = ["| what fails | project | reported | what `clone` does |", "|---|---|---|---|"]
    rows += [
        f"| {each.fails} | {each.project} | {linked(each.issue)} | {each.instead} |"
        for each in sorted(REPORTS, key=lambda each: (each.project.lower(), each.fails))
    ]
    return "\n".join(rows)
