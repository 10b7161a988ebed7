"""Two graphs side by side: shared, corresponding, missing, extra, retied."""

from __future__ import annotations

import copy
import functools

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone.state.match import Matching
from pytest_tfpclone.state.walk import Reach, Walk

tfd = tfp.distributions


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


def match(left, right):
    return Matching(Walk(left), Walk(right))


def paths(pairs):
    return ["".join(pair.path) for pair in pairs]


def unequal(matching):
    return [(each.kind, "".join(each.path), each.detail) for each in matching.unequal]


def one_sided(found):
    return ["".join(path) for path, _, _ in found]


def is_clean(matching):
    return not (
        matching.shared or matching.unequal or matching.missing or matching.extra or matching.retied
    )


def network():
    model = tf_keras.Sequential(
        [
            tf_keras.Input((2,)),
            tf_keras.layers.Dense(2, kernel_initializer="ones"),
            tfp.layers.DistributionLambda(lambda t: tfd.Normal(t, 1.0)),
        ]
    )
    model.compile(tf_keras.optimizers.Adam(), "mse")
    return model


FACTORIES = {
    "containers": lambda: {"a": [1, (2, {3})], "b": {"c": b"x"}},
    "objects": lambda: Plain(a=Plain(b=tf.Variable(1.0)), c=np.zeros(2)),
    "a network": network,
    "a distribution": lambda: tfd.Normal(tf.Variable(0.0), 1.0),
    "a joint distribution": lambda: tfd.JointDistributionNamed(
        {"a": tfd.Normal(tf.Variable(0.0), 1.0), "b": lambda a: tfd.Normal(a, 1.0)}
    ),
    "a bijector": lambda: tfp.bijectors.Chain([tfp.bijectors.Exp(), tfp.bijectors.Scale(2.0)]),
    "a partial": lambda: functools.partial(print, [1], sep=[2]),
    "a closure": lambda: (lambda value: lambda: value)([1]),
    "a tf.function": lambda: tf.function((lambda v: lambda x: x * v)(tf.Variable(1.0))),
    "sets": lambda: {1, "a", None, (2, 3)},
    "a cycle": lambda: (lambda items: items.append(items) or items)([]),
}


@pytest.mark.parametrize("name", FACTORIES)
def test_two_of_one_factory_match_and_share_nothing(name):
    matching = match(FACTORIES[name](), FACTORIES[name]())
    assert unequal(matching) == []
    assert is_clean(matching)


def test_what_is_shared_is_the_highest_and_not_looked_into():
    inner = Plain(items=[1])
    matching = match(Plain(a=inner), Plain(a=inner))
    assert paths(matching.shared) == [".a"]
    assert ".a.items" not in paths(matching.pairs)


def test_one_resource_behind_two_objects_is_shared():
    variable = tf.Variable(1.0)
    twin = type(variable).__new__(type(variable))
    twin.__dict__.update(variable.__dict__)
    matching = match([variable], [twin])
    assert paths(matching.shared) == ["[0]"]


def test_a_constant_on_both_sides_is_not_shared():
    constant = (1, tf.constant(2.0), "x", frozenset([1]))
    assert match([constant], [constant]).shared == []


def test_what_a_shared_function_holds_is_shared():
    variable = tf.Variable(1.0)

    def function():
        return variable

    matching = match(Plain(f=function), Plain(f=function))
    assert paths(matching.shared) == [".f.<closure 'variable'>"]


def test_cells_that_correspond():
    matching = match(
        Plain(a=tf.Variable(1.0), b=np.zeros(1)), Plain(a=tf.Variable(2.0), b=np.ones(1))
    )
    assert [
        ("".join(pair.path), left.kind, right.kind) for pair, left, right in matching.cells
    ] == [
        (".a", "variable", "variable"),
        (".b", "array", "array"),
    ]


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ({"a": 1}, {"a": 2}, ("value", "['a']", "1 became 2")),
        ({"a": True}, {"a": False}, ("flag", "['a']", "True became False")),
        ({"a": 1}, {"a": "x"}, ("structure", "['a']", "1 became 'x'")),
        ({"a": [1]}, {"a": (1,)}, ("structure", "['a']", "a list became a tuple")),
        ({"a": None}, {"a": 3}, ("structure", "['a']", "None became 3")),
        ([{"b": 1.5}], [{"b": 2.5}], ("value", "[0]['b']", "1.5 became 2.5")),
    ],
)
def test_unequal(left, right, expected):
    found = unequal(match(left, right))
    assert found == [expected]


def test_functions_of_other_code():
    matching = match([lambda x: x + 1], [lambda x: x + 2])
    assert unequal(matching) == [("structure", "[0]", "another function")]


def test_constants_by_their_bits():
    assert unequal(match([tf.constant([1.0, 2.0])], [tf.constant([1.0, 3.0])])) == [
        ("value", "[0]", "the constant[1] 2.0 became 3.0")
    ]
    assert unequal(match([tf.constant(1.0)], [tf.constant(1.0)])) == []


