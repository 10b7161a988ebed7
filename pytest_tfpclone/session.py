"""What the fixtures do: they know the running test and its marker."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pytest_tfpclone import policy
from pytest_tfpclone.targets import load_cloner

__tracebackhide__ = True
_CURRENT = pytest.StashKey[pytest.Item]()
_DECLARED = pytest.StashKey[list[Any]]()
_REGISTERED = pytest.StashKey[list[Any]]()
_KEYWORDS = ("shared", "ignore", "cloners")


def load_registrations(config: pytest.Config) -> None:
    """Let distributions and conftests register what they have, each of them once."""
    from pytest_tfpclone.registry import RegistrationError, load_entry_points, register

    done = config.stash.setdefault(_REGISTERED, [])
    try:
        load_entry_points()
        for hook in config.hook.pytest_tfpclone_register.get_hookimpls():
            if not any(hook is each for each in done):
                done.append(hook)
                place = getattr(hook.plugin, "__file__", None) or hook.plugin_name
                register(
                    f"pytest_tfpclone_register in {place}",
                    lambda registry, hook=hook: hook.function(*[registry for _ in hook.argnames]),  # type: ignore[misc]
                )
    except RegistrationError as error:
        raise pytest.UsageError(str(error)) from error


@contextlib.contextmanager
def current_test(item: pytest.Item) -> Iterator[None]:
    """Hold the running test in the session's stash."""
    item.config.stash[_CURRENT] = item
    try:
        yield
    finally:
        del item.config.stash[_CURRENT]


def _marker_of(item: pytest.Item) -> dict[str, list[Any]]:
    """Return what the markers of a test, its class and its module declare, together."""
    found: dict[str, list[Any]] = {name: [] for name in _KEYWORDS}
    for marker in item.iter_markers("tfpclone"):
        unknown = sorted(set(marker.kwargs) - set(_KEYWORDS))
        if unknown or marker.args:
            wrong = ", ".join(unknown) or "positional arguments"
            raise pytest.UsageError(
                f"@pytest.mark.tfpclone takes {', '.join(_KEYWORDS)} by keyword; got {wrong}"
            )
        for name, value in marker.kwargs.items():
            several = isinstance(value, (list, tuple, set, frozenset))
            found[name] += value if several else [value]
    return found


def _declared(item: pytest.Item) -> list[Any]:
    """Return the marker's declarations, which remember what they have matched."""
    if _DECLARED not in item.stash:
        from pytest_tfpclone.state import Declarations

        marker = _marker_of(item)
        item.stash[_DECLARED] = [
            Declarations(marker["shared"], argument="shared"),
            Declarations(marker["ignore"], argument="ignore"),
        ]
    return item.stash[_DECLARED]


def require_declarations_used(item: pytest.Item) -> None:
    """Fail a test if its marker declares what none of its checks matched."""
    if item.get_closest_marker("tfpclone") is None:
        return
    for declared in _declared(item):
        stale = declared.unmatched()
        if stale:
            pytest.fail(
                f"@pytest.mark.tfpclone({declared.argument}=...): {', '.join(stale)} matched "
                "nothing in this test; remove it",
                pytrace=False,
            )


def selected_cloners(config: pytest.Config, marker: pytest.Mark | None) -> list[str]:
    """Return the names or targets of the cloners that a test is run with."""
    from pytest_tfpclone import cloning

    load_registrations(config)
    chosen = marker.kwargs.get("cloners") if marker is not None else None
    if chosen is None:
        chosen = policy.chosen(config, "cloners") or ("clone",)
    if isinstance(chosen, str):
        chosen = (chosen,)
    names: list[str] = []
    for name in chosen:
        names.extend(cloning.names() if name == "all" else [name])
    for name in names:
        if ":" not in name and name not in cloning.names():
            raise pytest.UsageError(
                f"no cloner is named {name!r}; there are {', '.join(cloning.names())}"
            )
    return list(dict.fromkeys(names))


def cloner_named(name: str) -> Callable[[Any], Any]:
    """Return a cloner that skips the running test where it does not apply."""
    from pytest_tfpclone.cloning import NotApplicable

    function = load_cloner(name)

    def cloner(model: Any) -> Any:
        try:
            return function(model)
        except NotApplicable as reason:
            pytest.skip(f"{name}: {reason}")

    cloner.__name__ = name
    cloner.__doc__ = function.__doc__
    return cloner


class Fixture:
    """A function as a fixture hands it out, with a short repr: failures show it."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.__name__ = function.__name__
        self.__doc__ = function.__doc__

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Call the function."""
        return self._function(*arguments, **options)

    def __repr__(self) -> str:
        return f"<fixture {self.__name__}>"


class CurrentTest:
    """The checks as fixtures hand them out."""

    def __init__(self, config: pytest.Config) -> None:
        load_registrations(config)
        self._config = config

    def assert_independent_clone(self, original: Any, *clones: Any, **options: Any) -> Any:
        """Check with what the running test's marker declares."""
        from pytest_tfpclone import assertion
        from pytest_tfpclone.report.errors import error_of

        item = self._config.stash.get(_CURRENT, None)
        declared = [*policy.declarations(self._config), *(_declared(item) if item else ())]
        try:
            chosen = assertion.make_options(**options, declared=declared)
        except TypeError as misuse:
            text = str(misuse).replace("make_options()", "assert_independent_clone()")
            raise TypeError(text) from None
        report = assertion.checked(original, clones, chosen)
        error = error_of(report)
        if error is not None:
            raise error
        return report

    def independent_clone(self, model: Any, **options: Any) -> Any:
        """Clone, check, and return the clone."""
        from pytest_tfpclone.cloning import clone
        from pytest_tfpclone.state.misuse import require_model

        require_model(model, "model")
        made = clone(model)
        self.assert_independent_clone(model, made, **options)
        return made
