"""What a project registers, by a hook in its conftest or by an entry point, is used."""

from __future__ import annotations

import sys
import textwrap

import pytest

from pytest_tfpclone.registry import Registry
from pytest_tfpclone.state.cells import Cell, DataCell

registry = Registry()

PARTS = """
import tensorflow as tf


class Ring:
    "State that nothing but its own library can read."
    __slots__ = ("__weakref__",)

    def __init__(self, items):
        CONTENTS[id(self)] = list(items)


CONTENTS = {}


class Model:
    def __init__(self):
        self.rate = tf.Variable(1.0)
        self.ring = Ring([1.0, 2.0])


def register(registry):
    from pytest_tfpclone.state.cells import DataCell

    @registry.cell(Ring)
    class RingCell(DataCell):
        kind = "ring buffer"

        @property
        def label(self):
            return f"of {len(CONTENTS[id(self.value)])} numbers"

        def fingerprint(self):
            return tuple(CONTENTS[id(self.value)])

        def backup(self):
            held = list(CONTENTS[id(self.value)])
            return lambda: CONTENTS.__setitem__(id(self.value), held)

        def write(self):
            undo = self.backup()
            CONTENTS[id(self.value)] = [-1.0]
            return undo

        def show(self):
            return str(CONTENTS[id(self.value)])

    @registry.edges(Ring)
    def look(ring):
        return []

    @registry.handler(Ring)
    def copy_ring(ring, cloner):
        return Ring(CONTENTS[id(ring)])

    @registry.cloner("keeps_ring")
    def keeps_ring(model):
        "Copy all but the ring."
        made = Model()
        made.rate.assign(model.rate)
        made.ring = model.ring
        return made

    @registry.model("with_a_ring")
    def with_a_ring():
        return Model()

    @registry.action(applies_to=Model)
    def turn(model):
        CONTENTS[id(model.ring)].append(7.0)
        RAN.append(model)

RAN = []
"""

TESTS = """
import our_parts
import pytest
from pytest_tfpclone import SharedStateError, check_clone, clone


def test_our_kind_is_found():
    model = our_parts.Model()
    copy = clone(model)
    assert copy.ring is not model.ring
    assert check_clone(model, copy).verdict == "independent"
    copy.ring = model.ring
    [leak] = check_clone(model, copy).leaks
    assert (leak.original, leak.label) == ("original.ring", "ring buffer of 2 numbers")
    assert "wrote [-1.0]" in leak.evidence


@pytest.mark.tfpclone(cloners=["keeps_ring"])
def test_our_cloner(cloner, assert_independent_clone):
    model = our_parts.Model()
    with pytest.raises(SharedStateError):
        assert_independent_clone(model, cloner(model))
"""


@pytest.fixture
def project(pytester, monkeypatch):
    """A project whose parts come by a conftest or by an installed distribution."""

    def project(way):
        monkeypatch.setenv("PYTHONPATH", str(pytester.path))
        pytester.makepyfile(our_parts=PARTS, test_ours=TESTS)
        if way == "conftest":
            pytester.makeconftest(
                "def pytest_tfpclone_register(registry):\n"
                "    import our_parts\n"
                "    our_parts.register(registry)\n"
            )
        else:
            info = pytester.mkdir("our_parts-1.0.dist-info")
            (info / "METADATA").write_text("Metadata-Version: 2.1\nName: our-parts\nVersion: 1.0\n")
            (info / "entry_points.txt").write_text("[pytest_tfpclone]\nours = our_parts:register\n")
        return pytester

    return project


@pytest.mark.parametrize("way", ["conftest", "entry point"])
@pytest.mark.parametrize("workers", ["0", "2"])
def test_each_way_registers_all_of_it(project, way, workers):
    pytester = project(way)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-n", workers)
    result.assert_outcomes(passed=2)
    result = pytester.runpytest_subprocess(
        "--tfpclone", "-k", "with_a_ring", "-v", "-p", "no:cacheprovider", "-n", workers,
        "--tfpclone-cloner=clone", "--tfpclone-cloner=keeps_ring",
    )  # fmt: skip
    text = result.stdout.str()
    assert "gallery[with_a_ring-clone]" in text
    assert "gallery[with_a_ring-keeps_ring]" in text
    result.assert_outcomes(passed=1, failed=1, deselected=0 if workers == "2" else None)
    assert "original.ring  is  clone.ring   ring buffer of 2 numbers" in text


def test_a_script_uses_entry_points_too(project):
    pytester = project("entry point")
    code = """
        import our_parts
        from pytest_tfpclone import check_clone
        model, copy = our_parts.Model(), our_parts.Model()
        copy.ring = model.ring
        print(check_clone(model, copy).leaks[0].label)
    """
    result = pytester.run(sys.executable, "-c", textwrap.dedent(code))
    assert result.outlines[-1] == "ring buffer of 2 numbers"


