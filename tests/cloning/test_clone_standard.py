"""The standard library's objects: made anew with what they hold, or refused."""

from __future__ import annotations

import contextvars
import datetime
import decimal
import enum
import fractions
import functools
import io
import itertools
import logging
import operator
import pathlib
import struct
import threading
import types
import typing
import uuid
import weakref

import pytest
import tensorflow as tf

from pytest_tfpclone import CloneRefused, check_clone, clone


class Holder:
    def __init__(self, **parts):
        vars(self).update(parts)


class MyDate(datetime.datetime):
    pass


class MyDecimal(decimal.Decimal):
    pass


class MyFraction(fractions.Fraction):
    pass


class MyPath(pathlib.PurePosixPath):
    pass


class MyText(io.StringIO):
    pass


class MyBytes(io.BytesIO):
    pass


class MyUUID(uuid.UUID):
    __slots__ = ("extra",)

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value)


def v():
    return tf.Variable(1.0)


def with_extra(value):
    value.extra = [v()]
    return value


def read(stream):
    stream.read(2)
    return stream


def caused(error):
    error.__cause__ = KeyError(v())
    error.__context__ = KeyError([1])
    return error


def own_logger():
    logger = logging.Logger("unknown to the process")
    logger.addHandler(logging.NullHandler())
    return logger


class Parent:
    def scale(self):
        return self.held


class Child(Parent):
    def __init__(self):
        self.held = v()
        self.parent = super()


def proxied():
    held = Holder(held=v())
    return Holder(held=held, proxy=weakref.proxy(held))


def closing_over(make):
    held = v()
    return make(lambda *_: held)


KINDS = {
    "methodcaller": lambda: operator.methodcaller("assign", v()),
    "methodcaller with keywords": lambda: operator.methodcaller("assign", value=[1, 2]),
    "itemgetter": lambda: operator.itemgetter(Holder(held=[1])),
    "exception group": lambda: ExceptionGroup("all", [ValueError([1, 2])]),
    "exception with a cause": lambda: caused(ValueError("x")),
    "OSError": lambda: OSError(2, "no", "file"),
    "UnicodeDecodeError": lambda: UnicodeDecodeError("utf8", b"a", 0, 1, "bad"),
    "property": lambda: closing_over(property),
    "staticmethod": lambda: closing_over(staticmethod),
    "classmethod": lambda: closing_over(classmethod),
    "cached_property": lambda: closing_over(functools.cached_property),
    "context variable": lambda: contextvars.ContextVar("x", default=3),
    "logger": lambda: logging.getLogger("known to the process"),
    "logger of its own": own_logger,
    "date": lambda: with_extra(MyDate(2020, 1, 2, tzinfo=datetime.UTC)),
    "decimal": lambda: with_extra(MyDecimal("1.5")),
    "fraction": lambda: with_extra(MyFraction(1, 3)),
    "path": lambda: with_extra(MyPath("/a/b")),
    "uuid": lambda: with_extra(MyUUID(int=4)),
    "text file in memory": lambda: with_extra(read(MyText("abc\nd"))),
    "file in memory": lambda: with_extra(read(MyBytes(b"abc\nd"))),
    "accumulate": lambda: itertools.accumulate([1, 2, 3], initial=v()),
    "accumulate, by a function": lambda: itertools.accumulate([1, 2], max, initial=v()),
    "accumulate, begun": lambda: started(itertools.accumulate([1, 2, 3], initial=5)),
    "accumulate, no initial value": lambda: started(itertools.accumulate([1, 2, 3], max)),
    "super": Child,
    "weak proxy": proxied,
}


def started(iterator):
    next(iterator)
    return iterator


@pytest.mark.parametrize("name", KINDS)
def test_it_is_made_anew_and_shares_nothing(name):
    model = Holder(part=KINDS[name]())
    report = check_clone(model, clone(model))
    assert report.verdict == "independent", str(report)


