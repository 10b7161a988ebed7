"""How the pairs of a session came out, as data: what tables and report files are made from."""

from __future__ import annotations

import collections
import dataclasses
from typing import Any

VERDICTS = ("independent", "shared", "unequal", "refused", "not applicable")


def rank(cloner: str) -> tuple[bool, bool, str]:
    """Return where a cloner stands in tables: ours first, the control last."""
    return (cloner != "clone", cloner == "alias", cloner)


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """How one cloner did on one model, or on one family of random models.

    Attributes:
        source: ``gallery``, ``random``, ``model`` (named by the user) or ``test``.
        model: the name of the model or the family.
        cloner: the name of the cloner.
        verdict: one of ``VERDICTS``.
        summary: one line.
        text: the findings as a terminal shows them.
        nodeid: the id of the test.
        expected: why the pair is expected to fail; empty if it is not.
        is_control: whether the pair must come out shared.
        examples: how many models were tried.
        seconds: how long the test took.
        code: the smallest bad model as code, where models are random.
        reproduce: the command that runs the pair again.
        findings: ``CloneReport.to_dict()``; None where there was nothing to check.
    """

    source: str
    model: str
    cloner: str
    verdict: str
    summary: str
    text: str = ""
    nodeid: str = ""
    expected: str = ""
    is_control: bool = False
    examples: int = 1
    seconds: float = 0.0
    code: str = ""
    reproduce: str = ""
    findings: dict[str, Any] | None = None

    @property
    def remark(self) -> str:
        """What the verdict alone does not say."""
        if self.is_control:
            return "control failed" if self.is_bad else "control"
        if self.expected:
            return "not as expected" if self.is_bad else "expected"
        return ""

    @property
    def is_bad(self) -> bool:
        """Whether the pair makes the session fail."""
        failed = self.verdict in ("shared", "unequal", "refused")
        if self.is_control:
            return self.verdict != "shared"
        return failed is not bool(self.expected) and self.verdict != "not applicable"


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """A session: what it ran on and how its pairs came out.

    Attributes:
        results: the pairs: by where the model is from, by model, ``clone`` first.
        versions: the version of each package that matters, by name.
        seed: what inputs, writes and random architectures are drawn from.
        command: the command that runs the session again.
        created: when it ended, in UTC, as ISO 8601 says.
        is_complete: whether every pair that was selected ran.
    """

    results: tuple[Result, ...]
    versions: dict[str, str]
    seed: int
    command: str
    created: str
    is_complete: bool = True

    @property
    def bad(self) -> list[Result]:
        """The pairs that make the session fail."""
        return [each for each in self.results if each.is_bad]

    @property
    def cloners(self) -> list[str]:
        """The columns of a table of the session."""
        return sorted({each.cloner for each in self.results}, key=rank)

    @property
    def rows(self) -> list[tuple[str, list[Result | None]]]:
        """The rows: a model, and its result with each cloner.

        Models of one name stay apart, and so do pairs that several tests run: the name of such
        a row says where it comes from.
        """
        seen: collections.Counter[tuple[str, str, str]] = collections.Counter()
        rows: dict[tuple[str, str, int], dict[str, Result]] = {}
        for each in self.results:
            key = (each.model, _place(each))
            seen[(*key, each.cloner)] += 1
            rows.setdefault((*key, seen[(*key, each.cloner)]), {})[each.cloner] = each
        names = collections.Counter(model for model, _, _ in rows)
        cloners = self.cloners
        return [
            (
                f"{model} ({place}{f', {number}' if number > 1 else ''})"
                if names[model] > 1
                else model,
                [cells.get(cloner) for cloner in cloners],
            )
            for (model, place, number), cells in rows.items()
        ]


def _place(result: Result) -> str:
    """Return what tells a model from others of its name: the test, or where models come from."""
    test = result.nodeid.partition("[")[0] if result.source == "test" else ""
    return test or result.source
