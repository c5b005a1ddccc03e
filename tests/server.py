"""server.py: a runde-api of the tests' own."""

import os
import random
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GIVEN_OUT = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])  # from here on, to connections


def programs():
    return ROOT / "build" / os.environ.get("V", "asan")


def free_port():
    """One that stays free until somebody listens there: connections to elsewhere are given others."""
    while True:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", random.randrange(10240, GIVEN_OUT)))
                return probe.getsockname()[1]
            except OSError:
                pass


class Server:
    """Started when made; environment holds what all of them share."""
    environment: dict = {}
    host = "127.0.0.1"

    def __init__(self, folder, name, ready="/readyz", **environment):
        self.port = free_port()
        self.home = folder / f"home-{name}"
        self.home.mkdir()
        self.log = folder / f"{name}.log"
        settings = {
            "PORT": str(self.port), "RUNDE_HOME": str(self.home), "RUNDE_REQUESTS_PER_MINUTE": "0",
            "RUNDE_PROOF_BITS": "4", "RUNDE_FREE_MAILS": "1000000",
            "RUNDE_BASE_URL": f"http://127.0.0.1:{self.port}", "RUNDE_CLOCK_FILE": str(folder / "clock"),
            "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=0", "UBSAN_OPTIONS": "print_stacktrace=1",
            **self.environment, **{k: str(v) for k, v in environment.items()}}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([programs() / "runde-api"], env={**os.environ, **settings},
                                            stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        if environment.get("RUNDE_TLS_CERTIFICATE") is None:
            self.await_ready(path=ready)

    @classmethod
    def running(cls, port):
        server = cls.__new__(cls)
        server.port = port
        return server

    def await_ready(self, seconds=20, path="/readyz"):
        deadline = time.monotonic() + seconds
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=2).close()
                return
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise RuntimeError(self.log.read_text(errors="replace")) from None
                time.sleep(0.05)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
