"""The items behind ``--tfpclone``: one for each (model or family of models, cloner)."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_tfpclone.pairs import FactoryFailed, Verdict, judge
from pytest_tfpclone.summary import Progress, write_table
from pytest_tfpclone.targets import load_cloner, load_target

PROPERTY = "tfpclone"
DEFAULT_EXAMPLES = 20
_GOOD = ("independent", "not applicable")


@dataclasses.dataclass(frozen=True, slots=True)
class Pair:
    """A model, or a family of random models, and a way to clone it.

    Attributes:
        source: ``gallery``, ``random`` or ``model``.
        model: the name of the model or the family.
        cloner: the name of the cloner.
        judge: clones and judges; returns the verdict.
    """

    source: str
    model: str
    cloner: str
    judge: Callable[[], Verdict]

    @property
    def is_good_when_shared(self) -> bool:
        """Whether the pair is a control: a check that finds no leak here is broken."""
        return self.cloner == "alias"


class Conformance:
    """Registered only when the conformance checks are asked for."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._pairs: list[Pair] = []
        self.progress = Progress(config)
        if config.args_source is not pytest.Config.ArgsSource.ARGS:
            config.args[:] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Load what the command line names, so that a wrong name ends the run at once."""
        examples = self._config.getoption("tfpclone_examples")
        if examples is not None and examples < 1:
            raise pytest.UsageError(f"--tfpclone-examples: must be at least 1; got {examples}")
        self._pairs = list(_pairs(self._config, examples or DEFAULT_EXAMPLES))

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, items: list[pytest.Item]
    ) -> None:
        """Add the conformance items, before others select among all items."""
        node: ConformanceFile = ConformanceFile.from_parent(
            session, path=Path(__file__), nodeid="tfpclone"
        )
        node.pairs = self._pairs
        items.extend(session.genitems(node))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Show which pair runs, on a terminal."""
        self.progress.start(nodeid, len(self._pairs))

    def pytest_report_header(self) -> str:
        """Say what the conformance checks run on."""
        return f"tfpclone: {_versions()}"

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write the table of verdicts."""
        write_table(terminalreporter)


def _versions() -> str:
    from importlib import metadata

    names = ("tensorflow", "tensorflow-probability", "tf_keras", "keras")
    found = []
    for name in names:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    return ", ".join(found)


class ConformanceFile(pytest.File):
    """Holds the conformance items."""

    pairs: list[Pair]

    def collect(self) -> Iterator[pytest.Item]:
        """Yield one item for each pair."""
        for pair in self.pairs:
            name = f"{pair.source}[{pair.model}-{pair.cloner}]"
            yield ConformanceItem.from_parent(self, name=name, pair=pair)


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

    def runtest(self) -> None:
        """Clone and judge; anything but the verdict that is expected fails."""
        verdict = self.pair.judge()
        result = {
            "source": self.pair.source, "model": self.pair.model, "cloner": self.pair.cloner,
            "verdict": verdict.verdict, "summary": verdict.summary, "examples": verdict.examples,
        }  # fmt: skip
        self.user_properties.append((PROPERTY, json.dumps(result)))
        if verdict.verdict == "not applicable":
            pytest.skip(verdict.summary)
        if self.pair.is_good_when_shared:
            if verdict.verdict != "shared":
                text = f"the control came out {verdict.verdict}: the check itself is broken"
                raise Finding(self.pair, dataclasses.replace(verdict, summary=text))
        elif verdict.verdict not in _GOOD:
            raise Finding(self.pair, verdict)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the report as text, without a frame of ours."""
        error = excinfo.value
        if isinstance(error, Finding):
            return _failure_text(error)
        if isinstance(error, FactoryFailed):
            return str(error)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return where pytest says that the item stands."""
        return self.path, None, f"tfpclone: {self.pair.model} x {self.pair.cloner}"


def _failure_text(error: Finding) -> str:
    pair, verdict = error.pair, error.verdict
    text = verdict.text.removeprefix(verdict.summary).strip()
    lines = [f"{pair.model} x {pair.cloner}: {verdict.verdict}: {verdict.summary}"]
    lines += ["", text] if text else []
    if verdict.code:
        lines += ["", "the smallest such model:", f"    {verdict.code}"]
    selected = f"{pair.model}-{pair.cloner}"
    lines += ["", f"reproduce: pytest --tfpclone --tfpclone-cloner {pair.cloner} -k '{selected}'"]
    return "\n".join(lines)


def _pairs(config: pytest.Config, examples: int) -> Iterator[Pair]:
    from pytest_tfpclone import cloning

    chosen = config.getoption("tfpclone_cloner") or ["clone"]
    names = [name for each in chosen for name in (cloning.names() if each == "all" else [each])]
    cloners = {_shown(name): load_cloner(name) for name in dict.fromkeys(names)}
    targets = config.getoption("tfpclone_model")
    factories = {_shown(target): load_target(target, "--tfpclone-model") for target in targets}
    for cloner_name, cloner in cloners.items():
        for model, factory in factories.items():
            yield Pair(
                "model", model, cloner_name, functools.partial(judge, factory, cloner, cloner_name)
            )
        if not factories:
            yield from _default_pairs(cloner_name, cloner, examples)


def _default_pairs(cloner_name: str, cloner: Callable[..., Any], examples: int) -> Iterator[Pair]:
    from pytest_tfpclone import gallery
    from pytest_tfpclone.families import families, judge_family

    for name in gallery.names():
        yield Pair(
            "gallery",
            name,
            cloner_name,
            functools.partial(_judge_gallery, name, cloner, cloner_name),
        )
    for family in families():
        judgement = functools.partial(judge_family, family, cloner, cloner_name, examples)
        yield Pair("random", family, cloner_name, judgement)


def _judge_gallery(model: str, cloner: Callable[..., Any], name: str) -> Verdict:
    from pytest_tfpclone import gallery

    return judge(gallery.get(model), cloner, name)


def _shown(target: str) -> str:
    """Return a target's name for test ids: the attribute alone."""
    return target.rpartition(":")[2]
