"""Clone functions cached by ``functools.lru_cache`` with what they remember."""

from __future__ import annotations

import functools
import gc
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from pytest_tfpclone.cloning.dispatch import built_in
from pytest_tfpclone.cloning.errors import UnclonableError

if TYPE_CHECKING:
    from pytest_tfpclone.cloning.engine import Cloner

_Steps = Generator[Any, Any, Any]
_LRU_CACHE: Any = type(functools.lru_cache(lambda: 0))


@built_in(_LRU_CACHE)
def clone_lru_cache(original: Any, cloner: Cloner) -> _Steps:
    """Clone a cached function and its entries, oldest first.

    The cache is C state without an interface: entries are read through the
    garbage collector and put back by calling a stand-in for the function.
    """
    function = original.__wrapped__
    parameters = original.cache_parameters()
    answers: list[Any] = []
    target: list[Callable[..., Any]] = []

    def answer(*arguments: Any, **keywords: Any) -> Any:
        return answers.pop() if answers else target[0](*arguments, **keywords)

    copy: Any = functools.lru_cache(parameters["maxsize"], parameters["typed"])(answer)
    cloner.remember(original, copy)
    fresh = yield function
    target.append(fresh)
    entries = []
    for arguments, keywords, result in _entries(original, parameters):
        entries.append(((yield arguments), (yield keywords), (yield result)))

    def restore() -> None:
        for arguments, keywords, result in entries:
            answers.append(result)
            copy(*arguments, **keywords)

    cloner.later(restore)
    for name, value in original.__dict__.items():
        copy.__dict__[name] = yield value
    return copy


def _entries(
    cached: Any, parameters: dict[str, Any]
) -> list[tuple[tuple[Any, ...], dict[str, Any], Any]]:
    """Return arguments, keywords and result of every call that is remembered."""
    size = cached.cache_info().currsize
    if size == 0:
        return []
    referents = gc.get_referents(cached)
    cache = next(item for item in referents if type(item) is dict and len(item) == size)
    if parameters["maxsize"] is None:
        pairs = list(cache.items())
    else:
        # In order of use: key, result and, from Python 3.9 on, the type of their record.
        start = 1 if referents[0] is type(cached) else 0
        stride = 3 if isinstance(referents[start + 2], type) else 2
        keys = referents[start : start + stride * size : stride]
        results = referents[start + 1 : start + 1 + stride * size : stride]
        pairs = list(zip(keys, results, strict=True))
        if not all(key in cache for key in keys):
            raise UnclonableError(cached, "the entries of its cache can't be read")
    marker = next((item for item in referents if type(item) is object), None)
    return [(*_arguments(cached, key, marker, parameters["typed"]), value) for key, value in pairs]


def _arguments(
    cached: Any, key: Any, marker: object, typed: bool
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if type(key) in (int, str):
        return (key,), {}
    if not isinstance(key, tuple):
        raise UnclonableError(cached, "the keys of its cache can't be read")
    places = [place for place, item in enumerate(key) if item is marker]
    if not places:
        return (key[: len(key) // 2] if typed else tuple(key)), {}
    start = places[0]
    rest = key[start + 1 :]
    if typed:
        # The types of all arguments follow them, one for each value.
        count = (len(rest) - start) // 3
        rest = rest[: 2 * count]
    return tuple(key[:start]), dict(zip(rest[::2], rest[1::2], strict=True))
