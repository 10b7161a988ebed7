"""Arrays and bytes: which memory they cover, bits that are flipped and put back."""

from __future__ import annotations

import mmap

import numpy as np
import pytest

from pytest_tfpclone.state.cells import NotWritable, cell_of, overlaps

DTYPES = [
    "f2", "f4", "f8", "g", "c8", "c16", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?", "M8[s]",
    "m8[s]", ">f4", ">i8",
]  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_element_is_changed_and_put_back(dtype):
    array = np.arange(6).astype(dtype).reshape(2, 3)
    before = array.tobytes()
    cell = cell_of(array)
    printed = cell.fingerprint()
    undo = cell.write()
    size = array.itemsize
    after = array.tobytes()
    for start in range(0, len(before), size):
        assert after[start : start + size] != before[start : start + size]
    assert cell.fingerprint() != printed
    undo()
    assert array.tobytes() == before


LAYOUTS = {
    "fortran": lambda a: np.asfortranarray(a),
    "transposed": lambda a: a.T,
    "strided": lambda a: a[:, ::2],
    "reversed": lambda a: a[::-1, ::-1],
    "scalar": lambda a: a[0, 0, ...],
    "read-only view": lambda a: np.broadcast_to(a, a.shape),
    "broadcast": lambda a: np.broadcast_to(a[0], (4, 4)),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["f4", "c16", "?"])
@pytest.mark.parametrize("verb", ["write", "nudge"])
def test_other_layouts(layout, dtype, verb):
    owner = np.arange(16).astype(dtype).reshape(4, 4)
    array = LAYOUTS[layout](owner)
    whole, before = owner.tobytes(), array.tobytes()
    cell = cell_of(array)
    undo = cell.write() if verb == "write" else cell.nudge(1)
    if undo is None:
        assert dtype != "f4"
        return
    assert array.tobytes() != before
    assert cell.fingerprint() == cell_of(array.copy()).fingerprint()
    undo()
    assert array.tobytes() == before
    assert owner.tobytes() == whole


def test_payloads_come_back():
    array = np.array([0x7FC0BEEF, 0xFFC00001, 0x80000000], np.uint32).view(np.float32)
    cell = cell_of(array)
    cell.write()()
    with np.errstate(invalid="ignore"):
        cell.nudge(0)()
    backup = cell.backup()
    array[:] = 0
    backup()
    assert array.view(np.uint32).tolist() == [0x7FC0BEEF, 0xFFC00001, 0x80000000]


def test_structured_arrays():
    array = np.array([(1, 2.0), (3, 4.0)], dtype=[("a", "i4"), ("b", "f8")])
    before, cell = array.tobytes(), cell_of(array)
    undo = cell.write()
    assert array.tobytes() != before
    undo()
    assert array.tobytes() == before


def test_the_numbers_of_a_structured_array_are_flipped():
    array = np.array([(1, 2.0, b"ab", True, (3, 4))], dtype=[
        ("a", "i4"), ("b", "f8"), ("text", "S2"), ("flag", "?"), ("inner", [("c", "i2"), ("d", "u1")])
    ])  # fmt: skip
    before = array.copy()
    undo = cell_of(array).write()
    assert array["a"] == ~1
    assert array["text"] == b"ab"
    assert not array["flag"]
    assert array["inner"]["c"] == ~3
    assert array["inner"]["d"] == 251
    undo()
    assert array.tobytes() == before.tobytes()


def test_a_single_element_that_can_not_be_written():
    array = np.array(["ab"])
    before = array.tobytes()
    with pytest.raises(NotWritable):
        cell_of(array).write()
    assert array.tobytes() == before


def test_elements_that_are_alike_are_not_rolled_onto_themselves():
    array = np.array(["ab", "ab"])
    before = array.tobytes()
    try:
        undo = cell_of(array).write()
    except NotWritable:
        assert array.tobytes() == before
        return
    assert array.tobytes() != before
    undo()
    assert array.tobytes() == before


def test_texts():
    array = np.array(["ab", "cd"])
    undo = cell_of(array).write()
    assert array.tolist() == ["cd", "ab"]
    undo()
    assert array.tolist() == ["ab", "cd"]


def test_read_only_memory_is_no_state():
    owner = np.zeros(3)
    owner.flags.writeable = False
    assert cell_of(owner) is None
    assert cell_of(owner[1:]) is None
    assert cell_of(np.frombuffer(b"abcd", np.uint8)) is None
    assert cell_of(np.zeros(0)) is None
    assert cell_of(np.array([object()])).kind == "container"


