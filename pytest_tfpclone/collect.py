"""The items behind ``--tfpclone``: one for each (model or family of models, cloner)."""

from __future__ import annotations

import collections
import dataclasses
import functools
import shlex
import textwrap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_tfpclone.outcomes import PAIR, RESULT
from pytest_tfpclone.pairs import FactoryFailed, Verdict, judge
from pytest_tfpclone.policy import Expected, chosen, declarations, read_expected, require_known
from pytest_tfpclone.report.results import Result
from pytest_tfpclone.session import load_registrations
from pytest_tfpclone.summary import Progress
from pytest_tfpclone.targets import NODE, is_item_id, load_cloner, load_target

DEFAULT_EXAMPLES = 20


@dataclasses.dataclass(frozen=True, slots=True)
class Pair:
    """A model, or a family of random models, and a way to clone it.

    Attributes:
        source: ``gallery``, ``random`` or ``model``.
        model: the name of the model or the family.
        cloner: the name of the cloner.
        judge: clones and judges; returns the verdict.
        flags: what selects the pair on the command line.
        is_control: whether it must come out shared: a check that finds no leak is broken.
        expected: why it is expected to fail; empty if it is not.
        place: the function that the user named, if there is one: annotations point there.
    """

    source: str
    model: str
    cloner: str
    judge: Callable[[], Verdict]
    flags: str
    is_control: bool = False
    expected: str = ""
    place: Callable[..., Any] | None = None

    @property
    def reproduce(self) -> str:
        """The command that runs the pair again."""
        return f"pytest --tfpclone {self.flags}"


class Conformance:
    """Registered only when the conformance checks are asked for."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._pairs: list[Pair] = []
        self._progress = Progress(config)
        given = config.args_source is pytest.Config.ArgsSource.ARGS
        self._selected = [arg for arg in config.args if is_item_id(arg)] if given else []
        paths = [arg for arg in config.args if not is_item_id(arg)] if given else []
        config.args[:] = paths

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Load what the command line names, so that a wrong name ends the run at once."""
        examples = self._config.getoption("tfpclone_examples")
        if examples is not None and examples < 1:
            raise pytest.UsageError(f"--tfpclone-examples: must be at least 1; got {examples}")
        path = self._config.getoption("tfpclone_report")
        if path is not None:
            from pytest_tfpclone.report.files import require_writable

            try:
                require_writable(Path(path))
            except ValueError as error:
                raise pytest.UsageError(str(error)) from error
        load_registrations(self._config)
        self._pairs = list(_pairs(self._config, examples or _default_examples()))

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, items: list[pytest.Item]
    ) -> None:
        """Add the conformance items, before others select among all items."""
        node: ConformancePairs = ConformancePairs.from_parent(
            session, name=NODE, nodeid=NODE, pairs=self._pairs
        )
        found = list(session.genitems(node))
        unknown = set(self._selected) - {item.nodeid for item in found}
        if unknown:
            raise pytest.UsageError(f"no such pair: {', '.join(sorted(unknown))}")
        items.extend(item for item in found if not self._selected or item.nodeid in self._selected)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Show which pair runs, on a terminal."""
        self._progress.start(nodeid, len(self._pairs))


class ConformancePairs(pytest.Collector):
    """Holds the conformance items; no file of the user's, which others might leave out."""

    def __init__(self, *, pairs: list[Pair], **options: Any) -> None:
        super().__init__(**options)
        self.pairs = pairs

    def collect(self) -> Iterator[pytest.Item]:
        """Yield one item for each pair."""
        for pair in self.pairs:
            name = f"{pair.source}[{pair.model}-{pair.cloner}]"
            yield ConformanceItem.from_parent(
                self, name=name, nodeid=f"{self.nodeid}::{name}", pair=pair
            )


class Finding(Exception):
    """A pair did not come out as it should; ``verdict`` says how it did."""

    def __init__(self, pair: Pair, verdict: Verdict) -> None:
        super().__init__(verdict.summary)
        self.pair = pair
        self.verdict = verdict


class ConformanceItem(pytest.Item):
    """One (model, cloner) pair as a test."""

    def __init__(self, *, pair: Pair, **options: Any) -> None:
        super().__init__(**options)
        self.pair = pair
        self.stash[PAIR] = True
        if pair.expected:
            reason = pair.expected
            self.add_marker(pytest.mark.xfail(reason=reason, strict=True, raises=Finding))

    def runtest(self) -> None:
        """Clone and judge; anything but the verdict that is expected fails."""
        pair, verdict = self.pair, self.pair.judge()
        result = Result(
            pair.source, pair.model, pair.cloner, verdict.verdict, verdict.summary, verdict.text,
            expected=pair.expected, is_control=pair.is_control, examples=verdict.examples,
            code=verdict.code, reproduce=pair.reproduce,
            findings=verdict.report.to_dict() if verdict.report is not None else None,
        )  # fmt: skip
        self.stash[RESULT] = result
        if verdict.verdict == "not applicable":
            pytest.skip(verdict.summary)
        if pair.is_control and verdict.verdict != "shared":
            text = f"the control came out {verdict.verdict}: the check itself is broken"
            raise Finding(pair, dataclasses.replace(verdict, summary=text))
        if verdict.verdict != "independent" and not pair.is_control:
            raise Finding(pair, verdict)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the report as text, without a frame of ours."""
        error = excinfo.value
        if isinstance(error, Finding):
            return _failure_text(error)
        if isinstance(error, FactoryFailed):
            return str(error)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return where pytest says that the item stands: at what the user named."""
        code = getattr(self.pair.place, "__code__", None)
        file, line = (code.co_filename, code.co_firstlineno - 1) if code else (__file__, None)
        return Path(file), line, f"tfpclone: {self.pair.model} x {self.pair.cloner}"


