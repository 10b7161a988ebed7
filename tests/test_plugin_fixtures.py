"""The fixtures and the marker, in tests as users write them."""

from __future__ import annotations

import pytest


@pytest.fixture
def run(pytester, everything_imported):
    def run(code: str, *arguments: str) -> pytest.RunResult:
        head = """
            import copy
            import pytest
            import tensorflow as tf
            from hypothesis import given, strategies as st

            class Pair:
                def __init__(self, scale=None):
                    self.loc = tf.Variable(1.0)
                    self.scale = tf.Variable(2.0) if scale is None else scale
            """
        import textwrap

        pytester.makepyfile(textwrap.dedent(head) + textwrap.dedent(code))
        return pytester.runpytest("-p", "no:cacheprovider", *arguments)

    return run


def test_the_assertion_passes_and_fails(run):
    result = run(
        """
        def test_independent(assert_independent_clone):
            report = assert_independent_clone(Pair(), Pair())
            assert report.independent and report.equal

        def test_shared(assert_independent_clone):
            original = Pair()
            assert_independent_clone(original, Pair(original.scale))
        """
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*SharedStateError: 1 piece of state shared: original.scale",
            "E*original.scale  is  clone.scale   variable float32*",
        ]
    )


def test_a_failure_ends_at_the_users_line(run):
    result = run(
        """
        def test_shared(assert_independent_clone):
            original = Pair()
            assert_independent_clone(original, original)
        """
    )
    text = result.stdout.str()
    assert ">       assert_independent_clone(original, original)" in text
    assert "session.py" not in text
    assert "assertion.py" not in text
    result.stdout.fnmatch_lines(
        ["E       pytest_tfpclone.SharedStateError: the clone is the original: assignment *"]
    )


def test_the_function_fails_at_the_users_line_too(run):
    result = run(
        """
        from pytest_tfpclone import assert_independent_clone as check

        def test_shared():
            original = Pair()
            check(original, Pair(original.loc))
        """
    )
    text = result.stdout.str()
    assert ">       check(original, Pair(original.loc))" in text
    assert "pytest_tfpclone/assertion.py" not in text


def test_the_marker_declares_for_the_test(run):
    result = run(
        """
        @pytest.mark.tfpclone(shared=["scale"])
        def test_shared(assert_independent_clone):
            original = Pair()
            assert_independent_clone(original, Pair(original.scale))

        @pytest.mark.tfpclone(ignore=["scale"])
        def test_ignored(assert_independent_clone):
            original = Pair()
            assert_independent_clone(original, Pair(original.scale))

        def test_not_declared(assert_independent_clone):
            original = Pair()
            assert_independent_clone(original, Pair(original.scale))
        """
    )
    result.assert_outcomes(passed=2, failed=1)


def test_a_declaration_must_match_once_in_a_test_not_in_every_call(run):
    result = run(
        """
        @pytest.mark.tfpclone(shared=["scale"])
        def test_matches_once(assert_independent_clone):
            original = Pair()
            assert_independent_clone(original, Pair(original.scale))
            assert_independent_clone(tf.Variable(1.0), tf.Variable(1.0))

        @pytest.mark.tfpclone(shared=["nothing.like.it"])
        def test_stale(assert_independent_clone):
            assert_independent_clone(Pair(), Pair())
        """
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*shared=...): 'nothing.like.it' matched nothing in this test*"])


