"""What one conformance item does: make a model, clone it, judge the clone."""

from __future__ import annotations

import dataclasses
import inspect
import os
import traceback
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from pytest_tfpclone.report import CloneReport
from pytest_tfpclone.words import said

if TYPE_CHECKING:
    from pytest_tfpclone.state import Declarations


_Action: TypeAlias = Callable[[Any], None]


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """How a cloner did on a model.

    Attributes:
        verdict: one of ``report.results.VERDICTS``.
        text: the report, or why there is none.
        summary: one line of it.
        code: the model as code, where it is random.
        examples: how many models were tried.
        report: what the check found, if there was one.
    """

    verdict: str
    text: str
    summary: str
    code: str = ""
    examples: int = 1
    report: CloneReport | None = None


class FactoryFailed(Exception):
    """The factory of a model raised; the text says what and gives a hint."""


def judge(
    factory: Callable[[], Any], cloner: Callable[..., Any], declared: Sequence[Declarations] = ()
) -> Verdict:
    """Make a model, clone it and check the clone.

    Args:
        factory: makes the model; called once, and handed to a cloner that asks for it.
        cloner: ``cloner(model) -> model``, or with the keyword ``factory``.
        declared: what may be shared and what is not looked at, which need not match here.

    Raises:
        FactoryFailed: the factory raised, or made something that is no model.
    """
    from pytest_tfpclone import assertion
    from pytest_tfpclone.cloning import NotApplicable
    from pytest_tfpclone.state.misuse import require_model

    model = make_model(factory)
    try:
        made = cloner(model, factory=factory) if takes_factory(cloner) else cloner(model)
    except NotApplicable as reason:
        return Verdict("not applicable", str(reason), str(reason))
    except Exception as error:
        text = said(error)
        return Verdict("refused", _refusal(text, error), text)
    try:
        require_model(made, "clone")
    except (TypeError, ValueError) as error:
        text = f"the cloner gave back no model: {error}"
        return Verdict("refused", text, text)
    options = assertion.make_options(tried=_default_actions(model), declared=declared)
    report = assertion.checked(model, [made], options)
    return from_report(report)


def from_report(report: CloneReport) -> Verdict:
    """Return the verdict that a report gives."""
    from pytest_tfpclone.report.text import summary

    return Verdict(report.verdict, str(report), summary(report), report=report)


def _refusal(text: str, error: Exception) -> str:
    """Return the whole of what a cloner raised, and where in the user's code it did."""
    rest = str(error).strip().partition("\n")[2].strip()
    place = _users_place(error)
    return "\n\n".join(part for part in (text, rest, place and f"raised at {place}") if part)


def _users_place(error: BaseException) -> str:
    """Return file:line of the innermost frame that is neither ours nor the framework's."""
    from pytest_tfpclone.state.framework import is_framework_module

    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        module = frame.f_globals.get("__name__", "")
        if not is_framework_module(module) and not module.startswith("pytest_tfpclone"):
            return f"{os.path.relpath(frame.f_code.co_filename)}:{line}"
    return ""


def make_model(factory: Callable[[], Any]) -> Any:
    """Return what a factory makes.

    Raises:
        FactoryFailed: it raised, or what it made is no model.
    """
    from pytest_tfpclone.state.misuse import require_model

    name = getattr(factory, "__name__", type(factory).__name__)
    try:
        model = factory()
    except Exception as error:
        place = _users_place(error)
        text = f"the factory {name} raised {said(error)}"
        raise FactoryFailed(text + (place and f"\nat {place}") + _factory_hint(error)) from error
    try:
        require_model(model, f"what the factory {name} returns")
    except (TypeError, ValueError) as error:
        raise FactoryFailed(str(error)) from error
    return model


def _factory_hint(error: Exception) -> str:
    text = str(error)
    if "keras.Layer" in text or ("keras.src" in text and "KerasTensor" in text):
        return (
            "\nhint: Keras 3 takes no tf_keras layer, and TFP's layers are tf_keras layers: build "
            "the model with tf_keras.Sequential, tf_keras.Model and tf_keras.layers"
        )
    if isinstance(error, TypeError) and "required positional argument" in text:
        return "\nhint: a factory is called without arguments; give its parameters defaults"
    return ""


def takes_factory(cloner: Callable[..., Any]) -> bool:
    """Return whether a cloner asks for the model's factory."""
    try:
        return "factory" in inspect.signature(cloner).parameters
    except (TypeError, ValueError):
        return False


def add_action(applies_to: Callable[[Any], bool], action: _Action) -> None:
    """Let ``--tfpclone`` run an action on the models that it applies to."""
    _actions.append(lambda model: action if applies_to(model) else None)


def _default_actions(model: Any) -> list[_Action]:
    """Return what is done with a model and its clone if the caller names no action."""
    made = (make(model) for make in _actions)
    return [action for action in made if action is not None]


def _gradient_step(model: Any) -> _Action | None:
    """Return one gradient step for a compiled Keras model; None for anything else."""
    if not getattr(type(model), "train_on_batch", None) or not getattr(model, "optimizer", None):
        return None
    from pytest_tfpclone.proof.inputs import probe_inputs

    inputs = probe_inputs(model, seed=0)
    if inputs is None:
        return None

    def one_gradient_step(acting: Any) -> None:
        import tensorflow as tf

        made = acting(*inputs)
        targets = tf.nest.map_structure(lambda part: tf.identity(tf.convert_to_tensor(part)), made)
        acting.train_on_batch(*inputs, targets)

    return one_gradient_step


_actions: list[Callable[[Any], _Action | None]] = [_gradient_step]
