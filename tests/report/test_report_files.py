"""Report files: what they hold, how they are escaped, and which can be written."""

from __future__ import annotations

import dataclasses
import json
import re
from html.parser import HTMLParser

import jsonschema
import pytest

from pytest_tfpclone.report import files, html, json_file, markdown
from pytest_tfpclone.report.findings import CloneReport, Difference, Leak
from pytest_tfpclone.report.results import VERDICTS, Result, Run

EVIL = "</script><script>alert(1)</script> | `a` *b* [c](d) $e$\n# f"


def leak(original="original.layers[1].kernel", clone="clone.layers[1].kernel"):
    return Leak(
        "same object", original, clone, "variable float32[3, 2]",
        "wrote 1.05 on one side (was 1), and the other side read 1.05", "give it its own",
    )  # fmt: skip


def result(verdict="shared", model="vae", cloner="deepcopy", **others):
    leaks = (leak(),) if verdict == "shared" else ()
    differences = (
        (Difference("value", "original.rate", "1 became 2"),) if verdict == "unequal" else ()
    )
    report = CloneReport(leaks, differences, ("seen, no finding",), {"variable": 2}, 0.01)
    checked = verdict in ("shared", "unequal", "independent")
    fields = {
        "source": "model", "text": "the text", "reproduce": f"pytest -k {model}-{cloner}",
        "findings": report.to_dict() if checked else None, "seconds": 0.5, **others,
    }  # fmt: skip
    return Result(
        model=model, cloner=cloner, verdict=verdict, summary=f"a {verdict} pair", **fields
    )


def run(*results, **others):
    fields = {
        "versions": {"TensorFlow": "2.21.0", "TFP": "0.25.0"}, "seed": 0,
        "command": "pytest --tfpclone", "created": "2026-11-26T10:00:00+00:00", **others,
    }  # fmt: skip
    return Run(tuple(results), **fields)


EVERY = run(
    *(result(each, model=f"m{i}", cloner=("clone", "deepcopy")[i % 2]) for i, each in enumerate(VERDICTS)),
    result("shared", "known", "deepcopy", expected="keeps its closure"),
    result("independent", "fixed", "deepcopy", expected="kept its closure"),
    result("shared", "any", "alias", is_control=True),
    result("unequal", "broken", "alias", is_control=True),
    result("unequal", "Sequential", "clone", source="random", code="Sequential(layers=())", examples=20),
)  # fmt: skip


@pytest.mark.parametrize(
    ("each", "is_bad", "remark"),
    [
        (result("independent"), False, ""),
        (result("not applicable"), False, ""),
        (result("shared"), True, ""),
        (result("unequal"), True, ""),
        (result("refused"), True, ""),
        (result("shared", expected="why"), False, "expected"),
        (result("refused", expected="why"), False, "expected"),
        (result("independent", expected="why"), True, "not as expected"),
        (result("not applicable", expected="why"), False, "expected"),
        (result("shared", is_control=True), False, "control"),
        (result("independent", is_control=True), True, "control failed"),
    ],
)
def test_a_result_is_bad_if_it_fails_the_session(each, is_bad, remark):
    assert (each.is_bad, each.remark) == (is_bad, remark)


def test_json_follows_its_schema_and_comes_back_as_it_was(tmp_path):
    jsonschema.Draft202012Validator.check_schema(json_file.schema())
    validator = jsonschema.Draft202012Validator(json_file.schema())
    for each in (EVERY, run(), run(result(model=EVIL, cloner=EVIL), is_complete=False)):
        text = json_file.render(each)
        validator.validate(json.loads(text))
        (tmp_path / "a.json").write_text(text)
        assert json_file.read(tmp_path / "a.json") == each


def test_the_schema_describes_every_field_and_allows_no_other():
    schema = json_file.schema()
    fields = {each.name for each in dataclasses.fields(Result)} | {"is_bad"}
    assert set(schema["$defs"]["result"]["properties"]) == fields
    assert set(schema["properties"]) == {each.name for each in dataclasses.fields(Run)} | {"schema"}
    for name, kind in (("leak", Leak), ("difference", Difference)):
        assert set(schema["$defs"][name]["properties"]) == {
            each.name for each in dataclasses.fields(kind)
        }
    document = json.loads(json_file.render(EVERY))
    document["more"] = 1
    with pytest.raises(jsonschema.ValidationError, match="more"):
        jsonschema.validate(document, schema)
    del document["more"], document["seed"]
    with pytest.raises(jsonschema.ValidationError, match="seed"):
        jsonschema.validate(document, schema)


