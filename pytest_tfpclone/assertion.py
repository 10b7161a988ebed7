"""assert_independent_clone and check_clone: walk, match, prove, report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pytest_tfpclone.proof.actions import require_actions
from pytest_tfpclone.proof.check import Check, Options
from pytest_tfpclone.report import CloneReport
from pytest_tfpclone.report.errors import error_of
from pytest_tfpclone.state.declare import Declarations
from pytest_tfpclone.state.misuse import require_flag, require_model, require_seed
from pytest_tfpclone.words import a

__tracebackhide__ = True


def assert_independent_clone(
    original: Any,
    *clones: Any,
    equal: bool = True,
    inputs: Any = None,
    actions: Sequence[Callable[[Any], None]] = (),
    shared: Any = (),
    ignore: Any = (),
    strict: bool = False,
    seed: int = 0,
) -> CloneReport:
    """Assert that clones share no state with the original, and start out equal to it.

    Every state cell is found by walking both graphs of objects, and each claim is
    proved by a write. Afterwards both models are as they were, bit for bit.

    Args:
        original: any TFP, Keras or ``tf.Module`` object, or a plain object of them.
        *clones: one or more clones; every pair is checked.
        equal: whether the clones must also have the original's values.
        inputs: probe inputs: a tuple of positional arguments, or the only one. None
            makes them from the input specification; ``()`` compares no output.
        actions: functions of one model, such as a training step. Each is run on one
            side, and must change that side only, and both sides alike.
        shared: what may be shared: path globs, types, objects, ``where(predicate)``.
        ignore: what is not looked at, in the same ways.
        strict: whether sharing that nothing uses is a leak, too.
        seed: what probe inputs and written amounts are drawn from.

    Returns:
        The report of a check that found nothing; its notes may be worth reading.

    Raises:
        SharedStateError: a clone shares state with the original or another clone.
        UnequalCloneError: nothing is shared, but a clone is not equal.
        TypeError: an argument is not what it should be.
        ValueError: a model is not built, inputs don't fit, a declaration matches nothing.
    """
    report = check_clone(
        original, *clones, equal=equal, inputs=inputs, actions=actions, shared=shared,
        ignore=ignore, strict=strict, seed=seed,
    )  # fmt: skip
    error = error_of(report)
    if error is not None:
        raise error
    return report


def check_clone(
    original: Any,
    *clones: Any,
    equal: bool = True,
    inputs: Any = None,
    actions: Sequence[Callable[[Any], None]] = (),
    shared: Any = (),
    ignore: Any = (),
    strict: bool = False,
    seed: int = 0,
) -> CloneReport:
    """Check as ``assert_independent_clone`` does, but return findings instead of raising.

    Takes the same arguments and returns the same report. Raises on misuse only.
    """
    options = make_options(
        equal=equal, inputs=inputs, actions=actions, shared=shared, ignore=ignore,
        strict=strict, seed=seed,
    )  # fmt: skip
    return checked(original, clones, options)


def make_options(
    *,
    equal: bool = True,
    inputs: Any = None,
    actions: Sequence[Callable[[Any], None]] = (),
    shared: Any = (),
    ignore: Any = (),
    strict: bool = False,
    seed: int = 0,
    declared: Sequence[Declarations] = (),
    tried: Sequence[Callable[[Any], None]] = (),
) -> Options:
    """Validate the arguments of ``check_clone``, and two that only the plugin gives.

    ``declared`` are further declarations, of a marker, which need not match in every
    call; ``tried`` are actions that are left out with a note if the original raises.

    Raises:
        TypeError: an argument is not what it should be.
        ValueError: a path is no path.
    """
    require_seed(seed)
    require_flag(equal, "equal")
    require_flag(strict, "strict")
    given = (Declarations(shared, argument="shared"), Declarations(ignore, argument="ignore"))
    shares, ignores = (
        [own, *(each for each in declared if each.argument == own.argument)] for own in given
    )
    return Options(
        equal=equal, inputs=inputs, actions=require_actions(actions), tried=tried,
        shared=shares, ignore=ignores, strict=strict, seed=seed,
    )  # fmt: skip


def checked(original: Any, clones: Sequence[Any], options: Options) -> CloneReport:
    """Check with options; the first declarations of each kind must match something."""
    require_model(original, "original")
    if not clones:
        raise TypeError(
            "nothing to compare: pass the original and at least one clone, as in "
            "assert_independent_clone(model, clone(model))"
        )
    names = [f"clones[{i}]" if len(clones) > 1 else "clone" for i in range(len(clones))]
    for name, each in zip(names, clones, strict=True):
        require_model(each, name)
        if type(each) in (list, tuple) and type(original) not in (list, tuple):
            raise TypeError(
                f"{name} must be a model; got {a(type(each).__name__)} of {len(each)}. Pass each "
                "clone as an argument of its own: assert_independent_clone(original, *clones)"
            )
    report = Check(options).run(original, clones, names)
    for declared in (*options.shared[:1], *options.ignore[:1]):
        stale = declared.unmatched()
        if stale:
            raise ValueError(
                f"{declared.argument}: {', '.join(stale)} matches nothing in the original or "
                "its clones. Remove it, or look at state_of(original) for the paths there are"
            )
    return report
