"""What Hypothesis and its companions do with tests of models: replay, share, distribute, shuffle."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import Phase, given, reproduce_failure, settings
from hypothesis.database import DirectoryBasedExampleDatabase, InMemoryExampleDatabase
from hypothesis.version import __version__ as version

from pytest_tfpclone import strategies
from pytest_tfpclone.architectures import Dense, Sequential

README = (Path(__file__).parent.parent / "README.md").read_text()
QUIET = ("-p", "no:cacheprovider")


def narrow():
    """Return a strategy of which a large part fails in ``recording``."""
    return strategies.architectures(models=[Sequential], layers=[Dense])


def recording(seen, **changes):
    """Return a test that fails for two layers and more, and keeps what it has seen."""

    @settings(deadline=None, **changes)
    @given(architecture=narrow())
    def test_small(architecture):
        seen.append(architecture)
        assert len(architecture.layers) < 2

    return test_small


def failing(seen, **changes):
    with pytest.raises(AssertionError) as caught:
        recording(seen, **changes)()
    return caught.value


def test_what_failed_is_replayed_first_from_a_directory(tmp_path):
    first, second = [], []
    failing(first, database=DirectoryBasedExampleDatabase(tmp_path))
    assert any(tmp_path.iterdir())
    failing(second, database=DirectoryBasedExampleDatabase(tmp_path))
    assert second[0] == first[-1]
    assert len(second[0].layers) == 2


def test_only_what_failed_is_replayed_with_the_phase_reuse(tmp_path):
    database = DirectoryBasedExampleDatabase(tmp_path)
    first, second = [], []
    failing(first, database=database)
    failing(second, database=database, phases=[Phase.reuse])
    assert set(map(repr, second)) == {repr(first[-1])}


def test_the_printed_blob_replays_the_failure():
    first, second = [], []
    error = failing(first, database=None, print_blob=True)
    [note] = [note for note in error.__notes__ if "reproduce_failure" in note]
    found = re.search(r"@reproduce_failure\('([^']+)', (b['\"].*['\"])\)", note)
    assert found is not None
    assert found[1] == version
    blob = eval(found[2], {"__builtins__": {}})
    test = reproduce_failure(version, blob)(recording(second, database=None))
    with pytest.raises(AssertionError):
        test()
    assert second == [first[-1]] * len(second)
    assert second


# A run of pytest over tests that fail and pass; nothing is built, so nothing heavy is loaded.
FILE = """
    from hypothesis import given, settings
    from pytest_tfpclone import architectures, strategies
    from pytest_tfpclone.architectures import Dense, Sequential

    QUICK = settings(settings.get_profile("tfpclone-ci"), max_examples=20)
    narrow = strategies.architectures(models=[Sequential], layers=[Dense])

    @QUICK
    @given(architecture=narrow)
    def test_small(architecture):
        assert len(architecture.layers) < 2

    @QUICK
    @given(architecture=narrow)
    def test_narrow(architecture):
        assert max(layer.units for layer in architecture.layers) < 3

    @QUICK
    @given(architecture=narrow)
    def test_code(architecture):
        assert eval(repr(architecture), vars(architectures)) == architecture
"""


def examples(text: str) -> list[str]:
    """Return the ``@example`` lines of a report, sorted."""
    return sorted(re.findall(r"^@example\((?:.*\)|\n(?: .*\n)*\))$", text, re.MULTILINE))


def test_distributed_to_two_workers_it_finds_the_same(pytester):
    pytester.makepyfile(FILE)
    one = pytester.runpytest(*QUIET)
    two = pytester.runpytest(*QUIET, "-n2")
    for done in (one, two):
        done.assert_outcomes(failed=2, passed=1)
    assert len(examples(one.stdout.str())) == 2
    assert examples(one.stdout.str()) == examples(two.stdout.str())


def test_workers_keep_what_failed_in_one_directory(pytester, monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    random_draws = FILE.replace('"tfpclone-ci"', '"tfpclone-quick"')
    pytester.makepyfile(random_draws.replace("max_examples=20", "max_examples=200"))
    done = pytester.runpytest(*QUIET, "-n2")
    done.assert_outcomes(failed=2, passed=1)
    kept = pytester.path / ".hypothesis" / "examples"
    assert len([path for path in kept.iterdir() if path.is_dir()]) >= 2

    only_reused = "max_examples=200, phases=[Phase.reuse])"
    code = random_draws.replace("max_examples=20)", only_reused)
    pytester.makepyfile(code.replace("import given", "import Phase, given"))
    again = pytester.runpytest(*QUIET, "-n2")
    again.assert_outcomes(failed=2, skipped=1)
    assert examples(again.stdout.str()) == examples(done.stdout.str())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_shuffled_and_reseeded_by_pytest_randomly_it_finds_the_same(pytester, seed):
    pytester.makepyfile(FILE)
    plain = pytester.runpytest_subprocess(*QUIET)
    shuffled = pytester.runpytest_subprocess(*QUIET, "-p", "randomly", f"--randomly-seed={seed}")
    for done in (plain, shuffled):
        done.assert_outcomes(failed=2, passed=1)
    shuffled.stdout.fnmatch_lines([f"Using --randomly-seed={seed}"])
    assert examples(plain.stdout.str()) == examples(shuffled.stdout.str())


# How a team shares what failed: the README's conftest, on a CI machine and on a desk.


def readme_conftest() -> str:
    section = README[README.index("\n## Sharing failing examples\n") :]
    return re.findall(r"```python\n(.*?)```", section, re.DOTALL)[0]


ARTIFACT = """
    import hypothesis.database

    # An artifact that has been downloaded: the network is no part of a test.
    asked = []

    def artifact(owner, repo, **options):
        asked.append((owner, repo))
        return hypothesis.database.DirectoryBasedExampleDatabase("artifact")

    hypothesis.database.GitHubArtifactDatabase = artifact
