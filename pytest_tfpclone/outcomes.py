"""Gather how the pairs of a session came out, also from other processes, and pass it on."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_tfpclone.parametrize import PairOfTest
    from pytest_tfpclone.report.results import Result, Run

SEED = 0
PAIR = pytest.StashKey[bool]()  # what an item of --tfpclone has
RESULT = pytest.StashKey["Result"]()
_UNMATCHED = "tfpclone_unmatched"  # what a worker process sends home
# The header's line, with names as short as a terminal of 80 columns asks for.
_VERSIONS_OF = {
    "pytest-tfpclone": "pytest-tfpclone",
    "TensorFlow": "tensorflow",
    "TFP": "tensorflow-probability",
    "tf_keras": "tf_keras",
    "Keras": "keras",
}


def versions() -> dict[str, str]:
    """Return the versions of what a verdict depends on."""
    from importlib import metadata

    found = {}
    for name, distribution in _VERSIONS_OF.items():
        try:
            found[name] = metadata.version(distribution)
        except metadata.PackageNotFoundError:
            continue
    return found


def command(config: pytest.Config) -> str:
    """Return the command line that started the session."""
    return shlex.join(["pytest", *map(str, config.invocation_params.args)])


def header(config: pytest.Config) -> list[str]:
    """Return the lines that say what a session runs on, and how to repeat it."""
    shown = ", ".join(f"{name} {version}" for name, version in versions().items())
    return [
        textwrap.fill(f"tfpclone: {shown}", 80, subsequent_indent="          "),
        f"tfpclone: seed {SEED}; again: {command(config)}",
    ]


def attach(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
    """Let a test's report carry what its pair found, which xdist passes on like all else.

    What JUnit files and pytest-html show of it is in ``user_properties``.
    """
    if report.when != "call":
        return
    error = call.excinfo.value if call.excinfo is not None else None
    _shorten(report, error)
    result = item.stash.get(RESULT, None)
    pair = pair_of(item)
    if pair is not None:
        result = pair.result(error)
    if result is None:
        return
    import dataclasses

    seconds = round(report.duration, 3)
    again = result.reproduce or shlex.join(["pytest", item.nodeid])
    done = dataclasses.replace(result, nodeid=item.nodeid, seconds=seconds, reproduce=again)
    report.tfpclone = dataclasses.asdict(done)  # type: ignore[attr-defined]
    shown = [
        (f"tfpclone_{name}", getattr(done, name))
        for name in ("model", "cloner", "verdict", "summary")
    ]
    report.user_properties.extend(shown)
    item.user_properties.extend(shown)  # JUnit files take them from the teardown's report


def pair_of(item: pytest.Item) -> PairOfTest | None:
    """Return the pair that a test is run with; None for any other test."""
    callspec: Any = getattr(item, "callspec", None)
    found: Any = callspec.params.get("cloner") if callspec is not None else None
    ours = type(found).__module__ == "pytest_tfpclone.parametrize"  # without an import of it
    return found if ours else None


def is_pair(item: pytest.Item) -> bool:
    """Return whether a test judges a pair."""
    return PAIR in item.stash or pair_of(item) is not None


def _shorten(report: pytest.TestReport, error: BaseException | None) -> None:
    """Let the short test summary and ``--tb=line`` begin with what was found.

    In 80 columns the name of an exception's class leaves no room for it.
    """
    crash: Any = getattr(report.longrepr, "reprcrash", None)
    if crash is not None and getattr(type(error), "__module__", "") == "pytest_tfpclone":
        crash.message = str(error)


class Outcomes:
    """What the pairs of a session came out as; the table and the report files are made of it."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._found: dict[str, Result] = {}
        self._sent: list[list[str]] = []
        self._is_part = False
        self._stale: list[str] = []
        self._written = ""
        self.total = 0  # of the pairs, where the tests run in this process

    @property
    def results(self) -> list[Result]:
        """The results, each pair once, as it came out last; ``clone`` first, controls last."""
        from pytest_tfpclone.report.results import rank

        order = ("test", "model", "gallery", "random")
        return sorted(
            self._found.values(),
            key=lambda each: (order.index(each.source), each.model, rank(each.cloner)),
        )

    def run(self) -> Run:
        """Return the session as data."""
        import datetime

        from pytest_tfpclone.report.results import Run

        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        results = tuple(self.results)
        is_complete = len(results) >= self.total
        return Run(results, versions(), SEED, command(self._config), now, is_complete)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Count the pairs that are to run."""
        self.total = sum(is_pair(item) for item in session.items)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what a pair found."""
        found = getattr(report, "tfpclone", None)
        if found is not None:
            from pytest_tfpclone.report.results import Result

            self._found[report.nodeid] = Result(**found)

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Note that not all tests run."""
        self._is_part = True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Fail a complete session whose ini file declares what no check matched."""
        result = yield
        if self._is_whole(session):
            self._stale = self._unmatched()
            session.testsfailed += bool(self._stale)
        return result

    def _is_whole(self, session: pytest.Session) -> bool:
        config = self._config
        if config.args_source is pytest.Config.ArgsSource.ARGS:
            wanted = [Path(session.startpath, arg) for arg in config.args]
            roots = config.getini("testpaths") or ["."]
            for root in (Path(config.rootpath, each) for each in roots):
                if not any(root.is_relative_to(path) for path in wanted):
                    return False
        is_stopped = session.shouldstop or session.shouldfail or session.testsfailed
        return not (is_stopped or self._is_part or config.option.collectonly)

    def _unmatched(self) -> list[str]:
        from pytest_tfpclone.policy import unmatched

        if _is_worker(self._config):
            return []
        if not self._sent:
            return unmatched(self._config)
        first, *others = self._sent
        return [each for each in first if all(each in other for other in others)]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Take what a worker process of xdist sends home."""
        output = getattr(node, "workeroutput", None) or {}
        if error is None and output.get(_UNMATCHED) is not None:
            self._sent.append(output[_UNMATCHED])

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Send home what a worker found, or write the report file."""
        if _is_worker(self._config):
            from pytest_tfpclone.policy import unmatched

            self._config.workeroutput[_UNMATCHED] = unmatched(self._config)  # type: ignore[attr-defined]
            return
        path = self._config.getoption("tfpclone_report")
        is_run = exitstatus != pytest.ExitCode.USAGE_ERROR and not self._config.option.collectonly
        if path is not None and is_run:
            from pytest_tfpclone.report.files import write

            # A test may have changed the working directory.
            write(self.run(), Path(self._config.invocation_params.dir, path))
            self._written = path

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write the table of verdicts, and which lines of the ini file are stale."""
        if self._found:
            from pytest_tfpclone.summary import write_table

            write_table(terminalreporter, self.results, self.total)
        if self._written:
            terminalreporter.write_line(f"tfpclone report: {self._written}")
        for each in self._stale:
            text = (
                f"ERROR: {each} matched nothing in any check of this session; remove it. "
                "state_of(model) lists the paths there are"
            )
            terminalreporter.write_line(textwrap.fill(text, 80), red=True)


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workeroutput")
