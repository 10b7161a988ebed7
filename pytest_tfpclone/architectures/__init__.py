"""Describe models by frozen dataclasses whose repr is code that rebuilds them.

A spec such as ``Sequential(layers=(Dense(units=1),), head=Normal())`` is cheap
to draw, to compare, to print and to paste into a test; ``build()`` makes the
model from it, the same one in every process. Importing this package imports
neither TensorFlow nor Hypothesis.
"""

from __future__ import annotations

# Star imports, so that a new layer or head touches its own module and no other; the
# order is that of simplicity, to which draws shrink.
# isort: off
from pytest_tfpclone.architectures import layers as _layers
from pytest_tfpclone.architectures import stack as _stack
from pytest_tfpclone.architectures import variational as _variational
from pytest_tfpclone.architectures import heads as _heads
from pytest_tfpclone.architectures import named_heads as _named_heads
from pytest_tfpclone.architectures import sequential as _sequential
from pytest_tfpclone.architectures import functional as _functional
from pytest_tfpclone.architectures import modules as _modules
from pytest_tfpclone.architectures import keras_three as _keras_three
from pytest_tfpclone.architectures import actions as _actions

from pytest_tfpclone.architectures import parameters as _parameters
from pytest_tfpclone.architectures import trees as _trees
from pytest_tfpclone.architectures import distributions as _distributions
from pytest_tfpclone.architectures import bijectors as _bijectors
from pytest_tfpclone.architectures import kernels as _kernels
from pytest_tfpclone.architectures import mixtures as _mixtures
from pytest_tfpclone.architectures import sequences as _sequences
from pytest_tfpclone.architectures import joint_distributions as _joint_distributions
from pytest_tfpclone.architectures import processes as _processes
from pytest_tfpclone.architectures import surrogates as _surrogates
from pytest_tfpclone.architectures import flows as _flows
from pytest_tfpclone.architectures import time_series as _time_series

# isort: on
from pytest_tfpclone.architectures.actions import *  # noqa: F403
from pytest_tfpclone.architectures.bijectors import *  # noqa: F403
from pytest_tfpclone.architectures.distributions import *  # noqa: F403
from pytest_tfpclone.architectures.flows import *  # noqa: F403
from pytest_tfpclone.architectures.functional import *  # noqa: F403
from pytest_tfpclone.architectures.heads import *  # noqa: F403
from pytest_tfpclone.architectures.joint_distributions import *  # noqa: F403
from pytest_tfpclone.architectures.keras_three import *  # noqa: F403
from pytest_tfpclone.architectures.kernels import *  # noqa: F403
from pytest_tfpclone.architectures.layers import *  # noqa: F403
from pytest_tfpclone.architectures.mixtures import *  # noqa: F403
from pytest_tfpclone.architectures.modules import *  # noqa: F403
from pytest_tfpclone.architectures.named_heads import *  # noqa: F403
from pytest_tfpclone.architectures.parameters import *  # noqa: F403
from pytest_tfpclone.architectures.processes import *  # noqa: F403
from pytest_tfpclone.architectures.registry import (
    Limits,
    Place,
    action,
    distribution,
    head,
    layer,
    model,
    module,
    part,
    registered,
)
from pytest_tfpclone.architectures.seeding import seeded
from pytest_tfpclone.architectures.sequences import *  # noqa: F403
from pytest_tfpclone.architectures.sequential import *  # noqa: F403
from pytest_tfpclone.architectures.spec import Spec, parts
from pytest_tfpclone.architectures.stack import *  # noqa: F403
from pytest_tfpclone.architectures.surrogates import *  # noqa: F403
from pytest_tfpclone.architectures.time_series import *  # noqa: F403
from pytest_tfpclone.architectures.trees import *  # noqa: F403
from pytest_tfpclone.architectures.variational import *  # noqa: F403

__all__ = ["Limits", "Place", "Spec", "parts", "registered", "seeded"]
__all__ += ["action", "distribution", "head", "layer", "model", "module", "part"]
__all__ += _layers.__all__
__all__ += _stack.__all__
__all__ += _variational.__all__
__all__ += _heads.__all__
__all__ += _named_heads.__all__
__all__ += _sequential.__all__
__all__ += _functional.__all__
__all__ += _modules.__all__
__all__ += _keras_three.__all__
__all__ += _actions.__all__
__all__ += _parameters.__all__
__all__ += _trees.__all__
__all__ += _distributions.__all__
__all__ += _bijectors.__all__
__all__ += _kernels.__all__
__all__ += _mixtures.__all__
__all__ += _sequences.__all__
__all__ += _joint_distributions.__all__
__all__ += _processes.__all__
__all__ += _surrogates.__all__
__all__ += _flows.__all__
__all__ += _time_series.__all__
