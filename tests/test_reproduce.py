"""A failing example is written as code that runs by itself, and as an @example to keep."""

from __future__ import annotations

import ast
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import Phase, example, given, note, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from pytest_tfpclone.architectures import Bernoulli, Dense, Normal, Sequential, Spec
from pytest_tfpclone.layout import WIDTH, lay_out
from pytest_tfpclone.reproduce import _given, reproduction

SMALL = Sequential(layers=(Dense(units=1),), head=Normal())
LARGE = Sequential(
    layers=(Dense(units=3, activation="tanh"), Dense(units=2, activation="softplus")),
    head=Bernoulli(captures="closure"),
    compiled="adam",
    trained=2,
    seed=7,
)
QUICK = settings(
    database=None, max_examples=10, phases=[Phase.explicit, Phase.generate, Phase.shrink],
    deadline=None,
)  # fmt: skip


def shown(test, *arguments) -> str:
    """Return what is written of a test's failure."""
    try:
        test(*arguments)
    except Exception as error:
        return reproduction(test, error)
    raise ValueError("it passes")


SNIPPET = """\
from pytest_tfpclone.architectures import Dense, Normal, Sequential

model = Sequential(layers=(Dense(units=1),), head=Normal()).build()
"""
KEEPS = "\n# Above the test, this keeps the example:\n"


def test_the_model_by_itself_and_the_example():
    @QUICK
    @given(architecture=st.just(SMALL))
    def fails(architecture):
        raise AssertionError

    line = "@example(architecture=Sequential(layers=(Dense(units=1),), head=Normal()))\n"
    assert shown(fails) == SNIPPET + KEEPS + line


def test_an_example_has_all_arguments_that_hypothesis_gives():
    @QUICK
    @given(
        architecture=st.just(SMALL),
        count=st.integers(),
        name=st.just("it's"),
        flags=st.just({"a": (True, None)}),
        number=st.just(-1.5),
    )
    def fails(architecture, count, name, flags, number):
        raise AssertionError

    assert shown(fails) == (
        f"{SNIPPET}{KEEPS}"
        "@example(\n"
        "    architecture=Sequential(layers=(Dense(units=1),), head=Normal()),\n"
        "    count=0,\n"
        '    name="it\'s",\n'
        '    flags={"a": (True, None)},\n'
        "    number=-1.5,\n"
        ")\n"
    )


def test_arguments_given_by_position_and_those_of_pytest():
    @QUICK
    @given(st.just(SMALL), st.just(2))
    def fails(tmp_path, architecture, count):
        raise AssertionError

    assert _given(fails) == {"architecture", "count"}
    text = shown(fails, Path())
    assert "tmp_path" not in text
    assert text.count("count=2,") == 1


def test_a_method():
    class Tests:
        @QUICK
        @given(architecture=st.just(SMALL))
        def fails(self, architecture):
            raise AssertionError

    text = shown(Tests().fails)
    assert text.startswith(SNIPPET + KEEPS)
    assert "self" not in text


def test_a_line_that_is_too_long_has_one_field_a_line():
    @QUICK
    @given(architecture=st.just(LARGE))
    def fails(architecture):
        raise AssertionError

    assert shown(fails) == textwrap.dedent("""\
        from pytest_tfpclone.architectures import Bernoulli, Dense, Sequential

        model = Sequential(
            layers=(
                Dense(units=3, activation="tanh"),
                Dense(units=2, activation="softplus"),
            ),
            head=Bernoulli(captures="closure"),
            compiled="adam",
            trained=2,
            seed=7,
        ).build()

        # Above the test, this keeps the example:
        @example(
            architecture=Sequential(
                layers=(
                    Dense(units=3, activation="tanh"),
                    Dense(units=2, activation="softplus"),
                ),
                head=Bernoulli(captures="closure"),
                compiled="adam",
                trained=2,
                seed=7,
            ),
        )
        """)