def test_a_read_only_view_of_writable_memory_is_state():
    owner = np.zeros(4)
    view = owner[1:3]
    view.flags.writeable = False
    cell = cell_of(view)
    undo = cell.write()
    assert owner[0] == owner[3] == 0
    assert not np.array_equal(owner[1:3], [0, 0])
    undo()
    assert owner.tolist() == [0, 0, 0, 0]


def test_masked_arrays_and_matrices():
    masked = np.ma.masked_array([1.0, 2.0], [True, False])
    before = masked.data.tobytes(), masked.mask.tobytes()
    cell = cell_of(masked)
    undo = cell.write()
    assert masked.data.tobytes() != before[0]
    undo()
    assert (masked.data.tobytes(), masked.mask.tobytes()) == before


def test_memory_maps(tmp_path):
    mapped = np.memmap(tmp_path / "array", np.float32, "w+", shape=(3,))
    mapped[:] = [1, 2, 3]
    cell = cell_of(mapped)
    undo = cell.write()
    assert mapped.tolist() != [1, 2, 3]
    undo()
    assert mapped.tolist() == [1, 2, 3]


def test_labels_and_values():
    assert cell_of(np.zeros((2, 3), "f4")).label == "float32[2, 3]"
    assert cell_of(np.zeros(())).label == "float64[]"
    assert cell_of(np.arange(9)).show() == "[0, 1, 2, ...]"
    assert cell_of(np.array(0.5)).show() == "0.5"


def test_bytearrays():
    data = bytearray(b"\x00\xff")
    cell = cell_of(data)
    undo = cell.write()
    assert data == b"\xff\x00"
    undo()
    assert data == b"\x00\xff"
    assert cell.label == "bytearray[2]"
    assert cell.show() == repr(b"\x00\xff")
    undo = cell.backup()
    data.extend(b"more")
    undo()
    assert data == b"\x00\xff"
    data.clear()
    undo()
    assert data == b"\x00\xff"


def test_an_empty_bytearray_can_grow_and_is_put_back():
    data = bytearray()
    cell = cell_of(data)
    undo = cell.backup()
    before = cell.fingerprint()
    with pytest.raises(NotWritable):
        cell.write()
    data.extend(b"x")
    assert cell.fingerprint() != before
    undo()
    assert data == b""


def test_growing_arrays_of_python():
    import array

    numbers = array.array("d", [1.0, 2.0])
    cell = cell_of(numbers)
    undo = cell.backup()
    numbers.append(3.0)
    undo()
    assert numbers == array.array("d", [1.0, 2.0])
    cell.write()()
    assert numbers == array.array("d", [1.0, 2.0])
    assert cell.label == "array[16]"


def test_only_memory_is_swept():
    owner = np.zeros(2)
    cells = [cell_of(bytearray(b"x")), cell_of([]), cell_of(owner)]
    found = [(a.value, b.value) for a, b in overlaps(cells, cells)]
    assert len(found) == 2
    assert all(a is b for a, b in found)


@pytest.mark.parametrize("start", [0, 2])
def test_a_read_only_view_is_written_where_it_looks_and_nowhere_else(start):
    base = np.arange(4.0)
    before = base.copy()
    view = base[start : start + 2]
    view.flags.writeable = False
    undo = cell_of(view).write()
    assert np.flatnonzero(base != before).tolist() == [start, start + 1]
    undo()
    assert base.tobytes() == before.tobytes()


def test_a_file_that_is_mapped_to_be_read_is_no_state(tmp_path):
    path = tmp_path / "numbers"
    np.arange(4.0).tofile(path)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        array = np.frombuffer(mapped)
        assert cell_of(array) is None
        del array
    assert cell_of(np.frombuffer(b"12345678")) is None


@pytest.mark.parametrize("dtype", ["f2", "f8", "i4", "u1", "c8", "?", "m8[s]"])
def test_what_is_a_floating_point_number(dtype):
    assert cell_of(np.zeros(2, dtype)).is_floating is (dtype[0] == "f")


def test_a_buffer_shows_its_first_bytes():
    assert cell_of(bytearray(b"0123456789")).show() == "b'01234567'"


