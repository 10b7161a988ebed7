"""What a user names on the command line: a wrong name ends the run with one clear line."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys

import pytest

from pytest_tfpclone import cloning
from pytest_tfpclone.targets import is_item_id, load_cloner, load_target


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
    assert str(caught.value) == (
        "--tfpclone-cloner: no cloner is named 'deep_copy'. There are "
        f"{', '.join(cloning.names())}; or name your own function as "
        "package.module:attribute or path/to/file.py:attribute"
    )


@pytest.mark.parametrize(
    ("argument", "is_id"),
    [
        ("tfpclone::model[pair-clone]", True),
        ("tfpclone::", True),
        ("tfpclone", False),
        ("tfpclone/test_a.py::test", False),
        ("tests/tfpclone::test", False),
        ("", False),
    ],
)
def test_ids_of_pairs_are_told_from_paths(argument, is_id):
    assert is_item_id(argument) is is_id


@pytest.mark.parametrize(
    ("path", "after"),
    [
        (["lib", "more"], ["HERE", "lib", "more"]),
        ([], ["HERE"]),
        (["", "lib"], ["", "lib"]),
        (["lib", ""], ["lib", ""]),
        (["lib", "HERE"], ["lib", "HERE"]),
        (["", "HERE"], ["", "HERE"]),
    ],
)
def test_modules_are_found_in_the_current_folder_first(path, after, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    here = str(tmp_path)
    monkeypatch.setattr(sys, "path", [here if each == "HERE" else each for each in path])
    load_target("json:dumps", "-")
    assert sys.path == [here if each == "HERE" else each for each in after]


def test_a_module_in_the_current_folder(tmp_path, monkeypatch):
    (tmp_path / "models_in_this_folder.py").write_text("def make(): return 'made'\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    assert load_target("models_in_this_folder:make", "-")() == "made"
    del sys.modules["models_in_this_folder"]


def test_one_file_is_one_module_however_it_is_written(tmp_path, monkeypatch):
    file = tmp_path / "models.py"
    file.write_text("def make(): ...\n")
    monkeypatch.chdir(tmp_path)
    assert load_target(f"{file}:make", "-") is load_target("models.py:make", "-")
    assert load_target("models.py:make", "-").__module__.startswith("tfpclone_target_models_")


def test_a_class_and_what_is_in_it(tmp_path):
    file = tmp_path / "models.py"
    file.write_text("class Outer:\n    class Inner:\n        def make(): return 'made'\n")
    assert load_target(f"{file}:Outer.Inner.make", "-")() == "made"
    assert load_target(f"{file}:Outer", "-").__name__ == "Outer"


@pytest.mark.parametrize(
    ("code", "attribute", "said"),
    [
        ("", "make", "'make'; it has none"),
        ("_hidden = 1", "make", "'make'; it has none"),
        ("def b(): ...\ndef a(): ...\n_c = 1", "make", "'make'; it has a, b"),
        ("class A:\n    def of(): ...", "A.off", "'off'; it has of"),
        ("class A:\n    def of(): ...", "B.of", "'B'; it has A"),
        (
            "\n".join(f"x{i:02} = 1" for i in reversed(range(13))),
            "make",
            f"'make'; it has {', '.join(f'x{i:02}' for i in range(12))}",
        ),
    ],
)
def test_a_wrong_attribute_is_told_with_the_first_dozen_of_those_there_are(
    code, attribute, said, tmp_path
):
    file = tmp_path / "models.py"
    file.write_text(code)
    with pytest.raises(pytest.UsageError) as caught:
        load_target(f"{file}:{attribute}", "--tfpclone-model")
    assert str(caught.value) == f"--tfpclone-model: {str(file)!r} has no attribute {said}"


@pytest.mark.parametrize(
    ("value", "said"), [("1", "an int"), ("None", "a NoneType"), ("{}", "a dict")]
)
def test_what_can_not_be_called_is_told_with_its_type(value, said, tmp_path):
    file = tmp_path / "models.py"
    file.write_text(f"make = {value}")
    with pytest.raises(pytest.UsageError) as caught:
        load_target(f"{file}:make", "--tfpclone-model")
    assert str(caught.value) == f"--tfpclone-model: {file}:make must be a function; it is {said}"


@pytest.mark.parametrize("spec", [None, importlib.machinery.ModuleSpec("models", None)])
def test_a_file_that_nothing_loads_is_no_python_file(spec, tmp_path, monkeypatch):
    file = tmp_path / "models.py"
    file.touch()
    monkeypatch.setattr(importlib.util, "spec_from_file_location", lambda *_: spec)
    with pytest.raises(pytest.UsageError, match=r"ImportError: .*models\.py is no Python file"):
        load_target(f"{file}:make", "-")


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "models.py").mkdir()
    with pytest.raises(pytest.UsageError, match=r"there is no file .*models\.py"):
        load_target(f"{tmp_path / 'models.py'}:make", "-")


def test_a_file_whose_import_is_interrupted_is_not_kept(tmp_path):
    file = tmp_path / "interrupted.py"
    file.write_text("raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        load_target(f"{file}:make", "-")
    assert not [name for name in sys.modules if name.startswith("tfpclone_target_interrupted")]


def test_the_cause_of_a_failed_import_is_kept():
    with pytest.raises(pytest.UsageError) as caught:
        load_target("no_such_package:make", "-")
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)


@pytest.mark.parametrize("name", cloning.names())
def test_a_registered_cloner_is_found_by_its_name(name):
    assert load_cloner(name) is cloning.get(name)


def test_a_cloner_of_the_users_is_found_by_its_target():
    import copy

    assert load_cloner("copy:copy") is copy.copy
    with pytest.raises(pytest.UsageError) as caught:
        load_cloner("copy:")
    assert str(caught.value).startswith("--tfpclone-cloner: 'copy:' is no target; write package")


def test_an_attribute_of_something_without_attributes():
    with pytest.raises(pytest.UsageError, match="has no attribute 'x'; it has none"):
        load_target("math:pi.x", "--tfpclone-model")
