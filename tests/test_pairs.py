"""One pair of a model and a cloner: what comes of it, and what is said about it."""

from __future__ import annotations

import types

import numpy as np
import pytest
import tensorflow as tf

from pytest_tfpclone import assertion, pairs
from pytest_tfpclone.cloning import NotApplicable
from pytest_tfpclone.pairs import FactoryFailed, Verdict, judge


class Model:
    def __init__(self, rate=2.0):
        self.rate = tf.Variable(rate)


def rebuilt(model):
    return Model(model.rate.numpy())


def module(code, name="users_models", file="users/models.py"):
    """Return what code defines, as if a module of this name had it."""
    namespace = {"__name__": name}
    exec(compile(code, file, "exec"), namespace)
    return types.SimpleNamespace(**namespace)


@pytest.mark.parametrize(
    ("cloner", "kind", "summary"),
    [
        (rebuilt, "independent", "independent and equal: 2 state cells compared"),
        (lambda model: model, "shared", "the clone is the original: assignment copies nothing"),
        (lambda model: Model(3.0), "unequal", "1 difference: value at original.rate"),
    ],
)
def test_the_verdict_is_that_of_the_report(cloner, kind, summary):
    found = judge(Model, cloner)
    assert found == Verdict(kind, found.text, summary, "", 1, found.report)
    assert (found.report.verdict, str(found.report)) == (kind, found.text)
    assert "repeat with seed=0" in found.text


def test_a_verdict_without_more_is_on_one_model_that_has_no_code():
    assert Verdict("shared", "text", "summary") == Verdict("shared", "text", "summary", "", 1)


def test_the_factory_is_called_once():
    made = []

    def factory():
        made.append(Model())
        return made[-1]

    assert judge(factory, lambda model: model).verdict == "shared"
    assert len(made) == 1


@pytest.mark.parametrize("takes", ["model, factory", "model, *, factory", "model, factory=None"])
def test_a_cloner_that_asks_for_the_factory_gets_it(takes):
    got = []
    cloner = module(f"def cloner({takes}):\n    got.append((model, factory))").cloner
    cloner.__globals__["got"] = got
    judge(Model, cloner)
    [(model, factory)] = got
    assert type(model) is Model
    assert factory is Model


@pytest.mark.parametrize("takes", ["model", "model, **options", "model, *more", "model, maker=1"])
def test_any_other_cloner_gets_the_model_alone(takes):
    cloner = module(f"def cloner({takes}):\n    got.append(dict(locals()))").cloner
    got = cloner.__globals__["got"] = []
    judge(Model, cloner)
    assert type(got[0]["model"]) is Model
    assert not got[0].get("options")
    assert not got[0].get("more")


@pytest.mark.parametrize("error", [TypeError, ValueError])
def test_a_cloner_without_a_signature_gets_the_model_alone(error):
    class Cloner:
        @property
        def __signature__(self):
            raise error("no signature")

        def __call__(self, model):
            return rebuilt(model)

    assert judge(Model, Cloner()).verdict == "independent"


def test_a_cloner_that_does_not_apply_says_why():
    def cloner(model):
        raise NotApplicable("only Keras models\nhave files")

    reason = "only Keras models\nhave files"
    assert judge(Model, cloner) == Verdict("not applicable", reason, reason)


def test_what_a_cloner_raises_is_told_whole_with_the_users_line():
    cloner = module(
        "def cloner(model):\n    helper()\n\n"
        "def helper():\n    raise LookupError('\\n no layer \\n\\nadd one\\nor two\\n')\n"
    ).cloner
    assert judge(Model, cloner) == Verdict(
        "refused",
        "LookupError: no layer\n\nadd one\nor two\n\nraised at users/models.py:5",
        "LookupError: no layer",
    )


def test_what_a_cloner_raises_without_a_word_is_named():
    cloner = module("def cloner(model):\n    raise LookupError").cloner
    assert judge(Model, cloner) == Verdict(
        "refused",
        "LookupError: no message\n\nraised at users/models.py:2",
        "LookupError: no message",
    )


