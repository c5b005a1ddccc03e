"""feeds.py: calendar feeds: made anew beside ical-generator, given out again beside bare loopback, and polled by many."""

import http.client
import json
import re
import socket
import statistics
import threading
import time
import urllib.request
from datetime import date, timedelta
from pathlib import Path

from tests.bench.cases import RUNDE, Contender, verdict
from tests.bench.load import Load, run, wrk
from tests.bench.stage import Stage, output
from tests.server import Server, programs

GENERATOR = Path(__file__).with_name("ics")
FEEDS, SERIES = 4, 3  # groups, and series of each, of which every one has about 400 meetings that no rule says
FORMS = [f"?lang={lang}{alarm}" for lang in ("de", "en") for alarm in ("", "&alarm=PT15M", "&alarm=PT1H", "&alarm=P1D")]
POLLS, CHANGED = 1000, 10  # requests a second, and which part of them has something new: one in so many
GOALS = {"made": 25, "p99": 10}


class FeedStage(Stage):
    """A durable PostgreSQL with a directory, and Runde alone."""

    def start_servers(self):
        self.runde = Server(self.folder, "runde")
        self.ending.callback(self.runde.stop)


class Feeds:
    """Groups with about a thousand single events each, and what is asked of them."""

    def __init__(self, stage):
        self.stage, self.port = stage, stage.runde.port
        self.key = output(programs() / "runde", "client", "add", "feeds", "--scopes", "admin")
        self.paths = [f"/v1/groups/{self.new_group()}/calendar.ics" for _ in range(FEEDS)]
        self.text = self.get(self.paths[0]).decode()
        self.events = self.text.count("BEGIN:VEVENT")

    def call(self, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body and json.dumps(body).encode(), {
            "Authorization": f"Bearer {self.key}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as reply:
            return json.load(reply)

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as reply:
            return reply.read()

    def new_group(self):
        topic = self.call("/v1/topics?limit=1")["items"][0]["id"]
        group = self.call("/v1/groups", {
            "name": "Angst und Panik, Köln-Mitte", "summary": "Gesprächskreis für Menschen mit Angst und Panikattacken",
            "organisation_id": self.stage.organisation, "topic_ids": [topic], "audience": ["affected"],
            "leadership": "peer_led", "joining": "drop_in", "formats": ["in_person"], "languages": ["de"]})["id"]
        venue = self.call("/v1/venues", {
            "name": "Haus Lindenhof", "setting": "community_centre", "disclosure": "public",
            "organisation_id": self.stage.organisation,
            "address": {"country": "DE", "postcode": "50667", "street": "Beispielweg 1"}})["id"]
        for hour in range(10, 10 + SERIES):
            self.call(f"/v1/groups/{group}/schedules", {
                "starts_at_local": f"{date.today() + timedelta(days=1)}T{hour}:00:00", "time_zone": "Europe/Berlin",
                "duration": "PT45M", "format": "in_person", "venue_id": venue, "note": "Der Eingang ist im Hof.",
                "repeats": [{"unit": "day"}, {"unit": "week", "on": ["monday"]}]})
        return group

    def make_anew(self, seconds):
        """Feeds a second of which nothing is kept: asked for one after the other, over one connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        taken, failed, done = 0.0, 0, 0
        while taken < seconds:
            self.stage.cursor.execute("DELETE FROM feeds")
            for path in (path + form for path in self.paths for form in FORMS):
                started = time.perf_counter()
                connection.request("GET", path)
                response = connection.getresponse()
                body = response.read()
                taken += time.perf_counter() - started
                failed += response.status != 200 or body.count(b"BEGIN:VEVENT") < 1000
                done += 1
        connection.close()
        return Load(done / taken, failed, done)

    def generate(self, seconds):
        """The same events rendered in memory by ical-generator, without a database or a socket."""
        file = self.stage.folder / "events.json"
        file.write_text(json.dumps([self.event(text) for text in self.text.split("BEGIN:VEVENT")[1:]]))
        return Load(float(output("node", GENERATOR / "generate.mjs", file, str(seconds))), 0)

    @staticmethod
    def event(text):
        lines = dict(re.findall(r"^([A-Z-]+)[^:\r\n]*:(.*?)\r$", text.replace("\r\n ", ""), re.MULTILINE))

        def instant(value):
            return f"{value[:4]}-{value[4:6]}-{value[6:8]}T{value[9:11]}:{value[11:13]}:{value[13:15]}"
        return {"uid": lines["UID"], "start": instant(lines["DTSTART"]), "end": instant(lines["DTEND"]),
                "summary": lines["SUMMARY"], "description": lines["DESCRIPTION"], "location": lines["LOCATION"],
                "url": lines["URL"], "sequence": int(lines["SEQUENCE"]), "stamp": instant(lines["DTSTAMP"])}

    def give_again(self, seconds):
        """Megabytes a second of a feed that is kept."""
        load = wrk(self.port, self.stage.file("feeds", self.paths), seconds, connections=8)
        return Load(load.result * len(self.text.encode()) / 1e6, load.failed)

    def loopback(self, seconds):
        """Megabytes a second that one process sends and another thread takes, in pieces of the same size."""
        body, listener, taken = self.text.encode(), socket.create_server(("127.0.0.1", 0)), 0
        until = time.perf_counter() + seconds

        def send():
            there, _ = listener.accept()
            with there:
                while time.perf_counter() < until:
                    there.sendall(body)
        sender = threading.Thread(target=send)
        sender.start()
        with socket.create_connection(listener.getsockname()) as here:
            room = bytearray(1 << 20)
            while count := here.recv_into(room):
                taken += count
        sender.join()
        listener.close()
        return Load(taken / seconds / 1e6, 0)

    def poll(self, seconds):
        """Milliseconds that requests take at a constant rate: most know what is there (304), some do not."""
        paths = [f"/v1/groups/{group}/calendar.ics" for group in self.small_groups()]
        for path in paths:
            self.get(path)
        urls = self.stage.file("polled", (f"http://127.0.0.1:{self.port}{path}" for path in paths))
        streams = []
        for share, known in ((POLLS // CHANGED, []), (POLLS - POLLS // CHANGED, ["-H", "If-None-Match: *"])):
            log = self.stage.folder / f"polls-{share}"
            streams.append((log, threading.Thread(target=run, args=(
                "h2load", "--h1", "--rps", share // 10, "-c", 10, "-D", seconds, "-i", urls, "--log-file", log, *known))))
        for _, stream in streams:
            stream.start()
        for _, stream in streams:
            stream.join()
        rows = [line.split("\t") for log, _ in streams for line in log.read_text().splitlines()]
        return Load([int(taken) / 1000 for _, _, taken in rows], sum(status not in ("200", "304") for _, status, _ in rows),
                    len(rows))

    def small_groups(self, count=200):
        self.stage.cursor.execute("SELECT id::text FROM groups WHERE visibility = 'public' AND deleted_at IS NULL "
                                  "ORDER BY id LIMIT %s", [count])
        return [group for group, in self.stage.cursor.fetchall()]


class Comparison:
    """Runde beside somebody else, in the same unit."""

    def __init__(self, title, unit, ours, theirs, goal=None):
        self.title, self.unit, self.goal = title, unit, goal
        self.contenders = [Contender(RUNDE, ours), Contender(*theirs)]

    def print(self):
        print(f"\n{self.title:<44}{'median':>10}{'least':>10}{'most':>10}")
        for contender in self.contenders:
            rates = statistics.median(contender.results), min(contender.results), max(contender.results)
            print(f"  {contender.name:<42}" + "".join(f"{rate:>10,.1f}" for rate in rates) + f" {self.unit}"
                  + (f"   {contender.failed} FAILED" if contender.failed else ""))
        ratios = sorted(ours / theirs for ours, theirs in zip(*(c.results for c in self.contenders)))
        print(f"  Runde to it: {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
              + (f"   goal {self.goal}: {verdict(statistics.median(ratios) >= self.goal)}" if self.goal else ""))


class Polling:
    def __init__(self, feeds):
        self.contenders = [Contender(RUNDE, feeds.poll)]

    def print(self):
        ours, = self.contenders
        print(f"\n{POLLS} requests/s, all but one in {CHANGED} know what is there")
        for load in ours.loads:
            taken = sorted(load.result)
            p99 = taken[len(taken) * 99 // 100]
            print(f"  {len(taken)} answers, {load.failed} failed; median {statistics.median(taken):.2f} ms, "
                  f"99 % within {p99:.2f} ms, all within {taken[-1]:.1f} ms   goal {GOALS['p99']} ms: "
                  f"{verdict(p99 < GOALS['p99'])}")


def compare(stage):
    feeds = Feeds(stage)
    print(f"feeds        {feeds.events} single events, {len(feeds.text.encode()) // 1000} kB; "
          f"{len(feeds.paths) * len(FORMS)} of them", flush=True)
    return [Comparison("feeds made anew, database and all", "feeds/s", feeds.make_anew,
                       ("ical-generator, in memory", feeds.generate), GOALS["made"]),
            Comparison("a feed that is kept, 8 connections", "MB/s", feeds.give_again,
                       ("bare loopback, one connection", feeds.loopback)),
            Polling(feeds)]
