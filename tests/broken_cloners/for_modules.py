"""The cloners that are found by a ``tf.Module``."""

from __future__ import annotations

from broken_cloners import modules
from broken_cloners.table import differs, shares
from pytest_tfpclone.architectures import (
    CallCount,
    CallLog,
    CompiledMethod,
    HashTable,
    HeldMethod,
    Module,
    NamedVariables,
    NumpyArray,
    PlainObject,
    TiedSubmodule,
    UnknownShape,
    WeakReference,
    Weight,
)


def found_by(verdict, cloner, part):
    """Return a cloner that goes wrong at one part of a module."""
    return verdict(
        cloner, Module(parts=(part(),)), draws="modules", options={"parts": [Weight, part]}
    )


RARE = (
    found_by(shares, modules.shares_a_table, HashTable),
    found_by(shares, modules.shares_an_array, NumpyArray),
    found_by(shares, modules.copies_an_array_as_a_view, NumpyArray),
    found_by(shares, modules.shares_a_log, CallLog),
    found_by(shares, modules.shares_the_list_of_a_plain_object, PlainObject),
    found_by(shares, modules.keeps_a_method_of_the_original, HeldMethod),
    found_by(shares, modules.keeps_a_compiled_function, CompiledMethod),
    found_by(shares, modules.keeps_a_weak_reference, WeakReference),
    found_by(differs, modules.empties_a_table, HashTable),
    found_by(differs, modules.restarts_a_count, CallCount),
    found_by(differs, modules.fixes_an_unknown_shape, UnknownShape),
    found_by(differs, modules.forgets_the_length_of_a_deque, NamedVariables),
    found_by(differs, modules.unties_a_module, TiedSubmodule),
)
