"""Clone weak references and weak containers, so that they point into the clone."""

from __future__ import annotations

import weakref
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.cloning.dispatch import built_in
from pytest_tfpclone.cloning.errors import UnclonableError

if TYPE_CHECKING:
    from pytest_tfpclone.cloning.engine import Cloner

_Steps = Generator[Any, Any, Any]


class HeldReference(weakref.ref):  # type: ignore[type-arg]
    """A weak reference that keeps its target alive.

    The original's target is kept alive by its user, who doesn't know the clone's.
    """

    __slots__ = ("target",)

    def __init__(self, target: object, callback: Any = None) -> None:
        super().__init__(target, callback)  # type: ignore[call-arg]
        self.target = target


@built_in(weakref.ref)
def clone_reference(original: Any, cloner: Cloner) -> _Steps:
    """Point a weak reference to the clone of its target; a dead one stays itself."""
    target = weakref.ref.__call__(original)
    if target is None:
        return original
    owned = id(target) in cloner.copies
    fresh = yield target
    if fresh is target:
        return original
    known = cloner.copies.get(id(original))
    if known is not None:
        return known
    # A callback belongs to the container that made the reference; that one makes its own.
    kind = type(original)
    if kind is not weakref.ref:
        return kind(fresh)
    return weakref.ref(fresh) if owned else HeldReference(fresh)


@built_in(weakref.ProxyType, weakref.CallableProxyType)
def clone_proxy(original: Any, cloner: Cloner) -> _Steps:
    """Point a weak proxy to the clone of its target; a dead one stays itself.

    A proxy can't keep its target alive, as ``HeldReference`` does.
    """
    try:
        target = original.__repr__.__self__  # a proxy passes on everything but its own repr
    except ReferenceError:
        return original
    if id(target) not in cloner.copies:
        raise UnclonableError(
            original, "it is a weak proxy of what nothing before it holds: a copy could be gone"
        )
    fresh = yield target
    return original if fresh is target else weakref.proxy(fresh)


@built_in(weakref.WeakMethod)
def clone_weak_method(original: Any, cloner: Cloner) -> _Steps:
    """Point a weak method to the clone of its object."""
    method = original()
    if method is None:
        return original
    fresh = yield method
    return original if fresh is method else weakref.WeakMethod(fresh)


def _empty(original: Any, cloner: Cloner, *bases: type) -> Any:
    """Make an empty weak container, past any ``__init__`` that a subclass adds."""
    kind: Any = type(original)
    base: Any = next(base for base in bases if issubclass(kind, base))
    copy = cloner.remember(original, kind.__new__(kind))
    base.__init__(copy)
    return copy


def _attributes(original: Any, copy: Any) -> list[tuple[str, Any]]:
    """Return what a subclass or a user added to a weak container."""
    return [item for item in vars(original).items() if item[0] not in vars(copy)]


@built_in(weakref.WeakKeyDictionary, weakref.WeakValueDictionary)
def clone_weak_dictionary(original: Any, cloner: Cloner) -> _Steps:
    """Clone a weak dictionary; it is filled when its keys can be hashed."""
    copy = _empty(original, cloner, weakref.WeakKeyDictionary, weakref.WeakValueDictionary)
    for name, value in _attributes(original, copy):
        vars(copy)[name] = yield value
    pairs = []
    for key, value in list(original.items()):
        pairs.append(((yield key), (yield value)))
    cloner.later(lambda: copy.update(pairs))
    return copy


@built_in(weakref.WeakSet)
def clone_weak_set(original: Any, cloner: Cloner) -> _Steps:
    """Clone a weak set."""
    copy = _empty(original, cloner, weakref.WeakSet)
    for name, value in _attributes(original, copy):
        vars(copy)[name] = yield value
    members = []
    for item in list(original):
        members.append((yield item))
    cloner.later(lambda: copy.update(members))
    return copy
