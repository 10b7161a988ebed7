"""Articles and plurals: how the names of classes are spoken decides."""

from __future__ import annotations

import string

import pytest

from pytest_tfpclone.words import a, counted, said


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


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("one", "one"),
        ("one\ntwo", "one"),
        ("\n\n one\ntwo", "one"),
        ("", "no message"),
        (" \n ", "no message"),
        ("Exception encountered when calling layer 'a'.\n\n shapes differ", "shapes differ"),
        (
            'in user code:\n\n    File "a.py", line 4, in f  *\n        raise\n\n'
            "    LookupError: 'no slot'\n",
            "'no slot'",
        ),
        (
            'in user code:\n\n    File "a.py", line 4, in f  *\n\n    ValueError: Exception '
            "encountered when calling layer 'a'.\n    \n    in user code:\n    \n        "
            "LookupError: shapes differ\n    \n    Call arguments:\n      • x=1\n",
            "shapes differ",
        ),
        ("Exception encountered.\n\n\x1b[1mshapes differ\x1b[0m", "shapes differ"),
    ],
)
def test_of_what_is_raised_the_line_that_says_what_is_wrong(text, line):
    assert said(LookupError(text)) == f"LookupError: {line}"


def test_an_exception_that_has_no_text_is_named():
    class Mute(Exception):
        def __str__(self):
            raise RuntimeError

    assert said(Mute()) == "Mute: no message"
