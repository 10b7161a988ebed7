"""Small words of messages: articles and plurals."""

from __future__ import annotations

import re

_RAISED = re.compile(r"\w+(Error|Exception): (?!Exception encountered)")


def a(noun: str) -> str:
    """Return a noun with its indefinite article.

    >>> a("Adam"), a("Dense"), a("LSTM"), a("MaskedArray")
    ('an Adam', 'a Dense', 'an LSTM', 'a MaskedArray')
    """
    spelled = noun[:2].isupper() and noun[:1] in "AEFHILMNORSX"
    return f"{'an' if spelled or noun[:1].lower() in 'aeio' else 'a'} {noun}"


def counted(count: int, noun: str) -> str:
    """Return a number and a noun that agrees with it.

    >>> counted(1, "leak"), counted(2, "leak")
    ('1 leak', '2 leaks')
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"


def called(thing: object) -> str:
    """Return the name of a function, or the type of what has none.

    >>> called(len), called(3)
    ('len', 'int')
    """
    return str(getattr(thing, "__name__", type(thing).__name__))


def said(error: BaseException) -> str:
    r"""Return the type of an exception, and the line of its text that says what is wrong.

    Keras and AutoGraph first say where it was raised.

    >>> said(ValueError("shapes differ\nsee the guide"))
    'ValueError: shapes differ'
    """
    name = type(error).__name__
    try:
        text = re.sub("\x1b\\[[0-9;]*m", "", str(error))  # Keras 3 writes in bold
        lines = [line.strip() for line in text.splitlines() if line.strip()]
    except Exception:
        lines = []
    if not lines:
        return f"{name}: no message"
    if "in user code:" in lines:
        raised = [line for line in lines if _RAISED.match(line)]
        return f"{name}: {(raised or lines)[-1].removeprefix(f'{name}: ')}"
    where = len(lines) > 1 and lines[0].startswith("Exception encountered")
    return f"{name}: {lines[where]}"
