"""The containers of docker/compose.yaml, brought up under a name of their own."""

import json
import os
import secrets
import signal
import subprocess
import time
from pathlib import Path
from urllib.request import urlopen

from tests.mailbox import Mailbox
from tests.server import ROOT

SERVICES = ("db", "prepare", "api", "worker")
LASTING = ("db", "api", "worker")


class Containers:
    host, port = "127.0.0.1", 8080

    def __init__(self):
        self.project = "runde"
        self.environment = {**os.environ, "DATABASE_PASSWORD": secrets.token_hex(24)}

    def run(self, *words, check=True):
        done = subprocess.run(list(map(str, words)), env=self.environment, cwd=ROOT, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=180, check=False)
        assert not check or done.returncode == 0, f"{' '.join(map(str, words))}\n{done.stdout}{done.stderr}"
        return done

    def podman(self, *words, **how):
        return self.run("podman", *words, **how).stdout.strip()

    def compose(self, *words):
        """podman-compose ends well whatever happens: who calls it looks."""
        return self.run("podman-compose", "-p", self.project, "-f", "docker/compose.yaml", *words).stdout

    def name(self, service):
        return f"{self.project}_{service}_1"

    def execute(self, service, *words, check=True):
        """Runs something inside a container; as it ended."""
        return self.run("podman", "exec", self.name(service), *words, check=check)

    def runde(self, *words):
        return self.execute("api", "runde", *words)

    def state(self, service):
        return json.loads(self.podman("inspect", self.name(service)))[0]["State"]

    def is_healthy(self, service):
        """By the health check of its own, asked now."""
        return self.run("podman", "healthcheck", "run", self.name(service), check=False).returncode == 0

    def is_ready(self):
        """Each process of the API in its own time, and a connection comes to any of them."""
        try:
            for _ in range(20):
                urlopen(f"http://{self.host}:{self.port}/readyz", timeout=5).close()
        except OSError:
            return False
        return True

    def await_up(self, seconds=60):
        self.await_truth(lambda: self.state("prepare")["Status"] == "exited" and self.is_healthy("db") and self.is_healthy("api")
                         and all(self.state(service)["Running"] for service in LASTING) and self.is_ready(), seconds)

    def await_truth(self, claim, seconds=30):
        """As in tests.wire, for what takes longer to ask."""
        deadline = time.monotonic() + seconds
        while not claim():
            assert time.monotonic() < deadline, f"it did not come true\n{self.logs()}"
            time.sleep(0.25)

    def keep_address(self):
        """A bridge takes the lowest address among its ports unless it has been given one: with each container that comes or
        goes, the others would lose it, and whoever answers for names with it, until they ask for its address again."""
        bridge = self.podman("network", "inspect", "-f", "{{.NetworkInterface}}", f"{self.project}_default")
        self.run("ip", "link", "set", "dev", bridge, "address", "02:00:00:00:00:01")

    def up(self):
        self.compose("up", "-d", "db")
        self.keep_address()
        self.compose("up", "-d")
        self.await_up()

    def down(self):
        self.podman("rm", "--force", "--all", "--time", "5", check=False)
        self.podman("volume", "rm", "--all", "--force", check=False)
        self.podman("network", "rm", "--force", f"{self.project}_default", check=False)

    def kill(self, service):
        """As the kernel does when memory has run out: nobody has asked podman for it."""
        os.kill(self.state(service)["Pid"], signal.SIGKILL)

    def stop(self, service):
        """Its exit status, by the time that it is given for that."""
        self.podman("stop", "--time", "20", self.name(service))
        return self.state(service)["ExitCode"]

    def start(self, service):
        self.podman("start", self.name(service))

    def log(self, service):
        said = self.run("podman", "logs", "--timestamps", self.name(service), check=False)
        return said.stdout + said.stderr

    def logs(self):
        return "\n".join(f"-- {service}\n{self.log(service)[-3000:]}" for service in SERVICES)

    @property
    def mailbox(self):
        return Mailbox(Path(self.podman("volume", "inspect", "-f", "{{.Mountpoint}}", f"{self.project}_mail")))

    def await_mail(self, address):
        self.await_truth(lambda: self.mailbox.mails(address))
        return self.mailbox.mails(address)[-1]
