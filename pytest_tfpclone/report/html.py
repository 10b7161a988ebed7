"""A session as one page of HTML that needs nothing from anywhere else."""

from __future__ import annotations

import base64
import difflib
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pytest_tfpclone.report.results import VERDICTS, Result, Run
from pytest_tfpclone.report.text import steps
from pytest_tfpclone.words import counted

_TEMPLATES = Path(__file__).with_name("templates")
# A sign for each, since colours alone don't tell everyone.
SIGNS = dict(zip(VERDICTS, "✓✗≠∅○", strict=True))


def render(run: Run) -> str:
    """Return a session as a page: the table of pairs, each cell leading to its findings.

    Raises:
        ModuleNotFoundError: Jinja2 is not installed (extra ``report``).
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, trim_blocks=True,
        lstrip_blocks=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True,
    )  # fmt: skip
    style, script = ((_TEMPLATES / f"report.{each}").read_text() for each in ("css", "js"))
    names = {id(each): f"pair-{position}" for position, each in enumerate(run.results, 1)}
    return environment.get_template("report.html.j2").render(
        run=run, signs=SIGNS, counts={each: _count(run.results, each) for each in VERDICTS},
        name=lambda result: names[id(result)], aligned=aligned, counted=counted,
        style=style, script=script, style_hash=_hash(style), script_hash=_hash(script),
    )  # fmt: skip


def _count(results: Sequence[Result], verdict: str) -> int:
    return sum(each.verdict == verdict for each in results)


def aligned(original: str, clone: str) -> list[tuple[str, str, bool]]:
    """Return two paths step by step: what stands at the same place, and whether it is alike.

    The roots, which have different names, count as alike.
    """
    lefts, rights = steps(original), steps(clone)
    found = [(lefts[0], rights[0], True)]
    matcher = difflib.SequenceMatcher(None, lefts[1:], rights[1:], autojunk=False)
    for kind, start, stop, other, end in matcher.get_opcodes():
        ours, theirs = lefts[1:][start:stop], rights[1:][other:end]
        if kind == "equal":
            found += [(each, each, True) for each in ours]
        else:
            found.append(("".join(ours), "".join(theirs), False))
    return found


def _hash(text: str) -> str:
    """Return the source that a content security policy names for an inline element."""
    digest: Any = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
