"""Random generators of Python, NumPy and tf_keras. TensorFlow's keep their state in variables."""

from __future__ import annotations

import random
from collections.abc import Hashable
from typing import Any

import numpy as np
import xxhash
from tensorflow_probability.python.util import SeedStream
from tf_keras.src.backend import RandomGenerator as KerasGenerator

from pytest_tfpclone.state import kinds
from pytest_tfpclone.state.attributes import Edges, attributes
from pytest_tfpclone.state.cells.base import DataCell, NotWritable, Undo, kind
from pytest_tfpclone.state.edges import table


@table.add(np.random.Generator)
def generator_edges(value: Any) -> Edges:
    """Return the bit generator, which holds the state of a NumPy generator."""
    return [(".bit_generator", value.bit_generator)]


table.add(np.random.BitGenerator, np.random.RandomState, np.random.SeedSequence)(lambda value: [])


def _frozen(value: Any) -> Hashable:
    if isinstance(value, dict):
        return tuple((key, _frozen(item)) for key, item in sorted(value.items()))
    if isinstance(value, np.ndarray):
        return value.tobytes()
    return value if isinstance(value, Hashable) else repr(value)


class _GeneratorCell(DataCell):
    kind = "generator"

    @property
    def label(self) -> str:
        """The type of the generator."""
        return kinds.name(type(self.value))

    def _get(self) -> Any:
        raise NotImplementedError

    def _set(self, state: Any) -> None:
        raise NotImplementedError

    def _draw(self) -> object:
        raise NotImplementedError

    def fingerprint(self) -> Hashable:
        """Return the whole state of the generator."""
        return _frozen(self._get())

    def backup(self) -> Undo:
        """Hold the present state."""
        state = self._get()
        return lambda: self._set(state)

    def write(self) -> Undo:
        """Draw a number, which moves the state on."""
        undo = self.backup()
        self._draw()
        return undo

    def nudge(self, seed: int) -> Undo | None:
        """Draw a number."""
        return self.write()

    def show(self) -> str:
        """Return a short digest of the state."""
        # No hash(): that of a string differs from process to process.
        return f"state #{xxhash.xxh32_intdigest(repr(self.fingerprint()).encode()) & 0xFFFFFF:06x}"


@kind(random.Random)
class PythonGeneratorCell(_GeneratorCell):
    """A ``random.Random``."""

    @classmethod
    def of(cls, value: Any) -> PythonGeneratorCell | None:
        """Return the cell of a generator; None for one that draws from the system."""
        return None if isinstance(value, random.SystemRandom) else cls(value)

    def _get(self) -> Any:
        return random.Random.getstate(self.value)

    def _set(self, state: Any) -> None:
        random.Random.setstate(self.value, state)

    def _draw(self) -> object:
        return random.Random.getrandbits(self.value, 32)


@kind(KerasGenerator, SeedStream)
class SeedCell(_GeneratorCell):
    """What tf_keras layers and TFP draw their seeds from; it counts in Python."""

    _PARTS = ("_seed", "_counter")

    def _namespace(self) -> dict[str, Any]:
        return attributes(self.value) or {}

    def _get(self) -> Any:
        namespace = self._namespace()
        return {name: namespace[name] for name in self._PARTS if name in namespace}

    def _set(self, state: Any) -> None:
        self._namespace().update(state)

    def _draw(self) -> object:
        name, value = list(self._get().items())[-1]
        self._set({name: (value or 0) + 1})
        return None


@kind(np.random.RandomState)
class RandomStateCell(_GeneratorCell):
    """A ``numpy.random.RandomState``."""

    def _get(self) -> Any:
        return self.value.get_state(legacy=False)

    def _set(self, state: Any) -> None:
        self.value.set_state(state)

    def _draw(self) -> object:
        return self.value.randint(2)


@kind(np.random.BitGenerator)
class BitGeneratorCell(_GeneratorCell):
    """A NumPy bit generator, such as the ``PCG64`` of ``numpy.random.default_rng``."""

    def _get(self) -> Any:
        return self.value.state

    def _set(self, state: Any) -> None:
        self.value.state = state

    def _draw(self) -> object:
        return self.value.random_raw()


@kind(np.random.SeedSequence)
class SeedSequenceCell(_GeneratorCell):
    """A NumPy ``SeedSequence``: it counts what it has spawned, and the count can't be set."""

    def _get(self) -> Any:
        return self.value.state

    def backup(self) -> Undo:
        """Do nothing, since nothing but spawning changes it."""
        return lambda: None

    def write(self) -> Undo:
        """Refuse."""
        raise NotWritable("what a SeedSequence has spawned can't be taken back")

    def nudge(self, seed: int) -> Undo | None:
        """Leave it as it is."""
        return None
