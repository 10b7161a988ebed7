"""Watch a model while others act: what it holds and answers, and what of that has changed."""

from __future__ import annotations

import functools
from collections.abc import Collection, Hashable
from typing import Any

from pytest_tfpclone.proof.actions import others_changed
from pytest_tfpclone.proof.effects import data_nodes, plain_values
from pytest_tfpclone.proof.outputs import CannotRun, Output, Probe
from pytest_tfpclone.state import mutable
from pytest_tfpclone.state.mutation import data_cells
from pytest_tfpclone.state.paths import printed
from pytest_tfpclone.state.snapshot import preserved
from pytest_tfpclone.state.statemap import count_kinds
from pytest_tfpclone.state.walk import Reach, Walk

__tracebackhide__ = True

Change = tuple[str, str]
"""A printed path, and what was there and is there now."""


class Watched:
    """A model, and what it held and answered when it was looked at last.

    Looking runs the model on a probe, and leaves it as it was.

    Args:
        model: the model.
        name: what it is called in paths.
        seed: what probe inputs are drawn from.
    """

    def __init__(self, model: Any, name: str, seed: int = 0) -> None:
        self.model = model
        self.name = name
        self._seed = seed
        self.walk = Walk(model)

    def __repr__(self) -> str:
        return self.name

    def look(self, others: Collection[Watched] = ()) -> None:
        """Look at the model anew: it has acted.

        Args:
            others: models that may be in a registry of a class together with this one.
        """
        self.__dict__.pop("keys", None)
        self._take(others)
        self._probe = Probe(self.model, None, self._seed)
        with preserved(self.walk):
            self.output: Output | str | None = self._run() if self._probe.runs else None
            again = self._run() if self._probe.runs else None
        if _difference(self.output, again) is not None:
            self.output = None  # it doesn't repeat itself
        if self._changed_holders(Walk(())):
            self._take(others)  # runs leave traces and caches behind

    def _take(self, others: Collection[Watched]) -> None:
        self.walk = self._walk(others)
        cells = data_cells(self.walk)
        self._shown = {id(cell.value): cell.show() for cell in cells}
        self._prints: dict[int, Hashable] = {id(cell.value): cell.fingerprint() for cell in cells}
        self._held = {id(node.value): node.edges for node in self.walk}

    def _walk(self, others: Collection[Watched]) -> Walk:
        walk = Walk(self.model)
        if not walk.registries:
            return walk
        owned = [node for each in (walk, *(other.walk for other in others)) for node in each]
        return Walk(
            self.model, owned=frozenset(id(node.value) for node in owned if node.reach is Reach.OWN)
        )

    def _run(self) -> Output | str:
        try:
            return self._probe.run(self.model)
        except CannotRun as error:
            return str(error)

    @functools.cached_property
    def keys(self) -> frozenset[Hashable]:
        """What the state that the model reaches can be told by."""
        cells = {
            id(node.value): mutable.state_cell(node.value)
            for node in self.walk
            if id(node.value) not in self.walk.constants
        }
        return frozenset(
            cell.identity if cell.is_tensorflow else each
            for each, cell in cells.items()
            if cell is not None
        )

    @property
    def counts(self) -> dict[str, int]:
        """How many cells of each kind the model reaches."""
        return count_kinds(self.walk)

    def changes(self, acting: Walk) -> list[Change]:
        """Return what has changed since the last look.

        Args:
            acting: what the model that acted held before: all that both reach is its own
                to change, but for bits.
        """
        found = self._changed_cells() + self._changed_holders(acting)
        return found or self._changed_output()

    def visible_changes(self, plain: dict[str, str]) -> list[Change]:
        """Return what of the user's has changed, the framework's bookkeeping left out.

        Args:
            plain: the plain values that the model held before, by path.
        """
        found = self._changed_cells()
        now = plain_values(Walk(self.model))
        for path in sorted({*plain, *now}):
            if plain.get(path) != now.get(path):
                was, became = plain.get(path, "nothing"), now.get(path, "nothing")
                found.append((self.name + path, f"{was} became {became}"))
        return found or self._changed_output()

    def plain(self) -> dict[str, str]:
        """Return the plain values that the model holds in its user's parts, by path."""
        return plain_values(self.walk)

    def _changed_holders(self, acting: Walk) -> list[Change]:
        nothing: frozenset[Any] = frozenset()
        found = others_changed(self._held, self.walk, self.name, acting, nothing, nothing)
        return [(path, change) for _, path, change in found]

    def _changed_cells(self) -> list[Change]:
        return [
            (printed(node.path, self.name), f"{self._shown[id(cell.value)]} became {cell.show()}")
            for node, cell in data_nodes(self.walk)
            if id(cell.value) in self._prints and cell.fingerprint() != self._prints[id(cell.value)]
        ]

    def _changed_output(self) -> list[Change]:
        if self.output is None:
            return []
        with preserved(self.walk):
            change = _difference(self.output, self._run())
        return [] if change is None else [(f"{self.name}(...)", change)]


def _difference(was: Output | str | None, now: Output | str | None) -> str | None:
    """Return in words how two answers differ, of which a text is what was raised."""
    if isinstance(was, Output) and isinstance(now, Output):
        return was.difference(now)
    if was == now:
        return None
    texts = ["it ran" if isinstance(each, Output) else f"it raised {each}" for each in (was, now)]
    return ", then ".join(texts)
