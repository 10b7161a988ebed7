"""Worker processes: started, watched, started anew."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

_START = 40.0
_MOST_MEGABYTES = 3000


class Died(Exception):
    """The worker ended before it answered."""


class TooLong(Died):
    """The worker was ended because it took too long."""


class Pooled:
    """One worker process and its copy of the project."""

    def __init__(self, snapshot: Path, log: Path) -> None:
        self.snapshot = snapshot
        self.log = log
        self.process: subprocess.Popen[str] | None = None
        self.fresh = True
        self._folder: str | None = None

    def ask(self, seconds: float, **request: Any) -> dict[str, Any]:
        """Return the worker's answer to a request.

        Raises:
            TooLong: If there is none after so many seconds.
            Died: If the process ended by itself.
        """
        self.fresh = self.process is None
        process = self.process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(seconds + (_START if self.fresh else 0.0), end)
        timer.start()
        line = ""
        try:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(json.dumps(request) + "\n")
                process.stdin.flush()
                line = process.stdout.readline()
        finally:
            timer.cancel()
        if not line:
            self.stop()
            raise TooLong if late.is_set() else Died
        answer: dict[str, Any] = json.loads(line)
        # Models and registrations of purged modules stay in the process.
        if answer.get("megabytes", 0) > _MOST_MEGABYTES:
            self.stop()
        return answer

    def _start(self) -> subprocess.Popen[str]:
        # A worker that was ended left a mutant in its copy.
        self._folder = tempfile.mkdtemp(prefix="mutants-")
        copy = Path(self._folder) / "project"
        shutil.copytree(self.snapshot, copy)
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("worker.py")), str(copy)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        return self.process

    def stop(self) -> None:
        """End the process; the next request starts another."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
