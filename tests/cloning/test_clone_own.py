"""Objects that know how to copy themselves are asked, and believed if they are right."""

from __future__ import annotations

import copy
import weakref

import pytest
import tensorflow as tf
import tf_keras

from pytest_tfpclone import CloneRefused, check_clone, clone


class Holder:
    def __init__(self, **parts):
        vars(self).update(parts)


class Log:
    def __init__(self, path, scale):
        self.path, self.scale = path, scale
        self.file = path.open("a")


class CopiedLog(Log):
    """Opens its file anew: what no copy by structure can do."""

    def __deepcopy__(self, memo):
        return CopiedLog(self.path, copy.deepcopy(self.scale, memo))

    def __del__(self):
        self.file.close()


class ReducedLog(Log):
    def __reduce__(self):
        return ReducedLog, (self.path, self.scale)


class Missing:
    __slots__ = ()

    def __reduce__(self):
        return "MISSING"


MISSING = Missing()


@pytest.mark.parametrize("kind", [CopiedLog, ReducedLog])
def test_an_object_that_can_copy_itself_is_asked_with_the_clones_parts(tmp_path, kind):
    scale = tf.Variable(2.0)
    model = Holder(scale=scale, log=kind(tmp_path / "log", scale))
    twin = clone(model)
    assert type(twin.log) is kind
    assert twin.log.file is not model.log.file
    assert twin.log.scale is twin.scale is not scale
    for log in (model.log, twin.log):
        log.file.close()


def test_one_that_cannot_is_refused(tmp_path):
    log = Log(tmp_path / "log", 1.0)
    with log.file, pytest.raises(CloneRefused, match=r"original\.file: it is an open file"):
        clone(log)


def test_a_constant_stays_itself():
    twin = clone(Holder(value=MISSING, more=[MISSING]))
    assert twin.value is twin.more[0] is MISSING


class Shallow(Holder):
    def __deepcopy__(self, memo):
        return copy.copy(self)


class Itself(Holder):
    def __deepcopy__(self, memo):
        return self


class Forgetful(Holder):
    def __deepcopy__(self, memo):
        return Forgetful(scale=tf.Variable(0.0))


class Untying(Holder):
    def __deepcopy__(self, memo):
        return Untying(scale=copy.deepcopy(self.scale))


class Failing(Holder):
    def __deepcopy__(self, memo):
        raise RuntimeError("not here")


class Endless(Holder):
    def __deepcopy__(self, memo):
        return copy.deepcopy(self, memo)


class WrongType(Holder):
    def __deepcopy__(self, memo):
        return Holder(**{name: copy.deepcopy(part, memo) for name, part in vars(self).items()})


class ReducedShallow(Holder):
    def __reduce__(self):
        return _shallow, (Box(self),)


class Box:
    def __init__(self, value):
        self.value = value

    def __deepcopy__(self, memo):
        return self


def _shallow(box):
    return copy.copy(box.value)


@pytest.mark.parametrize(
    "kind", [Shallow, Itself, Forgetful, Untying, Failing, Endless, WrongType, ReducedShallow]
)
def test_one_that_is_wrong_about_it_is_not_believed(kind):
    scale = tf.Variable(2.0)
    model = Holder(part=kind(scale=scale), scale=scale)
    twin = clone(model)
    report = check_clone(model, twin)
    assert report.verdict == "independent", str(report)
    assert type(twin.part) is kind
    assert twin.part.scale is twin.scale is not scale


def test_the_right_one_is_believed_beside_a_wrong_one(tmp_path):
    model = Holder(log=CopiedLog(tmp_path / "log", 1.0), part=Shallow(scale=tf.Variable(2.0)))
    twin = clone(model)
    assert twin.part.scale is not model.part.scale
    assert twin.log.file is not model.log.file
    for log in (model.log, twin.log):
        log.file.close()


class Counting(Holder):
    def __deepcopy__(self, memo):
        self.copies += 1
        self.seen.append(memo)
        self.scale.assign_add(1.0)
        return Counting(copies=0, seen=[], scale=copy.deepcopy(self.scale, memo))


