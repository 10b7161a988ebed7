"""The project's policy in its ini file: what is read, what is refused, what goes stale."""

from __future__ import annotations

import pytest

from pytest_tfpclone import policy

MODELS = """
    import copy
    import tensorflow as tf
    from pytest_tfpclone import clone

    class Model:
        def __init__(self):
            self.loc = tf.Variable(1.0)
            self.scale = tf.Variable(2.0)

    def is_scale(value):
        return isinstance(value, tf.Variable) and value.shape == () and float(value) == 2.0

    def model():
        return Model()

    def other():
        return [tf.Variable(0.0)]

    def shallow(model):
        return copy.copy(model)

    def keeps_scale(model):
        made = clone(model)
        made.scale = model.scale
        return made
"""


@pytest.fixture
def run(pytester, everything_imported):
    pytester.makepyfile(models=MODELS)

    def run(*arguments, **ini):
        lines = [f"tfpclone_{key} =\n    " + "\n    ".join(ini[key]) for key in ini]
        pytester.makeini("\n".join(["[pytest]", *lines]))
        return pytester.runpytest("-p", "no:cacheprovider", *arguments)

    return run


def test_a_key_that_looks_like_ours_and_is_none_is_an_error_that_lists_the_valid_ones():
    policy.require_known_keys(["addopts", *policy.INI, "tfp_clone"])
    with pytest.raises(pytest.UsageError) as caught:
        policy.require_known_keys(["addopts", "tfpclone_model"])
    assert str(caught.value) == (
        "tfpclone_model is no ini key of pytest-tfpclone; did you mean tfpclone_models? There "
        f"are {', '.join(policy.INI)}"
    )
    with pytest.raises(pytest.UsageError, match=r"^tfpclone_verbose is no ini .*clone\. There are"):
        policy.require_known_keys(["tfpclone_verbose"])


def test_an_unknown_key_stops_any_run(run):
    result = run(modelz=["models:model"])
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: tfpclone_modelz is no ini key of pytest-tfpclone*"])


def test_models_and_cloners_of_the_policy_are_checked_unless_flags_name_others(run):
    ini = {"models": ["models:model", "models.py:other"], "cloners": ["clone", "models:shallow"]}
    result = run("--tfpclone", "-v", **ini)
    lines = [line.split() for line in result.outlines if line.startswith("tfpclone::")]
    ids = [words[0] for words in lines]
    pairs = ("model-clone", "other-clone", "model-shallow", "other-shallow")
    assert ids == [f"tfpclone::model[{each}]" for each in pairs]
    result.assert_outcomes(passed=2, failed=2)
    result = run("--tfpclone-model", "models:other", "-v", **ini)
    result.assert_outcomes(passed=1, failed=1)
    result = run("--tfpclone-cloner", "clone", "-v", **ini)
    result.assert_outcomes(passed=2)


def test_the_policys_cloners_run_the_fixtures_tests(run, pytester):
    pytester.makepyfile("""
        from models import model

        def test_it(cloner):
            assert cloner.__name__ in ("clone", "deepcopy")
    """)
    run(cloners=["clone", "deepcopy"]).assert_outcomes(passed=2)


def test_what_the_policy_declares_holds_in_every_check(run, pytester):
    pytester.makepyfile("""
        from models import keeps_scale, model, shallow

        def test_shared(assert_independent_clone):
            original = model()
            assert_independent_clone(original, keeps_scale(original))
    """)
    target = ("--tfpclone-model", "models:model", "--tfpclone-cloner", "models:keeps_scale")
    for where in (["scale"], ["models:is_scale"], ["models.py:is_scale"], ["loc", "*"]):
        run(shared=where).assert_outcomes(passed=1)
        run(ignore=where).assert_outcomes(passed=1)
        run(*target, shared=where).assert_outcomes(passed=1)
    run(shared=["models:Model"]).assert_outcomes(passed=1)
    assert run(shared=["loc"]).ret == 1


def test_a_declaration_that_no_check_of_a_complete_session_matched_fails_it(run, pytester):
    pytester.makepyfile("""
        from models import keeps_scale, model

        def test_shared(assert_independent_clone):
            original = model()
            assert_independent_clone(original, keeps_scale(original))

        def test_nothing():
            pass
    """)
    result = run(shared=["scale", "layers[3].kernel"], ignore=["nothing"])
    result.assert_outcomes(passed=2)
    assert result.ret == 1
    text = "matched nothing in any check of this session; remove it. state_of(model) lists"
    shown = " ".join(result.stdout.str().split())
    assert f"ERROR: tfpclone_shared: 'layers[3].kernel' {text} the paths there are" in shown
    assert f"ERROR: tfpclone_ignore: 'nothing' {text} the paths there are" in shown
    assert "tfpclone_shared: 'scale'" not in result.stdout.str()
    stale = {"shared": ["scale", "nothing"]}
    assert run(".", **stale).ret == 1
    name = next(pytester.path.glob("test_a_decl*.py")).name
    for part in (["-k", "shared"], [f"{name}::test_shared"], ["--collect-only"]):
        assert run(*part, **stale).ret == 0, part


