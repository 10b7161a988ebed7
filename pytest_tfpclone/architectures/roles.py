"""The three roles that a part of a tree can have: a distribution, a bijector, a kernel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pytest_tfpclone.architectures.families import Event
from pytest_tfpclone.architectures.parameters import Maker
from pytest_tfpclone.architectures.spec import check_registered
from pytest_tfpclone.architectures.trees import Tree, Wanted

__all__: list[str] = []

FEATURES = 3
"""How many features a bijector or a kernel has that stands alone: as a check's own inputs."""


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class DistributionTree(Tree):
    """A spec of a distribution."""

    @property
    def event(self) -> Event:
        """What one sample is."""
        raise NotImplementedError

    @property
    def batches(self) -> bool:
        """Whether it can be made with a batch shape."""
        return False

    @property
    def ranked(self) -> bool:
        """Whether the built distribution knows the rank of its event without a sample."""
        return True

    def make(self, maker: Maker, batch: tuple[int, ...] = ()) -> Any:
        """Return a new distribution with this batch shape, parameters from ``maker``."""
        raise NotImplementedError

    def point(self, seed: int) -> Any:
        """Return a seeded sample of the built distribution, as NumPy arrays."""
        import numpy as np
        import tensorflow as tf

        drawn = self.build().sample(seed=tf.constant([seed, 1], tf.int32))
        return tf.nest.map_structure(lambda part: np.array(part), drawn)


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class BijectorTree(Tree):
    """A spec of a bijector."""

    @property
    def rank(self) -> int:
        """The least rank of what it works on: 0 for numbers, 1 for vectors."""
        return 0

    @property
    def domain(self) -> str:
        """What it maps: ``"real"``, or else less than all numbers."""
        return "real"

    @property
    def image(self) -> str:
        """What it maps to: ``"real"`` for all numbers, ``"float"`` for some."""
        return "real"

    @property
    def keeps_shape(self) -> bool:
        """Whether what comes out has the shape of what goes in."""
        return True

    def takes(self, shape: tuple[int, ...]) -> bool:
        """Return whether it maps all numbers of a shape to numbers of the same shape."""
        return self.domain == "real" and self.keeps_shape and self.rank <= len(shape)

    def make(self, maker: Maker, shape: tuple[int, ...] | None = None) -> Any:
        """Return a new bijector for events of a shape; None for when it stands alone."""
        raise NotImplementedError

    def into_domain(self, built: Any, numbers: Any) -> Any:
        """Return real numbers, mapped to what the built bijector takes."""
        return numbers

    def point(self, seed: int) -> Any:
        """Return what the built bijector's ``forward`` takes, a batch of 4."""
        import numpy as np
        import tensorflow as tf

        numbers = np.random.default_rng(seed).normal(size=(4, *self.own_shape))
        return np.array(self.into_domain(self.build(), tf.constant(numbers, self.dtype)))

    @property
    def own_shape(self) -> tuple[int, ...]:
        """The shape of its events when it stands alone."""
        return (FEATURES,) * self.rank


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class KernelTree(Tree):
    """A spec of a positive semidefinite kernel over vectors of ``FEATURES`` numbers."""

    def point(self, seed: int) -> Any:
        """Return two sets of points between which the built kernel's ``matrix`` can be taken."""
        import numpy as np

        values = np.random.default_rng(seed)
        return tuple(values.normal(size=(4, FEATURES)).astype(self.dtype) for _ in range(2))


def check_part(owner: Tree, name: str, part: object, role: type[Tree]) -> None:
    """Raise ``TypeError`` if a part, from the field ``name``, isn't of a role."""
    check_registered(owner, name, part, role.kinds())


def check_distribution(owner: Tree, name: str, part: object, wanted: Wanted) -> None:
    """Raise if a part, from the field ``name``, isn't a distribution that fits.

    Raises:
      TypeError: It isn't a distribution.
      ValueError: Its event or its batch shape doesn't fit.
    """
    check_part(owner, name, part, DistributionTree)
    assert isinstance(part, DistributionTree)
    if not wanted.fits(part.event, batches=part.batches):
        shape = "any shape" if wanted.shape is None else f"shape {wanted.shape}"
        batch = ", made with a batch shape" if wanted.batched else ""
        raise ValueError(
            f"{type(owner).__name__}: {name} got {part!r}, with a {part.event.support} event of "
            f"shape {part.event.shape}; must be {' or '.join(wanted.supports)} of {shape}{batch}"
        )
