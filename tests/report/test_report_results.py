"""The data of a session: which pairs fail it, and the rows of its table."""

from __future__ import annotations

import pytest
from sessions import EVERY, result, run

from pytest_tfpclone.report import text


@pytest.mark.parametrize(
    ("each", "is_bad", "remark"),
    [
        (result("independent"), False, ""),
        (result("not applicable"), False, ""),
        (result("shared"), True, ""),
        (result("unequal"), True, ""),
        (result("refused"), True, ""),
        (result("shared", expected="why"), False, "expected"),
        (result("refused", expected="why"), False, "expected"),
        (result("independent", expected="why"), True, "not as expected"),
        (result("not applicable", expected="why"), False, "expected"),
        (result("shared", is_control=True), False, "control"),
        (result("independent", is_control=True), True, "control failed"),
    ],
)
def test_a_result_is_bad_if_it_fails_the_session(each, is_bad, remark):
    assert (each.is_bad, each.remark) == (is_bad, remark)


@pytest.mark.parametrize(
    ("session", "line"),
    [
        (run(), "no pair ran"),
        (run(result("independent")), "1 pair, all as they should be"),
        (
            run(result("independent"), is_complete=False),
            "1 pair, all as they should be; not all that were to run came to a verdict",
        ),
        (
            EVERY,
            "6 of 10 pairs failed "
            "(1 shared, 2 unequal, 1 refused, 1 not as expected, 1 control failed)",
        ),
    ],
)
def test_the_headline_counts_what_failed(session, line):
    assert text.headline(session) == line


def named(session):
    """Return the rows, with verdicts for results."""
    return [(name, [each and each.verdict for each in cells]) for name, cells in session.rows]


def test_the_table_has_our_cloner_first_and_the_control_last():
    session = run(
        result("shared", "a", "alias", is_control=True),
        result("refused", "a", "deepcopy"),
        result("independent", "b", "clone"),
    )
    assert session.cloners == ["clone", "deepcopy", "alias"]
    assert named(session) == [
        ("a", [None, "refused", "shared"]),
        ("b", ["independent", None, None]),
    ]


def test_models_of_one_name_stay_apart():
    session = run(
        result("shared", "vae", source="model"),
        result("independent", "vae", source="gallery"),
        result("unequal", "flow", source="gallery"),
    )
    assert named(session) == [
        ("vae (model)", ["shared"]), ("vae (gallery)", ["independent"]), ("flow", ["unequal"]),
    ]  # fmt: skip


def test_no_pair_is_lost_that_several_tests_run():
    ids = ["a.py::test_f[vae-deepcopy-1]", "a.py::test_f[vae-deepcopy-2]", "a.py::test_g[vae-deepcopy]"]  # fmt: skip
    session = run(
        *(result(verdict, source="test", nodeid=each)
          for verdict, each in zip(("shared", "refused", "unequal"), ids, strict=True)),
    )  # fmt: skip
    assert named(session) == [
        ("vae (a.py::test_f)", ["shared"]),
        ("vae (a.py::test_f, 2)", ["refused"]),
        ("vae (a.py::test_g)", ["unequal"]),
    ]
    once = run(result(source="test", nodeid=ids[0]))
    assert named(once) == [("vae", ["shared"])]
