"""The cloners that are found by Keras models."""

from __future__ import annotations

from broken_cloners import functions, late, optimizers, shared_parts, structure, values
from broken_cloners.table import differs, shares
from pytest_tfpclone.architectures import (
    AutoregressiveTransform,
    BatchNormalization,
    Bernoulli,
    Dense,
    DenseReparameterization,
    DenseVariational,
    Dropout,
    Functional,
    IndependentNormal,
    Lambda,
    Nested,
    Normal,
    Sequential,
    Siamese,
    Subclassed,
    VariationalGaussianProcess,
)

ONE = (Dense(units=1),)
TWO = (Dense(units=1), Dense(units=1))
SIMPLEST = Sequential(layers=ONE, head=Normal())
COMPILED = Sequential(layers=ONE, head=Normal(), compiled="adam")
TRAINED = Sequential(layers=ONE, head=Normal(), compiled="adam", trained=1)


def after(layer):
    """Return the smallest model with one layer of a kind."""
    return Sequential(layers=(layer,), head=Normal())


def before(head):
    """Return the smallest model with a head of a kind."""
    return Sequential(layers=ONE, head=head)


PLAIN = {"layers": [Dense], "heads": [Normal]}
"""Narrows draws to models that are cheap to build and to check."""

COMMON = (
    shares(shared_parts.returns_the_original, SIMPLEST),
    shares(shared_parts.shares_a_layer, SIMPLEST),
    shares(shared_parts.shares_a_weight, SIMPLEST),
    shares(functions.is_hollow, SIMPLEST),
    shares(functions.calls_a_traced_function, SIMPLEST),
    shares(functions.calls_one_layer_of_the_original, SIMPLEST),
    shares(late.shares_after_its_first_call, SIMPLEST),
    shares(late.shares_after_its_second_step, COMPILED, options=PLAIN, steps=2),
    shares(late.calls_the_original_by_name, SIMPLEST),
    shares(optimizers.shares_the_optimizer, COMPILED, options=PLAIN),
    shares(optimizers.shares_the_learning_rate, COMPILED, options=PLAIN),
    shares(optimizers.shares_a_moment, TRAINED, options=PLAIN),
    shares(optimizers.shares_the_compiled_loss, COMPILED, options=PLAIN),
    shares(optimizers.shares_the_compiled_metrics, COMPILED, options=PLAIN),
    shares(optimizers.its_history_belongs_to_the_original, COMPILED, options=PLAIN),
    shares(optimizers.its_loss_looks_at_the_original, COMPILED, options=PLAIN),
    differs(optimizers.restarts_the_moments, TRAINED, options=PLAIN),
    differs(optimizers.restarts_the_count_of_steps, TRAINED, options=PLAIN),
    differs(optimizers.takes_the_default_rate, COMPILED, options=PLAIN),
    differs(optimizers.is_not_compiled, COMPILED, options=PLAIN),
    differs(values.copies_no_weights, SIMPLEST),
    differs(values.forgets_a_bias, SIMPLEST),
    differs(values.rounds_to_half_precision, SIMPLEST),
    differs(values.moves_towards_the_original, SIMPLEST),
    differs(values.freezes_the_copy, SIMPLEST),
    differs(
        values.casts_to_single_precision,
        Sequential(layers=ONE, head=Normal(), dtype="float64"),
        options=PLAIN,
    ),
    differs(values.swaps_two_weights, Sequential(layers=TWO, head=Normal()), options=PLAIN),
    differs(structure.loses_an_activation, after(Dense(units=1, activation="relu")), options=PLAIN),
)
"""Those that most models show."""