def test_an_object_array_without_a_place_to_write():
    for array in (np.empty(0, object), np.array([([], 1)], [("a", object), ("b", "i4")])):
        with pytest.raises(NotWritable, match="no element that can be replaced"):
            cell_of(array).mark()
    done, is_seen, undo = cell_of(array := np.array([[1, 2]], object)).mark()
    assert done == "an element was replaced"
    assert is_seen(array)
    assert not is_seen(np.array([1], object))
    undo()
    assert array.tolist() == [[1, 2]]
    assert cell_of(array).label == "ndarray object[1, 2]"


def test_fingerprints_tell_dtypes_shapes_and_bits_apart():
    arrays = [
        np.zeros(4), np.zeros((2, 2)), np.zeros(4, "i8"), np.zeros(8, "f4"), np.array([0, 0, 0, -0.0]),
    ]  # fmt: skip
    assert len({cell_of(array).fingerprint() for array in arrays}) == len(arrays)
    fortran = np.asfortranarray(np.arange(4.0).reshape(2, 2))
    assert cell_of(fortran).fingerprint() == cell_of(fortran.copy("C")).fingerprint()


@pytest.mark.parametrize("step", [1, 2])
def test_the_padding_of_records_is_no_state(step):
    dtype = np.dtype([("flag", "i1"), ("inner", np.dtype([("n", "i2"), ("x", "f8")], align=True))])
    clear, noisy = (np.frombuffer(bytearray([fill] * 8 * dtype.itemsize), dtype) for fill in (0, 9))
    for array in (clear, noisy):
        array["flag"], array["inner"]["n"], array["inner"]["x"] = 1, 2, 3.0
    clear, noisy = clear[::step], noisy[::step]
    assert cell_of(noisy).fingerprint() == cell_of(clear).fingerprint()
    noisy["inner"]["x"][-1] = 4.0
    assert cell_of(noisy).fingerprint() != cell_of(clear).fingerprint()


def test_texts_are_moved_whatever_their_order():
    for texts in (["ab", "cd"], ["cd", "ab"], ["b", "a", "a"]):
        array = np.array(texts)
        undo = cell_of(array).write()
        assert array.tolist() == [texts[-1], *texts[:-1]]
        undo()
        assert array.tolist() == texts


def test_the_elements_of_another_array_are_taken_and_those_of_a_buffer_are_not():
    array, other = np.zeros(3), np.array([1.0, 2.0, 3.0])
    cell_of(array).take(cell_of(other[::-1]))
    assert array.tolist() == [3, 2, 1]
    cell_of(array).take(cell_of(bytearray(b"x")))
    assert array.tolist() == [3, 2, 1]


def test_a_buffer_that_kept_its_size_is_put_back_while_others_look_into_it():
    data = bytearray(300)
    undo = cell_of(data).backup()
    with memoryview(data) as view:
        view[7] = 1
        undo()
        assert view[7] == 0


class Unasked:
    def __eq__(self, other):
        raise RuntimeError

    __hash__ = object.__hash__


def test_elements_of_an_object_array_are_told_apart_by_identity():
    array = np.array([Unasked(), None])
    _, is_seen, undo = cell_of(array).mark()
    assert is_seen(array)
    assert not is_seen(np.array([Unasked(), None]))
    undo()
    assert type(array[0]) is Unasked


@pytest.mark.parametrize("whole", [bytearray, lambda size: mmap.mmap(-1, size)])
@pytest.mark.parametrize("start", [0, 8])
def test_a_read_only_array_over_a_buffer_is_written_in_its_place(whole, start):
    buffer = whole(24)
    with memoryview(buffer).toreadonly() as view:
        array = np.frombuffer(view, "i4", 2, start)
        cell = cell_of(array)
        undo = cell.write()
        assert array.tolist() == [-1, -1]
        assert bytes(buffer[:]) == bytes(start) + b"\xff" * 8 + bytes(16 - start)
        undo()
        assert bytes(buffer[:]) == bytes(24)
        del array, cell, undo


@pytest.mark.parametrize("dtype", ["f4", "M8[s]", "g", [("a", "i1"), ("b", "f8")]])
def test_a_read_only_view_of_any_layout_is_written_where_it_looks(dtype):
    base = np.zeros((3, 4), dtype, order="F")[::-1]
    view = base[1:, ::-2]
    view.flags.writeable = False
    undo = cell_of(view).write()
    assert np.argwhere(base != np.zeros(1, dtype)).tolist() == [[1, 1], [1, 3], [2, 1], [2, 3]]
    undo()
    assert np.all(base == np.zeros(1, dtype))
    cell_of(view).take(cell_of(np.ones((2, 2), dtype)))
    assert np.all(view == np.ones(1, dtype))
