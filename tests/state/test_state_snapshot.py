"""Given back: whatever happens in between, all is as it was, bit for bit."""

from __future__ import annotations

import collections
import random
import types

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from pytest_tfpclone.state.random_states import RandomStates
from pytest_tfpclone.state.snapshot import Snapshot, preserved
from pytest_tfpclone.state.walk import Walk


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Slotted:
    __slots__ = ("a", "b")


def given_back(model, change):
    with preserved(Walk(model)):
        change(model)


def test_attributes_that_were_set_added_or_deleted():
    model = Plain(kept=1, deleted=[2], last=3)
    before = dict(vars(model))

    def change(model):
        model.kept = 9
        model.added = []
        del model.deleted

    given_back(model, change)
    assert list(vars(model).items()) == list(before.items())
    assert vars(model)["deleted"] is before["deleted"]


def test_attributes_come_back_in_their_order():
    model = Plain(a=1, b=2)

    def change(model):
        del model.a
        model.a = 1

    given_back(model, change)
    assert list(vars(model)) == ["a", "b"]


def test_slots():
    model = Slotted()
    model.a = first = [1]

    def change(model):
        model.a = 2
        model.b = 3

    given_back(model, change)
    assert model.a is first
    assert not hasattr(model, "b")

    def delete(model):
        del model.a

    given_back(model, delete)
    assert model.a is first


