"""``pytest --tfpclone``: items, ids, the table, exit status, selection."""

from __future__ import annotations

import re
import shlex

import pytest

MODELS = """
    import tensorflow as tf
    import tensorflow_probability as tfp

    tfd = tfp.distributions

    class Pair:
        def __init__(self):
            self.loc = tf.Variable([1.0, 2.0])
            self.scale = tf.Variable(3.0)

    def pair():
        return Pair()

    def normal():
        return tfd.Normal(tf.Variable(0.5), tf.Variable(2.0))

    def broken():
        raise RuntimeError("no data here")

    def nothing():
        return None

    def needs_argument(units):
        return units

    def keras3_with_tfp_layer():
        import keras
        return keras.Sequential([tfp.layers.DistributionLambda(lambda t: tfd.Normal(t, 1.0))])

    def rebuilt(model):
        copy = Pair()
        copy.loc.assign(model.loc)
        copy.scale.assign(model.scale)
        return copy

    def keeps_scale(model):
        copy = rebuilt(model)
        copy.scale = model.scale
        return copy

    def forgets_values(model):
        copy = Pair()
        copy.loc.assign([0.0, 0.0])
        return copy

    def refuses(model):
        raise RuntimeError("will not\\nsecond line")

    def returns_nothing(model):
        pass

    def with_factory(model, *, factory):
        copy = factory()
        copy.loc.assign(model.loc)
        return copy
"""


@pytest.fixture
def run(pytester, everything_imported):
    pytester.makepyfile(models=MODELS)

    def run(*arguments: str) -> pytest.RunResult:
        return pytester.runpytest("-p", "no:cacheprovider", *arguments)

    return run


def row(result: pytest.RunResult, cloner: str) -> list[str]:
    """Return the table's counts for a cloner, in the order of its columns."""
    lines = [line for line in result.outlines if re.match(rf"{cloner}\s", line)]
    assert len(lines) == 1, result.stdout.str()
    return lines[0].replace(" (control)", "").split()[1:6]


def test_a_users_factory_is_cloned_and_the_table_ends_the_run(run):
    result = run("--tfpclone-model", "models.py:pair")
    result.assert_outcomes(passed=1)
    assert result.ret == 0
    assert row(result, "clone") == ["1", ".", ".", ".", "."]


def test_ids_stay_the_same_and_select(run):
    result = run("--tfpclone-model", "models.py:pair", "--tfpclone-model", "models.py:normal",
                 "-v", "-k", "normal")  # fmt: skip
    result.stdout.fnmatch_lines(["tfpclone::model?normal-clone? PASSED*"])
    result.assert_outcomes(passed=1, deselected=1)


def test_a_shared_pair_fails_and_reads_well(run):
    result = run("--tfpclone-model", "models.py:pair", "--tfpclone-cloner", "models.py:keeps_scale")
    assert result.ret == 1
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "1 piece of state shared: original.scale",
            "original.scale  is  clone.scale   variable float32?]",
            "  proof: same object: wrote * on one side (was 3), and the*",
            "reproduce: pytest --tfpclone *",
        ]
    )
    text = result.stdout.str()
    assert "Traceback" not in text
    assert ".py:" not in text.split("FAILURES")[1].split("reproduce")[0]
    assert row(result, "keeps_scale") == [".", "1", ".", ".", "."]


def test_an_unequal_pair_fails(run):
    result = run(
        "--tfpclone-model", "models.py:pair", "--tfpclone-cloner", "models.py:forgets_values"
    )
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*original.loc*value: ?0? 1.0 became 0.0 (2 of 2 elements)"])
    assert row(result, "forgets_values") == [".", ".", "1", ".", "."]


@pytest.mark.parametrize(
    ("cloner", "said"),
    [
        ("refuses", "RuntimeError: will not"),
        ("returns_nothing", "the cloner gave back no model: clone must be a*"),
    ],
)
def test_a_cloner_that_raises_or_gives_nothing_back_is_refused(run, cloner, said):
    result = run("--tfpclone-model", "models.py:pair", "--tfpclone-cloner", f"models.py:{cloner}")
    assert result.ret == 1
    result.stdout.fnmatch_lines([f"refused: {said}"])
    assert row(result, cloner) == [".", ".", ".", "1", "."]


def test_a_cloner_that_takes_the_factory_is_handed_it(run):
    result = run(
        "--tfpclone-model", "models.py:pair", "--tfpclone-cloner", "models.py:with_factory"
    )
    result.assert_outcomes(passed=1)


