"""The progress line and the table: what they show, in which order and colours."""

from __future__ import annotations

import types

import pytest

from pytest_tfpclone import cloning
from pytest_tfpclone.report.results import VERDICTS, Result
from pytest_tfpclone.summary import Progress, write_table


class Terminal:
    """Remembers what is written, a line at a time, and in which colours."""

    def __init__(self, isatty=True, width=80):
        self.isatty = isatty
        self._tw = types.SimpleNamespace(fullwidth=width)
        self.stats = {}
        self.text = ""
        self.colours = []
        self.sections = []
        self.rewritten = []

    def rewrite(self, text, *, erase):
        assert erase
        self.rewritten.append(text)

    def section(self, title, *, sep):
        self.sections.append((title, sep))

    def write(self, text, **markup):
        self.text += text
        if markup:
            self.colours.append((text.strip(), markup))

    def write_line(self, text):
        self.text += f"{text}\n"


def config(terminal, verbosity=0):
    plugins = {"terminalreporter": terminal}
    return types.SimpleNamespace(
        pluginmanager=types.SimpleNamespace(get_plugin=plugins.get),
        get_verbosity=lambda: verbosity,
    )


def test_each_pair_that_starts_is_shown_and_counted():
    terminal = Terminal()
    progress = Progress(config(terminal))
    progress.start("tfpclone::model[pair-clone]", 3)
    progress.start("tests/test_mine.py::test_tfpclone::", 3)
    progress.start("tfpclone_helpers.py::test_mine", 3)
    progress.start("tfpclone::random[dense_Normal-clone]", 3)
    assert terminal.rewritten == [
        "tfpclone 1/3: model[pair-clone] ",
        "tfpclone 2/3: random[dense_Normal-clone] ",
    ]


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (40, "tfpclone 1/10: model[pair-clone] "),
        (34, "tfpclone 1/10: model[pair-clone] "),
        (33, "tfpclone 1/10: model[pair-clone]"),
        (20, "tfpclone 1/10: mode"),
    ],
)
def test_progress_leaves_the_last_column_of_the_terminal_free(width, shown):
    terminal = Terminal(width=width)
    Progress(config(terminal)).start("tfpclone::model[pair-clone]", 10)
    assert terminal.rewritten == [shown]


@pytest.mark.parametrize(
    ("isatty", "verbosity"), [(False, 0), (True, 1), (True, -1), (False, 1), (False, -1), (True, 2)]
)
def test_no_progress_without_a_terminal_nor_beside_other_output(isatty, verbosity):
    terminal = Terminal(isatty)
    Progress(config(terminal, verbosity)).start("tfpclone::model[pair-clone]", 1)
    assert terminal.rewritten == []


def test_no_progress_where_nothing_reports():
    Progress(config(None)).start("tfpclone::model[pair-clone]", 1)


def finding(cloner, verdict, examples=1, *, model="pair", **others):
    control = cloner == "alias"
    return Result(
        "model", model, cloner, verdict, "", examples=examples, is_control=control, **others
    )


def table(*results, total=0, verbosity=0):
    terminal = Terminal()
    terminal.config = config(terminal, verbosity)
    write_table(terminal, results, total)
    return terminal


def test_the_table_counts_verdicts_of_each_cloner():
    terminal = table(
        finding("deepcopy", "unequal"),
        finding("alias", "shared"),
        finding("clone", "independent"),
        finding("deepcopy", "refused", model="other"),
        finding("clone", "not applicable", 5, model="other"),
        finding("alias", "shared", model="other"),
        finding("clone", "independent", 20, model="third"),
        finding("deepcopy", "shared", model="third"),
        finding("alias", "shared", 3, model="third"),
    )
    assert terminal.sections == [("clone independence", "=")]
    assert terminal.text.splitlines() == [
        "cloner           independent  shared  unequal  refused  not applicable",
        "clone                      2       .        .        .               1",
        "deepcopy                   .       1        1        1               .",
        "alias (control)            .       3        .        .               .",
        "9 pairs, 34 models cloned and checked",
    ]


def test_names_that_are_short_leave_room_for_the_heading():
    lines = table(finding("me", "independent")).text.splitlines()
    assert lines == [
        "cloner  independent  shared  unequal  refused  not applicable",
        "me                1       .        .        .               .",
        "1 pair, 1 model cloned and checked",
    ]


def test_the_default_comes_first_the_control_last_and_others_by_name():
    names = ["zeta", "alias", "dill", "clone", "abc", "by_config"]
    lines = table(*(finding(name, "shared") for name in names)).text.splitlines()
    shown = [line.split()[0] for line in lines[1:-1]]
    assert shown == ["clone", "abc", "by_config", "dill", "zeta", "alias"]
    assert [line.split()[0] for line in lines if "control" in line] == ["alias"]


def test_counts_have_colours_and_what_did_not_happen_has_none():
    terminal = table(*(finding("clone", each, model=each) for each in VERDICTS))
    assert terminal.colours == [
        ("1", {"green": True}),
        ("1", {"red": True}),
        ("1", {"yellow": True}),
        ("1", {"yellow": True}),
    ]
    assert table(finding("clone", "not applicable")).colours == []
    assert table(finding("clone", "shared")).colours == [("1", {"red": True})]


def test_a_run_that_was_stopped_says_how_far_it_came():
    rows = [finding("clone", "independent", model=each) for each in "ab"]
    assert table(*rows, total=2).text.splitlines()[-1] == "2 pairs, 2 models cloned and checked"
    last = table(*rows, total=7).text.splitlines()[-1]
    assert last == "2 of 7 pairs, 2 models cloned and checked"
    assert table(rows[0], total=2).text.splitlines()[-1].startswith("1 of 2 pairs, 1 model ")


def test_expected_failures_are_counted_and_those_that_pass_are_named():
    kept = finding("deepcopy", "shared", expected="closure")
    fixed = finding("config", "independent", expected="loses the optimizer")
    assert "1 failed as expected" in table(kept).text.splitlines()
    lines = table(kept, fixed).text.splitlines()
    assert "1 failed as expected; no longer: pair x config" in lines
    assert "expected" not in table(finding("deepcopy", "shared")).text


def test_the_slowest_pairs_are_named_if_they_take_a_second():
    assert "slowest" not in table(finding("clone", "independent", seconds=0.9)).text
    rows = [
        finding("clone", "independent", model=f"m{each}", seconds=each / 2) for each in range(1, 8)
    ]
    lines = table(*rows).text.splitlines()
    assert lines[-1] == "slowest: m7 x clone 3.5 s, m6 x clone 3.0 s, m5 x clone 2.5 s"


def test_notes_are_shown_on_demand_each_once():
    notes = {"notes": ["outputs are not compared: " + "because of this and that " * 4]}
    rows = [
        finding("clone", "independent", model=each, findings=notes) for each in ("one", "two")
    ] + [finding("clone", "refused", model="none")]
    assert "note" not in table(*rows).text
    text = table(*rows, verbosity=1).text
    assert text.count("note: outputs are not compared") == 1
    assert "(one x clone and 1 more)" in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("name", cloning.names())
def test_the_table_fits_a_terminal(name):
    rows = [finding(name, each, model="m" * 30, seconds=9.0, expected="x") for each in VERDICTS]
    rows += [finding("alias", "shared")]
    assert max(map(len, table(*rows).text.splitlines())) <= 80