@pytest.mark.parametrize("spec", [SMALL, LARGE])
def test_it_is_formatted_as_ruff_does(spec):
    @QUICK
    @given(architecture=st.just(spec))
    def fails(architecture):
        raise AssertionError

    # Between statements it wants more lines than are worth their room in a report.
    code = shown(fails).replace("\n\n#", "\n\n\n#") + "def test():\n    pass\n"
    command = [sys.executable, "-m", "ruff", "format", f"--line-length={WIDTH}", "--isolated", "-"]
    done = subprocess.run(command, input=code, capture_output=True, text=True, check=True)
    assert done.stdout == code


def test_what_is_drawn_from_data_is_built_but_not_kept():
    @QUICK
    @given(architecture=st.just(SMALL), data=st.data())
    def fails(architecture, data):
        data.draw(st.just(LARGE), label="a (large) one")
        data.draw(st.integers(), label="number")
        raise AssertionError

    text = shown(fails)
    assert "import Bernoulli, Dense, Normal, Sequential\n" in text
    assert "\nmodel = Sequential(layers=(Dense(units=1),), head=Normal()).build()\n" in text
    assert "\nmodel_2 = Sequential(\n" in text
    assert text.endswith("\n# No @example can keep what a test draws from data.\n")
    assert "@example(" not in text


def test_what_is_only_drawn_from_data():
    @QUICK
    @given(data=st.data())
    def fails(data):
        data.draw(st.just(SMALL))
        raise AssertionError

    assert shown(fails) == SNIPPET


def test_a_value_that_is_not_printed_as_code():
    @QUICK
    @given(architecture=st.just(SMALL), thing=st.builds(object), other=st.just(int))
    def fails(architecture, thing, other):
        raise AssertionError

    assert shown(fails) == (
        f"{SNIPPET}\n# No @example: the value of thing, other isn't printed as code.\n"
    )


def test_an_example_that_is_kept_already():
    @QUICK
    @example(architecture=SMALL)
    @given(architecture=st.just(LARGE))
    def fails(architecture):
        raise AssertionError

    assert shown(fails) == SNIPPET


def test_specs_in_containers():
    @QUICK
    @given(pair=st.just([SMALL, (LARGE, SMALL)]), named=st.just({"a": SMALL}))
    def fails(pair, named):
        raise AssertionError

    text = shown(fails)
    assert text.count(".build()") == 2
    assert '    named={"a": Sequential(layers=(Dense(units=1),), head=Normal())},\n' in text


def test_parts_of_models_are_kept_but_not_built():
    @QUICK
    @given(head=st.just(Normal()))
    def fails(head):
        raise AssertionError

    assert shown(fails) == (
        "from pytest_tfpclone.architectures import Normal\n"
        "\n# Above the test, this keeps the example:\n@example(head=Normal())\n"
    )


def test_several_failures():
    @QUICK
    @given(architecture=st.sampled_from([SMALL, LARGE]))
    def fails(architecture):
        if architecture == SMALL:
            raise KeyError
        raise LookupError

    text = shown(fails)
    assert "# Failure 1 of 2, " in text
    assert "\n\n# Failure 2 of 2, " in text
    assert {"KeyError\n", "LookupError\n"} == {
        line.rpartition(", ")[2] for line in text.splitlines(keepends=True) if "Failure" in line
    }
    assert text.count("@example(") == 2


def test_a_flaky_test():
    seen = []

    @QUICK
    @given(architecture=st.just(SMALL))
    def fails(architecture):
        seen.append(architecture)
        assert len(seen) > 1

    with pytest.raises(Flaky) as caught:
        fails()
    assert SNIPPET in reproduction(fails, caught.value)


@pytest.mark.parametrize("phases", [list(Phase), [Phase.generate]])
def test_the_comments_of_the_explain_phase(phases):
    @settings(QUICK, phases=phases)
    @given(architecture=st.just(SMALL), count=st.integers())
    def fails(architecture, count):
        note("a note")
        raise AssertionError

    text = shown(fails)
    assert text.startswith(SNIPPET + KEEPS)
    assert "    count=" in text


def test_a_failure_without_specs():
    @QUICK
    @given(count=st.integers(), data=st.data())
    def fails(count, data):
        data.draw(st.integers())
        raise AssertionError

    assert shown(fails) == ""


