"""Streams in memory: content and position, written and put back."""

from __future__ import annotations

import io

import pytest

from pytest_tfpclone import check_clone
from pytest_tfpclone.state.cells import NotWritable, cell_of


class Loud(io.StringIO):
    def getvalue(self):
        raise RuntimeError("read")

    @property
    def closed(self):
        raise RuntimeError("asked")

    @property
    def __class__(self):
        raise RuntimeError("asked")


def at(stream, position):
    stream.seek(position)
    return stream


STREAMS = {
    "bytes": lambda: at(io.BytesIO(b"abc"), 1),
    "text": lambda: at(io.StringIO("abc"), 2),
    "subclass": lambda: Loud("abc"),
    "empty": io.BytesIO,
}


@pytest.mark.parametrize("make", STREAMS.values(), ids=STREAMS)
def test_a_write_is_seen_and_put_back(make):
    stream = make()
    cell = cell_of(stream)
    before, position = cell.fingerprint(), stream.tell()
    undo = cell.write()
    assert cell.fingerprint() != before
    undo()
    assert cell.fingerprint() == before
    assert stream.tell() == position


@pytest.mark.parametrize("make", STREAMS.values(), ids=STREAMS)
def test_a_backup_puts_back_what_was_cut(make):
    stream = make()
    cell = cell_of(stream)
    before, undo = cell.fingerprint(), cell.backup()
    stream.seek(0)
    stream.truncate()
    undo()
    assert cell.fingerprint() == before


def test_labels_show_the_length_and_the_place():
    cell = cell_of(at(io.BytesIO(b"abc"), 2))
    assert (cell.label, cell.show()) == ("BytesIO[3]", "b'abc' at 2")


@pytest.mark.parametrize("make", [io.BytesIO, io.StringIO])
def test_a_closed_stream_is_no_state(make):
    stream = make()
    stream.close()
    assert cell_of(stream) is None


def test_of_a_long_stream_the_first_sixteen_characters_are_shown():
    text = "0123456789abcdefghij"
    assert cell_of(io.StringIO(text)).show() == "'0123456789abcdef' at 0"


def test_one_character_is_appended_wherever_the_stream_stands():
    for stream, more in ((io.BytesIO(b"abc"), b"abc+"), (at(io.StringIO("abc"), 2), "abc+")):
        undo = cell_of(stream).write()
        assert (stream.getvalue(), stream.tell()) == (more, 4)
        undo()


def test_a_stream_with_a_view_into_it_is_not_written():
    stream = at(io.BytesIO(b"abc"), 1)
    with stream.getbuffer():
        with pytest.raises(NotWritable, match="a view into its buffer"):
            cell_of(stream).write()
        assert (stream.getvalue(), stream.tell()) == (b"abc", 1)
        (leak,) = check_clone([stream], [stream]).leaks
        assert "a view into its buffer keeps it from growing" in leak.evidence


@pytest.mark.parametrize("make", STREAMS.values(), ids=STREAMS)
def test_shared_and_independent_streams(make):
    stream = make()
    (leak,) = check_clone([stream], [stream]).leaks
    assert "and the other side read" in leak.evidence
    assert check_clone([make()], [make()]).verdict == "independent"


def test_another_position_or_content_is_a_difference():
    for other in (at(io.BytesIO(b"abc"), 1), io.BytesIO(b"abd")):
        report = check_clone([io.BytesIO(b"abc")], [other])
        assert [each.kind for each in report.differences] == ["value"]
