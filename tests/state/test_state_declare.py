"""Declarations: path globs, types, objects, predicates, and which of them match nothing."""

from __future__ import annotations

import pytest
import tensorflow as tf
import tf_keras

from pytest_tfpclone import where
from pytest_tfpclone.state.declare import Declarations, Glob
from pytest_tfpclone.state.walk import Walk


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Prior(Plain):
    pass


class LatePrior(Prior):
    pass


def accepts(pattern, *steps):
    glob = Glob(pattern)
    states = glob.start
    for step in steps:
        states = glob.advance(states, step)
    return glob.is_accepting(states)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("prior", [".prior"]),
        (".prior", [".prior"]),
        ("layers[1].kernel", [".layers", "[1]", ".kernel"]),
        ("layers[1].kernel", [(".layers", "[1]"), ".kernel"]),
        ("['a'].b", ["['a']", ".b"]),
        ("['a.b[0]']", ["['a.b[0]']"]),
        ('["x\'y"]', ['["x\'y"]']),
        ("f.<closure 'scale'>", [".f", ".<closure 'scale'>"]),
        ("f.<closure 'scale'>", [".f", ".<closure 'scale'>", ""]),
        ("owner().rate", [".owner", "()", ".rate"]),
        ("v.get()", [".v", ".get()"]),
        ("*", [".anything"]),
        ("*", ["[3]"]),
        ("layers[*].kernel", [".layers", "[7]", ".kernel"]),
        ("layers.*.kernel", [".layers", "[7]", ".kernel"]),
        ("**", []),
        ("**", [".a", ".b", "[0]"]),
        ("**.kernel", [".kernel"]),
        ("**.kernel", [".a", ".b", "[0]", ".kernel"]),
        ("a.**", [".a"]),
        ("a.**", [".a", ".b"]),
        ("a.**.b", [".a", ".b"]),
        ("a.**.b", [".a", ".b", ".c", ".b"]),
        ("**[0]", [".a", "[0]"]),
        ("_private", ["._private"]),
    ],
)
def test_matching_globs(pattern, path):
    assert accepts(pattern, *path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("prior", []),
        ("prior", [".prior", ".scale"]),
        ("prior", [".priors"]),
        ("layers[1]", [".layers", "[11]"]),
        ("*.a", [".a"]),
        ("[0].a", [".a"]),
        ("().a", [".a"]),
        ("layers[1]", [".layers"]),
        ("layers[1]", [".layers1"]),
        ("*", []),
        ("*", [".a", ".b"]),
        ("*.*", [".a"]),
        ("**.kernel", [".kernel", ".x"]),
        ("a.**.b", [".a", ".c"]),
        ("['a']", [".a"]),
    ],
)
def test_globs_that_do_not_match(pattern, path):
    assert not accepts(pattern, *path)


@pytest.mark.parametrize("pattern", ["layers[1", "a]", "a..b", "f.<closure", "a(b)"])
def test_what_is_no_path_says_where_and_how_to_write_it(pattern):
    with pytest.raises(ValueError, match="is no path: at") as caught:
        Glob(pattern)
    assert repr(pattern) in str(caught.value)
    assert "layers[1].kernel" in str(caught.value)


def test_an_empty_path():
    with pytest.raises(ValueError, match="declares nothing"):
        Glob("")


def test_predicates_are_functions():
    with pytest.raises(TypeError, match=r"where\(\) takes a function of one object; got int"):
        where(3)

    def named(value):
        return value

    assert repr(where(named)) == "where(named)"


def model():
    prior, late = Prior(scale=[1]), LatePrior(scale=[2])
    return Plain(prior=prior, layers=[Plain(prior=late, kernel=[3]), Plain(kernel=[4])])


def matched(root, *entries):
    declared = Declarations(list(entries))
    return declared, list(declared.matched_in(Walk(root)).values())


def test_by_path():
    root = model()
    assert matched(root, "prior")[1] == [root.prior]
    assert matched(root, "layers[1].kernel")[1] == [root.layers[1].kernel]
    assert matched(root, "layers[*].kernel")[1] == [each.kernel for each in root.layers] or set(
        map(id, matched(root, "layers[*].kernel")[1])
    ) == {id(each.kernel) for each in root.layers}


def test_by_a_longer_path_than_the_shortest():
    inner = Plain(kernel=[1])
    root = Plain(short=inner, long=Plain(way=inner))
    assert matched(root, "long.way")[1] == [inner]
    assert matched(root, "long.way.kernel")[1] == [inner.kernel]


def test_by_a_path_through_a_cycle():
    root = Plain(kernel=[1])
    root.parent = root
    assert matched(root, "parent.parent.kernel")[1] == [root.kernel]
    assert matched(root, "**.kernel")[1] == [root.kernel]


def test_by_a_path_through_a_class():
    Prior.common = [1]
    try:
        root = Plain(prior=Prior())
        assert matched(root, "prior.common")[1] == [Prior.common]
    finally:
        del Prior.common


def test_by_a_path_into_a_closure():
    def make(value):
        return lambda: value

    variable = tf.Variable(1.0)
    root = Plain(function=make(variable))
    assert any(found is variable for found in matched(root, "function.<closure 'value'>")[1])


def test_by_the_path_of_a_layer():
    network = tf_keras.Sequential([tf_keras.Input((2,)), tf_keras.layers.Dense(1)])
    (found,) = matched(network, "layers[0].kernel")[1]
    assert found is network.layers[0].kernel


def test_by_type_and_subtype():
    root = model()
    assert set(map(id, matched(root, Prior)[1])) == {id(root.prior), id(root.layers[0].prior)}
    assert matched(root, LatePrior)[1] == [root.layers[0].prior]


def test_by_object():
    root = model()
    assert matched(root, root.prior)[1] == [root.prior]
    assert matched(root, model().prior)[1] == []


def test_by_predicate():
    root = model()
    assert matched(root, where(lambda value: value == [3]))[1] == [root.layers[0].kernel]


def test_several_compose():
    root = model()
    declared, found = matched(root, "prior", LatePrior, root.layers[1])
    assert len(found) == 3
    assert declared.unmatched() == ()


def test_one_alone_needs_no_list():
    for entry in ("prior", Prior, where(bool), Plain()):
        assert Declarations(entry)
    assert not Declarations(())
    assert not Declarations([])


def test_what_matched_nothing_names_itself():
    declared, _ = matched(model(), "prior", "layers[9]", int, where(lambda v: False), Plain())
    assert declared.unmatched() == ("'layers[9]'", "int", "where(<lambda>)", "<Plain object>")


def test_a_declaration_that_matched_in_one_of_several_graphs_is_not_stale():
    declared = Declarations(["prior", "other"])
    declared.matched_in(Walk(Plain(prior=[1])))
    assert declared.unmatched() == ("'other'",)
    declared.matched_in(Walk(Plain(other=[1])))
    assert declared.unmatched() == ()


def test_a_path_and_its_object():
    declared = Declarations(["layers[*]", Prior])
    assert declared.match((".layers", "[0]"), 3)
    assert declared.unmatched() == ("Prior",)
    assert not declared.match((".layers",), 3)
    assert declared.match((), Prior())
    assert declared.unmatched() == ()
