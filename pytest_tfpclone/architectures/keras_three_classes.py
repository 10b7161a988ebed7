"""The classes of objects that hold a Keras 3 model beside an object of TFP's.

At module level, so that what is built can be pickled. Import this only to
build: it imports TensorFlow.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp


class NetworkAndLikelihood:
    """A network of means, and the distribution of what is left.

    Args:
      network: A Keras 3 model.
      companion: A ``tfd.Normal``.
    """

    def __init__(self, network: Any, companion: Any) -> None:
        super().__init__()
        self.network = network
        self.likelihood = companion

    def __call__(self, inputs: Any) -> Any:
        """Return a ``tfd.Normal`` around the network's output."""
        noise = self.likelihood
        return tfp.distributions.Normal(self.network(inputs) + noise.mean(), noise.stddev())


class NetworkAndBijector:
    """A network, and a bijector of its output.

    Args:
      network: A Keras 3 model.
      companion: A bijector.
    """

    def __init__(self, network: Any, companion: Any) -> None:
        super().__init__()
        self.network = network
        self.bijector = companion

    def __call__(self, inputs: Any) -> Any:
        """Return the network's output through the bijector, a tensor."""
        return self.bijector.forward(self.network(inputs))


class LikelihoodModule(NetworkAndLikelihood, tf.Module):  # type: ignore[misc]
    """The first, as a ``tf.Module``."""


class BijectorModule(NetworkAndBijector, tf.Module):  # type: ignore[misc]
    """The second, as a ``tf.Module``."""


KINDS: dict[tuple[str, str], Any] = {
    ("module", "distribution"): LikelihoodModule,
    ("module", "bijector"): BijectorModule,
    ("object", "distribution"): NetworkAndLikelihood,
    ("object", "bijector"): NetworkAndBijector,
}
"""Which class a spec builds, by its ``holder`` and ``beside``."""