@pytest.mark.parametrize(
    "notes",
    [
        [],
        ["Falsifying example: "],
        ["Falsifying example: fails(\n)"],
        ["Falsifying example: fails(\n    architecture=Sequential(,\n)"],
        ["Falsifying example: fails(\n    architecture=Sequential(layers=()),\n)"],
        ["Falsifying example: fails(\n    architecture=Unheard(units=1),\n)"],
        ["Falsifying example: fails(\n    architecture=__import__('os').getcwd(),\n)"],
        ["Falsifying example: fails(\n    architecture=(Normal() for each in ()),\n)"],
        ["Draw 1: Normal("],
        ["Falsifying example:\nstate = Machine()\nstate.teardown()"],
    ],
)
def test_notes_that_say_nothing(notes):
    @given(architecture=st.just(SMALL))
    def fails(architecture):
        pass

    error = AssertionError()
    for each in notes:
        error.add_note(each)
    assert reproduction(fails, error) == ""


@pytest.mark.parametrize("words", ["Falsifying example", "Failing test case"])
def test_the_words_of_older_and_newer_releases_of_hypothesis(words):
    @given(architecture=st.just(SMALL))
    def fails(architecture):
        pass

    error = AssertionError()
    error.add_note(f"{words}: fails(\n    architecture={SMALL!r},  # or any other\n)")
    assert reproduction(fails, error).startswith(SNIPPET + KEEPS)


def test_a_kind_of_ones_own_is_imported_from_where_it_is(pytester, monkeypatch):
    pytester.makepyfile(
        own_layers="""
        from dataclasses import dataclass

        from pytest_tfpclone.architectures import Spec, layer

        @layer
        @dataclass(frozen=True, slots=True, repr=False)
        class Doubled(Spec):
            times: int = 2
        """
    )
    from pytest_tfpclone.architectures import registry

    registered = {role: list(kinds) for role, kinds in registry._registered.items()}
    monkeypatch.setattr(registry, "_registered", registered)
    monkeypatch.syspath_prepend(pytester.path)
    from own_layers import Doubled

    @QUICK
    @given(layer=st.just(Doubled(times=3)), head=st.just(Normal()))
    def fails(layer, head):
        raise AssertionError

    assert shown(fails).startswith(
        "from own_layers import Doubled\nfrom pytest_tfpclone.architectures import Normal\n"
    )


CODES = [
    "f()",
    "f(1, *x)",
    "(1,)",
    "[]",
    "{'a': 1, **b}",
    "'it\\'s'",
    "['\"', \"'\", 'a\\nb']",
    "[\"a'b'c\"]",
    f"g({'x' * 90})",
    f"g([{'1, ' * 40}], a=({'2, ' * 40}), b={{'c': h({'3, ' * 30})}})",
    f"{'a' * 50} + {'b' * 50}",
]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("before", [0, 79])
def test_laying_out_changes_no_meaning(code, before):
    laid_out = lay_out(code, before=before, after=3)
    assert ast.dump(ast.parse(laid_out)) == ast.dump(ast.parse(code))


@pytest.mark.parametrize("width", [WIDTH, WIDTH + 1])
def test_the_last_column_is_used(width):
    code = f"f({'a' * (width - 2 - 3 - 8)})"
    laid_out = lay_out(code, before=8 - 1, after=3)
    assert (laid_out == code) == (width == WIDTH)


# What follows is what a run of pytest shows.

FILE = """
    from hypothesis import example, given, settings, strategies as st
    from pytest_tfpclone.architectures import Dense, Normal, Sequential

    LARGE = Sequential(
        layers=(Dense(units=2, activation="tanh"), Dense(units=2)), head=Normal(), seed=3
    )

    @settings(database=None, max_examples=10)
    @given(architecture=st.just(LARGE), count=st.integers(min_value=5))
    def test_fails(architecture, count):
        assert count < 5
"""


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--tb=short",),
        ("-q",),
        pytest.param(
            ("--tb=line",),
            marks=pytest.mark.skipif(
                pytest.version_tuple < (9, 0),
                reason="2026-11-28: pytest 8.4 shows no sections with --tb=line",
            ),
        ),
        ("--tb=native", "-vv"),
        ("-n2",),
        ("--show-capture=all",),
    ],
    ids=" ".join,
)
def test_a_run_of_pytest_shows_it(pytester, options):
    pytester.makepyfile(FILE)
    done = pytester.runpytest("-p", "no:cacheprovider", *options)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        [
            "*- tfpclone -*",
            "from pytest_tfpclone.architectures import Dense, Normal, Sequential",
            "model = Sequential(",
            ").build()",
            "# Above the test, this keeps the example:",
            "@example(",
            "    count=5,",
        ]
    )


