"""Settings of this project's own tests."""

from __future__ import annotations

import os
import sys

import pytest
from hypothesis import settings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

pytest_plugins = ["pytester"]

settings.register_profile("tfpclone-tests", deadline=None)
settings.load_profile("tfpclone-tests")


def pytest_collection_finish() -> None:
    """Give TensorFlow two CPU devices before it starts, for distributed variables."""
    tf = sys.modules.get("tensorflow")
    if tf is None:
        return
    cpu = tf.config.list_physical_devices("CPU")[0]
    if tf.config.get_logical_device_configuration(cpu) is None:
        two = [tf.config.LogicalDeviceConfiguration() for _ in range(2)]
        tf.config.set_logical_device_configuration(cpu, two)


@pytest.fixture(scope="session")
def everything_imported() -> None:
    """Import what in-process runs of pytest use: they forget what they import themselves.

    TensorFlow can't be loaded twice in one process.
    """
    import importlib
    import pkgutil

    import keras.saving  # noqa: F401
    import tensorflow_probability as tfp
    import tf_keras.saving  # noqa: F401

    import pytest_tfpclone

    for lazily_loaded in (tfp.layers, tfp.experimental, tfp.sts, tfp.vi):
        dir(lazily_loaded)
    for module in pkgutil.walk_packages(pytest_tfpclone.__path__, "pytest_tfpclone."):
        importlib.import_module(module.name)
