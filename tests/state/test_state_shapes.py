"""The shape that a layer was built for, however Keras kept it."""

from __future__ import annotations

import types

import keras
import pytest
import tf_keras

from pytest_tfpclone.state.shapes import built_shape


@pytest.mark.parametrize("library", [tf_keras, keras], ids=["tf_keras", "keras"])
def test_a_layer_that_was_built(library):
    layer = library.layers.Dense(2)
    layer.build((None, 3))
    assert tuple(built_shape(layer)) == (None, 3)


@pytest.mark.parametrize("library", [tf_keras, keras], ids=["tf_keras", "keras"])
def test_a_layer_that_was_not(library):
    assert built_shape(library.layers.Flatten()) in (None, (None,))


@pytest.mark.parametrize(
    ("specification", "shape"),
    [
        (types.SimpleNamespace(shape=(None, 4)), (None, 4)),
        (types.SimpleNamespace(ndim=3, axes={-1: 5}), (None, None, 5)),
        (types.SimpleNamespace(min_ndim=2, axes={-1: 3}), (None, 3)),
        (types.SimpleNamespace(axes={-1: 3}), None),
        (None, None),
        ([1, 2], None),
    ],
)
def test_an_input_specification(specification, shape):
    assert built_shape(types.SimpleNamespace(input_spec=specification)) == shape


def test_properties_that_raise_are_passed_over():
    class Raising:
        @property
        def _build_input_shape(self):
            raise RuntimeError

        @property
        def input_spec(self):
            raise RuntimeError

    assert built_shape(Raising()) is None


@pytest.mark.parametrize(
    ("kept", "shape"),
    [
        ({"_build_input_shape": (None, 3)}, (None, 3)),
        ({"_build_input_shape": (None, 3), "_build_shapes_dict": {"a": (7,)}}, (None, 3)),
        ({"_build_shapes_dict": {"a_shape": (7,), "input_shape": (None, 4)}}, (None, 4)),
        ({"_build_shapes_dict": {"a_shape": (7,), "b_shape": (8,)}}, (7,)),
        ({"_build_input_shape": None, "_build_shapes_dict": {}}, None),
    ],
)
def test_what_build_was_called_with(kept, shape):
    assert built_shape(types.SimpleNamespace(**kept)) == shape


def test_what_build_was_called_with_says_more_than_what_is_allowed():
    allowed = types.SimpleNamespace(shape=(None, None))
    built = types.SimpleNamespace(_build_input_shape=(2, 3), input_spec=allowed)
    assert built_shape(built) == (2, 3)
