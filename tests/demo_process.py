"""`mda demo` in a process of its own, as a user starts it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

START_LIMIT_S = 120.0
_URL = re.compile(r"(http://127\.0\.0\.1:\d+/)")


@dataclass
class DemoProcess:
    """`mda demo` as a user starts it; `kill` is kill -9."""

    data: Path
    speed: float
    process: subprocess.Popen[str] | None = None
    url: str = ""
    said: list[str] = field(default_factory=list)

    def start(self) -> DemoProcess:
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "mda.cli.main",
                "demo",
                "--port",
                "0",
                "--no-browser",
                "--speed",
                str(self.speed),
                "--data",
                str(self.data),
            ],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        ready = threading.Event()
        threading.Thread(target=self._listen, args=(self.process, ready), daemon=True).start()
        if not ready.wait(START_LIMIT_S) or not self.url:
            pytest.fail("the demo did not come up: " + " ".join(self.said))
        return self

    def _listen(self, process: subprocess.Popen[str], ready: threading.Event) -> None:
        assert process.stderr is not None
        self.url = ""
        for line in process.stderr:
            self.said.append(line.strip())
            found = _URL.search(line)
            if found:
                self.url = found.group(1)
                ready.set()
        process.stderr.close()
        ready.set()

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)
