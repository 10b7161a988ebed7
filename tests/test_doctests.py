"""The examples in docstrings run."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest
import tensorflow as tf  # noqa: F401 - examples use it

import pytest_tfpclone
from pytest_tfpclone.cloning import registry

MODULES = [
    module.name for module in pkgutil.walk_packages(pytest_tfpclone.__path__, "pytest_tfpclone.")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name, monkeypatch):
    monkeypatch.setattr(registry, "_cloners", dict(registry._cloners))
    result = doctest.testmod(
        importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert result.failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder()
    modules = [importlib.import_module(name) for name in MODULES]
    examples = [test for module in modules for test in finder.find(module) if test.examples]
    assert len(examples) >= 8
