"""The tool's own logic: what is no mutant, and which tests judge a module."""

from __future__ import annotations

import textwrap

import pytest
from choose import is_named_after, lines_of, pure
from judge import Suite
from mutants import Mutant, meaning, mutants_of
from outcomes import Outcomes, table


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("def f(a: int | None) -> int | str: ...", "def f(a: int & None) -> int + str: ..."),
        ("x: int | None = 1", "x: int - None = 1"),
        ("X: TypeAlias = int | str", "X: TypeAlias = int & str"),
        ("T = TypeVar('T', bound=int | str)", "T = TypeVar('T', bound=int & str)"),
        ("'''Adds 1.'''", "'''Adds 2.'''"),
        ("class A:\n    '''A.'''\n    x: ClassVar[int | str]", "class A:\n    x: ClassVar[int]"),
        ("if TYPE_CHECKING:\n    x = 1", "if TYPE_CHECKING:\n    x = 2"),
        ("cast(int | str, x)", "cast(int & str, x)"),
        ("@final\ndef f(): return 1", "def f(): return 1"),
    ],
)
def test_what_only_type_checkers_and_people_read_is_no_mutant(source, changed):
    if source.startswith("class"):
        changed = changed.replace("class A:\n", "class A:\n    '''B.'''\n")
    assert meaning(source) == meaning(changed)


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("def f(a: int = 1): ...", "def f(a: int = 2): ..."),
        ("x: int = 1", "x: int = 2"),
        (
            "if TYPE_CHECKING:\n    x = 1\nelse:\n    x = 2",
            "if TYPE_CHECKING:\n    x = 1\nelse: x = 3",
        ),
        ("@cache\ndef f(): return 1", "def f(): return 1"),
        ("x = 'a'", "x = 'b'"),
    ],
)
def test_what_runs_is_one(source, changed):
    assert meaning(source) != meaning(changed)


def test_mutants_differ_from_the_module_and_from_each_other(tmp_path):
    source = "def f(a: int | None) -> bool:\n    return a == 1\n"
    (tmp_path / "m.py").write_text(source)
    found = mutants_of(str(tmp_path), "m.py")
    assert found
    assert len({meaning(each.source) for each in found} - {meaning(source)}) == len(found)
    assert {each.line for each in found} == {2}
    assert "-    return a == 1\n+    return a" in found[0].diff()


def test_a_place_that_an_operator_fails_on_is_left_out(tmp_path):
    source = "try:\n    x = 1\nexcept (a.B, OSError):\n    x = 2\n"
    (tmp_path / "m.py").write_text(source)
    assert {each.line for each in mutants_of(str(tmp_path), "m.py")} >= {2, 3, 4}


def test_a_modules_tests_by_name():
    for test, module, named in (
        ("state/test_state_mutable", "state/mutable", True),
        ("state/test_state_mutable_more", "state/mutable", True),
        ("state/test_state_mutate", "state/mutable", False),
        ("state/test_state_mutable", "state/mutation", False),
        ("state/test_state_cells_arrays", "state/cells/arrays", True),
        ("state/test_state_cells_arrays", "state/cells/base", False),
        ("test_assertion", "assertion", True),
    ):
        assert is_named_after(f"tests/{test}.py", f"pytest_tfpclone/{module}.py") is named


def _mutant(line):
    return Mutant("pytest_tfpclone/a.py", line, "", "X = 1\ndef f():\n    y = 1\n    return y", "")


def _suite():
    return Suite.read(
        {
            f"tests/test_{name}.py": {
                "failed": [],
                "seconds": {f"tests/test_{name}.py::{i}": took for i, took in enumerate(seconds)},
                "lines": {"pytest_tfpclone/a.py:3": hex(mask)},
            }
            for name, seconds, mask in (
                ("a", (0.2, 0.4), 0b10),
                ("b", (0.1, 9.0), 0b11),
                ("c", (1.0, 1.2), 0b11),
                ("d", (0.1, 1.4), 0b11),
            )
        }
    )