def test_a_run_that_does_not_use_the_plugin_loads_nothing(project):
    pytester = project("entry point")
    (pytester.path / "test_ours.py").write_text(
        "import sys\n\ndef test_it():\n    assert 'our_parts' not in sys.modules\n"
        "    assert 'tensorflow' not in sys.modules\n"
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("way", ["conftest", "entry point"])
def test_a_registration_that_raises_is_a_usage_error_that_names_its_place(project, way):
    pytester = project(way)
    (pytester.path / "our_parts.py").write_text("def register(registry):\n    registry.cell(3)\n")
    result = pytester.runpytest_subprocess("--tfpclone", "-p", "no:cacheprovider")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    place = {
        "conftest": "*pytest_tfpclone_register in *conftest.py: ",
        "entry point": "*entry point ours = our_parts:register, group pytest_tfpclone: ",
    }[way]
    result.stderr.fnmatch_lines([f"{place}TypeError: cell: expected types; got 3*"])


class Half(DataCell):
    kind = "half"


class Nameless(Cell):
    label = "x"
    kind = ""


class Whole(Cell):
    label = "x"
    kind = "whole"


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: registry.cell(), TypeError, "cell: expected types; got nothing. Write @registry"),
        (lambda: registry.cell("Ring"), TypeError, "cell: expected types; got 'Ring'"),
        (lambda: registry.cell(Half)(3), TypeError, "cell: expected a subclass of Cell; got 3"),
        (lambda: registry.cell(Half)(dict), TypeError, "cell: expected a subclass of Cell; got dict"),
        (lambda: registry.cell(Half)(Half), TypeError, "cell: Half lacks backup, fingerprint, label, write"),
        (lambda: registry.cell(Half)(Nameless), TypeError, "cell: Nameless.kind must name it"),
        (lambda: registry.cell(list)(Whole), ValueError,
         "cell: list is taken, by pytest_tfpclone.state.cells.containers.ListCell"),
        (lambda: registry.edges(3), TypeError, "edges: expected types; got 3"),
        (lambda: registry.edges(Half)(3), TypeError, "edges: expected a function; got 3"),
        (lambda: registry.cloner(print), TypeError, "cloner: expected a name without spaces"),
        (lambda: registry.cloner("a b"), TypeError, "cloner: expected a name without spaces"),
        (lambda: registry.cloner("a")(3), TypeError, "cloner: expected a function; got 3"),
        (lambda: registry.cloner("clone")(print), ValueError, "register: the cloner 'clone' is already"),
        (lambda: registry.handler("a"), TypeError, "handler: expected types; got 'a'"),
        (lambda: registry.handler(Half)(3), TypeError, "handler: expected a function; got 3"),
        (lambda: registry.model(3), TypeError, "model: expected a name without spaces"),
        (lambda: registry.model("m")(3), TypeError, "model: expected a function; got 3"),
        (lambda: registry.action(3), TypeError, "action: applies_to must be a type, types or a"),
        (lambda: registry.action(Half)(3), TypeError, "action: expected a function; got 3"),
    ],
)  # fmt: skip
def test_wrong_registrations_say_what_was_expected_and_what_came(call, error, said):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value).startswith(said)


def test_a_model_whose_name_is_taken_is_told():
    from pytest_tfpclone import gallery

    name = gallery.names()[0]
    gallery.get(name)
    with pytest.raises(ValueError, match=f"the gallery has a model '{name}' already"):
        registry.model(name)(lambda: 1)


def test_what_is_imported_anew_replaces_itself(monkeypatch):
    from pytest_tfpclone import gallery
    from pytest_tfpclone.cloning import registry as cloners

    monkeypatch.setattr(cloners, "_cloners", dict(cloners._cloners))
    monkeypatch.setattr(gallery, "_factories", dict(gallery._factories))

    def ours():
        def cloner(model):
            return model

        return cloner

    for _ in range(2):
        registry.cloner("test_registry_ours")(ours())
        registry.model("test_registry_model")(ours())
    with pytest.raises(ValueError, match="already registered"):
        registry.cloner("test_registry_ours")(lambda model: model)


class First:
    pass


class Second:
    pass


@pytest.mark.parametrize("applies_to", [First, (First, Second), lambda model: model != 3])
def test_actions_run_on_the_models_they_apply_to(applies_to, monkeypatch):
    from pytest_tfpclone import pairs

    monkeypatch.setattr(pairs, "_actions", list(pairs._actions))

    @registry.action(applies_to)
    def ours(model):
        pass

    assert pairs._default_actions(First()) == [ours]
    assert pairs._default_actions(3) == []
