"""Results of pairs, however a session runs and ends: workers, selections, interrupts, reports."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from xml.etree import ElementTree

import pytest

CODE = """
    import copy
    import tensorflow as tf
    from pytest_tfpclone import parametrize_clones

    class Model:
        def __init__(self):
            self.rate = tf.Variable(1.0)

    def model():
        return Model()

    def other():
        return Model()

    def shallow(model):
        return copy.copy(model)

    @parametrize_clones([model, other], ["clone", shallow])
    def test_clones(model, cloner, assert_independent_clone):
        assert_independent_clone(model, cloner(model))
"""
TARGETS = ("--tfpclone-model=test_it.py:model", "--tfpclone-model=test_it.py:other")
BOTH = (*TARGETS, "--tfpclone-cloner=clone", "--tfpclone-cloner=test_it.py:shallow", "--tfpclone")


@pytest.fixture
def run(pytester, everything_imported):
    pytester.makepyfile(test_it=CODE)

    def run(*arguments, subprocess=False):
        start = pytester.runpytest_subprocess if subprocess else pytester.runpytest_inprocess
        return start("-p", "no:cacheprovider", *arguments)

    return run


def table(result):
    """Return the rows of the table: cloner -> counts."""
    lines = result.outlines
    start = next(i for i, line in enumerate(lines) if "clone independence" in line)
    rows = {}
    for line in lines[start + 2 :]:
        if re.match(r"\d+ (of \d+ )?pairs?,", line):
            return rows, line
        rows[line.split()[0]] = line.split()[1:]
    return rows, ""


ALL = {"clone": ["2", ".", ".", ".", "."], "shallow": [".", "2", ".", ".", "."]}


@pytest.mark.parametrize("what", [("test_it.py",), BOTH])
def test_the_table_is_the_same_from_worker_processes(run, what):
    result = run(*what, "-n", "2", subprocess=True)
    result.assert_outcomes(passed=2, failed=2)
    assert table(result) == (ALL, "4 pairs, 4 models cloned and checked")


@pytest.mark.parametrize("what", [("test_it.py",), BOTH])
def test_last_failed_and_stepwise_run_pairs_again(run, pytester, what):
    def again(*arguments):
        return pytester.runpytest_inprocess(*what, *arguments)

    again().assert_outcomes(passed=2, failed=2)
    result = again("--lf")
    assert result.parseoutcomes()["failed"] == 2
    assert table(result) == (
        {"shallow": [".", "2", ".", ".", "."]},
        "2 pairs, 2 models cloned and checked",
    )
    first = again("--sw")
    assert first.parseoutcomes()["failed"] == 1
    assert "of " in table(first)[1]


def test_a_run_that_stops_at_the_first_failure_shows_the_table_so_far(run):
    rows, last = table(run("test_it.py", "-x"))
    assert rows == {"clone": ["1", ".", ".", ".", "."], "shallow": [".", "1", ".", ".", "."]}
    assert last == "2 of 4 pairs, 2 models cloned and checked"


def test_without_a_terminal_there_is_no_table_and_the_run_is_the_same(run):
    result = run("test_it.py", "-p", "no:terminal")
    assert result.ret == 1
    assert result.outlines == []


def test_control_c_prints_the_table_so_far(run, pytester):
    pytester.makeconftest("""
        import signal

        def pytest_runtest_setup(item):
            if "other" in item.name and "shallow" in item.name:
                signal.raise_signal(signal.SIGINT)
    """)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        *BOTH[:-1],
    ]
    code = "import signal, sys, pytest; signal.signal(signal.SIGINT, signal.default_int_handler); "
    command[1:3] = ["-c", code + "sys.exit(pytest.main(sys.argv[1:]))"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=pytester.path)
    assert done.returncode == pytest.ExitCode.INTERRUPTED, done.stdout + done.stderr
    result = pytest.RunResult(2, done.stdout.splitlines(), [], 0.0)
    rows, last = table(result)
    assert sum(int(count) for row in rows.values() for count in row if count != ".") == 3
    assert last == "3 of 4 pairs, 3 models cloned and checked"
    assert "KeyboardInterrupt" in done.stdout
    assert signal.getsignal(signal.SIGINT) is not None


def test_only_pairs_carry_results(run, pytester):
    pytester.makepyfile(test_plain="def test_plain(): pass\n")
    result = run("test_plain.py")
    assert "clone independence" not in result.stdout.str()
    assert "tfpclone: " not in result.stdout.str()


def test_the_header_is_there_if_a_test_uses_the_plugin_unless_the_run_is_quiet(run):
    header = [line for line in run("test_it.py").outlines if line.startswith("tfpclone: ")]
    assert header[0].startswith("tfpclone: pytest-tfpclone ")
    assert header[-1] == "tfpclone: seed 0; again: pytest -p no:cacheprovider test_it.py"
    assert not any(line.startswith("tfpclone: ") for line in run("test_it.py", "-q").outlines)
    assert not any(line.startswith("tfpclone: ") for line in run(*BOTH, "-q").outlines)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_junit_files_hold_what_each_pair_found(run, pytester, workers):
    run("test_it.py", "--junitxml=out.xml", "-n", workers, subprocess=workers != "0")
    cases = ElementTree.parse(pytester.path / "out.xml").iter("testcase")
    found = {
        case.get("name"): {each.get("name"): each.get("value") for each in case.iter("property")}
        for case in cases
    }
    assert found["test_clones[other-shallow]"] == {
        "tfpclone_model": "other",
        "tfpclone_cloner": "shallow",
        "tfpclone_verdict": "shared",
        "tfpclone_summary": "1 piece of state shared: original.rate",
    }
    assert found["test_clones[model-clone]"]["tfpclone_verdict"] == "independent"


def test_short_summaries_begin_with_what_was_found(run):
    lines = run("test_it.py", "-p", "no:warnings").outlines
    failed = [line for line in lines if line.startswith("FAILED")]
    assert (
        failed[0]
        == "FAILED test_it.py::test_clones[model-shallow] - 1 piece of state shared: orig..."
    )
    assert max(map(len, failed)) <= 80
    lines = run("test_it.py", "--tb=line").outlines
    assert any(
        line.endswith("test_it.py:20: 1 piece of state shared: original.rate") for line in lines
    )
