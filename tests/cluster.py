"""cluster.py: a PostgreSQL that a test may do with as it likes."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path

import psycopg2

from tests.nights import AWAKE
from tests.server import ROOT, programs
from tests.wire import await_truth, children

CLUSTER = ROOT / "admin/cluster.sh"


class Cluster:
    """Started when made, with Runde's tables and a client that may do everything."""

    def __init__(self, durability="fast", folder="/tmp"):
        self.folder = Path(tempfile.mkdtemp(prefix="runde-own-", dir=folder))
        self.folder.chmod(0o755)
        self.home, self.durability = self.folder / "home", durability
        self.database = self.start()
        self.sockets = re.search(r"host=(\S+)", self.database)[1]
        self.data = next(path for path in (self.home / "postgres", Path(self.sockets) / "postgres") if path.exists())
        self.environment = {"RUNDE_DATABASE": self.database, "RUNDE_KEY_FILE": str(self.folder / "secret.key")}
        for words in (["key"], ["migrate"]):
            self.runde(*words)
        with closing(psycopg2.connect(self.database)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(AWAKE)
        self.key = self.runde("client", "add", "tester", "--scopes", "admin").strip()

    @staticmethod
    def user():
        """Whom it runs as, and whom a server's workers become."""
        return subprocess.run([CLUSTER, "user"], check=True, capture_output=True, text=True).stdout.strip()

    def start(self):
        return subprocess.run([CLUSTER, "start", self.home, self.durability], check=True, capture_output=True,
                              text=True).stdout.strip()

    def runde(self, *words):
        return subprocess.run([programs() / "runde", *words], check=True, capture_output=True, text=True,
                              env={**os.environ, **self.environment}).stdout

    def pids(self):
        postmaster = int((self.data / "postmaster.pid").read_text().split()[0])
        return [postmaster, *children(postmaster)]

    def backends(self, application="runde-api"):
        with psycopg2.connect(self.database) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT pid FROM pg_stat_activity WHERE application_name = %s", [application])
            return [pid for pid, in cursor.fetchall()]

    def signal_all(self, number):
        for pid in self.pids():
            try:
                os.kill(pid, number)
            except ProcessLookupError:  # ended by itself meanwhile
                pass

    def kill(self):
        """Ends all of it at once, in the middle of whatever it does, and waits until nothing of it is left."""
        os.kill(self.pids()[0], signal.SIGSTOP)  # so that it makes no more of them meanwhile
        pids = self.pids()
        self.signal_all(signal.SIGKILL)
        await_truth(lambda: not any(is_running(pid) for pid in pids))
        for lock in (self.data / "postmaster.pid", *Path(self.sockets).glob(".s.PGSQL.*.lock")):
            lock.unlink()  # where nobody buries the dead, they would seem to run

    def errors(self):
        """What it has refused until now, by how often."""
        return Counter(re.findall(r"(?:ERROR|FATAL|PANIC): +(.*)", (self.data / "log").read_text()))

    def restart(self, *options):
        command = ["/usr/lib/postgresql/15/bin/pg_ctl", "-D", self.data, "-m", "fast", "-w", "-l", self.data / "log",
                   *options, "restart"]
        as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        subprocess.run([*as_user, *command], check=True, stdout=subprocess.DEVNULL)

    def stop(self):
        subprocess.run([CLUSTER, "stop", self.home], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.sockets, ignore_errors=True)


def is_running(pid):
    """Dead ones whom nobody has buried yet run no more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