CHANGES = {
    "dict": (lambda: {"a": 1, "b": 2}, lambda d: (d.pop("a"), d.update(c=3), d.update(a=5))),
    "ordered": (
        lambda: collections.OrderedDict(a=1, b=2),
        lambda d: (d.move_to_end("a"), d.update(c=3)),
    ),
    "default": (lambda: collections.defaultdict(list, a=[1]), lambda d: d["new"]),
    "list": (lambda: [1, 2, 3], lambda x: (x.reverse(), x.append(4))),
    "deque": (lambda: collections.deque([1, 2], 2), lambda d: d.append(3)),
    "set": (lambda: {1, 2}, lambda s: (s.discard(1), s.add(3))),
    "cleared": (lambda: {"a": [1]}, lambda d: d.clear()),
    "bytearray": (lambda: bytearray(b"abc"), lambda b: b.extend(b"d")),
    "array": (lambda: np.arange(3.0), lambda a: np.copyto(a, 7)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_containers(name):
    make, change = CHANGES[name]
    value, twin = make(), make()
    given_back([value], lambda held: change(held[0]))
    assert type(value) is type(twin)
    assert list(value) == list(twin)
    if isinstance(value, dict):
        assert list(value.items()) == list(twin.items())


def test_an_ordered_dict_still_works_after_it_was_put_back():
    value = collections.OrderedDict(a=1, b=2)
    given_back(value, lambda d: d.popitem(last=False))
    value.move_to_end("a")
    assert list(value) == ["b", "a"]
    assert list(reversed(value)) == ["a", "b"]


def test_subclasses_whose_methods_raise():
    class Hostile(dict):
        def __setitem__(self, key, value):
            raise RuntimeError

        def clear(self):
            raise RuntimeError

    class HostileList(list):
        def clear(self):
            raise RuntimeError

        def extend(self, items):
            raise RuntimeError

    mapping, items = Hostile(a=1), HostileList([1])
    given_back(
        [mapping, items], lambda m: (dict.__setitem__(mapping, "b", 2), list.append(items, 2))
    )
    assert dict(mapping) == {"a": 1}
    assert list(items) == [1]


def test_items_whose_eq_raises():
    class Hostile:
        def __eq__(self, other):
            raise RuntimeError

        __hash__ = object.__hash__

    first, second = Hostile(), Hostile()
    items, mapping = [first], {"a": first}
    given_back([items, mapping], lambda m: (items.append(second), mapping.update(a=second)))
    assert len(items) == 1
    assert mapping["a"] is first


def test_closures_that_are_rebound():
    count, unbound = 0, None

    def step():
        nonlocal count, unbound
        count += 1
        unbound = count

    given_back(step, lambda step: step())
    assert count == 0


def test_a_closure_variable_that_was_unbound():
    cell = types.CellType()
    given_back([cell], lambda held: setattr(cell, "cell_contents", 3))
    with pytest.raises(ValueError, match="empty"):
        _ = cell.cell_contents


def test_bits_of_every_kind():
    table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1)
    table.insert(["a"], [1])
    model = Plain(
        variable=tf.Variable(tf.bitcast(tf.constant([0x7FC0BEEF], tf.uint32), tf.float32)),
        array=np.array([0x7FC0BEEF], np.uint32).view(np.float32),
        rng=np.random.default_rng(1),
        python=random.Random(1),
        generator=tf.random.Generator.from_seed(1),
        table=table,
    )
    twin = np.random.default_rng(1), random.Random(1), tf.random.Generator.from_seed(1)

    def change(model):
        model.variable.assign([1.0])
        model.array[:] = 2
        model.rng.normal()
        model.python.random()
        model.generator.normal([])
        model.table.insert(["b"], [2])

    given_back(model, change)
    assert model.variable.numpy().view(np.uint32).tolist() == [0x7FC0BEEF]
    assert model.array.view(np.uint32).tolist() == [0x7FC0BEEF]
    assert model.rng.normal() == twin[0].normal()
    assert model.python.random() == twin[1].random()
    assert float(model.generator.normal([])) == float(twin[2].normal([]))
    assert table.export()[0].numpy().tolist() == [b"a"]


def test_without_data_the_bits_are_left_alone():
    variable, items = tf.Variable(1.0), [1]
    with preserved(Walk([variable, items]), data=False):
        variable.assign(2.0)
        items.append(2)
    assert float(variable) == 2.0
    assert items == [1]


class Boom(BaseException):
    pass


@pytest.mark.parametrize(
    "error", [RuntimeError, KeyboardInterrupt, SystemExit, GeneratorExit, Boom]
)
def test_all_is_given_back_however_the_way_out_is_taken(error):
    model = Plain(variable=tf.Variable([1.0]), items=[1])

    def change(model):
        model.variable.assign([2.0])
        model.items.append(2)
        model.extra = 1
        random.random()
        raise error

    state = random.getstate()
    with pytest.raises(error):
        given_back(model, change)
    assert model.variable.numpy().tolist() == [1.0]
    assert model.items == [1]
    assert list(vars(model)) == ["variable", "items"]
    assert random.getstate() == state


def test_one_part_that_can_not_be_put_back_does_not_keep_the_others():
    first, last, variable = [1], [2], tf.Variable([1.0])
    model = Plain(first=first, variable=variable, last=last)
    snapshot = Snapshot(Walk(model))

    def broken():
        raise OSError("disk")

    snapshot._undos.insert(1, broken)
    first.append(1)
    last.append(1)
    variable.assign([3.0])
    with pytest.raises(OSError, match="disk"):
        snapshot.restore()
    assert (first, last) == ([1], [2])
    assert variable.numpy().tolist() == [1.0]


def test_two_models_are_put_back_together():
    left, right = Plain(items=[1]), Plain(items=[2])
    with preserved(Walk(left), Walk(right)):
        left.items, right.items = right.items, left.items
        left.items.append(3)
    assert (left.items, right.items) == ([1], [2])


def test_what_an_action_created_is_unreachable_again():
    model = Plain(parts=[])
    before = len(Walk(model).nodes)
    given_back(model, lambda model: model.parts.append(Plain(variable=tf.Variable(1.0))))
    assert len(Walk(model).nodes) == before


def test_the_generators_of_the_process():
    states = (
        random.getstate(),
        np.random.get_state(),
        tf.random.get_global_generator().state.numpy(),
    )
    kept = RandomStates()
    random.random()
    np.random.normal()
    tf.random.get_global_generator().normal([])
    kept.restore()
    assert random.getstate() == states[0]
    assert np.random.get_state()[1].tolist() == states[1][1].tolist()
    assert np.random.get_state()[2:] == states[1][2:]
    assert tf.random.get_global_generator().state.numpy().tolist() == states[2].tolist()


def test_tensorflows_op_seeds_go_on_as_if_nothing_had_happened():
    def draws(disturbed):
        tf.random.set_seed(5)
        first = float(tf.random.normal([]))
        if disturbed:
            kept = RandomStates()
            random.random()
            kept.restore()
        return first, float(tf.random.normal([])), float(tf.random.normal([]))

    assert draws(True) == draws(False)


def test_tensorflows_seed_after_it_was_set_to_another():
    from tensorflow.python.eager import context

    tf.random.set_seed(5)
    kept = RandomStates()
    rng = context.context()._rng.getstate()
    tf.random.set_seed(7)
    tf.random.normal([])
    kept.restore()
    assert context.context()._seed == 5
    assert context.context()._rng.getstate() == rng


def test_a_global_generator_that_did_not_exist_is_forgotten_again():
    from tensorflow.python.ops import stateful_random_ops as module

    held = module.global_generator
    module.global_generator = None
    try:
        kept = RandomStates()
        tf.random.get_global_generator().normal([])
        assert module.global_generator is not None
        kept.restore()
        assert module.global_generator is None
    finally:
        module.global_generator = held


def test_a_global_generator_that_was_replaced_comes_back():
    held = tf.random.get_global_generator()
    kept = RandomStates()
    tf.random.set_global_generator(tf.random.Generator.from_seed(9))
    kept.restore()
    try:
        assert tf.random.get_global_generator() is held
    finally:
        tf.random.set_global_generator(held)


def compiled():
    model = tf_keras.Sequential([tf_keras.Input((2,)), tf_keras.layers.Dense(1)])
    model.layers[0].set_weights([np.ones((2, 1)), np.zeros(1)])
    model.compile(tf_keras.optimizers.Adam(0.1), "mse")
    return model


def test_the_next_training_step_equals_that_of_an_untouched_twin():
    x, y = np.ones((4, 2), "f4"), np.zeros((4, 1), "f4")
    model, twin = compiled(), compiled()
    for each in (model, twin):
        each.train_on_batch(x, y)
    given_back(model, lambda model: [model.train_on_batch(x, y + i) for i in range(3)])
    assert model.optimizer.iterations.numpy() == twin.optimizer.iterations.numpy() == 1
    for each in (model, twin):
        each.train_on_batch(x, y)
    for ours, theirs in zip(model.get_weights(), twin.get_weights(), strict=True):
        assert ours.tobytes() == theirs.tobytes()
    slots = [[v.numpy().tobytes() for v in each.optimizer.variables] for each in (model, twin)]
    assert slots[0] == slots[1]


def test_slots_that_a_first_step_makes_are_gone_again():
    x, y = np.ones((4, 2), "f4"), np.zeros((4, 1), "f4")
    model, twin = compiled(), compiled()
    given_back(model, lambda model: model.train_on_batch(x, y))
    for each in (model, twin):
        each.train_on_batch(x, y)
    for ours, theirs in zip(model.get_weights(), twin.get_weights(), strict=True):
        assert ours.tobytes() == theirs.tobytes()
