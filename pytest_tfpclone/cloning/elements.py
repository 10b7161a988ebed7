"""Clone the elements of XML trees, whose parts are C state."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from pytest_tfpclone.cloning.dispatch import built_in
from pytest_tfpclone.cloning.instances import fill_attributes

if TYPE_CHECKING:
    from pytest_tfpclone.cloning.engine import Cloner

_C_ELEMENT: Any = Element


@built_in(_C_ELEMENT)
def clone_element(original: Any, cloner: Cloner) -> Generator[Any, Any, Any]:
    """Clone an element with its children, which the model may hold as well."""
    copy = _C_ELEMENT.__new__(type(original))
    cloner.remember(original, copy)
    state = {}
    for name, part in _C_ELEMENT.__getstate__(original).items():
        if part not in ({}, []):  # an element makes these when it needs them
            state[name] = yield part
    _C_ELEMENT.__setstate__(copy, state)
    yield from fill_attributes(original, copy, cloner)
    return copy
