"""What can't be cloned is refused: where it is, why, and what to do."""

from __future__ import annotations

import contextvars
import io
import logging
import pathlib
import sys
import threading

import pytest
import tensorflow as tf

from pytest_tfpclone.cloning import CloneRefused, clone, dispatch, handler

GLOBAL = tf.Variable(1.0, name="global")


class Model:
    pass


class HoldsVariable:
    table = {"v": tf.Variable(1.0)}


class NamesGlobal:
    def call(self, x):
        return x * GLOBAL


def refusal(part):
    model = Model()
    model.layers = [1, part]
    with pytest.raises(CloneRefused) as caught:
        clone(model)
    assert model.layers[1] is part
    return caught.value


def test_an_open_file():
    with open(__file__) as file:
        error = refusal(file)
    assert error.path == "original.layers[1]"
    assert "open file" in error.reason
    assert "shared=[...]" in error.advice
    first, _, second = str(error).partition("\n")
    assert first == f"cannot clone original.layers[1]: {error.reason}"
    assert second == error.advice


def test_memory_files_standard_streams_and_loggers():
    memory = io.BytesIO(b"abc")
    memory.read(1)
    original = [memory, sys.stderr, logging.getLogger("x"), pathlib.Path("a")]
    copy = clone(original)
    assert copy[0].read() == b"bc"
    assert memory.tell() == 1
    assert copy[1:] == original[1:]


def test_generators_threads_and_context_variables():
    assert "generator" in refusal(i for i in [1]).reason
    thread = threading.Thread(target=lambda: None)
    thread.start()
    assert "thread" in refusal(thread).reason
    thread.join()
    holder = contextvars.ContextVar("holder")
    assert clone([holder])[0] is holder
    holder.set([1])
    assert "'holder'" in refusal(holder).reason


def test_tensorflow_resources_without_read_out():
    assert "iterator" in refusal(iter(tf.data.Dataset.range(3))).reason
    assert "resource" in refusal(tf.Variable(1.0).handle).reason
    concrete = tf.function(lambda x: x).get_concrete_function(tf.TensorSpec([]))
    assert "traced graph" in refusal(concrete).reason


def test_datasets():
    plain = tf.data.Dataset.range(3)
    assert clone([plain])[0] is plain
    offset = tf.Variable(1, dtype=tf.int64)
    assert "functions use a variable" in refusal(plain.map(lambda x: x + offset)).reason


def test_state_of_a_class():
    error = refusal(HoldsVariable())
    assert error.path == "original.layers[1].table['v']"
    assert "class HoldsVariable" in error.reason


def test_state_of_a_metaclass_and_of_a_base():
    class Meta(type):
        counter = tf.Variable(0)

    class Made(metaclass=Meta):
        pass

    class Derived(HoldsVariable):
        pass

    assert "Meta holds it" in refusal(Made()).reason
    assert "class HoldsVariable" in refusal(Derived()).reason


def test_state_of_a_module():
    error = refusal(lambda x: x * GLOBAL)
    assert error.path == "original.layers[1].<global 'GLOBAL'>"
    assert "a global of module" in error.reason
    assert "GLOBAL" in refusal(NamesGlobal()).path


def test_state_that_is_declared_shared():
    copy = clone([lambda x: x * GLOBAL], shared=[GLOBAL])
    assert float(copy[0](3.0)) == 3.0


def test_a_declaration_keeps_a_part_as_it_is():
    model = Model()
    model.prior = tf.Variable(1.0)
    model.layers = [model.prior, tf.Variable(2.0)]
    for declared in ("prior", model.prior):
        copy = clone(model, shared=[declared])
        assert copy.prior is model.prior is copy.layers[0]
        assert copy.layers[1] is not model.layers[1]
    with open(__file__) as file:
        model.log = file
        assert clone(model, shared=[io.TextIOWrapper]).log is file


def test_a_declaration_that_matches_nothing():
    with pytest.raises(ValueError, match="no_such_part"):
        clone(Model(), shared=["no_such_part"])
    with pytest.raises(TypeError, match="list of declarations"):
        clone(Model(), shared="prior")


def test_a_handler_teaches_a_type(monkeypatch):
    monkeypatch.setattr(dispatch, "_taught", {})

    class Connection:
        def __init__(self, options, owner):
            self.options, self.owner, self.socket = options, owner, (i for i in [1])

    @handler(Connection)
    def clone_connection(original, cloner):
        copy = Connection.__new__(Connection)
        cloner.remember(original, copy)
        Connection.__init__(copy, cloner(original.options), cloner(original.owner))
        return copy

    model = Model()
    model.options = {"a": [1]}
    model.connection = Connection(model.options, model)
    copy = clone(model)
    assert copy.connection.owner is copy
    assert copy.connection.options is copy.options
    assert copy.options is not model.options


def test_a_generator_handler_and_a_wrong_one(monkeypatch):
    monkeypatch.setattr(dispatch, "_taught", {})

    class Pair:
        def __init__(self, left):
            self.left = left

    @handler(Pair)
    def clone_pair(original, cloner):
        return Pair((yield original.left))

    original = Pair([1])
    assert clone(original).left == [1]
    assert clone(original).left is not original.left

    @handler(Pair)
    def broken(original, cloner):
        raise RuntimeError("no driver")

    with pytest.raises(CloneRefused, match=r"original\[0\]: RuntimeError: no driver") as caught:
        clone([original])
    assert isinstance(caught.value.__cause__, RuntimeError)
    with pytest.raises(TypeError, match="expected a type"):
        handler("Pair")


def test_graph_mode():
    variable = tf.Variable(1.0)

    @tf.function(autograph=False)
    def traced():
        return clone(variable)

    with pytest.raises(TypeError, match="graph mode"):
        traced()
    with tf.Graph().as_default(), pytest.raises(CloneRefused, match=r"outside of tf\.function"):
        clone(variable)
