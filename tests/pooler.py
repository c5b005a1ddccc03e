"""pooler.py: a PgBouncer of a test's own, in transaction mode, in front of the tests' PostgreSQL."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from tests.cluster import Cluster
from tests.server import free_port
from tests.wire import await_truth

SETTINGS = """
[databases]
* = host={sockets} pool_size=4

[pgbouncer]
listen_addr =
listen_port = {port}
unix_socket_dir = {folder}
auth_type = any
pool_mode = transaction
ignore_startup_parameters = options
logfile = {folder}/log
pidfile = {folder}/pid
"""


class Pooler:
    """Started when made."""

    def __init__(self, database):
        self.folder = Path(tempfile.mkdtemp(prefix="runde-pooler-", dir="/tmp"))
        self.port, user = free_port(), Cluster.user()
        settings = self.folder / "settings"
        sockets, name = (re.search(rf"{word}=(\S+)", database)[1] for word in ("host", "dbname"))
        settings.write_text(re.sub(r"^\* =", f"* = user={user}", SETTINGS, flags=re.M).format(
            sockets=sockets, port=self.port, folder=self.folder))
        shutil.chown(self.folder, user)
        as_user = ["runuser", "-u", user, "--"] if os.getuid() == 0 else []
        self.process = subprocess.Popen([*as_user, "/usr/sbin/pgbouncer", "-q", settings], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        self.database = f"host={self.folder} port={self.port} dbname={name} user={user}"
        await_truth((self.folder / f".s.PGSQL.{self.port}").exists)

    def stop(self):
        pid = self.folder / "pid"
        if pid.exists():
            os.kill(int(pid.read_text()), signal.SIGTERM)
        self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)
