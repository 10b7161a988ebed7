"""A Hypothesis state machine over a family of clones: none may change when another one acts.

In one line, for a factory and a cloner of one's own::

    from pytest_tfpclone import stateful

    TestMyClone = stateful.CloneMachine.for_(model=make_model, cloner=copy_model)

A failure prints its steps as a program::

    state = CloneMachine_make_model_copy_model()
    model_0 = state.start()
    model_1 = state.do(step=clone(model_0))
    state.do(step=Train()(model_1))
    state.do(step=Train()(model_1))
    state.teardown()
"""

from __future__ import annotations

import functools
import sys
import unittest
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    multiple,
    rule,
)
from hypothesis.strategies import DrawFn, SearchStrategy

from pytest_tfpclone import strategies
from pytest_tfpclone.architectures.actions import actions_on, writes_to
from pytest_tfpclone.architectures.registry import registered
from pytest_tfpclone.architectures.spec import Spec
from pytest_tfpclone.pairs import make_model, takes_factory
from pytest_tfpclone.words import called

if TYPE_CHECKING:
    from pytest_tfpclone.proof.family import Family
    from pytest_tfpclone.proof.watch import Watched

__tracebackhide__ = True
__all__ = ["CloneMachine"]

MOST_MODELS = 4
"""How many models a family has at most."""

MOST_STEPS = 8
"""How many steps follow the first clone at most, unless the settings say otherwise."""


class Step:
    """Something that is done with one model of a family; its repr is code that does it.

    No dataclass, since Hypothesis prints the fields of these.

    Args:
        action: what is done; None for a clone.
        member: the model.
    """

    __slots__ = ("action", "member")

    def __init__(self, action: Callable[[Any], object] | None, member: Watched) -> None:
        self.action = action
        self.member = member

    def __repr__(self) -> str:
        if self.action is None:
            return f"clone({self.member})"
        code = repr(self.action) if isinstance(self.action, Spec) else called(self.action)
        return f"{code}({self.member})"


def look(model: Any) -> None:
    """Do nothing: what is done with a model with which nothing can be done."""


@st.composite
def _steps(draw: DrawFn) -> Step:
    """Draw a step; shrinks towards a clone of the newest model.

    A single rule, since Hypothesis leaves some out in most runs, and clones can't be. What
    was done is often done again, as some cloners show at the second time only.
    """
    machine: CloneMachine = draw(st.runner())
    members = machine.family.members
    ways = ["act", "act"] if len(members) > 1 else ["act"]
    if machine.last is not None:
        ways.append("again")
    if len(members) < MOST_MODELS:
        ways.insert(0, "clone")
    way = draw(st.sampled_from(ways))
    if way == "again" and machine.last is not None:
        return machine.last
    member = draw(st.sampled_from(members[::-1]))
    if way == "clone":
        return Step(None, member)
    step = machine.last = Step(draw(machine.possible(member)), member)
    return step


_FRAMEWORKS = {"tensorflow", "tensorflow_probability", "tf_keras", "keras"}


