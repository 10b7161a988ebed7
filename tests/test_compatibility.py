"""The plugin beside others: one test for each."""

from __future__ import annotations

import html
import json
import re

import pytest

CODE = """
    import copy
    import pytest
    import tensorflow as tf
    from pytest_tfpclone import clone, parametrize_clones

    class Model:
        def __init__(self):
            self.rate = tf.Variable(1.0)

    def model():
        return Model()

    def shallow(model):
        return copy.copy(model)

    @parametrize_clones([model], ["clone", shallow])
    def test_clones(model, cloner, assert_independent_clone):
        assert_independent_clone(model, cloner(model))
"""
FLAGS = (
    "--tfpclone-model=test_it.py:model", "--tfpclone-cloner=clone",
    "--tfpclone-cloner=test_it.py:shallow", "test_it.py",
)  # fmt: skip
TABLE = "4 pairs, 4 models cloned and checked"


@pytest.fixture
def run(pytester, everything_imported):
    pytester.makepyfile(test_it=CODE)

    def run(*arguments, subprocess=True):
        start = pytester.runpytest_subprocess if subprocess else pytester.runpytest_inprocess
        return start("-p", "no:cacheprovider", *FLAGS, *arguments)

    return run


def as_it_is_alone(result):
    outcomes = result.parseoutcomes()
    assert (outcomes["passed"], outcomes["failed"]) == (2, 2), result.stdout.str()
    assert TABLE in result.outlines
    return True


@pytest.mark.parametrize(
    "arguments",
    [
        ("-n", "2"),
        ("-p", "randomly"),
        ("--timeout=300",),
        ("--timeout=300", "--timeout-method=thread"),
        ("--import-mode=importlib",),
        ("-W", "error::pytest.PytestWarning"),
    ],
    ids=["xdist", "randomly", "timeout", "timeout thread", "importlib", "warnings"],
)
def test_it_works_as_it_does_alone(run, monkeypatch, arguments):
    if "randomly" in arguments:
        monkeypatch.setenv("PYTEST_ADDOPTS", "")
    assert as_it_is_alone(run(*arguments))


def test_it_works_without_autoload(run, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    assert as_it_is_alone(run("-p", "pytest_tfpclone.plugin"))


def test_an_alarm_of_pytest_timeout_leaves_models_as_they_were(pytester):
    pytester.makepyfile("""
        import numpy as np
        import pytest
        import tensorflow as tf
        from pytest_tfpclone import check_clone, clone

        RATE = tf.Variable(np.ones(30_000_000, "float32"))
        BEFORE = RATE.numpy().copy()
        COPY = clone(RATE)

        @pytest.mark.timeout(1)
        def test_it():
            while True:
                check_clone(RATE, COPY)

        def test_after():
            np.testing.assert_array_equal(RATE.numpy(), BEFORE)
            np.testing.assert_array_equal(COPY.numpy(), BEFORE)
    """)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--timeout-method=signal")
    result.assert_outcomes(passed=1, failed=1)
    assert "Timeout (>1.0s)" in result.stdout.str()


def test_a_failing_subtest_lets_the_others_run(pytester, everything_imported):
    if not hasattr(pytest, "Subtests"):
        pytest.importorskip("pytest_subtests", reason="2026-11-26: part of pytest from 9.0 on")
    pytester.makepyfile("""
        import tensorflow as tf
        from pytest_tfpclone import clone

        def test_all(subtests, assert_independent_clone):
            model = [tf.Variable(1.0)]
            for made in (model[:], clone(model), model[:]):
                with subtests.test():
                    assert_independent_clone(model, made)
    """)
    result = pytester.runpytest("-p", "no:cacheprovider")
    text = result.stdout.str()
    assert text.count("1 piece of state shared: original[0]") >= 2
    assert result.ret == 1


def test_annotations_of_github_point_at_the_users_line(run, pytester, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(pytester.path))
    result = run(subprocess=False)
    lines = [each for each in (*result.outlines, *result.errlines) if "::error" in each]
    assert [re.search(r"file=(.*?),line=(\d+)::(.*?)%0A", each).groups() for each in lines] == [
        ("test_it.py", "18", "test_clones[model-shallow]"),
        ("test_it.py", "10", "tfpclone: model x shallow"),
    ]
    assert all("1 piece of state shared: original.rate" in each for each in lines)


def test_pages_of_pytest_html_hold_the_findings(run, pytester):
    run("--html=out.html", "--self-contained-html", subprocess=False)
    page = (pytester.path / "out.html").read_text()
    blob = json.loads(html.unescape(re.search(r'data-jsonblob="([^"]*)"', page).group(1)))
    assert set(blob["tests"]) == {
        "test_it.py::test_clones[model-clone]", "test_it.py::test_clones[model-shallow]",
        "tfpclone::model[model-clone]", "tfpclone::model[model-shallow]",
    }  # fmt: skip
    for name, [test] in blob["tests"].items():
        leaks = "original.rate  is  clone.rate" in test["log"]
        assert leaks is ("shallow" in name)
        assert test["result"] == ("Failed" if leaks else "Passed")


def test_coverage_counts_the_users_code(run, pytester):
    assert as_it_is_alone(run("--cov=.", "--cov-report=json:cover.json"))
    found = json.loads((pytester.path / "cover.json").read_text())
    assert found["files"]["test_it.py"]["summary"]["percent_covered"] == 100
