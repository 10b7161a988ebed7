"""Write a failing example as code: the models by themselves, and an ``@example`` to keep.

Hypothesis prints the example as a note on the exception. Specs in it are read back and written
out anew, so that what is pasted is known to evaluate.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_tfpclone.layout import WIDTH, lay_out

__all__ = ["reproduction"]

_EXAMPLE = re.compile(r"(?:Falsifying|Failing)( explicit)? (?:example|test case): \w+\(\n")
_ARGUMENT = re.compile(r"^    (\w+)=", re.MULTILINE)
_DRAW = re.compile(r"Draw \d+(?: \(.*?\))?: ", re.DOTALL)
_HARMLESS = (
    ast.Call, ast.keyword, ast.Constant, ast.Name, ast.Load, ast.Tuple, ast.List, ast.Set,
    ast.Dict, ast.UnaryOp, ast.USub, ast.UAdd, ast.BinOp, ast.Add, ast.Sub,
)  # fmt: skip
"""What evaluates at once and does nothing, given that all names are specs; sums are complex."""


@dataclass(frozen=True, slots=True)
class Example:
    """What Hypothesis says of one failing example.

    Attributes:
      arguments: The printed values of the test's arguments, as code, by name.
      draws: The printed values that the test drew from ``st.data()``.
      explicit: Whether it comes from an ``@example`` already.
    """

    arguments: dict[str, str]
    draws: tuple[str, ...]
    explicit: bool


def reproduction(test: Callable[..., Any], error: BaseException) -> str:
    """Return code for the failing examples of a ``@given`` test; empty if no spec is among them.

    For each example, first the imports and a line that builds the model, which run by
    themselves. Then the ``@example(...)`` that keeps it, or why there can be none.

    Args:
      test: The test, decorated with ``@given``.
      error: What it raised; a group where Hypothesis found several failures.
    """
    if "pytest_tfpclone.architectures" not in sys.modules:
        return ""
    written = [
        (type(each).__name__, text)
        for each in _all(error)
        if (example := _read(getattr(each, "__notes__", ()))) and (text := _write(test, example))
    ]
    if len(written) < 2:
        return "".join(text for _, text in written)
    return "\n".join(
        f"# Failure {number} of {len(written)}, {name}\n{text}"
        for number, (name, text) in enumerate(written, start=1)
    )


def _all(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and those of a group: that a test is flaky is noted on the group."""
    yield error
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _all(each)


def _read(notes: Sequence[str]) -> Example | None:
    """Return the example that the notes on an exception tell of, None if they tell of none."""
    found = [match for note in notes if (match := _EXAMPLE.match(note))]
    if not found:
        return None
    match = found[-1]
    # What is before the first name; then names and values in turn.
    pieces = _ARGUMENT.split(match.string[match.end() :].rpartition(")")[0])[1:]
    draws = [note for note in notes if _DRAW.match(note)]
    return Example(
        arguments=dict(zip(pieces[::2], pieces[1::2], strict=True)),
        draws=tuple(_DRAW.sub("", note, count=1) for note in draws),
        explicit=match[1] is not None,
    )


def _write(test: Callable[..., Any], example: Example) -> str:
    """Return the code for one example."""
    kinds = _kinds()
    given = _given(test)
    arguments = {
        name: _evaluate(text, kinds) for name, text in example.arguments.items() if name in given
    }
    drawn = [_evaluate(text, kinds) for text in example.draws]
    specs = _specs([*arguments.values(), *drawn])
    models = [spec for spec in specs if hasattr(spec, "build")]
    keeps, reason = _example_line(arguments, example)
    if not models and not keeps:
        return ""
    parts = [_imports(specs if keeps else models, kinds)]
    if models:
        parts.append("".join(map(_built, models, itertools.count(1))))
    if keeps or reason:
        parts.append(f"# {reason or 'Above the test, this keeps the example:'}\n{keeps}")
    return "\n".join(parts)


