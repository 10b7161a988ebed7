"""Small words of messages: articles and plurals."""

from __future__ import annotations


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