@pytest.mark.parametrize(
    "make",
    [
        itertools.count, itertools.repeat, itertools.cycle, itertools.chain, itertools.accumulate,
        itertools.product, itertools.combinations, itertools.islice,
    ],
)  # fmt: skip
def test_iterators_are_cloned_where_they_stand(make):
    """Python 3.12 and 3.13 warn that itertools will not tell it any more, which no user asked."""
    more = {itertools.combinations: (2,), itertools.islice: (None,), itertools.count: ()}
    lists = () if make is itertools.count else ([1, 2, 3],)
    part = make(*lists, *more.get(make, ()))
    next(part)
    model = Holder(part=part, lists=lists)
    twin = clone(model)
    assert next(twin.part) == next(model.part)


def test_they_do_what_the_originals_do():
    model = Holder(
        part=itertools.accumulate([1, 2, 3], initial=5),
        begun=started(itertools.accumulate([1, 2, 3])),
        text=read(MyText("abc\nd")),
        error=OSError(2, "no", "file"),
        path=with_extra(MyPath("/a/b")),
        child=Child(),
        proxied=proxied(),
    )
    twin = clone(model)
    assert list(twin.part) == [5, 6, 8, 11] == list(model.part)
    assert list(twin.begun) == [3, 6] == list(model.begun)
    assert twin.text.read() == "c\nd" == model.text.read()
    assert (str(twin.error), twin.error.errno) == (str(model.error), 2)
    assert twin.path == model.path
    assert twin.child.parent.scale() is twin.child.held
    assert twin.proxied.proxy.held is twin.proxied.held.held


def test_what_holds_nothing_that_changes_stays_itself():
    class Plain(pathlib.PurePosixPath):
        __slots__ = ()

    for value in (
        operator.itemgetter(1, "a"),
        property(abs),
        staticmethod(abs),
        datetime.date(2020, 1, 2),
        Plain("/a"),
        logging.getLogger("known"),
        logging.getLogger(),
        struct.Struct("i"),
        typing.TypeVar("T"),
        typing.ParamSpec("P"),
        typing.NewType("Length", int),
        io.StringIO,
    ):
        assert clone(Holder(part=value)).part is value


class PerThread(threading.local):
    def __init__(self, *items, **more):
        self.items, self.more = items, more


@pytest.mark.parametrize("more", [{}, {"key": [2]}])
def test_what_a_thread_local_starts_with_in_another_thread(more):
    part = [1]
    model = Holder(part=part, local=PerThread(part, **more))
    model.local.items = [3]
    twin = clone(model)
    found = []
    thread = threading.Thread(target=lambda: found.extend([twin.local.items, twin.local.more]))
    thread.start()
    thread.join()
    assert found == [([1],), more]
    assert found[0][0] is twin.part is not part
    assert twin.local.items == [3]
    assert twin.local.items is not model.local.items


def test_a_closed_file_in_memory_is_closed_in_the_clone():
    model = Holder(text=MyText("abc"))
    model.text.close()
    assert clone(model).text.closed


def of_a_class():
    held = v()

    class Local:
        @classmethod
        def method(cls):
            return held

    return Local


def module():
    made = types.ModuleType("a_module_of_the_users")
    made.held = v()
    return made


def member():
    made = enum.Enum("Colour", {"RED": 1})
    made.RED.held = v()
    return made.RED


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (member, r"original\.part\.held: class Colour holds it"),
        (of_a_class, r"original\.part\.method.*: class of_a_class\.<locals>\.Local holds it"),
        (lambda: of_a_class().method, r"class of_a_class\.<locals>\.Local holds it"),
        (module, r"original\.part\.held: module a_module_of_the_users holds it"),
        (
            lambda: contextvars.ContextVar("x", default=[1]),
            r"original\.part: context variable 'x' holds state",
        ),
    ],
    ids=["enumeration", "class", "class method", "module", "context variable"],
)
def test_state_that_no_object_holds_is_refused(make, said):
    with pytest.raises(CloneRefused, match=said):
        clone(Holder(part=make()))


def test_state_of_a_module_may_be_declared():
    model = Holder(part=module())
    assert clone(model, shared=[model.part.held]).part is model.part
