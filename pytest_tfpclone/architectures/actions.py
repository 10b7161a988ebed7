"""Specs of what a user does with a model: ``action(model)``, for good, alike on equal models.

A new action is one more dataclass: ``strategy`` says what it takes on a given
model, ``__call__`` does it, ``@action`` makes it known.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.architectures.registry import action, registered
from pytest_tfpclone.architectures.spec import Spec, check_integer

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = [
    "AddLayer",
    "AddVariable",
    "Call",
    "Evaluate",
    "Freeze",
    "Insert",
    "Sample",
    "Save",
    "SetWeights",
    "Train",
    "Update",
    "Write",
]

_MOST_STEPS = 2


@dataclass(frozen=True, slots=True, repr=False)
class _Seeded(Spec):
    """An action that draws what it needs from a seed.

    Attributes:
      seed: A non-negative integer below 2**31.
    """

    seed: int = 0

    def __post_init__(self) -> None:
        """Check the fields."""
        check_integer(self, "seed", least=0, most=2**31 - 1)

    @classmethod
    def applies_to(cls, model: Any) -> bool:
        """Return whether the action means something for a model."""
        raise NotImplementedError

    @classmethod
    def strategy(cls, model: Any) -> SearchStrategy[Any] | None:
        """Return a strategy for such actions on a model, which shrinks towards the seed 0.

        None if the action means nothing for it.
        """
        from hypothesis import strategies as st

        return st.builds(cls, seed=st.integers(0, 999)) if cls.applies_to(model) else None


@action
@dataclass(frozen=True, slots=True, repr=False)
class Call(_Seeded):
    """Call a Keras model as in training, or ask TFP's objects for a value.

    The inputs are of the model's own specification.
    """

    @classmethod
    def applies_to(cls, model: Any) -> bool:
        """Return whether the model says what it takes."""
        from pytest_tfpclone.architectures import acting

        return acting.takes(model) or acting.is_tfp(model)

    def __call__(self, model: Any) -> None:
        """Call the model."""
        from pytest_tfpclone.architectures import acting

        with acting.repeatable(self.seed):
            acting.call(model, self.seed)


@action
@dataclass(frozen=True, slots=True, repr=False)
class Sample(_Seeded):
    """Sample a distribution, or a module that samples, from its own generators if it has them."""

    @classmethod
    def applies_to(cls, model: Any) -> bool:
        """Return whether the model samples."""
        from pytest_tfpclone.architectures import acting

        return acting.samples(model)

    def __call__(self, model: Any) -> None:
        """Sample the model."""
        from pytest_tfpclone.architectures import acting

        with acting.repeatable(self.seed):
            acting.sample(model, self.seed)


@action
@dataclass(frozen=True, slots=True, repr=False)
class Update(_Seeded):
    """Call the method ``update`` of a module, on inputs of its ``input_signature``."""

    @classmethod
    def applies_to(cls, model: Any) -> bool:
        """Return whether the module has both."""
        from pytest_tfpclone.architectures import acting

        return acting.updates(model)

    def __call__(self, model: Any) -> None:
        """Update the module."""
        from pytest_tfpclone.architectures import acting

        with acting.repeatable(self.seed):
            model.update(*acting.arguments_of(model, self.seed))


@action
@dataclass(frozen=True, slots=True, repr=False)
class Train(_Seeded):
    """Take gradient steps on the model's trainable variables.

    A compiled Keras model trains on targets drawn from its own output; any
    other one maximizes the log density of a sample, or, where it has none,
    shrinks its trainable variables.

    Attributes:
      seed: Draws inputs and targets.
      steps: Number of steps, 1 or 2.
    """

    steps: int = 1

    def __post_init__(self) -> None:
        """Check the fields."""
        _Seeded.__post_init__(self)
        check_integer(self, "steps", least=1, most=_MOST_STEPS)

    @classmethod
    def applies_to(cls, model: Any) -> bool:
        """Return whether there is something to train."""
        from pytest_tfpclone.architectures import acting

        return bool(acting.trainable(model))

    @classmethod
    def strategy(cls, model: Any) -> SearchStrategy[Any] | None:
        """Return a strategy for training a model; shrinks towards one step."""
        from hypothesis import strategies as st

        if not cls.applies_to(model):
            return None
        return st.builds(cls, seed=st.integers(0, 999), steps=st.integers(1, _MOST_STEPS))

    def __call__(self, model: Any) -> None:
        """Train the model."""
        from pytest_tfpclone.architectures import acting

        with acting.repeatable(self.seed):
            acting.train(model, self.seed, self.steps)


@action
@dataclass(frozen=True, slots=True, repr=False)
class Evaluate(_Seeded):
    """Evaluate a compiled Keras model, which makes and moves its metrics."""

    @classmethod
    def applies_to(cls, model: Any) -> bool:
        """Return whether the model is compiled, and says what it takes."""
        from pytest_tfpclone.architectures import acting

        return acting.is_compiled(model) and acting.takes(model)

    def __call__(self, model: Any) -> None:
        """Evaluate the model."""
        from pytest_tfpclone.architectures import acting

        with acting.repeatable(self.seed):
            inputs = acting.inputs_of(model, self.seed)
            model.test_on_batch(inputs, acting.targets_of(model, inputs))


@action
@dataclass(frozen=True, slots=True, repr=False)
class SetWeights(_Seeded):
    """Give a Keras model other weights by ``set_weights``."""

    @classmethod
    def applies_to(cls, model: Any) -> bool:
        """Return whether the model has weights to set."""
        from pytest_tfpclone.architectures import acting

        return acting.is_keras(model) and bool(model.weights)

    def __call__(self, model: Any) -> None:
        """Set the weights."""
        from pytest_tfpclone.architectures import acting

        acting.set_weights(model, self.seed)


@action
@dataclass(frozen=True, slots=True, repr=False)
class Freeze(Spec):
    """Freeze a layer of a Keras model, or the whole of it.

    Attributes:
      layer: The layer's position; -1 for the whole model.
    """

    layer: int = -1

    def __post_init__(self) -> None:
        """Check the fields."""
        check_integer(self, "layer", least=-1)

    @classmethod
    def strategy(cls, model: Any) -> SearchStrategy[Any] | None:
        """Return a strategy for freezing a model; shrinks towards the whole of it."""
        from hypothesis import strategies as st

        from pytest_tfpclone.architectures import acting

        if not acting.is_keras(model):
            return None
        return st.builds(cls, layer=st.integers(-1, len(acting.layers_of(model)) - 1))

    def __call__(self, model: Any) -> None:
        """Freeze the layer."""
        from pytest_tfpclone.architectures import acting

        frozen = model if self.layer < 0 else acting.layers_of(model)[self.layer]
        frozen.trainable = False


@action
@dataclass(frozen=True, slots=True, repr=False)
class Save(Spec):
    """Save a model's variables to a file that is removed again."""

    @classmethod
    def strategy(cls, model: Any) -> SearchStrategy[Any] | None:
        """Return a strategy for saving a model that TensorFlow can track."""
        from hypothesis import strategies as st

        from pytest_tfpclone.architectures import acting

        return st.builds(cls) if acting.is_trackable(model) else None

    def __call__(self, model: Any) -> None:
        """Save the model."""
        from pytest_tfpclone.architectures import acting

        acting.save(model)


