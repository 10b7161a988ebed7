"""A property test: what the check takes of building, cloning and checking."""

from __future__ import annotations

from rivals import in_a_process_of_its_own

CODE = """
import json, time
from hypothesis import Phase, given, seed, settings
from pytest_tfpclone import check_clone, clone, strategies

seconds = {"build": 0.0, "clone": 0.0, "check": 0.0}

def timed(name, function, *arguments):
    started = time.perf_counter()
    result = function(*arguments)
    seconds[name] += time.perf_counter() - started
    return result

@seed(0)
@settings(max_examples=110, deadline=None, database=None, phases=[Phase.generate])
@given(strategies.architectures())
def run(architecture):
    global count
    model = timed("build", architecture.build)
    copy = timed("clone", clone, model)
    report = timed("check", check_clone, model, copy)
    assert report.verdict == "independent", str(report)
    count += 1
    if count == 10:  # imports and the first traces are over
        seconds.update(build=0.0, clone=0.0, check=0.0)

count = 0
run()
print(json.dumps(seconds))
"""


def test_the_share_of_the_check(row):
    seconds = in_a_process_of_its_own(CODE)
    total = sum(seconds.values())
    share = seconds["check"] / total
    row("100 architectures, check / all", f"{seconds['check']:.1f} s", f"{total:.1f} s", share, 0.5)
