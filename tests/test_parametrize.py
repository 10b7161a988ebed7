"""``parametrize_clones``: a test for each pair, ids, expected failures, results."""

from __future__ import annotations

import textwrap

import pytest

from pytest_tfpclone import parametrize_clones

MODELS = """
    import copy
    import pytest
    import tensorflow as tf
    from pytest_tfpclone import parametrize_clones

    made = []

    class Model:
        def __init__(self):
            self.rate = tf.Variable(1.0)

    def model():
        made.append(Model())
        return made[-1]

    def other():
        return [tf.Variable(0.0)]

    def broken():
        raise LookupError("no data")

    def shallow(model):
        return copy.copy(model)

    def refuses(model):
        raise RuntimeError("no way")

    def forgets(model, *, factory):
        made = factory()
        made.rate.assign(7.0)
        return made
"""


@pytest.fixture
def run(pytester, everything_imported):
    def run(code, *arguments):
        parts = [MODELS, code, "" if "def test" in code else BODY]
        pytester.makepyfile(test_it="".join(map(textwrap.dedent, parts)))
        return pytester.runpytest("-p", "no:cacheprovider", *arguments)

    return run


BODY = """
    def test_clones(model, cloner, assert_independent_clone):
        assert_independent_clone(model, cloner(model))
"""


def ids(result):
    return [line.split()[0].partition("[")[2][:-1] for line in result.outlines if "::" in line]


def test_there_is_one_test_for_each_pair_with_ids_to_select_by(run):
    code = '@parametrize_clones([model, other], ["clone", "deepcopy", shallow])'
    result = run(code, "-v", "-rN")
    pairs = [
        f"{model}-{each}"
        for model in ("model", "other")
        for each in ("clone", "deepcopy", "shallow")
    ]
    assert ids(result) == pairs
    result.assert_outcomes(passed=4, failed=2)
    assert ids(run(code, "-v", "-k", "other-deepcopy")) == ["other-deepcopy"]


def test_each_test_has_a_fresh_model_and_nothing_is_made_while_tests_are_collected(run):
    code = """
    @parametrize_clones([model], ["clone", "deepcopy"])
    def test_fresh(model, cloner):
        assert made[-1] is model
        assert len(made) == len({id(each) for each in made})
        assert cloner(model) is not model
    """
    run(code).assert_outcomes(passed=2)
    run(code + "\n    assert not made\n").assert_outcomes(passed=2)


def test_names_can_be_given_and_targets_are_loaded_when_they_run(run, pytester):
    pytester.makepyfile(
        parts="""
        from test_it import model, shallow
    """
    )
    code = """
    @parametrize_clones({"first": "parts:model", "second": other}, {"mine": "parts.py:shallow"})
    """
    result = run(code, "-v", "-rN")
    assert ids(result) == ["first-mine", "second-mine"]
    result.assert_outcomes(failed=2)
    code = '@parametrize_clones(["parts:model"], ["parts:shallow"])'
    assert ids(run(code, "-v", "-rN")) == ["model-shallow"]


def test_it_works_in_classes_with_fixtures_and_with_given(run):
    code = """
    from hypothesis import given, settings, strategies as st

    @pytest.fixture
    def amount():
        return 2.0

    class TestAll:
        @parametrize_clones([model])
        def test_method(self, model, amount, cloner):
            copy = cloner(model)
            copy.rate.assign(amount)
            assert float(model.rate) == 1.0

    @parametrize_clones([model], ["clone", "deepcopy"])
    @settings(max_examples=3, deadline=None, database=None)
    @given(rate=st.floats(0, 1))
    def test_given(rate, model, cloner, assert_independent_clone):
        model.rate.assign(rate)
        assert_independent_clone(model, cloner(model))
    """
    run(code).assert_outcomes(passed=3)


def test_expected_failures_are_strict_and_show_their_reason(run):
    code = """
    @parametrize_clones(
        [model, other],
        ["clone", shallow, refuses],
        expected_failures={
            ("model", "shallow"): "copies no variable",
            ("model", "refuses"): "does not do it",
            ("other", "clone"): "was so once",
        },
    )"""
    result = run(code, "-rxX", "-v", "--color=no")
    result.assert_outcomes(passed=1, failed=3, xfailed=2)
    result.stdout.fnmatch_lines(
        [
            "test_it.py::test_clones?model-shallow? XFAIL (copies no variable)*",
            "test_it.py::test_clones?model-refuses? XFAIL (does not do it)*",
            "*XPASS(strict)* was so once",
            "2 failed as expected; no longer: other x clone",
        ]
    )


