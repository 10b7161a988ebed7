"""Files in memory: what they hold, and where they stand."""

from __future__ import annotations

import io
from collections.abc import Hashable
from typing import Any

from pytest_tfpclone.state import kinds
from pytest_tfpclone.state.attributes import attribute_edges
from pytest_tfpclone.state.cells.base import DataCell, NotWritable, Undo, kind
from pytest_tfpclone.state.edges import table

table.add(io.BytesIO, io.StringIO)(attribute_edges)


def _base_of(value: object) -> Any:
    return io.BytesIO if issubclass(type(value), io.BytesIO) else io.StringIO


@kind(io.BytesIO, io.StringIO)
class StreamCell(DataCell):
    """An ``io.BytesIO`` or ``io.StringIO``, read and written below any code of a subclass."""

    kind = "stream"

    def __init__(self, value: Any) -> None:
        super().__init__(value)
        self._base = _base_of(value)

    @classmethod
    def of(cls, value: Any) -> StreamCell | None:
        """Return the cell of a stream; None if it is closed."""
        return None if _base_of(value).closed.__get__(value) else cls(value)

    @property
    def label(self) -> str:
        """The type and the length, in bytes or characters."""
        return f"{kinds.name(type(self.value))}[{len(self._base.getvalue(self.value))}]"

    def fingerprint(self) -> Hashable:
        """Return the content and the position."""
        return self._base.getvalue(self.value), self._base.tell(self.value)

    def backup(self) -> Undo:
        """Copy the present content, and note the position."""
        content, position = self._base.getvalue(self.value), self._base.tell(self.value)

        def put_back() -> None:
            if self._base.getvalue(self.value) != content:
                self._base.seek(self.value, 0)
                self._base.write(self.value, content)
                self._base.truncate(self.value)
            self._base.seek(self.value, position)

        return put_back

    def write(self) -> Undo:
        """Append one character."""
        undo = self.backup()
        self._base.seek(self.value, 0, io.SEEK_END)
        try:
            self._base.write(self.value, b"+" if self._base is io.BytesIO else "+")
        except BufferError as error:
            undo()
            raise NotWritable("a view into its buffer keeps it from growing") from error
        return undo

    def show(self) -> str:
        """Return the first bytes or characters, and the position."""
        content, position = self._base.getvalue(self.value), self._base.tell(self.value)
        return f"{content[:16]!r} at {position}"
