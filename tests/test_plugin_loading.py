"""Loading the plugin costs nothing: it imports nothing heavy, and says what it offers."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("tensorflow", "keras", "tf_keras", "tensorflow_probability", "numpy")


def modules_after(code: str) -> set[str]:
    """Return the modules that a fresh process has imported after running code."""
    script = f"{code}\nimport sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


def test_importing_the_package_imports_nothing_heavy():
    loaded = modules_after("import pytest_tfpclone, pytest_tfpclone.plugin")
    assert not loaded & {*HEAVY, "hypothesis", "xxhash", "cloudpickle"}


def test_a_run_that_does_not_use_the_plugin_imports_nothing_because_of_it(pytester):
    pytester.makepyfile("def test_something(): pass")
    code = "import pytest; pytest.main(['-q', '-p', 'no:cacheprovider'{}])"
    with_plugin = modules_after(code.format(""))
    without = modules_after(code.format(", '-p', 'no:tfpclone'"))
    ours = {name for name in with_plugin - without if "tfpclone" not in name}
    assert "pytest_tfpclone.plugin" in with_plugin
    assert not {name.partition(".")[0] for name in ours} & {*HEAVY, "hypothesis"}
    assert "pytest_tfpclone.collect" not in with_plugin


def test_public_names_are_imported_on_first_use():
    loaded = modules_after("from pytest_tfpclone import cloners; cloners.names()")
    assert not loaded & set(HEAVY)


def test_an_unknown_public_name_is_an_attribute_error():
    import pytest_tfpclone

    with pytest.raises(AttributeError, match="no attribute 'clones'"):
        pytest_tfpclone.clones


def test_every_public_name_is_there():
    import pytest_tfpclone

    for name in pytest_tfpclone.__all__:
        assert getattr(pytest_tfpclone, name) is not None
        assert name in dir(pytest_tfpclone)


def test_fixtures_have_docstrings_worth_reading(pytester):
    shown = pytester.runpytest("--fixtures", "-v", "-p", "no:cacheprovider").stdout.str()
    for fixture in ("assert_independent_clone", "cloner", "independent_clone"):
        assert f"{fixture} [session scope]" in shown
    assert "Raises ``SharedStateError`` or ``UnequalCloneError``" in shown
    assert "_tfpclone_current" not in pytester.runpytest("--fixtures").stdout.str()


def test_the_marker_is_registered_and_explained(pytester):
    pytester.runpytest("--markers").stdout.fnmatch_lines(
        ["@pytest.mark.tfpclone(shared=(), ignore=(), cloners=()): declare for one test*"]
    )


def test_flags_are_in_the_help(pytester):
    shown = pytester.runpytest("--help").stdout.str()
    for flag in ("--tfpclone ", "--tfpclone-model=TARGET", "--tfpclone-examples=N"):
        assert flag in shown
