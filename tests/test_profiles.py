"""The profiles are offered under their names, and change nothing unless they are loaded."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import Phase, settings

from pytest_tfpclone.profiles import PROFILES, register

NAMES = ("tfpclone-quick", "tfpclone-ci", "tfpclone-nightly")
HEAVY = ("tensorflow", "keras", "tf_keras", "tensorflow_probability", "numpy", "pytest")


def python(code: str, **environment: str) -> str:
    """Return what a fresh process prints, with none of the variables by which CI is known."""
    names = ("PATH", "HOME", "TMPDIR", "PYTHONSAFEPATH")
    without = {name: os.environ[name] for name in names if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, check=True, env=without | environment,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout


def test_importing_hypothesis_registers_them_and_loads_none():
    shown = python(
        "from hypothesis import settings\n"
        "print(settings.get_current_profile_name(), settings().max_examples, settings().deadline)\n"
        f"print([settings.get_profile(name).max_examples for name in {NAMES}])"
    )
    assert shown.splitlines() == ["default 100 0:00:00.200000", "[10, 50, 500]"]


def test_importing_hypothesis_imports_nothing_heavy_because_of_them():
    loaded = python("import sys, hypothesis; print(*sys.modules)").split()
    assert "pytest_tfpclone.profiles" in loaded
    assert not set(loaded) & set(HEAVY)
    ours = {name for name in loaded if name.startswith("pytest_tfpclone.")}
    assert ours == {"pytest_tfpclone.profiles", "pytest_tfpclone.randomness"}


def test_registering_touches_no_database():
    # Hypothesis warns of plugins that do so while it is imported.
    python(
        "import _hypothesis_globals, warnings\n"
        "warnings.simplefilter('error')\n"
        "_hypothesis_globals.in_initialization += 1\n"
        "import hypothesis"
    )


def test_they_are_the_same_on_ci_where_hypothesis_loads_another_one():
    code = (
        "from hypothesis import settings\n"
        "print(settings.get_current_profile_name())\n"
        f"for name in {NAMES}: print(settings.get_profile(name))"
    )
    here, there = python(code).splitlines(), python(code, CI="true").splitlines()
    assert (here[0], there[0]) == ("default", "ci")
    assert here[1:] == there[1:]


def test_there_are_no_others():
    assert tuple(PROFILES) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_what_they_have_in_common(name):
    profile = settings.get_profile(name)
    assert profile.deadline is None
    assert Phase.explain not in profile.phases
    assert set(profile.phases) == set(Phase) - {Phase.explain}
    assert not profile.suppress_health_check
    assert profile.report_multiple_bugs


def test_ci_draws_the_same_examples_in_every_run():
    profile = settings.get_profile("tfpclone-ci")
    assert profile.derandomize
    assert profile.print_blob
    assert profile.database is None


def test_nightly_draws_others_and_keeps_what_fails():
    profile = settings.get_profile("tfpclone-nightly")
    assert not profile.derandomize
    assert profile.print_blob
    assert profile.database is not None


def test_registering_again_leaves_the_active_profile():
    before = settings.get_current_profile_name(), str(settings())
    register()
    assert (settings.get_current_profile_name(), str(settings())) == before


COUNTS = """
    from hypothesis import given, strategies as st

    runs = []

    @given(number=st.integers())
    def test_counts(number):
        runs.append(number)

    def test_how_many():
        assert len(runs) == {}
"""


@pytest.mark.parametrize(("name", "examples"), [("tfpclone-quick", 10), ("tfpclone-ci", 50)])
def test_a_run_of_pytest_can_choose_one(pytester, name, examples):
    pytester.makepyfile(COUNTS.format(examples))
    done = pytester.runpytest_subprocess(
        f"--hypothesis-profile={name}", "-v", "-p", "no:cacheprovider"
    )
    done.assert_outcomes(passed=2)
    done.stdout.fnmatch_lines([f"hypothesis profile '{name}'*"])


def test_a_conftest_can_load_one_or_build_on_it(pytester):
    pytester.makeconftest(
        """
        from hypothesis import settings

        settings.register_profile(
            "ours", settings.get_profile("tfpclone-quick"), max_examples=7
        )
        settings.load_profile("ours")
        """
    )
    pytester.makepyfile(COUNTS.format(7))
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)
