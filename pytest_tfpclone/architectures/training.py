"""Compile a probabilistic model and take a few repeatable training steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

OPTIMIZERS: tuple[str | None, ...] = (None, "adam", "sgd")
"""Names of optimizers, from the simplest on; None for no optimizer.

``"adam"`` has two slots per variable, ``"sgd"``, with momentum 0.9, has one.
"""

_BATCH = 4


def negative_log_likelihood(targets: Any, prediction: Any) -> Any:
    """Return the loss of ``targets`` under the distribution ``prediction``."""
    return -prediction.log_prob(targets)


def compile_model(model: Any, optimizer: str) -> None:
    """Compile a tf_keras model for maximum likelihood.

    Args:
      model: Returns a distribution.
      optimizer: A name of ``OPTIMIZERS``.
    """
    import tf_keras

    if optimizer == "adam":
        made = tf_keras.optimizers.Adam(learning_rate=0.01)
    else:
        made = tf_keras.optimizers.SGD(learning_rate=0.01, momentum=0.9)
    # Eagerly: a compiled step takes longer, and the process keeps its graph for good.
    model.compile(optimizer=made, loss=negative_log_likelihood, run_eagerly=True)


def train(
    model: Any, input_shape: tuple[int, ...], *, steps: int, values: np.random.Generator
) -> None:
    """Take gradient steps towards targets drawn from the model's first output.

    Args:
      model: A compiled model that returns a distribution.
      input_shape: The shape of one example, without the batch dimension.
      steps: Number of steps.
      values: Draws the inputs and the seed of the targets.
    """
    if not steps:
        return
    inputs = values.normal(size=(_BATCH, *input_shape)).astype("float32")
    targets = model(inputs).sample(seed=values.integers(2**31, size=2).astype("int32"))
    for _ in range(steps):
        model.train_on_batch(inputs, targets)
