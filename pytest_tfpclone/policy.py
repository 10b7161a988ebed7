"""What a project says once, in its ini file, and what the command line says instead."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypeAlias

import pytest

Expected: TypeAlias = dict[tuple[str, str], str]
INI = {
    "tfpclone_models": "models that --tfpclone checks, a TARGET per line: factories, called "
    "afresh for each pair. They take the place of the gallery and the random architectures.",
    "tfpclone_cloners": "ways to clone, a NAME or TARGET per line, for --tfpclone and for the "
    "'cloner' fixture where neither the command line nor a marker names some.",
    "tfpclone_shared": "what models may share in every check, a line each: a path glob, or the "
    "TARGET of a type or of a predicate.",
    "tfpclone_ignore": "what no check looks at, written like tfpclone_shared.",
    "tfpclone_expected_failures": "pairs of --tfpclone that are known to fail, a line each: "
    "'MODEL x CLONER: reason', with names as the ids have them. One that passes is a failure.",
}
_TARGET = re.compile(r"(?:[\w.]+|\S+\.py):[\w.]+")
_EXPECTED = re.compile(r"(?P<model>.+?) x (?P<cloner>[^\s:]+(?::\w+)?): *(?P<reason>\S.*)")


def require_known_keys(keys: Iterable[str]) -> None:
    """Raise ``pytest.UsageError`` if one of these ini keys looks like ours and is none.

    pytest only warns of keys that it does not know, and a policy that is not read
    is one that nobody keeps.
    """
    for key in keys:
        if key.startswith("tfpclone") and key not in INI:
            import difflib

            close = difflib.get_close_matches(key, INI, n=1, cutoff=0.8)
            hint = f"; did you mean {close[0]}?" if close else "."
            raise pytest.UsageError(
                f"{key} is no ini key of pytest-tfpclone{hint} There are {', '.join(INI)}"
            )


def require_known(expected: Expected, models: Iterable[str], cloners: Iterable[str]) -> None:
    """Raise ``pytest.UsageError`` if a pair names a model or a cloner that there is not."""
    models, cloners = list(models), list(cloners)
    for model, cloner in expected:
        for what, name, known in (("model", model, models), ("cloner", cloner, cloners)):
            if name not in known:
                raise pytest.UsageError(
                    f"tfpclone_expected_failures: no {what} is named {name!r}. "
                    f"There are {', '.join(known)}"
                )


def read_expected(lines: Iterable[str]) -> Expected:
    """Return what ``tfpclone_expected_failures`` says: (model, cloner) -> reason.

    Raises:
        pytest.UsageError: a line is not of the form ``MODEL x CLONER: reason``.
    """
    pairs = {}
    for line in lines:
        found = _EXPECTED.fullmatch(line.strip())
        if found is None:
            raise pytest.UsageError(
                f"tfpclone_expected_failures: {line.strip()!r} is not of the form "
                "'MODEL x CLONER: reason'"
            )
        pairs[found["model"].strip(), found["cloner"]] = found["reason"].strip()
    return pairs


def chosen(config: pytest.Config, what: str) -> list[str]:
    """Return the ``models`` or ``cloners`` that the command line names, or else the ini file."""
    given: list[str] = config.getoption(f"tfpclone_{what[:-1]}")
    return list(given or config.getini(f"tfpclone_{what}"))


_DECLARED = pytest.StashKey[list[Any]]()


def declarations(config: pytest.Config) -> list[Any]:
    """Return what the ini file declares as shared or ignored: objects that note what they match."""
    if _DECLARED not in config.stash:
        config.stash[_DECLARED] = [
            _declared(name, lines)
            for name in ("shared", "ignore")
            if (lines := config.getini(f"tfpclone_{name}"))
        ]
    return config.stash[_DECLARED]


def _declared(name: str, lines: list[str]) -> Any:
    from pytest_tfpclone.state import Declarations, where
    from pytest_tfpclone.targets import load_target

    entries: list[Any] = []
    for line in map(str.strip, lines):
        found: Any = load_target(line, f"tfpclone_{name}") if _TARGET.fullmatch(line) else line
        entries.append(found if isinstance(found, (str, type)) else where(found))
    try:
        return Declarations(entries, argument=name)
    except ValueError as error:
        raise pytest.UsageError(f"tfpclone_{error}") from error


def unmatched(config: pytest.Config) -> list[str]:
    """Return the lines of the ini file that no check of this process matched."""
    return [
        f"tfpclone_{declared.argument}: {stale}"
        for declared in config.stash.get(_DECLARED, ())
        for stale in declared.unmatched()
    ]
