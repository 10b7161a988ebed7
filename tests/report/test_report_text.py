"""The text of a report, as it is read in a terminal of 80 columns."""

from __future__ import annotations

import re

import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from pytest_tfpclone import CloneReport, Difference, Leak, check_clone
from pytest_tfpclone.report.text import summary

tfd = tfp.distributions


def text_of(report):
    """Return the text without its time, and how many lists and layers Keras makes."""
    text = re.sub(r"\d+\.\d\d s", "0.00 s", str(report))
    return re.sub(r"\d+ (containers|objects)", r"N \1", text)


def leak(number=0, **changes):
    values = {
        "kind": "same object",
        "original": f"original.a{number}",
        "clone": f"clone.a{number}",
        "label": "variable float32[]",
        "evidence": "wrote 2 on one side (was 1), and the other side read 2",
        "hint": "do not",
        **changes,
    }
    return Leak(**values)


def dense(units, **options):
    return tf_keras.layers.Dense(units, kernel_initializer="ones", **options)


def build(*layers):
    return tf_keras.Sequential([tf_keras.Input((2,)), *layers])


def test_a_closure_leak():
    scale = tf.Variable(2.0)

    def make():
        return build(dense(1), tf_keras.layers.Lambda(lambda loc: loc * scale))

    report = check_clone(make(), make())
    assert text_of(report).splitlines()[:-1] == [
        "1 piece of state shared: original.layers[1].function.<closure 'scale'>",
        "",
        "original.layers[1].function.<closure 'scale'>",
        "  is  clone.layers[1].function.<closure 'scale'>",
        "      variable float32[]",
        "  proof: same object: wrote 2.07673 on one side (was 2), and the other",
        "         side read 2.07673",
        "  hint:  copy.deepcopy keeps functions as they are, with all that they",
        "         hold, and clone_model those of Lambda layers;",
        "         pytest_tfpclone.clone(original) rebuilds them around the",
        "         clone's own state",
        "",
        "compared: N containers, N objects, 6 variables; 0.00 s; repeat with",
    ]
    assert text_of(report).splitlines()[-1] == "          seed=0"


def test_a_shared_layer():
    layer = dense(2)

    def make():
        return build(layer, dense(1))

    report = check_clone(make(), make())
    lines = text_of(report).splitlines()
    assert lines[:2] == ["1 piece of state shared: original.layers[0]", ""]
    assert lines[2].startswith("original.layers[0]  is  clone.layers[0]   object Dense, with 2 ")
    assert lines[3].startswith("  proof: same object: wrote [1.0")
    words = " ".join(line.strip() for line in lines[3:] if line).partition(" compared:")[0]
    assert "to original.layers[0].kernel (was [1, 1, 1, ...]), and the clone's read [1.0" in words
    assert words.endswith(
        "hint:  give the clone its own Dense, as pytest_tfpclone.clone(original) does; if it is "
        "meant to be shared: shared=['layers[0]']"
    )


def test_an_unequal_clone():
    def make(value):
        model = build(tf_keras.layers.Dense(1, kernel_initializer="zeros"))
        model.layers[0].bias.assign([value])
        return model

    report = check_clone(make(0.0), make(1.0))
    assert text_of(report).splitlines()[:-1] == [
        "2 differences: output at clone(...)",
        "",
        "The clone does not start out equal:",
        "  clone(...)   output: output (tensor): 0 became 1",
        "  original.layers[0].bias   value: [0] 0.0 became 1.0",
        "",
        "hint: copy the values too, with pytest_tfpclone.clone(original), or",
        "compare a fresh model with equal=False",
        "",
        "compared: N containers, N objects, 5 variables; 0.00 s; repeat with",
    ]


def test_the_original_itself():
    model = build(dense(1))
    assert text_of(check_clone(model, model)).splitlines()[:7] == [
        "the clone is the original: assignment copies nothing",
        "",
        "original  is  clone   Sequential",
        "  proof: same object: both names are bound to one object",
        "  hint:  assignment copies nothing: make the clone with",
        "         pytest_tfpclone.clone(original)",
        "",
    ]


