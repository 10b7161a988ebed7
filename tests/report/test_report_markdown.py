"""Markdown: what GitHub shows of it."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt
from sessions import EVERY, EVIL, hostile, leak, result, run

from pytest_tfpclone.report import markdown
from pytest_tfpclone.report.findings import CloneReport, Difference


class Shown(HTMLParser):
    """What a browser shows of Markdown: texts, and the tags in their order."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts, self.open = [], [], []
        self.rows, self.codes = [], []
        self.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag == "code":
            self.codes.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)
        if "td" in self.open or "th" in self.open:
            self.rows[-1][-1] += data
        if "code" in self.open:
            self.codes[-1] += data

    @property
    def text(self):
        return " ".join("".join(self.texts).split())


def test_it_has_the_headline_the_counts_and_the_table():
    text = markdown.render(EVERY)
    lines = text.splitlines()
    assert lines[0] == (
        "## Clone independence: 6 of 10 pairs failed "
        "(1 shared, 2 unequal, 1 refused, 1 not as expected, 1 control failed)"
    )
    assert (
        lines[2]
        == "✅ 2 independent · ❌ 3 shared · ⚠️ 3 unequal · 🚫 1 refused · ○ 1 not applicable"
    )
    assert Shown(text).rows == [
        ["model", "clone", "deepcopy", "alias"],
        ["m0", "✅\xa0independent", "", ""],
        ["m1", "", "❌\xa0shared", ""],
        ["m2", "⚠️\xa0unequal", "", ""],
        ["m3", "", "🚫\xa0refused", ""],
        ["m4", "○\xa0n/a", "", ""],
        ["known", "", "❌\xa0shared (expected)", ""],
        ["fixed", "", "✅\xa0independent (not as expected)", ""],
        ["any", "", "", "❌\xa0shared (control)"],
        ["broken", "", "", "⚠️\xa0unequal (control failed)"],
        ["Sequential", "⚠️\xa0unequal", "", ""],
    ]
    assert "**⚠️\xa0unequal (control failed)**" in text


def test_each_failed_pair_has_its_findings():
    text = markdown.render(EVERY)
    shown = Shown(text)
    assert shown.tags.count("details") == shown.tags.count("summary") == 6
    for said in (
        "❌ m1 x deepcopy: shared: a shared pair",
        "original.layers[1].kernel is clone.layers[1].kernel, variable float32[3, 2]",
        "proof: same object: wrote 1.05 on one side (was 1), and the other side read 1.05",
        "hint: give it its own",
        "original.rate value: 1 became 2",
        "hint: copy the values too, with pytest_tfpclone.clone(original)",
        "listed as an expected failure: kept its closure",
        "a control, which must come out shared: the check itself is broken",
        "The smallest such model: Sequential(layers=())",
        "Reproduce: pytest -k m1-deepcopy",
        "TensorFlow 2.21.0, TFP 0.25.0; seed 0; again: pytest --tfpclone",
    ):
        assert said in shown.text
    assert "original.layers[1].kernel" in shown.codes
    assert "clone.layers[1].kernel" in shown.codes
    assert "keeps its closure" not in shown.text


def test_good_and_no_pairs_have_no_findings():
    good = markdown.render(run(result("independent")))
    assert good.startswith("## Clone independence: 1 pair, all as they should be\n")
    assert "<details>" not in good
    none = markdown.render(run())
    assert none.startswith("## Clone independence: no pair ran\n")
    assert not Shown(none).rows


def test_the_code_of_a_model_is_laid_out():
    long = f"Sequential(layers=({'Dense(units=1), ' * 8}))"
    text = markdown.render(run(result("unequal", code=long)))
    assert "```python\nSequential(\n    layers=(\n        Dense(units=1),\n" in text
    assert "```python\nno code!\n```" in markdown.render(run(result("unequal", code="no code!")))


def test_hostile_names_stay_text():
    text = markdown.render(hostile())
    shown = Shown(text)
    assert not {"script", "em", "a"} & set(shown.tags)
    assert shown.tags.count("h2") == 1
    assert "h1" not in shown.tags
    assert shown.tags.count("details") == 3
    assert all(len(row) == 3 for row in shown.rows)
    line = " ".join(EVIL.split())
    assert shown.rows[0] == ["model", line, "x"]
    assert shown.text.count(line) > 15
    assert not re.search(r"[@#](tf|1)", re.sub(r"(?s)(`+).*?\1", "", text))


@pytest.mark.parametrize(
    "text", ["`", "``", "`a`", "a ``` b", "a\\", "|", "<!-- a", "&lt;", "~~a~~", "![a](b)", "1. a", "é层"]
)  # fmt: skip
def test_each_form_of_escape_shows_the_text_itself(text):
    table = f"| {markdown.escaped(text)} | b |\n|---|---|\n| {markdown.escaped(text)} | b |"
    assert Shown(table).rows == [[text, "b"]] * 2
    assert Shown(f"- x {markdown.escaped(text)}").text == f"x {text}"
    assert Shown(f"- {markdown.code(text)}").codes == [text]


def test_a_fence_is_longer_than_those_in_the_text():
    text = markdown.render(run(result("refused", text="a\n````\n</details>\nb")))
    shown = Shown(text)
    assert "a\n````\n</details>\nb\n" in shown.codes
    assert shown.tags.count("details") == 1


def test_it_fits_a_comment_and_says_what_it_leaves_out():
    text = markdown.render(run(*(result(model=f"m{i}") for i in range(3_000))))
    assert 50_000 < len(text) < 65_536
    shown = Shown(text)
    assert len(shown.rows) > 500
    assert re.search(
        r"… and the findings of \d+ more pairs; --tfpclone-report with a path that ends in \.html or "
        r"\.json writes all of it\.$",
        shown.text,
    )
    more = 3_001 - len(shown.rows)
    assert f"… and {more} more models, {more} of which failed;" in shown.text


def test_of_a_long_table_the_rows_that_failed_are_shown():
    results = [result("independent", f"m{i}") for i in range(2_000)]
    results[1_500] = result("shared", "the_bad_one")
    shown = Shown(markdown.render(run(*results)))
    assert ["the_bad_one", "❌\xa0shared"] in shown.rows
    assert "more models, 0 of which failed;" in shown.text


def test_of_many_findings_in_a_pair_ten_are_shown():
    many = CloneReport(tuple(leak(f"original.a[{i}]") for i in range(25)))
    different = tuple(Difference("value", f"original.b[{i}]", "1 became 2") for i in range(11))
    unequal = result("unequal", "flow", findings=CloneReport((), different).to_dict())
    text = markdown.render(run(result(findings=many.to_dict()), unequal))
    assert "- and 15 more leaks\n" in text
    assert "- and 1 more difference\n" in text
    assert text.count("proof:") == 10


@pytest.mark.parametrize("text", ["x" * 300_000, "a b\n" * 100_000])
def test_one_pair_that_says_too_much_does_not_hide_the_others(text):
    findings = CloneReport(
        (dataclasses.replace(leak(text, text), label=text, evidence=text, hint=text),) * 20
    ).to_dict()
    loud = result(model=text, cloner="loud", findings=findings, code=text, reproduce=text)
    refused = result("refused", "b", text=text, expected="")
    written = markdown.render(run(loud, refused, result(model="quiet")))
    assert len(written) < 65_536
    shown = Shown(written)
    assert shown.tags.count("details") == 3
    assert "quiet x deepcopy: shared" in shown.text
