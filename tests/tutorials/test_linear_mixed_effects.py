"""A linear model with mixed effects, whose distribution tracks the module that made it.

After https://www.tensorflow.org/probability/examples/Linear_Mixed_Effects_Models
"""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone import assert_independent_clone, clone

tfd, tfb = tfp.distributions, tfp.bijectors
STUDENTS, INSTRUCTORS = 6, 4
ROWS = np.arange(24)
FEATURES = {
    "students": ROWS % STUDENTS,
    "instructors": ROWS % INSTRUCTORS,
    "service": (ROWS % 3 == 0).astype("float32"),
}
RATINGS = (1.0 + np.sin(ROWS)).astype("float32")


class LinearMixedEffectModel(tf.Module):
    def __init__(self):
        super().__init__()
        self.intercept = tf.Variable(0.0, name="intercept")
        self.effect_service = tf.Variable(0.0, name="effect_service")
        self.stddev_students = tfp.util.TransformedVariable(1.0, tfb.Exp(), name="students")
        self.stddev_instructors = tfp.util.TransformedVariable(1.0, tfb.Exp(), name="instructors")

    def __call__(self, features):
        model = tfd.JointDistributionSequential(
            [
                tfd.MultivariateNormalDiag(
                    loc=tf.zeros(STUDENTS), scale_diag=tf.fill([STUDENTS], self.stddev_students)
                ),
                tfd.MultivariateNormalDiag(
                    loc=tf.zeros(INSTRUCTORS),
                    scale_diag=tf.fill([INSTRUCTORS], self.stddev_instructors),
                ),
                lambda instructors, students: tfd.Independent(
                    tfd.Normal(
                        loc=self.intercept
                        + self.effect_service * features["service"]
                        + tf.gather(students, features["students"], axis=-1)
                        + tf.gather(instructors, features["instructors"], axis=-1),
                        scale=1.0,
                    ),
                    reinterpreted_batch_ndims=1,
                ),
            ]
        )
        model._to_track = self  # so that the distribution has trainable variables
        return model


EFFECTS = [np.linspace(-1.0, 1.0, n, dtype="float32") for n in (STUDENTS, INSTRUCTORS)]


def maximize(maker):
    """Take a step for the fixed effects, with the random ones held fast."""
    optimizer = tf_keras.optimizers.Adam(0.1)
    with tf.GradientTape() as tape:
        loss = -maker(FEATURES).log_prob(*EFFECTS, RATINGS)
    variables = maker.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))


@pytest.fixture
def model():
    model = LinearMixedEffectModel()
    maximize(model)
    return model


def test_the_clone_of_the_model_is_independent(model):
    assert_independent_clone(model, clone(model))


def test_the_clone_trains_as_the_model_does(model):
    assert_independent_clone(model, clone(model), actions=[maximize])


def test_the_clone_of_its_distribution_is_independent(model):
    joint = model(FEATURES)
    copy = clone(joint)
    assert_independent_clone(joint, copy)
    before = joint.log_prob(*EFFECTS, RATINGS).numpy()
    assert copy.log_prob(*EFFECTS, RATINGS).numpy() == before
    for variable in copy._to_track.trainable_variables:
        variable.assign_add(1.0)
    assert joint.log_prob(*EFFECTS, RATINGS).numpy() == before
