"""mails.py: mails sent by Runde's workers beside a bare loop of libcurl that sends the same letters to the same sink."""

import json
import subprocess
import uuid

from tests.bench.cases import RUNDE, Contender, Throughput
from tests.bench.jobs import JobStage
from tests.bench.load import Load
from tests.bench.queues import Runde
from tests.bench.stage import output
from tests.server import free_port, programs
from tests.workers.jobs import sealed

PEOPLE, KEPT = 100, 100
RATE = 500  # mails a second about: what fills the time of a turn
GOAL = 0.3


class MailStage(JobStage):
    """A durable PostgreSQL with people in it, and Postfix's smtp-sink, which forgets what it gets."""

    def fill(self):
        super().fill()
        self.cursor.execute("SET session_replication_role = replica")  # people of no group
        self.people = [self.person(number) for number in range(10, 10 + PEOPLE)]  # beside the key that is there
        self.port = free_port()
        sink = subprocess.Popen(["smtp-sink", "-u", "nobody", f"127.0.0.1:{self.port}", "100"], stdin=subprocess.DEVNULL)
        self.ending.callback(sink.wait)
        self.ending.callback(sink.terminate)

    def person(self, number):
        person = str(uuid.uuid4())
        wrapping, wrapped, contact = sealed(number, person, "contact", json.dumps({"email": f"{number}@mail.example"}))
        self.cursor.execute("INSERT INTO wrapping_keys VALUES (%s, %s, now())", [number, wrapping])
        self.cursor.execute("INSERT INTO persons (id, role, group_id, wrapping_key, wrapped, contact, language, created_at) "
                            "VALUES (%s, 'registrant', %s, %s, %s, %s, 'de', now())",
                            [person, person, number, wrapped, contact])
        return person

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.port}"


class Mails(Runde):
    """Each of them is checked for whether it still makes sense, opened, written, sent and forgotten by itself."""
    counted = "kind = 'mail'"

    def fill(self, count):
        self.cursor.execute("SELECT count(job_add('mail', n::text, (%s::uuid[])[n %% %s + 1], '{\"template\": "
                            "\"meeting_changed\"}', now(), now())) FROM generate_series(1, %s) n",
                            [self.stage.people, PEOPLE, count])

    def start(self):
        return self.begin(programs() / "runde-worker", RUNDE_SMTP_URL=self.stage.url)

    def letters(self):
        """Some of them, as they travel."""
        folder = self.stage.folder / "letters"
        self.cursor.execute("TRUNCATE jobs")
        self.fill(KEPT)
        self.newest = self.value("SELECT max(id) FROM jobs")
        worker = self.begin(programs() / "runde-worker", RUNDE_MAILDIR=str(folder), RUNDE_USER="")
        self.await_done()
        worker.terminate()
        worker.wait()
        files = list(folder.glob("new/*"))
        for file in files:
            file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
        return files


def compare(stage):
    files = Mails(stage, 1).letters()
    print(f"mails        {len(files)} letters of {files[0].stat().st_size} bytes, in text and HTML", flush=True)

    def bare(seconds):
        return Load(float(output(programs() / "tests/bench/curl_loop", stage.url, str(seconds), *files)), 0)

    def ours(processes):
        return Contender(f"{RUNDE}, {processes} process{'es' if processes > 1 else ''}",
                         lambda seconds: Mails(stage, processes).rate(RATE * seconds))
    return [Throughput("mails to a sink, book-keeping included", [
        ours(1), ours(2), Contender("libcurl, one connection", bare)], libcurl=GOAL)]
