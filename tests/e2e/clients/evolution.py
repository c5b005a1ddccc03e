"""Evolution's data server, which GNOME's calendars read from: its webcal back end, on a session bus of its own."""

import json
import os
import subprocess
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")


class Evolution:
    name = "Evolution Data Server"

    def __init__(self, folder, since, days=120):
        self.folder, self.since = folder, datetime.combine(since, time(), BERLIN)
        self.until = self.since + timedelta(days=days)
        self.process = None

    def start(self):
        (self.folder / "run").mkdir(parents=True, mode=0o700)
        environment = {**os.environ, "HOME": str(self.folder), "XDG_RUNTIME_DIR": str(self.folder / "run"),
                       "XDG_DATA_HOME": str(self.folder / "data"), "XDG_CONFIG_HOME": str(self.folder / "config"),
                       "XDG_CACHE_HOME": str(self.folder / "cache"), "GSETTINGS_BACKEND": "memory",
                       "GIO_USE_VFS": "local", "GIO_USE_PROXY_RESOLVER": "dummy", "TZ": "Europe/Berlin"}
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                ["dbus-run-session", "--", "/usr/bin/python3", Path(__file__).with_name("evolution_asks.py")],
                env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)

    def ask(self, *words):
        print(json.dumps(words), file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        assert answer, (self.folder / "log").read_text(errors="replace")
        return json.loads(answer)

    def subscribe(self, url):
        self.start()
        complaint = self.ask("subscribe", url)
        assert complaint == "", complaint

    def sync(self):
        """What it complains about; nothing if all is well."""
        return self.ask("sync")

    def shows(self):
        """What stands in the calendar: (start, title), in Berlin's time; "[cancelled]" if it says so."""
        found = self.ask("shows", int(self.since.timestamp()), int(self.until.timestamp()))
        return sorted((f"{datetime.fromtimestamp(start, BERLIN):%Y-%m-%d %H:%M}", title + (" [cancelled]" if cancelled else ""))
                      for start, title, cancelled in found)

    def close(self):
        if self.process:
            self.process.stdin.close()
            self.process.wait(20)
