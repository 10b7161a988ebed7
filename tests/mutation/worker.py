"""A process that runs tests on one mutant after another, TensorFlow imported once.

It reads a request a line, as JSON, and answers each with a line of JSON.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import importlib.metadata
import io
import json
import linecache
import os
import resource
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_PACKAGE = "pytest_tfpclone"
_SINGLETON_MODULES = (f"{_PACKAGE}/state/framework.py", f"{_PACKAGE}/state/kinds.py")
_OPTIONS = ("-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--hypothesis-seed=0")


class Recorder:
    """A pytest plugin: keeps the wanted tests, and notes what came of them."""

    def __init__(self, wanted: list[str] | None, traced: Path | None = None) -> None:
        self.wanted = None if wanted is None else {name: i for i, name in enumerate(wanted)}
        self.traced = None if traced is None else str(traced)
        self.passed: dict[str, float] = {}
        self.failed: list[str] = []
        self.lines: dict[str, set[tuple[str, int]]] = {}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self.wanted is not None:
            order = self.wanted
            kept = [item for item in items if item.nodeid in order]
            items[:] = sorted(kept, key=lambda item: order[item.nodeid])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        if self.traced is None:
            return (yield)
        seen = self.lines.setdefault(item.nodeid, set())
        folder = self.traced

        def local(frame: types.FrameType, event: str, _: Any) -> Any:
            seen.add((frame.f_code.co_filename, frame.f_lineno))
            return local

        def enter(frame: types.FrameType, event: str, _: Any) -> Any:
            return local if frame.f_code.co_filename.startswith(folder) else None

        sys.settrace(enter)
        try:
            return (yield)
        finally:
            sys.settrace(None)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)
        elif report.passed:
            self.passed[report.nodeid] = self.passed.get(report.nodeid, 0.0) + report.duration

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)


class Worker:
    """Runs tests in its own copy of the project."""

    def __init__(self, copy: Path) -> None:
        self.copy = copy
        os.chdir(copy)
        sys.path[0] = str(copy)
        os.environ["PYTHONPATH"] = str(copy)
        sys.dont_write_bytecode = False
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        self._second = 0
        self._singletons: Any = None
        _import_tensorflow()
        _settle()

    def judge(self, path: str, source: str, tests: list[str]) -> dict[str, Any]:
        """Run tests on a mutant until one fails; then run that one on the module as it was."""
        file = self.copy / path
        original = file.read_bytes()
        self._write(file, source.encode())
        try:
            ended, recorder = self._judge(tests, mutated=path)
        finally:
            self._write(file, original)
        outcome: dict[str, Any] = {"outcome": "survived"}
        silent = [name for name in tests if name not in recorder.passed]
        if ended != pytest.ExitCode.OK or silent:
            found = [*recorder.failed, *silent]
            culprit = next((name for name in found if "::" in name), None)
            again, _ = self._judge([culprit] if culprit in tests else tests[:1])
            clean = again == pytest.ExitCode.OK
            outcome = {"outcome": "killed", "test": culprit or "import", "clean": clean}
        _settle()
        return {**outcome, **_memory()}

    def _write(self, file: Path, source: bytes) -> None:
        file.write_bytes(source)
        # Stored bytecode is told apart by its second and size.
        self._second += 1
        os.utime(file, (self._second, self._second))

    def _judge(self, tests: list[str], mutated: str = "") -> tuple[int, Recorder]:
        files = list(dict.fromkeys(name.partition("::")[0] for name in tests))
        self._forget()
        if mutated not in _SINGLETON_MODULES:
            self._keep_singletons()
        return self.run(files, tests, stop=True)

    def _keep_singletons(self) -> None:
        """Find the framework's singletons once for all mutants: that takes half a second."""
        framework: Any = importlib.import_module(f"{_PACKAGE}.state.framework")
        if self._singletons is None:
            self._singletons = framework._singleton_index()
        framework._singleton_index = lambda: self._singletons

    def baseline(self, files: list[str]) -> dict[str, Any]:
        """Run whole test files twice: for the lines that each test runs, then for its time.

        The second run has the order in which mutants are judged, short tests first; what
        fails in either is no judge.
        """
        self._forget()
        _, traced = self.run(files, traced=self.copy / _PACKAGE)
        order = sorted(traced.passed, key=traced.passed.__getitem__)
        self._forget()
        _, plain = self.run(files, order)
        failed = {*traced.failed, *plain.failed}
        found = {}
        for file in files:
            tests = [name for name in order if name.partition("::")[0] == file]
            passed = [name for name in tests if name in plain.passed and name not in failed]
            found[file] = {
                "failed": sorted(name for name in failed if name.partition("::")[0] == file),
                "seconds": {name: round(plain.passed[name], 3) for name in passed},
                "lines": self._lines(passed, traced),
            }
        return found

    def _lines(self, tests: list[str], traced: Recorder) -> dict[str, str]:
        masks: dict[str, int] = {}
        for number, name in enumerate(tests):
            for file, line in traced.lines[name]:
                place = f"{file.removeprefix(f'{self.copy}{os.sep}')}:{line}"
                masks[place] = masks.get(place, 0) | 1 << number
        return {place: hex(mask) for place, mask in masks.items()}

    def run(
        self,
        files: list[str],
        wanted: list[str] | None = None,
        *,
        stop: bool = False,
        traced: Path | None = None,
    ) -> tuple[int, Recorder]:
        """Run the wanted tests, or all."""
        recorder = Recorder(wanted, traced)
        arguments = [*_OPTIONS, *(["-x"] if stop else []), *files]
        output = io.StringIO()
        ended: int = pytest.ExitCode.INTERNAL_ERROR
        # A mutant may end the process or break the plugin itself.
        with (
            contextlib.suppress(BaseException),
            contextlib.redirect_stdout(output),
            contextlib.redirect_stderr(output),
        ):
            ended = pytest.main(arguments, plugins=[recorder])
        self._require_ours()
        if os.environ.get("MUTATION_SHOW"):
            print(output.getvalue(), file=sys.stderr)
        return ended, recorder

    def _forget(self) -> None:
        """Have the package and the tests imported afresh."""
        linecache.clearcache()
        ours = [name for name, module in sys.modules.items() if self._is_ours(name, module)]
        for name in ours:
            del sys.modules[name]

    def _is_ours(self, name: str, module: types.ModuleType) -> bool:
        if name.partition(".")[0] in (_PACKAGE, "conftest"):
            return True
        return self._is_here(module)

    def _is_here(self, module: types.ModuleType) -> bool:
        file = vars(module).get("__file__") if isinstance(module, types.ModuleType) else None
        return isinstance(file, str) and file.startswith(f"{self.copy}{os.sep}")

    def _require_ours(self) -> None:
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] == _PACKAGE and not self._is_here(module):
                raise RuntimeError(f"{name} was not imported from the mutated copy: {module}")


