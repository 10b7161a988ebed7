"""Outcomes: kept in a file, counted in a table."""

from __future__ import annotations

import collections
import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mutants import Mutant

ENOUGH = 90.0
_BETWEEN_WRITES = 10.0


class Outcomes:
    """What came of each mutant, in a file if one is named, so that a later run goes on."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self.stored: dict[str, Any] = {"baseline": {}, "mutants": {}}
        self._written = time.monotonic()
        if file is not None and file.exists():
            self.stored = json.loads(file.read_text(encoding="utf-8"))

    def baseline(self, key: str) -> dict[str, Any] | None:
        """Return what the tests did on these very sources, if that was stored."""
        stored: dict[str, Any] = self.stored["baseline"]
        return stored if stored.get("key") == key else None

    def keep_baseline(self, key: str, baseline: dict[str, Any]) -> None:
        """Store what the tests do on the sources of this key."""
        self.stored["baseline"] = {**baseline, "key": key}
        self.write()

    def get(self, mutant: Mutant, tests: str) -> dict[str, Any] | None:
        """Return a stored outcome; a survivor's only if the tests are the same."""
        found: dict[str, Any] | None = self.stored["mutants"].get(mutant.key)
        if found and found["outcome"] == "survived" and found["tests"] != tests:
            return None
        return found

    def keep(self, mutant: Mutant, tests: str, outcome: dict[str, Any]) -> None:
        """Store an outcome."""
        about = {"path": mutant.path, "line": mutant.line, "operator": mutant.operator}
        if outcome["outcome"] == "survived":
            about["diff"] = mutant.diff()
        self.stored["mutants"][mutant.key] = {**about, **outcome, "tests": tests}
        if time.monotonic() - self._written > _BETWEEN_WRITES:
            self.write()

    def write(self) -> None:
        """Write the file, whole or not at all."""
        self._written = time.monotonic()
        if self.file is not None:
            partial = self.file.with_suffix(".partial")
            partial.write_text(json.dumps(self.stored, indent=0), encoding="utf-8")
            partial.replace(self.file)


def table(outcomes: Iterable[tuple[str, str]]) -> tuple[str, float]:
    """Return a table of pairs of module and outcome, and the percentage killed of all."""
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for path, outcome in outcomes:
        counts[path][outcome] += 1
    total = sum(counts.values(), collections.Counter[str]())
    head = f"{'module':<44} {'mutants':>8} {'killed':>7} {'timed out':>9} {'survived':>8} {'%':>6}"
    rows = [_row(path, counts[path]) for path in sorted(counts)]
    return "\n".join([head, *rows, _row("all", total)]), _percentage(total)


def _row(name: str, count: collections.Counter[str]) -> str:
    return (
        f"{name:<44} {count.total():>8} {count['killed']:>7} {count['timeout']:>9} "
        f"{count['survived']:>8} {_percentage(count):>6.1f}"
    )


def _percentage(count: collections.Counter[str]) -> float:
    return 100 * (1 - count["survived"] / count.total()) if count else 100.0
