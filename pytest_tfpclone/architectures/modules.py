"""Specs of ``tf.Module``s that are made of parts, and of parts that hold parts."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.architectures import module_parts
from pytest_tfpclone.architectures.module_parts import *  # noqa: F403
from pytest_tfpclone.architectures.module_parts import Part, Weight
from pytest_tfpclone.architectures.registry import module, part, registered
from pytest_tfpclone.architectures.seeding import seeded
from pytest_tfpclone.architectures.spec import (
    Spec,
    check_choice,
    check_flag,
    check_integer,
    check_registered,
    check_tuple,
)

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from pytest_tfpclone.architectures.module_classes import Draw

__all__ = ["Module", "ModuleLimits", "Submodule", "TiedSubmodule"]
__all__ += module_parts.__all__

_DTYPES = ("float32", "float64")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleLimits:
    """What a drawn module may hold: the options of ``strategies.modules``.

    Each tuple lists its choices from the simplest on: draws shrink towards the first.

    Attributes:
      parts: Kinds of parts, some of ``registered("part")``.
      min_parts: Least number of parts of a module.
      max_parts: Largest number of parts of a module; of those within a part, 2 at most.
      max_depth: How deep parts may be nested, from 0, for parts without parts.
      max_units: Largest width of inputs and outputs.
      dtypes: Names of floating-point dtypes, some of ``("float32", "float64")``.
      traced: Whether a part's ``tf.function`` is traced, some of ``(False,
        True)``; with both, one in ten is.
      compiled: Names of optimizers of Keras 3 models, some of ``(None, "adam",
        "sgd")``; None is a model that isn't compiled.
    """

    parts: tuple[type[Part], ...]
    min_parts: int = 1
    max_parts: int = 3
    max_depth: int = 2
    max_units: int = 3
    dtypes: tuple[str, ...] = _DTYPES
    traced: tuple[bool, ...] = (False, True)
    compiled: tuple[str | None, ...] = (None, "adam", "sgd")


def _some_parts(limits: ModuleLimits) -> SearchStrategy[tuple[Part, ...]]:
    """Return a strategy for tuples of parts; shrinks towards few, and the first kind."""
    from hypothesis import strategies as st

    kinds = [
        kind for kind in limits.parts if limits.max_depth > 0 or not issubclass(kind, _Nested)
    ] or [Weight]
    part = st.one_of([kind.strategy(limits) for kind in kinds])
    return st.lists(part, min_size=limits.min_parts, max_size=limits.max_parts).map(tuple)


def _check_parts(spec: Any) -> None:
    check_tuple(spec, "parts", "part")
    for each in spec.parts:
        check_registered(spec, "parts", each, registered("part"))


@dataclass(frozen=True, slots=True, repr=False)
class _Nested(Part):
    """A part that holds parts.

    Attributes:
      parts: Specs of them, at least one.
    """

    parts: tuple[Part, ...] = (Weight(),)

    def __post_init__(self) -> None:
        """Check the fields."""
        _check_parts(self)

    def made(self, units: int, draw: Draw) -> Any:
        """Return a new ``tf.Module`` that holds the parts."""
        from pytest_tfpclone.architectures import module_classes

        made = [each.made(units, draw) for each in self.parts]
        return getattr(module_classes, type(self).__name__)(made)

    @classmethod
    def strategy(cls, limits: ModuleLimits) -> SearchStrategy[Any]:
        """Return a strategy for these parts; shrinks towards one part of the first kind.

        Within the deepest, where no more nested ones may be, a weight stands in if
        no other kind may be drawn.
        """
        from hypothesis import strategies as st

        within = dataclasses.replace(
            limits,
            max_depth=limits.max_depth - 1,
            min_parts=1,
            max_parts=min(2, limits.max_parts),
        )
        return st.builds(cls, parts=_some_parts(within))


@part
@dataclass(frozen=True, slots=True, repr=False)
class Submodule(_Nested):
    """A ``tf.Module`` within the module."""


@part
@dataclass(frozen=True, slots=True, repr=False)
class TiedSubmodule(_Nested):
    """One ``tf.Module`` that is two attributes of the module, and is called twice."""


@module
@dataclass(frozen=True, slots=True, repr=False)
class Module(Spec):
    """A ``tf.Module`` that calls its parts one after the other.

    Attributes:
      parts: Specs of the parts, at least one.
      units: Width of inputs and outputs, at least 1.
      distribution: Whether a call returns a ``tfd.Normal`` and not a tensor.
      dtype: ``"float32"`` or ``"float64"``.
      seed: Fixes the values of all state.

    >>> from pytest_tfpclone.architectures import Bias, Weight
    >>> Module(parts=(Weight(), Bias(trainable=True)), units=2, seed=7)
    Module(parts=(Weight(), Bias()), units=2, seed=7)
    """

    parts: tuple[Part, ...]
    units: int = 1
    distribution: bool = False
    dtype: str = "float32"
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the fields."""
        _check_parts(self)
        check_integer(self, "units", least=1)
        check_flag(self, "distribution")
        check_choice(self, "dtype", _DTYPES)
        check_integer(self, "seed", least=0, most=2**32 - 1)

    def build(self) -> Any:
        """Return a new module: equal specs give equal ones, bit for bit.

        Its ``sample(inputs)`` draws with the module's own random generators, its
        ``update(inputs)`` writes to its state as training does. A call changes
        nothing but counters and logs of calls.

        The global generators of Python, NumPy and TensorFlow are left as they are.

        Returns:
          A ``tf.Module``. Called with ``[batch, units]`` of ``dtype``, it returns a
          tensor of that shape or a ``tfd.Normal`` of that batch shape, which
          depends on all floating-point state but an optimizer's.
        """
        import numpy as np
        import tensorflow as tf

        from pytest_tfpclone.architectures.module_classes import Composed, Draw

        draw = Draw(np.random.default_rng(self.seed), self.dtype)
        with seeded(self.seed):
            parts = [each.made(self.units, draw) for each in self.parts]
            signature = (tf.TensorSpec([None, self.units], self.dtype),)
            return Composed(parts, self.distribution, signature)

    def inputs(self) -> SearchStrategy[Any]:
        """Return a strategy for arrays ``[batch, units]``; shrinks towards ``[[1.0, ...]]``."""
        return positive_inputs(self.units, self.dtype)

    @classmethod
    def strategy(cls, limits: ModuleLimits) -> SearchStrategy[Module]:
        """Return a strategy for these modules.

        Shrinks towards few parts of the first kind, one unit, a tensor, the first
        dtype, and the seed 0.
        """
        from hypothesis import strategies as st

        return st.builds(
            cls,
            parts=_some_parts(limits),
            units=st.integers(1, limits.max_units),
            distribution=st.booleans(),
            dtype=st.sampled_from(limits.dtypes),
            seed=st.integers(0, 999),
        )


def positive_inputs(units: int, dtype: str) -> SearchStrategy[Any]:
    """Return a strategy for arrays of shape ``[batch, units]``, with batches of 1 to 4.

    Entries are from 1/2 to 2: with zeros, an output would not follow a weight.
    Shrinks towards ``[[1.0, ...]]``.

    Args:
      units: Width of the arrays.
      dtype: ``"float32"`` or ``"float64"``.
    """
    from hypothesis import strategies as st
    from hypothesis.extra import numpy as npst

    shapes = st.integers(1, 4).map(lambda batch: (batch, units))
    # All float32 numbers are float64 numbers.
    entries = st.floats(0.5, 2, width=32)
    return npst.arrays(dtype, shapes, elements=entries, fill=st.nothing())
