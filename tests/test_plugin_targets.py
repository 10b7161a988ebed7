"""What a user names on the command line: a wrong name ends the run with one clear line."""

from __future__ import annotations

import pytest

from pytest_tfpclone.targets import load_cloner, load_target


def test_a_function_in_a_file(tmp_path):
    file = tmp_path / "models.py"
    file.write_text("def make():\n    return 'made'\n")
    assert load_target(f"{file}:make", "--tfpclone-model")() == "made"


def test_one_file_is_imported_once(tmp_path):
    file = tmp_path / "twice.py"
    file.write_text("def make(): ...\ndef copy(): ...\n")
    first = load_target(f"{file}:make", "--tfpclone-model")
    second = load_target(f"{file}:copy", "--tfpclone-cloner")
    assert first.__globals__ is second.__globals__


def test_two_files_of_one_name_are_two_modules(tmp_path):
    for folder, value in (("a", 1), ("b", 2)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "models.py").write_text(f"def make(): return {value}\n")
    made = [load_target(f"{tmp_path / folder / 'models.py'}:make", "-")() for folder in "ab"]
    assert made == [1, 2]


def test_a_function_in_a_module():
    import json

    assert load_target("json:dumps", "--tfpclone-model") is json.dumps


def test_a_method_of_a_class():
    from collections import OrderedDict

    found = load_target("collections:OrderedDict.copy", "--tfpclone-cloner")
    assert found is OrderedDict.copy


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("models", "is no target; write package.module:attribute or path/to/file.py:attribute"),
        (":make", "is no target"),
        ("models:", "is no target"),
        ("no_such_package.models:make", "'no_such_package.models' does not import"),
        ("no/such/file.py:make", "there is no file no/such/file.py"),
        ("json:dumpz", "'json' has no attribute 'dumpz'"),
        ("json:__name__", "must be a function; it is a str"),
    ],
)
def test_a_wrong_target_is_a_usage_error_that_names_the_option(target, said):
    with pytest.raises(pytest.UsageError) as caught:
        load_target(target, "--tfpclone-model")
    assert str(caught.value).startswith("--tfpclone-model: ")
    assert said in str(caught.value)


def test_a_file_that_raises_is_a_usage_error_and_is_not_kept(tmp_path):
    file = tmp_path / "broken.py"
    file.write_text("raise RuntimeError('no data')\n")
    for _ in range(2):
        with pytest.raises(pytest.UsageError, match="RuntimeError: no data"):
            load_target(f"{file}:make", "--tfpclone-model")


def test_an_unknown_cloner_lists_the_known_ones():
    with pytest.raises(pytest.UsageError) as caught:
        load_cloner("deep_copy")
    assert "no cloner is named 'deep_copy'" in str(caught.value)
    assert "deepcopy" in str(caught.value)
    assert "alias" in str(caught.value)
