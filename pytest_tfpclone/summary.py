"""The table that ends a conformance run, and the line that shows its progress."""

from __future__ import annotations

import json
from typing import Any

import pytest

_COLUMNS = ("independent", "shared", "unequal", "refused", "not applicable")
_MARKUP = {"shared": {"red": True}, "unequal": {"yellow": True}, "independent": {"green": True}}


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


def results(reporter: pytest.TerminalReporter) -> list[dict[str, Any]]:
    """Return what every finished pair found, also where other processes ran them."""
    found: dict[str, dict[str, Any]] = {}
    for reports in reporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == "tfpclone" and getattr(report, "when", "") == "call":
                    found[report.nodeid] = json.loads(value)
    return list(found.values())


def write_table(reporter: pytest.TerminalReporter) -> None:
    """Write cloner x verdict: how many models, or families of random ones, came out so."""
    rows = results(reporter)
    if not rows:
        return
    reporter.section("clone independence", sep="=")
    cloners = list(dict.fromkeys(row["cloner"] for row in rows))
    width = max(len("cloner"), *(len(name) for name in cloners))
    header = "".join(f"{column:>{len(column) + 2}}" for column in _COLUMNS)
    reporter.write_line(f"{'cloner':<{width}}{header}")
    for cloner in sorted(cloners, key=lambda name: (name != "clone", name == "alias", name)):
        reporter.write(f"{cloner:<{width}}")
        for column in _COLUMNS:
            count = sum(row["cloner"] == cloner and row["verdict"] == column for row in rows)
            text = f"{count or '.':>{len(column) + 2}}"
            reporter.write(text, **(_MARKUP.get(column, {}) if count else {}))
        reporter.write_line("" if cloner != "alias" else "  (control: must be shared)")
    models = sum(row["examples"] for row in rows)
    reporter.write_line(f"{len(rows)} pairs, {models} models cloned and checked")
