"""What holds for all modules of the package."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil

import pytest

import pytest_tfpclone

# They are filled in after they are made.
GROW = {"Acted", "Output", "Responses", "Shared"}


def classes():
    for module in pkgutil.walk_packages(pytest_tfpclone.__path__, "pytest_tfpclone."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if inspect.isclass(value) and value.__module__ == module.name:
                yield pytest.param(value, id=f"{module.name}.{name}")


@pytest.mark.usefixtures("everything_imported")
def test_records_are_frozen_and_slotted():
    found = [each.values[0] for each in classes() if dataclasses.is_dataclass(each.values[0])]
    assert len(found) > 10
    for kind in found:
        assert "__slots__" in vars(kind), kind
        assert kind.__dataclass_params__.frozen or kind.__name__ in GROW, kind