def test_a_factory_that_raises_is_no_expected_failure(run):
    code = """
    @parametrize_clones([broken], expected_failures={("broken", "clone"): "closure"})"""
    result = run(code)
    result.assert_outcomes(failed=1)
    assert "the factory broken raised LookupError: no data" in result.stdout.str()


def test_a_cloner_that_does_not_apply_skips_and_one_that_asks_gets_the_factory(run):
    code = '@parametrize_clones([model], ["clone_model", forgets])'
    result = run(code, "-rs")
    result.assert_outcomes(failed=1, skipped=1)
    assert "original.rate   value: 1.0 became 7.0" in result.stdout.str()
    assert "clone_model: needs a" in result.stdout.str()


def test_the_table_ends_the_run_and_counts_each_kind_of_end(run):
    code = """
    @parametrize_clones([model], ["clone", shallow, refuses, forgets, "clone_model"])"""
    lines = run(code).outlines
    rows = {line.split()[0]: line.split()[1:] for line in lines if line.endswith((" .", " 1"))}
    assert rows == {
        "clone": ["1", ".", ".", ".", "."],
        "shallow": [".", "1", ".", ".", "."],
        "forgets": [".", ".", "1", ".", "."],
        "refuses": [".", ".", ".", "1", "."],
        "clone_model": [".", ".", ".", ".", "1"],
    }
    assert "5 pairs, 5 models cloned and checked" in lines


def test_a_test_that_fails_for_another_reason_is_in_no_table(run):
    code = """
    @parametrize_clones([model])
    def test_other(model, cloner):
        cloner(model)
        assert 1 == 2
    """
    result = run(code)
    result.assert_outcomes(failed=1)
    assert "clone independence" not in result.stdout.str()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("@parametrize_clones([broken])", "the factory broken raised LookupError: no data"),
        ("@parametrize_clones(['test_it:nix'])", "models: 'test_it' has no attribute 'nix'"),
        ("@parametrize_clones([model], ['nix'])", "cloners: no cloner is named 'nix'. There are"),
        ("@parametrize_clones([model], ['nix:a'])", "cloners: 'nix' does not import: "),
    ],
)
def test_what_can_not_be_made_or_found_fails_without_a_frame(run, code, said):
    text = run(code, "--tb=long").stdout.str()
    assert said in text
    assert "pytest_tfpclone/" not in text
    assert "Traceback" not in text


def test_failures_show_the_cloners_name_and_no_frame_of_ours(run):
    text = run("@parametrize_clones([model], [shallow, refuses])", "-vv").stdout.str()
    assert "cloner = <cloner shallow>" in text
    assert "parametrize.py" not in text


def a_model():
    return [1]


def a_cloner(model):
    return model


@pytest.mark.parametrize(
    ("models", "cloners", "expected", "error", "said"),
    [
        ([], ["clone"], None, ValueError, "models is empty: no test would run"),
        ([a_model], [], None, ValueError, "cloners is empty: no test would run"),
        (a_model, ["clone"], None, TypeError, "models: expected functions, TARGETs"),
        ("m:a", ["clone"], None, TypeError, "models: expected functions, TARGETs"),
        ([a_model], "clone", None, TypeError, "cloners: expected functions, TARGETs"),
        ([3], ["clone"], None, TypeError, "models: expected a factory of models; got int"),
        ([a_model], [3], None, TypeError, "cloners: expected a function clone(model); got int"),
        ([a_model, a_model], ["clone"], None, ValueError, "models: 'a_model' is there twice"),
        ([a_model], [a_cloner, "m:a_cloner"], None, ValueError, "cloners: 'a_cloner' is there twice"),
        ([a_model], ["clone"], {"a_model": "why"}, TypeError, "expected_failures: expected (model, "),
        ([a_model], ["clone"], {("b", "clone"): "why"}, ValueError,
         "expected_failures: no model is named 'b'. There are a_model"),
        ([a_model], ["clone"], {("a_model", "copy"): "why"}, ValueError,
         "expected_failures: no cloner is named 'copy'. There are clone"),
        ([a_model], ["clone"], {("a_model", "clone"): " "}, ValueError,
         "expected_failures: ('a_model', 'clone') has no reason; say why it fails"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_told_at_once(models, cloners, expected, error, said):
    with pytest.raises(error) as caught:
        parametrize_clones(models, cloners, expected_failures=expected)
    assert str(caught.value).startswith(said)


def test_a_model_in_place_of_its_factory_is_told():
    class Model:
        trainable_variables = ()

        def __call__(self, x):
            return x

    with pytest.raises(TypeError, match="expected a factory of models; got Model"):
        parametrize_clones([Model()])
    parametrize_clones([Model])
