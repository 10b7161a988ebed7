"""Settings of this project's own tests."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from hypothesis import Phase, settings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

pytest_plugins = ["pytester"]

# To explain a failure, Hypothesis would run it hundreds of times more, through a tracer.
settings.register_profile(
    "tfpclone-tests", deadline=None, phases=[phase for phase in Phase if phase is not Phase.explain]
)
settings.load_profile("tfpclone-tests")


def pytest_pycollect_makemodule(module_path: Path) -> None:
    """Start TensorFlow with two CPU devices before the first test module that imports it."""
    if "tensorflow" in sys.modules or "import tensorflow" not in module_path.read_text():
        return
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    two = [tf.config.LogicalDeviceConfiguration() for _ in range(2)]
    tf.config.set_logical_device_configuration(cpu, two)


@pytest.fixture(autouse=True)
def _seeds_of_keras_put_back() -> Iterator[None]:
    """Undo what ``set_random_seed`` does, so that tests pass in any order."""
    from pytest_tfpclone.randomness import KERAS_SEEDS

    states = [each.getstate() for each in KERAS_SEEDS]
    yield
    for each, state in zip(KERAS_SEEDS, states, strict=True):
        each.setstate(state)


@pytest.fixture
def seeds_of_tf_keras() -> None:
    """Skip a test that calls tf_keras' ``set_random_seed`` where that breaks all that follows."""
    if sys.version_info >= (3, 12) and version("tf_keras").startswith("2.18."):
        pytest.skip("27 Nov 2026: tf_keras 2.18 calls randint(1, 1e9), which Python 3.12 refuses")


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Run pytest within tests as at a desk, in the order of the file.

    On CI machines pytest writes whole messages where it cuts lines elsewhere.
    """
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:randomly")
    for variable in (
        "CI",
        "BUILD_NUMBER",
        "GITHUB_ACTIONS",
        "FORCE_COLOR",
        "NO_COLOR",
        "PY_COLORS",
    ):
        monkeypatch.delenv(variable, raising=False)
    return pytester


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
