"""Which modules are mutated, and which tests judge a module."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

PACKAGE = "pytest_tfpclone"
_TENSORFLOW = {"keras", "tensorflow", "tensorflow_probability", "tf_keras"}
# Strategies are judged by drawing models: seconds a test.
_SLOW_MODULES = {f"{PACKAGE}/strategies.py"}
_BESIDES = {f"{PACKAGE}/cloning/registry.py"}
_WIDE = ("tests/state/", "tests/report/", "tests/proof/", "tests/test_assertion", "tests/test_hid")
# Tests that run pytest on a module's behalf don't import it.
_CONFORMANCE = ("tests/test_plugin_conformance.py",)
_OWN = {
    "collect.py": _CONFORMANCE,
    "families.py": _CONFORMANCE,
    "pairs.py": _CONFORMANCE,
    "plugin.py": ("tests/test_plugin_fixtures.py", "tests/test_plugin_loading.py"),
    "session.py": ("tests/test_plugin_fixtures.py",),
    "summary.py": _CONFORMANCE,
}


def modules(root: Path) -> list[str]:
    """Return the modules of the package, packages' own files left out, from the root."""
    found = sorted((root / PACKAGE).rglob("*.py"))
    return [path.relative_to(root).as_posix() for path in found if path.name != "__init__.py"]


def test_files(root: Path) -> list[str]:
    """Return the test files, from the root."""
    found = sorted((root / "tests").rglob("test_*.py"))
    left_out = ("tests/benchmarks/", "tests/mutation/")
    paths = (path.relative_to(root).as_posix() for path in found)
    return [path for path in paths if not path.startswith(left_out)]


def pure(root: Path) -> list[str]:
    """Return the modules without TensorFlow of state, of report and of the top level.

    A module is without it if importing it, and what it imports of this package, needs none;
    that a package's own `__init__` imports more is not held against its modules.
    """
    imported = {path: imports((root / path).read_text(encoding="utf-8")) for path in modules(root)}
    heavy = {path for path, names in imported.items() if any(map(_is_tensorflow, names))}
    while True:
        more = {
            path
            for path, names in imported.items()
            if path not in heavy and not heavy.isdisjoint(map(_path_of, names))
        }
        if not more:
            break
        heavy |= more
    return [path for path in imported if path not in heavy and _is_wanted(path)]


def _is_wanted(path: str) -> bool:
    if path in _SLOW_MODULES:
        return False
    inner = path.removeprefix(f"{PACKAGE}/")
    return inner.startswith(("state/", "report/")) or "/" not in inner or path in _BESIDES


def stateful(root: Path) -> list[str]:
    """Return the modules of state, cells included, and the assertion."""
    wanted = (f"{PACKAGE}/state/", f"{PACKAGE}/assertion.py")
    return [path for path in modules(root) if path.startswith(wanted)]


def imports(source: str, *, anywhere: bool = False) -> set[str]:
    """Return the dotted names that a source imports when it is imported, or anywhere in it."""
    tree = ast.parse(source)
    names = set()
    for node in ast.walk(tree) if anywhere else tree.body:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _is_tensorflow(name: str) -> bool:
    return name.partition(".")[0] in _TENSORFLOW


def _path_of(name: str) -> str:
    return f"{name.replace('.', '/')}.py"


def own_tests(path: str, sources: dict[str, str]) -> list[str]:
    """Return the test files of a module: by their names, or else by what they import.

    Args:
        path: The module, from the root.
        sources: The source of each test file.
    """
    inner = path.removeprefix(f"{PACKAGE}/")
    if inner in _OWN:
        return [name for name in _OWN[inner] if name in sources]
    if inner.startswith("report/"):
        return [name for name in sources if name.startswith("tests/report/")]
    stem = "_".join(Path(inner).with_suffix("").parts)
    folder = f"tests/{Path(inner).parts[0]}/" if "/" in inner else "tests/"
    names = (f"{folder}test_{stem}.py", f"{folder}test_{stem}_")
    named = [name for name in sources if name.startswith(names)]
    if named:
        return named
    module = inner.removesuffix(".py").replace("/", ".")
    return [
        name
        for name, source in sources.items()
        if f"{PACKAGE}.{module}" in imports(source, anywhere=True)
    ]


def wide_tests(names: Iterable[str]) -> list[str]:
    """Return the test files that judge what a module's own tests let live."""
    return [name for name in names if name.startswith(_WIDE)]


def lines_of(source: str, line: int) -> range | None:
    """Return the lines of the statement around a line, or None if it runs at import.

    A function's header runs where the function is defined.
    """
    best: range | None = None
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for top in function.body:
            for node in ast.walk(top):
                if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0):
                    lines = range(node.lineno, (node.end_lineno or 0) + 1)
                    if best is None or len(lines) < len(best):
                        best = lines
    return best
