"""The hooks of the plugin, one at a time: when they do something, and what."""

from __future__ import annotations

import types

import pytest

from pytest_tfpclone import plugin

OURS = ("assert_independent_clone", "cloner", "independent_clone")


@pytest.fixture(autouse=True)
def _nothing_to_register(monkeypatch):
    monkeypatch.setattr("pytest_tfpclone.session.load_registrations", lambda config: None)


class Item:
    """What the hooks look at of a test."""

    def __init__(self, *fixtures, marker=None):
        self.fixturenames = fixtures
        self.marker = marker
        self.config = types.SimpleNamespace(stash=pytest.Stash())
        self.stash = pytest.Stash()

    def get_closest_marker(self, name):
        return self.marker

    def iter_markers(self, name=None):
        return iter([self.marker] if self.marker else [])

    @property
    def is_current(self):
        from pytest_tfpclone import session

        return self.config.stash.get(session._CURRENT, None) is self


def ended(wrapper, value):
    """Give a hook's wrapper the result of the other hooks, and return what it gives back."""
    with pytest.raises(StopIteration) as caught:
        wrapper.send(value)
    return caught.value.value


def test_loading_the_plugin_imports_none_of_what_its_hooks_use():
    assert not {"CurrentTest", "Conformance", "current_test"} & set(vars(plugin))


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("others", [(), ("request", "tmp_path")])
def test_a_test_with_a_fixture_of_ours_is_remembered_while_it_runs(name, others):
    item = Item(*others, "".join(name))
    wrapper = plugin.pytest_runtest_protocol(item)
    next(wrapper)
    assert item.is_current
    assert ended(wrapper, True) is True
    assert not item.is_current


@pytest.mark.parametrize("item", [Item(), Item("tmp_path", "cloners"), object()])
def test_any_other_test_is_left_alone(item):
    for hook in (plugin.pytest_runtest_protocol, plugin.pytest_runtest_call):
        wrapper = hook(item)
        next(wrapper)
        assert not getattr(item, "is_current", False)
        assert ended(wrapper, "result") == "result"


def test_a_test_whose_marker_went_unused_fails_after_it_ran():
    item = Item("cloner", marker=pytest.mark.tfpclone(shared="loc").mark)
    wrapper = plugin.pytest_runtest_call(item)
    next(wrapper)
    with pytest.raises(pytest.fail.Exception, match="'loc' matched nothing in this test"):
        wrapper.send(None)


def test_a_test_of_ours_whose_marker_declares_nothing_passes():
    wrapper = plugin.pytest_runtest_call(Item("cloner", marker=pytest.mark.tfpclone().mark))
    next(wrapper)
    assert ended(wrapper, "result") == "result"


def test_a_test_that_fails_is_not_told_of_its_marker_too():
    wrapper = plugin.pytest_runtest_call(
        Item("cloner", marker=pytest.mark.tfpclone(shared="loc").mark)
    )
    next(wrapper)
    with pytest.raises(LookupError):
        wrapper.throw(LookupError())


def fixture_of(module):
    return types.SimpleNamespace(func=types.SimpleNamespace(__module__="".join(module)))


class Metafunc:
    """What the hook looks at of a test function that is collected."""

    def __init__(self, *modules, marker=None, option=()):
        self._arg2fixturedefs = {"cloner": tuple(map(fixture_of, modules))}
        self.definition = Item(marker=marker)
        self.config = types.SimpleNamespace(
            getoption={"tfpclone_cloner": option}.__getitem__, getini=lambda name: []
        )
        self.parametrized = []

    def parametrize(self, *arguments, **options):
        self.parametrized.append((arguments, options))


@pytest.mark.parametrize("overridden", [(), ("conftest",), ("zebra", "pytest_tfpclone")])
def test_a_test_with_our_cloner_runs_once_for_each_selected_one(overridden):
    marker = pytest.mark.tfpclone(cloners=("alias", "clone")).mark
    metafunc = Metafunc(*overridden, plugin.__name__, marker=marker, option=["deepcopy"])
    plugin.pytest_generate_tests(metafunc)
    arguments = ("cloner", ["alias", "clone"])
    assert metafunc.parametrized == [(arguments, {"indirect": True, "scope": "session"})]


