"""Make code that draws from the global generators repeatable, and undisturbing."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator

from pytest_tfpclone.randomness import TfKerasSeeds


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed Python's and NumPy's global generators within, and put them back after.

    Keras draws the seeds of its initializers from Python's ``random``, or where
    ``set_random_seed`` made one from a generator of its own, and some of its
    functions from ``numpy.random``. TensorFlow's own global generator
    can't be put back once it was seeded
    (https://www.tensorflow.org/api_docs/python/tf/random/set_seed), so code
    that runs in here must use stateless seeds for ``tf.random``.

    Args:
      seed: A non-negative integer below 2**32.

    >>> import random
    >>> with seeded(0):
    ...     first = random.random()
    >>> with seeded(0):
    ...     second = random.random()
    >>> first == second
    True
    """
    import numpy as np

    python_state = random.getstate()
    numpy_state = np.random.get_state()
    keras_seeds = TfKerasSeeds()
    keras_state = keras_seeds.getstate()
    random.seed(seed)
    np.random.seed(seed)
    keras_seeds.setstate(None)
    try:
        yield
    finally:
        keras_seeds.setstate(keras_state)
        random.setstate(python_state)
        np.random.set_state(numpy_state)


@contextlib.contextmanager
def floating(dtype: str) -> Iterator[None]:
    """Make ``dtype`` the one that new tf_keras layers have, and put the old one back after.

    Args:
      dtype: ``"float32"`` or ``"float64"``.
    """
    import tf_keras

    precision = tf_keras.mixed_precision
    policy, floatx = precision.global_policy(), tf_keras.backend.floatx()
    # As long as none is set, each call makes a policy of the current floatx.
    was_set = policy is precision.global_policy()
    precision.set_global_policy(dtype)
    tf_keras.backend.set_floatx(dtype)
    try:
        yield
    finally:
        tf_keras.backend.set_floatx(floatx)
        precision.set_global_policy(policy if was_set else None)
