"""The README's table of what fails today is made from the tests beside this file."""

from __future__ import annotations

from pathlib import Path

import reports
import test_keras  # noqa: F401
import test_tensorflow  # noqa: F401
import test_tensorflow_probability  # noqa: F401
import test_tf_keras  # noqa: F401

README = Path(__file__).parents[2] / "README.md"


def test_the_table_in_the_readme():
    table = reports.table()
    assert table in README.read_text(encoding="utf-8"), f"put this into README.md:\n{table}"


def test_every_report_names_its_issue_or_says_that_there_is_none():
    for each in reports.REPORTS:
        assert each.issue == "not reported" or reports.linked(each.issue) != each.issue