def test_without_a_marker_the_command_line_selects_cloners():
    metafunc = Metafunc(plugin.__name__, option=["deepcopy"])
    plugin.pytest_generate_tests(metafunc)
    assert metafunc.parametrized[0][0] == ("cloner", ["deepcopy"])


@pytest.mark.parametrize("theirs", ["conftest", "zebra", "pytest_tfpclone.plugins"])
def test_a_cloner_of_the_users_own_is_left_alone(theirs):
    for modules in ((theirs,), (plugin.__name__, theirs)):
        metafunc = Metafunc(*modules)
        plugin.pytest_generate_tests(metafunc)
        assert metafunc.parametrized == []


def test_a_test_without_a_cloner_is_left_alone():
    metafunc = Metafunc()
    plugin.pytest_generate_tests(metafunc)
    metafunc._arg2fixturedefs = {}
    plugin.pytest_generate_tests(metafunc)
    del metafunc._arg2fixturedefs
    plugin.pytest_generate_tests(metafunc)
    assert metafunc.parametrized == []


class Config:
    """What the hook looks at of a run's configuration, with some options given."""

    def __init__(self, *arguments, **given):
        defaults = {"tfpclone": False, "tfpclone_model": [], "tfpclone_cloner": []}
        others = {"tfpclone_examples": None, "tfpclone_report": None}
        self.getoption = {**defaults, **others, **given}.__getitem__
        self.inicfg = {}
        self.args = list(arguments)
        self.args_source = pytest.Config.ArgsSource.ARGS
        self.lines = []
        self.registered = []
        self.pluginmanager = self

    def addinivalue_line(self, name, line):
        self.lines.append((name, line))

    def register(self, plugin, name):
        self.registered.append((plugin, name))


@pytest.mark.parametrize(
    "config",
    [
        Config(tfpclone=True),
        Config(tfpclone_model=["models:pair"]),
        Config(tfpclone_cloner=["alias"]),
        Config(tfpclone_examples=0),
        Config(tfpclone_examples=3),
        Config(tfpclone_report="out.md"),
        Config("tests", "tfpclone::model[pair-clone]"),
        Config("tfpclone::model[pair-clone]", "tests"),
    ],
)
def test_each_flag_and_each_id_asks_for_the_conformance_checks(config):
    from pytest_tfpclone.collect import Conformance

    plugin.pytest_configure(config)
    _, (conformance, name) = config.registered
    assert type(conformance) is Conformance
    assert name == "tfpclone-conformance"


@pytest.mark.parametrize("config", [Config(), Config("tests", "tfpclone/a.py", "a/tfpclone::b")])
def test_a_run_without_them_has_the_marker_only(config):
    plugin.pytest_configure(config)
    assert [name for _, name in config.registered] == ["tfpclone-outcomes"]
    [(name, line)] = config.lines
    assert name == "markers"
    assert line.startswith("tfpclone(shared=(), ignore=(), cloners=()): declare for one test")


def test_flags_are_off_unless_given_and_add_up(pytester, everything_imported):
    names = ("tfpclone", "tfpclone_model", "tfpclone_cloner", "tfpclone_examples")
    config = pytester.parseconfig()
    assert [config.getoption(name) for name in names] == [False, [], [], None]
    config = pytester.parseconfig(
        "--tfpclone", "--tfpclone-model=a:b", "--tfpclone-model=c:d", "--tfpclone-cloner=alias",
        "--tfpclone-cloner=clone", "--tfpclone-examples=7",
    )  # fmt: skip
    given = [config.getoption(name) for name in names]
    assert given == [True, ["a:b", "c:d"], ["alias", "clone"], 7]