def test_the_line_pasted_above_the_test_reproduces_the_failure(pytester):
    path = pytester.makepyfile(FILE)
    text = pytester.runpytest("-p", "no:cacheprovider").stdout.str()
    start = text.index("@example(")
    line = text[start : text.index("\n)\n", start) + 3]
    only_explicit = "@settings(database=None, max_examples=1, phases=[Phase.explicit])"
    code = path.read_text().replace("@settings(database=None, max_examples=10)", only_explicit)
    code = code.replace("import example, given", "import Phase, example, given")
    path.write_text(code.replace("@given(", f"{line}@given("))
    done = pytester.runpytest("-p", "no:cacheprovider")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*assert 5 < 5", "*explicit example: test_fails(*"])
    assert "@example can" not in done.stdout.str()
    assert "# Above the test" not in done.stdout.str()

    path.write_text(code)
    pytester.runpytest("-p", "no:cacheprovider").assert_outcomes(skipped=1)


def test_the_code_runs_by_itself(pytester):
    pytester.makepyfile(FILE)
    text = pytester.runpytest("-p", "no:cacheprovider").stdout.str()
    start = text.index("from pytest_tfpclone.architectures import", text.index("- tfpclone -"))
    code = text[start : text.index("# Above the test")]
    code += "\nprint(type(model).__name__, len(model.layers), model.layers[0].kernel.shape)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=pytester.path
    )
    assert done.stdout == "Sequential 3 (1, 2)\n"


def test_other_failures_and_passes_show_nothing(pytester):
    pytester.makepyfile(
        """
        import pytest
        from hypothesis import given, settings, strategies as st
        from pytest_tfpclone.architectures import Normal

        @settings(database=None)
        @given(count=st.integers())
        def test_without_specs(count):
            assert count < 5

        @settings(database=None)
        @given(head=st.just(Normal()))
        def test_passes(head):
            pass

        @pytest.mark.xfail
        @settings(database=None)
        @given(head=st.just(Normal()))
        def test_is_expected_to_fail(head):
            raise AssertionError

        def test_plain():
            raise AssertionError(Normal())

        @pytest.fixture
        def broken():
            raise AssertionError

        @settings(database=None)
        @given(head=st.just(Normal()))
        def test_is_never_run(broken, head):
            raise AssertionError
        """
    )
    done = pytester.runpytest("-p", "no:cacheprovider", "-rA")
    done.assert_outcomes(failed=2, passed=1, xfailed=1, errors=1)
    done.stdout.no_fnmatch_line("*- tfpclone -*")


def test_a_unittest(pytester):
    pytester.makepyfile(
        """
        import unittest
        from hypothesis import given, settings, strategies as st
        from pytest_tfpclone.architectures import Normal

        class Test(unittest.TestCase):
            @settings(database=None)
            @given(head=st.just(Normal()))
            def test_fails(self, head):
                self.fail()
        """
    )
    done = pytester.runpytest("-p", "no:cacheprovider")
    done.stdout.fnmatch_lines(["*- tfpclone -*", "@example(head=Normal())"])


def test_where_no_spec_is_known_nothing_is_imported(monkeypatch):
    monkeypatch.delitem(sys.modules, "pytest_tfpclone.architectures")
    error = AssertionError()
    error.add_note("Falsifying example: fails(\n    head=Normal(),\n)")
    assert reproduction(lambda: None, error) == ""
    assert "pytest_tfpclone.architectures" not in sys.modules


def test_specs_are_specs():
    assert isinstance(SMALL, Spec)
