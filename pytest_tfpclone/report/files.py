"""Write a session's report to a file, in the form that its suffix names."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path

from pytest_tfpclone.report.results import Run

_FORMS = ".json, .md or .html"


def _json(run: Run) -> str:
    from pytest_tfpclone.report.json_file import render

    return render(run)


def _markdown(run: Run) -> str:
    from pytest_tfpclone.report.markdown import render

    return render(run)


def _html(run: Run) -> str:
    from pytest_tfpclone.report.html import render

    return render(run)


_WRITERS: dict[str, Callable[[Run], str]] = {".json": _json, ".md": _markdown, ".html": _html}


def require_writable(path: Path) -> None:
    """Raise ``ValueError`` if a report can't be written there; said before the tests run."""
    if path.suffix not in _WRITERS:
        raise ValueError(
            f"--tfpclone-report: expected a file that ends in {_FORMS}; got {str(path)!r}"
        )
    if path.is_dir():
        raise ValueError(f"--tfpclone-report: expected a file; {str(path)!r} is a folder")
    if path.suffix == ".html" and importlib.util.find_spec("jinja2") is None:
        raise ValueError(
            "--tfpclone-report: a page needs Jinja2: pip install 'pytest-tfpclone[report]'"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"--tfpclone-report: {error}") from error
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise ValueError(f"--tfpclone-report: there is no permission to write {str(path)!r}")


def write(run: Run, path: Path) -> None:
    """Write a session to a ``.json``, ``.md`` or ``.html`` file, in UTF-8."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = _WRITERS[path.suffix](run)
    # Names of files may hold lone surrogates; in JSON the replacement is their escape.
    path.write_text(written, encoding="utf-8", errors="backslashreplace", newline="\n")
