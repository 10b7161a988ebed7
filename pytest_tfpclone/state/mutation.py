"""Write to every cell of a model, and put all back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import TypeVar

from pytest_tfpclone.state import kinds
from pytest_tfpclone.state.cells import DataCell, NotWritable, Undo
from pytest_tfpclone.state.cells.arrays import without_aliases
from pytest_tfpclone.state.undo import take_back, undisturbed
from pytest_tfpclone.state.walk import Walk
from pytest_tfpclone.words import a

_Model = TypeVar("_Model")


def data_cells(walk: Walk) -> list[DataCell]:
    """Return the data cells of a walk, each resource once, nearest first."""
    found: dict[object, DataCell] = {}
    for node, cell in walk.cells:
        if isinstance(cell, DataCell) and id(node.value) not in walk.constants:
            found.setdefault(cell.identity, cell)
    return list(found.values())


def write_to(cell: DataCell, seed: int) -> Undo | None:
    """Write to a cell: its numbers move by amounts drawn from a seed, or its bits change.

    Returns:
        What puts the old value back; None if the cell can't be written.
    """
    undo = cell.nudge(seed)
    if undo is None:
        with contextlib.suppress(NotWritable):
            undo = cell.write()
    return undo


@contextlib.contextmanager
def undone(undos: list[Undo]) -> Iterator[None]:
    """Run the undos on the way out, last first; all of them, even if one raises."""
    try:
        yield
    finally:
        take_back(reversed(undos))
        undos.clear()


@contextlib.contextmanager
def kept(cells: Iterable[DataCell]) -> Iterator[None]:
    """Put the bits of cells back on the way out, whatever wrote to them."""
    undos: list[Undo] = []
    with undone(undos):
        undos.extend(cell.backup() for cell in cells)
        yield


@contextlib.contextmanager
def flipped(cells: Iterable[DataCell]) -> Iterator[list[tuple[DataCell, str]]]:
    """Flip the bits of cells; yields those that can't be written, with the reason."""
    undos: list[Undo] = []
    unwritten: list[tuple[DataCell, str]] = []
    with undisturbed(), undone(undos):
        for cell in without_aliases(list(cells)):
            try:
                undos.append(cell.write())
            except NotWritable as reason:
                unwritten.append((cell, str(reason)))
        yield unwritten


@contextlib.contextmanager
def nudged(cells: Iterable[DataCell], seed: int) -> Iterator[int]:
    """Move the numbers of cells a little, the i-th by amounts drawn from ``seed + i``.

    Yields:
        How many cells were moved; those that hold no floating-point numbers stay.
    """
    undos: list[Undo] = []
    count = 0
    with undone(undos):
        with undisturbed():
            for position, cell in enumerate(cells):
                undo = cell.nudge(seed + position)
                if undo is not None:
                    undos.append(undo)
                    count += 1
        yield count


@contextlib.contextmanager
def mutate(model: _Model, seed: int = 0) -> Iterator[_Model]:
    """Write to every state cell of a model, and put all back on the way out.

    Floating-point variables and arrays move by 1.5% to 3% of one plus their
    magnitude, so that outputs stay finite; every other variable, table, array
    and generator gets other bits. Values come back bit for bit, also when the
    body raises.

    Args:
        model: any TFP, Keras or ``tf.Module`` object, or a plain object of them.
        seed: what the amounts are drawn from.

    Yields:
        The model, written to.

    Raises:
        TypeError: ``model`` is None, a class, or a function that makes models.
        ValueError: ``model`` is not built, or holds no state that can be written.

    Example:
        >>> import tensorflow as tf
        >>> rate = tf.Variable(1.0)
        >>> with mutate(rate):
        ...     bool(rate > 1.0)
        True
        >>> float(rate)
        1.0
    """
    from pytest_tfpclone.state.misuse import require_model, require_seed

    require_model(model, "model")
    require_seed(seed)
    with kinds.forgetting():
        cells = data_cells(Walk(model))
    undos: list[Undo] = []
    with undone(undos):
        with undisturbed():
            for position, cell in enumerate(cells):
                undo = write_to(cell, seed + position)
                if undo is not None:
                    undos.append(undo)
        if not undos:
            raise ValueError(f"model holds no state to write to: {a(kinds.name(type(model)))}")
        yield model
