"""Clone Python's containers and their subclasses; tuples only where a part changes."""

from __future__ import annotations

import array
import collections
import contextlib
import types
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.cloning.dispatch import built_in
from pytest_tfpclone.cloning.identities import holds_identity
from pytest_tfpclone.cloning.instances import (
    fill_attributes,
    has_attributes,
    layout_of,
    namespace_of,
)
from pytest_tfpclone.state.framework import is_standard_type

if TYPE_CHECKING:
    from pytest_tfpclone.cloning.engine import Cloner

_Steps = Generator[Any, Any, Any]
_DESCRIPTORS = (types.MemberDescriptorType, types.GetSetDescriptorType)
_CONTENT = ("args", "__dict__", "__traceback__")
_ATOMS = frozenset({str, int, float, bool, type(None), bytes, complex})
_HASHES_AT_ONCE: tuple[Any, ...] = (object, str, int, float, complex, bytes, frozenset)


def hashes_at_once(fresh: Any, old: Any) -> bool:
    """Return whether a clone can be hashed before all that it holds is there.

    A hash that a class defines, or that a container asks its items for, may run over
    what is still to come.
    """
    if fresh is old:
        return True
    kind: Any = type(fresh)
    if kind.__hash__ is tuple.__hash__:
        return all(map(hashes_at_once, tuple.__iter__(fresh), tuple.__iter__(old)))
    return any(kind.__hash__ is base.__hash__ for base in _HASHES_AT_ONCE)


@built_in(dict)
def clone_dict(original: dict[Any, Any], cloner: Cloner) -> _Steps:
    """Clone a dict with its order; keys that are objects are cloned too."""
    kind = type(original)
    base: Any = next(b for b in (collections.OrderedDict, dict) if issubclass(kind, b))
    copy = base.__new__(kind)
    cloner.remember(original, copy)
    if issubclass(kind, collections.defaultdict):
        collections.defaultdict.__init__(copy, (yield original.default_factory))  # type: ignore[attr-defined]
    identifying = False
    pairs: list[tuple[Any, Any]] = []
    for old, value in list(base.items(original)):
        key = old if type(old) in _ATOMS else (yield old)
        if type(value) not in _ATOMS:
            value = yield value
        identifying = identifying or holds_identity(key) or holds_identity(value)
        if pairs or not hashes_at_once(key, old):
            pairs.append((key, value))
        else:
            base.__setitem__(copy, key, value)

    def fill() -> None:
        for key, value in pairs:
            base.__setitem__(copy, key, value)
        if identifying:
            cloner.identities.add(copy)

    if pairs:
        cloner.later(fill)
    else:
        fill()
    if has_attributes(kind):
        yield from fill_attributes(original, copy, cloner)
    return copy


@built_in(list)
def clone_list(original: list[Any], cloner: Cloner) -> _Steps:
    """Clone a list."""
    kind = type(original)
    copy: list[Any] = list.__new__(kind)
    cloner.remember(original, copy)
    append = list.append
    identifying = False
    for item in list(list.__iter__(original)):
        identifying = identifying or holds_identity(item)
        append(copy, item if type(item) in _ATOMS else (yield item))
    if identifying:
        cloner.identities.add(copy)
    if kind is not list and has_attributes(kind):
        yield from fill_attributes(original, copy, cloner)
    return copy


@built_in(collections.deque)
def clone_deque(original: Any, cloner: Cloner) -> _Steps:
    """Clone a deque with its bound."""
    kind = type(original)
    copy = collections.deque.__new__(kind)
    collections.deque.__init__(copy, (), original.maxlen)
    cloner.remember(original, copy)
    for item in list(collections.deque.__iter__(original)):
        collections.deque.append(copy, (yield item))
    if any(map(holds_identity, collections.deque.__iter__(copy))):
        cloner.identities.add(copy)
    if has_attributes(kind):
        yield from fill_attributes(original, copy, cloner)
    return copy


@built_in(set)
def clone_set(original: set[Any], cloner: Cloner) -> _Steps:
    """Clone a set."""
    kind = type(original)
    copy: set[Any] = set.__new__(kind)
    cloner.remember(original, copy)
    members = []
    for old in list(set.__iter__(original)):
        item = old if type(old) in _ATOMS else (yield old)
        if hashes_at_once(item, old):
            set.add(copy, item)
        else:
            members.append(item)

    def fill() -> None:
        set.update(copy, members)
        if any(holds_identity(item) for item in set.__iter__(copy)):
            cloner.identities.add(copy)

    if members:
        cloner.later(fill)
    else:
        fill()
    if has_attributes(kind):
        yield from fill_attributes(original, copy, cloner)
    return copy