def _built(spec: Any, number: int) -> str:
    """Return the line that builds the model of a spec."""
    start, end = "model = " if number == 1 else f"model_{number} = ", ".build()"
    return f"{start}{lay_out(repr(spec), before=len(start), after=len(end))}{end}\n"


class _Unknown:
    """The value of what can't be read back."""


def _example_line(arguments: dict[str, Any], example: Example) -> tuple[str, str]:
    """Return the line that keeps an example, or why there is none; neither if it is kept."""
    if example.explicit or not _specs(list(arguments.values())):
        return "", ""
    if example.draws or any(text.startswith("data(...)") for text in example.arguments.values()):
        return "", "No @example can keep what a test draws from data."
    unknown = [name for name, value in arguments.items() if isinstance(value, _Unknown)]
    if unknown:
        return "", f"No @example: the value of {', '.join(unknown)} isn't printed as code."
    call = f"example({', '.join(f'{name}={value!r}' for name, value in arguments.items())})"
    return f"@{lay_out(call, before=1)}\n", ""


def _kinds() -> dict[str, type]:
    """Return the classes of specs by name: those of users, and ours."""
    from pytest_tfpclone import architectures
    from pytest_tfpclone.architectures import Spec
    from pytest_tfpclone.architectures.registry import ROLES, registered

    theirs = [kind for role in ROLES for kind in registered(role)]
    ours = [getattr(architectures, name) for name in architectures.__all__]
    return {
        kind.__name__: kind
        for kind in theirs + ours
        if isinstance(kind, type) and issubclass(kind, Spec) and "." not in kind.__qualname__
    }


def _given(test: Callable[..., Any]) -> frozenset[str]:
    """Return the names of the arguments that Hypothesis gives, and not pytest."""
    function: Any = getattr(test, "__func__", test)
    inner = inspect.signature(function.hypothesis.inner_test).parameters
    return frozenset(inner) - frozenset(inspect.signature(function).parameters)


def _parse(code: str) -> ast.expr:
    return ast.parse(code, mode="eval").body


def _evaluate(text: str, kinds: dict[str, type]) -> Any:
    """Return the value of what was printed, if it is of specs and literals only."""
    try:
        # In a call, so that a comma and a comment may follow.
        call = ast.parse(f"_({text}\n)", mode="eval").body
        assert isinstance(call, ast.Call)
        [value] = call.args
        for node in ast.walk(value):
            if not isinstance(node, _HARMLESS) or getattr(node, "id", "Spec") not in kinds:
                return _Unknown()
        code = compile(ast.Expression(value), "<example>", "eval")
        return eval(code, {"__builtins__": {}, **kinds})
    except Exception:
        # What else the repr of a user's object may be.
        return _Unknown()


def _specs(value: object) -> list[Any]:
    """Return the specs in a value, each once: not the parts of a spec."""
    from pytest_tfpclone.architectures import Spec

    if isinstance(value, Spec):
        return [value]
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if not isinstance(value, (list, tuple, set, frozenset)):
        return []
    found = [spec for each in value for spec in _specs(each)]
    return list({repr(spec): spec for spec in found}.values())


def _imports(specs: list[Any], kinds: dict[str, type]) -> str:
    """Return the statements that import what the reprs of specs name."""
    from pytest_tfpclone import architectures

    used = {
        node.id
        for spec in specs
        for node in ast.walk(_parse(repr(spec)))
        if isinstance(node, ast.Name)
    }
    homes: dict[str, list[str]] = {}
    for name in sorted(used):
        public = getattr(architectures, name, None) is kinds[name]
        home = architectures.__name__ if public else kinds[name].__module__
        homes.setdefault(home, []).append(name)
    statements = []
    for home, names in sorted(homes.items()):
        line = f"from {home} import {', '.join(names)}"
        if len(line) > WIDTH:
            line = f"from {home} import (\n" + "".join(f"    {name},\n" for name in names) + ")"
        statements.append(line + "\n")
    return "".join(statements)
