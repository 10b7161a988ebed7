"""What the plugin costs a run that does not use it."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time

import pytest


def alternating(commands, rounds, cwd):
    """Return the median seconds of each command, run in turn in processes of their own.

    As on a user's machine, what was compiled once is cached; the first round does that.
    """
    times = [[] for _ in commands]
    variables = {**os.environ, "PYTHONPYCACHEPREFIX": str(cwd / "compiled")}
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    for _ in range(rounds + 1):
        for command, seconds in zip(commands, times, strict=True):
            started = time.perf_counter()
            line = [sys.executable, *command]
            subprocess.run(line, check=True, cwd=cwd, env=variables, stdout=subprocess.DEVNULL)
            seconds.append(time.perf_counter() - started)
    return [statistics.median(seconds[1:]) for seconds in times]


@pytest.mark.parametrize(
    "arguments", [("--version",), ("test_nothing.py",)], ids=["version", "run"]
)
def test_the_plugin_unused(arguments, row, tmp_path):
    (tmp_path / "test_nothing.py").write_text("def test_nothing(): pass\n")
    start = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:benchmark"]
    ours, theirs = alternating(
        [[*start, *arguments], [*start, "-p", "no:tfpclone", *arguments]], 40, tmp_path
    )
    row(
        f"pytest {arguments[0]}, plugin unused", f"{ours * 1e3:.0f} ms", f"{theirs * 1e3:.0f} ms",
        max(0.0, (ours - theirs) * 1e3), 10, " ms",
    )  # fmt: skip


def test_the_import(row, tmp_path):
    ours, theirs = alternating([["-c", "import pytest_tfpclone"], ["-c", "pass"]], 40, tmp_path)
    row(
        "import pytest_tfpclone", f"{ours * 1e3:.0f} ms", f"{theirs * 1e3:.0f} ms",
        max(0.0, (ours - theirs) * 1e3), 5, " ms",
    )  # fmt: skip