@built_in(tuple)
def clone_tuple(original: tuple[Any, ...], cloner: Cloner) -> _Steps:
    """Clone a tuple in which something changes; any other one stays itself."""
    kind = type(original)
    items = []
    changed = False
    for item in tuple.__iter__(original):
        fresh = item if type(item) in _ATOMS else (yield item)
        changed = changed or fresh is not item
        items.append(fresh)
    if not changed and not namespace_of(original):
        return original
    known = cloner.copies.get(id(original))
    if known is not None:
        return known
    copy = tuple(items) if kind is tuple else tuple.__new__(kind, items)
    if kind is not tuple and has_attributes(kind):
        cloner.remember(original, copy)
        yield from fill_attributes(original, copy, cloner)
    return copy


@built_in(frozenset)
def clone_frozenset(original: frozenset[Any], cloner: Cloner) -> _Steps:
    """Clone a frozen set in which something changes; any other one stays itself."""
    kind = type(original)
    items = []
    changed = False
    for item in list(frozenset.__iter__(original)):
        fresh = item if type(item) in _ATOMS else (yield item)
        changed = changed or fresh is not item
        items.append(fresh)
    if not changed and not has_attributes(kind):
        return original
    copy = frozenset.__new__(kind, items)
    if has_attributes(kind):
        cloner.remember(original, copy)
        yield from fill_attributes(original, copy, cloner)
    return copy


@built_in(int, float, complex, str, bytes)
def clone_scalar(original: Any, cloner: Cloner) -> _Steps:
    """Clone a subclass of a number or a text, if it has attributes of its own."""
    kind = type(original)
    if not namespace_of(original) and not layout_of(kind).slots:
        return original
    base: Any = layout_of(kind).base
    # Its own conversions may say anything: this is what pickle would store.
    copy = base.__new__(kind, *base.__getnewargs__(original))
    cloner.remember(original, copy)
    yield from fill_attributes(original, copy, cloner)
    return copy


@built_in(bytearray)
def clone_bytearray(original: bytearray, cloner: Cloner) -> _Steps:
    """Clone a bytearray."""
    copy = bytearray.__new__(type(original))
    cloner.remember(original, copy)
    bytearray.__init__(copy, memoryview(original))
    yield from fill_attributes(original, copy, cloner)
    return copy


@built_in(array.array)
def clone_typed_array(original: array.array[Any], cloner: Cloner) -> _Steps:
    """Clone an array of plain numbers."""
    copy = array.array.__new__(type(original), original.typecode, memoryview(original).tobytes())
    cloner.remember(original, copy)
    yield from fill_attributes(original, copy, cloner)
    return copy


@built_in(types.MappingProxyType)
def clone_mapping_proxy(original: Any, cloner: Cloner) -> _Steps:
    """Clone a read-only view together with the mapping behind it."""
    import gc

    mapping = next(iter(gc.get_referents(original)))
    fresh = yield mapping
    return original if fresh is mapping else types.MappingProxyType(fresh)


@built_in(types.SimpleNamespace)
def clone_simple_namespace(original: types.SimpleNamespace, cloner: Cloner) -> _Steps:
    """Clone a simple namespace."""
    copy = types.SimpleNamespace.__new__(type(original))
    cloner.remember(original, copy)
    yield from fill_attributes(original, copy, cloner)
    return copy


@built_in(BaseException)
def clone_exception(original: BaseException, cloner: Cloner) -> _Steps:
    """Clone an exception without its traceback, whose frames belong to a past call."""
    kind = type(original)
    arguments = yield original.args
    known = cloner.copies.get(id(original))
    if known is not None:
        return known
    copy = kind.__new__(kind, *arguments)
    cloner.remember(original, copy)
    copy.args = arguments
    yield from fill_attributes(original, copy, cloner)
    for name in _members(kind):
        with contextlib.suppress(AttributeError, TypeError):  # unset, or read only
            value = getattr(original, name)
            if value is not getattr(copy, name):  # what is unset reads as None
                setattr(copy, name, (yield value))
    return copy


def _members(kind: type) -> Iterator[str]:
    """Yield what the C base of an exception keeps: ``__cause__``, ``errno``, ``start``."""
    for base in kind.__mro__:
        if is_standard_type(base):
            for name, member in vars(base).items():
                if name not in _CONTENT and type(member) in _DESCRIPTORS:
                    yield name