@action
@dataclass(frozen=True, slots=True, repr=False)
class AddLayer(_Seeded):
    """Add a ``Dense`` layer and a normal head to a ``Sequential``."""

    @classmethod
    def applies_to(cls, model: Any) -> bool:
        """Return whether the model can be added to."""
        from pytest_tfpclone.architectures import acting

        return acting.is_sequential(model)

    def __call__(self, model: Any) -> None:
        """Add the layers."""
        from pytest_tfpclone.architectures import acting

        acting.add_layers(model, self.seed)


@action
@dataclass(frozen=True, slots=True, repr=False)
class AddVariable(_Seeded):
    """Set an attribute ``added`` of a ``tf.Module`` or of a plain object to a new variable."""

    @classmethod
    def applies_to(cls, model: Any) -> bool:
        """Return whether the model's attributes are the user's."""
        from pytest_tfpclone.architectures import acting

        return acting.is_users(model)

    def __call__(self, model: Any) -> None:
        """Set the attribute."""
        from pytest_tfpclone.architectures import acting

        model.added = acting.new_variable(self.seed)

    @contextlib.contextmanager
    def undone(self, model: Any) -> Iterator[Any]:
        """Set the attribute, and delete it on the way out."""
        self(model)
        try:
            yield model
        finally:
            del model.added


@action
@dataclass(frozen=True, slots=True, repr=False)
class Insert(_Seeded):
    """Insert an entry into each mutable table that a model reaches."""

    @classmethod
    def applies_to(cls, model: Any) -> bool:
        """Return whether the model has tables."""
        from pytest_tfpclone.architectures import acting

        return bool(acting.tables_of(model))

    def __call__(self, model: Any) -> None:
        """Insert the entries."""
        from pytest_tfpclone.architectures import acting

        for table in acting.tables_of(model):
            acting.insert(table, self.seed)


@dataclass(frozen=True, slots=True, repr=False)
class Write(Spec):
    """Write to one piece of a model's state.

    Attributes:
      path: The path of the cell, as ``state_of(model, root="model")`` prints it.
      seed: Draws the amount by which numbers move; other state gets other bits.
    """

    path: str
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the fields."""
        if type(self.path) is not str:
            raise TypeError(f"Write: path={self.path!r} must be a str")
        check_integer(self, "seed", least=0, most=2**31 - 1)

    def __call__(self, model: Any) -> None:
        """Write for good.

        Raises:
          ValueError: The model has no cell at the path, or it can't be written.
        """
        from pytest_tfpclone.architectures import acting

        acting.write(model, self.path, self.seed)

    @contextlib.contextmanager
    def undone(self, model: Any) -> Iterator[Any]:
        """Write, and put the old bits back on the way out.

        Raises:
          ValueError: The model has no cell at the path, or it can't be written.
        """
        from pytest_tfpclone.architectures import acting

        undo = acting.write(model, self.path, self.seed)
        try:
            yield model
        finally:
            undo()


def actions_on(model: Any) -> list[SearchStrategy[Any]]:
    """Return a strategy for each kind of action that means something for a model."""
    drawn = [kind.strategy(model) for kind in registered("action")]
    return [each for each in drawn if each is not None]


def writes_to(model: Any) -> SearchStrategy[Any] | None:
    """Return a strategy for writes to one cell of a model.

    Without a cell that can be written, the writes set an attribute; None if
    they can't do that either.
    """
    from hypothesis import strategies as st

    from pytest_tfpclone.architectures import acting

    paths = acting.writable_paths(model)
    if not paths:
        return AddVariable.strategy(model)
    return st.builds(Write, path=st.sampled_from(paths), seed=st.integers(0, 999))
