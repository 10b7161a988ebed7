"""A session as one page of HTML that needs nothing from anywhere else."""

from __future__ import annotations

import base64
import difflib
import hashlib
from pathlib import Path
from typing import Any

from pytest_tfpclone.report import text
from pytest_tfpclone.report.results import VERDICTS, Result, Run
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
    style, script = (
        (_TEMPLATES / f"report.{each}").read_text(encoding="utf-8") for each in ("css", "js")
    )
    names = {id(each): f"pair-{position}" for position, each in enumerate(run.results, 1)}
    verdicts = [each.verdict for each in run.results]
    return environment.get_template("report.html.j2").render(
        run=run, text=text, signs=SIGNS, counts={each: verdicts.count(each) for each in VERDICTS},
        controls={each.cloner for each in run.results if each.is_control},
        groups=_groups(run), name=lambda result: names[id(result)], aligned=aligned,
        advice=_advice, counted=counted, style=style, script=script, style_hash=_hash(style),
        script_hash=_hash(script),
    )  # fmt: skip


def _groups(run: Run) -> list[tuple[str, str, list[Result]]]:
    """Return a name, a title and the pairs of each group of findings; what failed comes first."""
    others = [each for each in run.results if not each.is_bad]
    found = [("failed", "Failed", run.bad), ("fine", "As they should be", others)]
    return [(name, f"{title} ({len(pairs)})", pairs) for name, title, pairs in found if pairs]


def aligned(original: str, clone: str) -> list[tuple[str, str, bool]]:
    """Return two paths step by step: what stands at the same place, and whether it is alike.

    The roots, which have different names, count as alike.
    """
    lefts, rights = text.steps(original), text.steps(clone)
    found = [(lefts[0], rights[0], True)]
    matcher = difflib.SequenceMatcher(None, lefts[1:], rights[1:], autojunk=False)
    for kind, start, stop, other, end in matcher.get_opcodes():
        ours, theirs = lefts[1:][start:stop], rights[1:][other:end]
        if kind == "equal":
            found += [(each, each, True) for each in ours]
        else:
            found.append(("".join(ours), "".join(theirs), False))
    return found


def _advice(differences: list[dict[str, Any]]) -> str:
    return text.advice({each["kind"] for each in differences})


def _hash(source: str) -> str:
    """Return the source that a content security policy names for an inline element."""
    digest = hashlib.sha256(source.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
