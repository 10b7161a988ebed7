"""Load what a user names on the command line: factories and cloners."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_tfpclone.words import a

_FORMS = "package.module:attribute or path/to/file.py:attribute"


NODE = "tfpclone"


def is_item_id(argument: str) -> bool:
    """Return whether a command-line argument is the id of a conformance item."""
    return argument.startswith(f"{NODE}::")


def load_target(target: str, option: str) -> Callable[..., Any]:
    """Import a function named as ``package.module:attribute`` or ``file.py:attribute``.

    Raises:
        pytest.UsageError: the target has another form, does not import, has no such
            attribute, or is not callable.
    """
    place, separator, attribute = target.rpartition(":")
    if not separator or not place or not attribute:
        raise pytest.UsageError(f"{option}: {target!r} is no target; write {_FORMS}")
    try:
        module = _import_file(Path(place)) if place.endswith(".py") else _import_module(place)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise pytest.UsageError(f"{option}: {place!r} does not import: {reason}") from error
    found: Any = module
    for name in attribute.split("."):
        if not hasattr(found, name):
            names = (each for each in getattr(found, "__dict__", ()) if not each.startswith("_"))
            offered = ", ".join(sorted(names)[:12])
            raise pytest.UsageError(
                f"{option}: {place!r} has no attribute {name!r}; it has {offered or 'none'}"
            )
        found = getattr(found, name)
    if not callable(found):
        raise pytest.UsageError(
            f"{option}: {target} must be a function; it is {a(type(found).__name__)}"
        )
    return found  # type: ignore[no-any-return]


def _import_module(name: str) -> Any:
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    return importlib.import_module(name)


def _import_file(path: Path) -> Any:
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    name = f"tfpclone_target_{path.stem}_{zlib.crc32(bytes(path.resolve())):08x}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path.resolve())
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def load_cloner(name: str, option: str = "--tfpclone-cloner") -> Callable[..., Any]:
    """Return a registered cloner, or the function that a target names.

    Raises:
        pytest.UsageError: no cloner has this name, or the target does not load.
    """
    from pytest_tfpclone import cloning

    if ":" in name:
        return load_target(name, option)
    if name not in cloning.names():
        raise pytest.UsageError(
            f"{option}: no cloner is named {name!r}. There are "
            f"{', '.join(cloning.names())}; or name your own function as {_FORMS}"
        )
    return cloning.get(name)
