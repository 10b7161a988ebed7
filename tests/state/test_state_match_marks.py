"""What the framework keeps for itself is no difference; what looks like it is one."""

from __future__ import annotations

import tensorflow as tf
import tf_keras

from pytest_tfpclone.state.edges import is_leaf
from pytest_tfpclone.state.match import Matching
from pytest_tfpclone.state.ownership import framework_names
from pytest_tfpclone.state.walk import Walk


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Own(tf_keras.layers.Dense):
    pass


def match(left, right):
    return Matching(Walk(left), Walk(right))


def unset_name(layer):
    """Return an attribute that Keras gives to such layers, and this one has not."""
    names = framework_names(type(layer)) - vars(layer).keys()
    return min(name for name in names if not name.startswith("_"))


def one_sided(found):
    return ["".join(path) for path, _, _ in found]


def test_a_plain_attribute_that_keras_sets_later():
    left, right = (tf_keras.layers.Dense(1) for _ in range(2))
    vars(left)[unset_name(left)] = 3
    assert match(left, right).missing == []
    vars(left)[unset_name(right)] = [3]
    assert len(match(left, right).missing) == 1
    assert len(match(right, left).extra) == 1


def test_what_users_set_counts_also_after_what_keras_set():
    left, right = (Own(1) for _ in range(2))
    vars(left)[unset_name(left)] = 3
    vars(left)["mine"] = 3
    assert one_sided(match(left, right).missing) == [".mine"]


def test_nothing_is_something_where_a_user_says_so():
    assert one_sided(match(Plain(mine=None), Plain()).missing) == [".mine"]
    assert one_sided(match(Plain(), Plain(mine=0)).extra) == [".mine"]


def test_a_text_that_is_no_label():
    left, right = (
        tf_keras.layers.Conv1D(1, 2, name="left"),
        tf_keras.layers.Conv1D(1, 2, name="right", padding="same"),
    )
    paths = {"".join(each.path) for each in match(left, right).unequal}
    assert ".padding" in paths
    assert not any("name" in path for path in paths)


def test_the_rows_of_a_ragged_tensor():
    left, right = (tf.ragged.constant(rows) for rows in ([[1], [2, 3]], [[1, 2], [3]]))
    assert match(Plain(rows=left), Plain(rows=right)).unequal
    same = tf.ragged.constant([[1], [2, 3]])
    assert not match(Plain(rows=left), Plain(rows=same)).unequal


def test_names_that_keras_numbers():
    matching = match(Plain(dense_1=[1]), Plain(dense_2=[1]))
    assert matching.missing == matching.extra == []
    matching = match(Plain(dense_1=[1]), Plain(other_2=[1]))
    assert matching.missing
    assert matching.extra


def test_plain_values_are_no_pairs():
    found = match(Plain(a=[3, "text"]), Plain(a=[3, "text"])).pairs
    assert len(found) > 1
    assert not any(is_leaf(pair.left) for pair in found)
