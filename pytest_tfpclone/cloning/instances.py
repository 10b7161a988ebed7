"""Clone an object by its attributes, without running any code of its class."""

from __future__ import annotations

import copy as copying
import copyreg
import functools
import types
import warnings
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.cloning.errors import UnclonableError
from pytest_tfpclone.cloning.identities import holds_identity

if TYPE_CHECKING:
    from pytest_tfpclone.cloning.engine import Cloner

_ATOMS = (str, int, float, bool, type(None))


class Layout:
    """What the instances of a class consist of."""

    __slots__ = ("base", "has_dict", "slots")

    def __init__(self, kind: type) -> None:
        self.slots: list[tuple[str, Any]] = [
            (name, member)
            for base in kind.__mro__
            for name, member in type.__getattribute__(base, "__dict__").items()
            if type(member) is types.MemberDescriptorType
            and name not in ("__dict__", "__weakref__")
            and "__slots__" in type.__getattribute__(base, "__dict__")
        ]
        self.has_dict = kind.__dictoffset__ != 0
        self.base = next(base for base in kind.__mro__ if not _is_heap_type(base))


def _is_heap_type(kind: type) -> bool:
    return bool(kind.__flags__ & (1 << 9))


@functools.cache
def _layout(kind: Any) -> Layout:
    return Layout(kind)


def layout_of(kind: type) -> Layout:
    """Return what the instances of a class consist of."""
    return _layout(kind)


def namespace_of(value: object) -> dict[str, Any]:
    """Return an object's own attributes, by whatever name its class hides them."""
    try:
        namespace = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return namespace if isinstance(namespace, dict) else {}


def fill_attributes(
    original: object, copy: object, cloner: Cloner, skipped: frozenset[str] = frozenset()
) -> Generator[Any, Any, None]:
    """Give a copy the clones of all attributes and slots, but for the skipped ones."""
    layout = layout_of(type(original))
    if layout.has_dict:
        fresh = namespace_of(copy)
        identifying = False
        for name, value in list(namespace_of(original).items()):
            if name in skipped:
                continue
            if type(value) in _ATOMS:
                identifying = identifying or holds_identity(value)
                fresh[name] = value
            else:
                fresh[name] = yield value
        if identifying:
            cloner.identities.add(fresh)
    for _, member in layout.slots:
        try:
            value = member.__get__(original, type(original))
        except AttributeError:
            continue
        member.__set__(copy, (yield value))


def clone_instance(original: Any, cloner: Cloner) -> Generator[Any, Any, Any]:
    """Clone an object of a class without a handler: its attributes are its state.

    ``copy.deepcopy`` calls ``__new__`` without arguments, and TFP's classes need them:
    https://github.com/tensorflow/probability/issues/1609.
    """
    kind = type(original)
    layout = layout_of(kind)
    copy = None
    if layout.base is object and (layout.has_dict or layout.slots):
        try:
            copy = object.__new__(kind)
        except TypeError:
            copy = None
    elif layout.base is object and kind.__basicsize__ == object.__basicsize__:
        return original
    if copy is None:
        return (yield from clone_by_reduction(original, cloner))
    cloner.remember(original, copy)
    yield from fill_attributes(original, copy, cloner)
    return copy


def clone_by_reduction(original: Any, cloner: Cloner) -> Generator[Any, Any, Any]:
    """Clone an object of a C type by what it tells ``pickle`` or ``copy`` about itself."""
    kind = type(original)
    if hasattr(kind, "__deepcopy__"):
        return copying.deepcopy(original)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reduce = copyreg.dispatch_table.get(kind)
        try:
            reduced = reduce(original) if reduce else original.__reduce_ex__(4)
        except TypeError:
            reason = f"a {kind.__module__}.{kind.__qualname__} keeps state that Python can't read"
            raise UnclonableError(original, reason) from None
    if isinstance(reduced, str):
        return original
    make, arguments, state, items, pairs, setter = (*reduced, None, None, None, None)[:6]
    cloned_arguments = []
    for argument in arguments:
        cloned_arguments.append((yield argument))
    copy = make(*cloned_arguments)
    cloner.remember(original, copy)
    if state is not None:
        state = yield state
        _set_state(copy, state, setter)
    for item in items or ():
        copy.append((yield item))
    for key, value in pairs or ():
        copy[(yield key)] = yield value
    return copy


def _set_state(copy: Any, state: Any, setter: Any) -> None:
    if setter is not None:
        setter(copy, state)
    elif hasattr(copy, "__setstate__"):
        copy.__setstate__(state)
    else:
        attributes, slots = state if isinstance(state, tuple) else (state, None)
        namespace_of(copy).update(attributes or {})
        for name, value in (slots or {}).items():
            object.__setattr__(copy, name, value)