def test_json_has_no_number_that_json_has_not():
    findings = {**CloneReport().to_dict(), "seconds": float("inf")}
    text = json_file.render(run(result(findings=findings, seconds=float("nan"))))
    assert "NaN" not in text
    assert "Infinity" not in text
    assert json.loads(text)["results"][0]["seconds"] == "nan"


def test_json_of_another_version_is_refused(tmp_path):
    (tmp_path / "a.json").write_text('{"schema": 2}')
    with pytest.raises(ValueError, match="does not follow version 1"):
        json_file.read(tmp_path / "a.json")


def test_markdown_has_the_headline_the_table_and_the_findings():
    text = markdown.render(EVERY)
    lines = text.splitlines()
    assert lines[0] == (
        "## Clone independence: 6 of 10 pairs failed (1 independent, 1 shared, 3 unequal, 1 refused)"
    )
    assert "| model | clone | deepcopy | alias |" in lines
    assert "| known |  | ❌ shared (expected) |  |" in lines
    assert "| fixed |  | **✅ independent (not as expected)** |  |" in lines
    assert "| broken |  |  | **⚠️ unequal (control failed)** |" in lines
    assert (
        "- `original.layers[1].kernel` is `clone.layers[1].kernel`, variable float32\\[3, 2\\]"
        in lines
    )
    assert "- `original.rate` value: 1 became 2" in lines
    assert "Reproduce: `pytest -k m1-deepcopy`" in lines
    assert "```python\nSequential(layers=())\n```" in text
    assert text.count("<details>") == text.count("</details>") == 6
    assert "keeps its closure" not in text


def test_markdown_of_good_and_of_no_pairs():
    good = markdown.render(run(result("independent"), is_complete=False))
    assert good.startswith(
        "## Clone independence: 1 pair, all as they should be, stopped before all"
    )
    assert "<details>" not in good
    assert markdown.render(run()).startswith("## Clone independence: no pair ran\n")


def test_markdown_keeps_hostile_names_as_text():
    findings = CloneReport(
        (dataclasses.replace(leak(EVIL, EVIL), label=EVIL, hint=EVIL),)
    ).to_dict()
    text = markdown.render(
        run(result(model=EVIL, cloner=EVIL, findings=findings, code="```\nx", reproduce=EVIL))
    )
    outside = re.sub(r"(?s)(`{1,})(?!`).*?(?<!`)\1(?!`)", "", text)
    assert "<script>" not in outside
    row = next(line for line in text.splitlines() if line.startswith("| &lt;/script"))
    assert len(re.findall(r"(?<!\\)\|", row)) == 3
    assert "````python\n```\nx\n````" in text


def test_markdown_fits_a_comment_and_says_what_it_leaves_out():
    text = markdown.render(run(*(result(model=f"m{i}") for i in range(1_000))))
    assert len(text) < 65_536
    assert re.search(r"… and \d+ more pairs that failed\.\n$", text)
    many = tuple(leak(f"original.a[{i}]") for i in range(25))
    text = markdown.render(run(result(findings=CloneReport(many).to_dict())))
    assert "- and 15 more leaks" in text


