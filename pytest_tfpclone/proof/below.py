"""What hangs below an object of a walk."""

from __future__ import annotations

from typing import Any

from pytest_tfpclone.state import mutable
from pytest_tfpclone.state.cells import DataCell
from pytest_tfpclone.state.cells.settings import SettingsCell
from pytest_tfpclone.state.walk import Node, Walk


def below(walk: Walk, value: Any, through_root: bool = False) -> list[Node]:
    """Return what hangs below an object by own edges, nearest first."""
    start = walk.nodes.get(id(value))
    if start is None:
        return []
    seen = {id(value)} if through_root else {id(value), id(walk.root)}
    found: list[Node] = [start]
    for node in found:
        for _, child in node.edges:
            target = walk.nodes.get(id(child))
            if target is not None and id(child) not in seen:
                seen.add(id(child))
                found.append(target)
    return found[1:]


def data_below(walk: Walk, value: Any, through_root: bool = False) -> list[DataCell]:
    """Return the data cells at and below an object, nearest first, each resource once."""
    values = [value, *(node.value for node in below(walk, value, through_root))]
    found: dict[Any, DataCell] = {}
    for each in values:
        cell = mutable.state_cell(each)
        if isinstance(cell, DataCell):
            found.setdefault(cell.identity, cell)
    return list(found.values())


def settings_below(walk: Walk, value: Any) -> list[SettingsCell]:
    """Return the plain numbers that an object holds, or mutable objects below it."""
    values = [value, *(node.value for node in below(walk, value))]
    mutables = (each for each in values if mutable.state_cell(each) is not None)
    return [cell for cell in map(SettingsCell.of, mutables) if cell is not None]
