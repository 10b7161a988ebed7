"""Hypothesis strategies for probabilistic models and for their inputs.

Prefer specs to models: a failing test then prints the spec as code that
rebuilds the model, ready for ``@example(...)``::

    from hypothesis import given, settings
    from pytest_tfpclone import assert_independent_clone, strategies

    @given(architecture=strategies.architectures())
    @settings(deadline=None)
    def test_my_clone(architecture):
        model = architecture.build()
        assert_independent_clone(model, my_clone(model))

Turn deadlines off: the first model of a process takes seconds, later ones
milliseconds. To keep failures quick, leave out ``Phase.explain``, for which
Hypothesis runs a failing test hundreds of times more through a tracer.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import SearchStrategy

from pytest_tfpclone.architectures import ACTIVATIONS, CAPTURES, OPTIMIZERS, registered
from pytest_tfpclone.architectures.registry import Head, Limits, Model

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["architectures", "inputs", "models"]

_TRAINED = (0, 1, 2, 3)


def architectures(
    *,
    min_layers: int = 1,
    max_layers: int = 3,
    max_units: int = 8,
    heads: Collection[type[Head]] | None = None,
    activations: Collection[str | None] | None = None,
    captures: Collection[str | None] | None = None,
    compiled: Collection[str | None] | None = None,
    trained: Collection[int] | None = None,
) -> SearchStrategy[Any]:
    """Return a strategy for specs of models that end in a distribution.

    A spec's ``build()`` makes the tf_keras model; its repr is code that makes
    the spec, given the names of ``pytest_tfpclone.architectures``.

    Each collection lists what may be drawn, the simplest first; None is all
    there is.

    Shrinks towards ``min_layers`` layers of one unit, one input, and the first
    of each collection. With no options that is one ``Dense`` layer with one
    unit and no activation and a ``Normal`` head that captures nothing, not
    compiled: ``Sequential(layers=(Dense(units=1),), head=Normal())``.

    Args:
      min_layers: Least number of layers before the head, at least 1.
      max_layers: Largest number of layers before the head.
      max_units: Largest width of a layer, and largest number of input features.
      heads: Kinds of heads, for example ``[architectures.Normal]``.
      activations: Names of ``architectures.ACTIVATIONS``.
      captures: Names of ``architectures.CAPTURES``: how the head's function
        holds a variable of its own.
      compiled: Names of ``architectures.OPTIMIZERS``; None in it is a model
        that isn't compiled.
      trained: Numbers of training steps, from 0 to 3. A model that isn't
        compiled is never trained.

    Raises:
      InvalidArgument: An option is out of range or of the wrong type, names
        nothing that is known, or leaves nothing to draw.
    """
    for name, value in (
        ("min_layers", min_layers),
        ("max_layers", max_layers),
        ("max_units", max_units),
    ):
        _check_positive(name, value)
    if min_layers > max_layers:
        raise InvalidArgument(f"min_layers={min_layers} is larger than max_layers={max_layers}")
    limits = Limits(
        layers=registered("layer"),
        heads=_chosen("heads", heads, registered("head")),
        min_layers=min_layers,
        max_layers=max_layers,
        max_units=max_units,
        activations=_chosen("activations", activations, ACTIVATIONS),
        captures=_chosen("captures", captures, CAPTURES),
        training=_training(
            _chosen("compiled", compiled, OPTIMIZERS), _chosen("trained", trained, _TRAINED)
        ),
    )
    return st.one_of([kind.strategy(limits) for kind in registered("model")])


def inputs(architecture: Model) -> SearchStrategy[npt.NDArray[np.float32]]:
    """Return a strategy for probe inputs of a model: what its ``build()`` can be called with.

    Draws finite ``float32`` arrays of shape ``[batch, *architecture.input_shape]``, with
    batches of 1 to 4 and entries from -2 to 2.

    Shrinks towards a batch of one, filled with zeros.

    Args:
      architecture: A spec, as ``architectures()`` draws them.

    Raises:
      InvalidArgument: ``architecture`` is no spec of a model.
    """
    if not isinstance(architecture, registered("model")):
        raise InvalidArgument(
            f"architecture={architecture!r} must be a spec of a model, "
            "as strategies.architectures() draws them"
        )
    from hypothesis.extra import numpy as npst

    shapes = st.integers(1, 4).map(lambda batch: (batch, *architecture.input_shape))
    entries = st.floats(-2, 2, width=32, allow_subnormal=False)
    return npst.arrays("float32", shapes, elements=entries)


def models(**options: Any) -> SearchStrategy[Any]:
    """Return a strategy for built models, ``architectures(**options).map(build)``.

    Prefer ``architectures()``: it prints a failing example as code, where a
    model prints as ``<Sequential object at 0x...>``.

    Shrinks as ``architectures`` does.

    Args:
      **options: The options of ``architectures``.

    Raises:
      InvalidArgument: As ``architectures`` does.
    """
    return architectures(**options).map(_build)


def _build(architecture: Model) -> Any:
    return architecture.build()


def _check_positive(name: str, value: int) -> None:
    if type(value) is not int or value < 1:
        raise InvalidArgument(f"{name}={value!r} must be an int, at least 1")


def _chosen(name: str, chosen: Collection[Any] | None, known: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return what an option allows, in the order given, or all that is known."""
    if chosen is None:
        return known
    listed = ", ".join(getattr(each, "__name__", repr(each)) for each in known)
    if isinstance(chosen, str) or not isinstance(chosen, Iterable):
        raise InvalidArgument(f"{name}={chosen!r} must be a collection of some of {listed}")
    # By order of what is known for a set: its own would change from process to process.
    ordered = list(chosen)
    if isinstance(chosen, (set, frozenset)):
        ordered = [each for each in known if each in chosen] or ordered
    if not ordered:
        raise InvalidArgument(f"{name}={chosen!r} is empty: nothing could be drawn")
    for each in chosen:
        if each not in known:
            raise InvalidArgument(f"{name}: {each!r} is none of {listed}")
    return tuple(ordered)


def _training(
    compiled: tuple[str | None, ...], trained: tuple[int, ...]
) -> tuple[tuple[str | None, int], ...]:
    """Return the pairs that make sense, so that drawing needs no filter."""
    pairs = tuple(
        (optimizer, steps)
        for optimizer, steps in itertools.product(compiled, trained)
        if optimizer is not None or steps == 0
    )
    if not pairs:
        raise InvalidArgument(
            f"compiled={compiled!r} and trained={trained!r} leave nothing to draw: "
            "a model that isn't compiled is never trained"
        )
    return pairs