def test_a_singleton_that_is_no_longer_itself():
    matching = match([tfd.FULLY_REPARAMETERIZED], [copy.copy(tfd.FULLY_REPARAMETERIZED)])
    ((kind, _, detail),) = unequal(matching)
    assert kind == "singleton"
    assert "FULLY_REPARAMETERIZED itself became a copy of it" in detail
    assert unequal(match([tfd.FULLY_REPARAMETERIZED], [tfd.FULLY_REPARAMETERIZED])) == []


def test_missing_and_extra():
    matching = match(Plain(a=1, lost=[2]), Plain(a=1, new=[3]))
    assert one_sided(matching.missing) == [".lost"]
    assert one_sided(matching.extra) == [".new"]
    assert one_sided(match([1, [2]], [1]).missing) == ["[1]"]
    assert one_sided(match({"a": 1}, {"a": 1, "b": 2}).extra) == ["['b']"]


def test_weight_tying_that_was_lost():
    layer = Plain(kernel=tf.Variable(1.0))
    matching = match(
        [layer, layer], [Plain(kernel=tf.Variable(1.0)), Plain(kernel=tf.Variable(1.0))]
    )
    assert "[1]" in paths(matching.retied)
    assert len(matching.partners[id(layer)]) == 2


def test_weight_tying_that_was_added():
    layer = Plain(kernel=tf.Variable(1.0))
    matching = match(
        [Plain(kernel=tf.Variable(1.0)), Plain(kernel=tf.Variable(1.0))], [layer, layer]
    )
    assert "[1]" in paths(matching.retied)
    assert len(matching.origins[id(layer)]) == 2


def test_weight_tying_that_was_kept():
    def make():
        layer = Plain(kernel=tf.Variable(1.0))
        return [layer, layer, {"again": layer}]

    assert match(make(), make()).retied == []


def test_sets_in_another_order():
    def make(names):
        parts = {name: Plain(name=name) for name in names}
        return Plain(parts=parts, members=set(parts.values()))

    matching = match(make("abcdef"), make("abcdef"))
    assert is_clean(matching)


def test_sets_with_other_members():
    assert not is_clean(match([{1, 2}], [{1, 3}])) or unequal(match([{1, 2}], [{1, 3}]))


def test_keras_names_that_differ_only_in_their_number():
    left, right = network(), network()
    assert left.layers[0].name != right.layers[0].name
    assert is_clean(match(left, right))


def test_a_trained_network_and_a_fresh_one():
    left, right = network(), network()
    left.fit(np.ones((4, 2), "f4"), np.zeros((4, 2), "f4"), verbose=0)
    matching = match(left, right)
    assert [path for path in one_sided(matching.missing) if "optimizer" in path]
    assert not [path for _, path, _ in unequal(matching) if path.startswith(".layers")]


def test_state_that_only_a_class_holds_is_ambient():
    class Model:
        common = [1]

    (pair,) = match(Model(), Model()).shared
    assert "".join(pair.path) == ".common"
    assert pair.reach is Reach.AMBIENT


def test_a_class_that_both_hold():
    class Config:
        rate = tf.Variable(1.0)

    (pair,) = match(Plain(config=Config), Plain(config=Config)).shared
    assert "".join(pair.path) == ".config.rate"


def test_closures_that_are_rebound_are_shared():
    def make():
        count = 0

        def step():
            nonlocal count
            count += 1

        return step

    step = make()
    assert len(match([step], [step]).shared) == 1
    assert match([make()], [make()]).shared == []


def test_closures_that_are_not_rebound_are_no_state_themselves():
    def make():
        constant = (1, 2)
        return lambda: constant

    function = make()
    assert match([function], [function]).shared == []


def test_deep_graphs_do_not_recurse():
    def make():
        items = [1]
        for _ in range(20_000):
            items = [items]
        return items

    left, right = make(), make()
    matching = match(left, right)
    assert is_clean(matching)
    assert len(matching.pairs) == 20_001
    for items in (left, right):
        while isinstance(items[0], list):
            items[0] = items[0].pop() if len(items[0]) == 1 and isinstance(items[0][0], list) else 0


def test_hostile_objects_are_matched_without_asking_them():
    class Hostile:
        def __init__(self):
            self.__dict__["items"] = [1]

        def __eq__(self, other):
            raise RuntimeError

        def __hash__(self):
            raise RuntimeError

        def __bool__(self):
            raise RuntimeError

        def __len__(self):
            raise RuntimeError

        def __getattr__(self, name):
            raise RuntimeError

    assert is_clean(match([Hostile()], [Hostile()]))


def test_a_mangled_tree_of_many_paths_ends():
    def make():
        node = [1]
        for _ in range(40):
            node = [node, node]
        return node

    assert is_clean(match(make(), make()))