def test_what_it_changes_in_the_original_is_undone():
    model = Counting(copies=0, seen=[], scale=tf.Variable(1.0))
    twin = clone(model)
    assert (model.copies, model.seen, model.scale.numpy()) == (0, [], 1.0)
    assert check_clone(model, twin).verdict == "independent"


class Registered:
    """Enters itself where its class, or its module, keeps something for each instance."""

    count = 0
    at_the_side = weakref.WeakKeyDictionary()

    def __init__(self, part):
        self.part = part
        type(self).count += 1
        self.at_the_side[self] = SIDE_TABLE[self] = "ready"


class RegisteredDeep(Registered):
    def __deepcopy__(self, memo):
        return type(self)(copy.deepcopy(self.part, memo))


class RegisteredReduced(Registered):
    def __reduce__(self):
        return type(self), (self.part,)


class RegisteredShallow(Registered):
    def __deepcopy__(self, memo):
        return type(self)(self.part)


SIDE_TABLE = weakref.WeakKeyDictionary()


@pytest.mark.parametrize("kind", [RegisteredDeep, RegisteredReduced])
def test_what_it_does_to_its_class_and_module_for_the_clone_is_kept(kind):
    model = Holder(part=kind([1]))
    count = kind.count
    twin = clone(model)
    assert twin.part.part is not model.part.part
    assert kind.at_the_side[twin.part] == SIDE_TABLE[twin.part] == "ready"
    assert kind.count == count + 1


def test_what_it_does_for_a_clone_that_is_not_used_is_undone(tmp_path):
    part = RegisteredShallow([1])
    with open(tmp_path / "log", "w") as file:
        part.file = file
        count = RegisteredShallow.count
        with pytest.raises(CloneRefused, match="open file"):
            clone(Holder(part=part))
    assert RegisteredShallow.count == count
    kept = [each for each in Registered.at_the_side if type(each) is RegisteredShallow]
    assert kept == [part]


def test_parts_that_are_declared_stay_shared():
    class Copied(Holder):
        def __deepcopy__(self, memo):
            return Copied(scale=copy.deepcopy(self.scale, memo), asked=True)

    model = Copied(scale=tf.Variable(1.0), asked=True)
    twin = clone(model, shared=["scale"])
    assert twin is not model
    assert twin.scale is model.scale


def test_cycles_through_objects_that_copy_themselves():
    class Node(Holder):
        def __deepcopy__(self, memo):
            fresh = memo[id(self)] = Node()
            vars(fresh).update(copy.deepcopy(vars(self), memo))
            return fresh

    model = Node(scale=tf.Variable(1.0))
    model.child = Node(parent=model, itself=None)
    model.child.itself = model.child
    twin = clone(model)
    assert twin.child.parent is twin
    assert twin.child.itself is twin.child
    assert check_clone(model, twin).verdict == "independent"


def further_down(frames, function):
    """Call a function from some frames further down the stack, which ends at another call then."""
    return further_down(frames - 1, function) if frames else function()


@pytest.mark.parametrize("frames", range(12))
def test_a_long_chain_of_objects_that_copy_themselves(frames):
    class Link(Holder):
        def __deepcopy__(self, memo):
            return Link(after=copy.deepcopy(self.after, memo))

    model = None
    for _ in range(5_000):
        model = Link(after=model)
    twin = further_down(frames, lambda: clone(model))
    count = 0
    while twin is not None:
        twin, count = twin.after, count + 1
    assert count == 5_000


def test_a_keras_model_with_a_copy_of_its_own():
    class Model(tf_keras.Sequential):
        def __deepcopy__(self, memo):
            fresh = Model([tf_keras.layers.Dense(1, input_shape=(2,))])
            fresh.set_weights(self.get_weights())
            return fresh

    model = Model([tf_keras.layers.Dense(1, input_shape=(2,))])
    assert check_clone(model, clone(model)).verdict == "independent"


def test_frameworks_own_copies_are_not_asked():
    model = tf_keras.Sequential([tf_keras.layers.Dense(1, input_shape=(2,))])
    kernel = model.layers[0].kernel
    kernel.of_ours = "kept"  # deepcopy of a variable loses attributes
    assert clone(model).layers[0].kernel.of_ours == "kept"
