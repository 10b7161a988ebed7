"""The items behind ``--tfpclone``: one for each (model or family of models, cloner)."""

from __future__ import annotations

import collections
import dataclasses
import functools
import json
import shlex
import textwrap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_tfpclone.pairs import FactoryFailed, Verdict, judge
from pytest_tfpclone.summary import Progress, write_table
from pytest_tfpclone.targets import NODE, is_item_id, load_cloner, load_target

PROPERTY = "tfpclone"
DEFAULT_EXAMPLES = 20
_GOOD = ("independent", "not applicable")
# The header's line, with names as short as a terminal of 80 columns asks for.
_VERSIONS_OF = {
    "TensorFlow": "tensorflow",
    "TFP": "tensorflow-probability",
    "tf_keras": "tf_keras",
    "Keras": "keras",
}


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
    """

    source: str
    model: str
    cloner: str
    judge: Callable[[], Verdict]
    flags: str
    is_control: bool = False


class Conformance:
    """Registered only when the conformance checks are asked for."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._pairs: list[Pair] = []
        self.progress = Progress(config)
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
        self._pairs = list(_pairs(self._config, examples or DEFAULT_EXAMPLES))

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
        self.progress.start(nodeid, len(self._pairs))

    def pytest_report_header(self) -> str:
        """Say what the conformance checks run on."""
        return f"tfpclone: {_versions()}"

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write the table of verdicts."""
        write_table(terminalreporter)


def _versions() -> str:
    from importlib import metadata

    found = []
    for name, distribution in _VERSIONS_OF.items():
        try:
            found.append(f"{name} {metadata.version(distribution)}")
        except metadata.PackageNotFoundError:
            continue
    return ", ".join(found)


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
        if self.pair.is_control:
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
        return Path(__file__), None, f"tfpclone: {self.pair.model} x {self.pair.cloner}"


def _failure_text(error: Finding) -> str:
    pair, verdict = error.pair, error.verdict
    text = verdict.text.removeprefix(verdict.summary).strip()
    lines = textwrap.wrap(f"{pair.model} x {pair.cloner}: {verdict.verdict}: {verdict.summary}", 79)
    lines += ["", text] if text else []
    if verdict.code:
        lines += ["", "the smallest such model:", f"    {verdict.code}"]
    lines += ["", f"reproduce: pytest --tfpclone {pair.flags}"]
    return "\n".join(lines)


def _pairs(config: pytest.Config, examples: int) -> Iterator[Pair]:
    from pytest_tfpclone import cloning

    chosen = config.getoption("tfpclone_cloner") or ["clone"]
    targets = [name for each in chosen for name in (cloning.names() if each == "all" else [each])]
    models = config.getoption("tfpclone_model")
    factories = {target: load_target(target, "--tfpclone-model") for target in models}
    shown_models = _names(list(factories), ())
    targets = list(dict.fromkeys(targets))
    for target, shown in _names(targets, cloning.names()).items():
        cloner = load_cloner(target)
        is_control = target == "alias"
        flags = f"--tfpclone-cloner {shlex.quote(target)}"
        for model, factory in factories.items():
            judgement: Callable[[], Verdict] = functools.partial(judge, factory, cloner)
            both = f"--tfpclone-model {shlex.quote(model)} {flags}"
            yield Pair("model", shown_models[model], shown, judgement, both, is_control)
        if not factories:
            for source, model, judge_model in _default_models(cloner, shown, examples):
                selected = f"{flags} -k {shlex.quote(f'{source}[{model}-{shown}]')}"
                yield Pair(source, model, shown, judge_model, selected, is_control)


def _default_models(
    cloner: Callable[..., Any], shown: str, examples: int
) -> Iterator[tuple[str, str, Callable[[], Verdict]]]:
    from pytest_tfpclone import gallery
    from pytest_tfpclone.families import families, judge_family

    for name in gallery.names():
        yield "gallery", name, functools.partial(_judge_gallery, name, cloner)
    for family in families():
        yield "random", family, functools.partial(judge_family, family, cloner, shown, examples)


def _judge_gallery(model: str, cloner: Callable[..., Any]) -> Verdict:
    from pytest_tfpclone import gallery

    return judge(gallery.get(model), cloner)


def _names(targets: Sequence[str], taken: Sequence[str]) -> dict[str, str]:
    """Return what each target is called in ids: its attribute, unless another is called so."""
    short = {target: target.rpartition(":")[2] for target in targets}
    counts = collections.Counter(short.values())
    return {
        target: name if counts[name] == 1 and (":" not in target or name not in taken) else target
        for target, name in short.items()
    }
