"""Every leak carries its proof: what was written, and what was seen on the other side."""

from __future__ import annotations

import collections

import numpy as np
import pytest
import tensorflow as tf

from pytest_tfpclone import check_clone
from pytest_tfpclone.proof.writes import coupled
from pytest_tfpclone.state.cells import DataCell, cell_of


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Slotted:
    __slots__ = ("a",)

    def __init__(self):
        self.a = 1


def proof(state):
    (leak,) = check_clone(Plain(state=state), Plain(state=state)).leaks
    return leak.evidence


def test_a_number_is_moved_and_read_on_the_other_side():
    text = proof(tf.Variable([1.0]))
    assert text.startswith("wrote [1.0")
    assert "(was [1]), and the other side read [1.0" in text
    wrote, read = text.split(" on one side")[0][6:], text.rpartition("read ")[2]
    assert wrote == read != "[1]"


def test_integers_are_moved_by_one():
    assert proof(tf.Variable([1])) == "wrote [2] on one side (was [1]), and the other side read [2]"


def test_arrays():
    assert "(was [0, 0]), and the other side read [0.0" in proof(np.zeros(2))


def test_tables():
    table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1)
    assert proof(table) == (
        "wrote 1 entry on one side (was 0 entries), and the other side read 1 entry"
    )
    assert int(table.size()) == 0


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"a": 1}, "on one side a key was added, and the other side showed it"),
        ([1], "on one side an item was appended, and the other side showed it"),
        (Plain(a=1), "on one side an attribute was set, and the other side showed it"),
        (
            collections.deque([[1], [2]]),
            "on one side the items were rotated, and the other side showed it",
        ),
        (
            {1},
            "both hold one set[1]; it was not written: a set is not written to: its order could "
            "not be put back",
        ),
        (
            Slotted(),
            "both hold one Slotted; it was not written: an object without __dict__ is not "
            "written to",
        ),
    ],
)
def test_containers_and_objects(state, words):
    assert proof(state) == words


def test_a_marked_container_is_as_it_was():
    state = {"a": 1}
    proof(state)
    assert state == {"a": 1}


def test_what_hangs_below_an_object_is_written():
    text = proof(Plain(a=1, inner=Plain(rate=tf.Variable(2.0))))
    assert text.startswith("wrote 2.0")
    assert "to original.state.inner.rate (was 2), and the clone's read 2.0" in text


def test_what_can_not_be_written_says_so():
    iterator = iter(tf.data.Dataset.range(2))._iterator_resource
    assert proof(iterator) == (
        "both hold one resource; it was not written: there is no safe way to"
    )


def test_texts_get_a_character_more():
    text = proof(tf.Variable(["a"]))
    assert text.startswith("wrote [b'a+'] on one side (was [b'a']), and the other side read")


def test_overlapping_memory_is_read_through_the_other_view():
    owner = np.arange(4.0)
    (leak,) = check_clone(Plain(a=owner[:3]), Plain(a=owner[1:])).leaks
    assert "wrote [0.0" in leak.evidence
    assert "the other went from [1, 2, 3] to [1.0" in leak.evidence
    assert owner.tolist() == [0, 1, 2, 3]


def test_two_names_for_one_resource_are_written_through_one():
    variable = tf.Variable([1])
    (leak,) = check_clone(Plain(a=variable), Plain(a=variable.handle), equal=False).leaks
    assert leak.kind == "same resource"
    assert leak.evidence == "wrote [2] on one side (was [1]), and the other side read [2]"
    assert variable.numpy().tolist() == [1]


class Remote(DataCell):
    """A cell that is a number in a list, which other cells may look into."""

    kind = "remote"
    label = "remote"

    def __init__(self, store, *also):
        super().__init__(store)
        self.also = also

    def fingerprint(self):
        return self.value[0]

    def backup(self):
        old = self.value[0]
        return lambda: self.value.__setitem__(0, old)

    def write(self):
        undos = []
        for each in (self.value, *self.also):
            old = each[0]
            each[0] = old + 1
            undos.append(lambda each=each, old=old: each.__setitem__(0, old))
        return lambda: [undo() for undo in undos] and None

    def show(self):
        return str(self.value[0])


def test_a_write_that_crosses_over_is_traced_to_the_cell():
    stores = [[i] for i in range(9)]
    others = [[i] for i in range(4)]
    written = [Remote(store) for store in stores]
    written[6] = Remote(stores[6], others[2])
    watched = [Remote(other) for other in others]
    before = [cell.fingerprint() for cell in watched]
    (found,) = coupled(written, watched, before)
    assert found.written is written[6]
    assert found.changed is watched[2]
    assert found.evidence == "flipped the bits on one side, and the other changed from 2 to 3"
    assert [store[0] for store in stores] == list(range(9))
    assert [other[0] for other in others] == list(range(4))


def test_nothing_is_coupled_without_a_crossing():
    cells = [[Remote([i]) for i in range(3)] for _ in range(2)]
    assert coupled(*cells, [cell.fingerprint() for cell in cells[1]]) == []
    assert coupled([], cells[1], [0, 1, 2]) == []


def test_two_crossings_are_two_findings():
    stores, others = [[0], [1]], [[2], [3]]
    written = [Remote(stores[0], others[1]), Remote(stores[1], others[0])]
    watched = [Remote(other) for other in others]
    found = coupled(written, watched, [2, 3])
    assert [(each.written, each.changed) for each in found] == [
        (written[1], watched[0]),
        (written[0], watched[1]),
    ]


def test_cells_that_can_not_be_written_are_passed_over():
    text, number = cell_of(tf.Variable(["a"])), Remote([1])
    other = Remote([2])
    number.also = (other.value,)
    (found,) = coupled([text, number], [other], [2])
    assert found.written is number
