"""What state is: the walk over a model's objects, cells, matching, mutation, restore.

README.md beside this file says why it is so.
"""

from __future__ import annotations

from pytest_tfpclone.state import callables, cells, proxies, traced
from pytest_tfpclone.state.declare import Declarations, where
from pytest_tfpclone.state.mutation import mutate
from pytest_tfpclone.state.statemap import StateEntry, StateMap, state_of

__all__ = [
    "Declarations",
    "StateEntry",
    "StateMap",
    "callables",
    "cells",
    "mutate",
    "proxies",
    "state_of",
    "traced",
    "where",
]
