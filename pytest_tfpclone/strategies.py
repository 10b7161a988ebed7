"""Hypothesis strategies for probabilistic models and for what is done with them.

They draw specs, not models: a failing test then prints the spec as code that
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
Hypothesis runs a failing test hundreds of times more through a tracer. The
profile ``tfpclone-ci`` does both.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Collection
from typing import Any

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import SearchStrategy

from pytest_tfpclone import randomness
from pytest_tfpclone.architectures import (
    ACTIVATIONS,
    BIJECTORS,
    CAPTURES,
    DTYPES,
    FAMILIES,
    HELD,
    KERNELS,
    OPTIMIZERS,
    registered,
)
from pytest_tfpclone.architectures.actions import actions_on, writes_to
from pytest_tfpclone.architectures.captures import CLONEABLE_CAPTURES
from pytest_tfpclone.architectures.module_parts import Part
from pytest_tfpclone.architectures.modules import ModuleLimits
from pytest_tfpclone.architectures.network import MOST_STEPS
from pytest_tfpclone.architectures.registry import Head, Layer, Limits, Model
from pytest_tfpclone.architectures.trees import WAYS, DistributionLimits
from pytest_tfpclone.options import check_order, check_positive, chosen

__all__ = ["actions", "architectures", "distributions", "inputs", "models", "modules", "mutations"]

MODEL_ROLES = ("model", "distribution", "module")
"""The roles of specs whose ``build()`` makes something to clone."""

_TRAINED = tuple(range(MOST_STEPS + 1))

randomness.register()


def architectures(
    *,
    models: Collection[type[Model]] | None = None,
    layers: Collection[type[Layer]] | None = None,
    heads: Collection[type[Head]] | None = None,
    min_layers: int = 1,
    max_layers: int = 3,
    max_units: int = 4,
    activations: Collection[str | None] | None = None,
    captures: Collection[str | None] | None = None,
    dtypes: Collection[str] | None = None,
    compiled: Collection[str | None] | None = None,
    trained: Collection[int] | None = None,
) -> SearchStrategy[Any]:
    """Return a strategy for specs of Keras models that end in a distribution.

    A spec's ``build()`` makes the tf_keras model; its repr is code that makes
    the spec, given the names of ``pytest_tfpclone.architectures``.

    Each collection lists what may be drawn, the simplest first; None is all
    there is.

    Shrinks towards ``min_layers`` layers of one unit, one feature, and the first
    of each collection. With no options that is one ``Dense`` layer with one
    unit and no activation and a ``Normal`` head that captures nothing, not
    compiled: ``Sequential(layers=(Dense(units=1),), head=Normal())``.

    Args:
      models: Kinds of models, for example ``[architectures.Functional]``.
      layers: Kinds of layers, for example ``[architectures.DenseFlipout]``.
      heads: Kinds of heads, for example ``[architectures.Normal]``.
      min_layers: Least number of layers in a stack before the head; may be 0.
      max_layers: Largest number of layers in a stack before the head.
      max_units: Largest width of a layer, and largest number of input features.
      activations: Names of ``architectures.ACTIVATIONS``.
      captures: Names of ``architectures.CAPTURES``: how the function of a head
        or of a ``Lambda`` holds a variable of its own. None is all but
        ``"global"``: what a module holds can't be cloned.
      dtypes: Names of dtypes, ``"float32"`` and ``"float64"``.
      compiled: Names of ``architectures.OPTIMIZERS``; None in it is a model
        that isn't compiled.
      trained: Numbers of training steps, from 0 to 3. A model that isn't
        compiled is never trained.

    Raises:
      InvalidArgument: An option is out of range or of the wrong type, names
        nothing that is known, or leaves nothing to draw.
    """
    check_positive("min_layers", min_layers, least=0)
    check_positive("max_layers", max_layers)
    check_positive("max_units", max_units)
    check_order("min_layers", min_layers, "max_layers", max_layers)
    limits = Limits(
        models=chosen("models", models, registered("model")),
        layers=chosen("layers", layers, registered("layer")),
        heads=chosen("heads", heads, registered("head")),
        min_layers=min_layers,
        max_layers=max_layers,
        max_units=max_units,
        activations=chosen("activations", activations, ACTIVATIONS),
        captures=chosen("captures", captures, CAPTURES, default=CLONEABLE_CAPTURES),
        dtypes=chosen("dtypes", dtypes, DTYPES),
        training=_training(
            chosen("compiled", compiled, OPTIMIZERS), chosen("trained", trained, _TRAINED)
        ),
    )
    return st.one_of([kind.strategy(limits) for kind in limits.models])


def distributions(
    *,
    kinds: Collection[type[Model]] | None = None,
    families: Collection[str] | None = None,
    bijectors: Collection[str] | None = None,
    kernels: Collection[str] | None = None,
    held: Collection[str] | None = None,
    captures: Collection[str] | None = None,
    dtypes: Collection[str] | None = None,
    max_depth: int = 2,
) -> SearchStrategy[Any]:
    """Return a strategy for specs of trees of distributions, bijectors and kernels.

    Among them are joint distributions, processes over kernels, flows, surrogate
    posteriors and time series; each holds at least one variable. ``build()``
    makes the object of ``tfp``.

    Each collection lists what may be drawn, the simplest first; None is all
    there is.

    Shrinks towards the first of each collection and no parts: with no options
    ``Leaf()``, a normal whose parameters are variables.

    Args:
      kinds: Kinds of whole trees and of their inner parts, for example
        ``[architectures.Joint]``. What ends a branch is always allowed as a part.
      families: Names of ``architectures.FAMILIES``, such as ``"Gamma"``.
      bijectors: Names of ``architectures.BIJECTORS``.
      kernels: Names of ``architectures.KERNELS``.
      held: Names of ``architectures.HELD``: how parameters are held.
      captures: Names of ``architectures.CAPTURES``: how functions hold variables.
      dtypes: Names of dtypes, ``"float32"`` and ``"float64"``.
      max_depth: How many levels of parts there may be; 0 for no parts.

    Raises:
      InvalidArgument: An option is out of range or of the wrong type, or names
        nothing that is known.
    """
    check_positive("max_depth", max_depth, least=0)
    limits = DistributionLimits(
        kinds=chosen("kinds", kinds, registered("distribution")),
        families=chosen("families", families, FAMILIES),
        bijectors=chosen("bijectors", bijectors, BIJECTORS),
        kernels=chosen("kernels", kernels, KERNELS),
        held=chosen("held", held, HELD),
        captures=chosen("captures", captures, WAYS),
        dtypes=chosen("dtypes", dtypes, DTYPES),
        max_depth=max_depth,
    )
    drawn: SearchStrategy[Any] = st.one_of([kind.strategy(limits) for kind in limits.kinds])
    if drawn.is_empty:
        names = ", ".join(kind.__name__ for kind in limits.kinds)
        raise InvalidArgument(
            f"kinds={names}: nothing of these kinds holds a variable and fits the other options"
        )
    return drawn


def modules(
    *,
    parts: Collection[type[Part]] | None = None,
    min_parts: int = 1,
    max_parts: int = 3,
    max_depth: int = 2,
    max_units: int = 3,
    dtypes: Collection[str] | None = None,
    compiled: Collection[str | None] | None = None,
) -> SearchStrategy[Any]:
    """Return a strategy for specs of ``tf.Module``s, and of Keras 3 models beside TFP objects.

    Each collection lists what may be drawn, the simplest first; None is all
    there is.

    Shrinks towards ``min_parts`` parts of one unit and the first of each
    collection: with no options ``Module(parts=(Weight(),))``.

    Args:
      parts: Kinds of parts, for example ``[architectures.Table]``.
      min_parts: Least number of parts of a module, and of layers of a Keras 3 model.
      max_parts: Largest number of them.
      max_depth: How deep parts may be nested, from 0 to 3.
      max_units: Largest width of inputs and outputs.
      dtypes: Names of dtypes, ``"float32"`` and ``"float64"``.
      compiled: Names of optimizers of Keras 3 models, ``"adam"`` and ``"sgd"``;
        None in it is a model that isn't compiled.

    Raises:
      InvalidArgument: An option is out of range or of the wrong type, names
        nothing that is known, or leaves nothing to draw.
    """
    check_positive("min_parts", min_parts)
    check_positive("max_parts", max_parts)
    check_positive("max_depth", max_depth, least=0, most=3)
    check_positive("max_units", max_units)
    check_order("min_parts", min_parts, "max_parts", max_parts)
    limits = ModuleLimits(
        parts=chosen("parts", parts, registered("part")),
        min_parts=min_parts,
        max_parts=max_parts,
        max_depth=max_depth,
        max_units=max_units,
        dtypes=chosen("dtypes", dtypes, DTYPES),
        compiled=chosen("compiled", compiled, (None, "adam", "sgd")),
    )
    return st.one_of([kind.strategy(limits) for kind in registered("module")])


def models() -> SearchStrategy[Any]:
    """Return a strategy for specs of all kinds: of Keras models, distributions and modules.

    Shrinks as ``architectures()`` does.
    """
    return st.one_of(architectures(), distributions(), modules())


def inputs(architecture: Model) -> SearchStrategy[Any]:
    """Return a strategy for probe inputs of a model: what its ``build()`` can be called with.

    For a Keras model these are finite arrays of shape ``[batch, *shape]``, with
    batches of 1 to 4 and entries from -2 to 2, in a list for a model of several
    inputs; for a distribution, values for ``log_prob``; for a bijector, for
    ``forward``.

    Shrinks towards a batch of one, filled with zeros; towards the sample of
    seed 0 of a distribution.

    Args:
      architecture: A spec, as ``models()`` draws them.

    Raises:
      InvalidArgument: ``architecture`` is no spec of a model.
    """
    drawn: SearchStrategy[Any] = _checked(architecture).inputs()
    return drawn


def actions(architecture: Model) -> SearchStrategy[Any]:
    """Return a strategy for what a user may do with a model: ``action(model)``.

    Draws specs of what means something for the model: calls, training steps,
    samples, evaluations, new weights, freezing, saving, a new layer, variable or
    table entry. Each is done for good, and alike on equal models, so that it can
    be given as ``assert_independent_clone(model, copy, actions=[action])``.

    Shrinks towards the first kind of ``registered("action")`` and the seed 0.

    Args:
      architecture: A spec, as ``models()`` draws them; it is built once.

    Raises:
      InvalidArgument: ``architecture`` is no spec of a model, or nothing can be
        done with it.
    """
    drawn = _possible(_checked(architecture))[0]
    if not drawn:
        raise InvalidArgument(f"architecture={architecture!r}: no action means anything for it")
    return st.one_of(drawn)


def mutations(architecture: Model) -> SearchStrategy[Any]:
    """Return a strategy for writes to a part of a model's state: ``mutation(model)``.

    Draws specs such as ``Write(path="model.layers[0].kernel")``. Called, they
    write for good; ``with mutation.undone(model):`` puts the old bits back.

    Shrinks towards the cell that is nearest, and the seed 0.

    Args:
      architecture: A spec, as ``models()`` draws them; it is built once.

    Raises:
      InvalidArgument: ``architecture`` is no spec of a model, or its model holds
        nothing that can be written.
    """
    drawn = _possible(_checked(architecture))[1]
    if drawn is None:
        raise InvalidArgument(f"architecture={architecture!r} holds no state to write to")
    return drawn


@functools.lru_cache(maxsize=32)
def _possible(architecture: Model) -> tuple[list[SearchStrategy[Any]], SearchStrategy[Any] | None]:
    """Return what can be done with a model, and what can be written; keeps no model."""
    model = architecture.build()
    return actions_on(model), writes_to(model)


def _checked(architecture: Any) -> Any:
    kinds = tuple(kind for role in MODEL_ROLES for kind in registered(role))
    if not isinstance(architecture, kinds):
        raise InvalidArgument(
            f"architecture={architecture!r} must be a spec of a model, "
            "as strategies.models() draws them"
        )
    return architecture


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