def test_an_independent_clone():
    report = check_clone([tf.Variable(1.0)], [tf.Variable(1.0)])
    assert text_of(report) == (
        "independent and equal: 2 state cells compared\n\n"
        "compared: 1 container, 1 variable; 0.00 s; repeat with seed=0"
    )


def test_every_line_fits_in_80_columns():
    deep = "original" + ".layers[0]" * 3
    report = CloneReport(
        tuple(leak(i, evidence="word " * 60, hint="hint " * 50) for i in range(3)),
        (Difference("value", deep, "[0] 1.0 became 2.0 (2 of 3 elements) " * 4),),
        ("note " * 40,),
        {f"kind {i}": i for i in range(20)},
    )
    assert max(len(line) for line in str(report).splitlines()) <= 80


def test_a_long_path_is_broken_before_its_steps_only():
    path = "original" + ".submodules[12]" * 8
    report = CloneReport((leak(original=path, clone=path.replace("original", "clone")),))
    lines = str(report).splitlines()[2:]
    assert all(len(line) <= 72 for line in lines)
    assert "".join(line.strip() for line in lines[:2]) == path
    assert lines[1].startswith("    .submodules[12]")


def test_a_short_leak_is_one_row():
    assert str(CloneReport((leak(),))).splitlines()[2] == (
        "original.a0  is  clone.a0   variable float32[]"
    )


def test_a_long_leak_is_three_rows():
    report = CloneReport((leak(original="original." + "x" * 30, clone="clone." + "y" * 30),))
    assert str(report).splitlines()[2:5] == [
        "original." + "x" * 30,
        "  is  clone." + "y" * 30,
        "      variable float32[]",
    ]


@pytest.mark.parametrize("count", [10, 11, 47])
def test_ten_rows_at_most(count):
    report = CloneReport(
        tuple(leak(i) for i in range(count)),
        tuple(Difference("value", f"original.b{i}", "1 became 2") for i in range(count)),
        tuple(f"note {i}" for i in range(count)),
    )
    text = str(report)
    assert len(re.findall(r"^original\.a\d+  is", text, re.MULTILINE)) == 10
    assert len(re.findall(r"^  original\.b\d+ ", text, re.MULTILINE)) == 10
    assert len(re.findall(r"^note: ", text, re.MULTILINE)) == 10
    for what in ("leak", "difference", "note"):
        more = f"and {count - 10} more {what}{'' if count == 11 else 's'}; the whole list: "
        assert (more in text) is (count > 10)


def test_leaks_and_differences_together():
    report = CloneReport((leak(hint=""),), (Difference("value", "original.b", "1 became 2"),))
    text = str(report)
    assert "The clone also differs:\n  original.b   value: 1 became 2" in text
    assert "hint: " not in text
    assert text.index("proof") < text.index("The clone also differs")


def test_a_leak_without_a_hint():
    assert "hint" not in str(CloneReport((leak(hint=""),)))


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        (["value"], "copy the values too"),
        (["value", "output"], "compare a fresh"),
        (["value", "structure"], "keeps values, structure, flags and weight tying"),
        (["tying"], "keeps values, structure, flags and weight tying"),
    ],
)
def test_advice_fits_the_kinds_of_difference(kinds, words):
    report = CloneReport(differences=tuple(Difference(kind, "original", "x") for kind in kinds))
    assert words in " ".join(str(report).split())


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        (CloneReport((leak(),)), "1 piece of state shared: original.a0"),
        (CloneReport((leak(), leak(1))), "2 pieces of state shared, first: original.a0"),
        (
            CloneReport((leak(original="original", clone="clone"),)),
            "the clone is the original: assignment copies nothing",
        ),
        (
            CloneReport((leak(original="original", clone="clones[1]"),), clones=2),
            "the clone is the original: assignment copies nothing",
        ),
        (
            CloneReport((leak(original="clones[0]", clone="clones[1]"),), clones=2),
            "1 piece of state shared: clones[0]",
        ),
        (
            CloneReport((leak(original="original[0]", clone="clone[0]"),)),
            "1 piece of state shared: original[0]",
        ),
        (
            CloneReport(differences=(Difference("flag", "original.a", "True became False"),)),
            "1 difference: flag at original.a",
        ),
        (
            CloneReport(differences=(Difference("dead", "clone.a", "x"),) * 3),
            "3 differences: dead at clone.a",
        ),
        (CloneReport(cells={"variable": 2}), "independent and equal: 2 state cells compared"),
    ],
)
def test_the_first_line_is_a_summary(report, expected):
    assert summary(report) == expected
    assert str(report).splitlines()[0] == expected


