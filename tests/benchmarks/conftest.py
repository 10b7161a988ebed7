"""Measure both sides in one run, in turn, and end with one table of ratios.

pytest-benchmark times ours; the rival runs, and is timed, in the set-up of each of its
rounds, so that a machine that slows down slows both.
"""

from __future__ import annotations

import dataclasses
import statistics
import time

import pytest

ROWS = pytest.StashKey()
NAME, WIDTHS = 36, (10, 10, 9, 11, 4)


def _aligned(fields):
    return "".join(f"{each:>{width}}" for each, width in zip(fields, WIDTHS, strict=True))


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """A number with its target.

    Attributes:
        what: what was measured.
        ours: our side, with its unit.
        rival: the other side.
        value: the number that has a target.
        target: what it is to be, at most or at least; None if it is only reported.
        unit: of the number and its target: nothing for a ratio.
        at_least: whether more is better.
    """

    what: str
    ours: str
    rival: str
    value: float
    target: float | None
    unit: str = ""
    at_least: bool = False

    @property
    def reached(self):
        if self.target is None:
            return ""
        return (
            "yes"
            if (self.value >= self.target) is self.at_least or self.value == self.target
            else "NO"
        )

    def __str__(self):
        sign = ">=" if self.at_least else "<="
        target = "" if self.target is None else f"{sign} {self.target:g}{self.unit}"
        value = f"{self.value:.3g}{self.unit}" if self.value < 1000 else f"{self.value:,.0f}"
        fields = (self.ours, self.rival, value, target, self.reached)
        return f"{self.what:<{NAME}}" + _aligned(fields)


def shown(seconds):
    return f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


@pytest.fixture
def row(request):
    """Return what adds a row to the table."""

    def row(*fields, **others):
        request.config.stash.setdefault(ROWS, []).append(Row(*fields, **others))

    return row


@pytest.fixture
def compare(benchmark, row):
    """Return what measures two functions in turn and adds a row with the ratio of medians."""

    def compare(what, ours, rival, target, *, rounds, warm=1):
        seconds = []

        def other():
            started = time.perf_counter()
            rival()
            seconds.append(time.perf_counter() - started)

        benchmark.pedantic(ours, setup=other, rounds=rounds, warmup_rounds=warm)
        mine, theirs = benchmark.stats.stats.median, statistics.median(seconds[warm:])
        benchmark.extra_info.update(what=what, rival=theirs, ratio=mine / theirs, target=target)
        row(what, shown(mine), shown(theirs), mine / theirs, target)
        return mine, theirs

    return compare


def pytest_terminal_summary(terminalreporter, config):
    rows = config.stash.get(ROWS, ())
    if not rows:
        return
    terminalreporter.section("beside the rival")
    heads = ("ours", "rival", "ratio", "target", "met")
    terminalreporter.write_line(" " * NAME + _aligned(heads))
    for each in rows:
        terminalreporter.write_line(str(each), red=each.reached == "NO")