class CloneMachine(RuleBasedStateMachine):
    """A family of models that grows by cloning, and changes by what its members do.

    It starts with one model. At each step a member is cloned, or one acts: it
    is called, trained, sampled, evaluated, saved or frozen, gets other weights,
    a new layer, a variable or a table entry, or a write to a part of its state.
    A new clone must share nothing with any member, and start out equal to its
    source. After each step every member but the one that acted must hold what
    it held, answer as it did, and share nothing with the one that acted.

    As it is, it draws its first model from ``strategies.models()`` and clones
    with ``pytest_tfpclone.clone``: ``CloneMachine.TestCase`` is the test.
    ``for_`` makes one for models and cloners of one's own. Subclasses may add
    rules, and set ``cloner`` and ``actions``.

    ``TestCase.settings`` has no deadline, eight steps, no ``Phase.explain``, one
    failure at a time, and a quarter of the profile's examples, since each has
    many steps, but at least ten. No health check is suppressed.

    Shrinks towards few steps of the newest models.
    """

    models = Bundle("model")
    cloner: ClassVar[Callable[..., Any] | None] = None
    actions: ClassVar[tuple[Callable[[Any], object], ...]] = ()

    def __init__(self) -> None:
        super().__init__()
        self.family: Family
        self.last: Step | None = None
        self._possible: dict[str, SearchStrategy[Any]] = {}
        self._outer = sys.exc_info()[1]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.TestCase.settings = _settings()

    @classmethod
    def for_(
        cls,
        *,
        model: Any,
        cloner: Callable[..., Any] | None = None,
        actions: Callable[[Any], object] | Sequence[Callable[[Any], object]] = (),
        name: str | None = None,
    ) -> type[unittest.TestCase]:
        """Return the test class for models and a cloner of one's own.

        Give it a name that starts with ``Test``, and pytest finds it::

            TestMyClone = CloneMachine.for_(model=make_model, cloner=copy_model)

        Args:
          model: A function that makes a new, built model each time; or a spec of
            ``pytest_tfpclone.architectures``, or a strategy that draws specs, for
            example ``strategies.distributions()``.
          cloner: A function of one model that returns the clone. If it takes
            ``factory``, it is handed what makes the model. None is
            ``pytest_tfpclone.clone``.
          actions: Functions of one model that change it, drawn beside those there
            are: what users of the models do with them.
          name: What the machine is called where steps are printed; None makes it
            from the names of ``model`` and ``cloner``.

        Raises:
          InvalidArgument: An argument is not what it should be.
        """
        start = _starting(model)
        if cloner is not None and not callable(cloner):
            raise InvalidArgument(f"cloner={cloner!r} must be a function of one model, or None")
        does = (actions,) if callable(actions) else actions
        if not isinstance(does, (list, tuple)) or not all(callable(each) for each in does):
            raise InvalidArgument(f"actions={actions!r} must be a list of functions of one model")
        if name is not None and (type(name) is not str or not name.isidentifier()):
            raise InvalidArgument(f"name={name!r} must be an identifier, or None")
        parts = [cls.__name__, *(called(each) for each in (model, cloner) if each is not None)]
        namespace = {
            "__module__": cls.__module__,
            "__doc__": f"A family of clones of what {parts[1]} makes.",
            "start": start,
            "cloner": None if cloner is None else staticmethod(cloner),
            "actions": tuple(does),
        }
        machine = type(name or "_".join(filter(str.isidentifier, parts)), (cls,), namespace)
        return machine.TestCase  # type: ignore[attr-defined,no-any-return]

    @initialize(target=models, architecture=strategies.models())
    def start(self, architecture: Any) -> Watched:
        """Build the first model."""
        return _start_drawn(self, architecture)

    @rule(target=models, step=_steps())
    def do(self, step: Step) -> Watched | MultipleResults[Watched]:
        """Clone a member, or let it act."""
        if step.action is None:
            return self.family.clone(step.member)
        self._possible.pop(step.member.name, None)
        self.family.act(step.member, step.action, repr(step))
        return multiple()

    def teardown(self) -> None:
        """Prove that no member shares state with another one, unless a step has failed."""
        family = self.__dict__.pop("family", None)
        if family is not None and sys.exc_info()[1] is self._outer:
            family.require_all_apart()

    def possible(self, member: Watched) -> SearchStrategy[Any]:
        """Return a strategy for what can be done with a member as it is now."""
        if member.name not in self._possible:
            drawn = actions_on(member.model)
            drawn += [st.just(action) for action in self.actions]
            written = writes_to(member.model)
            drawn += [] if written is None else [written]
            self._possible[member.name] = st.one_of(drawn or [st.just(look)])
        return self._possible[member.name]

    def _start(self, factory: Callable[[], Any]) -> Watched:
        from pytest_tfpclone.cloning import clone
        from pytest_tfpclone.proof.family import Family

        cloner: Callable[..., Any] = self.cloner or clone
        if takes_factory(cloner):
            cloner = functools.partial(cloner, factory=factory)
        self.family = Family(make_model(factory), cloner)
        return self.family.members[0]


def _starting(model: Any) -> Any:
    """Return the rule that starts a family with what ``model`` draws or makes."""
    if isinstance(model, SearchStrategy):
        return initialize(target=CloneMachine.models, architecture=model)(_start_drawn)
    factory = model.build if _is_spec(model) else model
    kinds = {base.__module__.partition(".")[0] for base in type(model).__mro__}
    if kinds & _FRAMEWORKS:
        raise InvalidArgument(
            f"model= must be a function that makes a model; got {type(model).__name__}, which is "
            "one already: each family starts with a model of its own"
        )
    if not callable(factory):
        raise InvalidArgument(
            f"model={model!r} must be a function that makes a model, a spec of a model, or a "
            "strategy that draws specs, as strategies.models() is"
        )

    def start(machine: CloneMachine) -> Watched:
        return machine._start(factory)

    return initialize(target=CloneMachine.models)(start)


def _start_drawn(machine: CloneMachine, architecture: Any) -> Watched:
    if not _is_spec(architecture):
        raise InvalidArgument(f"model= drew {architecture!r}, which is no spec of a model")
    return machine._start(architecture.build)


_start_drawn.__name__ = "start"


def _is_spec(value: object) -> bool:
    roles = strategies.MODEL_ROLES
    return isinstance(value, tuple(kind for role in roles for kind in registered(role)))


def _settings() -> settings:
    profile = settings.default
    assert profile is not None
    return settings(
        deadline=None,
        stateful_step_count=MOST_STEPS,
        max_examples=max(10, profile.max_examples // 4),
        report_multiple_bugs=False,
        phases=[phase for phase in profile.phases if phase is not Phase.explain],
    )


CloneMachine.TestCase.settings = _settings()