@pytest.mark.parametrize("made", [None, Model, 3.0])
def test_a_cloner_that_gives_back_no_model_is_refused(made):
    found = judge(Model, lambda model: made)
    assert found.verdict == "refused"
    assert found.text.startswith("the cloner gave back no model: clone must be a model")
    assert found == Verdict("refused", found.text, found.text)


def test_a_cloner_that_gives_back_a_model_without_weights_is_refused():
    import tf_keras

    found = judge(Model, lambda model: tf_keras.Sequential([tf_keras.layers.Dense(1)]))
    assert found.verdict == "refused"
    assert "built" in found.text


@pytest.mark.parametrize(
    ("frames", "place"),
    [
        (["users_a", "users_b"], "users_b.py:2"),
        (["users_a", "pytest_tfpclone.cloning.engine"], "users_a.py:2"),
        (["users_a", "pytest_tfpclone"], "users_a.py:2"),
        (["users_a", "tensorflow.python.eager"], "users_a.py:2"),
        (["users_a", "keras", "pytest_tfpclone.pairs"], "users_a.py:2"),
        (["users_a", "keras.src", "users_b", "numpy"], "users_b.py:2"),
        (["pytest_tfpclone.pairs", "tensorflow"], ""),
        (["a_pytest_tfpclone"], "a_pytest_tfpclone.py:2"),
        ([""], ".py:2"),
    ],
)
def test_the_users_place_is_the_innermost_that_is_not_ours_nor_a_frameworks(frames, place):
    frame = None
    for name in reversed(frames):
        code = "raise LookupError" if frame is None else "inner()"
        inner, frame = frame, module(f"def frame():\n    {code}", name, f"{name}.py").frame
        frame.__globals__["inner"] = inner
    with pytest.raises(LookupError) as caught:
        frame()
    assert pairs._users_place(caught.value.with_traceback(caught.tb.tb_next)) == place


def test_code_that_is_in_no_module_is_the_users():
    frame = module("def frame():\n    raise LookupError", file="cell.py").frame
    del frame.__globals__["__name__"]
    with pytest.raises(LookupError) as caught:
        frame()
    assert pairs._users_place(caught.value) == "cell.py:2"


def test_an_error_that_was_never_raised_has_no_place():
    assert pairs._users_place(LookupError()) == ""


def test_a_factory_that_raises_is_named_with_the_users_line():
    factory = module("def data():\n    raise LookupError('no data\\nat all')").data
    with pytest.raises(FactoryFailed) as caught:
        judge(factory, rebuilt)
    said = "the factory data raised LookupError: no data\nat users/models.py:2"
    assert str(caught.value) == said
    assert isinstance(caught.value.__cause__, LookupError)


def test_a_factory_without_a_name_is_called_by_its_class():
    class Factory:
        def __call__(self):
            return None

    with pytest.raises(FactoryFailed, match=r"^what the factory Factory returns must be a model"):
        judge(Factory(), rebuilt)


def test_a_factory_of_a_model_without_weights_fails():
    import tf_keras

    def unbuilt():
        return tf_keras.Sequential([tf_keras.layers.Dense(1)])

    with pytest.raises(FactoryFailed, match=r"^what the factory unbuilt returns .*built"):
        judge(unbuilt, rebuilt)


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (ValueError("Only instances of `keras.Layer` can be added"), "Keras 3 takes no tf_keras"),
        (TypeError("Only instances of keras.Layer can be added"), "Keras 3 takes no tf_keras"),
        (ValueError("keras.src.backend got a KerasTensor"), "Keras 3 takes no tf_keras layer"),
        (ValueError("keras.src.backend"), None),
        (ValueError("got a KerasTensor"), None),
        (TypeError("f() missing 1 required positional argument: 'x'"), "without arguments; give"),
        (ValueError("f() missing 1 required positional argument: 'x'"), None),
        (TypeError("f() got an unexpected keyword argument"), None),
        (ValueError("no data"), None),
    ],
)
def test_a_factory_that_fails_in_a_known_way_gets_a_hint(error, hint):
    said = pairs._factory_hint(error)
    assert hint in said if hint else said == ""
    assert said.startswith("\nhint: ") or not hint


