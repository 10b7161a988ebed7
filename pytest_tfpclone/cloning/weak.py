"""Clone weak references and weak containers, so that they point into the clone."""

from __future__ import annotations

import gc
import inspect
import types
import weakref
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, TypeAlias

from pytest_tfpclone.cloning.dispatch import built_in
from pytest_tfpclone.cloning.errors import UnclonableError
from pytest_tfpclone.cloning.holding import Holding
from pytest_tfpclone.cloning.instances import fill_attributes
from pytest_tfpclone.state.framework import is_framework_function

if TYPE_CHECKING:
    from pytest_tfpclone.cloning.engine import Cloner

_Steps = Generator[Any, Any, Any]
_Callback: TypeAlias = Callable[[Any], object] | None


def _callback_of(reference: Any) -> Any:
    """Return what a reference calls when its target dies, past any code of its class."""
    return vars(weakref.ref)["__callback__"].__get__(reference)


def _users(callback: Any) -> Any:
    """Return the callback that a user gave a reference; a container makes its own."""
    while type(callback) is Holding:
        callback = callback.callback
    if type(callback) is types.FunctionType and is_framework_function(callback):
        return None
    return callback


class _Target:
    """What a weak reference points to, and whether something met before owns it."""

    def __init__(self, original: object, cloner: Cloner) -> None:
        self._cloner = cloner
        known = cloner.copies.get(id(original))
        self._owned = known is not None and not cloner.holdings.holds(known)

    def callback(self, fresh: object, callback: _Callback) -> _Callback:
        """Return the callback for a reference to the target's copy, which lives as long."""
        return callback if self._owned else self._cloner.holdings.hold(fresh, callback)


@built_in(weakref.ref)
def clone_reference(original: Any, cloner: Cloner) -> _Steps:
    """Point a weak reference to the clone of its target; a dead one stays itself."""
    target = weakref.ref.__call__(original)
    if target is None:
        return original
    owner = _Target(target, cloner)
    fresh = yield target
    users = _users(_callback_of(original))
    callback = yield users
    kind = type(original)
    if fresh is target and callback is users and kind is weakref.ref:
        return original
    known = cloner.copies.get(id(original))
    if known is not None:
        return known
    copy = weakref.ref.__new__(kind, fresh, owner.callback(fresh, callback))
    cloner.remember(original, copy)
    yield from fill_attributes(original, copy, cloner)
    return copy


@built_in(weakref.ProxyType, weakref.CallableProxyType)
def clone_proxy(original: Any, cloner: Cloner) -> _Steps:
    """Point a weak proxy to the clone of its target; a dead one stays itself."""
    try:
        target = original.__repr__.__self__  # a proxy passes on everything but its own repr
    except ReferenceError:
        return original
    owner = _Target(target, cloner)
    fresh = yield target
    users = _users(next(iter(gc.get_referents(original)), None))
    callback = yield users
    if fresh is target and callback is users:
        return original
    return weakref.proxy(fresh, owner.callback(fresh, callback))


@built_in(weakref.WeakMethod)
def clone_weak_method(original: Any, cloner: Cloner) -> _Steps:
    """Point a weak method to the clone of its object."""
    method = original()
    if method is None:
        return original
    owner = _Target(method.__self__, cloner)
    fresh = yield method
    users = _users(inspect.getclosurevars(_callback_of(original)).nonlocals["callback"])
    callback = yield users
    if fresh is method and callback is users:
        return original
    known = cloner.copies.get(id(original))
    return known or weakref.WeakMethod(fresh, owner.callback(fresh.__self__, callback))


def _empty(original: Any, base: Any, cloner: Cloner) -> _Steps:
    """Make an empty weak container, past any ``__init__``, with what a subclass adds."""
    kind: Any = type(original)
    copy = cloner.remember(original, kind.__new__(kind))
    base.__init__(copy)
    yield from fill_attributes(original, copy, cloner, frozenset(vars(copy)))
    return copy


@built_in(weakref.WeakKeyDictionary)
def clone_weak_keys(original: Any, cloner: Cloner) -> _Steps:
    """Clone a dictionary with weak keys; it is filled when they can be hashed."""
    copy = yield from _empty(original, weakref.WeakKeyDictionary, cloner)
    entries = []
    for key, value in list(weakref.WeakKeyDictionary.items(original)):
        owner = _Target(key, cloner)
        fresh = yield key
        entries.append((fresh, owner.callback(fresh, copy._remove), (yield value)))

    def fill() -> None:
        for key, callback, value in entries:
            copy.data[weakref.ref(key, callback)] = value

    cloner.later(fill)
    return copy


@built_in(weakref.WeakValueDictionary)
def clone_weak_values(original: Any, cloner: Cloner) -> _Steps:
    """Clone a dictionary with weak values; it is filled when its keys can be hashed."""
    copy = yield from _empty(original, weakref.WeakValueDictionary, cloner)
    entries = []
    for key, value in list(weakref.WeakValueDictionary.items(original)):
        owner = _Target(value, cloner)
        fresh_key, fresh = (yield key), (yield value)
        callback = owner.callback(fresh, copy._remove)
        entries.append((fresh_key, weakref.KeyedRef(fresh, callback, fresh_key)))  # type: ignore[arg-type]
    cloner.later(lambda: copy.data.update(entries))
    return copy


@built_in(weakref.WeakSet)
def clone_weak_set(original: Any, cloner: Cloner) -> _Steps:
    """Clone a weak set; it is filled when its members can be hashed."""
    copy = yield from _empty(original, weakref.WeakSet, cloner)
    members = []
    for item in list(weakref.WeakSet.__iter__(original)):
        owner = _Target(item, cloner)
        fresh = yield item
        members.append(weakref.ref(fresh, owner.callback(fresh, copy._remove)))
    cloner.later(lambda: copy.data.update(members))
    return copy


@built_in(weakref.finalize)
def refuse_finalizer(original: Any, cloner: Cloner) -> Any:
    """Refuse a finalizer that waits: Python keeps in a registry what it calls."""
    if not original.alive:
        return original
    raise UnclonableError(
        original,
        "it is a finalizer, and what it calls when its object dies is kept by Python",
        "Give each object a finalizer of its own after it was cloned, "
        "or pass it in clone(obj, shared=[...]).",
    )
