"""The verdict on one mutant: its own tests first, then all that run the changed line."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from choose import lines_of, own_tests, wide_tests
from mutants import Mutant
from pool import Died, Pooled, TooLong

_SLOW = 1.5


@dataclasses.dataclass(frozen=True, slots=True)
class Tests:
    """What the tests do on the package as it is.

    Attributes:
        seconds: The time of each test that passes, in the order to run them in.
        lines: The tests that run a line, `path:line`, as bits in that order.
        failed: The tests that fail, and judge nothing.
        sources: The source of each test file.
    """

    seconds: dict[str, float]
    lines: dict[str, int]
    failed: list[str]
    sources: dict[str, str]

    @classmethod
    def read(cls, stored: dict[str, Any], sources: dict[str, str]) -> Tests:
        """Return what a worker's baseline says."""
        lines = {place: int(mask, 16) for place, mask in stored["lines"].items()}
        return cls(stored["seconds"], lines, stored["failed"], sources)

    def slow(self) -> list[str]:
        """Return the tests that are too slow to judge hundreds of mutants."""
        return [name for name, took in self.seconds.items() if took > _SLOW]

    def stages(self, mutant: Mutant) -> list[list[str]]:
        """Return the mutant's own tests, and then the others that run the changed statement."""
        files = own_tests(mutant.path, self.sources)
        own = self._in(files)
        places = lines_of(mutant.original, mutant.line)
        wide = self._in(wide_tests(self.sources))
        if places is not None:
            reached = set(self._reaching(f"{mutant.path}:{line}" for line in places))
            wide = [name for name in wide if name in reached]
        done = set(own)
        return [own, [name for name in wide if name not in done]]

    def _in(self, files: Iterable[str]) -> list[str]:
        wanted = set(files)
        return [
            name
            for name, took in self.seconds.items()
            if took <= _SLOW and name.partition("::")[0] in wanted
        ]

    def _reaching(self, places: Iterable[str]) -> list[str]:
        mask = 0
        for place in places:
            mask |= self.lines.get(place, 0)
        return [name for number, name in enumerate(self.seconds) if mask >> number & 1]


def verdict(mutant: Mutant, tests: Tests, pooled: Pooled) -> dict[str, Any]:
    """Return the outcome: "killed" and by what, "timeout", or "survived"."""
    for stage in tests.stages(mutant):
        found = _run(mutant, stage, tests, pooled)
        if found["outcome"] != "survived":
            return found
    return {"outcome": "survived"}


def _run(mutant: Mutant, stage: list[str], tests: Tests, pooled: Pooled) -> dict[str, Any]:
    wanted = list(stage)
    while wanted:
        budget = max(20.0, 10 * sum(tests.seconds[name] for name in wanted))
        request = {"path": mutant.path, "source": mutant.source, "tests": wanted}
        try:
            answer = pooled.ask(budget, do="judge", **request)
        except TooLong:
            return {"outcome": "timeout"}
        except Died:
            if pooled.fresh:
                return {"outcome": "killed", "test": "the process ended"}
            continue
        if answer["outcome"] == "survived":
            break
        if answer["clean"]:
            return {"outcome": "killed", "test": answer["test"]}
        # An earlier mutant spoilt the process, this one does, or the test needs the others.
        pooled.stop()
        if not pooled.fresh:
            continue
        culprit = answer["test"] if answer["test"] in wanted else wanted[0]
        unchanged = {**request, "source": mutant.original, "tests": [culprit]}
        if pooled.ask(budget, do="judge", **unchanged)["outcome"] == "survived":
            return {"outcome": "killed", "test": answer["test"]}
        pooled.stop()
        wanted.remove(culprit)
    return {"outcome": "survived"}
