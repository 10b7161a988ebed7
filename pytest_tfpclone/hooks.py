"""The hooks that a conftest or another plugin may implement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_tfpclone.registry import Registry


@pytest.hookspec
def pytest_tfpclone_register(registry: Registry) -> None:
    """Register kinds of state, cloners, actions and gallery models of a project.

    It is called once, before the first test, and not at all where the plugin isn't used.

        def pytest_tfpclone_register(registry):
            @registry.cloner("ours")
            def ours(model):
                "Copy a model as our library does."
                return our_library.copy_of(model)

    Args:
        registry: takes what is registered; each of its methods is a decorator.
    """
