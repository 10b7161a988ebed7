"""Mutation testing: does a test fail when the package is changed in one place?

Usage: python tests/mutation/run.py pure|sample [--only state/edges.py ...] [--out FILE.json]

`pure` is every mutant of the modules that need no TensorFlow; `sample` is drawn from all of
state/ and assertion.py. Fails if fewer than 90 % are killed.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import multiprocessing
import queue
import random
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

import choose
from judge import Tests, verdict
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
        run = Run(snapshot, Outcomes(options.out), options.workers)
        try:
            return run.all(drawn)
        finally:
            run.end()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("set", choices=("pure", "sample"))
    parser.add_argument("--count", type=int, default=300, help="mutants in the sample")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
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
        chosen = random.Random(options.seed).sample(mutants, min(options.count, len(mutants)))
        mutants = [mutant for mutant in chosen if not only or mutant.path in only]
        mutants.sort(key=lambda mutant: (mutant.path, mutant.line, mutant.operator))
    return mutants


class Run:
    """Workers that share the mutants among them."""

    def __init__(self, snapshot: Path, outcomes: Outcomes, workers: int) -> None:
        self.snapshot = snapshot
        self.outcomes = outcomes
        log = snapshot.with_name("log")
        self.pool = [Pooled(snapshot, log) for _ in range(workers)]
        self.sources = {
            name: (snapshot / name).read_text(encoding="utf-8")
            for name in choose.test_files(snapshot)
        }
        self.tests_key = digest(*self.sources.values())
        self._left: queue.SimpleQueue[Mutant] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._errors: list[BaseException] = []

    def all(self, drawn: list[Mutant]) -> int:
        """Run the mutants, print survivors and the table, and return the exit status."""
        to_do = [each for each in drawn if self.outcomes.get(each, self.tests_key) is None]
        print(f"{len(drawn)} mutants, {len(drawn) - len(to_do)} of them known", flush=True)
        if to_do:
            self._run(to_do, self._baseline(drawn))
        found = [(each, self.outcomes.get(each, self.tests_key)) for each in drawn]
        for mutant, outcome in found:
            if outcome and outcome["outcome"] == "survived":
                print(f"\n{mutant.path}:{mutant.line} survived {mutant.operator}\n{mutant.diff()}")
        text, killed = table((each.path, outcome["outcome"]) for each, outcome in found if outcome)
        print(f"\n{text}")
        return 0 if killed >= ENOUGH else 1

    def _baseline(self, drawn: list[Mutant]) -> Tests:
        own = {name for each in drawn for name in choose.own_tests(each.path, self.sources)}
        files = sorted(own.union(choose.wide_tests(self.sources)))
        package = sorted((self.snapshot / choose.PACKAGE).rglob("*.py"))
        key = digest(self.tests_key, *files, *(path.read_text("utf-8") for path in package))
        stored = self.outcomes.baseline(key)
        if stored is None:
            print("running the tests on the package as it is ...", flush=True)
            stored = self.pool[0].ask(_BASELINE_SECONDS, do="baseline", files=files)
            # It keeps much of every model that it built.
            self.pool[0].stop()
            self.outcomes.keep_baseline(key, stored)
        tests = Tests.read(stored, self.sources)
        for reason, names in (("fails", tests.failed), ("is slow", tests.slow())):
            for name in names:
                print(f"left out, {reason}: {name}")
        print(f"{len(tests.seconds)} tests, {sum(tests.seconds.values()):.0f} s", flush=True)
        return tests

    def _run(self, to_do: list[Mutant], tests: Tests) -> None:
        for mutant in to_do:
            self._left.put(mutant)
        threads = [
            threading.Thread(target=self._work, args=(pooled, tests), daemon=True)
            for pooled in self.pool
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._errors:
            raise self._errors[0]

    def _work(self, pooled: Pooled, tests: Tests) -> None:
        while not self._errors:
            try:
                mutant = self._left.get_nowait()
            except queue.Empty:
                return
            started = time.monotonic()
            try:
                outcome = verdict(mutant, tests, pooled)
            except Exception as error:
                self._errors.append(error)
                return
            outcome["seconds"] = round(time.monotonic() - started, 2)
            with self._lock:
                self.outcomes.keep(mutant, self.tests_key, outcome)
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