def test_the_judges_run_the_changed_statement_the_likeliest_first():
    suite = _suite()
    known, first, others = suite.stages(_mutant(3), suite.seconds, 2.0)
    assert known == []
    assert first == ["tests/test_b.py::0", "tests/test_a.py::1"]
    assert others == ["tests/test_d.py::0", "tests/test_c.py::0"]
    assert len(suite.stages(_mutant(3), suite.seconds, 99.0)[2]) == 4
    assert suite.stages(_mutant(4), suite.seconds, 99.0) == [[], [], []]
    assert suite.slow() == ["tests/test_b.py::1"]


def test_those_that_killed_other_mutants_come_before_all_if_they_run_the_statement():
    suite = _suite()
    killers = ["tests/test_d.py::1", "tests/test_a.py::0"]
    known, *others = suite.stages(_mutant(3), suite.seconds, 99.0, killers)
    assert known == ["tests/test_d.py::1"]
    assert sorted(map(len, others)) == [2, 3]


def test_tests_that_run_any_line_of_the_module_judge_what_runs_at_import():
    suite = _suite()
    assert sum(map(len, suite.stages(_mutant(1), suite.seconds, 99.0))) == 6


def test_only_new_tests_and_more_time_judge_a_survivor_again(tmp_path):
    out = tmp_path / "out.json"
    mutant = _mutant(3)

    def left(tests, seconds):
        return Outcomes(out, tests, seconds).files_left(mutant)

    outcomes = Outcomes(out, {"a": "1", "b": "1"}, 5.0)
    outcomes.keep(mutant, {"outcome": "survived"})
    outcomes.write()
    assert left({"a": "1", "b": "1"}, 5.0) == []
    assert left({"a": "1", "b": "2", "c": "1"}, 5.0) == ["b", "c"]
    assert left({"a": "1", "b": "1"}, 9.0) == ["a", "b"]
    outcomes.keep(mutant, {"outcome": "killed"})
    outcomes.write()
    assert left({"a": "2", "b": "1"}, 9.0) == []


def test_pure_modules_reach_no_tensorflow(tmp_path):
    state = tmp_path / "pytest_tfpclone" / "state"
    state.mkdir(parents=True)
    (state / "__init__.py").write_text("import tensorflow")
    (state / "heavy.py").write_text("import tensorflow as tf")
    (state / "through.py").write_text("from pytest_tfpclone.state import heavy")
    (state / "twice.py").write_text("from pytest_tfpclone.state.through import x")
    (state / "lazy.py").write_text("def f():\n    import tensorflow")
    (state / "light.py").write_text("from pytest_tfpclone.state import lazy")
    assert pure(tmp_path) == [f"pytest_tfpclone/state/{name}.py" for name in ("lazy", "light")]


def test_a_baseline_holds_while_the_test_and_what_it_runs_stay_the_same(tmp_path):
    out = tmp_path / "out.json"
    outcomes = Outcomes(out, {"t": "1"}, 5.0)
    found = {"t": {"failed": [], "seconds": {}, "lines": {"a.py:3": "0x1"}}}
    outcomes.keep_baselines(found, {"a.py": "1", "b.py": "1"})
    for tests, modules, known in (
        ({"t": "1"}, {"a.py": "1", "b.py": "2"}, ["t"]),
        ({"t": "1"}, {"a.py": "2", "b.py": "1"}, []),
        ({"t": "2"}, {"a.py": "1", "b.py": "1"}, []),
        ({}, {"a.py": "1"}, []),
    ):
        assert list(Outcomes(out, tests, 5.0).baselines(modules)) == known


def test_the_lines_of_a_statement_and_none_of_what_runs_at_import():
    source = textwrap.dedent("""\
        X = 1
        @cache
        def f(a=1):
            y = (
                a
            )
            if y:
                return 2
        """)
    assert [lines_of(source, line) for line in (1, 2, 3)] == [None] * 3
    assert lines_of(source, 5) == range(4, 7)
    assert lines_of(source, 7) == range(7, 9)
    assert lines_of(source, 8) == range(8, 9)


def test_the_table_counts_timeouts_as_killed():
    text, killed = table([("a", "killed"), ("a", "timeout"), ("b", "survived"), ("b", "killed")])
    assert killed == 75
    assert text.splitlines()[-1].split() == ["all", "4", "2", "1", "1", "75.0"]