@pytest.mark.parametrize("workers", ["0", "2"])
def test_worker_processes_send_home_what_they_matched(pytester, everything_imported, workers):
    pytester.makepyfile(models=MODELS)
    pytester.makepyfile(
        test_workers="""
        from models import keeps_scale, model, Model
        import tensorflow as tf
        from pytest_tfpclone import clone

        def test_scale(assert_independent_clone):
            original = model()
            assert_independent_clone(original, keeps_scale(original))

        def test_loc(assert_independent_clone):
            original = model()
            copy = clone(original)
            copy.loc = original.loc
            assert_independent_clone(original, copy)
    """
    )
    pytester.makeini("[pytest]\ntfpclone_shared =\n    scale\n    loc\n    weight\n")
    start = pytester.runpytest_inprocess if workers == "0" else pytester.runpytest_subprocess
    result = start("-p", "no:cacheprovider", "-n", workers)
    result.assert_outcomes(passed=2)
    assert result.ret == 1
    found = [line for line in result.outlines if "matched nothing" in line]
    assert [line.split()[2] for line in found] == ["'weight'"]


@pytest.mark.parametrize(
    ("line", "pair", "reason"),
    [
        ("vae x deepcopy: closure", ("vae", "deepcopy"), "closure"),
        ("  a b x my_copy :  x: y ", None, None),
        ("a b x my_copy:  x: y ", ("a b", "my_copy"), "x: y"),
        ("m:vae x n:copy: why", ("m:vae", "n:copy"), "why"),
        ("six x max x x: why", ("six x max", "x"), "why"),
    ],
)
def test_expected_failures_are_read_as_reports_write_pairs(line, pair, reason):
    if pair is None:
        pair, reason = ("a b", "my_copy"), "x: y"
        line = line.replace(" :", ":")
    assert policy.read_expected([line]) == {pair: reason}


@pytest.mark.parametrize("line", ["vae-deepcopy: closure", "vae x deepcopy", "vae x deepcopy: "])
def test_an_expected_failure_of_another_form_is_an_error(line):
    with pytest.raises(pytest.UsageError) as caught:
        policy.read_expected([line])
    assert str(caught.value) == (
        f"tfpclone_expected_failures: {line.strip()!r} is not of the form 'MODEL x CLONER: reason'"
    )


def test_expected_failures_are_strict(run):
    ini = {
        "models": ["models:model", "models:other"],
        "cloners": ["models:shallow"],
        "expected_failures": ["model x shallow: copies nothing below", "other x shallow: neither"],
    }
    result = run("--tfpclone", **ini)
    result.assert_outcomes(xfailed=2)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["2 failed as expected"])
    ini |= {"cloners": ["clone"], "expected_failures": ["model x clone: long ago"]}
    result = run("--tfpclone", **ini)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*XPASS(strict)* long ago", "0 failed as expected; no longer: *"])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("modle x clone: why", "no model is named 'modle'. There are model"),
        ("model x shalow: why", "no cloner is named 'shalow'. There are shallow, clone, "),
    ],
)
def test_an_expected_failure_of_a_pair_that_there_is_not_is_an_error(run, line, said):
    result = run(
        "--tfpclone", models=["models:model"], cloners=["models:shallow"], expected_failures=[line]
    )
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: tfpclone_expected_failures: {said}*"])


def test_a_factory_that_raises_is_no_expected_failure(run, pytester):
    pytester.makepyfile(broken="def model():\n    raise LookupError('no data')\n")
    result = run(
        "--tfpclone", models=["broken:model"], expected_failures=["model x clone: closure"]
    )
    result.assert_outcomes(failed=1)
    assert "the factory model raised LookupError: no data" in result.stdout.str()


@pytest.mark.parametrize(
    ("key", "line", "said"),
    [
        ("models", "models:nothing", "*'models' has no attribute 'nothing'*"),
        ("cloners", "deepclone", "*no cloner is named 'deepclone'. There are *"),
        ("shared", "a..b", "*tfpclone_shared: 'a..b' is no path*"),
        ("ignore", "models:nothing", "*tfpclone_ignore: 'models' has no attribute*"),
    ],
)
def test_a_wrong_line_is_a_usage_error_that_names_its_key(run, key, line, said):
    result = run("--tfpclone", **{"models": ["models:model"], key: [line]})
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([said])
    assert f"tfpclone_{key}" in result.stderr.str() or key in ("models", "cloners")
