"""The items of the conformance checks: which there are, what they say, how they come out."""

from __future__ import annotations

import types

import pytest

from pytest_tfpclone import cloning, collect, gallery
from pytest_tfpclone.families import families, judge_family
from pytest_tfpclone.outcomes import RESULT
from pytest_tfpclone.pairs import FactoryFailed, Verdict

ALIAS, ALL, CLONE = ("".join(list(name)) for name in ("alias", "all", "clone"))
SOURCES = pytest.Config.ArgsSource


class Config:
    """A run's configuration, with some options given."""

    def __init__(
        self,
        *arguments,
        source=SOURCES.ARGS,
        models=(),
        cloners=(),
        examples=None,
        report=None,
        **ini,
    ):
        self.args = list(arguments)
        self.args_source = source
        self.getoption = {
            "tfpclone_model": list(models),
            "tfpclone_cloner": list(cloners),
            "tfpclone_examples": examples,
            "tfpclone_report": report,
        }.__getitem__
        self.getini = lambda name: ini.get(name.removeprefix("tfpclone_"), [])
        self.stash = pytest.Stash()


@pytest.fixture
def judged(monkeypatch):
    """Collect what would be judged, in place of judging it; targets stand for themselves."""
    judged = []

    def judge(factory, cloner, declared):
        judged.append((factory, cloner))
        assert declared == []
        return Verdict("independent", "", "")

    def load_target(target, option):
        assert option == "--tfpclone-model"
        return target

    monkeypatch.setattr(collect, "load_registrations", lambda config: None)
    monkeypatch.setattr(collect, "judge", judge)
    monkeypatch.setattr(collect, "load_target", load_target)
    monkeypatch.setattr(collect, "load_cloner", lambda target: f"the cloner {target}")
    return judged


def pairs(examples=20, **given):
    return list(collect._pairs(Config(**given), examples))


def item(request, kind, *, summary="summary", text="", code="", examples=1, **pair):
    """Return an item whose pair comes out so; its strings are new ones."""
    verdict = Verdict("".join(kind), text, summary, code, examples)
    fields = {
        "source": "model", "model": "pair", "cloner": CLONE, "flags": "--flags",
        "judge": lambda: verdict, **pair,
    }  # fmt: skip
    node = collect.ConformancePairs.from_parent(
        request.session, name="node", nodeid="node", pairs=[]
    )
    made = collect.Pair(**fields)
    return collect.ConformanceItem.from_parent(node, name="item", nodeid="node::item", pair=made)


def raised(item):
    """Run an item, and return what it raises: a skip must not skip the test that runs it."""
    try:
        item.runtest()
    except (Exception, pytest.skip.Exception) as error:
        return error
    return None


def failure(item):
    """Run an item that fails, and return what pytest shows."""
    return item.repr_failure(pytest.ExceptionInfo.from_exception(raised(item)))


def test_a_pair_is_no_control_unless_it_is_said():
    assert not collect.Pair("model", "pair", "clone", list, "").is_control


@pytest.mark.parametrize("kind", ["independent", "shared", "unequal", "refused", "another", "not"])
def test_only_an_independent_clone_passes(request, kind):
    made = item(request, kind, text="the report", examples=3)
    error = raised(made)
    if kind == "independent":
        assert error is None
    else:
        assert type(error) is collect.Finding
        assert str(error) == "summary"
        assert error.verdict.verdict == kind
        assert error.pair is made.pair
    result = made.stash[RESULT]
    assert (result.source, result.model, result.cloner) == ("model", "pair", "clone")
    assert (result.verdict, result.summary, result.text) == (kind, "summary", "the report")
    assert (result.examples, result.reproduce) == (3, "pytest --tfpclone --flags")


@pytest.mark.parametrize("is_control", [True, False])
def test_what_does_not_apply_is_skipped_and_says_why(request, is_control):
    made = item(request, "not applicable", summary="no files", is_control=is_control)
    error = raised(made)
    assert type(error) is pytest.skip.Exception
    assert str(error) == "no files"
    assert made.stash[RESULT].verdict == "not applicable"


@pytest.mark.parametrize("kind", ["independent", "refused", "shaded", "unequal"])
def test_a_control_that_is_not_shared_says_that_the_check_is_broken(request, kind):
    said = f"the control came out {kind}: the check itself is broken"
    made = item(request, kind, text="the report", is_control=True)
    text = f"{kind}: {said}\n\nthe report\n\nreproduce: pytest --tfpclone --flags"
    assert " ".join(failure(made).split()) == " ".join(text.split())


def test_a_control_that_is_shared_passes(request):
    assert raised(item(request, "shared", is_control=True)) is None


def test_a_failure_says_what_was_found_and_how_to_see_it_again(request):
    made = item(
        request, "shared", summary="1 leak", text="1 leak\n\n  where\n  and how\n", code="Dense(1)"
    )
    assert failure(made).splitlines() == [
        "shared: 1 leak",
        "",
        "where",
        "  and how",
        "",
        "the smallest such model:",
        "    Dense(1)",
        "",
        "reproduce: pytest --tfpclone --flags",
    ]