"""


@pytest.fixture
def team(pytester, monkeypatch):
    """Return a function that runs the failing tests with the README's conftest, on CI or not."""
    for variable in ("CI", "GITHUB_TOKEN", "TF_BUILD"):
        monkeypatch.delenv(variable, raising=False)
    pytester.makeconftest(textwrap.dedent(ARTIFACT) + readme_conftest())
    pytester.makepyfile(
        """
        from hypothesis import given
        from pytest_tfpclone import strategies
        from pytest_tfpclone.architectures import Dense, Sequential

        seen = []

        @given(architecture=strategies.architectures(models=[Sequential], layers=[Dense]))
        def test_small(architecture):
            seen.append(architecture)
            print("seen", architecture)
            assert len(architecture.layers) < 3
        """
    )

    def run(*, on_ci: bool, found: bool = True) -> str:
        if on_ci:
            monkeypatch.setenv("CI", "true")
        else:
            monkeypatch.delenv("CI", raising=False)
        done = pytester.runpytest_subprocess(*QUIET, "-v")
        if found:
            done.assert_outcomes(failed=1)
        return done.stdout.str()

    return run


def test_what_ci_found_is_replayed_first_on_a_desk(team, pytester):
    on_ci = team(on_ci=True)
    assert "hypothesis profile 'team-ci'" in on_ci
    (pytester.path / ".hypothesis" / "examples").rename(pytester.path / "artifact")
    kept = sorted(path.name for path in (pytester.path / "artifact").rglob("*"))
    on_desk = team(on_ci=False)
    assert "hypothesis profile 'team-desk'" in on_desk
    [found] = examples(on_ci)
    assert examples(on_desk) == [found]
    first = next(line for line in on_desk.splitlines() if line.startswith("seen "))
    last = [line for line in on_ci.splitlines() if line.startswith("seen ")][-1]
    assert first == last
    # It is read only; what the desk finds stays on the desk.
    assert sorted(path.name for path in (pytester.path / "artifact").rglob("*")) == kept
    assert any((pytester.path / ".hypothesis" / "examples").iterdir())


def test_a_desk_without_an_artifact_draws_as_always(team):
    # Of ten examples that it draws anew, none may be large enough to fail.
    said = team(on_ci=False, found=False)
    assert "hypothesis profile 'team-desk'" in said
    assert examples(said) or "1 passed" in said


def test_the_classes_are_those_of_hypothesis():
    import hypothesis.database

    for name in re.findall(r"\b\w+Database\b", readme_conftest()):
        assert issubclass(getattr(hypothesis.database, name), hypothesis.database.ExampleDatabase)


def test_the_blob_is_printed_by_the_profile_of_ci(pytester):
    pytester.makepyfile(FILE)
    done = pytester.runpytest(*QUIET)
    done.stdout.fnmatch_lines(["*@reproduce_failure(*"])


def test_a_database_in_memory_serves_as_well():
    first, second = [], []
    database = InMemoryExampleDatabase()
    failing(first, database=database)
    failing(second, database=database)
    assert second[0] == first[-1]


def test_another_process_draws_the_same(pytester):
    pytester.makepyfile(FILE)
    reports = []
    for hashes in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *QUIET],
            capture_output=True, text=True, env=os.environ | {"PYTHONHASHSEED": hashes},
            cwd=pytester.path,
        )  # fmt: skip
        assert done.returncode == 1
        reports.append(examples(done.stdout))
    assert reports[0] == reports[1]
    assert len(reports[0]) == 2
