"""Mutants of one module: made by cosmic-ray's operators, less those that can't matter."""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import difflib
import hashlib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
# Read by type checkers only.
_TYPING_DECORATORS = {"final", "overload", "override"}
_TYPE_MAKERS = {"NewType", "ParamSpec", "TypeVar"}


@dataclasses.dataclass(frozen=True, slots=True)
class Mutant:
    """One changed place of one module.

    Attributes:
        path: The module, from the root of the project.
        line: The line of the change, from 1.
        operator: The name of cosmic-ray's operator.
        original: The source of the module.
        source: The source with the change.
    """

    path: str
    line: int
    operator: str
    original: str
    source: str

    @property
    def key(self) -> str:
        """Return a name that changes with the module and with the change."""
        return digest(self.path, self.original, self.source)

    def diff(self) -> str:
        """Return the change as a unified diff of one hunk."""
        before, after = self.original.splitlines(), self.source.splitlines()
        lines = list(difflib.unified_diff(before, after, lineterm="", n=2))
        return "\n".join(lines[2:])


def digest(*texts: str) -> str:
    """Return a short name for texts."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:20]


def mutants_of(root: str, path: str) -> list[Mutant]:
    """Return the mutants of a module that differ from it and from each other."""
    original = (Path(root) / path).read_text(encoding="utf-8")
    seen = {meaning(original)}
    found = []
    for line, operator, source in _changes(original):
        try:
            meant = meaning(source)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SyntaxWarning)
                compile(source, path, "exec")
        except SyntaxError:
            continue
        if meant not in seen:
            seen.add(meant)
            found.append(Mutant(path, line, operator, original, source))
    return sorted(found, key=lambda mutant: (mutant.line, mutant.operator))


def _changes(original: str) -> Iterator[tuple[int, str, str]]:
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator, operator_names

    nodes = list(ast_nodes(get_ast(original)))
    for name in operator_names():
        operator_class = get_operator(name)
        # Those with arguments replace variables that one must name.
        if operator_class.arguments():
            continue
        operator = operator_class()
        places = [start for node in nodes for start, _ in operator.mutation_positions(node)]
        for occurrence, (line, _) in enumerate(places):
            source = None
            # ExceptionReplacer of cosmic-ray 8 fails on dotted names in a tuple.
            with contextlib.suppress(AttributeError):
                source = mutate_code(original, operator, occurrence)
            if source is not None:
                yield line, name.removeprefix("core/"), source


def meaning(source: str) -> str:
    """Return what of a source can change what it does: no docstrings, no annotations.

    Annotations are never evaluated in a package that imports them from the future.

    Raises:
        SyntaxError: If the source is no Python.
    """
    return ast.dump(_Bare().visit(ast.parse(source)))


class _Bare(ast.NodeTransformer):
    """Takes away what only people and type checkers read."""

    def visit_Module(self, node: ast.Module) -> ast.AST:
        self.generic_visit(node)
        return _without_docstring(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.generic_visit(node)
        node.decorator_list = _run(node.decorator_list)
        return _without_docstring(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST | None:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST | None:
        return self._function(node)

    def _function(self, node: _Function) -> ast.AST | None:
        if any(_name(decorator) == "overload" for decorator in node.decorator_list):
            return None
        node.returns = None
        self.generic_visit(node)
        node.decorator_list = _run(node.decorator_list)
        return _without_docstring(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if _name(node.annotation) == "TypeAlias":
            node.value = None
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        if isinstance(node.value, ast.Call) and _name(node.value.func) in _TYPE_MAKERS:
            node.value = ast.Constant(None)
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if _name(node.func) == "cast" and node.args:
            node.args[0] = ast.Constant(None)
        return self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST:
        if _name(node.test) == "TYPE_CHECKING":
            node.body = [ast.Pass()]
        return self.generic_visit(node)


def _without_docstring(node: ast.Module | ast.ClassDef | _Function) -> ast.AST:
    if ast.get_docstring(node, clean=False) is not None:
        node.body[0] = ast.Pass()
    return node


def _run(decorators: list[ast.expr]) -> list[ast.expr]:
    return [each for each in decorators if _name(each) not in _TYPING_DECORATORS]


def _name(node: ast.expr) -> str | None:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None
