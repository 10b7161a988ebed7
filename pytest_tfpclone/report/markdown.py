"""A session as Markdown: for a comment on a pull request, or the summary of a CI step."""

from __future__ import annotations

import html
import re
from typing import Any

from pytest_tfpclone.report.results import VERDICTS, Result, Run
from pytest_tfpclone.words import counted

# A comment on GitHub holds 65,536 characters, the summary of a step 1 MiB.
_MOST = 60_000
_MOST_FINDINGS = 10
SIGNS = {
    "independent": "✅", "shared": "❌", "unequal": "⚠️", "refused": "🚫", "not applicable": "○",
}  # fmt: skip


def render(run: Run) -> str:
    """Return a session as GitHub-flavoured Markdown."""
    bad = run.bad
    parts = [f"## Clone independence: {_headline(run)}"]
    if run.results:
        parts.append(_table(run))
    parts.append(_about(run))
    length = sum(map(len, parts))
    for position, each in enumerate(bad):
        block = _finding(each)
        if length + len(block) > _MOST:
            parts.append(f"… and {counted(len(bad) - position, 'more pair')} that failed.")
            break
        parts.append(block)
        length += len(block)
    return "\n\n".join(parts) + "\n"


def _headline(run: Run) -> str:
    bad = run.bad
    if not run.results:
        return "no pair ran"
    pairs = counted(len(run.results), "pair")
    so_far = "" if run.is_complete else ", stopped before all ran"
    if not bad:
        return f"{pairs}, all as they should be{so_far}"
    counts = [
        f"{sum(each.verdict == verdict for each in bad)} {verdict}"
        for verdict in VERDICTS
        if any(each.verdict == verdict for each in bad)
    ]
    return f"{len(bad)} of {pairs} failed ({', '.join(counts)}){so_far}"


def _table(run: Run) -> str:
    rows = [f"| model | {' | '.join(map(escaped, run.cloners))} |"]
    rows.append(f"|---|{'---|' * len(run.cloners)}")
    for model, cells in run.rows:
        rows.append(f"| {escaped(model)} | {' | '.join(map(_cell, cells))} |")
    return "\n".join(rows)


def _cell(result: Result | None) -> str:
    if result is None:
        return ""
    remark = f" ({result.remark})" if result.remark else ""
    text = f"{SIGNS[result.verdict]} {result.verdict}{remark}"
    return f"**{text}**" if result.is_bad else text


def _about(run: Run) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in run.versions.items())
    return f"{escaped(versions)}; seed {run.seed}; again: {code(run.command)}"


def _finding(result: Result) -> str:
    title = f"{result.model} x {result.cloner}: {result.verdict}: {result.summary}"
    lines = [f"<details><summary>{html.escape(' '.join(title.split()))}</summary>", ""]
    found: dict[str, Any] = result.findings or {}
    leaks, differences = found.get("leaks", ()), found.get("differences", ())
    for leak in leaks[:_MOST_FINDINGS]:
        lines += [
            f"- {code(leak['original'])} is {code(leak['clone'])}, {escaped(leak['label'])}",
            f"  - proof: {escaped(leak['kind'])}: {escaped(leak['evidence'])}",
        ]
        if leak["hint"]:
            lines.append(f"  - hint: {escaped(leak['hint'])}")
    for each in differences[:_MOST_FINDINGS]:
        lines.append(f"- {code(each['path'])} {escaped(each['kind'])}: {escaped(each['detail'])}")
    for what, rows in (("leak", leaks), ("difference", differences)):
        if len(rows) > _MOST_FINDINGS:
            lines.append(f"- and {counted(len(rows) - _MOST_FINDINGS, f'more {what}')}")
    if not found and result.text:
        lines.append(_fenced(result.text))
    if result.expected:
        lines.append(f"- expected to fail: {escaped(result.expected)}")
    if result.code:
        lines += ["", "The smallest such model:", "", _fenced(result.code, "python")]
    lines += ["", f"Reproduce: {code(result.reproduce)}", "", "</details>"]
    return "\n".join(lines)


def escaped(text: str) -> str:
    """Return text that Markdown shows as it is, in one line, also in a table."""
    text = " ".join(text.split())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_{}\[\]|#~$@!])", r"\\\1", text)


def code(text: str) -> str:
    """Return text as a span of code, whatever backticks it holds."""
    text = " ".join(text.split())
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}" if text else ""


def _fenced(text: str, language: str = "text") -> str:
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}{language}\n{text}\n{fence}"
