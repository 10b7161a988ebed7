"""The table that ends a session, and the line that shows its progress."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import pytest

from pytest_tfpclone.report.results import VERDICTS, Result, rank
from pytest_tfpclone.words import counted

_MARKUP = {
    "shared": {"red": True},
    "unequal": {"yellow": True},
    "refused": {"yellow": True},
    "independent": {"green": True},
}
_SLOW = 1.0  # seconds
_SLOWEST = 3


class Progress:
    """A line on the terminal that says which pair runs; nothing where there is no terminal."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._count = 0

    def start(self, nodeid: str, total: int) -> None:
        """Show the pair that starts."""
        reporter: Any = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None or not nodeid.startswith("tfpclone::"):
            return
        self._count += 1
        if reporter.isatty and self._config.get_verbosity() == 0:
            pair = nodeid.removeprefix("tfpclone::")
            text = f"tfpclone {self._count}/{total}: {pair} "[: reporter._tw.fullwidth - 1]
            reporter.rewrite(text, erase=True)


def write_table(reporter: pytest.TerminalReporter, results: Sequence[Result], total: int) -> None:
    """Write cloner x verdict: how many models, or families of random ones, came out so.

    Args:
        reporter: what writes to the terminal.
        results: one for each pair that ran, in the order of the table's rows.
        total: how many pairs were to run.
    """
    reporter.section("clone independence", sep="=")
    controls = {each.cloner for each in results if each.is_control}
    cloners = {
        name: f"{name} (control)" if name in controls else name
        for name in sorted({each.cloner for each in results}, key=rank)
    }
    width = max(len("cloner"), *(len(shown) for shown in cloners.values()))
    header = "".join(f"{verdict:>{len(verdict) + 2}}" for verdict in VERDICTS)
    reporter.write_line(f"{'cloner':<{width}}{header}")
    for cloner, shown in cloners.items():
        rows = [each for each in results if each.cloner == cloner]
        reporter.write(f"{shown:<{width}}")
        for verdict in VERDICTS:
            count = sum(each.verdict == verdict for each in rows)
            text = f"{count or '.':>{len(verdict) + 2}}"
            reporter.write(text, **(_MARKUP.get(verdict, {}) if count else {}))
        reporter.write_line("")
    models = sum(each.examples for each in results)
    ran = f"{len(results)} of " if len(results) < total else ""
    pairs = counted(max(total, len(results)), "pair")
    reporter.write_line(f"{ran}{pairs}, {counted(models, 'model')} cloned and checked")
    _write_expected(reporter, results)
    _write_slowest(reporter, results)
    if reporter.config.get_verbosity() > 0:
        _write_notes(reporter, results)


def _write_expected(reporter: pytest.TerminalReporter, results: Sequence[Result]) -> None:
    expected = [each for each in results if each.expected]
    failed = sum(not each.is_bad for each in expected)
    if expected:
        text = f"{failed} failed as expected"
        fixed = ", ".join(f"{each.model} x {each.cloner}" for each in expected if each.is_bad)
        more = f"; no longer: {fixed}" if fixed else ""
        reporter.write_line(textwrap.fill(text + more, 80))


def _write_slowest(reporter: pytest.TerminalReporter, results: Sequence[Result]) -> None:
    slow = sorted(results, key=lambda each: -each.seconds)[:_SLOWEST]
    shown = [
        f"{each.model} x {each.cloner} {each.seconds:.1f} s"
        for each in slow
        if each.seconds >= _SLOW
    ]
    if shown:
        reporter.write_line(textwrap.fill(f"slowest: {', '.join(shown)}", 80))


def _write_notes(reporter: pytest.TerminalReporter, results: Sequence[Result]) -> None:
    """Write what was seen and is no finding, each once with the pairs that it was seen in."""
    pairs: dict[str, list[str]] = {}
    for each in results:
        for note in (each.findings or {}).get("notes", ()):
            pairs.setdefault(note, []).append(f"{each.model} x {each.cloner}")
    for note, where in pairs.items():
        more = f" and {len(where) - 1} more" if len(where) > 1 else ""
        reporter.write_line(
            textwrap.fill(f"note: {note} ({where[0]}{more})", 80, subsequent_indent="      ")
        )
