"""What all specs of distributions, bijectors and kernels have in common.

They make trees: a mixture is made of distributions, a transformed distribution
of a distribution and a bijector. A part says what comes out of it, so that a
whole can be drawn of parts that fit, and refuses parts that don't.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar

from pytest_tfpclone.architectures.captures import CLONEABLE_CAPTURES
from pytest_tfpclone.architectures.elementary import BIJECTORS, KERNELS
from pytest_tfpclone.architectures.families import FAMILIES, Event
from pytest_tfpclone.architectures.parameters import HELD, WITHOUT_VARIABLE, Maker
from pytest_tfpclone.architectures.registry import registered
from pytest_tfpclone.architectures.seeding import seeded
from pytest_tfpclone.architectures.spec import Spec, check_choice, check_integer

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["DTYPES", "DistributionLimits"]

DTYPES: tuple[str, ...] = ("float32", "float64")
"""Names of the dtypes that a tree may have."""

WAYS: tuple[str, ...] = tuple(way for way in CLONEABLE_CAPTURES if way is not None)
"""Names of the ways in which a function of a tree holds its variable."""

SUPPORTS = ("real", "float", "count", "integer")
"""The supports of events that are numbers, from the simplest on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributionLimits:
    """What a drawn tree may hold: the options of ``strategies.distributions``.

    Each tuple lists its choices from the simplest on: draws shrink towards the first.

    Attributes:
      kinds: Kinds of whole trees and of their inner parts. What ends a branch,
        such as a ``Leaf``, is always allowed as a part.
      families: Names of ``FAMILIES`` that a ``Leaf`` may have.
      bijectors: Names of ``BIJECTORS`` that a ``BijectorLeaf`` may have.
      kernels: Names of ``KERNELS`` that a ``KernelLeaf`` may have.
      held: Names of ``HELD``: how parameters are held. Of those without a
        variable, none is drawn where a tree would be left without state.
      captures: Ways in which a function may hold a variable.
      dtypes: Names of ``DTYPES``.
      max_depth: How many levels of parts there may be; 0 for no parts.
    """

    kinds: tuple[type[Any], ...]
    families: tuple[str, ...] = FAMILIES
    bijectors: tuple[str, ...] = BIJECTORS
    kernels: tuple[str, ...] = KERNELS
    held: tuple[str, ...] = HELD
    captures: tuple[str, ...] = WAYS
    dtypes: tuple[str, ...] = DTYPES
    max_depth: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a part has to be, to fit in its place.

    Attributes:
      depth: How many levels of parts it may have itself.
      shape: The shape of its event; None for any.
      supports: The supports that its event may have.
      batched: Whether it has to take a batch shape.
      ranked: Whether the built distribution has to know the rank of its event.
      stateful: Whether it has to hold a variable.
    """

    depth: int
    shape: tuple[int, ...] | None = None
    supports: tuple[str, ...] = SUPPORTS
    batched: bool = False
    ranked: bool = False
    stateful: bool = True

    def fits(self, event: Event, batches: bool = True, ranked: bool = True) -> bool:
        """Return whether a part with this event, that has batches and a known rank, fits."""
        return (
            self.shape in (None, event.shape)
            and event.support in self.supports
            and (batches or not self.batched)
            and (ranked or not self.ranked)
        )

    def both(self, other: Wanted) -> Wanted | None:
        """Return what is wanted of a part by both, at this depth; None if nothing can be."""
        shapes = {shape for shape in (self.shape, other.shape) if shape is not None}
        supports = tuple(each for each in self.supports if each in other.supports)
        if len(shapes) > 1 or not supports:
            return None
        return replace(
            self,
            shape=shapes.pop() if shapes else None,
            supports=supports,
            batched=self.batched or other.batched,
            ranked=self.ranked or other.ranked,
        )

    def part(self, **changes: Any) -> Wanted:
        """Return what a part of this part has to be: as it, but for ``changes``, and no nest."""
        supports = tuple(each for each in self.supports if each != "structure")
        return replace(self, **{"depth": self.depth - 1, "supports": supports, **changes})

    def held(self, limits: DistributionLimits) -> tuple[str, ...]:
        """Return the ways to hold a parameter that leave a part stateful if it has to be."""
        if not self.stateful:
            return limits.held
        return tuple(way for way in limits.held if way not in WITHOUT_VARIABLE) or limits.held


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Tree(Spec):
    """A spec of a distribution, a bijector or a kernel.

    Attributes:
      dtype: A name of ``DTYPES``. Parts have that of the whole, and leave
        theirs at its default.
      seed: Fixes all values; likewise.
    """

    dtype: str = "float32"
    seed: int = 0

    ends: ClassVar[bool] = False
    """Whether it ends a branch, so that it is always allowed as a part."""

    def __post_init__(self) -> None:
        """Check the fields that all trees have, and those of the parts."""
        check_choice(self, "dtype", DTYPES)
        check_integer(self, "seed", least=0, most=2**32 - 1)
        for field in fields(self):
            value = getattr(self, field.name)
            for each in value if isinstance(value, tuple) else (value,):
                if isinstance(each, Tree) and (each.dtype, each.seed) != ("float32", 0):
                    raise ValueError(
                        f"{type(self).__name__}: {field.name} got {each!r}: a part has the dtype "
                        "and the seed of the whole, give them there"
                    )

    def make(self, maker: Maker) -> Any:
        """Return the new object, with parameters from ``maker``."""
        raise NotImplementedError

    def build(self) -> Any:
        """Return a new, built object: equal specs give equal ones, bit for bit.

        The global generators of Python, NumPy and TensorFlow are left as they are.
        """
        import numpy as np

        with seeded(self.seed):
            return self.make(Maker(self.dtype, np.random.default_rng(self.seed)))

    def point(self, seed: int) -> Any:
        """Return what the built object can be called with, as NumPy arrays."""
        raise NotImplementedError

    def inputs(self) -> SearchStrategy[Any]:
        """Return a strategy for what the built object can be called with; shrinks to seed 0."""
        from hypothesis import strategies as st

        return st.integers(0, 999).map(self.point)

    @classmethod
    def kinds(cls) -> tuple[type[Tree], ...]:
        """Return the registered kinds that can stand for this one, the simplest first."""
        return tuple(kind for kind in registered("distribution") if issubclass(kind, cls))

    @classmethod
    def any(cls, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[Any]:
        """Return a strategy for trees of these kinds that fit, the simplest first."""
        role: Any = cls
        return _any(role, limits, wanted)

    @classmethod
    def draws(cls, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[Any]:
        """Return a strategy for trees of this kind that fit, of default dtype and seed."""
        raise NotImplementedError

    @classmethod
    def strategy(cls, limits: DistributionLimits) -> SearchStrategy[Any]:
        """Return a strategy for whole trees of this kind.

        Shrinks towards parts that end a branch, the first name of each of the
        limits, and the seed 0.
        """
        from hypothesis import strategies as st

        wanted = Wanted(depth=limits.max_depth, supports=(*SUPPORTS, "structure"))
        drawn = built(
            _rooted,
            cls.draws(limits, wanted),
            dtype=st.sampled_from(limits.dtypes),
            seed=st.integers(0, 999),
        )

        def kind(draw: Callable[[SearchStrategy[Tree]], Tree]) -> Tree:
            return draw(drawn)

        # What a strategy prints in messages: the name of the kind, not all that it may hold.
        kind.__name__ = kind.__qualname__ = cls.__name__
        whole: SearchStrategy[Tree] = st.composite(kind)()
        return st.nothing() if drawn.is_empty else whole


def _rooted(tree: Tree, *, dtype: str, seed: int) -> Tree:
    return replace(tree, dtype=dtype, seed=seed)


@functools.cache
def _any(role: Any, limits: DistributionLimits, wanted: Wanted) -> SearchStrategy[Any]:
    from hypothesis import strategies as st

    if wanted.depth < 0:
        return st.nothing()
    allowed = [kind for kind in role.kinds() if kind.ends or kind in limits.kinds]
    return st.one_of([kind.draws(limits, wanted) for kind in allowed])


def built(
    make: Callable[..., Any], *fields: SearchStrategy[Any], **named: SearchStrategy[Any]
) -> SearchStrategy[Any]:
    """Return ``st.builds`` of the same, but nothing if nothing can be drawn for a field.

    ``st.builds`` would be taken for a strategy that has values, and each draw of it rejected.
    """
    from hypothesis import strategies as st

    if any(each.is_empty for each in (*fields, *named.values())):
        return st.nothing()
    return st.builds(make, *fields, **named)


def several(part: SearchStrategy[Any], least: int, most: int) -> SearchStrategy[tuple[Any, ...]]:
    """Return a strategy for tuples of parts; shrinks towards few, nothing if no part can be."""
    from hypothesis import strategies as st

    if part.is_empty:
        return st.nothing()
    return st.lists(part, min_size=least, max_size=most).map(tuple)