def test_a_failure_with_nothing_more_to_say_is_short(request):
    assert failure(item(request, "refused", summary="no", text="no")).splitlines() == [
        "refused: no",
        "",
        "reproduce: pytest --tfpclone --flags",
    ]


def test_a_failure_is_wrapped_after_79_columns(request):
    head = "shared: "
    fits = f"{'a' * 20} {'b' * (79 - len(head) - 21)}"
    assert failure(item(request, "shared", summary=fits)).splitlines()[0] == head + fits
    assert failure(item(request, "shared", summary=f"{fits}b")).splitlines()[:2] == [
        head + "a" * 20,
        fits.split()[1] + "b",
    ]


def test_a_factory_that_fails_is_shown_as_it_says(request):
    def judge():
        raise FactoryFailed("the factory pair raised\nhint: none")

    made = item(request, "shared", judge=judge)
    assert failure(made) == "the factory pair raised\nhint: none"


def test_any_other_error_is_shown_as_pytest_shows_it(request):
    def judge():
        raise LookupError("a defect")

    shown = failure(item(request, "shared", judge=judge))
    assert "a defect" in str(shown)
    assert not isinstance(shown, str)


def test_an_item_says_where_it_stands(request):
    path, line, text = item(request, "shared").reportinfo()
    assert str(path) == collect.__file__
    assert line is None
    assert text == "tfpclone: pair x clone"


def test_items_are_named_after_their_pairs(request):
    pairs = [
        collect.Pair("model", "pair", "clone", list, ""),
        collect.Pair("random", "dense_Normal", "alias", list, ""),
    ]
    node = collect.ConformancePairs.from_parent(
        request.session, name="tfpclone", nodeid="tfpclone", pairs=pairs
    )
    found = list(node.collect())
    assert [each.nodeid for each in found] == [
        "tfpclone::model[pair-clone]",
        "tfpclone::random[dense_Normal-alias]",
    ]
    assert [each.name for each in found] == ["model[pair-clone]", "random[dense_Normal-alias]"]
    assert [each.pair for each in found] == pairs


def test_each_model_meets_each_cloner_and_the_line_that_selects_it(judged):
    found = pairs(models=["a.py:one", "my models.py:two"], cloners=["deepcopy", ALIAS])
    assert [(each.source, each.model, each.cloner) for each in found] == [
        ("model", "one", "deepcopy"),
        ("model", "two", "deepcopy"),
        ("model", "one", "alias"),
        ("model", "two", "alias"),
    ]
    assert [each.flags for each in found][1:3] == [
        "--tfpclone-model 'my models.py:two' --tfpclone-cloner deepcopy",
        "--tfpclone-model a.py:one --tfpclone-cloner alias",
    ]
    assert [each.judge().verdict for each in found] == ["independent"] * 4
    assert judged[1] == ("my models.py:two", "the cloner deepcopy")


@pytest.mark.parametrize(
    ("cloners", "shown"),
    [
        ([], ["clone"]),
        ([CLONE], ["clone"]),
        (["deepcopy", CLONE, "deepcopy"], ["deepcopy", "clone"]),
        ([ALL], [*cloning.names()]),
        ([ALIAS, ALL], ["alias", *(name for name in cloning.names() if name != "alias")]),
        ([ALL, "m:mine", CLONE], [*cloning.names(), "mine"]),
        (["al", "alm"], ["al", "alm"]),
    ],
)
def test_each_chosen_cloner_runs_once_in_the_order_of_the_choice(judged, cloners, shown):
    found = pairs(models=["m:pair"], cloners=cloners)
    assert [each.cloner for each in found] == shown


def test_only_the_built_in_alias_is_a_control(judged):
    cloners = [ALIAS, "aaa", "m:alias", "clone", "z:alias"]
    for given in ({"models": ["m:pair"]}, {}):
        found = pairs(cloners=cloners, **given)
        assert {each.cloner for each in found if each.is_control} == {"alias"}
        assert {each.cloner for each in found if not each.is_control} == {*cloners} - {"alias"}


def test_without_models_the_gallery_and_the_families_meet_each_cloner(judged, monkeypatch):
    found = pairs(7, cloners=["m:my", "clone"])
    models = [("gallery", each) for each in gallery.names()]
    models += [("random", each) for each in families()]
    assert [(each.source, each.model) for each in found] == models * 2
    assert [each.cloner for each in found] == ["my"] * len(models) + ["clone"] * len(models)
    name = gallery.names()[0]
    assert found[0].flags == f"--tfpclone-cloner m:my -k 'gallery[{name}-my]'"
    assert found[-1].flags == f"--tfpclone-cloner clone -k 'random[{families()[-1]}-clone]'"
    monkeypatch.setattr(gallery, "get", lambda name: f"the model {name}")
    found[0].judge()
    assert judged == [(f"the model {name}", "the cloner m:my")]
    assert found[-1].judge.func is judge_family
    assert found[-1].judge.args == (families()[-1], "the cloner clone", "clone", 7, [])