class Trainable:
    """What a compiled Keras model looks like; it remembers what it was trained on."""

    optimizer = "adam"

    def __init__(self, answer=None):
        self.answer = answer
        self.called = []
        self.trained = []

    def __call__(self, *inputs):
        self.called.append(inputs)
        return self.answer(*inputs)

    def train_on_batch(self, *batch):
        self.trained.append(batch)


class NotCompiled(Trainable):
    optimizer = None


class NoOptimizer(Trainable):
    optimizer = property()


class Forgetful:
    optimizer = "adam"
    train_on_batch = None


class OnlyOptimizer:
    optimizer = "adam"


@pytest.fixture
def asked(monkeypatch):
    """Answer what a model takes, in place of drawing it; collect who was asked for."""
    asked = types.SimpleNamespace(models=[], inputs=(tf.constant([1.0, 2.0]), tf.constant([3])))

    def probe_inputs(model, seed):
        asked.models.append((model, seed))
        return asked.inputs

    monkeypatch.setattr("pytest_tfpclone.proof.inputs.probe_inputs", probe_inputs)
    return asked


@pytest.mark.parametrize("kind", [NotCompiled, NoOptimizer, Forgetful, OnlyOptimizer, Model])
def test_only_a_compiled_keras_model_is_trained(kind, asked):
    assert pairs._default_actions(kind()) == []
    assert asked.models == []


def test_a_method_that_only_an_instance_has_trains_nothing(asked):
    model = OnlyOptimizer()
    model.train_on_batch = print
    assert pairs._default_actions(model) == []


def test_a_model_that_does_not_say_what_it_takes_is_not_trained(asked):
    asked.inputs = None
    model = Trainable()
    assert pairs._default_actions(model) == []
    assert asked.models == [(model, 0)]


def test_a_model_without_inputs_is_trained(asked):
    asked.inputs = ()
    model = Trainable(lambda: tf.constant(1.0))
    [step] = pairs._default_actions(model)
    step(model)
    assert len(model.trained) == 1


def test_a_step_trains_the_model_it_is_given_towards_what_that_answers(asked):
    model = Trainable(lambda x, n: {"a": x * 2, "b": [np.array([5.0, -6.0]), n == 3]})
    other = Trainable(lambda x, n: x)
    [step] = pairs._default_actions(model)
    assert model.called == []
    step(model)
    step(other)
    for each in (model, other):
        assert [*map(id, each.called[0])] == [*map(id, asked.inputs)]
        assert [*map(id, each.trained[0][:-1])] == [*map(id, asked.inputs)]
    targets = model.trained[0][-1]
    assert targets["a"].numpy().tolist() == [2.0, 4.0]
    assert targets["b"][0].numpy().tolist() == [5.0, -6.0]
    assert targets["b"][1].numpy().tolist() == [True]
    assert other.trained[0][-1].numpy().tolist() == [1.0, 2.0]
    assert other.trained[0][-1] is not asked.inputs[0]


def test_the_check_tries_that_step_and_gives_no_other_options(asked, monkeypatch):
    tried = []

    def checked(original, clones, options):
        tried.append((original, clones, options))
        return types.SimpleNamespace(original=original)

    monkeypatch.setattr(assertion, "checked", checked)
    monkeypatch.setattr(pairs, "from_report", lambda report: report.original)
    model, made = Trainable(lambda x, n: x), Trainable()
    assert judge(lambda: model, lambda _: made) is model
    [(original, clones, options)] = tried
    assert original is model
    assert clones == [made]
    assert [step.__name__ for step in options.tried] == ["one_gradient_step"]
    assert options.actions == ()
