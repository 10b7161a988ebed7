"""Take back what TFP and TensorFlow keep of models that nobody will run again.

Keras runs a layer on symbolic tensors once, to see what comes out, and drops the
graph. TFP's bijectors keep the tensors in the cache of their class, and
``tf.custom_gradient`` keeps its functions in a registry, for good: 4 MB for each
``AutoregressiveTransform``, 2 MB for each ``VariationalGaussianProcess``. TFP's
samplers keep a trace for each shape that was drawn, 3 MB for each ``Poisson``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow.python.framework import ops
from tensorflow_probability.python.distributions import binomial, gamma, poisson

_SAMPLERS = (
    binomial._random_binomial, gamma._random_gamma_no_gradient, poisson.random_poisson,
)  # fmt: skip
_MOST_TRACES = 4


@contextlib.contextmanager
def taken_back() -> Iterator[None]:
    """Drop on the way out what was registered within for graphs that nobody will run.

    Samplers that were traced for many shapes, by models built before, are made to forget them.
    """
    _drop_traces()
    gradients = ops.gradient_registry._registry
    cached = tfp.bijectors.Bijector._cache.storage
    known, kept = set(gradients), {id(key) for key in cached}
    try:
        yield
    finally:
        for name in [name for name in gradients if name.startswith("CustomGradient-")]:
            if name not in known:
                del gradients[name]
        for key in [key for key in list(cached) if id(key) not in kept]:
            if any(tf.is_symbolic_tensor(part) for part in tf.nest.flatten(key())):
                cached.pop(key, None)


def _drop_traces() -> None:
    for sampler in _SAMPLERS:
        traces = sampler.__wrapped__._function_cache
        if traces is not None and len(traces) > _MOST_TRACES:
            traces.clear()
