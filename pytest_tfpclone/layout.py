"""Lay out an expression in lines of limited length, one argument a line."""

from __future__ import annotations

import ast
import re

__all__ = ["WIDTH", "lay_out"]

WIDTH = 80
"""The number of columns of a line. What can't be broken, such as a string, may be longer."""


def lay_out(code: str, *, before: int = 0, after: int = 0) -> str:
    """Return an expression laid out as a formatter would, in lines of ``WIDTH`` columns.

    What doesn't fit on one line has one argument or item a line, each with a comma after it.

    Args:
      code: The expression.
      before: The number of columns that are taken on its first line.
      after: The number of columns that are needed on its last line.

    >>> print(lay_out("f(a=1, b=[2, 3])"))
    f(a=1, b=[2, 3])
    >>> print(lay_out("f(a=1, b=[2, 3])", before=70))
    f(
        a=1,
        b=[2, 3],
    )
    """
    laid_out = _lay_out(ast.parse(code, mode="eval").body, before, after, 0)
    quoted = re.sub(r"'([^'\"\\\n]*)'", r'"\1"', laid_out)
    return quoted if _are_equal(quoted, laid_out) else laid_out


def _are_equal(one: str, other: str) -> bool:
    try:
        first, second = (ast.parse(code, mode="eval") for code in (one, other))
    except SyntaxError:
        return False
    return ast.dump(first) == ast.dump(second)


def _lay_out(node: ast.expr, before: int, after: int, indent: int) -> str:
    flat = ast.unparse(node)
    if before + len(flat) + after <= WIDTH:
        return flat
    opening, closing, items = _items(node)
    if not items:
        return flat
    inner = indent + 4
    lines = [
        f"{' ' * inner}{label}{_lay_out(item, inner + len(label), 1, inner)},\n"
        for label, item in items
    ]
    return f"{opening}\n{''.join(lines)}{' ' * indent}{closing}"


def _items(node: ast.expr) -> tuple[str, str, list[tuple[str, ast.expr]]]:
    """Return what opens and closes an expression, and what it holds, with labels."""
    match node:
        case ast.Call(func, arguments, keywords):
            labelled = [(f"{each.arg}=", each.value) for each in keywords]
            return f"{ast.unparse(func)}(", ")", [("", each) for each in arguments] + labelled
        case ast.Tuple(parts):
            return "(", ")", [("", each) for each in parts]
        case ast.List(parts):
            return "[", "]", [("", each) for each in parts]
        case ast.Dict(keys, values):
            labels = [f"{ast.unparse(key)}: " if key else "**" for key in keys]
            return "{", "}", list(zip(labels, values, strict=True))
    return "", "", []
