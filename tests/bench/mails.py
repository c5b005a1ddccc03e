"""mails.py: mails sent by Runde's workers beside a bare loop of libcurl that sends the same letters to the same sink."""

import json
import os
import subprocess
import uuid

from tests.bench.cases import RUNDE, Contender, Throughput
from tests.bench.jobs import JobStage
from tests.bench.load import Load
from tests.bench.queues import Runde
from tests.server import free_port, programs
from tests.workers.jobs import all_sealed
from tests.workers.mailserver import PASSWORD, USER, Certificate
from tests.workers.postoffice import PostOffice

PEOPLE, KEPT = 2000, 100  # nobody gets more than 20 on a day
RATE = 2000  # mails a second about: what fills the time of a turn
GOAL = 0.3


class Sink:
    """Postfix's smtp-sink: it takes everything, and forgets it."""

    def __init__(self, stage):
        port = free_port()
        self.url, self.settings, self.curl = f"smtp://127.0.0.1:{port}", {}, {}
        sink = subprocess.Popen(["smtp-sink", "-u", "nobody", f"127.0.0.1:{port}", "100"], stdin=subprocess.DEVNULL)
        stage.ending.callback(sink.wait)
        stage.ending.callback(sink.terminate)


class Office:
    """A whole Postfix, with TLS and a password; it queues everything, and then forgets it."""

    def __init__(self, stage):
        office = PostOffice(Certificate(stage.folder), keeps=False)
        stage.ending.callback(office.stop)
        password = stage.folder / "password"
        password.write_bytes(PASSWORD)
        self.url = f"smtp://localhost:{office.port}"
        self.settings = {"RUNDE_SMTP_USER": USER.decode(), "RUNDE_SMTP_PASSWORD_FILE": str(password),
                         "RUNDE_SMTP_CA_FILE": str(office.certificate.ca)}
        self.curl = {"CA": str(office.certificate.ca), "SMTP_USER": USER.decode(), "SMTP_PASSWORD": PASSWORD.decode()}


class MailStage(JobStage):
    """A durable PostgreSQL with people in it."""

    def fill(self):
        super().fill()
        self.cursor.execute("SET session_replication_role = replica")  # people of no group
        numbers = {str(uuid.uuid4()): number for number in range(10, 10 + PEOPLE)}  # beside the key that is there
        self.people = list(numbers)
        contacts = all_sealed((number, person, "contact", json.dumps({"email": f"{number}@mail.example"}))
                              for person, number in numbers.items())
        for (person, number), (wrapping, wrapped, contact) in zip(numbers.items(), contacts):
            self.add(person, number, wrapping, wrapped, contact)

    def add(self, person, number, wrapping, wrapped, contact):
        self.cursor.execute("INSERT INTO wrapping_keys VALUES (%s, %s, now())", [number, wrapping])
        self.cursor.execute("INSERT INTO persons (id, role, group_id, wrapping_key, wrapped, contact, language, created_at) "
                            "VALUES (%s, 'registrant', %s, %s, %s, %s, 'de', now())",
                            [person, person, number, wrapped, contact])


class Mails(Runde):
    """Each of them is checked for whether it still makes sense, opened, written, sent and forgotten by itself."""
    counted = "kind = 'mail'"

    def __init__(self, stage, processes, sink=None):
        super().__init__(stage, processes)
        self.sink = sink

    def fill(self, count):
        self.cursor.execute("TRUNCATE mails_counted")
        self.cursor.execute("SELECT count(job_add('mail', n::text, (%s::uuid[])[n %% %s + 1], '{\"template\": "
                            "\"meeting_changed\"}', now(), now())) FROM generate_series(1, %s) n",
                            [self.stage.people, PEOPLE, count])

    def start(self):
        return self.begin(programs() / "runde-worker", RUNDE_SMTP_URL=self.sink.url, RUNDE_USER="",
                          RUNDE_MAIL_PACE="0", **self.sink.settings)

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


def case(stage, title, sink, files):
    def bare(seconds):
        done = subprocess.run([programs() / "tests/bench/curl_loop", sink.url, str(seconds), *files], check=True,
                              stdout=subprocess.PIPE, env={**os.environ, **sink.curl})
        return Load(float(done.stdout), 0)

    def ours(processes):
        return Contender(f"{RUNDE}, {processes} process{'es' if processes > 1 else ''}",
                         lambda seconds: Mails(stage, processes, sink).rate(RATE * seconds))
    return Throughput(title, [ours(1), ours(2), Contender("libcurl, one connection", bare)], libcurl=GOAL)


def compare(stage):
    files = Mails(stage, 1).letters()
    print(f"mails        {len(files)} letters of {files[0].stat().st_size} bytes, in text and HTML", flush=True)
    return [case(stage, "mails to Postfix, TLS", Office(stage), files),
            case(stage, "mails to smtp-sink", Sink(stage), files)]