RARE = (
    shares(
        shared_parts.shares_a_layer_of_a_nested_model,
        after(Nested(layers=ONE)),
        options={"layers": [Nested]},
    ),
    shares(
        shared_parts.shares_the_list_of_layers,
        Subclassed(layers=ONE, head=Normal(), held="list"),
        options={"models": [Subclassed], "layers": [Dense], "heads": [Normal]},
    ),
    shares(
        shared_parts.shares_a_prior,
        after(DenseVariational(units=1)),
        options={"layers": [DenseVariational]},
    ),
    shares(
        shared_parts.shares_a_kernel_prior,
        after(DenseReparameterization(units=1)),
        options={"layers": [DenseReparameterization]},
    ),
    shares(
        shared_parts.shares_the_prior_of_a_divergence,
        before(IndependentNormal(divergence="regularizer")),
        options={"heads": [IndependentNormal]},
    ),
    shares(
        shared_parts.shares_the_strength_of_a_regularizer,
        after(Dense(units=1, regularizer="variable")),
        options={"layers": [Dense, Dropout], "heads": [Normal]},
    ),
    shares(
        shared_parts.shares_a_generator,
        after(Dropout()),
        options={"layers": [Dropout]},
    ),
    shares(
        shared_parts.shares_a_kernel_provider,
        before(VariationalGaussianProcess()),
        options={"layers": [Dense], "heads": [VariationalGaussianProcess]},
    ),
    shares(
        shared_parts.shares_an_autoregressive_network,
        before(AutoregressiveTransform()),
        options={"layers": [Dense], "heads": [AutoregressiveTransform]},
    ),
    shares(
        shared_parts.shares_one_of_several_heads,
        Functional(branches=(ONE,), heads=(Normal(), Normal())),
        options={"models": [Functional], "layers": [Dense]},
    ),
    shares(
        functions.keeps_a_closure,
        before(Normal(captures="closure")),
        options={"heads": [Normal], "captures": [None, "closure"]},
    ),
    shares(
        functions.keeps_a_default,
        before(Normal(captures="default")),
        options={"heads": [Normal], "captures": [None, "default"]},
    ),
    shares(
        functions.keeps_a_partial,
        before(Normal(captures="partial")),
        options={"heads": [Normal], "captures": [None, "partial"]},
    ),
    shares(
        functions.keeps_the_object_of_a_method,
        before(Normal(captures="bound_method")),
        options={"heads": [Normal], "captures": [None, "bound_method"]},
    ),
    shares(
        functions.keeps_what_a_lambda_holds,
        after(Lambda(captures="closure")),
        options={"layers": [Lambda]},
    ),
    differs(
        optimizers.loses_moving_averages,
        Sequential(layers=ONE, head=Normal(), compiled="ema", trained=1),
        options={"compiled": [None, "ema"]},
    ),
    differs(
        values.forgets_moving_averages,
        after(BatchNormalization()),
        options={"layers": [BatchNormalization]},
    ),
    differs(
        values.makes_everything_trainable,
        before(Normal(captures="closure")),
        options=PLAIN,
    ),
    differs(
        structure.unties_a_layer,
        Siamese(layers=ONE, head=Normal()),
        options={"models": [Siamese]},
    ),
    differs(
        structure.ties_two_layers,
        Sequential(layers=TWO, head=Normal()),
        options=PLAIN,
    ),
    differs(
        structure.swaps_the_heads,
        Functional(branches=(ONE,), heads=(Normal(), Bernoulli())),
        options={
            "models": [Functional],
            "layers": [Dense],
            "heads": [Normal, Bernoulli],
            "captures": [None],
        },
    ),
    differs(
        structure.swaps_the_inputs,
        Siamese(layers=ONE, head=Normal()),
        options={"models": [Siamese], "layers": [Dense]},
    ),
    differs(
        structure.loses_a_regularizer,
        after(Dense(units=1, regularizer="l2")),
        options=PLAIN,
    ),
    differs(
        structure.drops_a_layer,
        Subclassed(layers=TWO, head=Normal(), held="list"),
        options={"models": [Subclassed], "layers": [Dense], "heads": [Normal]},
    ),
)
"""Those that need a part which few models have."""
