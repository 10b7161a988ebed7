"""Families of random architectures: one conformance item draws many models of one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from pytest_tfpclone.pairs import Verdict, judge


def families() -> list[str]:
    """Return the names of the families: one for each head of the random architectures."""
    return [_name(head) for head in _heads()]


def _heads() -> tuple[type, ...]:
    from pytest_tfpclone.architectures import registered

    return registered("head")


def _name(head: type) -> str:
    return f"dense_{head.__name__}"


class _Found(AssertionError):
    """A model that the cloner does not clone well."""


def judge_family(family: str, cloner: Callable[..., Any], name: str, examples: int) -> Verdict:
    """Draw architectures, clone each, and return the verdict on the smallest bad one.

    Args:
        family: a name out of ``families()``.
        cloner: the way to clone.
        name: its name.
        examples: how many architectures to draw.

    Returns:
        The verdict, with the architecture as code if it is a bad one. Draws are
        the same in every run.
    """
    from hypothesis import HealthCheck, Phase, given, seed, settings

    from pytest_tfpclone import strategies

    head = next(head for head in _heads() if _name(head) == family)
    worst: list[Verdict] = []
    outcomes: list[str] = []

    @seed(0)
    @settings(
        max_examples=examples, deadline=None, database=None, print_blob=False,
        report_multiple_bugs=False, phases=(Phase.generate, Phase.shrink),
        suppress_health_check=[HealthCheck.too_slow],
    )  # fmt: skip
    @given(architecture=strategies.architectures(heads=[head]))
    def draw(architecture: Any) -> None:
        verdict = judge(architecture.build, cloner)
        outcomes.append(verdict.verdict)
        if verdict.verdict not in ("independent", "not applicable"):
            if any(known.verdict != verdict.verdict for known in worst):
                return  # shrink within the first kind of finding
            worst.append(dataclasses.replace(verdict, code=repr(architecture)))
            raise _Found(verdict.summary)

    try:
        draw()
    except _Found:
        return dataclasses.replace(worst.pop(), examples=len(outcomes))
    if "independent" not in outcomes:
        return Verdict("not applicable", "", f"{name} does not take these models", "", examples)
    text = f"{outcomes.count('independent')} random architectures independent and equal"
    return Verdict("independent", text, text, "", len(outcomes))
