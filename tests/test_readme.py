"""What the README shows is what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_property_is_the_test_that_runs_here():
    assert (ROOT / "tests" / "test_property.py").read_text() in blocks("python")


def test_the_first_screen_has_the_two_commands():
    first_screen = "\n".join(README.splitlines()[:24])
    assert "python -m pip install . && pytest --tfpclone\n" in first_screen
    assert "python -m pip install '.[test]' && pytest\n" in first_screen


def test_the_example_of_a_test_passes(pytester, everything_imported):
    pytester.makepyfile(blocks("python")[0])
    pytester.runpytest("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_every_flag_is_explained():
    from pytest_tfpclone import plugin

    source = Path(plugin.__file__).read_text()
    for flag in re.findall(r'"(--tfpclone[a-z-]*)"', source):
        assert f"`{flag}" in README


@pytest.mark.parametrize("argument", ["inputs", "actions", "equal", "shared", "ignore", "strict"])
def test_arguments_in_the_readme_exist(argument):
    import inspect

    from pytest_tfpclone import check_clone

    assert f"{argument}=" in README
    assert argument in inspect.signature(check_clone).parameters