def test_the_footer_counts_and_says_how_to_repeat():
    report = CloneReport(cells={"variable": 2, "array": 1}, seconds=1.234, seed=7)
    assert str(report).splitlines()[-1] == (
        "compared: 1 array, 2 variables; 1.23 s; repeat with seed=7"
    )
    assert "compared: no state; " in str(CloneReport())


def test_notes_stay_apart_from_leaks():
    text = str(CloneReport((leak(),), notes=("both reach it, and nothing uses it",)))
    assert "\n\nnote: both reach it, and nothing uses it\n\n" in text


def test_only_the_root_itself_is_the_original_as_its_clone():
    one = leak(original="".join(["orig", "inal"]), clone="".join(["clo", "ne"]))
    assert summary(CloneReport((one,))).startswith("the clone is the original")
    for path in ("original.a", "a", "zebra"):
        part = leak(original=path, clone="clone")
        assert summary(CloneReport((part,))) == f"1 piece of state shared: {path}"
        assert summary(CloneReport((part, part))) == f"2 pieces of state shared, first: {path}"


@pytest.mark.parametrize("length", [71, 72, 73, 74])
def test_a_row_fills_the_width_and_no_more(length):
    label = "x" * (length - len("original.a  is  clone.a   "))
    text = str(CloneReport((leak(clone="clone.a", original="original.a", label=label),)))
    one_line = f"original.a  is  clone.a   {label}" in text.splitlines()
    assert one_line is (length <= 72)


@pytest.mark.parametrize("length", [71, 72, 73, 74])
def test_a_difference_fills_the_width_and_no_more(length):
    detail = "x" * (length - len("  original.a   value: "))
    text = str(CloneReport((), (Difference("value", "original.a", detail),)))
    assert (f"  original.a   value: {detail}" in text.splitlines()) is (length <= 72)


@pytest.mark.parametrize("length", [71, 72, 73, 74])
def test_a_long_path_breaks_before_the_step_that_would_not_fit(length):
    last = ".b" + "y" * 20
    path = "original.a" + "x" * (length - len(last) - len("original.a")) + last
    text = str(CloneReport((leak(original=path, label="z" * 70),)))
    if length <= 72:
        assert path in text.splitlines()
    else:
        assert text.splitlines()[2:4] == [path.removesuffix(last), f"    {last}"]


def test_a_path_of_one_long_step_stands_on_one_line():
    path = "original." + "x" * 100
    lines = str(CloneReport((leak(original=path),))).splitlines()
    assert [line for line in lines if line.endswith("x")][-1].strip() == "." + "x" * 100
    assert all(line == line.rstrip() for line in lines)


def test_a_broken_path_of_the_clone_is_indented_past_its_first_line():
    path = "clone" + "".join(f".a{number}{'x' * 20}" for number in range(6))
    lines = str(CloneReport((leak(clone=path, label="z" * 70),))).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("  is  clone"))
    assert lines[start + 1].startswith(" " * 10 + ".a")
    assert not lines[start + 1].startswith(" " * 11)


@pytest.mark.parametrize("count", [10, 11, 25])
def test_rows_past_ten_are_counted(count):
    text = " ".join(str(CloneReport(tuple(leak(i) for i in range(count)))).split())
    for more in range(1, 40):
        assert (f"and {more} more" in text) is (count - 10 == more)


def test_words_are_not_broken():
    evidence = "see " + "non-independent-" * 8 + "end"
    text = str(CloneReport((leak(evidence=evidence),)))
    assert "non-independent-" * 8 + "end" in text
