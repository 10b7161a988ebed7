"""What a failed check raises: one class per kind of finding."""

from __future__ import annotations

from pytest_tfpclone.report.findings import CloneReport


class CloneError(AssertionError):
    """A clone is not what it should be. ``report`` holds the findings."""

    __module__ = "pytest_tfpclone"

    def __init__(self, report: CloneReport) -> None:
        super().__init__(str(report))
        self.report = report

    def __reduce__(self) -> tuple[type[CloneError], tuple[CloneReport]]:
        return type(self), (self.report,)


class SharedStateError(CloneError):
    """Original and clone share state."""

    __module__ = "pytest_tfpclone"


class UnequalCloneError(CloneError):
    """The clone shares nothing, but is not equal to the original."""

    __module__ = "pytest_tfpclone"


def error_of(report: CloneReport) -> CloneError | None:
    """Return the error that a report stands for, or None if it has no finding."""
    if report.leaks:
        return SharedStateError(report)
    if report.differences:
        return UnequalCloneError(report)
    return None
