"""Outcomes: kept in a file, counted in a table."""

from __future__ import annotations

import collections
import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mutants import Mutant, digest

ENOUGH = 90.0
_BETWEEN_WRITES = 10.0


class Outcomes:
    """What came of each mutant, in a file if one is named, so that a later run goes on.

    Attributes:
        tests: The digest of each test file that judges in this run.
        seconds: What a mutant's tests may take in this run.
    """

    def __init__(self, file: Path | None, tests: dict[str, str], seconds: float) -> None:
        self.file = file
        self.tests = tests
        self.seconds = seconds
        self.stored: dict[str, Any] = {"baselines": {}, "mutants": {}, "tests": {}}
        self._written = time.monotonic()
        if file is not None and file.exists():
            self.stored = json.loads(file.read_text(encoding="utf-8"))
        self._key = digest(*tests.values())
        self.stored["tests"][self._key] = tests

    def baselines(self, modules: dict[str, str]) -> dict[str, Any]:
        """Return what test files did, of those that are as they were, as is what they run.

        Args:
            modules: The digest of each module of the package.
        """
        return {
            file: found
            for file, found in self.stored["baselines"].items()
            if self.tests.get(file) == found["test"]
            and all(modules.get(path) == key for path, key in found["modules"].items())
        }

    def keep_baselines(self, found: dict[str, Any], modules: dict[str, str]) -> None:
        """Store what the tests of each file do."""
        for file, baseline in found.items():
            run = {place.partition(":")[0] for place in baseline["lines"]}
            about = {"test": self.tests[file], "modules": {path: modules[path] for path in run}}
            self.stored["baselines"][file] = {**baseline, **about}
        self.write()

    def get(self, mutant: Mutant) -> dict[str, Any] | None:
        """Return a stored outcome of a mutant."""
        found: dict[str, Any] | None = self.stored["mutants"].get(mutant.key)
        return found

    def files_left(self, mutant: Mutant) -> list[str]:
        """Return the test files that have not judged a mutant yet as they are now."""
        found = self.get(mutant)
        if found is None:
            return list(self.tests)
        if found["outcome"] != "survived":
            return []
        if found["budget"] < self.seconds:
            return list(self.tests)
        then = self.stored["tests"][found["tests"]]
        return [file for file, key in self.tests.items() if then.get(file) != key]

    def keep(self, mutant: Mutant, outcome: dict[str, Any]) -> None:
        """Store an outcome."""
        about = {"path": mutant.path, "line": mutant.line, "operator": mutant.operator}
        if outcome["outcome"] == "survived":
            about["diff"] = mutant.diff()
        about |= {"tests": self._key, "budget": self.seconds}
        self.stored["mutants"][mutant.key] = {**about, **outcome}
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
