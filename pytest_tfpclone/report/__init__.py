"""What a check found, and the words for it."""

from __future__ import annotations

from pytest_tfpclone.report.errors import CloneError, SharedStateError, UnequalCloneError
from pytest_tfpclone.report.findings import CloneReport, Difference, Leak

__all__ = [
    "CloneError",
    "CloneReport",
    "Difference",
    "Leak",
    "SharedStateError",
    "UnequalCloneError",
]