def test_alias_is_a_control_that_must_come_out_shared(run):
    result = run("--tfpclone-model", "models.py:pair", "--tfpclone-cloner", "alias")
    result.assert_outcomes(passed=1)
    assert row(result, "alias") == [".", "1", ".", ".", "."]


def test_a_control_that_finds_nothing_fails(run, monkeypatch):
    from pytest_tfpclone import pairs

    good = pairs.Verdict("independent", "all is well", "all is well")
    monkeypatch.setattr("pytest_tfpclone.collect.judge", lambda *_: good)
    result = run("--tfpclone-model", "models.py:pair", "--tfpclone-cloner", "alias")
    result.assert_outcomes(failed=1)
    assert "the control came out independent" in result.stdout.str()


def test_all_runs_every_cloner_and_counts_what_does_not_apply(run):
    from pytest_tfpclone import cloners

    result = run("--tfpclone-model", "models.py:normal", "--tfpclone-cloner", "all")
    assert [row(result, name) for name in cloners.names()]
    assert row(result, "keras_file") == [".", ".", ".", ".", "1"]
    assert row(result, "distribution_copy") == [".", "1", ".", ".", "."]
    assert row(result, "deepcopy") == [".", ".", "1", ".", "."]


@pytest.mark.parametrize(
    ("factory", "said"),
    [
        ("broken", "the factory broken raised RuntimeError: no data here"),
        ("nothing", "what the factory nothing returns must be a model; got None*"),
        ("needs_argument", "hint: a factory is called without arguments*"),
        ("keras3_with_tfp_layer", "hint: Keras 3 takes no tf_keras layer*"),
    ],
)
def test_a_factory_that_fails_is_a_failed_test_with_a_hint(run, factory, said):
    result = run("--tfpclone-model", f"models.py:{factory}")
    assert result.ret == 1
    result.stdout.fnmatch_lines([said])
    assert "Traceback" not in result.stdout.str()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--tfpclone-cloner", "deep"], "ERROR: --tfpclone-cloner: no cloner is named 'deep'*"),
        (["--tfpclone-model", "models.py:pairs"], "ERROR: --tfpclone-model: 'models.py' has no*"),
        (["--tfpclone-examples", "0"], "ERROR: --tfpclone-examples: must be at least 1; got 0"),
    ],
)
def test_a_wrong_option_ends_the_run_at_once(run, arguments, said):
    result = run(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([said])
    assert "Traceback" not in result.stderr.str()


def test_with_paths_both_run_and_without_only_the_conformance_items(run, pytester):
    pytester.makepyfile(test_mine="def test_mine(): pass")
    run("--tfpclone-model", "models.py:pair", "test_mine.py").assert_outcomes(passed=2)
    run("--tfpclone-model", "models.py:pair").assert_outcomes(passed=1)
    run("test_mine.py").assert_outcomes(passed=1)


def test_the_gallery_and_the_families_are_the_default(run):
    from pytest_tfpclone import gallery

    listed = run("--tfpclone", "--collect-only", "-q").stdout.str()
    for name in gallery.names():
        assert f"tfpclone::gallery[{name}-clone]" in listed
    assert "tfpclone::random[Sequential-clone]" in listed


def test_a_family_of_random_architectures_reports_the_smallest_bad_one(run, pytester):
    pytester.makepyfile(
        cloner="""
        import tf_keras

        def forgets_the_weights(model):
            from tf_keras.src.saving.serialization_lib import SafeModeScope
            with SafeModeScope(False):
                copy = tf_keras.models.clone_model(model)
            return copy
        """
    )
    result = run("--tfpclone-cloner", "cloner.py:forgets_the_weights", "--tfpclone-examples", "5",
                 "-k", "random[Sequential")  # fmt: skip
    assert result.ret == 1
    text = result.stdout.str()
    found = re.search(r"the smallest such model:\n\s+(Sequential\(.*\))", text)
    assert found, text
    assert found.group(1) == "Sequential(layers=(Dense(units=1),), head=Normal())"


def test_two_targets_of_one_name_are_two_models(run, pytester):
    pytester.makepyfile(others="import tensorflow as tf\ndef pair():\n    return [tf.Variable(1)]")
    result = run("--tfpclone-model", "models.py:pair", "--tfpclone-model", "others.py:pair", "-v")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["tfpclone::model?others.py:pair-clone? PASSED*"])


def test_a_users_cloner_named_as_a_built_in_one_is_no_control(run, pytester):
    pytester.makepyfile(others="def alias(model):\n    return model")
    result = run("--tfpclone-model", "models.py:pair", "--tfpclone-cloner", "others.py:alias",
                 "--tfpclone-cloner", "alias")  # fmt: skip
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["FAILED *others.py:alias*"])


