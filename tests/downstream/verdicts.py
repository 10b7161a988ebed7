"""What the tests of real projects read from a report."""

from __future__ import annotations


def leaks(report):
    """Return the kind of each leak, and where it is on both sides."""
    return [(leak.kind, leak.original, leak.clone) for leak in report.leaks]
