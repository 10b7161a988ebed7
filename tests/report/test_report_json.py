"""JSON: the schema describes it, and it is read back as it was."""

from __future__ import annotations

import dataclasses
import json
import math

import jsonschema
import pytest
from sessions import EVERY, hostile, result, run

from pytest_tfpclone.report import files, json_file
from pytest_tfpclone.report.findings import CloneReport, Difference, Leak
from pytest_tfpclone.report.results import VERDICTS, Result, Run

SCHEMA = json_file.schema()


def validate(document):
    jsonschema.Draft202012Validator(SCHEMA).validate(document)


@pytest.mark.parametrize("session", [EVERY, run(), hostile(), run(result(), is_complete=False)])
def test_it_follows_its_schema_and_comes_back_as_it_was(tmp_path, session):
    files.write(session, tmp_path / "a.json")
    document = json.loads((tmp_path / "a.json").read_bytes())
    validate(document)
    assert document["schema"] == 1
    assert [each["is_bad"] for each in document["results"]] == [
        each.is_bad for each in session.results
    ]
    assert json_file.read(tmp_path / "a.json") == session


def test_the_schema_is_one_and_says_what_each_field_means():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    objects = [SCHEMA, *SCHEMA["$defs"].values()]
    for each in objects:
        assert each["additionalProperties"] is False
        assert sorted(each["required"]) == sorted(each["properties"])
        for name, field in each["properties"].items():
            assert field.get("description"), name
    assert tuple(SCHEMA["$defs"]["result"]["properties"]["verdict"]["enum"]) == VERDICTS


@pytest.mark.parametrize(
    ("schema", "kind", "more"),
    [
        (SCHEMA, Run, {"schema"}),
        (SCHEMA["$defs"]["result"], Result, {"is_bad"}),
        (SCHEMA["$defs"]["report"], CloneReport, {"verdict", "independent", "equal"}),
        (SCHEMA["$defs"]["leak"], Leak, set()),
        (SCHEMA["$defs"]["difference"], Difference, set()),
    ],
)
def test_the_schema_has_the_fields_there_are(schema, kind, more):
    assert set(schema["properties"]) == {each.name for each in dataclasses.fields(kind)} | more


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda document: document.update(more=1), "more"),
        (lambda document: document.pop("seed"), "seed"),
        (lambda document: document.update(schema=2), "1 was expected"),
        (lambda document: document["results"][0].update(verdict="good"), "good"),
        (
            lambda document: document["results"][1]["findings"]["leaks"][0].pop("hint"),
            "not valid under any",
        ),
    ],
)
def test_the_schema_rejects_what_is_no_report(change, said):
    document = json.loads(json_file.render(EVERY))
    validate(document)
    change(document)
    with pytest.raises(jsonschema.ValidationError, match=said):
        validate(document)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_json_has_not_is_null(tmp_path, number):
    findings = {**CloneReport().to_dict(), "seconds": number}
    text = json_file.render(run(result(findings=findings, seconds=number)))
    assert "NaN" not in text
    assert "Infinity" not in text
    document = json.loads(text)
    validate(document)
    assert document["results"][0]["seconds"] is None
    (tmp_path / "a.json").write_text(text)
    (read,) = json_file.read(tmp_path / "a.json").results
    assert math.isnan(read.seconds)
    assert math.isnan(read.findings["seconds"])


@pytest.mark.parametrize("text", ['{"schema": 2}', "{}", "[]", "1"])
def test_another_version_is_refused(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ValueError, match="does not follow version 1"):
        json_file.read(tmp_path / "a.json")


def test_what_is_no_json_is_refused(tmp_path):
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(ValueError, match="Expecting property name"):
        json_file.read(tmp_path / "a.json")


def test_words_of_other_languages_stay_readable():
    assert "modèle_层" in json_file.render(run(result(model="modèle_层")))
