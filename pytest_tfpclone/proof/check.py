"""Compare one original with its clones: walk, match, write, run, act."""

from __future__ import annotations

import dataclasses
import gc
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pytest_tfpclone.proof.actions import Acted, act
from pytest_tfpclone.proof.differences import differences
from pytest_tfpclone.proof.effects import compare
from pytest_tfpclone.proof.hints import hint, label, notes_on_classes
from pytest_tfpclone.proof.outputs import Probe
from pytest_tfpclone.proof.responses import Comparison
from pytest_tfpclone.proof.sharing import Shared, Sharing
from pytest_tfpclone.proof.writes import coupled, evidence
from pytest_tfpclone.report import CloneReport, Difference, Leak
from pytest_tfpclone.state import kinds, mutable
from pytest_tfpclone.state.cells import Cell, DataCell, Fingerprints
from pytest_tfpclone.state.cells.arrays import common_memory, without_aliases
from pytest_tfpclone.state.cells.settings import SettingsCell
from pytest_tfpclone.state.collector import collecting
from pytest_tfpclone.state.declare import Declarations
from pytest_tfpclone.state.match import Matching
from pytest_tfpclone.state.mutation import data_cells
from pytest_tfpclone.state.paths import printed
from pytest_tfpclone.state.snapshot import preserved
from pytest_tfpclone.state.statemap import count_kinds
from pytest_tfpclone.state.walk import Reach, Walk, walks_of
from pytest_tfpclone.words import called, counted, said

__tracebackhide__ = True
Action = Callable[[Any], None]
_MOST_EFFECTS = 20


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """What a check is asked to do; the arguments of ``check_clone``, validated.

    Attributes:
        tried: actions that are left out, with a note, if they raise on the original.
    """

    equal: bool = True
    inputs: Any = None
    actions: Sequence[Action] = ()
    tried: Sequence[Action] = ()
    shared: Sequence[Declarations] = ()
    ignore: Sequence[Declarations] = ()
    strict: bool = False
    seed: int = 0

    @property
    def runs(self) -> bool:
        """Whether outputs are asked for, which ``inputs=()`` declines."""
        return not (isinstance(self.inputs, tuple) and not self.inputs)


