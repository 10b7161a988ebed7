"""Cloners that go wrong at what a ``tf.Module`` holds besides its variables."""

from __future__ import annotations

import collections
import weakref

import numpy as np
import tensorflow as tf

from broken_cloners.parts import of_kinds, sharing
from pytest_tfpclone import clone

_TABLES = (tf.lookup.experimental.MutableHashTable, tf.lookup.experimental.DenseHashTable)


def _held(model, kind):
    """Yield each module within a module, with the name and the value of an attribute of a kind."""
    for each in (model, *model.submodules) if isinstance(model, tf.Module) else ():
        for name, value in sorted(vars(each).items()):
            if isinstance(value, kind) and not name.startswith("_"):
                yield each, name, value


def shares_a_table(model):
    """Shares a lookup table: ``copy.deepcopy`` copies the handle of the one table."""
    return sharing(model, of_kinds(model, *_TABLES)[:1])


def empties_a_table(model):
    """Makes a table anew and forgets its entries: they are in no list of variables."""
    copy = clone(model)
    for table in of_kinds(copy, tf.lookup.experimental.MutableHashTable):
        table.remove(table.export()[0])
    return copy


def shares_an_array(model):
    """Shares a NumPy array, as ``copy.copy`` does."""
    return sharing(model, [value for _, _, value in _held(model, np.ndarray)])


def copies_an_array_as_a_view(model):
    """Copies an array by ``array[:]``, which is a copy of a list and a view of an array."""
    copy = clone(model)
    for ours, theirs in zip(_held(copy, np.ndarray), _held(model, np.ndarray)):
        setattr(*ours[:2], theirs[2][:])
    return copy


def shares_a_log(model):
    """Shares a list that calls append to."""
    logs = [value for _, name, value in _held(model, list) if name == "batches"]
    return sharing(model, logs[:1])


def shares_the_list_of_a_plain_object(model):
    """Copies a plain object by ``copy.copy``: what it holds is one object still."""
    holders = [value for _, name, value in _held(model, object) if name == "holder"]
    return sharing(model, [each.offsets for each in holders])


def restarts_a_count(model):
    """Starts a Python number anew that calls have moved on, as a factory does."""
    copy = clone(model)
    for each, name, value in _held(copy, int):
        if not isinstance(value, bool):
            setattr(each, name, 0)
    return copy


def keeps_a_method_of_the_original(model):
    """Keeps an attribute that is a bound method, and so the original (tf-agents 0.19)."""
    copy = clone(model)
    for ours, theirs in zip(_held(copy, object), _held(model, object)):
        if ours[1] == "method":
            setattr(*ours[:2], theirs[2])
    return copy


def keeps_a_compiled_function(model):
    """Keeps a ``tf.function``, which holds the original's variables (``compiled_predict_f``)."""
    compiled = type(tf.function(len))
    return sharing(model, [value for _, _, value in _held(model, compiled)])


def keeps_a_weak_reference(model):
    """Keeps a weak reference to a part of the original."""
    copy = clone(model)
    for ours, theirs in zip(_held(copy, weakref.ref), _held(model, weakref.ref)):
        setattr(*ours[:2], theirs[2])
    return copy


def fixes_an_unknown_shape(model):
    """Makes a variable of its value: data of shape ``[None]`` can't grow (deepcopied GPflow)."""
    copy = clone(model)
    for each, name, value in _held(copy, tf.Variable):
        if value.shape != value.numpy().shape:
            setattr(each, name, tf.Variable(value))
    return copy


def forgets_the_length_of_a_deque(model):
    """Makes a deque of a deque, and forgets how long it may get."""
    copy = clone(model)
    for each, name, value in _held(copy, collections.deque):
        setattr(each, name, collections.deque(value))
    return copy


def unties_a_module(model):
    """Makes two modules of one that has two names."""
    copy = clone(model)
    for each, name, value in _held(copy, tf.Module):
        if name == "decoder" and value is each.encoder:
            each.decoder = clone(value)
    return copy
