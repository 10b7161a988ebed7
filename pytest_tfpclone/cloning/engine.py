"""The structural clone: one memo over everything reachable, one explicit stack.

Nothing of the model is called: no ``__new__``, ``__init__`` or ``get_config``.
Each type's handler makes an empty copy, makes it known, and fills it with the
copies of the parts. What can only be done when all is there waits in ``later``.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterable
from typing import Any, NoReturn, TypeVar

from pytest_tfpclone.cloning.ambient import AmbientState
from pytest_tfpclone.cloning.dispatch import Handler, handler_of, is_taught, load_families
from pytest_tfpclone.cloning.errors import CloneRefused, UnclonableError
from pytest_tfpclone.cloning.holding import Holdings
from pytest_tfpclone.cloning.identities import Identities
from pytest_tfpclone.cloning.instances import clone_instance
from pytest_tfpclone.cloning.locate import declared_parts, refused
from pytest_tfpclone.cloning.own import Distrust, OwnCopies
from pytest_tfpclone.state import framework, kinds
from pytest_tfpclone.words import said

__tracebackhide__ = True
_T = TypeVar("_T")
_MISSING = object()

ATOMS: frozenset[type] = frozenset(
    {
        type(None),
        bool,
        int,
        float,
        complex,
        str,
        bytes,
        object,
        range,
        slice,
        type(...),
        type(NotImplemented),
        types.CodeType,
        types.GetSetDescriptorType,
        types.MemberDescriptorType,
        types.WrapperDescriptorType,
        types.MethodDescriptorType,
        types.ClassMethodDescriptorType,
        types.GenericAlias,
        types.UnionType,
    }
)


class Cloner:
    """Clone one object and everything that it reaches.

    Calling it clones a part: what was met before comes back as the same copy.
    """

    def __init__(self, own: OwnCopies) -> None:
        load_families()
        self.own = own
        self.copies: dict[int, Any] = {}
        self.identities = Identities()
        self.holdings = Holdings()
        self._originals: list[Any] = []
        self._later: list[tuple[Any, Callable[[], object]]] = []
        self._at_hand: Any = None
        self._handlers: dict[type, Handler] = {}
        self._ambient = AmbientState(own.root, self.copies)
        self._singletons = framework.singletons()

    def __call__(self, part: _T) -> _T:
        """Return the copy of a part of the original, which is made at first sight."""
        at_hand = self._at_hand
        copy: _T = self._run(part)
        self._at_hand = at_hand
        return copy

    def remember(self, original: object, copy: _T) -> _T:
        """Make a copy known, so that parts which refer back to the original find it."""
        self.copies[id(original)] = copy
        # Ids of temporaries are reused: what was met stays alive until the end.
        self._originals.append(original)
        return copy

    def later(self, action: Callable[[], object]) -> None:
        """Run an action for the part at hand when everything has been cloned."""
        self._later.append((self._at_hand, action))

    def unchanged(self, original: object) -> bool:
        """Return whether an original, met before, stays itself in the clone."""
        return self.copies.get(id(original), _MISSING) is original

    def watch(self, place: types.FunctionType | types.ModuleType | type) -> None:
        """Refuse TensorFlow state in a class, a module, or the globals that a function names."""
        self._ambient.check(place)

    def keep(self, original: _T) -> _T:
        """Put an object into the clone as it is."""
        return self.remember(original, original)

    def finish(self) -> None:
        """Key anew what is keyed by identity, and run what waited for everything to be cloned."""
        self.identities.renew(self.copies)  # a key may hash by an identity that it holds
        while self._later:
            waiting, self._later = self._later, []
            for self._at_hand, action in waiting:
                try:
                    action()
                except Exception as error:
                    _refuse(self._at_hand, error)
            self.identities.renew(self.copies)
        self.holdings.release(self.copies[id(self.own.root)], self.unchanged)
        self._ambient.check_tables()

    def _run(self, part: Any) -> Any:
        copies = self.copies
        frames: list[Any] = []
        originals: list[Any] = []
        while True:
            kind = type(part)
            if kind in ATOMS:
                copy = part
            else:
                copy = copies.get(id(part), _MISSING)
                if copy is _MISSING:
                    self._at_hand = part
                    try:
                        copy = self._begin(part, kind)
                        if copy is None:
                            _require_copy(part)
                    except Exception as error:
                        _refuse(part, error)
                    if type(copy) is types.GeneratorType:
                        frames.append(copy)
                        originals.append(part)
                        copy = None
                    else:
                        self.remember(part, copy)
            while frames:
                self._at_hand = originals[-1]
                try:
                    part = frames[-1].send(copy)
                    break
                except StopIteration as stop:
                    frames.pop()
                    copy = self._settle(originals.pop(), stop.value)
                except Exception as error:
                    _refuse(originals[-1], error)
            else:
                return copy

    def _begin(self, part: Any, kind: type) -> Any:
        if id(part) in self._singletons and self._stays(part):
            return part
        handler = self._handlers.get(kind)
        if handler is None:
            handler = self._handlers[kind] = self._resolve(kind)
        return handler(part, self)

    def _resolve(self, kind: type) -> Handler:
        if issubclass(kind, (type, types.ModuleType)):
            return _keep_place
        self._ambient.check_class(kind)
        own = None if is_taught(kind) else self.own.handler(kind)
        return own or handler_of(kind) or clone_instance

    def _stays(self, part: Any) -> bool:
        return not self._ambient.is_state(part)

    def _settle(self, original: Any, copy: Any) -> Any:
        if copy is None:
            _require_copy(original)
        # A cycle through an immutable object makes it twice: the first one is used.
        known = self.copies.get(id(original), _MISSING)
        return self.remember(original, copy) if known is _MISSING else known


def _keep_place(original: Any, cloner: Cloner) -> Any:
    """Keep a class or a module, unless it holds state."""
    cloner.watch(original)
    return original


def _refuse(part: object, error: Exception) -> NoReturn:
    """Raise what a handler raised for a part: as it is if it knows its part."""
    if isinstance(error, (UnclonableError, CloneRefused, Distrust)):
        raise error
    raise UnclonableError(part, said(error)) from error


def _require_copy(original: object) -> None:
    """Refuse None from a handler that a user taught us."""
    kind = type(original)
    if is_taught(kind):
        handler = handler_of(kind)
        name = f"{handler.__module__}.{getattr(handler, '__qualname__', handler)}"
        raise UnclonableError(
            original,
            f"the handler of {kinds.name(kind)}, {name}, returned None",
            "Return the copy at the end of the handler.",
        )


@kinds.forgetting()
def clone_structure(obj: _T, shared: Iterable[object]) -> _T:
    """Clone an object but for its shared parts, or refuse the part that can't be cloned."""
    if isinstance(obj, type):
        raise CloneRefused(
            "original",
            f"{obj.__qualname__} is a class, and clone() takes an object",
            "Build an instance first, and clone that.",
        )
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is not None and not tensorflow.executing_eagerly():
        raise CloneRefused(
            "original",
            "clone() was called in graph mode, where variables have no values",
            "Call it outside of tf.function and tf.Graph.",
        )
    declared = declared_parts(obj, shared)
    distrusted: dict[type, str] = {}
    while True:
        own = OwnCopies(obj, distrusted)
        wrong: dict[type, str] | None = None
        try:
            copy, cloner = _cloned(obj, declared, own)
            wrong = own.wrong(copy, cloner)
        except Distrust as doubt:
            wrong = {doubt.kind: doubt.reason}
        finally:
            own.take_back(accepted=wrong is not None and not wrong)
        if not wrong:
            return copy
        distrusted = distrusted | wrong


def _cloned(obj: _T, declared: Iterable[object], own: OwnCopies) -> tuple[_T, Cloner]:
    cloner = Cloner(own)
    for part in declared:
        cloner.keep(part)
    try:
        copy = cloner(obj)
        cloner.finish()
    except UnclonableError as error:
        raise refused(obj, error, own.distrusted) from error.__cause__
    return copy, cloner
