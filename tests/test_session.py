"""What the fixtures know of the running test, and what they do with it."""

from __future__ import annotations

import types
from pathlib import Path

import numpy as np
import pytest

from pytest_tfpclone import assertion, cloning, session
from pytest_tfpclone.session import (
    CurrentTest,
    cloner_named,
    current_test,
    require_declarations_used,
    selected_cloners,
)

NONE = "@pytest.mark.tfpclone takes shared, ignore, cloners by keyword; got "
mark = pytest.mark.tfpclone


@pytest.fixture(autouse=True)
def _nothing_to_register(monkeypatch):
    monkeypatch.setattr("pytest_tfpclone.session.load_registrations", lambda config: None)


class Item:
    """What the fixtures look at of a test with markers, the closest one first."""

    def __init__(self, *markers):
        self.markers = [each.mark for each in markers]
        self.stash = pytest.Stash()
        self.config = types.SimpleNamespace(stash=pytest.Stash(), getini=lambda name: [])

    def iter_markers(self, name):
        return (each for each in self.markers if each.name == name)

    def get_closest_marker(self, name):
        return next(self.iter_markers(name), None)


class Config:
    """The configuration of a run with some ``--tfpclone-cloner``."""

    def __init__(self, *cloners, policy=()):
        self.cloners = list(cloners)
        self.getini = {"tfpclone_cloners": list(policy)}.__getitem__

    def getoption(self, name):
        assert name == "tfpclone_cloner"
        return self.cloners


@pytest.fixture
def checks(monkeypatch):
    """Collect the checks, in place of making them; ``error`` is what they find."""
    checks = types.SimpleNamespace(made=[], error=None)

    def checked(original, clones, options):
        checks.made.append((original, clones, options))
        return types.SimpleNamespace(of=original)

    monkeypatch.setattr(assertion, "checked", checked)
    monkeypatch.setattr("pytest_tfpclone.report.errors.error_of", lambda report: checks.error)
    return checks


def declared(item):
    """Return what an item's markers declare as shared and as ignored, as it is printed."""
    shared, ignored = session._declared(item)
    assert (shared.argument, ignored.argument) == ("shared", "ignore")
    return list(shared.unmatched()), list(ignored.unmatched())


def test_a_check_sees_the_marker_of_the_running_test_only(checks):
    item, later = Item(mark(shared="a", ignore="b")), Item(mark(ignore=["c", "d"]))
    later.config = item.config
    current = CurrentTest(item.config)
    current.assert_independent_clone(1, 2)
    with current_test(item):
        current.assert_independent_clone(1, 2)
    current.assert_independent_clone(1, 2)
    with current_test(later):
        current.assert_independent_clone(1, 2)
    seen = [
        [list(each.unmatched()) for part in (options.shared, options.ignore) for each in part[1:]]
        for _, _, options in checks.made
    ]
    assert seen == [[], [["'a'"], ["'b'"]], [], [[], ["'c'", "'d'"]]]


def test_a_test_that_fails_is_over(checks):
    item = Item(mark(shared="a"))
    with pytest.raises(ZeroDivisionError), current_test(item):
        1 / 0
    CurrentTest(item.config).assert_independent_clone(1, 2)
    assert len(checks.made[0][2].shared) == 1


def test_all_checks_of_a_test_share_its_declarations(checks):
    item = Item(mark(shared="a"))
    with current_test(item):
        for _ in range(2):
            CurrentTest(item.config).assert_independent_clone(1, 2)
    first, second = (options.shared[1] for _, _, options in checks.made)
    assert first is second is session._declared(item)[0]


@pytest.mark.parametrize("kind", [list, tuple, set, frozenset])
def test_a_marker_takes_one_declaration_or_several(kind):
    assert declared(Item(mark(shared="scale", ignore=kind(["loc"])))) == (["'scale'"], ["'loc'"])
    assert declared(Item(mark(shared=kind()))) == ([], [])


def test_markers_add_up_the_closest_first():
    item = Item(mark(shared="a"), pytest.mark.skip(), mark(shared=["b", "c"], ignore="d"))
    assert declared(item) == (["'a'", "'b'", "'c'"], ["'d'"])


@pytest.mark.parametrize(
    ("marker", "wrong"),
    [
        (mark(share="a"), "share"),
        (mark(share="a", ignored="b", shared="c"), "ignored, share"),
        (mark("a"), "positional arguments"),
        (mark("a", shared="b"), "positional arguments"),
        (mark("a", share="b"), "share"),
    ],
)
def test_a_wrong_marker_is_a_usage_error_that_says_what_is_wrong(marker, wrong):
    with pytest.raises(pytest.UsageError) as caught:
        session._declared(Item(mark(shared="fine"), marker))
    assert str(caught.value) == NONE + wrong


def test_a_test_without_a_marker_declares_nothing_that_could_go_unused():
    item = Item()
    require_declarations_used(item)
    assert declared(item) == ([], [])


@pytest.mark.parametrize(
    ("marker", "said"),
    [
        (mark(shared="a"), "shared=...): 'a' matched"),
        (mark(ignore="b"), "ignore=...): 'b' matched"),
        (mark(shared="a", ignore="b"), "shared=...): 'a' matched"),
        (mark(ignore=["b", "c"]), "ignore=...): 'b', 'c' matched"),
    ],
)
def test_a_declaration_that_no_check_used_fails_the_test_without_a_traceback(marker, said):
    with pytest.raises(pytest.fail.Exception) as caught:
        require_declarations_used(Item(marker))
    assert str(caught.value) == f"@pytest.mark.tfpclone({said} nothing in this test; remove it"
    assert not caught.value.pytrace


