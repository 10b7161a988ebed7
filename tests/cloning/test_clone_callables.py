"""Functions are rebuilt around cloned cells; those of modules and classes stay."""

from __future__ import annotations

import functools
import threading

import pytest

from pytest_tfpclone.cloning import clone


class Plain:
    def method(self):
        return self.value


def module_function(value):
    return value


def test_functions_without_state_stay_themselves():
    def local(value):
        return value + 1

    for function in [module_function, local, functools.reduce, len, Plain.method]:
        assert clone([function])[0] is function


def test_closures_are_rebuilt():
    scale = [1]

    def read():
        return scale[0]

    copy = clone({"read": read, "scale": scale})
    copy["scale"][0] = 5
    assert copy["read"]() == 5
    assert read() == 1
    assert copy["read"].__qualname__ == read.__qualname__
    assert copy["read"].__module__ == read.__module__


def test_two_functions_share_one_rebound_cell():
    def counter():
        count = 0

        def bump():
            nonlocal count
            count += 1

        def read():
            return count

        return read, bump

    original = counter()
    read, bump = clone(original)
    bump()
    assert read() == 1
    assert original[0]() == 0


def test_a_function_that_calls_itself():
    factor = [2]

    def power(n):
        return factor[0] * power(n - 1) if n else 1

    copy = clone(power)
    factor[0] = 3
    assert copy(3) == 8
    assert power(3) == 27


def test_an_empty_cell():
    def outer():
        def inner():
            return late

        copy = clone(inner)
        late = 3
        return inner, copy, late

    inner, copy, _ = outer()
    assert inner() == 3
    try:
        copy()
    except NameError:
        pass
    else:
        raise AssertionError("the cell of the clone was filled by the original's function")


def test_defaults_and_function_attributes():
    def function(a=[1], *, b={"k": [2]}):
        return a, b

    function.calls = [3]
    copy = clone(function)
    copy.__defaults__[0].append(9)
    copy.__kwdefaults__["b"]["k"].append(9)
    copy.calls.append(9)
    assert function() == ([1], {"k": [2]})
    assert function.calls == [3]
    assert copy() == ([1, 9], {"k": [2, 9]})


def test_bound_methods_follow_their_object():
    original = Plain()
    original.value = 1
    original.read = original.method
    original.append = [].append
    copy = clone(original)
    copy.value = 2
    assert copy.read() == 2
    assert original.read() == 1
    assert copy.read.__func__ is Plain.method
    copy.append(1)
    assert original.append.__self__ == []


def test_built_in_methods_that_super_bound():
    class Recorder(list):
        def __init__(self):
            self.record = super().append

        def append(self, item):
            self.record(("seen", item))

    class Frozen:
        def __init__(self, value):
            self.__dict__["change"] = super().__setattr__
            self.change("value", value)

        def __setattr__(self, name, value):
            raise AttributeError("frozen")

    recorder, frozen = originals = [Recorder(), Frozen(1)]
    again, thawed = clone(originals)
    again.append(2)
    assert (again, recorder) == ([("seen", 2)], [])
    thawed.change("value", 3)
    assert (thawed.value, frozen.value) == (3, 1)


class Documented(property):
    def __init__(self, function):
        super().__init__(function, doc="what it says")


@pytest.mark.parametrize(
    "make",
    [lambda: Documented(module_function), lambda: staticmethod(len)],
    ids=["property", "static"],
)
def test_descriptors_keep_their_attributes_apart(make):
    original = make()
    original.notes = [1]
    copy = clone([original])[0]
    copy.notes.append(2)
    assert original.notes == [1]
    assert type(copy) is type(original)
    assert copy.__doc__ == original.__doc__


def test_a_descriptor_of_a_function_that_changes():
    held = Plain()
    original = [held, Documented(lambda _: held), staticmethod(lambda: held)]
    copy, prop, static = clone(original)
    assert prop.fget(None) is static() is copy
    assert copy is not held
    assert prop.__doc__ == original[1].__doc__


def test_partials():
    held = [1]
    original = functools.partial(module_function, held)
    original.note = held
    copy = clone(original)
    assert copy() == [1]
    assert copy() is copy.note
    assert copy() is not held


def test_a_cached_function_keeps_what_it_remembers():
    @functools.lru_cache(None)
    def unbounded(a, b=0):
        return [a, b]

    @functools.lru_cache(maxsize=3, typed=True)
    def bounded(*args, **kwargs):
        return [args, kwargs]

    results = [unbounded(1), unbounded(2, b=3), bounded(1, "a", x=2.0), bounded("k")]
    copy, limited, kept = clone([unbounded, bounded, results])
    assert copy(1) is kept[0]
    assert copy(2, b=3) is kept[1]
    assert limited(1, "a", x=2.0) is kept[2]
    assert limited("k") is kept[3]
    assert kept[0] is not results[0]
    assert limited.cache_parameters() == bounded.cache_parameters()
    copy(9)
    assert unbounded.cache_info().currsize == 2


def test_locks_come_back_free_and_apart():
    original = Plain()
    original.lock = threading.Lock()
    original.condition = threading.Condition()
    original.event = threading.Event()
    original.local = threading.local()
    original.local.items = [1]
    with original.lock:
        copy = clone(original)
        assert copy.lock.acquire(blocking=False)
    with copy.condition:
        copy.condition.notify_all()
    copy.event.set()
    assert not original.event.is_set()
    copy.local.items.append(2)
    assert original.local.items == [1]
