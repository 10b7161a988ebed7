"""The tool's own logic: what is no mutant, and which tests judge a module."""

from __future__ import annotations

import textwrap

import pytest
from choose import imports, lines_of, own_tests, pure
from mutants import meaning, mutants_of
from outcomes import table


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


def test_a_modules_tests_by_name_or_by_import():
    sources = {
        "tests/state/test_state_mutable.py": "from pytest_tfpclone.state.mutable import x",
        "tests/state/test_state_mutate.py": "from pytest_tfpclone.state.mutation import x",
        "tests/state/test_state_cells_arrays.py": "from pytest_tfpclone.state.cells import numbers",
        "tests/state/test_state_cells_arrays_more.py": "",
        "tests/report/test_report_text.py": "",
    }
    for module, own in (
        ("state/mutable.py", ["tests/state/test_state_mutable.py"]),
        ("state/mutation.py", ["tests/state/test_state_mutate.py"]),
        ("state/cells/numbers.py", ["tests/state/test_state_cells_arrays.py"]),
        ("report/errors.py", ["tests/report/test_report_text.py"]),
        ("state/walk.py", []),
    ):
        assert own_tests(f"pytest_tfpclone/{module}", sources) == own
    assert len(own_tests("pytest_tfpclone/state/cells/arrays.py", sources)) == 2


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


def test_imports_at_import_and_anywhere():
    source = "import a.b\ndef f():\n    from c import d"
    assert imports(source) == {"a.b"}
    assert imports(source, anywhere=True) == {"a.b", "c", "c.d"}


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
