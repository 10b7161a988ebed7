"""The gallery as a registry: what is in it, and what it costs to ask."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pytest_tfpclone import gallery

REQUIRED = {
    "bayesian_regression",
    "deep_ensemble",
    "eight_schools_surrogate",
    "gaussian_process",
    "masked_autoregressive_flow",
    "seed_custom_distribution",
    "seed_dense_network",
    "seed_variational_inference",
    "variational_autoencoder",
}


@pytest.fixture
def registry(monkeypatch):
    monkeypatch.setattr(gallery, "_factories", dict(gallery._factories))


def test_the_names_are_those_of_the_models():
    assert set(gallery.names()) >= REQUIRED
    assert list(gallery.names()) == sorted(gallery.names())


def test_every_name_has_a_documented_factory_of_the_same_name():
    for name in REQUIRED:
        factory = gallery.get(name)

        assert factory.__name__ == name
        assert factory.__module__ == f"pytest_tfpclone.gallery.{name}"
        assert factory is getattr(sys.modules[factory.__module__], name)
        for section in ("State:", "Returns:"):
            assert section in factory.__doc__, name


def test_an_unknown_name_lists_the_known():
    with pytest.raises(ValueError, match=r"no model 'resnet' in the gallery, only bayesian_reg"):
        gallery.get("resnet")


@pytest.mark.usefixtures("registry")
def test_a_registered_factory_is_found_and_runs_seeded():
    import random

    @gallery.register("coin")
    def coin():
        """Make a coin."""
        return random.random()

    assert "coin" in gallery.names()
    assert gallery.get("coin")() == coin()
    assert gallery.get("coin").__doc__ == "Make a coin."


@pytest.mark.usefixtures("registry")
def test_a_name_is_taken_once():
    gallery.register("coin")(lambda: 0)

    with pytest.raises(ValueError, match=r"the gallery has a model 'coin' already"):
        gallery.register("coin")(lambda: 1)


def test_asking_for_names_imports_no_tensorflow():
    code = (
        "import sys; from pytest_tfpclone import gallery; gallery.names();"
        "print([m for m in ('tensorflow', 'keras', 'tf_keras', 'numpy') if m in sys.modules])"
    )

    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout

    assert printed.strip() == "[]"
