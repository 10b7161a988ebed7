"""The pytest plugin: options, marker and fixtures. It imports pytest and nothing heavier."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_tfpclone.session import CurrentTest

_FIXTURES = ("assert_independent_clone", "cloner", "independent_clone")
_MARKER = (
    "tfpclone(shared=(), ignore=(), cloners=()): declare for one test what its models may share "
    "and what is not looked at (path globs, types, objects, where(predicate)), and which cloners "
    "the 'cloner' fixture runs it with. A declaration that matches nothing in the whole test is "
    "an error."
)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Let others implement our hooks."""
    from pytest_tfpclone import hooks

    pluginmanager.add_hookspecs(hooks)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the command-line flags."""
    group = parser.getgroup("tfpclone", "clone independence of TensorFlow Probability models")
    group.addoption(
        "--tfpclone", action="store_true",
        help="run the conformance checks: clone models and prove that clone and original share "
        "nothing. With no paths, run only these. The flags below imply it.",
    )  # fmt: skip
    group.addoption(
        "--tfpclone-model", action="append", default=[], metavar="TARGET",
        help="a factory of models to check, called afresh for each pair: package.module:attribute "
        "or path/to/file.py:attribute. May be repeated. Default: the gallery and random "
        "architectures.",
    )  # fmt: skip
    group.addoption(
        "--tfpclone-cloner", action="append", default=[], metavar="NAME|TARGET|all",
        help="a way to clone: a registered name, or a function clone(model) given as a TARGET. "
        "May be repeated. Default: clone. 'all' runs every registered one, and 'alias' as a "
        "control that must come out shared.",
    )  # fmt: skip
    group.addoption(
        "--tfpclone-examples", type=int, default=None, metavar="N",
        help="random architectures per family and cloner (default: 20).",
    )  # fmt: skip
    group.addoption(
        "--tfpclone-report", default=None, metavar="PATH",
        help="write what was found to a .json, .md or .html file.",
    )  # fmt: skip
    from pytest_tfpclone.policy import INI

    for name, text in INI.items():
        parser.addini(name, text, type="linelist", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and the conformance items if they are asked for."""
    from pytest_tfpclone.outcomes import Outcomes
    from pytest_tfpclone.policy import require_known_keys

    config.addinivalue_line("markers", _MARKER)
    # pytest 9 warns of the public name, and has no other.
    require_known_keys(config._inicfg if hasattr(config, "_inicfg") else config.inicfg)
    config.pluginmanager.register(Outcomes(config), "tfpclone-outcomes")
    if _wants_conformance(config):
        from pytest_tfpclone.collect import Conformance

        config.pluginmanager.register(Conformance(config), "tfpclone-conformance")


def _wants_conformance(config: pytest.Config) -> bool:
    if any(argument.startswith("tfpclone::") for argument in config.args):
        return True
    flags = ("tfpclone", "tfpclone_model", "tfpclone_cloner", "tfpclone_report")
    given = any(config.getoption(name) for name in flags)
    return given or config.getoption("tfpclone_examples") is not None


