"""Write a report for a terminal of 80 columns; and the words that all forms of it share."""

from __future__ import annotations

import collections
import re
import textwrap
from collections.abc import Iterable

from pytest_tfpclone.layout import lay_out
from pytest_tfpclone.report.findings import CloneReport, Difference, Leak
from pytest_tfpclone.report.results import VERDICTS, Run
from pytest_tfpclone.words import counted

_WIDTH = 72  # pytest puts 8 columns before each line of a failure
_MOST_ROWS = 10
_REST = "the whole list: check_clone(original, clone).to_dict()"


def render(report: CloneReport) -> str:
    """Return a report as text: a summary line, then the findings, hints and notes."""
    parts = [summary(report)]
    if report.leaks:
        parts.append("\n\n".join(_leak(leak) for leak in report.leaks[:_MOST_ROWS]))
        parts.extend(_rest(len(report.leaks), "leak"))
    if report.differences:
        rows = [_difference(each) for each in report.differences[:_MOST_ROWS]]
        title = "The clone also differs:" if report.leaks else "The clone does not start out equal:"
        parts.append("\n".join([title, *rows]))
        parts.extend(_rest(len(report.differences), "difference"))
        if not report.leaks:
            kinds = {each.kind for each in report.differences}
            parts.append(_wrapped("hint: ", advice(kinds), ""))
    if report.notes:
        parts.append("\n".join(_wrapped("note: ", note, "") for note in report.notes[:_MOST_ROWS]))
        parts.extend(_rest(len(report.notes), "note"))
    parts.append(_footer(report))
    return "\n\n".join(parts)


def summary(report: CloneReport) -> str:
    """Return the one line that a short test summary shows: the count and the worst path."""
    if report.leaks:
        first = report.leaks[0]
        if first.original == "original" and re.fullmatch(r"clone|clones\[\d+\]", first.clone):
            return "the clone is the original: assignment copies nothing"
        what = f"{counted(len(report.leaks), 'piece')} of state shared"
        more = "" if len(report.leaks) == 1 else ", first"
        return f"{what}{more}: {first.original}"
    if report.differences:
        first_difference = report.differences[0]
        what = counted(len(report.differences), "difference")
        return f"{what}: {first_difference.kind} at {first_difference.path}"
    cells = sum(report.cells.values())
    return f"independent and equal: {cells} state cells compared"


def _leak(leak: Leak) -> str:
    row = f"{leak.original}  is  {leak.clone}   {leak.label}"
    if len(row) <= _WIDTH:
        lines = [row]
    else:
        lines = [
            _folded("", leak.original),
            _folded("  is  ", leak.clone),
            _wrapped("      ", leak.label, "      "),
        ]
    lines.append(_wrapped("  proof: ", f"{leak.kind}: {leak.evidence}", "         "))
    if leak.hint:
        lines.append(_wrapped("  hint:  ", leak.hint, "         "))
    return "\n".join(lines)


def _difference(each: Difference) -> str:
    row = f"  {each.path}   {each.kind}: {each.detail}"
    if len(row) <= _WIDTH:
        return row
    return (
        _folded("  ", each.path)
        + "\n"
        + _wrapped("      ", f"{each.kind}: {each.detail}", "      ")
    )


def advice(kinds: set[str]) -> str:
    """Return what to do about differences of some kinds."""
    if kinds <= {"value", "output"}:
        return (
            "copy the values too, with pytest_tfpclone.clone(original), or compare a fresh "
            "model with equal=False"
        )
    if kinds & {"dead", "action"}:
        return (
            "the clone computes with something other than its own state, or lost what training "
            "needs; pytest_tfpclone.clone(original) keeps both"
        )
    return "pytest_tfpclone.clone(original) keeps values, structure, flags and weight tying"


def _rest(count: int, what: str) -> list[str]:
    if count <= _MOST_ROWS:
        return []
    more = counted(count - _MOST_ROWS, f"more {what}")
    return [_wrapped("", f"and {more}; {_REST}", "")]


def _footer(report: CloneReport) -> str:
    cells = ", ".join(counted(count, kind) for kind, count in sorted(report.cells.items()))
    text = f"{cells or 'no state'}; {report.seconds:.2f} s; repeat with seed={report.seed}"
    return _wrapped("compared: ", text, "          ")


def headline(run: Run) -> str:
    """Return a session in one line: how many of its pairs failed, and how."""
    if not run.results:
        return "no pair ran"
    pairs = counted(len(run.results), "pair")
    so_far = "" if run.is_complete else "; not all that were to run came to a verdict"
    if not run.bad:
        return f"{pairs}, all as they should be{so_far}"
    why = tally(each.remark or each.verdict for each in run.bad)
    return f"{len(run.bad)} of {pairs} failed ({why}){so_far}"


def tally(said: Iterable[str]) -> str:
    """Return how often each thing is said, verdicts in their order: ``2 independent, 1 shared``."""
    counts = collections.Counter(said)
    return ", ".join(
        f"{counts[each]} {each}" for each in dict.fromkeys([*VERDICTS, *counts]) if counts[each]
    )


def short(verdict: str) -> str:
    """Return a verdict as the cells of a table show it."""
    return "n/a" if verdict == "not applicable" else verdict


def laid_out(code: str) -> str:
    """Return a model's code in short lines; as it is if Python can't read it."""
    try:
        return lay_out(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return code


def steps(path: str) -> list[str]:
    """Return the steps of a printed path, the root first."""
    return re.findall(r"^\w+|\.?<[^>]*>|\[[^]]*\]|\.?[^.\[<]+|.", path)


def _folded(first: str, path: str) -> str:
    """Break a long path before its steps, since it has no spaces to break at."""
    lines = [first]
    for step in steps(path):
        if len(lines[-1]) + len(step) > _WIDTH and lines[-1].strip():
            lines.append(" " * (len(first) + 4))
        lines[-1] += step
    return "\n".join(lines)


def _wrapped(first: str, text: str, indent: str) -> str:
    return textwrap.fill(
        text, _WIDTH, initial_indent=first, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
