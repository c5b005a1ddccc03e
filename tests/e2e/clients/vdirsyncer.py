"""vdirsyncer and khal: a feed is synchronised into a folder, and listed out of it."""

import os
import subprocess

SYNC = """\
[general]
status_path = "{folder}/status/"
[pair feed]
a = "here"
b = "there"
collections = null
[storage here]
type = "filesystem"
path = "{folder}/events"
fileext = ".ics"
[storage there]
type = "http"
url = "{url}"
"""
LIST = """\
[calendars]
[[feed]]
path = {folder}/events
[locale]
local_timezone = Europe/Berlin
default_timezone = Europe/Berlin
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[sqlite]
path = {folder}/khal.db
"""


class Vdirsyncer:
    name = "vdirsyncer + khal"

    def __init__(self, folder, since, days=120):
        self.folder, self.since, self.days = folder, since, days
        self.environment = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder / "data"),
                            "XDG_CACHE_HOME": str(folder / "cache"), "LC_ALL": "C.UTF-8", "TZ": "Europe/Berlin"}

    def run(self, *words):
        return subprocess.run(words, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=60, check=False)

    def vdirsyncer(self, *words):
        return self.run("vdirsyncer", "--config", self.folder / "vdirsyncer", *words)

    def subscribe(self, url):
        (self.folder / "events").mkdir(parents=True)
        (self.folder / "vdirsyncer").write_text(SYNC.format(folder=self.folder, url=url))
        (self.folder / "khal").write_text(LIST.format(folder=self.folder))
        self.vdirsyncer("discover")
        assert self.sync() == "", "the feed cannot be synchronised"

    def sync(self):
        """What it complains about; nothing if all is well."""
        done = self.vdirsyncer("sync")
        return "" if done.returncode == 0 else done.stderr.strip()

    def shows(self):
        """What stands in the calendar: (start, title), in Berlin's time; "[cancelled]" if it says so."""
        done = self.run("khal", "--config", self.folder / "khal", "list", "--day-format", "",
                        "--format", "{start-long}\t{title}\t{cancelled}", str(self.since), f"{self.days}d")
        assert done.returncode == 0, done.stderr
        rows = [line.split("\t") for line in done.stdout.splitlines() if "\t" in line]
        return sorted((start, title + (" [cancelled]" if cancelled.strip() else "")) for start, title, cancelled in rows)

    def close(self):
        pass
