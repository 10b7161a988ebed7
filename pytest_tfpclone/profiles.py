"""Hypothesis profiles for tests of models: offered under names of ours, never loaded.

Hypothesis runs ``register`` when it is imported, through its entry-point group
``hypothesis``, so that the names are known to ``pytest
--hypothesis-profile=tfpclone-ci`` and to ``settings.load_profile`` of a conftest.
"""

from __future__ import annotations

from typing import Any

# Imported with Hypothesis, so that it is registered once for as long as Hypothesis lives, also
# where an in-process run of pytest forgets the modules that it imported.
from pytest_tfpclone import randomness as _randomness  # noqa: F401

__all__ = ["PROFILES", "register"]

PROFILES: dict[str, dict[str, Any]] = {
    "tfpclone-quick": {"max_examples": 10},
    "tfpclone-ci": {"max_examples": 50, "derandomize": True, "print_blob": True},
    "tfpclone-nightly": {"max_examples": 500, "print_blob": True},
}
"""What each profile changes, besides the deadline and the phases.

``tfpclone-quick`` is for the edit-and-run loop. ``tfpclone-ci`` draws the same
examples in every run, so that a failure belongs to the change that it was seen on.
``tfpclone-nightly`` draws others each time.
"""


def register() -> None:
    """Register the profiles with Hypothesis; the active one stays as it is.

    They have no deadline, since the first model of a process takes seconds and later ones
    milliseconds, and no ``Phase.explain``, which runs a failing test hundreds of times more
    through a tracer. All else is as in Hypothesis' profile ``default``, also on CI, where
    Hypothesis loads another one: no health check is suppressed.
    """
    from hypothesis import Phase, settings

    parent = settings.get_profile("default")
    phases = [phase for phase in Phase if phase is not Phase.explain]
    for name, changes in PROFILES.items():
        settings.register_profile(name, parent, deadline=None, phases=phases, **changes)
