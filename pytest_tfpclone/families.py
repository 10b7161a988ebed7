"""Families of random architectures: one conformance item draws many models of one."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.pairs import Verdict, judge

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from pytest_tfpclone.state import Declarations


def families() -> list[str]:
    """Return the names of the families: each kind of Keras model, distributions, modules."""
    return list(_strategies())


def _strategies() -> dict[str, Callable[[], SearchStrategy[Any]]]:
    from pytest_tfpclone import strategies
    from pytest_tfpclone.architectures import registered

    found: dict[str, Callable[[], SearchStrategy[Any]]] = {
        kind.__name__: functools.partial(strategies.architectures, models=[kind])
        for kind in registered("model")
    }
    return {**found, "distributions": strategies.distributions, "modules": strategies.modules}


class _Found(AssertionError):
    """A model that the cloner does not clone well."""


def judge_family(
    family: str,
    cloner: Callable[..., Any],
    name: str,
    examples: int,
    declared: Sequence[Declarations] = (),
) -> Verdict:
    """Draw architectures, clone each, and return the verdict on the smallest bad one.

    Args:
        family: a name out of ``families()``.
        cloner: the way to clone.
        name: its name.
        examples: how many architectures to draw.
        declared: what may be shared and what is not looked at, which need not match here.

    Returns:
        The verdict, with the architecture as code if it is a bad one. Draws are
        the same in every run.
    """
    from hypothesis import Phase, given, seed, settings

    worst: list[Verdict] = []
    outcomes: list[str] = []

    @seed(0)
    @settings(
        max_examples=examples, deadline=None, database=None, print_blob=False,
        report_multiple_bugs=False, phases=(Phase.generate, Phase.shrink),
    )  # fmt: skip
    @given(architecture=_strategies()[family]())
    def draw(architecture: Any) -> None:
        verdict = judge(architecture.build, cloner, declared)
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
