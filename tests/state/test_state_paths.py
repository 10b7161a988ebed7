"""Paths are printed as a user would write them."""

from __future__ import annotations

import pytest

from pytest_tfpclone.state.paths import printed


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ((), "original"),
        ((".layers", "[1]", ".kernel"), "original.layers[1].kernel"),
        (("['a']",), "original['a']"),
        ((".f", ".<closure 'scale'>"), "original.f.<closure 'scale'>"),
        ((".owner", "()"), "original.owner()"),
    ],
)
def test_printed(path, expected):
    assert printed(path) == expected


def test_the_root_has_the_name_that_it_is_given():
    assert printed((".a",), "clones[3]") == "clones[3].a"
