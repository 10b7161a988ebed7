"""What tests of edges look with."""

from __future__ import annotations

from pytest_tfpclone.state.edges import edges


class Plain:
    pass


class Incomparable(type):
    """A metaclass whose classes raise when they are compared."""

    def __eq__(cls, other):
        raise RuntimeError("asked")

    def __ne__(cls, other):
        raise RuntimeError("asked")

    __hash__ = type.__hash__


def steps(value):
    return [step for step, _ in edges(value)]


def child(value, step):
    found = [item for each, item in edges(value) if each == step]
    assert len(found) == 1, f"{step} in {steps(value)}"
    return found[0]
