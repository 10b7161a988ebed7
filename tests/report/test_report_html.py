"""The page as text; tests/browser looks at it in a browser."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from sessions import EVERY, EVIL, hostile, leak, result, run

from pytest_tfpclone.report import html
from pytest_tfpclone.report.findings import CloneReport, Difference
from pytest_tfpclone.report.results import VERDICTS


class Page(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.links, self.texts, self.open = [], [], [], [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.links += [attributes["href"]] if "href" in attributes else []
        if tag not in ("meta", "link", "input", "wbr"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag == "dt":
            self.texts.append(" ")

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("style", "script"):
            self.texts.append(data)

    @property
    def text(self):
        return " ".join("".join(self.texts).split())

    def of(self, tag, name=""):
        """Return the attributes of each such element of a class."""
        return [
            values
            for each, values in self.tags
            if each == tag and (not name or name in values.get("class", "").split())
        ]


def test_each_cell_leads_to_its_findings():
    page = Page(html.render(EVERY))
    cells = page.of("a", "cell")
    assert len({each["href"] for each in cells}) == len(EVERY.results)
    assert len(page.ids) == len(set(page.ids))
    assert all(each.removeprefix("#") in page.ids for each in page.links if each.startswith("#"))
    assert len(page.of("a", "bad")) == 6
    assert len(page.of("details", "pair")) == len(EVERY.results)
    for said in (
        "6 of 10 pairs failed", "Failed (6)", "As they should be (4)", "keeps its closure",
        "seen, no finding", "value original.rate 1 became 2", "Sequential(layers=())",
        "pytest -k m1-deepcopy", "hint copy the values too, with pytest_tfpclone.clone",
        "proof same object: wrote 1.05 on one side", "TensorFlow 2.21.0", "where the same path",
        "original.layers[1].kernel is clone.layers[1].kernel", "20 models, 0.5 s.",
    ):  # fmt: skip
        assert said in page.text, said


def test_a_verdict_is_told_by_a_sign_and_a_word_too():
    page = Page(html.render(EVERY))
    for verdict, sign in html.SIGNS.items():
        assert f"{sign} {'n/a' if verdict == 'not applicable' else verdict}" in page.text
    assert len(set(html.SIGNS.values())) == len(VERDICTS)


def test_expected_failures_and_the_control_are_marked():
    page = Page(html.render(EVERY))
    for said in (
        "✗ shared expected", "✓ independent not as expected", "✗ shared control",
        "≠ unequal control failed", "aliascontrol", "Listed as an expected failure: keeps its closure",
        "A control: it must come out shared.",
    ):  # fmt: skip
        assert said in page.text, said


def test_the_only_failure_is_open_from_the_start():
    opened = [each for each in Page(html.render(EVERY)).of("details") if "open" in each]
    assert not opened
    page = Page(html.render(run(result("independent", "a"), result("shared", "b"))))
    (opened,) = [each for each in page.of("details") if "open" in each]
    assert opened["data-verdict"] == "shared"


def test_it_needs_nothing_from_anywhere():
    text = html.render(EVERY)
    assert not re.search(r"https?://|@import|url\(", text)
    page = Page(text)
    assert [each for each in page.links if not each.startswith("#")] == ["data:,"]
    assert not any("src" in values for _, values in page.tags)
    (policy,) = [each["content"] for each in page.of("meta") if "http-equiv" in each]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not any(
        name.startswith("on") or name == "style" for _, each in page.tags for name in each
    )


def test_it_is_complete_without_javascript():
    page = Page(html.render(EVERY))
    assert not [each for each in page.of("button") if "hidden" not in each]
    assert all("hidden" in each for each in page.of("form"))
    assert not [each for each in page.of("details") if "hidden" in each]


def test_hostile_names_stay_text():
    page = Page(html.render(hostile()))
    assert len(page.of("script")) == 1
    assert not page.of("em")
    assert page.text.count(" ".join(EVIL.split())) > 15
    assert not any("alert" in str(each) for _, each in page.tags)


def test_names_of_several_words_may_break_between_them():
    text = html.render(run(result(model="a_long_name", cloner="clone_model")))
    assert "<span>a_<wbr>long_<wbr>name</span>" in text
    assert ">clone_<wbr>model<" in text


@pytest.mark.parametrize(
    ("left", "right", "places"),
    [
        ("original", "clone", [("original", "clone", True)]),
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
        (
            "original.a[0]", "clone.b.a[0]",
            [("original", "clone", True), ("", ".b", False), (".a", ".a", True), ("[0]", "[0]", True)],
        ),
    ],
)  # fmt: skip
def test_paths_are_aligned_step_by_step(left, right, places):
    assert html.aligned(left, right) == places
    assert "".join(each for each, _, _ in html.aligned(left, right)) == left
    assert "".join(each for _, each, _ in html.aligned(left, right)) == right


def test_where_paths_part_is_marked():
    part = leak("original.layers[0].kernel", "clone.layers[1].kernel")
    text = html.render(run(result(findings=CloneReport((part,)).to_dict())))
    marked = '<span class="step differs"><code>[0]</code><code>[1]</code></span>'
    assert text.count("step differs") == text.count(marked) == 1
    assert "the paths part where marked" in text


def test_all_findings_of_a_pair_are_there():
    leaks = tuple(leak(f"original.a[{i}]", f"clone.a[{i}]") for i in range(40))
    different = tuple(Difference("value", f"original.b[{i}]", "1 became 2") for i in range(40))
    page = Page(html.render(run(result(findings=CloneReport(leaks, different).to_dict()))))
    assert all(f"original.a[{i}] is clone.a[{i}]" in page.text for i in range(40))
    assert all(f"original.b[{i}]" in page.text for i in range(40))


def test_a_page_of_a_thousand_pairs_is_small():
    results = [result(model=f"m{i}", cloner=f"c{j}") for i in range(50) for j in range(20)]
    text = html.render(run(*results))
    assert len(text) < 3_000_000
    assert len(Page(text).of("a", "cell")) == 1_000
    assert Page(text).of("div", "tall")


def test_a_page_of_no_pairs_says_so():
    page = Page(html.render(run()))
    assert "no pair ran" in page.text
    assert not page.of("table")