def _default_examples() -> int:
    """Return how many random models a pair draws: fewer if Hypothesis' profile says so."""
    from hypothesis import settings

    return min(DEFAULT_EXAMPLES, settings().max_examples)


def _failure_text(error: Finding) -> str:
    pair, verdict = error.pair, error.verdict
    text = verdict.text.removeprefix(verdict.summary).strip()
    said = verdict.summary  # of a report; else it does not say what it is
    lines = textwrap.wrap(said if verdict.report else f"{verdict.verdict}: {said}", 79)
    lines += ["", text] if text else []
    if verdict.code:
        lines += ["", "the smallest such model:", f"    {verdict.code}"]
    lines += ["", *_folded(f"reproduce: {pair.reproduce}")]
    return "\n".join(lines)


def _folded(command: str) -> list[str]:
    """Break a long command before its flags, as a shell reads it."""
    if len(command) <= 80:
        return [command]
    first, *flags = command.split(" --tfpclone-")
    lines = [first, *(f"    --tfpclone-{flag}" for flag in flags)]
    return [f"{line} \\" for line in lines[:-1]] + lines[-1:]


def _pairs(config: pytest.Config, examples: int) -> Iterator[Pair]:
    from pytest_tfpclone import cloning

    names = chosen(config, "cloners") or ["clone"]
    targets = [name for each in names for name in (cloning.names() if each == "all" else [each])]
    models = [each.strip() for each in chosen(config, "models")]
    factories = {target: load_target(target, "--tfpclone-model") for target in models}
    shown_models = _names(list(factories), ())
    targets = list(dict.fromkeys(targets))
    shown_cloners = _names(targets, cloning.names())
    expected = read_expected(config.getini("tfpclone_expected_failures"))
    declared = declarations(config)
    _require_known(config, expected, [*shown_models.values()], [*shown_cloners.values()])
    for target, shown in shown_cloners.items():
        cloner = load_cloner(target)
        is_control = target == "alias"
        flags = f"--tfpclone-cloner {shlex.quote(target)}"
        for model, factory in factories.items():
            judgement: Callable[[], Verdict] = functools.partial(judge, factory, cloner, declared)
            both = f"--tfpclone-model {shlex.quote(model)} {flags}"
            name = shown_models[model]
            reason = expected.get((name, shown), "")
            yield Pair("model", name, shown, judgement, both, is_control, reason, factory)
        if not factories:
            found = _default_models(cloner, shown, examples, declared)
            for source, model, judge_model in found:
                selected = f"{flags} -k {shlex.quote(f'{source}[{model}-{shown}]')}"
                reason = expected.get((model, shown), "")
                place = cloner if ":" in target else None
                yield Pair(source, model, shown, judge_model, selected, is_control, reason, place)


def _require_known(
    config: pytest.Config, expected: Expected, models: list[str], cloners: list[str]
) -> None:
    """Raise if a pair that is expected to fail could not run in any session of the project."""
    from pytest_tfpclone import cloning, gallery
    from pytest_tfpclone.families import families

    if not expected:
        return
    policy = [each.strip() for each in config.getini("tfpclone_models")]
    models += _names(policy, ()).values() if policy else [*gallery.names(), *families()]
    policy = [each.strip() for each in config.getini("tfpclone_cloners")]
    cloners += [*cloning.names(), *_names(policy, cloning.names()).values()]
    require_known(expected, dict.fromkeys(models), dict.fromkeys(cloners))


def _default_models(
    cloner: Callable[..., Any], shown: str, examples: int, declared: Sequence[Any]
) -> Iterator[tuple[str, str, Callable[[], Verdict]]]:
    from pytest_tfpclone import gallery
    from pytest_tfpclone.families import families, judge_family

    for name in gallery.names():
        yield "gallery", name, functools.partial(_judge_gallery, name, cloner, declared)
    for family in families():
        judgement = functools.partial(judge_family, family, cloner, shown, examples, declared)
        yield "random", family, judgement


def _judge_gallery(model: str, cloner: Callable[..., Any], declared: Sequence[Any]) -> Verdict:
    from pytest_tfpclone import gallery

    return judge(gallery.get(model), cloner, declared)


def _names(targets: Sequence[str], taken: Sequence[str]) -> dict[str, str]:
    """Return what each target is called in ids: its attribute, unless another is called so."""
    short = {target: target.rpartition(":")[2] for target in targets}
    counts = collections.Counter(short.values())
    return {
        target: name if counts[name] == 1 and (":" not in target or name not in taken) else target
        for target, name in short.items()
    }
