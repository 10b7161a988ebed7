"""Weak references point into the clone, and keep alive what only its user would hold."""

from __future__ import annotations

import gc
import tempfile
import weakref

import pytest

from pytest_tfpclone import CloneRefused, clone


class Plain:
    def __init__(self, **parts):
        vars(self).update(parts)

    def method(self):
        return self.value


def test_weak_references_point_into_the_clone():
    parent = Plain()
    parent.child = Plain()
    parent.child.parent = weakref.ref(parent)
    parent.seen = weakref.WeakKeyDictionary({parent.child: 1})
    parent.members = weakref.WeakSet([parent.child])
    parent.named = weakref.WeakValueDictionary({"c": parent.child})
    copy = clone(parent)
    assert copy.child.parent() is copy
    assert copy.seen[copy.child] == 1
    assert parent.child not in copy.seen
    assert list(copy.members) == [copy.child]
    assert copy.named["c"] is copy.child


def test_a_target_that_only_its_user_held_stays_alive():
    target = Plain()
    target.value = [1]
    copy = clone([weakref.ref(target)])
    gc.collect()
    assert copy[0]().value == [1]
    assert copy[0]() is not target


def test_a_dead_reference_stays_dead():
    reference = weakref.ref(Plain())
    gc.collect()
    assert clone([reference])[0]() is None


def test_a_proxy_of_what_only_its_user_held_stays_alive():
    held = Plain(value=[1])
    copy = clone(Plain(proxy=weakref.proxy(held)))
    gc.collect()
    assert copy.proxy.value == [1]
    assert copy.proxy.value is not held.value
    assert clone(Plain(proxy=weakref.proxy(held)), shared=[held]).proxy.value is held.value


def test_containers_of_what_only_their_user_held_keep_it_until_it_is_removed():
    first, second = Plain(value=1), Plain(value=2)
    original = Plain(
        keys=weakref.WeakKeyDictionary({first: [1], second: [2]}),
        values=weakref.WeakValueDictionary(a=first, b=second),
        members=weakref.WeakSet([first, second]),
        method=weakref.WeakMethod(first.method),
    )
    copy = clone(original)
    gc.collect()
    assert copy.method()() == 1
    assert copy.method().__self__ is copy.values["a"]
    assert set(copy.keys) == set(copy.members) == set(copy.values.values())
    assert set(copy.keys).isdisjoint({first, second})
    seen = weakref.ref(copy.values["b"])
    del copy.values["b"]
    del copy.keys[seen()]
    copy.members.discard(seen())
    gc.collect()
    assert seen() is None
    assert len(copy.keys) == len(copy.members) == 1


@pytest.mark.parametrize(
    "refer",
    [
        lambda child: [weakref.ref(child)],
        lambda child: [weakref.proxy(child)],
        lambda child: weakref.WeakSet([child]),
        lambda child: weakref.WeakKeyDictionary({child: 1}),
        lambda child: weakref.WeakValueDictionary({1: child}),
        lambda child: [weakref.WeakMethod(child.method)],
    ],
    ids=["reference", "proxy", "set", "keys", "values", "method"],
)
def test_what_is_held_elsewhere_dies_with_its_holder_whichever_comes_first(refer):
    child = Plain(value=[1])
    child.itself = child
    original = Plain(references=refer(child), deep=lambda: {"children": [child]})
    copy = clone(original)
    seen = weakref.ref(copy.deep()["children"][0])
    gc.collect()
    assert seen() is not None
    copy.deep = None
    gc.collect()
    assert seen() is None


def test_what_holds_only_itself_stays_alive():
    child = Plain()
    child.itself = child
    copy = clone(Plain(reference=weakref.ref(child)))
    gc.collect()
    assert copy.reference().itself is copy.reference()


def test_a_clone_of_a_clone_holds_what_its_model_holds():
    target, child = Plain(value=[1]), Plain()
    first = clone(Plain(target=weakref.ref(target), reference=weakref.ref(child), child=child))
    second = clone(first)
    del first.child, second.child
    gc.collect()
    assert second.target().value == [1]
    assert second.target() is not first.target()
    assert first.reference() is second.reference() is None


def test_callbacks_are_called_in_the_clone():
    original = Plain(child=Plain(value=0), gone=[])
    original.references = [
        weakref.ref(original.child, lambda _: original.gone.append("function")),
        weakref.ref(original.child, original.gone.append),
        weakref.WeakMethod(original.child.method, lambda _: original.gone.append("method")),
        weakref.proxy(original.child, lambda _: original.gone.append("proxy")),
    ]
    copy = clone(original)
    del copy.child
    gc.collect()
    assert len(copy.gone) == 4
    assert {each for each in copy.gone if type(each) is str} == {"function", "method", "proxy"}
    assert original.gone == []


class Named(weakref.ref):
    __slots__ = ("name",)

    def __new__(cls, target, name, callback=None):
        made = super().__new__(cls, target, callback)
        made.name = name
        return made

    def __init__(self, target, name, callback=None):
        super().__init__(target, callback)


class Labelled(weakref.WeakSet):
    __slots__ = ("label",)

    def update(self, *others):
        raise AssertionError("the clone called a method of the model")

    __iter__ = None


class Guarded(weakref.WeakKeyDictionary):
    def update(self, *others):
        raise AssertionError("the clone called a method of the model")

    items = __setitem__ = update


def test_subclasses_keep_what_they_add():
    child = Plain()
    original = Plain(child=child, reference=Named(child, [1]), members=Labelled(), keys=Guarded())
    original.members.add(child)
    original.members.label = [2]
    weakref.WeakKeyDictionary.__setitem__(original.keys, child, 4)
    original.keys.note = [3]
    copy = clone(original)
    assert copy.reference() is copy.child
    assert (copy.reference.name, copy.members.label, copy.keys.note) == ([1], [2], [3])
    assert copy.reference.name is not original.reference.name
    assert copy.members.label is not original.members.label
    assert copy.keys.note is not original.keys.note
    assert copy.child in copy.members
    assert copy.keys[copy.child] == 4


def test_a_finalizer_is_refused_until_it_was_called():
    original = Plain(log=[])
    original.finalizer = weakref.finalize(original, original.log.append, 1)
    with pytest.raises(CloneRefused, match=r"original\.finalizer: it is a finalizer"):
        clone(original)
    original.finalizer()
    assert clone(original).finalizer.alive is False


def test_a_temporary_directory_is_refused():
    with tempfile.TemporaryDirectory() as name:
        original = Plain(folder=tempfile.TemporaryDirectory(dir=name))
        with pytest.raises(CloneRefused, match=r"original\.folder\._finalizer"):
            clone(original)
        original.folder.cleanup()
