"""tf.function objects and the proxies of tf.Module: what stands behind them."""

from __future__ import annotations

import gc

import tensorflow as tf
import tensorflow_probability as tfp

from pytest_tfpclone.state.edges import edges
from pytest_tfpclone.state.mutable import state_cell
from pytest_tfpclone.state.walk import Walk


def cells(walk):
    return {cell.identity for cell in (state_cell(node.value) for node in walk) if cell}


def test_an_untraced_function_shows_its_python_function_only():
    def python(x):
        return x

    assert edges(tf.function(python)) == [(".python_function", python)]


def test_a_trace_shows_what_it_captured():
    variable = tf.Variable(1.0)

    def make():
        held = [variable]

        @tf.function
        def function(x):
            return held.pop() * x

        return function

    function = make()
    function(tf.constant(2.0))
    assert any("<trace" in str(step) for step, _ in edges(function))
    walk = Walk(function)
    assert any(".captured_inputs" in node.path for node in walk)
    assert str(variable.handle) in cells(walk)


def test_each_trace_is_listed_once():
    variable = tf.Variable(1.0)

    @tf.function
    def function(x):
        return x * variable

    function(tf.constant(1.0))
    function(tf.constant([1.0]))
    traces = [item for step, item in edges(function) if "<trace" in str(step)]
    assert len(traces) == 2
    assert len(set(map(id, traces))) == 2


def test_a_method_that_is_a_tf_function_leads_to_its_object():
    class Model(tf.Module):
        def __init__(self):
            super().__init__()
            self.rate = tf.Variable(2.0)

        @tf.function
        def scaled(self, x):
            return self.rate * x

    model = Model()
    assert float(model.scaled(tf.constant(2.0))) == 4.0
    assert model.rate in Walk(model)
    assert model.rate in Walk(model.scaled)


def test_a_bijectors_cache_is_not_looked_into():
    bijector = tfp.bijectors.Scale(tf.Variable(2.0))
    x = tf.constant([1.0])
    bijector.forward(x)
    walk = Walk(bijector)
    assert x not in walk
    gc.collect()
    assert str(bijector.scale.handle) in cells(walk)


def test_the_list_of_a_module_is_seen_once():
    module = tf.Module()
    module.items = [tf.Variable(1.0)]
    module.table = {"a": tf.Variable(2.0)}
    module.pair = (tf.Variable(3.0),)
    walk = Walk(module)
    assert "".join(walk.node(module.items[0]).path) == ".items[0]"
    assert "".join(walk.node(module.table["a"]).path) == ".table['a']"
    assert "".join(walk.node(module.pair[0]).path) == ".pair[0]"


def test_a_list_that_was_changed_behind_the_wrapper():
    module = tf.Module()
    inner = [tf.Variable(1.0)]
    module.items = inner
    late = tf.Variable(2.0)
    inner.append(late)
    assert late in Walk(module)
