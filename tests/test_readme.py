"""What the README shows is what there is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_property_is_the_test_that_runs_here():
    assert (ROOT / "tests" / "test_property.py").read_text() in blocks("python")


def test_the_first_screen_has_the_two_commands():
    first_screen = "\n".join(README.splitlines()[:24])
    assert "python -m pip install . && pytest --tfpclone\n" in first_screen
    assert "python -m pip install '.[test]' && pytest -n 2\n" in first_screen


def test_the_examples_of_a_test_pass(pytester, everything_imported):
    pytester.makepyfile(blocks("python")[0])
    pytester.runpytest("-p", "no:cacheprovider").assert_outcomes(passed=2)


def test_every_flag_is_explained():
    from pytest_tfpclone import plugin

    source = Path(plugin.__file__).read_text()
    for flag in re.findall(r'"(--tfpclone[a-z-]*)"', source):
        assert f"`{flag}" in README


LIBRARY = """
    import tensorflow as tf
    from pytest_tfpclone import clone as copy_of

    CONTENTS = {}

    class Ring:
        __slots__ = ("__weakref__",)
        def __init__(self, items):
            self.write(items)
        def write(self, items):
            CONTENTS[id(self)] = list(items)
        def read(self):
            return CONTENTS[id(self)]
        def __len__(self):
            return len(self.read())

    class Model:
        def __init__(self):
            self.rate, self.ring = tf.Variable(1.0), Ring([1.0, 2.0])
        def turn(self):
            self.rate.assign_add(1.0)
"""


def block(start: str, language: str = "python") -> str:
    return next(each for each in blocks(language) if start in each)


def test_the_examples_of_tests_and_registrations_pass(pytester):
    """In a process of its own, since what is registered stays."""
    pytester.makepyfile(our_library=LIBRARY)
    pytester.makepyfile(
        conftest=block("def pytest_tfpclone_register"),
        test_kit=block("testing.check_cell"),
        test_pairs=block("@parametrize_clones"),
        test_machine=block("CloneMachine.for_"),
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=4, xfailed=1)
    result = pytester.runpytest_subprocess(
        "-p", "no:cacheprovider", "--tfpclone-cloner=ours", "-k", "ring_model"
    )
    assert result.parseoutcomes()["passed"] == 1


def test_the_policy_names_every_key_and_only_those():
    import configparser

    from pytest_tfpclone.policy import INI

    parser = configparser.ConfigParser()
    parser.read_string(block("tfpclone_models", "ini"))
    assert set(parser["pytest"]) == set(INI)
    assert all(f"| `{key}` |" in README for key in INI)


BACKEND = """
    import zipfile

    def build_wheel(folder, config_settings=None, metadata_directory=None):
        with zipfile.ZipFile(f"{folder}/mine-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr("mine-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: mine\\nVersion: 1.0\\n")
            wheel.writestr("mine-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
            wheel.writestr("mine-1.0.dist-info/RECORD", "")
        return "mine-1.0-py3-none-any.whl"
"""
PROJECT = """
    [build-system]
    requires = []
    build-backend = "backend"
    backend-path = ["."]

    [tool.pytest.ini_options]
    tfpclone_models = ["models:model"]
    tfpclone_cloners = ["CLONER"]
"""
MODELS = """
    import copy
    import tensorflow as tf

    class Model:
        def __init__(self):
            self.rate = tf.Variable(1.0)

    def model():
        return Model()

    def shallow(model):
        return copy.copy(model)
"""


def steps(event: str) -> list[dict[str, object]]:
    """Return the steps of the workflow that run commands, with their variables for an event."""
    [job] = yaml.safe_load(block("runs-on", "yaml"))["jobs"].values()
    found = []
    for step in job["steps"]:
        variables = {}
        for name, text in step.get("env", {}).items():
            chosen = re.fullmatch(r"\$\{\{ .*'schedule' && '(.*)' \|\| '(.*)' \}\}", text)
            variables[name] = chosen[1] if event == "schedule" else chosen[2]
        if "run" in step:
            always = step.get("if") == "${{ !cancelled() }}"
            found.append({"run": step["run"], "env": variables, "always": always})
    return found


@pytest.mark.parametrize(
    ("event", "cloner", "status"),
    [("pull_request", "clone", 0), ("schedule", "clone", 0), ("pull_request", "models:shallow", 1)],
)
def test_the_steps_of_the_workflow_run(pytester, event, cloner, status):
    """As the runner runs them: each by bash -e, those after a failure only if they say so."""
    pytester.makepyfile(backend=BACKEND, models=MODELS)
    pytester.makepyprojecttoml(textwrap.dedent(PROJECT).replace("CLONER", cloner))
    tests = pytester.mkdir("tests")
    (tests / "test_mine.py").write_text(
        "from hypothesis import given, settings, strategies as st\n\n"
        f"assert settings().max_examples == {500 if event == 'schedule' else 10}\n\n"
        "@given(st.integers())\ndef test_mine(number):\n    pass\n"
    )
    summary = pytester.path / "summary.md"
    variables = {
        **os.environ, "PIP_DRY_RUN": "1", "PIP_NO_INDEX": "1", "PIP_QUIET": "1",
        "GITHUB_STEP_SUMMARY": str(summary), "PYTHONPATH": str(pytester.path),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTEST_ADDOPTS": "",
    }  # fmt: skip
    failed = 0
    for step in steps(event):
        if failed and not step["always"]:
            continue
        done = subprocess.run(
            ["bash", "-e", "-c", step["run"]], env={**variables, **step["env"]},
            cwd=pytester.path, capture_output=True, text=True,
        )  # fmt: skip
        failed = failed or done.returncode
        assert done.returncode in (0, status), done.stdout + done.stderr
    assert failed == status
    headline = summary.read_text().splitlines()[0]
    good = "## Clone independence: 1 pair, all as they should be"
    assert headline == (
        good if not status else "## Clone independence: 1 of 1 pair failed (1 shared)"
    )


@pytest.mark.parametrize("argument", ["inputs", "actions", "equal", "shared", "ignore", "strict"])
def test_arguments_in_the_readme_exist(argument):
    import inspect

    from pytest_tfpclone import check_clone

    assert f"{argument}=" in README
    assert argument in inspect.signature(check_clone).parameters
