"""Describe models by frozen dataclasses whose repr is code that rebuilds them.

A spec such as ``Sequential(layers=(Dense(units=1),), head=Normal())`` is cheap
to draw, to compare, to print and to paste into a test; ``build()`` makes the
tf_keras model from it, the same one in every process. Importing this package
imports neither TensorFlow nor Hypothesis.
"""

from __future__ import annotations

# Star imports, so that a new layer or head touches its own module and no other.
from pytest_tfpclone.architectures import heads as _heads
from pytest_tfpclone.architectures import layers as _layers
from pytest_tfpclone.architectures import sequential as _sequential
from pytest_tfpclone.architectures.heads import *  # noqa: F403
from pytest_tfpclone.architectures.layers import *  # noqa: F403
from pytest_tfpclone.architectures.registry import Limits, head, layer, model, registered
from pytest_tfpclone.architectures.seeding import seeded
from pytest_tfpclone.architectures.sequential import *  # noqa: F403
from pytest_tfpclone.architectures.spec import Spec

__all__ = ["Limits", "Spec", "head", "layer", "model", "registered", "seeded"]
__all__ += _heads.__all__
__all__ += _layers.__all__
__all__ += _sequential.__all__