def test_an_unknown_marker_keyword_is_an_error_that_lists_the_known_ones(run):
    result = run(
        """
        @pytest.mark.tfpclone(share=["scale"])
        def test_typo(assert_independent_clone):
            assert_independent_clone(Pair(), Pair())
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*takes shared, ignore, cloners by keyword; got share*"])


def test_fixtures_work_under_given_and_see_the_marker(run):
    result = run(
        """
        @pytest.mark.tfpclone(shared=["scale"])
        @given(value=st.floats(-1, 1))
        def test_property(assert_independent_clone, value):
            original = Pair()
            original.loc.assign(value)
            twin = Pair(original.scale)
            twin.loc.assign(value)
            assert_independent_clone(original, twin)

        @given(value=st.floats(-1, 1))
        def test_copies(independent_clone, value):
            original = Pair()
            original.loc.assign(value)
            assert float(independent_clone(original).loc) == float(original.loc)
        """
    )
    result.assert_outcomes(passed=2)


def test_the_cloner_fixture_runs_once_for_each_selected_cloner(run):
    code = """
        def test_default(cloner, assert_independent_clone):
            model = Pair()
            assert_independent_clone(model, cloner(model))

        @pytest.mark.tfpclone(cloners=("clone", "alias"))
        def test_marked(cloner):
            assert cloner.__name__ in ("clone", "alias")
        """
    result = run(code, "-v")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*::test_default?clone? PASSED*", "*::test_marked?alias? PASSED*"])


def test_a_parameter_or_fixture_of_the_users_named_cloner_is_theirs(run):
    result = run(
        """
        @pytest.mark.parametrize("cloner", [1, 2])
        def test_parameter(cloner):
            assert cloner in (1, 2)

        class TestTheirs:
            @pytest.fixture
            def cloner(self):
                return "theirs"

            def test_fixture(self, cloner):
                assert cloner == "theirs"
        """
    )
    result.assert_outcomes(passed=3)


def test_a_cloner_that_does_not_apply_skips(run):
    result = run(
        """
        @pytest.mark.tfpclone(cloners="keras_file")
        def test_file(cloner):
            cloner(Pair())
        """
    )
    result.assert_outcomes(skipped=1)


def test_independent_clone_refuses_what_is_no_model(run):
    result = run(
        """
        def test_class(independent_clone):
            independent_clone(Pair)
        """
    )
    result.stdout.fnmatch_lines(["*TypeError: model must be a model, not a class; got the class*"])


def test_works_in_worker_processes(pytester):
    pytester.makepyfile(
        """
        def test_alias(assert_independent_clone):
            import tensorflow as tf
            value = tf.Variable(1.0)
            assert_independent_clone(value, value)
        """
    )
    result = pytester.runpytest_subprocess("-n2", "-p", "no:cacheprovider")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*SharedStateError: the clone is the original: *"])


def test_markers_of_a_class_and_of_a_test_add_up(run):
    result = run(
        """
        @pytest.mark.tfpclone(shared="loc")
        class TestBoth:
            @pytest.mark.tfpclone(shared=["scale"])
            def test_both(self, assert_independent_clone):
                original, other = Pair(), Pair()
                other.loc, other.scale = original.loc, original.scale
                assert_independent_clone(original, other)
        """
    )
    result.assert_outcomes(passed=1)


def test_a_marker_that_no_check_used_is_stale(run):
    result = run(
        """
        @pytest.mark.tfpclone(shared=["loc"])
        def test_no_check(assert_independent_clone):
            pass
        """
    )
    result.assert_outcomes(failed=1)


def test_an_unknown_cloner_of_a_marker_is_a_collection_error(run):
    result = run(
        """
        @pytest.mark.tfpclone(cloners=["deep"])
        def test_unknown(cloner):
            pass
        """
    )
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*no cloner is named 'deep'; there are clone, *"])


def test_an_unknown_option_is_named_by_the_public_name(run):
    result = run(
        """
        def test_typo(assert_independent_clone):
            assert_independent_clone(Pair(), Pair(), input=())
        """
    )
    result.stdout.fnmatch_lines(["E*assert_independent_clone() got an unexpected keyword*'input'*"])


def test_a_refusal_shows_no_frame_of_ours(run):
    result = run(
        """
        def test_refused(independent_clone, tmp_path):
            model = Pair()
            model.log = open(tmp_path / "log", "w")
            independent_clone(model)
        """
    )
    text = result.stdout.str()
    assert "CloneRefused" in text
    assert "engine.py" not in text
    assert "structural.py" not in text
