"""Which modules are mutated, and which tests judge them."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = "pytest_tfpclone"
_TENSORFLOW = {"keras", "tensorflow", "tensorflow_probability", "tf_keras"}
# Strategies are judged by drawing models: seconds a test.
_SLOW_MODULES = {f"{PACKAGE}/strategies.py"}
_BESIDES = {f"{PACKAGE}/cloning/registry.py"}
_JUDGES = (
    "tests/state/",
    "tests/report/",
    "tests/proof/",
    "tests/cloning/test_clone_registry",
    "tests/test_",
)
# They draw models, run the README's examples, or look at nothing that is mutated.
_NO_JUDGES = ("tests/test_doctests", "tests/test_property", "tests/test_readme", "tests/test_strat")


def modules(root: Path) -> list[str]:
    """Return the modules of the package, packages' own files left out, from the root."""
    found = sorted((root / PACKAGE).rglob("*.py"))
    return [path.relative_to(root).as_posix() for path in found if path.name != "__init__.py"]


def judges(root: Path) -> list[str]:
    """Return the test files that judge mutants, from the root."""
    found = sorted((root / "tests").rglob("test_*.py"))
    paths = (path.relative_to(root).as_posix() for path in found)
    return [p for p in paths if p.startswith(_JUDGES) and not p.startswith(_NO_JUDGES)]


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


def imports(source: str) -> set[str]:
    """Return the dotted names that a source imports when it is imported."""
    names = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _is_tensorflow(name: str) -> bool:
    return name.partition(".")[0] in _TENSORFLOW


def _path_of(name: str) -> str:
    return f"{name.replace('.', '/')}.py"


def is_about_all(test: str) -> bool:
    """Return whether a test file looks at every module, and runs none of their lines."""
    return test == "tests/test_house_rules.py"


def is_named_after(test: str, path: str) -> bool:
    """Return whether a test file is a module's own: `test_state_walk_more.py`, `state/walk.py`."""
    parts = Path(path).with_suffix("").parts[1:]
    return f"{Path(test).stem}_".startswith(f"test_{'_'.join(parts)}_")


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
