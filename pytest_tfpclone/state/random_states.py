"""Remember where the process-wide generators stand, and put them back."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from tensorflow.python.eager import context as eager_context

from pytest_tfpclone.randomness import KERAS_SEEDS
from pytest_tfpclone.state.cells import DataCell, cell_of


class RandomStates:
    """The readable state of the process-wide generators of Python, NumPy, TensorFlow and Keras."""

    def __init__(self) -> None:
        self._python = random.getstate()
        self._numpy = np.random.get_state(legacy=False)
        context = eager_context.context()
        self._tensorflow = (context._seed, context._rng.getstate() if _has_rng(context) else None)
        self._keras = [(each, each.getstate()) for each in KERAS_SEEDS]
        self._global = _global_generator_undo()

    def restore(self) -> None:
        """Put the states back without clearing a cache of TensorFlow's."""
        random.setstate(self._python)
        np.random.set_state(self._numpy)
        context = eager_context.context()
        context._seed, rng = self._tensorflow
        if rng is not None:
            context._rng.setstate(rng)
        for seeds, state in self._keras:
            seeds.setstate(state)
        self._global()


def _has_rng(context: Any) -> bool:
    return isinstance(getattr(context, "_rng", None), random.Random)


def _global_generator_undo() -> Callable[[], None]:
    module: Any = sys.modules.get("tensorflow.python.ops.stateful_random_ops")
    generator = getattr(module, "global_generator", None)
    if generator is None:

        def forget() -> None:
            if module is not None:
                module.global_generator = None

        return forget
    cell = cell_of(generator._state_var)
    put_back = cell.backup() if isinstance(cell, DataCell) else None

    def restore() -> None:
        module.global_generator = generator
        if put_back is not None:
            put_back()

    return restore
