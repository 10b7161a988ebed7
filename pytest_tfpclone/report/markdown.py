"""A session as Markdown: for a comment on a pull request, or the summary of a CI step."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

from pytest_tfpclone.report import text
from pytest_tfpclone.report.results import Result, Run
from pytest_tfpclone.words import counted

# A comment on GitHub holds 65,536 characters, the summary of a step 1 MiB.
_MOST = 60_000
_MOST_IN_TABLE = 25_000
_MOST_OF_TEXT = 2_000
_MOST_OF_NAME = 120
_WHOLE = "`--tfpclone-report` with a path that ends in `.html` or `.json` writes all of it"
SIGNS = {
    "independent": "✅", "shared": "❌", "unequal": "⚠️", "refused": "🚫", "not applicable": "○",
}  # fmt: skip


def render(run: Run) -> str:
    """Return a session as GitHub-flavoured Markdown, short enough for a comment."""
    parts = [f"## Clone independence: {text.headline(run)}"]
    if run.results:
        parts += [_counts(run), _table(run)]
    parts.append(_about(run))
    left = _MOST - sum(map(len, parts))
    for position, each in enumerate(run.bad):
        block = _finding(each, 10)
        if len(block) > left // 2:
            block = _finding(each, 1)
        if len(block) > left:
            more = counted(len(run.bad) - position, "more pair")
            parts.append(f"… and the findings of {more}; {_WHOLE}.")
            break
        parts.append(block)
        left -= len(block)
    return "\n\n".join(parts) + "\n"


def _counts(run: Run) -> str:
    counts = text.tally(each.verdict for each in run.results).split(", ")
    return " · ".join(f"{SIGNS[each.partition(' ')[2]]} {each}" for each in counts)


def _table(run: Run) -> str:
    """Return the table; of one that is too long, the rows that hold failures first."""
    lines = [
        f"| {escaped(model, _MOST_OF_NAME)} | {' | '.join(map(_cell, cells))} |"
        for model, cells in run.rows
    ]
    kept, length = set(), 0
    bad = [any(each is not None and each.is_bad for each in cells) for _, cells in run.rows]
    for position in sorted(range(len(lines)), key=lambda each: not bad[each]):
        length += len(lines[position])
        if length > _MOST_IN_TABLE:
            break
        kept.add(position)
    cloners = " | ".join(escaped(each, _MOST_OF_NAME) for each in run.cloners)
    table = [f"| model | {cloners} |", f"|---|{'---|' * len(run.cloners)}"]
    table += [line for position, line in enumerate(lines) if position in kept]
    if len(kept) < len(lines):
        failed = sum(each for position, each in enumerate(bad) if position not in kept)
        more = counted(len(lines) - len(kept), "more model")
        table += ["", f"… and {more}, {failed} of which failed; {_WHOLE}."]
    return "\n".join(table)


def _cell(result: Result | None) -> str:
    if result is None:
        return ""
    remark = f" ({result.remark})" if result.remark else ""
    shown = f"{SIGNS[result.verdict]}\N{NO-BREAK SPACE}{text.short(result.verdict)}{remark}"
    return f"**{shown}**" if result.is_bad else shown


def _about(run: Run) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in run.versions.items())
    return f"{escaped(versions)}; seed {run.seed}; again: {code(run.command)}"


def _finding(result: Result, most: int) -> str:
    """Return a pair's findings, so many of each kind at most."""
    pair = f"{result.model} x {result.cloner}: {result.verdict}: {result.summary}"
    title = html.escape(_cut(f"{SIGNS[result.verdict]} {pair}", 400), quote=False)
    lines = []
    if result.expected:
        lines.append(f"- listed as an expected failure: {escaped(result.expected)}")
    if result.is_control:
        lines.append("- a control, which must come out shared: the check itself is broken")
    found: dict[str, Any] = result.findings or {}
    leaks, differences = found.get("leaks", ()), found.get("differences", ())
    for leak in leaks[:most]:
        lines += [
            f"- {code(leak['original'])} is {code(leak['clone'])}, {escaped(leak['label'])}",
            f"  - proof: {escaped(leak['kind'])}: {escaped(leak['evidence'])}",
        ]
        if leak["hint"]:
            lines.append(f"  - hint: {escaped(leak['hint'])}")
    lines += _rest(leaks, most, "leak")
    for each in differences[:most]:
        lines.append(f"- {code(each['path'])} {escaped(each['kind'])}: {escaped(each['detail'])}")
    lines += _rest(differences, most, "difference")
    if differences and not leaks:
        advice = text.advice({each["kind"] for each in differences})
        lines.append(f"- hint: {escaped(advice)}")
    blocks = [f"<details><summary>{_unlinked(title)}</summary>"]
    blocks += ["\n".join(lines)] if lines else []
    if not found and result.text:
        blocks.append(_fenced(result.text))
    if result.code:
        blocks += ["The smallest such model:", _fenced(text.laid_out(result.code), "python")]
    if result.reproduce:
        blocks.append(f"Reproduce: {code(result.reproduce)}")
    return "\n\n".join([*blocks, "</details>"])


def _rest(found: Sequence[Any], most: int, what: str) -> list[str]:
    more = len(found) - most
    return [f"- and {counted(more, f'more {what}')}"] if more > 0 else []


def escaped(said: str, most: int = _MOST_OF_TEXT) -> str:
    """Return text that Markdown shows as it is, in one line, also in a table."""
    said = _cut(said, most).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _unlinked(re.sub(r"([\\`*_{}\[\]|#~$@!])", r"\\\1", said))


def code(said: str) -> str:
    """Return text as a span of code, whatever backticks it holds."""
    said = _cut(said, _MOST_OF_TEXT)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", said)), default=0))
    pad = " " if said.startswith("`") or said.endswith("`") else ""
    return f"{fence}{pad}{said}{pad}{fence}" if said else ""


def _cut(said: str, most: int) -> str:
    said = " ".join(said.split())
    return said if len(said) <= most else f"{said[: most - 2]} …"


def _unlinked(said: str) -> str:
    """Keep GitHub from taking ``@tf.function`` for a person, and ``#1`` for an issue."""
    return re.sub(r"([@#])(?=\w)", r"\1<!-- -->", said)


def _fenced(said: str, language: str = "text") -> str:
    if len(said) > _MOST_OF_TEXT:
        said = f"{said[:_MOST_OF_TEXT].rpartition(chr(10))[0] or said[:_MOST_OF_TEXT]}\n…"
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", said)), default=0))
    return f"{fence}{language}\n{said}\n{fence}"