@pytest.mark.parametrize(
    ("targets", "taken", "names"),
    [
        ([], ["clone"], []),
        (["clone"], ["clone", "alias"], ["clone"]),
        (["m:mine"], ["clone"], ["mine"]),
        (["m:mine", "n:other"], [], ["mine", "other"]),
        (["m:mine", "n:mine", "n:other"], [], ["m:mine", "n:mine", "other"]),
        (["a.py:clone"], ["clone"], ["a.py:clone"]),
        (["others.py:clone"], ["clone"], ["others.py:clone"]),
        (["a.py:clone", "clone"], ["clone"], ["a.py:clone", "clone"]),
        (["m:mine", "n:mine", "o:mine"], [], ["m:mine", "n:mine", "o:mine"]),
        (["mine", "m:mine"], [], ["mine", "m:mine"]),
        (["m:Class.mine"], ["mine"], ["Class.mine"]),
        (["C:/m.py:mine"], [], ["mine"]),
    ],
)
def test_targets_are_called_by_their_attribute_unless_that_is_not_enough(targets, taken, names):
    targets = ["".join(each) for each in targets]
    assert collect._names(targets, taken) == dict(zip(targets, names, strict=True))


@pytest.mark.parametrize(
    ("source", "left", "selected"),
    [
        (SOURCES.ARGS, ["tests", "b.py"], ["tfpclone::a", "tfpclone::c"]),
        (SOURCES.TESTPATHS, [], []),
        (SOURCES.INVOCATION_DIR, [], []),
    ],
)
def test_only_paths_that_were_given_are_collected_beside_the_pairs(source, left, selected):
    config = Config("tests", "tfpclone::a", "b.py", "tfpclone::c", source=source)
    arguments = config.args
    conformance = collect.Conformance(config)
    assert config.args is arguments
    assert arguments == left
    assert conformance._selected == selected


@pytest.mark.parametrize("examples", [0, -1])
def test_no_examples_at_all_are_an_error(judged, examples):
    with pytest.raises(pytest.UsageError) as caught:
        collect.Conformance(Config(examples=examples)).pytest_collection()
    assert str(caught.value) == f"--tfpclone-examples: must be at least 1; got {examples}"


@pytest.mark.parametrize(("examples", "drawn"), [(None, 20), (1, 1), (2, 2), (21, 21)])
def test_twenty_examples_are_drawn_unless_another_number_is_given(judged, examples, drawn):
    conformance = collect.Conformance(Config(examples=examples))
    conformance.pytest_collection()
    assert conformance._pairs[-1].judge.args[-2] == drawn


@pytest.mark.parametrize(("profile", "drawn"), [("tfpclone-quick", 10), ("tfpclone-nightly", 20)])
def test_a_profile_of_hypothesis_bounds_the_examples(judged, profile, drawn):
    from hypothesis import settings

    settings.load_profile(profile)
    try:
        conformance = collect.Conformance(Config())
        conformance.pytest_collection()
    finally:
        settings.load_profile("tfpclone-tests")
    assert conformance._pairs[-1].judge.args[-2] == drawn


@pytest.fixture
def collected(pytester, everything_imported, judged):
    """Return the items of a run with some arguments, after one of the user's."""

    def collected(*arguments):
        models = ("--tfpclone-model=m:one", "--tfpclone-model=m:two", "--tfpclone-model=m:three")
        config = pytester.parseconfig(*arguments, *models)
        conformance = collect.Conformance(config)
        conformance.pytest_collection()
        items = ["an item of the user's"]
        conformance.pytest_collection_modifyitems(pytest.Session.from_config(config), items)
        return [getattr(each, "name", each) for each in items]

    return collected


def test_items_of_pairs_come_after_the_users(collected):
    shown = ["model[one-clone]", "model[two-clone]", "model[three-clone]"]
    assert collected() == ["an item of the user's", *shown]


def test_ids_select_among_the_pairs(collected):
    ids = ("tfpclone::model[three-clone]", "tfpclone::model[one-clone]")
    shown = ["model[one-clone]", "model[three-clone]"]
    assert collected(*ids) == ["an item of the user's", *shown]


def test_ids_that_no_pair_has_are_an_error_that_names_them(collected):
    wrong = ("tfpclone::model[two]", "tfpclone::model[one-clone]", "tfpclone::gallery[two]")
    with pytest.raises(pytest.UsageError) as caught:
        collected(*wrong)
    assert str(caught.value) == "no such pair: tfpclone::gallery[two], tfpclone::model[two]"


def test_progress_counts_all_pairs(judged, monkeypatch):
    conformance = collect.Conformance(Config(models=["m:one", "m:two"]))
    conformance.pytest_collection()
    started = []
    conformance._progress = types.SimpleNamespace(start=lambda *shown: started.append(shown))
    conformance.pytest_runtest_logstart("tfpclone::model[one-clone]")
    assert started == [("tfpclone::model[one-clone]", 2)]
