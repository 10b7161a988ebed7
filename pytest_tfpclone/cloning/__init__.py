"""Ways to clone a model: the structural ``clone``, the others, and their registry.

    from pytest_tfpclone import cloners

    cloners.names()                # every registered cloner, the default first
    cloners.get("deepcopy")(model)

    @cloners.register("ours")      # another way to clone
    def ours(model): ...

    @cloners.handler(Connection)   # teach clone() a type
    def _(original, cloner): ...

Importing this imports neither TensorFlow nor NumPy.
"""

from __future__ import annotations

from pytest_tfpclone.cloning.dispatch import handler
from pytest_tfpclone.cloning.errors import CloneRefused, NotApplicable
from pytest_tfpclone.cloning.registry import Cloner, UnknownClonerError, get, names, register
from pytest_tfpclone.cloning.structural import clone

# isort: split
# The built-in cloners register themselves in this order, which names() keeps.
from pytest_tfpclone.cloning import python_cloners as _python_cloners  # noqa: F401

# isort: split
from pytest_tfpclone.cloning import keras_cloners as _keras_cloners  # noqa: F401

# isort: split
from pytest_tfpclone.cloning import tensorflow_cloners as _tensorflow_cloners  # noqa: F401

__all__ = [
    "CloneRefused",
    "Cloner",
    "NotApplicable",
    "UnknownClonerError",
    "clone",
    "get",
    "handler",
    "names",
    "register",
]
