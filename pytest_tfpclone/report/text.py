"""Write a report for a terminal of 80 columns."""

from __future__ import annotations

import re
import textwrap

from pytest_tfpclone.report.findings import CloneReport, Difference, Leak

_WIDTH = 78
_MOST_ROWS = 10
_REST = "the whole list: check_clone(original, clone).to_dict()"


def render(report: CloneReport) -> str:
    """Return a report as text: a summary line, then the findings, hints and notes."""
    parts = [summary(report)]
    if report.leaks:
        parts.append("\n\n".join(_leak(leak) for leak in report.leaks[:_MOST_ROWS]))
        parts.extend(_rest(len(report.leaks), "leaks"))
    if report.differences:
        rows = [_difference(each) for each in report.differences[:_MOST_ROWS]]
        title = "The clone also differs:" if report.leaks else "The clone does not start out equal:"
        parts.append("\n".join([title, *rows]))
        parts.extend(_rest(len(report.differences), "differences"))
        if not report.leaks:
            parts.append(_wrapped("hint: ", _advice(report), ""))
    if report.notes:
        parts.append("\n".join(_wrapped("note: ", note, "") for note in report.notes[:_MOST_ROWS]))
        parts.extend(_rest(len(report.notes), "notes"))
    parts.append(_footer(report))
    return "\n\n".join(parts)


def summary(report: CloneReport) -> str:
    """Return the one line that a short test summary shows: the count and the worst path."""
    if report.leaks:
        first = report.leaks[0]
        if first.original == "original" and re.fullmatch(r"clone|clones\[\d+\]", first.clone):
            return "the clone is the original: assignment copies nothing"
        count = len(report.leaks)
        what = f"{count} piece{'' if count == 1 else 's'} of state shared"
        more = "" if count == 1 else ", first"
        return f"{what}{more}: {first.original}"
    if report.differences:
        first_difference = report.differences[0]
        count = len(report.differences)
        what = f"{count} difference{'' if count == 1 else 's'}"
        return f"{what}: {first_difference.kind} at {first_difference.path}"
    cells = sum(report.cells.values())
    return f"independent and equal: {cells} state cells compared"


def _leak(leak: Leak) -> str:
    row = f"{leak.original}  is  {leak.clone}   {leak.label}"
    if len(row) <= _WIDTH:
        lines = [row]
    else:
        lines = [leak.original, f"  is  {leak.clone}", f"      {leak.label}"]
    lines.append(_wrapped("  proof: ", f"{leak.kind}: {leak.evidence}", "         "))
    if leak.hint:
        lines.append(_wrapped("  hint:  ", leak.hint, "         "))
    return "\n".join(lines)


def _difference(each: Difference) -> str:
    row = f"  {each.path}   {each.kind}: {each.detail}"
    if len(row) <= _WIDTH:
        return row
    return f"  {each.path}\n" + _wrapped("      ", f"{each.kind}: {each.detail}", "      ")


def _advice(report: CloneReport) -> str:
    kinds = {each.kind for each in report.differences}
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
    return [] if count <= _MOST_ROWS else [f"and {count - _MOST_ROWS} more {what}; {_REST}"]


def _footer(report: CloneReport) -> str:
    counted = ", ".join(
        f"{count} {kind}{'' if count == 1 else 's'}" for kind, count in sorted(report.cells.items())
    )
    text = f"{counted or 'no state'}; {report.seconds:.2f} s; repeat with seed={report.seed}"
    return _wrapped("compared: ", text, "          ")


def _wrapped(first: str, text: str, indent: str) -> str:
    return textwrap.fill(
        text, _WIDTH, initial_indent=first, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
