"""The registry of cloners, and that looking at it costs nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pytest_tfpclone import cloners
from pytest_tfpclone.cloning import registry

BUILT_IN = (
    "clone", "deepcopy", "copy", "pickle", "cloudpickle", "clone_model", "config", "keras_file",
    "h5_file", "saved_model", "checkpoint", "distribution_copy",
)  # fmt: skip


@pytest.fixture
def private_registry(monkeypatch):
    monkeypatch.setattr(registry, "_cloners", dict(registry._cloners))


def test_names_start_with_the_default_and_end_with_the_control(private_registry):
    assert cloners.names()[: len(BUILT_IN)] == BUILT_IN
    assert cloners.names()[-1] == "alias"
    cloners.register("mine")(lambda model: model)
    cloners.register("aardvark")(lambda model: model)
    assert cloners.names()[-3:] == ("mine", "aardvark", "alias")


def test_every_cloner_has_a_docstring():
    for name in cloners.names():
        first = (cloners.get(name).__doc__ or "").partition("\n")[0]
        assert first.endswith("."), name


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(LookupError) as caught:
        cloners.get("deep_copy")
    assert "'deep_copy'" in str(caught.value)
    for name in cloners.names():
        assert name in str(caught.value)


def test_a_name_is_registered_once(private_registry):
    @cloners.register("mine")
    def mine(model):
        """Clone."""
        return model

    assert cloners.get("mine") is mine
    assert cloners.register("mine")(mine) is mine
    with pytest.raises(ValueError, match=r"'mine' is already registered, by .*mine"):
        cloners.register("mine")(lambda model: model)
    assert cloners.get("mine") is mine


def test_registering_without_a_name():
    with pytest.raises(TypeError, match="expected a name"):

        @cloners.register
        def mine(model):
            """Clone."""


def test_importing_imports_no_heavy_library():
    program = (
        "import sys; from pytest_tfpclone import cloners; cloners.names(); cloners.get('clone');"
        "print([m for m in ('tensorflow', 'numpy', 'hypothesis', 'keras') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