def _settle() -> None:
    # pytest collects garbage after each run: half a second over all of TensorFlow's objects.
    gc.collect()
    gc.freeze()


def _memory() -> dict[str, float]:
    return {"megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _import_tensorflow() -> None:
    import tensorflow as tf

    # What is installed stays the same; reading that takes 0.1 s.
    for name in ("packages_distributions", "requires"):
        setattr(importlib.metadata, name, functools.cache(getattr(importlib.metadata, name)))

    # As the project's conftest does it for a process that has not imported TensorFlow yet.
    cpu = tf.config.list_physical_devices("CPU")[0]
    two = [tf.config.LogicalDeviceConfiguration() for _ in range(2)]
    tf.config.set_logical_device_configuration(cpu, two)

    import keras.saving  # noqa: F401
    import tensorflow_probability as tfp
    import tf_keras.saving  # noqa: F401

    # In-process runs of pytest forget what they import, and TensorFlow loads only once.
    for lazily_loaded in (tfp.layers, tfp.experimental, tfp.sts, tfp.vi):
        dir(lazily_loaded)


def main() -> None:
    """Answer requests until there are no more."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    worker = Worker(Path(sys.argv[1]).resolve())
    for line in sys.stdin:
        request = json.loads(line)
        answer = getattr(worker, request.pop("do"))(**request)
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