def test_the_line_that_reproduces_does(run):
    first = run("--tfpclone-model", "models.py:pair", "--tfpclone-cloner", "models.py:keeps_scale")
    command = first.stdout.str().partition("reproduce: pytest ")[2].partition("\n===")[0]
    again = run(*shlex.split(command.replace("\\\n", "")))
    again.assert_outcomes(failed=1)


def test_a_cloner_that_raises_is_shown_with_its_line(run):
    result = run("--tfpclone-model", "models.py:pair", "--tfpclone-cloner", "models.py:refuses")
    result.stdout.fnmatch_lines(["second line", "", "raised at models.py:*"])


def test_an_id_that_was_printed_can_be_pasted(run):
    arguments = ("--tfpclone-model", "models.py:pair", "--tfpclone-model", "models.py:normal")
    result = run("tfpclone::model[normal-clone]", *arguments, "-v")
    result.assert_outcomes(passed=1)
    wrong = run("tfpclone::model[normal-clones]", *arguments)
    assert wrong.ret == pytest.ExitCode.USAGE_ERROR
    wrong.stderr.fnmatch_lines(["ERROR: no such pair: tfpclone::model?normal-clones?"])


def test_last_failed_keeps_failed_pairs_beside_failed_files(pytester, everything_imported):
    pytester.makepyfile(models=MODELS, test_mine="def test_mine(): assert False")
    arguments = ("--tfpclone-model", "models.py:pair", "--tfpclone-cloner", "models.py:keeps_scale",
                 "test_mine.py")  # fmt: skip
    pytester.runpytest(*arguments).assert_outcomes(failed=2)
    pytester.runpytest(*arguments, "--lf").assert_outcomes(failed=2)


def test_last_failed_selects(pytester, everything_imported):
    pytester.makepyfile(models=MODELS)
    arguments = ("--tfpclone-model", "models.py:pair", "--tfpclone-cloner", "models.py:keeps_scale",
                 "--tfpclone-cloner", "clone")  # fmt: skip
    pytester.runpytest(*arguments).assert_outcomes(passed=1, failed=1)
    pytester.runpytest(*arguments, "--lf").assert_outcomes(failed=1, deselected=1)


def test_no_progress_line_where_there_is_no_terminal(run):
    assert "tfpclone 1/1" not in run("--tfpclone-model", "models.py:pair").stdout.str()


def test_the_header_names_versions_and_passes_over_what_is_not_installed(run, monkeypatch):
    from importlib import metadata

    version = metadata.version

    def without_tf_keras(name):
        if name == "tf_keras":
            raise metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(metadata, "version", without_tf_keras)
    result = run("--tfpclone-model", "models.py:pair", "--collect-only")
    result.stdout.fnmatch_lines(
        [
            f"tfpclone: pytest-tfpclone {version('pytest-tfpclone')}, "
            f"TensorFlow {version('tensorflow')}, TFP {version('tensorflow-probability')}*",
            "tfpclone: seed 0; again: pytest -p no:cacheprovider --tfpclone-model models.py:pair*",
        ]
    )
    header = " ".join(result.stdout.str().partition("tfpclone: seed")[0].split())
    assert f"Keras {version('keras')}" in header
    assert "tf_keras" not in header


@pytest.mark.parametrize("examples", [1, 2, None])
def test_examples_reach_the_families(pytester, everything_imported, examples):
    from pytest_tfpclone import collect, families

    arguments = [] if examples is None else ["--tfpclone-examples", str(examples)]
    config = pytester.parseconfig("--tfpclone", *arguments)
    conformance = collect.Conformance(config)
    conformance.pytest_collection()
    judged = [pair.judge for pair in conformance._pairs if pair.source == "random"]
    assert [judge.func for judge in judged] == [families.judge_family] * len(judged) != []
    assert {judge.args[-2] for judge in judged} == {examples or 20}


def test_other_plugins_see_the_pairs_and_not_what_a_wrong_option_stops(pytester, run):
    pytester.makeconftest("""
        import pathlib

        def pytest_collection(session):
            print("others collect")

        def pytest_collection_modifyitems(items):
            print("others see", [item.name for item in items])
    """)
    result = run("--tfpclone-model", "models.py:pair", "-s")
    result.stdout.fnmatch_lines(["others collect*", "*others see ?'model?pair-clone?'?*"])
    result = run("--tfpclone-model", "models.py:no_such", "-s")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stdout.no_fnmatch_line("*others collect*")
