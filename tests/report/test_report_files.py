"""Report files: which can be written, and that a session writes what it is asked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import jsonschema
import pytest
from sessions import EVERY, hostile

from pytest_tfpclone.report import files, json_file

SUFFIXES = [".json", ".md", ".html"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_session_gives_the_same_file(tmp_path, suffix):
    path = tmp_path / "new" / f"report{suffix}"
    files.require_writable(path)
    files.write(EVERY, path)
    first = path.read_bytes()
    files.write(EVERY, path)
    assert path.read_bytes() == first
    code = (
        "import sys; from pathlib import Path; from pytest_tfpclone.report import files, json_file;"
        "files.write(json_file.read(Path(sys.argv[1])), Path(sys.argv[2]));"
        "assert 'tensorflow' not in sys.modules"
    )
    files.write(EVERY, tmp_path / "data.json")
    again = tmp_path / f"again{suffix}"
    command = [sys.executable, "-c", code, tmp_path / "data.json", again]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": "3"})
    assert again.read_bytes() == first


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_any_text_can_be_written(tmp_path, suffix):
    session = hostile("a\udcffb\0\x1b[0m\u202e\r\n")
    path = tmp_path / f"report{suffix}"
    files.write(session, path)
    assert "udcff" in path.read_text(encoding="utf-8")
    if suffix == ".json":
        assert json_file.read(path) == session


@pytest.mark.parametrize("name", ["report.txt", "report", "html", "report.HTML", ".md"])
def test_a_form_that_there_is_not_is_named(tmp_path, name):
    with pytest.raises(ValueError, match=r"expected a file that ends in .*; got") as caught:
        files.require_writable(tmp_path / name)
    text = "--tfpclone-report: expected a file that ends in .json, .md or .html; got "
    assert str(caught.value) == f"{text}{str(tmp_path / name)!r}"


def test_what_can_not_be_written_is_told_before_tests_run(tmp_path, monkeypatch):
    (tmp_path / "folder.md").mkdir()
    with pytest.raises(ValueError, match=r"--tfpclone-report: expected a file; .* is a folder"):
        files.require_writable(tmp_path / "folder.md")
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match=r"--tfpclone-report: .*file"):
        files.require_writable(tmp_path / "file" / "a.md")
    monkeypatch.setattr(files.os, "access", lambda path, mode: path != tmp_path)
    with pytest.raises(
        ValueError, match=r"--tfpclone-report: there is no permission to write .*md"
    ):
        files.require_writable(tmp_path / "a.md")


def test_without_jinja_a_page_is_refused_and_the_others_are_not(tmp_path, monkeypatch):
    monkeypatch.setattr(files.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"pip install 'pytest-tfpclone\[report\]'"):
        files.require_writable(tmp_path / "a.html")
    files.require_writable(tmp_path / "a.md")
    files.require_writable(tmp_path / "a.json")


MODELS = """
    import copy
    import os
    import tensorflow as tf

    class Model:
        def __init__(self):
            self.rate = tf.Variable(1.0)

    def model():
        os.chdir(os.path.dirname(tf.__file__))
        return Model()

    def shallow(model):
        return copy.copy(model)
"""


@pytest.mark.parametrize(("form", "workers"), [("json", 0), ("json", 2), ("md", 0), ("html", 2)])
def test_a_session_writes_its_report(pytester, everything_imported, form, workers):
    pytester.makepyfile(models=MODELS)
    flags = ("--tfpclone-model=models.py:model", "--tfpclone-cloner=models.py:shallow")
    start = pytester.runpytest_subprocess if workers else pytester.runpytest_inprocess
    outcome = start(
        *flags, "--tfpclone-cloner=clone", f"--tfpclone-report=out/report.{form}", "-n", str(workers),
        "-p", "no:cacheprovider",
    )  # fmt: skip
    assert outcome.ret == 1
    outcome.stdout.fnmatch_lines([f"tfpclone report: out/report.{form}"])
    text = (pytester.path / "out" / f"report.{form}").read_text(encoding="utf-8")
    assert "original.rate" in text
    if form == "json":
        jsonschema.validate(json.loads(text), json_file.schema())
        found = json_file.read(pytester.path / "out" / "report.json")
        assert [(each.cloner, each.verdict) for each in found.results] == [
            ("clone", "independent"), ("shallow", "shared"),
        ]  # fmt: skip
        assert found.is_complete
        assert "--tfpclone-model=models.py:model" in found.command


def test_a_wrong_path_stops_the_run_before_it_begins(pytester, everything_imported):
    outcome = pytester.runpytest("--tfpclone-report=report.pdf")
    assert outcome.ret == pytest.ExitCode.USAGE_ERROR
    outcome.stderr.fnmatch_lines(
        ["ERROR: --tfpclone-report: expected a file that ends in .json, .md or .html; got *pdf'"]
    )
