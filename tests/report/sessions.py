"""Sessions to write reports of."""

from __future__ import annotations

from pytest_tfpclone.report.findings import CloneReport, Difference, Leak
from pytest_tfpclone.report.results import VERDICTS, Result, Run

EVIL = "</script><script>alert(1)</script> | `a` *b* [c](d) $e$ @tf.f #1\n# f"


def leak(original="original.layers[1].kernel", clone="clone.layers[1].kernel"):
    return Leak(
        "same object", original, clone, "variable float32[3, 2]",
        "wrote 1.05 on one side (was 1), and the other side read 1.05", "give it its own",
    )  # fmt: skip


def result(verdict="shared", model="vae", cloner="deepcopy", **others):
    leaks = (leak(),) if verdict == "shared" else ()
    differences = (
        (Difference("value", "original.rate", "1 became 2"),) if verdict == "unequal" else ()
    )
    report = CloneReport(leaks, differences, ("seen, no finding",), {"variable": 2}, 0.01)
    checked = verdict in ("shared", "unequal", "independent")
    fields = {
        "source": "model", "text": "the text", "reproduce": f"pytest -k {model}-{cloner}",
        "findings": report.to_dict() if checked else None, "seconds": 0.5, **others,
    }  # fmt: skip
    return Result(
        model=model, cloner=cloner, verdict=verdict, summary=f"a {verdict} pair", **fields
    )


def run(*results, **others):
    fields = {
        "versions": {"TensorFlow": "2.21.0", "TFP": "0.25.0"}, "seed": 0,
        "command": "pytest --tfpclone", "created": "2026-11-26T10:00:00+00:00", **others,
    }  # fmt: skip
    return Run(tuple(results), **fields)


def hostile(text=EVIL):
    """Return a session in which every text is the given one."""
    findings = CloneReport(
        (Leak("same object", f"original.{text}", f"clone.{text}", text, text, text),),
        (Difference("value", text, text),), (text,),
    ).to_dict()  # fmt: skip
    others = {"code": text, "reproduce": text, "expected": text, "nodeid": text}
    return run(
        result("independent", text, text, findings=findings, **others),
        result("shared", "vae", text, findings=findings),
        result("refused", text, "x", text=text),
        command=text, versions={text: text}, created=text,
    )  # fmt: skip


EVERY = run(
    *(result(each, model=f"m{i}", cloner=("clone", "deepcopy")[i % 2]) for i, each in enumerate(VERDICTS)),
    result("shared", "known", "deepcopy", expected="keeps its closure"),
    result("independent", "fixed", "deepcopy", expected="kept its closure"),
    result("shared", "any", "alias", is_control=True),
    result("unequal", "broken", "alias", is_control=True),
    result("unequal", "Sequential", "clone", source="random", code="Sequential(layers=())", examples=20),
)  # fmt: skip
