"""Compile a probabilistic model and take a few repeatable training steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

OPTIMIZERS: tuple[str | None, ...] = (None, "adam", "sgd", "ema")
"""Names of optimizers, from the simplest on; None for no optimizer.

``"adam"`` has two slots per variable, ``"sgd"``, with momentum 0.9, has one;
``"ema"`` is Adam that keeps an exponential moving average of each variable.
"""

_BATCH = 4


def negative_log_likelihood(targets: Any, prediction: Any) -> Any:
    """Return the loss of ``targets`` under the distribution ``prediction``."""
    return -prediction.log_prob(targets)


def compile_model(model: Any, optimizer: str) -> None:
    """Compile a tf_keras model for maximum likelihood.

    Args:
      model: Returns a distribution, or a list of them.
      optimizer: A name of ``OPTIMIZERS``.
    """
    import tf_keras

    if optimizer == "sgd":
        # Clipped: the density of a narrow mixture has slopes that would blow all weights up.
        made = tf_keras.optimizers.SGD(learning_rate=0.01, momentum=0.9, clipnorm=1.0)
    else:
        made = tf_keras.optimizers.Adam(learning_rate=0.01, use_ema=optimizer == "ema")
    # Eagerly: a compiled step takes longer, and the process keeps its graph for good.
    model.compile(optimizer=made, loss=negative_log_likelihood, run_eagerly=True)


def train(
    model: Any,
    shapes: list[tuple[int, ...]],
    dtype: str,
    *,
    steps: int,
    values: np.random.Generator,
) -> None:
    """Take gradient steps towards targets drawn from the model's first output.

    Stops before a step that would make a weight nan or infinite: the scale of a
    ``DenseLocalReparameterization`` has no gradient where all its inputs are 0.

    Args:
      model: A compiled model that returns a distribution, or a list of them.
      shapes: The shape of one example for each input, without the batch dimension.
      dtype: Name of the inputs' dtype.
      steps: Number of steps.
      values: Draws the inputs and the seeds.
    """
    import numpy as np
    import tensorflow as tf

    if not steps:
        return
    drawn = [values.normal(size=(_BATCH, *shape)).astype(dtype) for shape in shapes]
    inputs = drawn if len(drawn) > 1 else drawn[0]
    outputs = model(inputs)
    seed = values.integers(2**31, size=2).astype("int32")
    if isinstance(outputs, list):
        targets: Any = [each.sample(seed=seed) for each in outputs]
    else:
        targets = outputs.sample(seed=seed)
    with tf.name_scope(model.optimizer.name):
        model.optimizer.build(model.trainable_variables)
    variables = [*model.variables, *model.optimizer.variables]
    for _ in range(steps):
        before = [variable.numpy() for variable in variables]
        model.train_on_batch(inputs, targets)
        if not all(np.isfinite(weight).all() for weight in model.get_weights()):
            for variable, value in zip(variables, before, strict=True):
                variable.assign(value)
            return
