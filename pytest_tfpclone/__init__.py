"""Prove that a TensorFlow Probability model and its clone share no state.

The public names are imported when they are first used: importing this package
imports neither TensorFlow nor Hypothesis, since pytest does so in every run.
"""

from __future__ import annotations

__version__ = "0.1.0"

TYPE_CHECKING = False  # that of typing takes 7 ms to import
if TYPE_CHECKING:
    from typing import Any

    from pytest_tfpclone import cloning as cloners
    from pytest_tfpclone import stateful, strategies
    from pytest_tfpclone.assertion import assert_independent_clone, check_clone
    from pytest_tfpclone.cloning import CloneRefused, clone
    from pytest_tfpclone.parametrize import parametrize_clones
    from pytest_tfpclone.report import (
        CloneError,
        CloneReport,
        Difference,
        Leak,
        SharedStateError,
        UnequalCloneError,
    )
    from pytest_tfpclone.state import mutate, state_of, where

_HOMES = {
    "assert_independent_clone": "assertion",
    "check_clone": "assertion",
    "CloneReport": "report",
    "Leak": "report",
    "Difference": "report",
    "CloneError": "report",
    "SharedStateError": "report",
    "UnequalCloneError": "report",
    "CloneRefused": "cloning",
    "clone": "cloning",
    "cloners": "cloning",
    "state_of": "state",
    "mutate": "state",
    "parametrize_clones": "parametrize",
    "where": "state",
    "stateful": "stateful",
    "strategies": "strategies",
}
_CHECKING = ("assertion", "cloning", "state", "stateful", "strategies")
_MODULES = ("cloners", "stateful", "strategies")

__all__ = [
    "CloneError",
    "CloneRefused",
    "CloneReport",
    "Difference",
    "Leak",
    "SharedStateError",
    "UnequalCloneError",
    "assert_independent_clone",
    "check_clone",
    "clone",
    "cloners",
    "mutate",
    "parametrize_clones",
    "state_of",
    "stateful",
    "strategies",
    "where",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    if home in _CHECKING:
        from pytest_tfpclone.registry import load_entry_points

        load_entry_points()
    module = importlib.import_module(f"{__name__}.{home}")
    value = module if name in _MODULES else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
