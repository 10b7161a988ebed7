"""Mutation testing: does a test fail when the package is changed in one place?

Usage: python tests/mutation/run.py pure|sample [--only state/edges.py ...] [--out FILE.json]

`pure` is every mutant of the modules that need no TensorFlow; `sample` is drawn from all of
state/ and assertion.py. Fails if fewer than 90 % are killed.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import contextlib
import multiprocessing
import queue
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import choose
from judge import Suite, verdict
from mutants import Mutant, digest, mutants_of
from outcomes import ENOUGH, Outcomes, table
from pool import Pooled

_ROOT = Path(__file__).resolve().parents[2]
_COPIED = (choose.PACKAGE, "tests", "conftest.py", "pyproject.toml", "README.md")
_BASELINE_SECONDS = 3600.0


def main() -> int:
    """Run the mutants that the command line asks for, and return the exit status."""
    options = _parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        # The working tree may change during the hours that this takes.
        snapshot = Path(folder) / "snapshot"
        _copy(snapshot)
        drawn = _drawn(options, snapshot)
        if options.count_only:
            print(table((mutant.path, "") for mutant in drawn)[0])
            return 0
        run = Run(snapshot, options)
        try:
            return run.all(drawn)
        finally:
            run.end()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("set", choices=("pure", "sample"))
    parser.add_argument("--count", type=int, default=300, help="mutants in the sample")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--seconds", type=float, default=12.0, help="of tests for a survivor")
    parser.add_argument("--workers", type=int, default=2, help="processes, 2 GB and more each")
    parser.add_argument("--only", nargs="+", metavar="PATH", help="modules, as state/edges.py")
    parser.add_argument("--out", type=Path, help="keep outcomes here; go on from it if it exists")
    parser.add_argument("--count-only", action="store_true", help="count the mutants, run none")
    return parser


def _copy(snapshot: Path) -> None:
    ignore = shutil.ignore_patterns("__pycache__", "mutation", ".*")
    snapshot.mkdir()
    for name in _COPIED:
        if (_ROOT / name).is_dir():
            shutil.copytree(_ROOT / name, snapshot / name, ignore=ignore)
        else:
            shutil.copy(_ROOT / name, snapshot / name)


def _drawn(options: argparse.Namespace, snapshot: Path) -> list[Mutant]:
    """Return the mutants to run; those of `--only` are a part of the same sample."""
    paths = choose.pure(snapshot) if options.set == "pure" else choose.stateful(snapshot)
    only = {f"{choose.PACKAGE}/{name}" for name in options.only or ()}
    if not only <= set(paths):
        sys.exit(f"not in '{options.set}': {', '.join(sorted(only - set(paths)))}")
    if only and options.set == "pure":
        paths = [path for path in paths if path in only]
    print(f"{options.set}: {' '.join(path.partition('/')[2] for path in paths)}", flush=True)
    spawn = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(options.workers, mp_context=spawn) as pool:
        made = pool.map(mutants_of, [str(snapshot)] * len(paths), paths)
        mutants = [mutant for each in made for mutant in each]
    if options.set == "sample":
        # By digests, not by places in the list: other modules' changes leave a module's as they are.
        mutants.sort(key=lambda mutant: digest(str(options.seed), mutant.key))
        chosen = mutants[: options.count]
        mutants = [mutant for mutant in chosen if not only or mutant.path in only]
        mutants.sort(key=lambda mutant: (mutant.path, mutant.line, mutant.operator))
    return mutants


class Run:
    """Workers that share the mutants among them."""

    def __init__(self, snapshot: Path, options: argparse.Namespace) -> None:
        log = snapshot.with_name("log")
        self.pool = [Pooled(snapshot, log) for _ in range(options.workers)]
        conftest = (snapshot / "conftest.py").read_text("utf-8")
        tests = {
            name: digest(conftest, (snapshot / name).read_text("utf-8"))
            for name in choose.judges(snapshot)
        }
        self.modules = {
            path.relative_to(snapshot).as_posix(): digest(path.read_text("utf-8"))
            for path in (snapshot / choose.PACKAGE).rglob("*.py")
        }
        self.outcomes = Outcomes(options.out, tests, options.seconds)
        self._left: queue.SimpleQueue[Mutant] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._errors: list[BaseException] = []
        # The tests that killed a module's mutants, the last one first.
        self._killers: dict[str, collections.deque[str]] = collections.defaultdict(
            lambda: collections.deque(maxlen=8)
        )

    def all(self, drawn: list[Mutant]) -> int:
        """Run the mutants, print survivors and the table, and return the exit status."""
        to_do = [each for each in drawn if self.outcomes.files_left(each)]
        print(f"{len(drawn)} mutants, {len(drawn) - len(to_do)} of them known", flush=True)
        if to_do:
            self._run(to_do, self._baseline())
        found = [(each, self.outcomes.get(each)) for each in drawn]
        for mutant, outcome in found:
            if outcome and outcome["outcome"] == "survived":
                print(f"\n{mutant.path}:{mutant.line} survived {mutant.operator}\n{mutant.diff()}")
        text, killed = table((each.path, outcome["outcome"]) for each, outcome in found if outcome)
        print(f"\n{text}")
        return 0 if killed >= ENOUGH else 1

    def _baseline(self) -> Suite:
        left = sorted(set(self.outcomes.tests) - set(self.outcomes.baselines(self.modules)))
        if left:
            print(f"running {len(left)} test files on the package as it is ...", flush=True)
            with concurrent.futures.ThreadPoolExecutor(len(self.pool)) as threads:
                parts = [left[start :: len(self.pool)] for start in range(len(self.pool))]
                for found in threads.map(self._baseline_of, self.pool, parts):
                    self.outcomes.keep_baselines(found, self.modules)
        suite = Suite.read(self.outcomes.baselines(self.modules))
        for reason, names in (("fails", suite.failed), ("is slow", suite.slow())):
            for name in names:
                print(f"left out, {reason}: {name}")
        return suite

    def _baseline_of(self, pooled: Pooled, files: list[str]) -> dict[str, Any]:
        if not files:
            return {}
        found = pooled.ask(_BASELINE_SECONDS, do="baseline", files=files)
        # It keeps much of every model that it built.
        pooled.stop()
        return found

    def _run(self, to_do: list[Mutant], suite: Suite) -> None:
        for mutant in to_do:
            self._left.put(mutant)
        threads = [
            threading.Thread(target=self._work, args=(pooled, suite), daemon=True)
            for pooled in self.pool
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._errors:
            raise self._errors[0]

    def _work(self, pooled: Pooled, suite: Suite) -> None:
        while not self._errors:
            try:
                mutant = self._left.get_nowait()
            except queue.Empty:
                return
            started = time.monotonic()
            try:
                files = self.outcomes.files_left(mutant)
                killers = self._killers[mutant.path]
                stages = suite.stages(mutant, files, self.outcomes.seconds, list(killers))
                outcome = verdict(mutant, suite, stages, pooled)
            except Exception as error:
                self._errors.append(error)
                return
            if "test" in outcome:
                with contextlib.suppress(ValueError):
                    killers.remove(outcome["test"])
                killers.appendleft(outcome["test"])
            outcome["seconds"] = round(time.monotonic() - started, 2)
            with self._lock:
                self.outcomes.keep(mutant, outcome)
                print(f"{outcome['outcome']:<8} {mutant.path}:{mutant.line} {mutant.operator}")
                sys.stdout.flush()

    def end(self) -> None:
        """End the workers and keep what was found."""
        for pooled in self.pool:
            pooled.stop()
        with self._lock:
            self.outcomes.write()


if __name__ == "__main__":
    sys.exit(main())
