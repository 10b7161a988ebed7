"""An ensemble: all clones are compared, in time linear in their number."""

from __future__ import annotations

import statistics
import time

from rivals import small_model

from pytest_tfpclone import check_clone, clone


def test_fifty_clones(row):
    model = small_model()
    clones = [clone(model) for _ in range(50)]
    seconds = {}
    for count in (1, 2, 10, 50):
        times = []
        for _ in range(5):
            started = time.perf_counter()
            report = check_clone(model, *clones[:count], inputs=())
            times.append(time.perf_counter() - started)
            assert report.verdict == "independent"
            assert report.clones == count
        seconds[count] = statistics.median(times) / count
    names = {count: f"{each * 1e3:.1f} ms" for count, each in seconds.items()}
    row("50 clones, each / one pair", names[50], names[1], seconds[50] / seconds[1], 3)
    row("50 clones, each / of 10", names[50], names[10], seconds[50] / seconds[10], 1.2)
    row("50 clones, each / of 2", names[50], names[2], seconds[50] / seconds[2], 1.2)
