"""The verdict on one mutant, by the tests that run the changed statement."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Collection, Iterator
from typing import Any

from choose import is_about_all, is_named_after, lines_of
from mutants import Mutant
from pool import Died, Pooled, TooLong

_SLOW = 1.5
_FIRST = 1.5
_IMPORT = 0.1


@dataclasses.dataclass(frozen=True, slots=True)
class Suite:
    """What the tests do on the package as it is, by test file.

    Attributes:
        seconds: The time of each test that passes.
        lines: The tests that run a line, `path:line`, as bits in that order.
        failed: The tests that fail, and judge nothing.
    """

    seconds: dict[str, dict[str, float]]
    lines: dict[str, dict[str, int]]
    failed: list[str]

    @classmethod
    def read(cls, stored: dict[str, Any]) -> Suite:
        """Return what the workers' baselines say."""
        return cls(
            {file: found["seconds"] for file, found in stored.items()},
            {
                file: {place: int(mask, 16) for place, mask in found["lines"].items()}
                for file, found in stored.items()
            },
            [name for found in stored.values() for name in found["failed"]],
        )

    def took(self, name: str) -> float:
        """Return the seconds that a test takes."""
        return self.seconds[name.partition("::")[0]][name]

    def slow(self) -> list[str]:
        """Return the tests that are too slow to judge hundreds of mutants."""
        return [
            name for file in self.seconds.values() for name, took in file.items() if took > _SLOW
        ]

    def stages(
        self, mutant: Mutant, files: Collection[str], seconds: float, killers: Collection[str] = ()
    ) -> list[list[str]]:
        """Return the likeliest judges of a mutant, then others, `seconds` of them at most.

        All run the changed statement. The likeliest killed other mutants of the module, are in
        files named after it, or take the least time; the others come from all files in turn.
        """
        reaching = {file: self._reaching(file, mutant) for file in sorted(files)}
        found = {name for names in reaching.values() for name in names}
        known = [name for name in killers if name in found]
        left = {
            file: [name for name in names if name not in known]
            for file, names in reaching.items()
            if names
        }
        cost = {file: _IMPORT + sum(map(self.took, names)) for file, names in left.items()}
        first: list[str] = []
        spent = 0.0
        for file in sorted(
            cost, key=lambda file: (not is_named_after(file, mutant.path), cost[file])
        ):
            if first and spent + cost[file] > _FIRST:
                break
            spent += cost[file]
            first += left.pop(file)
        return [known, self._ordered(first), self._ordered(list(self._in_turn(left, seconds)))]

    def _ordered(self, names: list[str]) -> list[str]:
        return sorted(names, key=self.took)

    def _in_turn(self, reaching: dict[str, list[str]], seconds: float) -> Iterator[str]:
        queues = [collections.deque(self._ordered(names)) for names in reaching.values() if names]
        while queues:
            for queue in queues:
                seconds -= self.took(queue[0])
                if seconds < 0:
                    return
                yield queue.popleft()
            queues = [queue for queue in queues if queue]

    def _reaching(self, file: str, mutant: Mutant) -> list[str]:
        lines = self.lines[file]
        statement = lines_of(mutant.original, mutant.line)
        if statement is None:  # it runs at import: any line of the module will do
            places = [place for place in lines if place.startswith(f"{mutant.path}:")]
        else:
            places = [f"{mutant.path}:{line}" for line in statement]
        mask = -1 if statement is None and is_about_all(file) else 0
        for place in places:
            mask |= lines.get(place, 0)
        return [
            name
            for number, (name, took) in enumerate(self.seconds[file].items())
            if mask >> number & 1 and took <= _SLOW
        ]


def verdict(
    mutant: Mutant, suite: Suite, stages: list[list[str]], pooled: Pooled
) -> dict[str, Any]:
    """Return the outcome: "killed" and by what, "timeout", or "survived"."""
    for stage in stages:
        found = _run(mutant, stage, suite, pooled)
        if found["outcome"] != "survived":
            return found
    return {"outcome": "survived"}


def _run(mutant: Mutant, stage: list[str], suite: Suite, pooled: Pooled) -> dict[str, Any]:
    wanted = list(stage)
    while wanted:
        budget = max(10.0, 5 * sum(map(suite.took, wanted)))
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