def test_declarations_that_a_check_used_are_fine():
    item = Item(mark(shared="['loc']", ignore="['scale']"))
    loc = np.zeros(1)
    original, clone = ({"loc": loc, "scale": np.full(1, each)} for each in (1.0, 2.0))
    with current_test(item):
        CurrentTest(item.config).assert_independent_clone(original, clone)
    require_declarations_used(item)


@pytest.mark.parametrize(
    ("option", "marker", "names"),
    [
        ([], None, ["clone"]),
        ([], mark(), ["clone"]),
        ([], mark(shared="a"), ["clone"]),
        (["alias"], None, ["alias"]),
        (["alias"], mark(), ["alias"]),
        (["alias"], mark(cloners="deepcopy"), ["deepcopy"]),
        (["alias"], mark(cloners=["deepcopy", "clone"]), ["deepcopy", "clone"]),
        (["alias"], mark(cloners=()), []),
        (["deepcopy", "alias", "deepcopy"], None, ["deepcopy", "alias"]),
        (["models.py:copy", "clone"], None, ["models.py:copy", "clone"]),
        (["models:copy"], mark(cloners="models:other"), ["models:other"]),
    ],
)
def test_a_marker_selects_cloners_before_the_command_line_does(option, marker, names):
    assert selected_cloners(Config(*option), marker and marker.mark) == names
    policy = ["pickle"] if names == ["clone"] else names
    assert selected_cloners(Config(*option, policy=["pickle"]), marker and marker.mark) == policy


@pytest.mark.parametrize("after", [(), ("alias",), ("models:copy",)])
def test_all_is_every_cloner_once(after):
    every = "".join(["a", "ll"])
    mine = [name for name in after if ":" in name]
    assert selected_cloners(Config(every, *after), None) == [*cloning.names(), *mine]
    assert selected_cloners(Config(), mark(cloners=every).mark) == [*cloning.names()]


@pytest.mark.parametrize("wrong", ["deep", "alL", "alm", "al", "zz"])
def test_an_unknown_cloner_is_a_usage_error_that_lists_the_known_ones(wrong):
    with pytest.raises(pytest.UsageError) as caught:
        selected_cloners(Config("clone", wrong), None)
    known = ", ".join(cloning.names())
    assert str(caught.value) == f"no cloner is named {wrong!r}; there are {known}"


@pytest.fixture
def registered(monkeypatch):
    def registered(cloner):
        monkeypatch.setattr(session, "load_cloner", {"mine": cloner}.__getitem__)
        return cloner_named("mine")

    return registered


def test_the_cloner_of_the_fixture_is_called_as_it_was_selected(registered):
    def copied(model):
        """Copy it."""
        return [model]

    cloner = registered(copied)
    assert cloner("model") == ["model"]
    assert (cloner.__name__, cloner.__doc__) == ("mine", "Copy it.")


def test_a_cloner_that_does_not_apply_skips_the_test_and_says_why(registered):
    def fails(model):
        raise cloning.NotApplicable(f"no file for {model}")

    with pytest.raises(pytest.skip.Exception) as caught:
        registered(fails)("model")
    assert str(caught.value) == "mine: no file for model"


def test_a_cloner_that_fails_fails_the_test(registered):
    def fails(model):
        raise LookupError("no layer")

    with pytest.raises(LookupError, match="no layer"):
        registered(fails)("model")


def test_a_check_takes_clones_and_options_and_gives_the_report_back(checks):
    current = CurrentTest(Item().config)
    report = current.assert_independent_clone("a", "b", "c", equal=False, seed=3)
    [(original, clones, options)] = checks.made
    assert (original, clones) == ("a", ("b", "c"))
    assert (options.equal, options.seed) == (False, 3)
    assert report.of == "a"


def test_a_check_that_finds_something_raises_it_at_the_users_line(checks):
    checks.error = AssertionError("shared")
    with pytest.raises(AssertionError) as caught:
        CurrentTest(Item().config).assert_independent_clone(1, 2)
    assert caught.value is checks.error
    assert [Path(entry.path) for entry in caught.traceback.filter(caught)] == [Path(__file__)]


def test_a_wrong_option_names_the_fixture_and_hides_the_cause(checks):
    with pytest.raises(TypeError) as caught:
        CurrentTest(Item().config).assert_independent_clone(1, 2, input=())
    said = "assert_independent_clone() got an unexpected keyword argument 'input'"
    assert str(caught.value).startswith(said)  # newer Pythons ask whether inputs was meant
    assert caught.value.__suppress_context__


def test_an_independent_clone_is_checked_with_the_options_and_given_back(checks, monkeypatch):
    monkeypatch.setattr(cloning, "clone", lambda model: [*model, "cloned"])
    model = ["model"]
    made = CurrentTest(Item().config).independent_clone(model, strict=True)
    assert made == ["model", "cloned"]
    [(original, clones, options)] = checks.made
    assert original is model
    assert clones[0] is made
    assert len(clones) == 1
    assert options.strict


def test_an_independent_clone_of_what_is_no_model_is_refused_before_it_is_cloned(monkeypatch):
    monkeypatch.setattr(cloning, "clone", pytest.fail)
    with pytest.raises(TypeError, match=r"^model must be a model"):
        CurrentTest(Item().config).independent_clone(None)