def pytest_collection_finish(session: pytest.Session) -> None:
    """Let conftests register what they have, also where tests call functions only."""
    if session.config.hook.pytest_tfpclone_register.get_hookimpls():
        from pytest_tfpclone.session import load_registrations

        load_registrations(session.config)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say what the conformance checks run on, and how to run them again."""
    if not _wants_conformance(config):
        return []
    from pytest_tfpclone.outcomes import header

    return header(config)


def pytest_report_collectionfinish(
    config: pytest.Config, items: Sequence[pytest.Item]
) -> list[str]:
    """Say the same where only tests of the user's own use the plugin."""
    quiet = config.get_verbosity() < 0
    if quiet or _wants_conformance(config) or not any(map(_uses_us, items)):
        return []
    from pytest_tfpclone.outcomes import header

    return header(config)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Remember which test runs: session-scoped fixtures can't see it."""
    if not _uses_us(item):
        return (yield)
    from pytest_tfpclone.session import current_test

    with current_test(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail a test whose marker declares what no check of it matched."""
    result = yield
    if _uses_us(item):
        from pytest_tfpclone.session import require_declarations_used

        require_declarations_used(item)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what a pair found, and to a failure that Hypothesis found the code that repeats it."""
    from pytest_tfpclone.outcomes import attach

    report = yield
    attach(item, call, report)
    test: Any = getattr(item, "obj", None)
    given = getattr(test, "hypothesis", None) is not None
    if given and report.failed and call.excinfo is not None:
        from pytest_tfpclone.reproduce import reproduction

        code = reproduction(test, call.excinfo.value)
        if code:
            report.sections.append(("tfpclone", code))
    return report


def _uses_us(item: pytest.Item) -> bool:
    names = getattr(item, "fixturenames", ())
    return any(name in names for name in _FIXTURES)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes the ``cloner`` fixture once per selected cloner."""
    if _takes_our_cloner(metafunc):
        from pytest_tfpclone.session import selected_cloners

        marker = metafunc.definition.get_closest_marker("tfpclone")
        names = selected_cloners(metafunc.config, marker)
        metafunc.parametrize("cloner", names, indirect=True, scope="session")


def _takes_our_cloner(metafunc: pytest.Metafunc) -> bool:
    """Whether ``cloner`` is our fixture here, and not a name of the user's own."""
    if any("cloner" in _names_of(marker) for marker in metafunc.definition.iter_markers()):
        return False  # a test's own parametrization
    definitions = getattr(metafunc, "_arg2fixturedefs", {}).get("cloner", ())
    return any(each.func.__module__ == __name__ for each in definitions[-1:])


def _names_of(marker: pytest.Mark) -> list[str]:
    """Return the arguments that a ``parametrize`` marker gives."""
    names = marker.args[0] if marker.name == "parametrize" and marker.args else ()
    return [each.strip() for each in (names.split(",") if isinstance(names, str) else names)]


@pytest.fixture(scope="session")
def _tfpclone_current(request: pytest.FixtureRequest) -> CurrentTest:
    from pytest_tfpclone.session import CurrentTest

    return CurrentTest(request.config)


@pytest.fixture(scope="session")
def assert_independent_clone(_tfpclone_current: CurrentTest) -> Callable[..., Any]:
    """Assert that clones share no state with a model, and start out equal to it.

    Call it as ``assert_independent_clone(original, *clones)``; it takes the
    arguments of ``pytest_tfpclone.assert_independent_clone``, and adds what the
    test's ``tfpclone`` marker declares as ``shared`` and ``ignore``.

        def test_target_network(assert_independent_clone):
            assert_independent_clone(agent.network, agent.target_network)

    Raises ``SharedStateError`` or ``UnequalCloneError``, both AssertionErrors,
    with every shared cell, its path in both models, and the proof. Afterwards
    the models are as they were. Session-scoped, so usable under ``@given``.
    """
    return _handed_out(_tfpclone_current.assert_independent_clone)


@pytest.fixture(scope="session")
def cloner(request: pytest.FixtureRequest) -> Callable[[Any], Any]:
    """A way to clone a model: the test runs once for each selected cloner.

    Selected are the marker's ``cloners=``, else ``--tfpclone-cloner``, else
    ``clone``. Call it as ``cloner(model)``; a cloner that can't clone this type
    of model skips the test.

        @pytest.mark.tfpclone(cloners=("clone", "deepcopy"))
        def test_every_way(cloner, assert_independent_clone):
            model = make_model()
            assert_independent_clone(model, cloner(model))
    """
    from pytest_tfpclone.session import cloner_named

    return cloner_named(request.param)


@pytest.fixture(scope="session")
def independent_clone(_tfpclone_current: CurrentTest) -> Callable[..., Any]:
    """Clone a model, check that the clone is independent and equal, and return it.

    Call it as ``independent_clone(model)``; it takes the keyword arguments of
    ``assert_independent_clone`` and clones with ``pytest_tfpclone.clone``.

        def test_training_a_copy(independent_clone):
            copy = independent_clone(model)
            copy.fit(x, y)

    Raises ``CloneRefused`` for what can't be cloned, naming the part.
    """
    return _handed_out(_tfpclone_current.independent_clone)


def _handed_out(function: Callable[..., Any]) -> Callable[..., Any]:
    from pytest_tfpclone.session import Fixture

    return Fixture(function)
