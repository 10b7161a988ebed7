"""Clone an object by its attributes, without running any code of its class."""

from __future__ import annotations

import contextlib
import copyreg
import types
import warnings
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.cloning.errors import UnclonableError
from pytest_tfpclone.cloning.identities import holds_identity
from pytest_tfpclone.state import kinds
from pytest_tfpclone.state.attributes import dict_descriptor
from pytest_tfpclone.state.framework import is_framework_type

if TYPE_CHECKING:
    from pytest_tfpclone.cloning.engine import Cloner

_ATOMS = (str, int, float, bool, type(None))


class Layout:
    """What the instances of a class consist of."""

    __slots__ = ("base", "dict_of", "slots")

    def __init__(self, kind: type) -> None:
        self.slots: list[tuple[str, Any]] = [
            (name, member)
            for base in kind.__mro__
            for name, member in type.__getattribute__(base, "__dict__").items()
            if type(member) is types.MemberDescriptorType
            and name not in ("__dict__", "__weakref__")
            and "__slots__" in type.__getattribute__(base, "__dict__")
        ]
        self.dict_of = dict_descriptor(kind)
        self.base = next(base for base in kind.__mro__ if not _is_heap_type(base))


def _is_heap_type(kind: type) -> bool:
    return bool(kind.__flags__ & (1 << 9))


@kinds.per_kind
def layout_of(kind: Any) -> Layout:
    """Return what the instances of a class consist of."""
    return Layout(kind)


def namespace_of(value: object) -> dict[str, Any]:
    """Return an object's own attributes, by whatever name its class hides them."""
    descriptor = layout_of(type(value)).dict_of
    if descriptor is None:
        return {}
    try:
        namespace = descriptor.__get__(value)
    except AttributeError:
        return {}
    return namespace if isinstance(namespace, dict) else {}


def has_attributes(kind: type) -> bool:
    """Return whether the instances of a class have attributes or slots."""
    layout = layout_of(kind)
    return layout.dict_of is not None or bool(layout.slots)


def fill_attributes(
    original: object, copy: object, cloner: Cloner, skipped: frozenset[str] = frozenset()
) -> Generator[Any, Any, None]:
    """Give a copy the clones of all attributes and slots, but for the skipped ones.

    The dict of the attributes is an object as well: a dictionary may be its own, and
    two objects may have one.
    """
    layout = layout_of(type(original))
    if layout.dict_of is not None:
        namespace = namespace_of(original)
        fresh = namespace_of(copy)
        known = cloner.copies.get(id(namespace))
        if known is None and type(namespace) is not dict:
            known = yield namespace
        if known is None:
            cloner.remember(namespace, fresh)
            yield from _fill_namespace(namespace, fresh, cloner, skipped)
        elif known is not fresh:
            layout.dict_of.__set__(copy, known)
    for _, member in layout.slots:
        try:
            value = member.__get__(original, type(original))
        except AttributeError:
            continue
        member.__set__(copy, (yield value))
        if holds_identity(value):
            cloner.identities.add_slot(copy, member)


def _fill_namespace(
    namespace: dict[str, Any], fresh: dict[str, Any], cloner: Cloner, skipped: frozenset[str]
) -> Generator[Any, Any, None]:
    identifying = False
    for name, value in list(namespace.items()):
        if name in skipped:
            continue
        identifying = identifying or holds_identity(value)
        fresh[name] = value if type(value) in _ATOMS else (yield value)
    if identifying:
        cloner.identities.add(fresh)


def clone_instance(original: Any, cloner: Cloner) -> Generator[Any, Any, Any]:
    """Clone an object of a class without a handler: its attributes are its state.

    ``copy.deepcopy`` calls ``__new__`` without arguments, and TFP's classes need them:
    https://github.com/tensorflow/probability/issues/1609.
    """
    kind = type(original)
    layout = layout_of(kind)
    copy = None
    if layout.dict_of is None and kind.__dictoffset__ and layout.base is object:
        raise UnclonableError(original, "its class hides the dict of its attributes")
    if layout.base is object and has_attributes(kind):
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
    """Clone an object of a C type by what that type tells ``pickle`` or ``copy`` about itself.

    What subclasses add is not asked: see ``own``. Their attributes are cloned.
    """
    kind = type(original)
    try:
        reduced = _reduced(original, kind)
    except TypeError:
        copier = _framework_member(kind, "__deepcopy__")
        if copier is not None:
            return copier(original, {})
        name = f"{kinds.module(kind)}.{kinds.name(kind)}"
        reason = f"a {name} keeps state that Python can't read"
        raise UnclonableError(original, reason) from None
    copy = yield from rebuild(original, cloner, reduced)
    if copy is not original:
        yield from fill_attributes(original, copy, cloner, frozenset(namespace_of(copy)))
    return copy


def _reduced(original: Any, kind: type) -> Any:
    """Return what the framework's class of an object reduces it to."""
    reduce = copyreg.dispatch_table.get(kind) if is_framework_type(kind) else None
    by_protocol = _framework_member(kind, "__reduce_ex__")
    plain = _framework_member(kind, "__reduce__")
    with unwarned():
        if reduce is not None:
            return reduce(original)
        if by_protocol is not object.__reduce_ex__:
            return by_protocol(original, 4)
        if plain is not object.__reduce__:
            return plain(original)
        asks = ("__reduce__", "__getstate__")
        if any(kinds.member(kind, name) is not _framework_member(kind, name) for name in asks):
            raise TypeError("object.__reduce_ex__ would ask the subclass")
        return by_protocol(original, 4)


@contextlib.contextmanager
def unwarned() -> Iterator[None]:
    """Ask framework code what it warns of: Python 3.14 takes such methods from itertools."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _framework_member(kind: type, name: str) -> Any:
    """Return what the framework's bases of a class have by this name; None if nothing."""
    for base in kinds.bases(kind):
        if name in kinds.namespace(base) and is_framework_type(base):
            return kinds.namespace(base)[name]
    return None


def rebuild(original: Any, cloner: Cloner, reduced: Any) -> Generator[Any, Any, Any]:
    """Make a copy of an object from the clones of what it was reduced to."""
    if isinstance(reduced, str):
        return original
    make, arguments, state, items, pairs, setter = (*reduced, None, None, None, None)[:6]
    cloned_arguments = []
    for argument in arguments:
        cloned_arguments.append((yield argument))
    copy = make(*cloned_arguments)
    if copy is original:
        return original
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
        with unwarned() if is_framework_type(type(copy)) else contextlib.nullcontext():
            copy.__setstate__(state)
    else:
        attributes, slots = state if isinstance(state, tuple) else (state, None)
        namespace_of(copy).update(attributes or {})
        for name, value in (slots or {}).items():
            object.__setattr__(copy, name, value)
