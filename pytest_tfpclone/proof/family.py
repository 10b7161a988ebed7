"""A family of models: one is cloned or acts, and all others must stay as they are."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from pytest_tfpclone.assertion import make_options
from pytest_tfpclone.proof.check import Check
from pytest_tfpclone.proof.watch import Change, Watched
from pytest_tfpclone.report import CloneReport, Leak, SharedStateError
from pytest_tfpclone.report.errors import error_of
from pytest_tfpclone.state.misuse import require_model

__tracebackhide__ = True
_HINT = (
    "the two refer to each other, if only from some step on: often through a closure, a registry "
    "or a cache of the cloner's; pytest_tfpclone.clone gives the clone state of its own"
)


class Family:
    """Models of which each but the first is a clone of another one.

    Args:
        first: the first model.
        cloner: ``cloner(model) -> model``.

    Attributes:
        members: the models, named ``model_0``, ``model_1``, ... in order.
    """

    def __init__(self, first: Any, cloner: Callable[[Any], Any]) -> None:
        self.members = [Watched(first, "model_0")]
        self._cloner = cloner
        self.members[0].look()

    def act(self, member: Watched, action: Callable[[Any], object], text: str) -> None:
        """Let a member act, for good.

        Args:
            member: the one that acts.
            action: what it does.
            text: the action in words, for a finding.

        Raises:
            SharedStateError: another member has changed, or shares state with it now.
        """
        held, known = member.walk, member.keys
        action(member.model)
        for other in self._others(member):
            self._require_unchanged(other, other.changes(held), member, text)
        member.look(self._others(member))
        self._require_apart(member, self._others(member), known, f"{text}, from then on")

    def clone(self, source: Watched) -> Watched:
        """Clone a member, and return the clone, a new member.

        Raises:
            SharedStateError: cloning has changed a member, or the clone shares state with one.
            UnequalCloneError: the clone is not equal to its source.
            TypeError: the cloner gave back no model.
        """
        plain = source.plain()
        made = Watched(self._cloner(source.model), f"model_{len(self.members)}")
        text = f"{made} = clone({source})"
        require_model(made.model, text)
        others = self._others(source)
        for other in others:
            self._require_unchanged(other, other.changes(source.walk), made, text)
        self._require_unchanged(source, source.visible_changes(plain), made, text)
        error = error_of(self._check(source, made, note=text))
        if error is not None:
            raise error
        source.look(others)
        made.look(self.members)
        self._require_apart(made, others, source.keys, text)
        self.members.append(made)
        return made

    def require_all_apart(self) -> None:
        """Raise ``SharedStateError`` if any member shares state with another one."""
        if len(self.members) > 1:
            _require_no_leaks(self._check(*self.members, equal=False))

    def _others(self, member: Watched) -> list[Watched]:
        return [each for each in self.members if each is not member]

    def _require_unchanged(
        self, member: Watched, changes: list[Change], actor: Watched, text: str
    ) -> None:
        """Raise if a member that didn't act has changed."""
        if not changes:
            return
        leaks = tuple(
            Leak("action", path, str(actor), "state", f"{text} changed {path}: {change}", _HINT)
            for path, change in changes
        )
        raise SharedStateError(CloneReport(leaks, cells=member.counts, clones=len(self.members)))

    def _require_apart(
        self, member: Watched, others: list[Watched], known: frozenset[Any], text: str
    ) -> None:
        """Raise if a member shares state with others by now, but for what is known to be none."""
        for other in others:
            if member.model is other.model or (member.keys & other.keys) - known:
                _require_no_leaks(self._check(other, member, equal=False, note=text))
                other.look(self._others(other))

    @staticmethod
    def _check(first: Watched, *rest: Watched, equal: bool = True, note: str = "") -> CloneReport:
        # Outputs of models that have gone separate ways say nothing.
        options = make_options(equal=equal, inputs=None if equal else ())
        models, names = [each.model for each in rest], [each.name for each in rest]
        report = Check(options).run(first.model, models, names)
        named = f"original is {first}" + (f"; {note}" if note else "")
        return dataclasses.replace(report, notes=(named, *report.notes))


def _require_no_leaks(report: CloneReport) -> None:
    if report.leaks:
        raise SharedStateError(dataclasses.replace(report, differences=()))
