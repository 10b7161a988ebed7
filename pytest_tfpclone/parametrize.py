"""``parametrize_clones``: one test for each pair of a model and a way to clone it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import pytest

from pytest_tfpclone.report.results import Result
from pytest_tfpclone.words import called

_Test = TypeVar("_Test", bound=Callable[..., Any])
_Models = Mapping[str, Callable[[], Any]] | Iterable[Callable[[], Any] | str]
_Cloners = Mapping[str, Callable[..., Any]] | Iterable[Callable[..., Any] | str]
_FORMS = "functions, TARGETs (package.module:attribute) or a dict of names"


class PairOfTest:
    """What one test is run with: called with a model, it clones it.

    Attributes:
        model: the name of the model.
        cloner: the name of the cloner.
        expected: why the pair is expected to fail; empty if it is not.
        error: what the cloner raised; set when it is called.
    """

    def __init__(
        self, model: str, factory: Any, cloner: str, function: Any, expected: str = ""
    ) -> None:
        self.model = model
        self.cloner = cloner
        self.expected = expected
        self.error: BaseException | None = None
        self._factory: Callable[[], Any] | str = factory
        self._function: Callable[..., Any] | str = function

    def __repr__(self) -> str:
        return f"<cloner {self.cloner}>"

    def made(self) -> Any:
        """Return a fresh model; fails the test, expected or not, if there is none."""
        from pytest_tfpclone.pairs import FactoryFailed, make_model
        from pytest_tfpclone.targets import load_target

        factory = self._factory
        try:
            named = isinstance(factory, str)
            return make_model(load_target(factory, "models") if named else factory)  # type: ignore[arg-type]
        except (FactoryFailed, pytest.UsageError) as error:
            pytest.fail(str(error), pytrace=False)

    def __call__(self, model: Any) -> Any:
        """Clone a model; skips the test where the cloner does not take such models."""
        from pytest_tfpclone.cloning import NotApplicable
        from pytest_tfpclone.pairs import takes_factory
        from pytest_tfpclone.targets import load_cloner

        __tracebackhide__ = True
        function = self._function
        try:
            cloner = load_cloner(function, "cloners") if isinstance(function, str) else function
        except pytest.UsageError as error:
            pytest.fail(str(error), pytrace=False)
        try:
            return cloner(model, factory=self.made) if takes_factory(cloner) else cloner(model)
        except NotApplicable as reason:
            self.error = reason
            pytest.skip(f"{self.cloner}: {reason}")
        except Exception as error:
            self.error = error
            raise

    def result(self, error: BaseException | None) -> Result | None:
        """Return how the pair came out of its test; None if it failed for another reason.

        Args:
            error: what the test raised; None if it passed.
        """
        from pytest_tfpclone.report.errors import CloneError
        from pytest_tfpclone.report.text import summary

        def found(verdict: str, line: str, text: str = "", findings: Any = None) -> Result:
            return Result(
                "test", self.model, self.cloner, verdict, line, text,
                expected=self.expected, findings=findings,
            )  # fmt: skip

        if error is None:
            known = "passes, and is listed as an expected failure: remove it there"
            return found("independent", known if self.expected else "independent")
        if isinstance(error, CloneError):
            report = error.report
            return found(report.verdict, summary(report), str(report), report.to_dict())
        if self.error is None:
            return None
        line = next(iter(str(self.error).splitlines()), "")
        if isinstance(error, pytest.skip.Exception):
            return found("not applicable", line)
        return found("refused", f"{type(error).__name__}: {line}", str(error))


def parametrize_clones(
    models: _Models,
    cloners: _Cloners = ("clone",),
    *,
    expected_failures: Mapping[tuple[str, str], str] | None = None,
) -> Callable[[_Test], _Test]:
    """Run a test once for each pair of a model and a way to clone it.

    The test takes ``model``, made afresh for it, and ``cloner``, and does with them
    what it likes; the ids are ``model-cloner``, to select by ``-k``.

        @parametrize_clones(
            [make_vae, make_flow],
            ["clone", "deepcopy"],
            expected_failures={("make_flow", "deepcopy"): "keeps the flow's closures"},
        )
        def test_clones(model, cloner, assert_independent_clone):
            assert_independent_clone(model, cloner(model))

    Args:
        models: factories without arguments, or TARGETs of such; named by their
            ``__name__``, or by the keys of a dict.
        cloners: names of registered cloners, functions ``clone(model)`` or TARGETs.
        expected_failures: (model, cloner) -> why the pair fails today. A pair that
            passes although it is listed fails its test, so that a fix shows.

    Raises:
        TypeError: an argument is no collection of such, or ``models`` holds a model.
        ValueError: a name is used twice, a collection is empty, or
            ``expected_failures`` names a pair that there is not, or gives no reason.
    """
    factories = _named("models", models, "a factory of models")
    functions = _named("cloners", cloners, "a function clone(model)")
    expected = _expected(expected_failures, list(factories), list(functions))
    parameters = []
    for model, factory in factories.items():
        for name, function in functions.items():
            reason = expected.get((model, name), "")
            strict = pytest.mark.xfail(reason=reason, strict=True, raises=Exception)
            pair = PairOfTest(model, factory, name, function, reason)
            marks = [strict] if reason else []
            parameters.append(pytest.param(pair, pair, id=f"{model}-{name}", marks=marks))

    def decorate(test: _Test) -> _Test:
        @functools.wraps(test)
        def run(*arguments: Any, model: PairOfTest, cloner: PairOfTest, **others: Any) -> Any:
            __tracebackhide__ = True
            return test(*arguments, model=model.made(), cloner=cloner, **others)

        marked: Any = pytest.mark.parametrize(("model", "cloner"), parameters)(run)
        return marked  # type: ignore[no-any-return]

    return decorate


def _named(argument: str, given: Any, what: str) -> dict[str, Any]:
    if isinstance(given, Mapping):
        items = list(given.items())
    elif isinstance(given, str) or not isinstance(given, Iterable):
        raise TypeError(f"{argument}: expected {_FORMS}; got {given!r:.60}")
    else:
        items = [(None, each) for each in given]
    found: dict[str, Any] = {}
    for name, each in items:
        if not (callable(each) or isinstance(each, str)) or _is_model(each):
            raise TypeError(f"{argument}: expected {what}; got {type(each).__name__}")
        short = each.rpartition(":")[2] if isinstance(each, str) else called(each)
        name = short if name is None else name
        if name in found:
            raise ValueError(f"{argument}: {name!r} is there twice; name them by a dict")
        found[name] = each
    if not found:
        raise ValueError(f"{argument} is empty: no test would run")
    return found


def _is_model(value: object) -> bool:
    """Whether this is a model where its factory should be: models can be called too."""
    return hasattr(value, "trainable_variables") and not isinstance(value, type)


def _expected(given: Any, models: list[str], cloners: list[str]) -> dict[tuple[str, str], str]:
    found = dict(given or {})
    for pair, reason in found.items():
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError(f"expected_failures: expected (model, cloner) as key; got {pair!r}")
        for what, name, known in (("model", pair[0], models), ("cloner", pair[1], cloners)):
            if name not in known:
                listed = ", ".join(known)
                raise ValueError(
                    f"expected_failures: no {what} is named {name!r}. There are {listed}"
                )
        if not isinstance(reason, str) or not reason.strip():
            raise ValueError(f"expected_failures: {pair} has no reason; say why it fails")
    return found
