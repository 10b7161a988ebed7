"""What a user declares about parts of a model: that they may be shared, or are not looked at.

A declaration is a path glob, a type, an object, or ``where(predicate)``.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterable
from typing import Any

from pytest_tfpclone.state import edges as look
from pytest_tfpclone.state import kinds
from pytest_tfpclone.state.ambient import ambient_edges
from pytest_tfpclone.state.attributes import Step
from pytest_tfpclone.state.paths import Path
from pytest_tfpclone.state.walk import Walk

__tracebackhide__ = True
_STEP = re.compile(
    r"""\[(?:'[^']*'|"[^"]*"|[^\]'"])*\]  # an item
      | \.?<[^>]*>                        # what a function holds
      | \.?\*\*|\.?\*                     # wildcards
      | \.?get\(\)                        # what a context variable holds
      | \(\)                              # the target of a weak reference
      | \.?[^.\[\]()<>*]+                # an attribute
    """,
    re.VERBOSE,
)


class where:  # noqa: N801 - reads as a word in shared=[where(...)]
    """Declare every object for which a predicate is true.

    Args:
        predicate: called with an object of the model, returns a bool. It must
            not change the object.

    Example:
        >>> where(lambda value: getattr(value, "name", "") == "prior")
        where(<lambda>)
    """

    def __init__(self, predicate: Callable[[Any], bool]) -> None:
        if not callable(predicate):
            raise TypeError(
                f"where() takes a function of one object; got {kinds.name(type(predicate))}"
            )
        self.predicate = predicate

    def __repr__(self) -> str:
        return f"where({getattr(self.predicate, '__name__', kinds.name(type(self.predicate)))})"


class Glob:
    """A pattern of paths: brackets are literal, ``*`` is one step, ``**`` any number.

    It is matched as an automaton, one step at a time, so that every path of a
    graph with cycles can be tried.
    """

    def __init__(self, pattern: str) -> None:
        steps: list[str] = []
        rest = pattern
        while rest:
            found = _STEP.match(rest)
            if found is None:
                raise ValueError(
                    f"{pattern!r} is no path: at {rest!r}. Write steps as a report "
                    "prints them, without the root's name: layers[1].kernel; * is one step, "
                    "** is any number"
                )
            text = found.group()
            steps.append(text if text[0] in ".[(" else f".{text}")
            rest = rest.removeprefix(text)
        if not steps:
            raise ValueError("an empty path declares nothing; name a part, such as layers[1]")
        self.pattern = pattern
        self._steps = [step.lstrip(".") if "*" in step else step for step in steps]

    @property
    def start(self) -> frozenset[int]:
        """The states before the first step."""
        return self._closed({0})

    def _closed(self, states: Iterable[int]) -> frozenset[int]:
        found = set(states)
        for state in sorted(found):
            for following, step in enumerate(self._steps[state:], state + 1):
                if step != "**":
                    break
                found.add(following)
        return frozenset(found)

    def advance(self, states: frozenset[int], step: Step) -> frozenset[int]:
        """Return the states after one more step of a path."""
        for part in step if type(step) is tuple else (step,) if step else ():
            following: set[int] = set()
            for state in states:
                if state == len(self._steps):
                    continue
                wanted = self._steps[state]
                if wanted == "**":
                    following.add(state)
                elif wanted in ("*", "[*]", part):
                    following.add(state + 1)
            states = self._closed(following)
        return states

    def is_accepting(self, states: frozenset[int]) -> bool:
        """Return whether a path that led to these states matches."""
        return len(self._steps) in states

    def accepts(self, path: Path) -> bool:
        """Return whether a whole path matches."""
        states = self.start
        for step in path:
            states = self.advance(states, step)
        return self.is_accepting(states)

    def __repr__(self) -> str:
        return repr(self.pattern)


class Declarations:
    """The declarations given as one argument, which know what they have matched.

    Args:
        entries: globs, types, objects, ``where(...)``; one of them or a collection.
        argument: the argument's name, for messages.
    """

    def __init__(self, entries: Any, *, argument: str = "shared") -> None:
        if not isinstance(entries, (list, tuple, set, frozenset)):
            entries = (entries,)
        self.argument = argument
        self._entries = [self._read(entry) for entry in entries]
        self._used: set[int] = set()

    def __bool__(self) -> bool:
        return bool(self._entries)

    def _read(self, entry: Any) -> Any:
        if entry is None or isinstance(entry, (bool, int, float, dict)):
            raise TypeError(
                f"{self.argument} takes path globs, types, objects of the model and "
                f"where(predicate); got {entry!r:.60}"
            )
        try:
            return Glob(entry) if isinstance(entry, str) else entry
        except ValueError as error:
            raise ValueError(f"{self.argument}: {error}") from None

    def match(self, path: Path, value: object) -> bool:
        """Return whether an object at a path is declared, and remember what declared it."""
        found = False
        for position, entry in enumerate(self._entries):
            if isinstance(entry, Glob):
                matched = entry.accepts(path)
            else:
                matched = _declares(entry, value)
            if matched:
                self._used.add(position)
                found = True
        return found

    def covers(self, path: Path) -> bool:
        """Return whether a path glob matches a path, and remember which ones do."""
        globs = [(i, each) for i, each in enumerate(self._entries) if isinstance(each, Glob)]
        matched = [i for i, glob in globs if glob.accepts(path)]
        self._used.update(matched)
        return bool(matched)

    def matched_in(self, walk: Walk) -> dict[int, object]:
        """Return the declared objects of a graph, by id, whichever path leads to them."""
        found: dict[int, object] = {}
        for position, entry in enumerate(self._entries):
            if isinstance(entry, Glob):
                matched, leads_to_values = _matched_by_path(entry, walk)
                if leads_to_values:
                    self._used.add(position)
            else:
                matched = {id(n.value): n.value for n in walk if _declares(entry, n.value)}
            if matched:
                self._used.add(position)
            found.update(matched)
        return found

    def unmatched(self) -> tuple[str, ...]:
        """Return the declarations that have matched nothing so far."""
        return tuple(
            _described(entry) for i, entry in enumerate(self._entries) if i not in self._used
        )


def _declares(entry: Any, value: object) -> bool:
    if isinstance(entry, where):
        return bool(entry.predicate(value))
    if isinstance(entry, type):
        return issubclass(type(value), entry)
    return entry is value


def _matched_by_path(glob: Glob, walk: Walk) -> tuple[dict[int, object], bool]:
    """Return the objects at matching paths, and whether such a path leads to a plain value."""
    leads_to_values = False
    found: dict[int, object] = {}
    seen: dict[int, set[frozenset[int]]] = {}
    pending: list[tuple[Any, frozenset[int]]] = [(walk.root, glob.start)]
    while pending:
        value, states = pending.pop()
        known = seen.setdefault(id(value), set())
        if states in known:
            continue
        known.add(states)
        if glob.is_accepting(states):
            found[id(value)] = value
        node = walk.nodes.get(id(value))
        if node is None:
            continue
        for step, child in (*node.edges, *ambient_edges(value)):
            following = glob.advance(states, step) if step else states
            if following and id(child) in walk.nodes:
                pending.append((child, following))
            elif following and look.is_leaf(child) and glob.is_accepting(following):
                leads_to_values = True
    return found, leads_to_values


def _described(entry: Any) -> str:
    if isinstance(entry, types.FunctionType):
        return f"the function {entry.__name__} (write where({entry.__name__}) for a predicate)"
    if isinstance(entry, Glob) and entry.pattern.startswith(("original.", "clone.", "model.")):
        return f"{entry!r} (write paths without the root's name)"
    if isinstance(entry, type):
        return entry.__name__
    if isinstance(entry, (Glob, where)):
        return repr(entry)
    return f"<{kinds.name(type(entry))} object>"
