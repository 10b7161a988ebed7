"""Put the global generators of TensorFlow and Keras under Hypothesis' control.

Hypothesis seeds Python's and NumPy's generators before each example and puts them back after.
``register`` makes it do so for ``tf.random`` too, so that a failure that depends on
``tf.random.normal`` or on a sample without a seed is found again when it is replayed and shrunk.

What can't be put back are counters inside TensorFlow's kernels. ``tf.random.uniform([], seed=3)``,
a ``tf.function`` that draws, and a dataset that shuffles have one each, and seeding starts them all
over. What Hypothesis can't repeat at all: functions that were traced and datasets that were made
with no global seed, outside of the test, and the very example that imports TensorFlow.

Nothing is done to a library that isn't loaded.
"""

from __future__ import annotations

import random
import sys
from functools import lru_cache
from typing import Any

__all__ = ["RANDOMS", "register"]


def _loaded(name: str) -> Any:
    return sys.modules.get(name)


class EagerSeeds:
    """The global seed of ``tf.random``, and the Python generator of the seeds of operations."""

    def getstate(self) -> Any:
        """Return the seed, and the generator with its state; None is a fresh TensorFlow."""
        module = _loaded("tensorflow.python.eager.context")
        if module is None:
            return None
        context = module.context()
        generator = getattr(context, "_rng", None)
        return context._seed, generator, generator and generator.getstate()

    def seed(self, seed: int) -> None:
        """Do what ``tf.random.set_seed`` does: it also drops all kernels, with their counters."""
        module = _loaded("tensorflow.python.eager.context")
        if module is not None:
            module.set_global_seed(seed)

    def setstate(self, state: Any) -> None:
        """Put seed and generator back: what was drawn in between changes no later draw."""
        module = _loaded("tensorflow.python.eager.context")
        if module is None:
            return
        context = module.context()
        context._seed, generator, inner = state or (None, None, None)
        if generator is not None:
            generator.setstate(inner)
            context._rng = generator
        elif hasattr(context, "_rng"):
            del context._rng
        # Else an outer seed equal to Hypothesis' would meet its kernels, with advanced counters.
        context.clear_kernel_cache()


class GlobalGenerator:
    """The generator that ``tf.random.get_global_generator`` returns, or makes from entropy."""

    def __init__(self) -> None:
        self._own: Any = None

    def getstate(self) -> Any:
        """Return the generator and its state; None if there is none yet."""
        module = _loaded("tensorflow.python.ops.stateful_random_ops")
        generator = getattr(module, "global_generator", None)
        return generator and (generator, generator.state.read_value())

    def seed(self, seed: int) -> None:
        """Seed it; where there is none lend one, as what the test would make is not repeatable."""
        module = _loaded("tensorflow.python.ops.stateful_random_ops")
        if module is None or not _is_running():
            return
        if module.global_generator is None:
            self._own = self._own or module.Generator.from_seed(seed)
            module.global_generator = self._own
        generator = module.global_generator
        generator.state.assign(_state_from_seed(module, seed, int(generator.algorithm)))

    def setstate(self, state: Any) -> None:
        """Put the generator back, as it was; where there was none there is none again."""
        module = _loaded("tensorflow.python.ops.stateful_random_ops")
        if module is None:
            return
        generator, inner = state or (None, None)
        module.global_generator = generator
        if generator is not None:
            generator.state.assign(inner)


@lru_cache(maxsize=16)
def _state_from_seed(module: Any, seed: int, algorithm: int) -> Any:
    """Return what ``reset_from_seed`` makes in ten operations, slow ones while caches are empty."""
    with sys.modules["tensorflow"].init_scope():
        return module.create_rng_state(seed, algorithm)


def _is_running() -> bool:
    """Whether TensorFlow has started its devices, which a variable would make it do."""
    context = sys.modules["tensorflow.python.eager.context"].context()
    return getattr(context, "_context_handle", None) is not None


class TfKerasSeeds:
    """What ``tf_keras.utils.set_random_seed`` makes initializers and layers draw seeds from.

    Where nobody called it they draw from Python's ``random``, which Hypothesis manages.
    """

    def getstate(self) -> Any:
        """Return the generator and its state; None if there is none."""
        module = _loaded("tf_keras.src.backend")
        generator = getattr(getattr(module, "_SEED_GENERATOR", None), "generator", None)
        return generator and (generator, generator.getstate())

    def seed(self, seed: int) -> None:
        """Seed it, if there is one."""
        if self.getstate() is not None:
            _loaded("tf_keras.src.backend")._SEED_GENERATOR.generator = random.Random(seed)

    def setstate(self, state: Any) -> None:
        """Put it back; where there was none there is none again."""
        module = _loaded("tf_keras.src.backend")
        if module is None:
            return
        generator, inner = state or (None, None)
        if generator is not None:
            generator.setstate(inner)
        module._SEED_GENERATOR.generator = generator


class KerasSeeds:
    """The generator of the seeds of ``keras.random``, in Keras 3.

    Where there is none Keras makes one from Python's ``random``, which Hypothesis manages.
    """

    _NAME = "global_seed_generator"

    def getstate(self) -> Any:
        """Return the generator and its state; None if there is none."""
        module = _loaded("keras.src.backend.common.global_state")
        generator = module and module.get_global_attribute(self._NAME)
        return generator and (generator, generator.state.numpy())

    def seed(self, seed: int) -> None:
        """Seed it, if there is one."""
        state = self.getstate()
        if state is not None:
            # With TensorFlow Keras takes seeds modulo this.
            state[0].state.assign([seed % (2**31 - 2), 0])

    def setstate(self, state: Any) -> None:
        """Put it back, as it was; where there was none there is none again."""
        module = _loaded("keras.src.backend.common.global_state")
        if module is None:
            return
        generator, inner = state or (None, None)
        module.set_global_attribute(self._NAME, generator)
        if generator is not None:
            generator.state.assign(inner)


KERAS_SEEDS = (TfKerasSeeds(), KerasSeeds())
# Hypothesis holds them weakly.
RANDOMS = (EagerSeeds(), GlobalGenerator(), *KERAS_SEEDS)


def register() -> None:
    """Register them with Hypothesis, once.

    Importing ``pytest_tfpclone.strategies`` does so. An example then begins with empty caches of
    kernels, which costs a small model a few milliseconds.
    """
    from hypothesis import register_random

    for each in RANDOMS:
        register_random(each)
