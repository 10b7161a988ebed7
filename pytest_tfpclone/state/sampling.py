"""Make TFP's samplers repeat themselves, without touching a global generator."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import tensorflow as tf
from tensorflow_probability.python.internal import samplers


@contextlib.contextmanager
def seeded_sampling(seed: int) -> Iterator[None]:
    """Give TFP's samplers stateless seeds where a model asks for none.

    Nothing global is moved on, and equal models draw equal samples. A trace made
    meanwhile keeps TFP's own seeds.
    """
    original, is_stateful = samplers.sanitize_seed, samplers.is_stateful_seed
    count = 0

    def is_stateful_now(given: Any) -> bool:
        return not tf.executing_eagerly() and bool(is_stateful(given))

    def sanitize(given: Any = None, salt: Any = None, name: Any = None) -> Any:
        nonlocal count
        if tf.executing_eagerly() and is_stateful(given):
            count += 1
            given = tf.constant([seed, count], tf.int32)
        return original(given, salt=salt, name=name)

    samplers.sanitize_seed, samplers.is_stateful_seed = sanitize, is_stateful_now
    try:
        yield
    finally:
        samplers.sanitize_seed, samplers.is_stateful_seed = original, is_stateful
