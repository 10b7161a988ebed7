"""Specs of the parts of a ``tf.Module``: one for each way in which a module holds state.

A new kind is one dataclass here, and the class of the same name in
``module_classes`` or ``module_companions``, which is what it builds.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.architectures.captures import capture
from pytest_tfpclone.architectures.registry import part
from pytest_tfpclone.architectures.spec import Spec, check_choice, check_flag, check_integer

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from pytest_tfpclone.architectures.module_classes import Draw
    from pytest_tfpclone.architectures.modules import ModuleLimits

__all__ = [
    "Bias", "CallCount", "CallLog", "CompiledLambda", "CompiledMethod", "DenseTable", "HashTable",
    "HeldBijector", "HeldDistribution", "HeldFunction", "HeldMethod", "HeldMetric",
    "HeldOptimizer", "MovingAverage", "NamedVariables", "NestedVariables", "NumpyArray",
    "PlainObject", "RandomGenerator", "UnknownShape", "VariableDict", "VariableList",
    "WeakReference", "Weight",
]  # fmt: skip

HELD_BY = ("closure", "default", "partial", "bound_method")
"""The ways in which a function that a module keeps holds a variable, the simplest first."""


@dataclass(frozen=True, slots=True, repr=False)
class Part(Spec):
    """A part of a module."""

    def made(self, units: int, draw: Draw) -> Any:
        """Return a new ``tf.Module`` that maps ``[batch, units]`` to the same shape.

        Args:
          units: Width of its inputs.
          draw: Draws its values.
        """
        from pytest_tfpclone.architectures.module_companions import part_class

        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return part_class(type(self).__name__)(units, draw, **fields)

    @classmethod
    def strategy(cls, limits: ModuleLimits) -> SearchStrategy[Any]:
        """Return a strategy for these parts; there is one."""
        from hypothesis import strategies as st

        return st.builds(cls)


@part
@dataclass(frozen=True, slots=True, repr=False)
class Weight(Part):
    """A matrix in a ``tf.Variable``."""


@part
@dataclass(frozen=True, slots=True, repr=False)
class Bias(Part):
    """A vector in a ``tf.Variable``.

    Attributes:
      trainable: What the variable says of itself.
    """

    trainable: bool = True

    def __post_init__(self) -> None:
        """Check the fields."""
        check_flag(self, "trainable")

    @classmethod
    def strategy(cls, limits: ModuleLimits) -> SearchStrategy[Bias]:
        """Return a strategy for these parts; shrinks towards a trainable one."""
        from hypothesis import strategies as st

        return st.builds(cls, trainable=st.sampled_from((True, False)))


@part
@dataclass(frozen=True, slots=True, repr=False)
class UnknownShape(Part):
    """A vector in a ``tf.Variable`` of shape ``[None]``."""


@part
@dataclass(frozen=True, slots=True, repr=False)
class VariableList(Part):
    """Vectors in a list.

    Attributes:
      size: Their number, at least 1.
    """

    size: int = 1

    def __post_init__(self) -> None:
        """Check the fields."""
        check_integer(self, "size", least=1)

    @classmethod
    def strategy(cls, limits: ModuleLimits) -> SearchStrategy[VariableList]:
        """Return a strategy for these parts; shrinks towards one vector."""
        from hypothesis import strategies as st

        return st.builds(cls, size=st.integers(1, 3))


@part
@dataclass(frozen=True, slots=True, repr=False)
class VariableDict(Part):
    """Two vectors in a dict."""


@part
@dataclass(frozen=True, slots=True, repr=False)
class NestedVariables(Part):
    """Three vectors in a list of dicts of tuples."""


@part
@dataclass(frozen=True, slots=True, repr=False)
class NamedVariables(Part):
    """Two vectors in a named tuple, one in a ``collections.deque``."""


@part
@dataclass(frozen=True, slots=True, repr=False)
class NumpyArray(Part):
    """A vector in a NumPy array."""


@part
@dataclass(frozen=True, slots=True, repr=False)
class PlainObject(Part):
    """A vector in a ``tf.Variable``, and numbers in a list, of a plain Python object.

    Attributes:
      slotted: Whether its class has ``__slots__`` in place of a ``__dict__``.
    """

    slotted: bool = False

    def __post_init__(self) -> None:
        """Check the fields."""
        check_flag(self, "slotted")

    @classmethod
    def strategy(cls, limits: ModuleLimits) -> SearchStrategy[PlainObject]:
        """Return a strategy for these parts; shrinks towards a ``__dict__``."""
        from hypothesis import strategies as st

        return st.builds(cls, slotted=st.booleans())


@part
@dataclass(frozen=True, slots=True, repr=False)
class CallCount(Part):
    """A Python ``int`` that each call adds to."""


@part
@dataclass(frozen=True, slots=True, repr=False)
class CallLog(Part):
    """A Python list that each call appends to."""


@part
@dataclass(frozen=True, slots=True, repr=False)
class RandomGenerator(Part):
    """A ``tf.random.Generator``; the module's ``sample`` draws from it, a call doesn't."""


@part
@dataclass(frozen=True, slots=True, repr=False)
class HashTable(Part):
    """A ``MutableHashTable`` that holds a vector."""


@part
@dataclass(frozen=True, slots=True, repr=False)
class DenseTable(Part):
    """A ``DenseHashTable`` that holds a vector."""


@part
@dataclass(frozen=True, slots=True, repr=False)
class HeldDistribution(Part):
    """A vector, and a ``tfd.Normal`` over the same variable."""


@part
@dataclass(frozen=True, slots=True, repr=False)
class HeldBijector(Part):
    """A vector, and a ``tfb.Shift`` by the same variable."""


@part
@dataclass(frozen=True, slots=True, repr=False)
class HeldFunction(Part):
    """A function as an attribute, which holds a vector.

    Attributes:
      captures: How, a name of ``HELD_BY``.
    """

    captures: str = "closure"

    def __post_init__(self) -> None:
        """Check the fields."""
        check_choice(self, "captures", HELD_BY)

    def made(self, units: int, draw: Draw) -> Any:
        """Return a new ``tf.Module`` with the function."""
        from pytest_tfpclone.architectures import module_companions

        held = capture(self.captures, module_companions.shifted, draw.variable(units))
        return module_companions.HeldFunction(held)

    @classmethod
    def strategy(cls, limits: ModuleLimits) -> SearchStrategy[HeldFunction]:
        """Return a strategy for these parts; shrinks towards a closure."""
        from hypothesis import strategies as st

        return st.builds(cls, captures=st.sampled_from(HELD_BY))


@part
@dataclass(frozen=True, slots=True, repr=False)
class HeldMethod(Part):
    """A vector, and a bound method of the module itself as an attribute."""


@part
@dataclass(frozen=True, slots=True, repr=False)
class WeakReference(Part):
    """A vector, and a weak reference to its variable."""


@dataclass(frozen=True, slots=True, repr=False)
class _Compiled(Part):
    """A vector, and a ``tf.function`` that uses it.

    Attributes:
      traced: Whether the function is traced when it is built, and at calls. An
        untraced one costs nothing; a call then runs the Python function in it.
    """

    traced: bool = False

    def __post_init__(self) -> None:
        """Check the fields."""
        check_flag(self, "traced")

    @classmethod
    def strategy(cls, limits: ModuleLimits) -> SearchStrategy[Any]:
        """Return a strategy for these parts; shrinks towards an untraced function."""
        from hypothesis import strategies as st

        # A graph is kept by the process for good, so few of them.
        often = tuple(traced for traced in limits.traced if not traced) * 9
        return st.builds(cls, traced=st.sampled_from(often + limits.traced))


@part
@dataclass(frozen=True, slots=True, repr=False)
class CompiledMethod(_Compiled):
    """A ``tf.function`` of a bound method of the module itself, which uses its vector."""


@part
@dataclass(frozen=True, slots=True, repr=False)
class CompiledLambda(_Compiled):
    """A ``tf.function`` of a lambda that closes over a vector."""


@part
@dataclass(frozen=True, slots=True, repr=False)
class MovingAverage(Part):
    """A vector, and a ``tf.train.ExponentialMovingAverage`` that has averaged it."""


@part
@dataclass(frozen=True, slots=True, repr=False)
class HeldOptimizer(Part):
    """A vector, and a tf_keras ``Adam`` with slots for it."""


@part
@dataclass(frozen=True, slots=True, repr=False)
class HeldMetric(Part):
    """A tf_keras ``Mean`` that has seen numbers."""
