"""Ask a user's object that knows how to copy itself, and use its answer if that is right.

``__deepcopy__`` and ``__reduce__`` know what no walk sees: that a file is to be
opened anew, that an object is a constant. Every part that they ask for is cloned
by the engine. When all is there, what they made is compared with the original;
a class whose answer shares or loses something is not asked again.
"""

from __future__ import annotations

import contextlib
import copyreg
import types
from collections.abc import Generator, MutableMapping
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.cloning.dispatch import Handler, is_built_in
from pytest_tfpclone.cloning.errors import CloneRefused, UnclonableError
from pytest_tfpclone.cloning.instances import rebuild
from pytest_tfpclone.state import kinds
from pytest_tfpclone.state.framework import is_framework_function, is_framework_type
from pytest_tfpclone.state.paths import printed
from pytest_tfpclone.words import said

if TYPE_CHECKING:
    from pytest_tfpclone.cloning.engine import Cloner
    from pytest_tfpclone.state.snapshot import Snapshot
    from pytest_tfpclone.state.walk import Walk


class OwnCopies:
    """What the objects of one model made of themselves.

    Attributes:
        root: the model.
        distrusted: the classes that are not asked, and why: what came of it.
    """

    def __init__(self, root: object, distrusted: dict[type, str]) -> None:
        self.distrusted = distrusted
        self.root = root
        self._makers: dict[int, Any] = {}
        self._walk: Walk | None = None
        self._held = contextlib.ExitStack()
        self._around: Snapshot | None = None

    def handler(self, kind: type) -> Handler | None:
        """Return the handler that asks the objects of a class, or None if they don't know."""
        if kind in self.distrusted:
            return None
        if _is_own(kind, "__deepcopy__"):
            return ask_deepcopy
        return ask_reduce if _reduces_itself(kind) else None

    def note(self, original: object) -> None:
        """Remember that an object is asked; it may change itself, so that is undone at the end.

        Raises:
            Distrust: the object is asked again while its copy is made.
        """
        if id(original) in self._makers:
            raise Distrust(type(original), "its copy is made from itself")
        if self._walk is None:
            from pytest_tfpclone.state.snapshot import Snapshot, preserved
            from pytest_tfpclone.state.walk import Reach, Walk

            self._walk = Walk(self.root)
            self._held.enter_context(preserved(self._walk, reaches=(Reach.OWN,)))
            self._around = Snapshot(self._walk, reaches=(Reach.AMBIENT,))
        self._makers[id(original)] = original

    def part(self, identity: int) -> Any:
        """Return the part of the model with this ``id``, or None."""
        node = self._walk.nodes.get(identity) if self._walk is not None else None
        return None if node is None else node.value

    def supply(self, maker: object, part: object, copy: object, cloner: Cloner) -> None:
        """Take the copy of a part from the object that was asked, unless there is one."""
        if part is maker or id(part) not in cloner.copies:
            self._makers[id(part)] = maker
            cloner.remember(part, copy)

    def take_back(self, accepted: bool) -> None:
        """Undo what objects changed in the original when they were asked.

        What they did to their classes and modules is for the clone: the entry of a table
        at the side, the count of instances. It is undone if there is no clone.
        """
        self._held.close()
        if self._around is not None and not accepted:
            self._around.restore()

    def wrong(self, copy: object, cloner: Cloner) -> dict[type, str]:
        """Return the classes whose copies share what the engine would clone, or differ."""
        if not self._makers:
            return {}
        from pytest_tfpclone.cloning.blame import Blame

        found = Blame(self.root, copy, cloner, self._makers).found()
        return {
            type(maker): f"what it made shares or changes {printed(path)}"
            for maker, path in found.values()
        }


def _is_own(kind: type, name: str) -> bool:
    """Return whether it is a user's class that has the method of this name."""
    for base in kinds.bases(kind):
        if name in kinds.namespace(base):
            method = kinds.namespace(base)[name]
            known = is_framework_type(base) or is_built_in(base)
            return not (method is None or known or _is_generated(method))
    return False


def _is_generated(method: Any) -> bool:
    """Return whether the framework gave a method to a user's class: to a data class, an enum."""
    return (
        type(method) is types.FunctionType
        and "__wrapped__" not in method.__dict__
        and is_framework_function(method)
    )


def _reduces_itself(kind: type) -> bool:
    """Return whether a user wrote how ``pickle`` and ``copy`` make objects of a class anew."""
    if kind in copyreg.dispatch_table and not is_framework_type(kind):
        return True
    for name in ("__reduce_ex__", "__reduce__"):  # the first one is asked for the others
        if kinds.member(kind, name) is not getattr(object, name):
            return _is_own(kind, name)
    return _is_own(kind, "__getstate__") or _is_own(kind, "__setstate__")


class _Memo(dict[int, Any]):
    """The memo of ``copy.deepcopy``, in which every part of the model has its clone."""

    update = MutableMapping.update
    setdefault = MutableMapping.setdefault

    def __init__(self, original: object, cloner: Cloner) -> None:
        super().__init__()
        self._original = original
        self._cloner = cloner

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or key in self._cloner.copies

    def __missing__(self, key: int) -> Any:
        part = self._cloner.own.part(key)
        if part is None or part is self._original:
            raise KeyError(key)
        return self._cloner(part)

    def get(self, key: int, default: Any = None) -> Any:
        try:
            return self[key]
        except KeyError:
            return default

    def __setitem__(self, key: int, value: Any) -> None:
        super().__setitem__(key, value)
        own = self._cloner.own
        part = self._original if key == id(self._original) else own.part(key)
        if part is not None:
            own.supply(self._original, part, value, self._cloner)


def ask_deepcopy(original: Any, cloner: Cloner) -> Any:
    """Clone an object by its ``__deepcopy__``.

    Raises:
        Distrust: the method raised.
    """
    cloner.own.note(original)
    memo = _Memo(original, cloner)
    try:
        return original.__deepcopy__(memo)
    except (CloneRefused, Distrust):
        raise
    except Exception as error:
        # Where the stack ends there is no room to say so: an object further up says it.
        too_deep = isinstance(error.__cause__, RecursionError)
        if isinstance(error, UnclonableError) and not too_deep:
            raise
        cause: Any = error.__cause__ if too_deep else error
        raise Distrust(type(original), f"it raised {said(cause)}") from error
    finally:
        del memo._original, memo._cloner  # an object may keep its memo


def ask_reduce(original: Any, cloner: Cloner) -> Generator[Any, Any, Any]:
    """Clone an object by what it is reduced to: by its ``__reduce__``, by its state.

    Raises:
        Distrust: the method raised, or what it returned makes no object.
    """
    cloner.own.note(original)
    try:
        reduce = copyreg.dispatch_table.get(type(original))
        reduced = reduce(original) if reduce else original.__reduce_ex__(4)
        return (yield from rebuild(original, cloner, reduced))
    except Exception as error:
        raise Distrust(type(original), f"it raised {said(error)}") from error


class Distrust(Exception):
    """Say that a class can't copy its objects, so that the model is cloned without asking it."""

    def __init__(self, kind: type, reason: str) -> None:
        super().__init__(kind, reason)
        self.kind = kind
        self.reason = reason
