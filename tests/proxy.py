"""proxy.py: stands between a server and PostgreSQL, and does something at the moment that a test has chosen."""

import re
import socket
import tempfile
import threading
from pathlib import Path


class Proxy:
    """Every connection to its socket goes on to the database behind it."""

    def __init__(self, database):
        self.behind = re.search(r"host=(\S+)", database)[1]
        self.folder = Path(tempfile.mkdtemp(prefix="runde-proxy-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.conninfo = database.replace(self.behind, str(self.folder))
        self.trap = None
        self.listener = socket.socket(socket.AF_UNIX)
        path = self.folder / ".s.PGSQL.5432"
        self.listener.bind(str(path))
        path.chmod(0o777)
        self.listener.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()

    def stop(self):
        self.listener.close()
        for path in self.folder.iterdir():
            path.unlink()
        self.folder.rmdir()

    def when(self, pattern, answered, action):
        """The next time that bytes to the database match: act, before they go on or once they are answered."""
        self.trap = re.compile(pattern, re.DOTALL), answered, action

    def accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            database = socket.socket(socket.AF_UNIX)
            database.connect(f"{self.behind}/.s.PGSQL.5432")
            state = {}
            for run in (self.forth, self.back):
                threading.Thread(target=self.carry, args=(run, client, database, state), daemon=True).start()

    @staticmethod
    def carry(run, client, database, state):
        """Until one side has gone; then both go."""
        try:
            run(client, database, state)
        except OSError:
            pass
        for side in (client, database):
            try:
                side.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def forth(self, client, database, state):
        while data := client.recv(1 << 16):
            if self.trap and self.trap[0].search(data):
                _, answered, action = self.trap
                self.trap = None
                if not answered:
                    action()
                    return
                state["action"] = action
            database.sendall(data)

    @staticmethod
    def back(client, database, state):
        while data := database.recv(1 << 16):
            if "action" in state:
                state["action"]()
                return
            client.sendall(data)
