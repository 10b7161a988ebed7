"""See whether writes show in outputs: where they must, and where they must not."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from pytest_tfpclone.proof.outputs import CannotRun, Output, Probe
from pytest_tfpclone.proof.sharing import Shared
from pytest_tfpclone.state.cells import DataCell
from pytest_tfpclone.state.mutation import kept, nudged
from pytest_tfpclone.words import counted

__tracebackhide__ = True
_MOST_SINGLE = 64


@dataclasses.dataclass(slots=True)
class Responses:
    """What the outputs of two models showed.

    Attributes:
        unequal: how the clone's output differs from the start, or None.
        crossing: (written cell, side written, what the other side's output did).
        dead: cells of the clone that move its output otherwise than the original's do.
        notes: what could not be looked at, and why.
    """

    unequal: str | None = None
    crossing: list[tuple[DataCell, int, str]] = dataclasses.field(default_factory=list)
    dead: list[tuple[DataCell, str]] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)


def _noting(made: list[Any]) -> Callable[..., Any]:
    def create(next_creator: Callable[..., Any], **options: Any) -> Any:
        variable = next_creator(**options)
        made.append(variable)
        return variable

    return create


class Comparison:
    """Two models and a probe that both are run on.

    Args:
        probe: how to run them.
        models: the original and the clone.
        pairs: cells that correspond and are not shared.
        lone: the cells of either side that have no partner.
        seed: what writes are drawn from.
    """

    def __init__(
        self,
        probe: Probe,
        models: tuple[Any, Any],
        pairs: Sequence[tuple[DataCell, DataCell]],
        lone: tuple[Sequence[DataCell], Sequence[DataCell]],
        seed: int,
    ) -> None:
        self._probe = probe
        self._models = models
        self._cells = ([left for left, _ in pairs], [right for _, right in pairs])
        self._lone = lone
        self._seed = seed
        self._base: tuple[Output, Output] | None = None

    def run(self) -> Responses:
        """Compare outputs before and after writes to either side."""
        found = Responses()
        made: list[Any] = []
        try:
            with tf.variable_creator_scope(_noting(made)):
                first = self._probe.run(self._models[0])
        except CannotRun as error:
            self._refuse_inputs(error)
            found.notes.append(f"outputs left out: made-up inputs raised {error}")
            return found
        try:
            second = self._probe.run(self._models[1])
            found.unequal = first.difference(second)
        except CannotRun as error:
            second = None
            found.unequal = f"the clone raises where the original does not: {error}"
        if found.unequal is not None and not self._differ(first, second, made, found):
            return found
        assert second is not None
        self._base = (first, second)
        try:
            self._write(found)
        except CannotRun:
            self._write_numbers_only(found)
        if (found.crossing or found.dead) and (why := self._wavering()):
            found.crossing.clear()
            found.dead.clear()
            found.notes.append(why)
        return found

    def _refuse_inputs(self, error: CannotRun) -> None:
        if self._probe.given:
            raise ValueError(
                f"inputs: the original raised on them: {str(error).rstrip('.')}. Pass what "
                "the model takes, as a tuple of positional arguments"
            ) from None

    def _differ(
        self, first: Output, second: Output | None, made: list[Any], found: Responses
    ) -> bool:
        """Find out why outputs differ; return whether there is more to see."""
        try:
            again = first.difference(self._probe.run(self._models[0]))
        except CannotRun as error:
            self._refuse_inputs(error)
            again = f"it raised {error}"
        if again is not None:
            found.unequal = None
            found.notes.append(
                "outputs left out: the original does not repeat itself under stateless seeds "
                f"({again})"
            )
            return False
        if second is None:
            return False
        if made:
            found.unequal = None
            count = counted(len(made), "variable")
            found.notes.append(
                f"outputs left out: the first call of the original makes {count}, with values of "
                "its own. Call the model once before it is cloned"
            )
            return False
        self._base = (first, second)
        why = self._wavering()
        if why:
            self._base = None
            found.notes.append(why)
        return not why

    def _wavering(self) -> str:
        """Return why writes can't be seen in outputs: a model does not repeat itself.

        It is asked only of outputs that differ: those that are equal have repeated themselves.
        """
        for side, name in enumerate(("original", "clone")):
            try:
                change = self._change(side)
            except CannotRun as error:
                change = f"it raised {error}"
            if change is not None:
                return (
                    f"outputs after writes left out: the {name} does not repeat itself ({change})"
                )
        return ""

    def _write_numbers_only(self, found: Responses) -> None:
        """Write again, to floating-point cells only: an index off by one makes models raise."""
        found.crossing.clear()
        found.dead.clear()
        kept = [pair for pair in zip(*self._cells, strict=True) if pair[0].is_floating]
        self._cells = ([left for left, _ in kept], [right for _, right in kept])
        lefts, rights = ([cell for cell in side if cell.is_floating] for side in self._lone)
        self._lone = (lefts, rights)
        try:
            self._write(found)
        except CannotRun as error:
            found.notes.append(f"outputs after writes left out: a model raised {error}")

    def _write(self, found: Responses) -> None:
        assert self._base is not None
        after: list[Output | None] = [None, None]
        for side in (0, 1):
            change = None
            with nudged(self._cells[side], self._seed) as count:
                if count:
                    after[side] = self._probe.run(self._models[side])
                with nudged(self._lone[side], self._seed) as more:
                    if count or more:
                        change = self._change(1 - side)
            if change is not None:
                cells = [*self._cells[side], *self._lone[side]]
                found.crossing.append((self._cause(side, cells), side, change))
        moved, echoed = after
        if moved is None or echoed is None:
            return
        if found.unequal is not None:
            self._find_unmoved(found)
        elif moved.difference(echoed) is not None:
            self._find_dead(found)

    def _change(self, side: int) -> str | None:
        assert self._base is not None
        return self._base[side].difference(self._probe.run(self._models[side]))

    def _cause(self, side: int, cells: Sequence[DataCell]) -> DataCell:
        """Return one written cell that moves the other side's output, by halving."""
        while len(cells) > 1:
            half = cells[: len(cells) // 2]
            rest = cells[len(cells) // 2 :]
            cells = half if self._moves(side, half) else rest
        return cells[0]

    def _moves(self, side: int, cells: Sequence[DataCell]) -> bool:
        with nudged(cells, self._seed):
            return self._change(1 - side) is not None

    def _find_dead(self, found: Responses) -> None:
        assert self._base is not None
        for left, right in list(zip(*self._cells, strict=True))[:_MOST_SINGLE]:
            with nudged([left], self._seed):
                moved = self._probe.run(self._models[0])
            with nudged([right], self._seed):
                echoed = self._probe.run(self._models[1])
            if moved.difference(echoed) is None:
                continue
            if self._base[1].difference(echoed) is None:
                found.dead.append((right, "writing to it moves no output of the clone"))
            else:
                found.dead.append((right, "writing to it moves the output otherwise"))
        if not found.dead:
            found.dead.append((self._cells[1][0], "writing to all cells moves outputs otherwise"))

    def _find_unmoved(self, found: Responses) -> None:
        """Give the clone the original's values, and find its cells that move nothing."""
        assert self._base is not None
        pairs = list(zip(*self._cells, strict=True))[:_MOST_SINGLE]
        with kept(right for _, right in pairs):
            for left, right in pairs:
                right.take(left)
            base = self._probe.run(self._models[1])
            for left, right in pairs:
                with nudged([right], self._seed):
                    if base.difference(self._probe.run(self._models[1])) is not None:
                        continue
                with nudged([left], self._seed):
                    if self._change(0) is not None:
                        found.dead.append((right, "writing to it moves no output of the clone"))

    def shows(self, shared: Shared) -> bool:
        """Return whether a write to shared state moves the output of the side that borrows it."""
        if self._base is None:
            return False
        with nudged(shared.fresh, self._seed) as count:
            if not count:
                return False
            try:
                moved = all(self._change(side) is not None for side in shared.borrowers)
            except CannotRun:
                return False
        return moved and not self._wavering()
