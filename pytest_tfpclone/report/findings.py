"""CloneReport, Leak and Difference: the findings as data."""

from __future__ import annotations

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True)
class Leak:
    """One piece of state that the original and a clone share, with the proof.

    Attributes:
        kind: ``same object``, ``same resource``, ``overlapping memory``,
            ``coupled`` (a write on one side changed the other) or ``action``.
        original: the path in the original, as printed: ``original.layers[1].kernel``.
        clone: the path in the clone.
        label: what is shared, with dtype and shape: ``variable float32[3, 2]``.
        evidence: what was written where, and what was seen to change.
        hint: what to do about it.
    """

    kind: str
    original: str
    clone: str
    label: str
    evidence: str
    hint: str


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """One way in which a clone does not start out equal to the original.

    Attributes:
        kind: ``value``, ``dtype``, ``shape``, ``missing``, ``extra``, ``structure``,
            ``flag``, ``tying``, ``singleton``, ``output``, ``dead`` or ``action``.
        path: where, as printed.
        detail: what it was and what it became.
    """

    kind: str
    path: str
    detail: str


@dataclasses.dataclass(frozen=True, slots=True)
class CloneReport:
    """What a check found. ``str()`` of it is made for reading in a terminal.

    Attributes:
        leaks: shared state, sorted by path.
        differences: how the clone differs, sorted by path.
        notes: what was seen and is no finding, such as sharing that nothing uses.
        cells: how many cells the original reaches, by kind.
        seconds: how long the check took.
        clones: how many clones were compared.
        seed: the seed of probe inputs and writes, which repeats the check.
    """

    leaks: tuple[Leak, ...] = ()
    differences: tuple[Difference, ...] = ()
    notes: tuple[str, ...] = ()
    cells: dict[str, int] = dataclasses.field(default_factory=dict)
    seconds: float = 0.0
    clones: int = 1
    seed: int = 0

    @property
    def independent(self) -> bool:
        """Whether nothing is shared."""
        return not self.leaks

    @property
    def equal(self) -> bool:
        """Whether the clone starts out equal."""
        return not self.differences

    @property
    def verdict(self) -> str:
        """``shared``, ``unequal`` or ``independent`` (and equal)."""
        if self.leaks:
            return "shared"
        return "unequal" if self.differences else "independent"

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain dicts, lists, texts and numbers."""
        return {
            "verdict": self.verdict,
            "independent": self.independent,
            "equal": self.equal,
            "leaks": [dataclasses.asdict(leak) for leak in self.leaks],
            "differences": [dataclasses.asdict(each) for each in self.differences],
            "notes": list(self.notes),
            "cells": dict(self.cells),
            "seconds": self.seconds,
            "clones": self.clones,
            "seed": self.seed,
        }

    def __str__(self) -> str:
        from pytest_tfpclone.report.text import render

        return render(self)
