"""Articles and plurals: how the names of classes are spoken decides."""

from __future__ import annotations

import string

import pytest

from pytest_tfpclone.words import a, counted


@pytest.mark.parametrize("letter", string.ascii_uppercase)
def test_an_abbreviation_is_spelled(letter):
    article = "an" if letter in "AEFHILMNORSX" else "a"
    for noun in (f"{letter}BC", f"{letter}Xy"):
        assert a(noun) == f"{article} {noun}"


@pytest.mark.parametrize("letter", string.ascii_lowercase)
def test_a_word_is_spoken(letter):
    article = "an" if letter in "aeio" else "a"
    for noun in (f"{letter}xample", f"{letter.upper()}xample", f"{letter.upper()}xYZ", letter):
        assert a(noun) == f"{article} {noun}"


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 leaks"), (1, "1 leak"), (2, "2 leaks"), (11, "11 leaks"), (1000, "1000 leaks")],
)
def test_only_one_is_singular(count, text):
    assert counted(count, "leak") == text