class Page(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.links, self.texts, self.open = [], [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.links += [attributes["href"]] if "href" in attributes else []
        if tag not in ("meta", "link", "input", "wbr"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("style", "script"):
            self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


def test_each_cell_of_the_page_leads_to_its_findings():
    page = Page(html.render(EVERY))
    assert not page.open
    cells = [
        values for tag, values in page.tags if tag == "a" and "cell" in values.get("class", "")
    ]
    assert len(cells) == len(EVERY.results)
    assert len(page.ids) == len(set(page.ids))
    assert all(each.removeprefix("#") in page.ids for each in page.links if each.startswith("#"))
    assert sum("bad" in each["class"].split() for each in cells) == 6
    for said in ("6 of 10 pairs failed", "keeps its closure", "seen, no finding", "1 became 2",
                 "Sequential(layers=())", "pytest -k m1-deepcopy", "TensorFlow 2.21.0"):  # fmt: skip
        assert said in page.text


def test_the_page_needs_nothing_from_anywhere():
    text = html.render(EVERY)
    assert not re.search(r"https?://|@import|url\(", text)
    page = Page(text)
    assert [each for each in page.links if not each.startswith("#")] == ["data:,"]
    assert not any("src" in values for _, values in page.tags)
    policy = next(values["content"] for tag, values in page.tags if "http-equiv" in values)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not any(name.startswith("on") for _, values in page.tags for name in values)


def test_the_page_keeps_hostile_names_as_text():
    findings = CloneReport(
        (dataclasses.replace(leak(f"original.{EVIL}", EVIL), label=EVIL, hint=EVIL, evidence=EVIL),),
        (Difference("value", EVIL, EVIL),), (EVIL,),
    ).to_dict()  # fmt: skip
    page = Page(
        html.render(
            run(
                result(model=EVIL, cloner=EVIL, findings=findings, code=EVIL, reproduce=EVIL),
                result("refused", model=EVIL, cloner="x", text=EVIL),
                command=EVIL,
                versions={EVIL: EVIL},
            )
        )
    )
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert page.text.count("alert(1)") > 15


@pytest.mark.parametrize(
    ("left", "right", "places"),
    [
        ("original.a.b", "clone.a.b", [("original", "clone", True), (".a", ".a", True), (".b", ".b", True)]),
        ("original", "clones[2]", [("original", "clones", True), ("", "[2]", False)]),
        (
            "original.layers[0].kernel", "clone.layers[1].kernel",
            [("original", "clone", True), (".layers", ".layers", True), ("[0]", "[1]", False),
             (".kernel", ".kernel", True)],
        ),
        (
            "original.f.<closure 'a.b'>", "clone.<global 'x'>.f.<closure 'a.b'>",
            [("original", "clone", True), ("", ".<global 'x'>", False), (".f", ".f", True),
             (".<closure 'a.b'>", ".<closure 'a.b'>", True)],
        ),
    ],
)  # fmt: skip
def test_paths_are_aligned_step_by_step(left, right, places):
    assert html.aligned(left, right) == places
    assert "".join(each for each, _, _ in html.aligned(left, right)) == left
    assert "".join(each for _, each, _ in html.aligned(left, right)) == right


def test_a_page_of_a_thousand_pairs_is_small_and_one_of_none_says_so():
    results = [result(model=f"m{i}", cloner=f"c{j}") for i in range(50) for j in range(20)]
    assert len(html.render(run(*results))) < 3_000_000
    assert "No pair ran." in Page(html.render(run())).text


@pytest.mark.parametrize("suffix", [".json", ".md", ".html"])
def test_the_same_session_gives_the_same_file(tmp_path, suffix):
    path = tmp_path / "new" / f"report{suffix}"
    files.require_writable(path)
    files.write(EVERY, path)
    first = path.read_bytes()
    files.write(EVERY, path)
    assert path.read_bytes() == first


def test_what_can_not_be_written_is_told_before_tests_run(tmp_path, monkeypatch):
    for name in ("report.txt", "report", "html"):
        with pytest.raises(
            ValueError, match=r"expected a file that ends in \.json, \.md or \.html; got"
        ):
            files.require_writable(tmp_path / name)
    (tmp_path / "folder.md").mkdir()
    with pytest.raises(ValueError, match=r"expected a file; .* is a folder"):
        files.require_writable(tmp_path / "folder.md")
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match=r"--tfpclone-report: .*file"):
        files.require_writable(tmp_path / "file" / "a.md")
    monkeypatch.setattr(files.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"pip install 'pytest-tfpclone\[report\]'"):
        files.require_writable(tmp_path / "a.html")
    files.require_writable(tmp_path / "a.md")


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


@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize("form", ["json", "md", "html"])
def test_a_session_writes_its_report(pytester, form, workers):
    pytester.makepyfile(models=MODELS)
    flags = ("--tfpclone-model=models.py:model", "--tfpclone-cloner=models.py:shallow")
    outcome = pytester.runpytest_subprocess(
        *flags, "--tfpclone-cloner=clone", f"--tfpclone-report=out/report.{form}", "-n", workers,
        "-p", "no:cacheprovider",
    )  # fmt: skip
    assert outcome.ret == 1
    outcome.stdout.fnmatch_lines([f"tfpclone report: out/report.{form}"])
    text = (pytester.path / "out" / f"report.{form}").read_text()
    assert "original.rate" in text.replace("</code></td><td><code>", "")
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
