"""Failures as they appear in a terminal of 80 columns, held to files in ``snapshots``.

After a change that is meant: ``TFPCLONE_SNAPSHOTS=write pytest tests/test_failure_text.py``,
and read the difference.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

SNAPSHOTS = Path(__file__).parent / "snapshots"
CODE = """
    import copy
    import numpy as np
    import tensorflow as tf
    from pytest_tfpclone import clone, parametrize_clones

    class Encoder:
        def __init__(self):
            self.kernel = tf.Variable([[1.0, 2.0]])
            self.bias = tf.Variable([0.5])

    class Model:
        def __init__(self):
            self.layers = [Encoder(), Encoder()]
            self.rate = 0.1

    def model():
        return Model()

    def shares_a_layer(model):
        made = clone(model)
        made.layers[1] = model.layers[1]
        return made

    def forgets(model):
        made = clone(model)
        made.layers[0].kernel.assign([[7.0, 8.0]])
        made.rate = 0.2
        return made

    def refuses(model):
        raise NotImplementedError("no way to copy a Model")

    def test_target_network(assert_independent_clone):
        online = model()
        target = shares_a_layer(online)
        assert_independent_clone(online, target)

    def test_restored(assert_independent_clone):
        online = model()
        assert_independent_clone(online, forgets(online))
"""
FLAGS = [
    f"--tfpclone-cloner=test_it.py:{each}" for each in ("shares_a_layer", "forgets", "refuses")
]


def normal(text):
    """Return output without what differs from run to run."""
    text = re.sub(r"\b\d+\.\d+ ?s\b", "0.00 s", text)
    text = re.sub(r"(?m)^/.*/test_failures_look_as_they_did\d+/", "", text)
    text = re.sub(r"={5,} ((?:\d+ \w+, )+\d+ \w+|.*) in 0.00 s =+", r"== \1 ==", text)
    lines = [
        line.rstrip()
        for line in text.splitlines()
        if not re.search(r"cuda|port\.cc|cpu_feature|^To enable|absl::|, \d+ warnings?", line)
    ]
    return "\n".join(lines) + "\n"


@pytest.mark.skipif(
    pytest.version_tuple < (9, 0),
    reason="2026-11-26: pytest 8.4 shows less in --tb=line and in the short summary",
)
@pytest.mark.parametrize(
    ("name", "flags"),
    [
        ("plain", ()),
        ("verbose", ("-v",)),
        ("quiet", ("-q",)),
        ("tb_short", ("--tb=short",)),
        ("tb_line", ("--tb=line",)),
        ("pairs", ("--tfpclone-model=test_it.py:model", *FLAGS)),
        ("pairs_quiet", ("--tfpclone-model=test_it.py:model", *FLAGS, "-q")),
    ],
)
def test_failures_look_as_they_did(pytester, everything_imported, monkeypatch, name, flags):
    monkeypatch.setenv("COLUMNS", "80")
    pytester.makepyfile(test_it=CODE)
    paths = [] if name.startswith("pairs") else ["test_it.py"]
    result = pytester.runpytest(
        "-p",
        "no:cacheprovider",
        "-p",
        "no:warnings",
        "--show-capture=no",
        "--color=no",
        *flags,
        *paths,
    )
    text = normal(result.stdout.str())
    found = text[text.index("= FAILURES =") - 40 :].partition("\n")[2]
    path = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("TFPCLONE_SNAPSHOTS") == "write":
        path.write_text(found)
    assert found == path.read_text()
    # pytest writes the name of the class before its message.
    before = re.compile(r"E +pytest_tfpclone\.\w+Error: ")
    ours = [line for line in found.splitlines() if not before.match(line)]
    assert max(map(len, ours)) <= 80
    assert "pytest_tfpclone/" not in found


def test_colours_are_pytests_own(pytester, everything_imported):
    pytester.makepyfile(test_it=CODE)
    result = pytester.runpytest(
        "-p", "no:cacheprovider", "--color=yes", "test_it.py", "-k", "target"
    )
    text = result.stdout.str()
    assert (
        "\x1b[1m\x1b[31mE       pytest_tfpclone.SharedStateError: 1 piece of state shared" in text
    )
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert "E         is  clone.layers[1]" in plain
