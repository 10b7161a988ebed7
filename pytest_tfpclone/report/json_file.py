"""A session as JSON: the schema is ``schema-1.json`` beside this module."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

from pytest_tfpclone.report.results import Result, Run

SCHEMA = 1


def render(run: Run) -> str:
    """Return a session as JSON text."""
    document = {"schema": SCHEMA, **dataclasses.asdict(run)}
    for written, result in zip(document["results"], run.results, strict=True):
        written["is_bad"] = result.is_bad
    return json.dumps(_finite(document), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def read(path: Path) -> Run:
    """Return the session that a file holds. A number that was none is nan.

    Raises:
        ValueError: the file is no JSON, or of another version of the schema.
    """
    document = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(document, dict) or document.pop("schema", None) != SCHEMA:
        raise ValueError(f"{path} does not follow version {SCHEMA} of the schema")
    for each in document["results"]:
        del each["is_bad"]
        for timed in (each, each["findings"] or {}):
            if timed.get("seconds", 0) is None:
                timed["seconds"] = math.nan
    return Run(results=tuple(Result(**each) for each in document.pop("results")), **document)


def schema() -> dict[str, Any]:
    """Return the JSON Schema that reports follow."""
    text = Path(__file__).with_name(f"schema-{SCHEMA}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _finite(value: Any) -> Any:
    """Return a value with null for numbers that JSON does not have."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
