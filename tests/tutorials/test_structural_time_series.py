"""A forecast by a structural time series: trend, season, and a surrogate that is fitted.

After https://www.tensorflow.org/probability/examples/Structural_Time_Series_Modeling_Case_Studies_Atmospheric_CO2_and_Electricity_Demand
"""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone import assert_independent_clone, clone

QUARTERS = np.arange(16)
CO2 = (300.0 + 0.1 * QUARTERS + np.sin(QUARTERS * np.pi / 2.0)).astype("float32")


@pytest.fixture
def model():
    trend = tfp.sts.LocalLinearTrend(observed_time_series=CO2)
    seasonal = tfp.sts.Seasonal(num_seasons=4, observed_time_series=CO2)
    return tfp.sts.Sum([trend, seasonal], observed_time_series=CO2)


def fitted(model, surrogate):
    return tfp.vi.fit_surrogate_posterior(
        target_log_prob_fn=model.joint_distribution(observed_time_series=CO2).log_prob,
        surrogate_posterior=surrogate,
        optimizer=tf_keras.optimizers.Adam(0.1),
        num_steps=2,
        seed=[1, 2],
    )


def forecast(model, surrogate):
    samples = surrogate.sample(2, seed=[3, 4])
    return tfp.sts.forecast(
        model, CO2, parameter_samples=samples, num_steps_forecast=4
    ).mean().numpy()  # fmt: skip


def test_the_clone_of_the_model_is_independent(model):
    assert_independent_clone(model, clone(model))


def test_the_clone_of_the_surrogate_is_independent(model):
    surrogate = tfp.sts.build_factored_surrogate_posterior(model=model, seed=[5, 6])
    fitted(model, surrogate)
    assert_independent_clone(surrogate, clone(surrogate))


def test_both_together_forecast_the_same_and_the_copy_is_fitted_alone(model):
    surrogate = tfp.sts.build_factored_surrogate_posterior(model=model, seed=[5, 6])
    pair = [model, surrogate]
    copy = clone(pair)
    assert_independent_clone(pair, copy)
    before = forecast(*pair)
    np.testing.assert_array_equal(forecast(*copy), before)
    losses = fitted(*copy)
    assert np.isfinite(losses).all()
    np.testing.assert_array_equal(forecast(*pair), before)
    assert not np.array_equal(forecast(*copy), before)
    assert not set(map(id, surrogate.variables)) & set(map(id, copy[1].variables))
