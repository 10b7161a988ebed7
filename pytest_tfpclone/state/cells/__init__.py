"""The kinds of state cells, a module per family. Importing this package registers them."""

from __future__ import annotations

from pytest_tfpclone.state.cells import arrays, containers, generators, streams, tables, variables
from pytest_tfpclone.state.cells.arrays import overlaps
from pytest_tfpclone.state.cells.base import (
    Cell,
    DataCell,
    Fingerprints,
    NotWritable,
    Undo,
    cell_of,
    kind,
)

__all__ = [
    "Cell",
    "DataCell",
    "Fingerprints",
    "NotWritable",
    "Undo",
    "arrays",
    "cell_of",
    "containers",
    "generators",
    "kind",
    "overlaps",
    "streams",
    "tables",
    "variables",
]
