"""One assertion in place of trieste's own tests of a DeepEnsemble's copy.

Those look at predictions, training, the optimizer's slots, the callbacks' models and the history.
Here `__getstate__` and `__setstate__` do all of it right, and then all but one thing.
"""

from __future__ import annotations

import copy

import pytest
import tensorflow as tf
from real_models import DATA, deep_ensemble, early_stopping, optimize
from trieste.models import utils
from trieste.models.keras import DeepEnsemble, KerasEnsemble

from pytest_tfpclone import assert_independent_clone


class Networks(KerasEnsemble):
    """Keeps nothing of what its state held for the way."""

    def __setstate__(self, state):
        super().__setstate__(state)
        del self._weights, self._history


def counters(model):
    return [model._train_counter, *(each for metric in model.metrics for each in metric.variables)]


def optimizer_for(model, like):
    """Return an optimizer that knows the model's variables, in the state of ``like``."""
    optimizer = type(like).from_config(like.get_config())
    optimizer.build(model.trainable_variables)
    for variable, value in zip(optimizer.variables, like.variables, strict=True):
        variable.assign(value)
    return optimizer


def compiled(ensemble, optimizer):
    """Have the model trained by an optimizer, and its counters made."""
    model, size = ensemble.model, ensemble.ensemble_size
    ensemble._optimizer.optimizer = optimizer
    loss, metrics = ensemble.optimizer.loss, ensemble.optimizer.metrics
    model.compile(optimizer, loss=[loss] * size, metrics=[metrics] * size)
    inputs, targets = ensemble.prepare_dataset(DATA)
    outputs = list(model(inputs))
    model.compiled_loss.build(outputs)
    model.compiled_metrics.build(outputs, list(targets.values()))


class Ensemble(DeepEnsemble):
    """A DeepEnsemble whose copy is right, but for what ``forget(copy, original)`` undoes."""

    forget = None

    def __getstate__(self):
        counted = [each.numpy() for each in counters(self.model)]
        state = {**super().__getstate__(), "counted": counted}
        # A function is not copied: what it returns is the original.
        return {**state, "original": lambda: self}

    def __setstate__(self, state):
        counted, original = state.pop("counted"), state.pop("original")
        super().__setstate__(state)
        compiled(self, optimizer_for(self.model, like=self.model.optimizer))
        for counter, value in zip(counters(self.model), counted, strict=True):
            counter.assign(value)
        if self.forget:
            self.forget(original())


def trained(forgetful=None):
    """Return a trained ensemble with a callback, of a class that forgets one thing."""
    model = deep_ensemble(callbacks=[early_stopping()])
    utils.optimize_model_and_save_result(model, DATA)
    model._model.__class__ = Networks
    model.__class__ = type("Forgetful", (Ensemble,), {"forget": forgetful})
    return model


def callback(model):
    (found,) = model.optimizer.fit_args["callbacks"]
    return found


FORGET = {}


def forgets(kind, place):
    """Keep a way to break the copy, with what is found: its kind, and how its path ends."""

    def keep(forget):
        FORGET[forget.__name__.replace("_", " ")] = forget, kind, place
        return forget

    return keep


@forgets("value", "model.layers[2].kernel")
def the_weights(copied, original):
    copied.model.set_weights(deep_ensemble().model.get_weights())


@forgets("same object", "._model")
def to_copy_the_networks(copied, original):
    copied._model = original._model


@forgets("same object", ".optimizer")
def to_copy_the_wrapper_of_the_optimizer(copied, original):
    copied._optimizer = original._optimizer


@forgets("same object", ".optimizer.optimizer")
def to_copy_the_optimizer(copied, original):
    copied._optimizer.optimizer = copied.model.optimizer = original.model.optimizer


@forgets("value", ".optimizer.optimizer._variables[10]")
def the_slots(copied, original):
    for slot in copied.model.optimizer.variables[2:]:
        slot.assign(tf.ones_like(slot))  # zero may be right for some


@forgets("action", "")
def which_variables_the_optimizer_knows(copied, original):
    compiled(copied, optimizer_for(original.model, like=copied.model.optimizer))


@forgets("tying", ".model.optimizer")
def that_model_and_wrapper_have_one_optimizer(copied, original):
    copied._optimizer.optimizer = optimizer_for(copied.model, like=copied.model.optimizer)


@forgets("action", "")
def to_compile(copied, original):
    copied.model._is_compiled = False
    copied.model.compiled_loss = copied.model.compiled_metrics = None


@forgets("same object", "['callbacks'][0].model")
def whose_model_a_callback_has(copied, original):
    callback(copied).set_model(original.model)


@forgets("structure", "['callbacks'][0].model")
def the_model_of_a_callback(copied, original):
    callback(copied).model = None


@forgets("tying", "['callbacks'][0].model")
def that_a_callback_has_the_trained_model(copied, original):
    callback(copied).set_model(copied._model._build_ensemble())
    callback(copied).model.set_weights(copied.model.get_weights())


@forgets("structure", "['callbacks'][0].best_weights")
def the_best_weights_of_a_callback(copied, original):
    callback(copied).best_weights = None


@forgets("same object", "['callbacks'][0].best_weights")
def to_copy_the_best_weights_of_a_callback(copied, original):
    callback(copied).best_weights = callback(original).best_weights


@forgets("missing", "['callbacks'][0]")
def the_callbacks(copied, original):
    copied._optimizer.fit_args["callbacks"] = []


@forgets("same object", ".fit_args")
def to_copy_how_to_fit(copied, original):
    copied._optimizer.fit_args = original._optimizer.fit_args


@forgets("same object", ".model.history")
def to_copy_the_history(copied, original):
    copied.model.history = original.model.history


@forgets("same object", "._last_optimization_result.model")
def whose_model_the_history_has(copied, original):
    copied.model.history.set_model(original.model)


@forgets("missing", ".history['loss']")
def the_losses_of_the_history(copied, original):
    copied.model.history.history = {}


@forgets("missing", ".model.history")
def the_history(copied, original):
    del copied.model.history


@forgets("structure", "._last_optimization_result")
def the_last_result(copied, original):
    copied._last_optimization_result = ...


@forgets("value", "._absolute_epochs")
def how_many_epochs_were_run(copied, original):
    copied._absolute_epochs = 0


@forgets("structure", "['callbacks'][0].model")
def to_give_the_original_its_model_back(copied, original):
    callback(original).model = ...


@forgets("same object", "")
def to_copy_anything(copied, original):
    copied.__dict__.update(original.__dict__)


def test_a_right_copy_passes():
    model = trained()
    assert_independent_clone(model, copy.deepcopy(model), actions=[optimize])


@pytest.mark.parametrize("forgotten", FORGET)
def test_a_copy_that_forgets(forgotten):
    forget, kind, place = FORGET[forgotten]
    model = trained(forget)
    with pytest.raises(AssertionError) as error:
        assert_independent_clone(model, copy.deepcopy(model), actions=[optimize])
    report = error.value.report
    found = [(each.kind, each.original) for each in report.leaks]
    found += [(each.kind, each.path) for each in report.differences]
    assert any(each == kind and path.endswith(place) for each, path in found), str(report)
    assert all(leak.original.endswith(place) for leak in report.leaks), str(report)
