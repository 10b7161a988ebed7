"""The progress line and the table: what they show, in which order and colours."""

from __future__ import annotations

import json
import types

import pytest

from pytest_tfpclone.summary import Progress, results, write_table


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


def finding(cloner, verdict, examples=1, *, model="pair", when="call", name="tfpclone"):
    when, name = ("".join(list(each)) for each in (when, name))
    row = {"model": model, "cloner": cloner, "verdict": verdict, "examples": examples}
    return types.SimpleNamespace(
        nodeid=f"tfpclone::model[{model}-{cloner}]",
        when=when,
        user_properties=[("before", "no JSON"), (name, json.dumps(row)), ("after", "no JSON")],
    )


def test_results_are_what_the_calls_of_pairs_found():
    terminal = Terminal()
    other = types.SimpleNamespace(nodeid="a.py::test_a", when="call", user_properties=[("a", 1)])
    terminal.stats = {
        "": [finding("a", "shared", when="setup"), finding("c", "shared", when="teardown")],
        "passed": [finding("clone", "independent"), other],
        "warnings": [types.SimpleNamespace(message="without properties")],
        "deselected": [
            types.SimpleNamespace(nodeid="a", user_properties=[("tfpclone", "no JSON")])
        ],
        "skipped": [finding("deepcopy", "not applicable")],
        "failed": [
            finding("b", "shared", name="record"),
            finding("d", "shared", name="tfpclon"),
            finding("e", "shared", name="tfpclone2"),
            finding("alias", "shared", 2),
        ],
    }
    assert results(terminal) == [
        {"model": "pair", "cloner": "clone", "verdict": "independent", "examples": 1},
        {"model": "pair", "cloner": "deepcopy", "verdict": "not applicable", "examples": 1},
        {"model": "pair", "cloner": "alias", "verdict": "shared", "examples": 2},
    ]


def test_a_pair_that_ran_twice_counts_once_as_it_came_out_last():
    terminal = Terminal()
    terminal.stats = {
        "rerun": [finding("clone", "shared")],
        "passed": [finding("clone", "independent")],
    }
    assert [row["verdict"] for row in results(terminal)] == ["independent"]


def table(*reports):
    terminal = Terminal()
    terminal.stats = {"passed": list(reports)}
    write_table(terminal)
    return terminal


def test_no_table_without_results():
    terminal = table()
    assert (terminal.text, terminal.sections) == ("", [])


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
        "cloner    independent  shared  unequal  refused  not applicable",
        "clone               2       .        .        .               1",
        "deepcopy            .       1        1        1               .",
        "alias               .       3        .        .               .  (control: must be shared)",
        "9 pairs, 34 models cloned and checked",
    ]


def test_names_that_are_short_leave_room_for_the_heading():
    lines = table(finding("me", "independent")).text.splitlines()
    assert lines == [
        "cloner  independent  shared  unequal  refused  not applicable",
        "me                1       .        .        .               .",
        "1 pairs, 1 models cloned and checked",
    ]


def test_the_default_comes_first_the_control_last_and_others_by_name():
    names = ["zeta", "alias", "dill", "clone", "abc", "by_config"]
    lines = table(*(finding(name, "shared") for name in names)).text.splitlines()
    shown = [line.split()[0] for line in lines[1:-1]]
    assert shown == ["clone", "abc", "by_config", "dill", "zeta", "alias"]
    assert [line.split()[0] for line in lines if "control" in line] == ["alias"]


def test_counts_have_colours_and_what_did_not_happen_has_none():
    verdicts = ("independent", "shared", "unequal", "refused", "not applicable")
    terminal = table(*(finding("clone", each, model=each) for each in verdicts))
    assert terminal.colours == [
        ("1", {"green": True}),
        ("1", {"red": True}),
        ("1", {"yellow": True}),
    ]
    assert table(finding("clone", "refused")).colours == []
    assert table(finding("clone", "shared")).colours == [("1", {"red": True})]
