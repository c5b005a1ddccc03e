"""worker.py: a runde-worker of a test's own."""

import os
import subprocess
import uuid

from tests.server import programs


class Worker:
    """Started when made."""

    def __init__(self, folder, environment):
        self.log = folder / f"worker-{uuid.uuid4().hex[:8]}.log"
        settings = {"RUNDE_USER": "", "ASAN_OPTIONS": "detect_leaks=0", "UBSAN_OPTIONS": "print_stacktrace=1",
                    **{name: str(value) for name, value in environment.items()}}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([programs() / "runde-worker"], env={**os.environ, **settings},
                                            stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def said(self):
        return self.log.read_text(encoding="utf-8", errors="replace")

    def stop(self):
        """Tells it to end, and waits for its exit status."""
        self.process.terminate()
        return self.process.wait(20)

    def kill(self):
        self.process.kill()
        self.process.wait()
