"""Cloning doesn't touch the original, also when it fails midway."""

from __future__ import annotations

import gc
import types

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone.cloning import CloneRefused, clone
from pytest_tfpclone.cloning.locate import parts

tfd = tfp.distributions


def model():
    scale = tf.Variable(1.0)
    made = tf_keras.Sequential(
        [
            tf_keras.layers.Dense(2, input_shape=(3,)),
            tfp.layers.DistributionLambda(lambda t: tfd.Normal(t, tf.nn.softplus(scale))),
        ]
    )
    made.compile("adam", lambda y, d: -d.log_prob(y))
    made.extra = {"notes": [1, 2]}
    made.fit(np.ones((2, 3)), np.ones((2, 2)), verbose=0)
    return made


def picture(root):
    """Return what every part holds: the ids of its attributes, the bits of its values."""
    seen = {}
    for _, part in parts(root):
        if id(part) in seen or isinstance(part, (types.FunctionType, type)):
            continue
        if issubclass(type(part), tf.Variable):
            seen[id(part)] = np.asarray(part.numpy()).tobytes()
        elif isinstance(part, (list, tuple)):
            seen[id(part)] = [id(item) for item in part]
        elif isinstance(part, dict):
            seen[id(part)] = [(key, id(item)) for key, item in part.items()]
        else:
            namespace = getattr(part, "__dict__", None)
            if isinstance(namespace, dict):
                seen[id(part)] = [(name, id(item)) for name, item in namespace.items()]
    return seen


def test_everything_is_where_it_was():
    original = model()
    before = picture(original)
    clone(original)
    assert picture(original) == before


def test_also_after_a_failure():
    original = model()
    original.extra = {"notes": [1, 2], "stream": (i for i in [1])}
    before = picture(original)
    with pytest.raises(CloneRefused, match="generator"):
        clone(original)
    assert picture(original) == before


def test_no_reference_to_the_clone_is_left():
    original = model()
    copy = clone(original)
    mine = {id(part) for _, part in parts(copy)}
    shared = [
        (path, part)
        for path, part in parts(original)
        if id(part) in mine
        and "._distribution_strategy" not in path
        and issubclass(type(part), (tf.Variable, tf.Module, dict, list))
    ]
    assert not shared


def test_the_clone_can_be_collected():
    import weakref

    copy = clone(model())
    seen = weakref.ref(copy)
    del copy
    gc.collect()
    assert seen() is None


def test_random_state_is_not_advanced():
    import random

    original = model()
    random.seed(1)
    np.random.seed(1)
    tf.random.set_seed(1)
    state = (random.getstate(), np.random.get_state()[1].tolist())
    expected = tf.random.normal([2]).numpy().tolist()
    tf.random.set_seed(1)
    clone(original)
    assert (random.getstate(), np.random.get_state()[1].tolist()) == state
    assert tf.random.normal([2]).numpy().tolist() == expected
