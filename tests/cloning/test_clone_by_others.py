"""The other cloners: what each gives, and whom it isn't made for."""

from __future__ import annotations

import os
import tempfile

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone import cloners

tfd = tfp.distributions
X = np.random.RandomState(0).randn(4, 3).astype("float32")
KERAS = ("clone_model", "config", "keras_file", "h5_file")


def dense(library):
    model = library.Sequential([library.layers.Input((3,)), library.layers.Dense(2)])
    model.layers[-1].kernel.assign(np.arange(6.0).reshape(3, 2))
    return model


def with_captured_variable():
    scale = tf.Variable(1.0, name="scale")
    model = tf_keras.Sequential(
        [
            tf_keras.layers.Dense(1, input_shape=(3,)),
            tfp.layers.DistributionLambda(lambda t: tfd.Normal(t, tf.nn.softplus(scale))),
        ]
    )
    scale.assign(2.0)
    return model


@pytest.mark.parametrize("library", [tf_keras, keras], ids=["tf_keras", "keras 3"])
@pytest.mark.parametrize("name", [*KERAS, "deepcopy", "pickle", "cloudpickle", "clone"])
def test_models_of_both_libraries(name, library):
    original = dense(library)
    copy = cloners.get(name)(original)
    assert isinstance(copy, library.Model)
    assert np.array_equal(np.array(copy(X)), np.array(original(X)))
    before = original.get_weights()
    copy.set_weights([weight + 1 for weight in before])
    assert all(map(np.array_equal, original.get_weights(), before))


@pytest.mark.parametrize("name", ["clone_model", "config"])
def test_captured_variables_are_copied_too(name):
    original = with_captured_variable()
    copy = cloners.get(name)(original)
    assert np.array_equal(copy(X).stddev().numpy(), original(X).stddev().numpy())
    function = copy.layers[-1]._make_distribution_fn
    scale = next(
        c.cell_contents for c in function.__closure__ if hasattr(c.cell_contents, "assign")
    )
    scale.assign(9.0)
    assert not np.array_equal(copy(X).stddev().numpy(), original(X).stddev().numpy())


def test_a_layer_by_its_config():
    layer = tf_keras.layers.Dense(2)
    layer.build((None, 3))
    copy = cloners.get("config")(layer)
    assert np.array_equal(copy.get_weights()[0], layer.get_weights()[0])
    assert copy.kernel is not layer.kernel


def test_saved_model_and_checkpoint():
    def factory():
        module = tf.Module()
        module.v = tf.Variable(1.0)
        return module

    original = factory()
    original.v.assign(3.0)
    for copy in (
        cloners.get("saved_model")(original),
        cloners.get("checkpoint")(original, factory=factory),
    ):
        assert float(copy.v) == 3.0
        copy.v.assign(4.0)
        assert float(original.v) == 3.0


def test_the_ones_that_share():
    original = tfd.Normal(tf.Variable(0.0), 1.0)
    assert cloners.get("alias")(original) is original
    assert cloners.get("distribution_copy")(original).loc is original.loc
    assert cloners.get("copy")(original).loc is original.loc


@pytest.mark.parametrize(
    ("name", "model", "words"),
    [
        *((name, tf.Module(), "Keras") for name in KERAS),
        ("clone_model", tf_keras.layers.Dense(2), "Keras model, got Dense"),
        ("saved_model", object(), "TensorFlow tracks"),
        ("checkpoint", tf.Module(), "factory"),
        ("distribution_copy", tf.Module(), "TFP distribution"),
    ],
)
def test_not_applicable(name, model, words):
    with pytest.raises(cloners.NotApplicable, match=words) as caught:
        cloners.get(name)(model)
    assert "\n" not in str(caught.value)


def test_temporary_files_disappear(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("keras_file", "h5_file", "saved_model"):
        cloners.get(name)(dense(tf_keras))
    with pytest.raises(Exception, match="save"):
        cloners.get("keras_file")(Unsavable())
    # Other files there are TensorFlow's own, of autograph.
    assert [name for name in os.listdir(tmp_path) if name.startswith("tfpclone-")] == []


class Unsavable(tf_keras.Model):
    def save(self, *args, **kwargs):
        raise RuntimeError("can't save")