def _meeting(walks: list[Walk]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of clones that reach a common piece of state, in time linear in clones."""
    if len(walks) < 3:
        return
    owners: dict[Any, set[int]] = {}
    memories: list[tuple[int, Cell]] = []
    for position, walk in enumerate(walks[1:], start=1):
        for node, cell in walk.cells:
            if id(node.value) in walk.constants:
                continue
            memories.append((position, cell))
            key = cell.identity if cell.is_tensorflow else id(node.value)
            owners.setdefault(key, set()).add(position)
    pairs = set(common_memory(memories))
    for positions in owners.values():
        pairs.update(itertools.pairwise(sorted(positions)))
    yield from sorted(pairs)


class Check:
    """One call: its options, and what was found so far."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._seed = options.seed
        self._collects = gc.isenabled()
        self.leaks: list[Leak] = []
        self.differences: list[Difference] = []
        self.notes: list[str] = []
        self._explained: frozenset[Any] = frozenset()
        self._sharing: Sharing

    def run(self, original: Any, clones: Sequence[Any], names: Sequence[str]) -> CloneReport:
        """Check every pair of models, and return what was found."""
        started = time.perf_counter()
        with kinds.forgetting(), collecting(False):
            walks = walks_of((original, *clones))
            counts = count_kinds(walks[0])
            labels = ["original", *names]
            for walk, label in zip(walks[1:], names, strict=True):
                self.pair(walks[0], walk, ("original", label))
            for first, second in _meeting(walks):
                self.pair(walks[first], walks[second], (labels[first], labels[second]), brief=True)
        return CloneReport(
            tuple(sorted(self.leaks, key=lambda leak: (leak.original, leak.clone))),
            tuple(sorted(self.differences, key=lambda each: ("._" in each.path, each.path))),
            tuple(dict.fromkeys(self.notes)), counts, time.perf_counter() - started,
            len(clones), self._seed,
        )  # fmt: skip

    def pair(self, left: Walk, right: Walk, names: tuple[str, str], brief: bool = False) -> None:
        """Compare two models; ``brief`` looks at what they share only."""
        if left.root is right.root:
            self.leaks.append(_alias(left.root, names))
            return
        self._compare(left, right, names, brief)
        if not brief:
            with collecting(self._collects):
                self._act(left, right, names)

    def _compare(self, left: Walk, right: Walk, names: tuple[str, str], brief: bool) -> None:
        ignored = [self._keys(walk, self._options.ignore) for walk in (left, right)]
        left, right = self._without_ignored(left), self._without_ignored(right)
        allowed = self._keys(left, self._options.shared) | self._keys(right, self._options.shared)
        matching = Matching(left, right)
        sharing = self._sharing = Sharing(matching, allowed)
        hidden = allowed | sharing.covered
        if brief:
            self._report_sharing(sharing.found, left, right, names)
            return
        self._leave_out_ignored(matching)
        prints = Fingerprints()
        for each in differences(matching, names[0], prints):
            if self._options.equal or each.kind not in ("value", "output"):
                self.differences.append(each)
        self._couple(left, right, names, hidden, prints)
        if self._options.runs:
            with collecting(self._collects), preserved(left, right):
                self._run(matching, names, hidden)
        self._explained = allowed.union(sharing.live, *ignored)
        self._report_sharing(sharing.found, left, right, names)

    def _run(self, matching: Matching, names: tuple[str, str], hidden: frozenset[Any]) -> None:
        """Compare outputs, where the models can be run, and see what of the shared shows there."""
        walks = () if any(self._options.ignore) else (matching.left, matching.right)
        probe = Probe(matching.left.root, self._options.inputs, self._seed, walks)
        if not probe.runs:
            return
        comparison = self._compare_outputs(probe, matching, names, hidden)
        for found in self._sharing.found:
            if not found.is_live and found.borrowers:
                found.is_live = comparison.shows(found)

    def _without_ignored(self, walk: Walk) -> Walk:
        ids = _declared(walk, self._options.ignore)
        return Walk(walk.root, without=ids, owned=walk.owned) if ids else walk

    def _leave_out_ignored(self, matching: Matching) -> None:
        """Drop what is said of ignored paths that lead to plain values, which no walk lists."""
        ignored = self._options.ignore
        matching.unequal = [
            each
            for each in matching.unequal
            if not any(declared.covers(each.path) for declared in ignored)
        ]
        for found in (matching.missing, matching.extra):
            found[:] = [
                each for each in found if not any(declared.covers(each[0]) for declared in ignored)
            ]

    @staticmethod
    def _keys(walk: Walk, declarations: Sequence[Declarations]) -> frozenset[Any]:
        """Return the ids and identities of what is declared."""
        ids = _declared(walk, declarations)
        cells = (mutable.state_cell(walk.nodes[each].value) for each in ids if each in walk.nodes)
        return ids | {cell.identity for cell in cells if cell is not None and cell.is_tensorflow}

    def _report_sharing(
        self, found: list[Shared], left: Walk, right: Walk, names: tuple[str, str]
    ) -> None:
        ambient: list[str] = []
        for each in found:
            first = printed(each.left_path, names[0])
            second = printed(each.right_path, names[1])
            place = f"{first} is {second}"
            if not each.is_live and not self._options.strict:
                if each.is_ambient:
                    ambient.append(place)
                else:
                    self.notes.append(f"{place}: both reach it, and nothing uses it")
                continue
            proof = evidence(each, left, right, names, self._seed)
            self.leaks.append(
                Leak(each.kind, first, second, label(each, left), proof, hint(each, left))
            )
        self.notes.extend(notes_on_classes(ambient))

    def _couple(
        self, left: Walk, right: Walk, names: tuple[str, str], hidden: frozenset[Any],
        read: Fingerprints,
    ) -> None:  # fmt: skip
        sides = [without_aliases(_open_cells(walk, hidden)) for walk in (left, right)]
        prints = [[read[cell] for cell in cells] for cells in sides]
        found: dict[tuple[str, str], Leak] = {}
        for written, watched in ((0, 1), (1, 0)):
            for each in coupled(sides[written], sides[watched], prints[watched]):
                ends = [each.written, each.changed]
                ours, theirs = ends if written == 0 else ends[::-1]
                places = _place(ours, left, names[0]), _place(theirs, right, names[1])
                label = f"{theirs.kind} {theirs.label}"
                leak = Leak("coupled", *places, label, each.evidence, hint(None, left))
                found.setdefault(places, leak)
        self.leaks.extend(found.values())

    def _compare_outputs(
        self, probe: Probe, matching: Matching, names: tuple[str, str], hidden: frozenset[Any]
    ) -> Comparison:
        left, right = matching.left, matching.right
        pairs = _pairs_to_write(matching, hidden)
        paired = {id(cell.value) for pair in pairs for cell in pair}
        lone = tuple(
            [cell for cell in _open_cells(w, hidden) if id(cell.value) not in paired]
            for w in (left, right)
        )
        models = (left.root, right.root)
        comparison = Comparison(probe, models, pairs, lone, self._seed)  # type: ignore[arg-type]
        seen = comparison.run()
        self.notes.extend(seen.notes)
        if seen.unequal is not None and self._options.equal:
            self.differences.append(Difference("output", f"{names[1]}(...)", seen.unequal))
        for cell, side, change in seen.crossing:
            place = _place(cell, (left, right)[side], names[side])
            first, second = (f"{name}(...)" if i != side else place for i, name in enumerate(names))
            text = f"wrote to {place}, and {names[1 - side]}'s output moved: {change}"
            self.leaks.append(
                Leak("coupled", first, second, f"{cell.kind} {cell.label}", text, hint(None, left))
            )
        for cell, text in seen.dead:
            if _is_retied(cell, matching):
                continue  # it is known already, by the layer
            self.differences.append(Difference("dead", _place(cell, right, names[1]), text))
        return comparison

    def _act(self, left: Walk, right: Walk, names: tuple[str, str]) -> None:
        shared = bool(self.leaks)  # what it does to shared state is no news
        for action in (*self._options.actions, *self._options.tried):
            name = called(action)
            latent = self._sharing.latent
            ours = act(action, left.root, right.root, names[1], self._seed, self._explained, latent)
            if ours.error is not None:
                text = f"{name} raised on the original: {said(ours.error)}"
                if action not in self._options.tried:
                    raise ValueError(f"actions: {text}") from ours.error
                self.notes.append(f"action left out: {text}")
                continue
            theirs = act(
                action, right.root, left.root, names[0], self._seed, self._explained, latent
            )
            if ours.crossed or theirs.crossed:
                self.leaks.append(self._acted(name, (ours, theirs), names))
            if theirs.error is not None:
                text = f"{name} raised {said(theirs.error)}"
                self.differences.append(Difference("action", names[1], text))
            elif self._options.equal and not self.differences and not shared:
                self._compare_action(action, left, right, names, (ours, theirs))

    def _compare_action(
        self, action: Action, left: Walk, right: Walk, names: tuple[str, str],
        acted: tuple[Acted, Acted],
    ) -> None:  # fmt: skip
        """Report where an action did something else to the clone, if it repeats itself at all."""
        name = called(action)
        found = dict(compare(*(each.effects for each in acted)))
        if not found:
            return
        wavering: set[str] = set()
        for keep_traces in (True, False):
            again = act(
                action, left.root, right.root, names[1], self._seed, self._explained,
                keep_traces=keep_traces,
            )  # fmt: skip
            wavering.update(path for path, _ in compare(acted[0].effects, again.effects))
        if wavering:
            self.notes.append(
                f"effects of {name} not compared in {counted(len(wavering), 'place')}: the "
                "original, put back and seeded alike, does not repeat it (ops of a trace keep "
                "their own random state)"
            )
        steady = [(path, detail) for path, detail in found.items() if path not in wavering]
        for path, detail in steady[:_MOST_EFFECTS]:
            self.differences.append(
                Difference("action", f"{names[0]}{path}", f"after {name}: {detail}")
            )

    def _acted(self, action: str, acted: tuple[Acted, Acted], names: tuple[str, str]) -> Leak:
        """Return one finding for all that an action on either side changed on the other."""
        texts = []
        for actor, each in enumerate(acted):
            if each.crossed:
                _, path, change = each.crossed[0]
                more = "" if len(each.crossed) == 1 else f", and {len(each.crossed) - 1} more cells"
                texts.append(f"{action}({names[actor]}) changed {path}: {change}{more}")
        text = "; ".join(texts)
        changed = [value for each in acted for value, _, _ in each.crossed]
        through = next(filter(None, map(self._sharing.holding, changed)), None)
        advice = (
            "the two still refer to each other, often through a tf.function or a callback that "
            "holds a bound method; pytest_tfpclone.clone rebuilds these"
        )
        if through is not None:
            first = printed(through.left_path, names[0])
            second = printed(through.right_path, names[1])
            shown = label(through, self._sharing.left)
            self.notes = [
                note for note in self.notes if not note.startswith(f"{first} is {second}:")
            ]
            return Leak("action", first, second, shown, text, advice)
        ours, theirs = acted
        first = theirs.crossed[0][1] if theirs.crossed else names[0]
        second = ours.crossed[0][1] if ours.crossed else names[1]
        return Leak("action", first, second, "state", text, advice)


def _declared(walk: Walk, declarations: Sequence[Declarations]) -> frozenset[int]:
    """Return the ids of declared objects and of what is reached first through one of them."""
    found: set[int] = set()
    for declared in declarations:
        found.update(declared.matched_in(walk))
    if not found:
        return frozenset()
    for node in walk:
        if node.parent is not None and id(node.parent.value) in found:
            found.add(id(node.value))
    return frozenset(found)


def _alias(model: Any, names: tuple[str, str]) -> Leak:
    return Leak(
        "same object", names[0], names[1], f"{kinds.name(type(model))}",
        "both names are bound to one object",
        "assignment copies nothing: make the clone with pytest_tfpclone.clone(original)",
    )  # fmt: skip


def _open_cells(walk: Walk, hidden: frozenset[Any]) -> list[DataCell]:
    return [
        cell
        for cell in data_cells(walk)
        if cell.identity not in hidden and id(cell.value) not in hidden
    ]


def _pairs_to_write(matching: Matching, hidden: frozenset[Any]) -> list[tuple[DataCell, DataCell]]:
    found: list[tuple[DataCell, DataCell]] = []
    seen: set[Any] = set()
    for _, left, right in matching.cells:
        keys = {left.identity, right.identity, id(left.value), id(right.value)}
        if keys & seen or keys & hidden:
            continue
        if left.label == right.label:
            seen |= keys
            found.append((left, right))
    return found + _settings_to_write(matching, hidden)


def _settings_to_write(
    matching: Matching, hidden: frozenset[Any]
) -> list[tuple[DataCell, DataCell]]:
    """Return the holders of plain numbers that correspond, in the users' parts."""
    found: list[tuple[DataCell, DataCell]] = []
    seen: set[int] = set()
    for pair in matching.pairs:
        keys = {id(pair.left), id(pair.right)}
        if pair.bookkeeping or pair.reach is Reach.AMBIENT or keys & seen or keys & hidden:
            continue
        left, right = SettingsCell.of(pair.left), SettingsCell.of(pair.right)
        if left is not None and right is not None and left.label == right.label:
            seen |= keys
            found.append((left, right))
    return found


def _is_retied(cell: DataCell, matching: Matching) -> bool:
    """Whether a cell of the clone is one of two that correspond to one, or the other way round."""
    origins = matching.origins.get(id(cell.value), [])
    return len(origins) > 1 or any(len(matching.partners[id(each)]) > 1 for each in origins)


def _place(cell: DataCell, walk: Walk, name: str) -> str:
    node = walk.nodes.get(id(cell.value))
    return printed(node.path, name) if node else name
