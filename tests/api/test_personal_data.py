"""test_personal_data.py: what people entrust to the service is nowhere in the clear, goes when it should, and is shown to them."""

import base64
import re
import subprocess
import threading
import uuid
from contextlib import closing
from pathlib import Path

import pytest

from tests.clock import Clock
from tests.house import House
from tests.installation import Installation, connected
from tests.letters import text_of
from tests.mailbox import Mailbox
from tests.nights import AWAKE
from tests.sealing import Keys
from tests.server import ROOT, Server
from tests.sweeps import SWEEPS, purge, sweep
from tests.wire import await_truth, in_background
from tests.worker import Worker

PG_DUMP = "/usr/lib/postgresql/15/bin/pg_dump"
DAY = 24

# Nothing of it can be read -------------------------------------------------------------------------


class Cluster(Installation):
    """A PostgreSQL of a test's own, with an installation in it; it writes every statement and value into its log."""

    def __init__(self, folder):
        self.folder, self.name = folder, "runde"
        self.key = folder.parent / f"{folder.name}.key"
        self.start()
        for setting in ("log_statement = 'all'", "log_error_verbosity = 'default'", "log_min_error_statement = 'error'"):
            self.rows(f"ALTER DATABASE runde SET {setting}")
        self.data = Path(self.value("SHOW data_directory"))
        self.works("key")
        self.works("migrate")
        self.rows(AWAKE)

    def command(self, *words):
        return subprocess.run([ROOT / "admin/cluster.sh", *words], check=True, capture_output=True, text=True).stdout

    def start(self):
        self.database = self.command("start", self.folder, "durable").strip()

    def stop(self):
        self.command("stop", self.folder)

    def dump(self):
        return subprocess.run([PG_DUMP, "-d", self.database], check=True, capture_output=True).stdout


def forms(marker):
    """All in which it could be kept: (name, whether case matters, bytes)."""
    raw = marker if isinstance(marker, bytes) else marker.encode()
    if not isinstance(marker, bytes):
        yield "plain", False, raw.lower()
    else:
        yield "plain", True, raw
    yield "hex", False, raw.hex().encode()
    for shift in range(3):  # where it begins among the groups of three bytes
        whole = base64.b64encode(bytes(shift) + raw)
        middle = whole[4 if shift else 0:len(whole) // 4 * 4 - 4]
        for text in {middle, middle.replace(b"+", b"-").replace(b"/", b"_")}:
            yield "base64", True, text


def findings(markers, places):
    """Where any of some markers can be read: {(its name, form, place)}; places: (name, bytes)."""
    needles = [(name, *form) for name, marker in markers.items() for form in forms(marker)]
    assert all(len(needle) >= 8 for *_, needle in needles)
    found = set()
    for place, content in places:
        folded = content.lower()
        found |= {(name, form, place) for name, form, exact, needle in needles
                  if needle in (content if exact else folded)}
    return found


def files_of(cluster, *more):
    """The bytes of a cluster that is stopped, by what they are; and of other files."""
    for path in sorted(path for path in cluster.data.rglob("*") if path.is_file()):
        yield path.relative_to(cluster.data).parts[0], path.read_bytes()
    for path in more:
        yield path.name, path.read_bytes()


def token_markers(name, token):
    """A token as it is, and as the bytes that it stands for."""
    secret = token.split("_", 1)[1] if token[:3] in ("rp_", "rl_", "rf_") or token.startswith("runde_") else token
    return {name: secret, f"{name}, its bytes": base64.urlsafe_b64decode(secret + "=" * (-len(secret) % 4))}


class Lives:
    """People do all that can be done; markers: what they said, and all secrets that they were given."""

    def __init__(self, house):
        self.house, self.given = house, house.given
        self.markers = {}
        self.worker = house.work()
        client = self.given.client(scopes="groups:write,meetings:write,registrations:write,registrations:manage")
        self.secret("a client's key", client.key)
        self.group = self.given.group(client, joining="screening")
        self.schedule = self.given.schedule(client, self.group, registration={"required": True})
        self.lead(client)
        self.register(client)
        self.write()
        self.subscribe()
        self.refer()
        self.stumble()
        house.await_jobs()

    def mark(self, name, shape="{}"):
        """A text that is found nowhere else."""
        word = f"Zaunkönig{uuid.uuid4().hex[:12].upper()}"
        self.markers[name] = shape.format(word.replace("ö", "oe") if "@" in shape else word)
        return self.markers[name]

    def secret(self, name, token):
        self.markers.update(token_markers(name, token))
        return token

    def lead(self, client):
        address, _ = self.house.invite(self.group, client, name=self.mark("a leader's name"),
                                       email=self.mark("a leader's address", "{}@example.org").lower())
        code = self.secret("an invitation", self.house.code(address))
        first = self.given.made(self.house.session(code))
        self.secret("a session", first["secret"])
        browser = self.secret("a browser", self.house.sign_in(self.group, address))
        code = self.secret("a token to sign in", self.house.code(address, 2))
        again = self.given.made(self.house.session(code, browser))
        self.leader = self.house.signed_in({**again, "secret": self.secret("another session", again["secret"])})

    def register(self, client):
        path = f"/v1/schedules/{self.schedule['id']}/registrations"
        address = self.mark("an address", "{}@example.org").lower()
        phone = self.markers["a telephone number"] = "+999 " + str(uuid.uuid4().int)[:20]
        body = self.given.new_registration(
            pseudonym=self.mark("a pseudonym"), message=self.mark("a message", "Ich heiße {}."), reminders=["P1D"],
            contact={"email": address, "phone": phone})
        made = [self.given.made(self.house.api.post(path, body, Idempotency_Key="once-and-not-again")) for _ in range(2)]
        assert made[0] == made[1]
        person = self.house.api.as_client(self.secret("a secret", made[0]["secret"]))
        self.path = f"/v1/registrations/{made[0]['id']}"
        confirmation = self.secret("a confirmation", self.house.code(address))
        assert self.house.api.post(f"{self.path}/confirm", {"token": confirmation}).json["state"] == "screening"
        assert self.leader.post(f"{self.path}/screening", {
            "starts_at": "2031-01-01T18:00:00Z", "place": self.mark("a place of a talk"),
            "notes": self.mark("notes on a talk"), "hold": "P1D"}).status == 200
        self.house.await_jobs()
        assert self.leader.get(path).status == 200 and self.leader.get(self.path).status == 200
        assert self.leader.post(f"{self.path}/reject", {"reason": self.mark("a reason")}).status == 200
        reissued = person.post(f"{self.path}/reissue").json["secret"]
        self.person = self.house.api.as_client(self.secret("a new secret", reissued))
        assert self.person.get(f"{self.path}/data").status == 200
        self.house.await_jobs()
        mails = len(self.house.mailbox.mails(address))
        self.house.api.post(f"/v1/groups/{self.group['id']}/recoveries", {"email": address})
        self.secret("a recovered secret", self.house.code(address, mails + 1))
        vouched = self.given.made(client.post(path, self.given.new_registration(
            pseudonym=self.mark("another pseudonym")), Idempotency_Key="vouched-and-not-again"))
        gone = self.house.api.as_client(self.secret("the secret of somebody erased", vouched["secret"]))
        assert gone.delete(f"/v1/registrations/{vouched['id']}").status == 204

    def write(self):
        sent = self.given.made(self.house.api.post(f"/v1/groups/{self.group['id']}/messages", {
            "text": self.mark("a text", "Guten Tag, {}!"), "name": self.mark("a sender's name"), "proof": self.given.proof(),
            "contact": {"email": self.mark("a sender's address", "{}@example.org")}}, Idempotency_Key="sent-and-not-again"))
        sender = self.house.api.as_client(self.secret("the secret of a thread", sent["secret"]))
        for side in (self.leader, sender):
            path = f"/v1/messages/{sent['id']}"
            assert side.post(f"{path}/replies", {"text": self.mark(f"a reply {len(self.markers)}")}).status == 201
            assert side.get(path).status == 200

    def subscribe(self):
        """Last of all that is done with the registration: what changes it asks for the calendar to be made again."""
        wanted = {"title": self.mark("a title"), "place": "town", "alarm": "PT1H"}
        made = [self.given.made(self.person.post(f"{self.path}/feed", wanted, Idempotency_Key="subscribed-and-not-again"))
                for _ in range(2)]
        assert made[0] == made[1]
        token = self.secret("the secret of a calendar", made[0]["url"].rpartition("/")[2].removesuffix(".ics"))
        for accept in ("text/calendar", "application/calendar+json"):
            for coding in ("identity", "gzip"):
                assert self.markers["a title"] in self.house.api.get(
                    f"/v1/feeds/{token}.ics", Accept=accept, Accept_Encoding=coding).body.decode()
        assert self.house.api.get(f"/v1/feeds/{token}/page").status == 200
        renamed = {**wanted, "title": self.mark("another title")}
        assert self.person.request("PUT", f"{self.path}/feed", renamed, If_Match="*").status == 200
        assert self.person.get(f"{self.path}/feed").json["title"] == self.markers["another title"]
        assert self.person.get(f"{self.path}/data").json["feed"]["title"] == self.markers["another title"]
        other = self.given.made(self.person.post(f"{self.path}/feed", wanted))
        self.secret("another secret of the calendar", other["url"].rpartition("/")[2].removesuffix(".ics"))

    def refer(self):
        """A code is made, looked at, redeemed, and tried again."""
        self.house.rows("INSERT INTO postcodes (country, postcode, town, point) VALUES ('DE', '50667', 'Köln', point_of(50.94, 6.96))")
        insurer, body = self.given.insurer(), self.given.new_referral()
        made = [self.given.made(insurer.post("/v1/referrals", body, Idempotency_Key="referred-and-not-again")) for _ in range(2)]
        assert made[0] == made[1]
        code = made[0]["code"]
        self.markers.update({"a code": code, "a code as one word": code.replace("-", "")})
        assert self.house.api.get(f"/referral/{code}").status == 200
        wanted = {"referral_code": code, "referral_consent": {"version": "2026-11-referral"}}
        self.given.registration(self.schedule, **wanted)
        path = f"/v1/schedules/{self.schedule['id']}/registrations"
        again = self.given.new_registration(proof=self.given.proof(), **wanted)
        assert self.house.api.post(path, again).pointers() == {"/referral_code"}
        assert self.house.api.post(path, {**again, "referral_code": f"{code}X"}).pointers() == {"/referral_code"}

    def stumble(self):
        """What is wrong is not written down either."""
        path = f"/v1/schedules/{self.schedule['id']}/registrations"
        word = self.mark("what was refused")
        body = self.given.new_registration(pseudonym=word, proof=self.given.proof())
        for wrong in ({**body, "role": word}, {**body, "consent": {"version": "old"}}, {**body, word: 1},
                      {**body, "role": "relative"}, f'{{"pseudonym": "{word}"', {**body, "message": word + "\0"}):
            assert self.house.api.post(path, wrong, Content_Type="application/json").status in (400, 422)
        for target in (f"{self.path}?token=", f"{path}?state=", "/v1/sessions/", "/v1/registrations/"):
            self.house.api.get(target + word.replace("ö", "%C3%B6"))
        revoked = self.markers["the secret of a calendar"]
        for path in (f"rf_{revoked}.ics", f"rf_{revoked}/page", f"rf_{revoked}", f"rf_{revoked}.ical", f"rf_{revoked}.ics/"):
            assert self.house.api.get(f"/v1/feeds/{path}").status == 404
        assert self.house.api.get(f"/v1/feeds/rf_{revoked}.ics?lang=de").status == 400
        assert self.house.api.get(self.path, Authorization=f"Bearer rf_{revoked}").status == 401
        assert self.person.post(f"{self.path}/feed", {"title": word * 5}).status == 422
        for token in (self.markers["a secret"], f"rp_{word.encode('ascii', 'replace').decode()}"):
            assert self.house.api.get(self.path, Authorization=f"Bearer {token}").status == 401
            assert self.house.session(token).status == 401


def keys_of(cluster):
    """The keys that must be outside of the database, and those that are in it wrapped."""
    keys = Keys(cluster.key)
    wrapping = {number: bytes(wrapped) for number, wrapped in cluster.rows("SELECT id, wrapped FROM wrapping_keys")}
    found = {"the master key": bytes.fromhex(cluster.key.read_text()[:64]), "the key above the wrapping keys": keys.above}
    found.update({f"wrapping key {number}": keys.wrapping(number, wrapped) for number, wrapped in wrapping.items()})
    for person, number, wrapped in cluster.rows("SELECT id, wrapping_key, wrapped FROM persons WHERE wrapped IS NOT NULL"):
        found[f"the key of {person}"] = keys.data(person, number, wrapping[number], wrapped)
    return found


def test_nothing_personal_and_no_secret_can_be_read_anywhere_on_the_disk(folder, api):
    cluster = Cluster(folder / f"cluster-{uuid.uuid4().hex[:8]}")
    servers, workers = [], []

    def start(kind, started, *of):
        started.append(kind(folder, *of) if kind is Worker else kind(folder, uuid.uuid4().hex[:8], **of[0]))
        return started[-1]
    clock, mailbox = Clock(folder / f"clock-{uuid.uuid4().hex}"), Mailbox(folder / f"mail-{uuid.uuid4().hex[:8]}")
    try:
        house = House(cluster, lambda **settings: start(Server, servers, settings),
                      lambda database, **settings: start(Worker, workers, {
                          "RUNDE_DATABASE": database, "RUNDE_MAILDIR": mailbox.path, "RUNDE_CLOCK_FILE": clock, **settings}),
                      mailbox, clock, api)
        lives = Lives(house)
        markers = {**lives.markers, **keys_of(cluster)}
        dump = cluster.dump()
        house.db.connection.close()
        for process in workers + servers:
            process.stop()
        logs = [process.log for process in workers + servers]
        cluster.stop()
        assert findings(markers, [*files_of(cluster, *logs), ("dump", dump)]) == set()
        # Not because nothing happened: PostgreSQL has noted all values that it was given, and mails went out.
        assert b"registrations_create" in (cluster.data / "log").read_bytes()
        assert b"DETAIL:  parameters: $1 = " in (cluster.data / "log").read_bytes()
        mails = "".join(map(text_of, mailbox.mails()))
        for name in ("a text", "a reason", "a place of a talk", "a confirmation"):
            assert lives.markers[name] in mails, name

        cluster.start()
        control = {form: f"Buchfink{uuid.uuid4().hex[:16]}" for form in ("plain", "upper", "bytes", "hex", "base64")}
        cluster.rows("CREATE TABLE leak (said text, kept bytea)")
        for _ in range(2):  # the log of writes may go over to its next page in the middle of one
            cluster.rows("INSERT INTO leak VALUES (%s, convert_to(%s, 'UTF8')), (upper(%s), NULL)",
                         control["plain"], control["bytes"], control["upper"])
            cluster.rows("INSERT INTO leak VALUES (encode(%s, 'hex'), NULL), (encode(%s, 'base64'), NULL)",
                         control["hex"].encode(), b"x" + control["base64"].encode())
        dump = cluster.dump()
        cluster.stop()
        found = findings(control, [*files_of(cluster), ("dump", dump)])
        for name, form in (("plain", "plain"), ("upper", "plain"), ("bytes", "plain"), ("hex", "hex"), ("base64", "base64")):
            assert {(name, form, place) for place in ("base", "pg_wal")} <= found
        assert ("plain", "plain", "log") in found and ("plain", "plain", "dump") in found and ("bytes", "hex", "dump") in found
    finally:
        for process in workers + servers:
            process.stop()
        cluster.stop()


# Nothing of it can be moved ------------------------------------------------------------------------


@pytest.fixture
def replica(db):
    """The database as somebody sees it who can write what they like."""
    db.execute("SET session_replication_role = replica")
    return db


def full_person(given, schedule, leader, **members):
    """Somebody in screening, of whom there is everything."""
    person = given.registration(schedule, message="Ich komme mit dem Rad.", contact={"phone": "+999 111"}, proof=given.proof(),
                                **members)
    assert leader.post(f"{person.path}/screening", {"place": "Am Telefon", "notes": "Hört gern zu.",
                                                    "starts_at": "2031-01-01T18:00:00Z"}).status == 200
    return person


@pytest.fixture
def led(given):
    """A group with a leader and screening; and two people in it of whom everything is known."""
    leader = given.leader(given.group(joining="screening"))
    schedule = given.schedule(given.admin, leader.group, registration={"required": True})
    leader.schedule = schedule
    leader.people = [full_person(given, schedule, leader, pseudonym=name) for name in ("Amsel", "Drossel")]
    return leader


SWAPS = {
    "between two people": ("registrations", "pseudonym", "registrations", "pseudonym", 1),
    "the contacts of two people": ("persons", "contact", "persons", "contact", 1),
    "between two columns": ("registrations", "pseudonym", "registrations", "message", 0),
    "notes that leaders wrote to where the person reads": ("screenings", "notes", "screenings", "place", 0),
    "notes to the message": ("screenings", "notes", "registrations", "message", 0),
    "the keys of two people": ("persons", "wrapped", "persons", "wrapped", 1),
}


def cell(table, column, person):
    key = "id" if table in ("registrations", "persons", "messages", "leaders") else "registration_id"
    return f"(SELECT {column} FROM {table} WHERE {key} = '{person}')", f"UPDATE {table} SET {column} = %s WHERE {key} = '{person}'"


def swap(db, table, column, person, other_table, other_column, other):
    read, write = cell(table, column, person)
    other_read, other_write = cell(other_table, other_column, other)
    db.execute(f"SELECT {read}, {other_read}")
    ours, theirs = db.fetchone()
    assert ours != theirs and None not in (ours, theirs)
    db.execute(write, [theirs])
    db.execute(other_write, [ours])


SEALED = {"pseudonym", "message", "contact", "screening_place", "screening_notes", "reason"}


@pytest.mark.parametrize("what", SWAPS)
def test_what_was_sealed_elsewhere_is_left_out_and_never_shown(led, replica, what):
    one, other = led.people
    before = {(person.id, reader): reader.get(person.path).json for person in led.people for reader in (person, led)}
    table, column, other_table, other_column, who = SWAPS[what]
    swap(replica, table, column, one.id, other_table, other_column, led.people[who].id)
    lost = 0
    for person in led.people:
        for reader in (person, led):
            was, now = before[person.id, reader], reader.get(person.path)
            assert now.status == 200
            assert {name: value for name, value in now.json.items() if name in was} == now.json
            assert all(now.json[name] == was[name] for name in now.json)
            lost += len(SEALED & set(was)) - len(SEALED & set(now.json))
    assert lost >= 2
    assert led.get(f"/v1/schedules/{led.schedule['id']}/registrations").status == 200
    swap(replica, table, column, one.id, other_table, other_column, led.people[who].id)
    assert all(reader.get(person.path).json == before[person.id, reader] for person in led.people for reader in (person, led))


def test_a_changed_byte_is_left_out(led, replica):
    person = led.people[0]
    replica.execute("UPDATE registrations SET pseudonym = set_byte(pseudonym, 40, 255 - get_byte(pseudonym, 40))"
                    " WHERE id = %s", [person.id])
    assert "pseudonym" not in person.read() and person.read()["message"] == "Ich komme mit dem Rad."


def test_names_and_texts_of_others_are_left_out_too(given, led, replica):
    other = given.leader(led.group, by=led, name="Buche")
    swap(replica, "leaders", "name", led.id, "leaders", "name", other.id)
    assert ["name" in leader for leader in led.get(f"/v1/groups/{led.group['id']}/leaders").json["items"]] == [False, False]
    one, two = (given.message(led.group, text=text, name="Weide") for text in ("Das eine.", "Das andere."))
    swap(replica, "messages", "text", one.id, "messages", "text", two.id)
    swap(replica, "messages", "name", one.id, "messages", "text", one.id)
    assert "text" not in two.get(f"/v1/messages/{two.id}").json
    assert {"name", "text"} & set(one.get(f"/v1/messages/{one.id}").json) == set()


# Who has the database has no secret ----------------------------------------------------------------


def spellings(value):
    """All that somebody could make of what is stored."""
    for text in (value.hex(), value.hex().upper(), "\\x" + value.hex(), base64.urlsafe_b64encode(value).decode().rstrip("="),
                 base64.b64encode(value).decode()):
        yield from (prefix + text for prefix in ("", "rp_", "rl_", "runde_"))


def test_what_is_stored_of_tokens_opens_nothing(given, led, db):
    person, invited = led.people[0], given.made(led.post(
        f"/v1/groups/{led.group['id']}/leaders", {"email": given.address(), "name": "Buche"}))
    given.token("invitation", invited["id"])
    assert given.api.post(f"/v1/groups/{led.group['id']}/sign-ins", {"email": given.address()}).status == 202
    db.execute("SELECT hash, uuid_send(id), browser FROM capabilities WHERE person_id = ANY (%s::uuid[])"
               " UNION ALL (SELECT hash, uuid_send(id), browser FROM capabilities WHERE kind = 'sign_in' LIMIT 1)",
               [[person.id, led.id, invited["id"]]])
    stored = {bytes(value) for row in db.fetchall() for value in row if value is not None}
    db.execute("SELECT hash FROM client_keys LIMIT 3")
    stored |= {bytes(value) for value, in db.fetchall()}
    assert len(stored) >= 9
    for token in {text for value in stored for text in spellings(value)}:
        if len(token) <= 90:
            assert given.api.get("/v1/session", Authorization=f"Bearer {token}").status == 401
            assert given.api.get(person.path, Authorization=f"Bearer {token}").status == 401
            assert given.api.post("/v1/sessions", {"token": token, "browser": token}).status == 401
    assert [person.get(person.path).status, led.get("/v1/session").status] == [200, 200]


# Erasing -------------------------------------------------------------------------------------------

TRACES = {"persons": "id", "registrations": "id", "screenings": "registration_id", "attendances": "registration_id",
          "places": "registration_id", "capabilities": "person_id", "jobs": "person_id",
          "registration_events": "registration_id", "feeds": "person_id",
          "feed_bodies": "(SELECT person_id FROM feeds WHERE id = feed_id)"}


def traces(db, person):
    """Everything that is kept of somebody, by tables; and what an idempotency key keeps."""
    kept = {}
    for table, key in TRACES.items():
        db.execute(f"SELECT t::text FROM {table} t WHERE {key} = %s ORDER BY 1", [person])
        kept[table] = [row for row, in db.fetchall()]
    db.execute("SELECT t::text FROM idempotency_keys t WHERE headers ->> 'location' LIKE %s ORDER BY 1",
               [f"/v1/registrations/{person}%"])
    kept["idempotency_keys"] = [row for row, in db.fetchall()]
    db.execute("SELECT t::text FROM erasures t WHERE group_id = (SELECT group_id FROM persons WHERE id = %s) ORDER BY id", [person])
    kept["erasures"] = [row for row, in db.fetchall()]
    return kept


def registered(given, schedule, **members):
    """Somebody with an address, repeated requests and a calendar, and so with everything that can be kept of a person."""
    made = given.made(given.api.post(f"/v1/schedules/{schedule['id']}/registrations", given.new_registration(
        message="Ich komme mit dem Rad.", contact={"email": given.address(), "phone": "+999 111"}, reminders=["P1D"],
        companions=2, role="affected", **members), Idempotency_Key=given.word()))
    person = given.api.as_client(made["secret"])
    person.id, person.path = made["id"], f"/v1/registrations/{made['id']}"
    feed = given.made(person.post(f"{person.path}/feed", {"title": "Chorprobe"}, Idempotency_Key=given.word()))
    person.feed = f"/v1/feeds/{feed['url'].rpartition('/')[2]}"
    assert given.api.get(person.feed).status == 200
    return person


def test_of_somebody_erased_only_counts_are_left(given, led, db):
    person = registered(given, led.schedule)
    confirmed = given.api.post(f"{person.path}/confirm", {"token": given.token("confirmation", person.id)})
    assert confirmed.json["state"] == "screening"
    assert led.post(f"{person.path}/screening", {"place": "Am Telefon", "notes": "Hört gern zu."}).status == 200
    before = traces(db, person.id)
    assert before["jobs"] and len(before["idempotency_keys"]) == 2 and len(before["capabilities"]) == 3
    assert len(before["feeds"]) == len(before["feed_bodies"]) == 1
    assert person.delete(person.path).status == 204
    after = traces(db, person.id)
    assert after["capabilities"] == after["jobs"] == after["idempotency_keys"] == after["attendances"] == after["places"] == []
    assert after["feeds"] == after["feed_bodies"] == []
    db.execute("SELECT p.wrapped, p.wrapping_key, p.contact, p.email_hash, r.pseudonym, r.message, r.reason, c.place, c.notes,"
               " r.reminders FROM persons p JOIN registrations r USING (id) JOIN screenings c ON c.registration_id = r.id"
               " WHERE p.id = %s", [person.id])
    assert db.fetchone() == (None,) * 9 + ([],)
    db.execute("SELECT state, role, companions, newcomer, schedule_id FROM registrations WHERE id = %s", [person.id])
    assert db.fetchone() == ("cancelled", "affected", 2, False, led.schedule["id"])
    db.execute("SELECT cause, role, persons FROM erasures WHERE group_id = %s", [led.group["id"]])
    assert db.fetchall() == [("asked", "registrant", 1)]
    assert person.get(person.path).status == person.delete(person.path).status == 401
    assert given.api.get(person.feed).status == 404


def test_leaders_see_that_somebody_was_there_and_no_more(given, led):
    person = led.people[0]
    assert person.delete(person.path).status == 204
    seen = led.get(person.path).json
    assert seen["state"] == "cancelled" and SEALED & set(seen) == set()
    listed = led.get(f"/v1/schedules/{led.schedule['id']}/registrations").json["items"]
    assert ["pseudonym" in item for item in sorted(listed, key=lambda item: item["id"] != person.id)] == [False, True]
    assert led.post(f"{person.path}/reject", {"reason": "Nein."}).status == 404


def test_whoever_is_erased_frees_their_place_and_the_list_is_served(given):
    schedule = given.schedule(given.admin, given.group(), capacity=1, registration={"required": True})
    first, second, third = (given.registration(schedule) for _ in range(3))
    assert [person.state for person in (first, second, third)] == ["confirmed", "waiting", "waiting"]
    assert first.delete(first.path).status == 204
    assert [person.state for person in (second, third)] == ["offered", "waiting"]
    assert third.delete(third.path).status == 204  # from the list too
    assert second.act("accept").json["state"] == "confirmed"


def test_erasing_needs_a_revision_or_a_star(given, led):
    person = led.people[0]
    assert person.request("DELETE", person.path).status == 428
    assert person.delete(person.path, '"99.0123456789abcdef"').status == 412
    assert person.read()["pseudonym"] == "Amsel"
    assert person.delete(person.path, person.get(person.path).etag).status == 204


@pytest.mark.parametrize("table", ["erasures", "messages", "attendances", "screenings", "feeds", "feed_bodies"])
def test_an_erasure_that_is_cut_short_has_erased_nothing(given, led, db, lock, table):
    person = registered(given, led.schedule)
    before = traces(db, person.id)
    lock.hold(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
    answer = in_background(lambda: person.delete(person.path))
    lock.await_waiting(1)
    lock.cursor.execute("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                        " WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))")
    assert answer().status == 503
    lock.release()
    assert traces(db, person.id) == before
    assert person.delete(person.path).status == 204
    assert traces(db, person.id) != before


# Retention -----------------------------------------------------------------------------------------


class Time:
    """What becomes of people as days go by, in a database of its own."""

    def __init__(self, house):
        self.house, self.given = house, house.given
        self.group = self.given.group()
        self.schedule = self.given.schedule(house.admin, self.group, registration={"required": True})
        self.meeting = house.admin.get(f"/v1/groups/{self.group['id']}/meetings").json["items"][0]

    def settle(self, **settings):
        assert self.house.admin.patch(f"/v1/groups/{self.group['id']}/settings", settings).status == 200

    def purge(self, days, since="now()"):
        purge(self.house.db, f"{since}::timestamptz + {days} * interval '1 day'")

    def is_there(self, person):
        return self.house.value("SELECT erased_at IS NULL FROM persons WHERE id = %s", person.id)

    def assert_stays(self, person, days, since="now()"):
        """Until so many days have gone, and no longer."""
        self.purge(days - 0.1, since)
        assert self.is_there(person)
        self.purge(days + 0.1, since)
        assert not self.is_there(person)
        assert self.house.rows("SELECT cause, role, persons FROM erasures ORDER BY id DESC LIMIT 1") == [
            ("retention", "registrant", 1)]
        assert self.house.value("SELECT count(*) FROM registrations WHERE id = %s AND pseudonym IS NULL", person.id) == 1
        assert person.get(person.path).status == 401


@pytest.fixture
def time(house):
    return Time(house)


def over(time):
    return f"'{time.meeting['ends_at']}'"


@pytest.mark.parametrize("days", [None, 1, 90])
def test_people_are_forgotten_so_many_days_after_their_meeting(time, days):
    if days:
        time.settle(retention_days=days)
    time.assert_stays(time.given.registration(time.meeting), days or 30, over(time))


def test_who_was_rejected_or_gave_up_is_forgotten_after_that_and_not_after_the_meeting(time):
    time.settle(retention_days=2)
    person = time.given.registration(time.meeting)
    assert person.act("cancel").status == 200
    time.assert_stays(person, 2)


def test_regular_places_are_kept_until_they_end(time):
    person = time.given.registration(time.schedule)
    time.purge(3650)
    assert time.is_there(person)
    assert person.act("cancel").status == 200
    time.assert_stays(person, 30)


def test_regular_places_end_with_their_series(time):
    person = time.given.registration(time.schedule)
    until = time.given.wednesday(3)
    assert time.house.admin.patch(f"/v1/schedules/{time.schedule['id']}", {"until": str(until)}).status == 200
    time.assert_stays(person, 30, f"'{until} 20:30 Europe/Berlin'")


def test_regular_places_are_kept_in_a_series_of_which_no_date_is_planned_yet(time):
    time.house.rows("UPDATE schedules SET planned_until = '-infinity' WHERE id = %s", time.schedule["id"])
    time.house.rows("UPDATE meetings SET deleted_at = now() WHERE schedule_id = %s", time.schedule["id"])
    person = time.given.registration(time.schedule)
    time.purge(60)
    assert time.is_there(person)


def test_a_regular_place_in_what_happens_once_ends_with_it(time):
    once = time.given.made(time.house.admin.post(f"/v1/groups/{time.group['id']}/meetings", time.given.new_schedule(
        repeats=None, registration={"required": True})))
    series = time.house.admin.get(f"/v1/schedules/{once['schedule_id']}").json
    time.assert_stays(time.given.registration(series), 30, f"'{once['ends_at']}'")


def test_regular_places_end_when_their_series_is_deleted(time):
    person = time.given.registration(time.schedule)
    assert time.house.admin.delete(f"/v1/schedules/{time.schedule['id']}").status == 204
    time.assert_stays(person, 30)


def test_who_never_confirmed_is_forgotten_at_once(time):
    person = time.given.registration(time.meeting, contact={"email": "amsel@example.org"})
    sweep(time.house.db, "now() + interval '23 hours'")
    assert time.is_there(person) and person.state == "unconfirmed"
    sweep(time.house.db, "now() + interval '25 hours'", SWEEPS)
    assert person.state == "expired"
    time.purge(2)
    assert not time.is_there(person)


def test_who_was_offered_a_place_in_vain_is_kept_like_all_others(time):
    schedule = time.given.schedule(time.house.admin, time.group, capacity=1, registration={"required": True})
    first, second = (time.given.registration(schedule) for _ in range(2))
    assert first.act("cancel").status == 200 and second.state == "offered"
    sweep(time.house.db, "now() + interval '25 hours'")
    assert second.state == "expired"
    time.purge(30)
    assert time.is_there(second)
    time.purge(32)
    assert not time.is_there(second)


def test_leaders_are_forgotten_when_nobody_came_or_the_group_is_no_more(house):
    group, other = house.given.group(), house.given.group()
    house.work()
    leader = house.leader(group)
    _, invited = house.invite(other)
    left = "SELECT id::text FROM persons WHERE erased_at IS NULL ORDER BY id"
    purge(house.db, "now() + interval '29 days'")
    assert len(house.rows(left)) == 2
    purge(house.db, "now() + interval '31 days'")
    assert house.rows(left) == [(leader.id,)]
    assert house.value("SELECT state FROM leaders WHERE id = %s", invited["id"]) == "left"
    purge(house.db, "now() + interval '3650 days'")
    assert house.rows(left) == [(leader.id,)]
    assert house.admin.delete(f"/v1/groups/{group['id']}").status == 204
    purge(house.db, "now() + interval '31 days'")
    assert house.rows(left) == []
    assert leader.get("/v1/session").status == 401


def test_the_worker_forgets_people_by_the_clock(time):
    person = time.given.registration(time.meeting)
    other = time.given.registration(time.schedule)
    time.house.clock.move(60 * DAY)
    time.house.work()
    await_truth(lambda: not time.is_there(person))
    assert time.is_there(other)


def test_each_of_many_is_forgotten_by_a_job_of_their_own_that_names_no_person(time):
    people = [time.given.registration(time.meeting) for _ in range(5)]
    counts = [time.house.value("SELECT persons_purge(now() + interval '99 days')") for _ in range(2)]
    assert counts == [5, 0] and all(time.is_there(person) for person in people)
    assert time.house.rows("SELECT DISTINCT kind, person_id, payload::text FROM jobs") == [("erasure", None, "{}")]
    time.house.clock.move(99 * DAY)
    time.house.work()
    await_truth(lambda: not any(time.is_there(person) for person in people))


def test_who_has_become_active_since_is_not_forgotten_by_a_job_that_was_added_before(time):
    person = time.given.registration(time.meeting)
    time.house.rows("SELECT persons_purge(now() + interval '99 days')")
    time.house.work()
    time.house.await_jobs()
    assert time.is_there(person)


# Everything is shown to whom it is about -----------------------------------------------------------

NOT_PERSONAL, FOR_US = "not personal", "of use to the service alone: "
MAP = {
    "persons": {
        "id": "/registration/id", "role": NOT_PERSONAL, "group_id": "/registration/group_id",
        "wrapping_key": FOR_US + "which key opens the next", "wrapped": FOR_US + "the key itself, sealed",
        "contact": "/registration/contact", "email_hash": FOR_US + "follows from contact",
        "language": "/registration/language", "email_confirmed_at": "/history",
        "consent_version": "/registration/consent/version", "consent_at": "/registration/consent/given_at",
        "created_at": "/registration/created_at", "recovered_at": FOR_US + "when a new link may be mailed again",
        "erased_at": "nobody is there any more who could ask", "mails": "/registration/mails",
        "invitations": "/registration/invitations",
        "links": FOR_US + "how often the links in mails were made worthless",
        "suppressed": "/registration/contact_suppressed", "bounced_at": "/registration/contact_suppressed"},
    "registrations": {
        "id": "/registration/id", "group_id": "/registration/group_id", "schedule_id": "/registration/schedule_id",
        "meeting_id": "/registration/meeting_id", "during": FOR_US + "follows from meeting or series",
        "role": "/registration/role", "newcomer": "/registration/newcomer", "companions": "/registration/companions",
        "counted": FOR_US + "how the group counts its places", "reminders": "/registration/reminders",
        "state": "/registration/state", "turn": FOR_US + "shown as position", "lapses_at": "/registration/screening/hold_until",
        "ended_at": "/registration/updated_at", "pseudonym": "/registration/pseudonym", "message": "/registration/message",
        "reason": "/registration/reason", "client_id": "/history/0/by", "action": "/history/0/action",
        "actor": "/history/0/by", "revision": "/registration/revision", "created_at": "/registration/created_at",
        "updated_at": "/registration/updated_at"},
    "registration_events": {
        "sequence": NOT_PERSONAL, "registration_id": "/registration/id", "at": "/history/0/at",
        "action": "/history/0/action", "was": "/history/1/from", "state": "/history/0/to", "actor": "/history/0/by"},
    "screenings": {
        "registration_id": "/registration/id", "starts_at": "/registration/screening/starts_at",
        "place": "/registration/screening_place", "notes": "the leaders' own, as REG-12 has it", "updated_at": "/history/2/at"},
    "attendances": {
        "registration_id": "/registration/id", "meeting_id": "/registration/attendance/0/meeting_id",
        "attended": "/registration/attendance/0/attended"},
    "feeds": {
        "id": FOR_US + "what the ids of its events are made of", "key": FOR_US + "follows from the registration",
        "group_id": "/registration/group_id", "person_id": "/registration/id", "search": NOT_PERSONAL,
        "language": "/feed/language", "alarm": "/feed/alarm", "detail": "/feed/detail", "place": "/feed/place",
        "title": "/feed/title", "revision": FOR_US + "counts how often the settings were changed",
        "created_at": "/feed/created_at", "updated_at": FOR_US + "from when the calendar counts as changed",
        "used_on": "/feed/last_used_on"},
    "feed_bodies": {
        "feed_id": FOR_US + "whose it is", "format": FOR_US + "as what it was asked for",
        "version": FOR_US + "whether it is still right", "good_until": FOR_US + "when it is made again",
        "etag": FOR_US + "whether a calendar program has it already", "modified_at": FOR_US + "the same",
        "body": "the calendar itself, which the person's program reads", "packed": NOT_PERSONAL},
}

# Other tables in which something leads to a person.
ELSEWHERE = {
    "capabilities": "hashes of secrets that the person has", "jobs": "mails on their way to the person",
    "places": "which seat a place is counted as", "leaders": "leaders see each other's names",
    "messages": "shown by getMessage", "referrals": "shown as referral, by getRegistrationReferral too",
    "reminders": "of which meetings the person was reminded, for some days", "wrapping_keys": None}
LEADING = """
    SELECT DISTINCT c.relname
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
      AND (a.attname IN ('person_id', 'registration_id', 'thread_id', 'leader_id')
           OR EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f'
                                                    AND k.confrelid IN ('persons'::regclass, 'registrations'::regclass,
                                                                        'feeds'::regclass)))
"""


def columns_of(db, table):
    db.execute("SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s", [table])
    return {name for name, in db.fetchall()}


@pytest.mark.parametrize("table", MAP)
def test_of_every_column_it_is_said_whether_it_is_shown(db, table):
    assert set(MAP[table]) == columns_of(db, table)


def test_a_new_column_without_a_word_about_it_would_be_found(installed):
    installed.rows("ALTER TABLE persons ADD COLUMN shoe_size integer")
    with closing(connected(installed.database)) as connection:
        assert columns_of(connection.cursor(), "persons") - set(MAP["persons"]) == {"shoe_size"}


def test_of_every_table_that_leads_to_a_person_it_is_said_what_it_is_for(db):
    db.execute(LEADING)
    assert {name for name, in db.fetchall()} | {"persons", "wrapping_keys"} == set(MAP) | set(ELSEWHERE)


def at(document, pointer):
    for name in pointer.split("/")[1:]:
        document = document[int(name) if isinstance(document, list) else name]
    return document


def test_all_that_the_map_promises_stands_in_what_is_exported(house):
    leader_group = house.given.group(joining="screening")
    schedule = house.given.schedule(house.admin, leader_group, registration={"required": True})
    meeting = house.admin.get(f"/v1/groups/{leader_group['id']}/meetings").json["items"][0]
    house.work()
    leader = house.leader(leader_group)
    assert leader.patch(f"/v1/groups/{leader_group['id']}/settings", {"attendance": True}).status == 200
    person = house.given.registration(meeting, pseudonym="Amsel", message="Ich komme mit dem Rad.", reminders=["P1D"],
                                      contact={"email": "amsel@example.org", "phone": "+999 111"}, language="en")
    assert house.api.post(f"{person.path}/confirm", {"token": house.code("amsel@example.org")}).status == 200
    assert leader.post(f"{person.path}/screening", {"place": "Am Telefon", "starts_at": "2031-01-01T18:00:00Z",
                                                    "hold": "P1D", "notes": "Hört gern zu."}).status == 200
    held = person.get(f"{person.path}/data").json
    assert leader.post(f"{person.path}/admit").json["state"] == "confirmed"
    house.clock.move(15 * DAY)
    browser = house.sign_in(leader_group, leader.address)
    leader = house.signed_in(house.given.made(house.session(house.code(leader.address, 2), browser)))
    attended = leader.post(f"{person.path}/attendance", {"meeting_id": meeting["id"], "attended": True})
    assert attended.status == 200, attended.json
    assert leader.post(f"{person.path}/reject", {"reason": "Der Kreis ist voll."}).status == 200
    assert "feed" not in person.get(f"{person.path}/data").json
    wanted = {"title": "Chorprobe", "alarm": "PT1H", "place": "town", "language": "de"}
    house.given.feed(person, **wanted)
    shown = person.get(f"{person.path}/data").json
    shown["registration"]["screening"]["hold_until"] = held["registration"]["screening"]["hold_until"]
    for table, columns in MAP.items():
        for column, where in columns.items():
            if where.startswith("/"):
                assert at(shown, where) is not None, f"{table}.{column}"
    assert shown["registration"]["contact"] == {"email": "amsel@example.org", "phone": "+999 111"}
    assert shown["feed"] == person.get(f"{person.path}/feed").json and wanted.items() <= shown["feed"].items()
    assert [(step["action"], step["by"]) for step in shown["history"]] == [
        ("register", "person"), ("confirm", "person"), ("screen", "leader"), ("admit", "leader"), ("reject", "leader")]
    assert "screening_notes" not in shown["registration"] and "Hört gern zu." not in str(shown)
    assert schedule["id"] == shown["registration"]["schedule_id"]


# Nobody can tell that two are one ------------------------------------------------------------------

# What says nothing about who it is, or is the same for many.
HARMLESS = {"persons": {"role", "wrapping_key", "language", "consent_version", "recovered_at", "erased_at",
                        "email_confirmed_at", "mails", "links", "invitations"},
            "registrations": {"meeting_id", "role", "newcomer", "companions", "counted", "reminders", "state", "during",
                              "reason", "client_id", "action", "actor", "revision", "ended_at"},
            "capabilities": {"kind", "browser", "used_at", "expires_at"},
            "jobs": {"kind", "payload", "attempts", "lease_until", "fence", "error", "dead_at"},
            "registration_events": {"action", "was", "state", "actor"},
            "feeds": {"used_on", "language", "alarm", "detail", "place", "revision"},
            "feed_bodies": {"format", "version", "good_until", "modified_at"}}
KEYS = {"persons": "id", "registrations": "id", "capabilities": "person_id", "jobs": "person_id",
        "registration_events": "registration_id", "feeds": "person_id", "feed_bodies": TRACES["feed_bodies"]}


def values_of(db, person):
    """What is kept of somebody, save what is harmless: {value: where}."""
    found = {}
    for table, key in KEYS.items():
        db.execute(f"SELECT to_jsonb(t) FROM {table} t WHERE {key} = %s", [person])
        for row, in db.fetchall():
            found.update({str(value): f"{table}.{column}" for column, value in row.items()
                          if column not in HARMLESS[table] and value is not None})
    return found


def known_twice(given, **members):
    """With a calendar of the same title each."""
    same = {"pseudonym": "Rohrdommel", "message": "Ich komme mit dem Rad.",
            "contact": {"email": given.address(), "phone": "+999 111"}, **members}
    people = [given.registration(given.schedule(given.admin, given.group(), registration={"required": True}), **same)
              for _ in range(2)]
    for person in people:
        assert given.api.get(given.feed(person, title="Tubaquartett")["path"]).status == 200
    return [person.id for person in people]


def test_the_same_person_in_two_groups_has_nothing_in_common(given, db):
    one, other = (values_of(db, person) for person in known_twice(given))
    assert len(one) >= 14 and len(one) == len(other)
    assert {value: (one[value], other[value]) for value in set(one) & set(other)} == {}


def test_a_hash_of_the_address_alone_would_be_found(given, replica):
    people = known_twice(given)
    replica.execute("UPDATE persons SET email_hash = 'the-same' WHERE id = ANY (%s::uuid[])", [people])
    one, other = (values_of(replica, person) for person in people)
    assert {one[value] for value in set(one) & set(other)} == {"persons.email_hash"}


def test_how_often_an_address_was_mailed_leads_to_nobody(given, db):
    people = known_twice(given)
    db.execute("SELECT address FROM mail_allowances")
    counted = {"\\x" + bytes(address).hex() for address, in db.fetchall()}
    assert counted and all(not counted & set(values_of(db, person)) for person in people)


# Who reads is noted --------------------------------------------------------------------------------


def reads(db, *things):
    db.execute("SELECT writer - 'request_id', resource, members FROM audit WHERE action = 'read'"
               " AND resource_id = ANY (%s::uuid[]) ORDER BY sequence", [list(things)])
    return db.fetchall()


def test_each_reading_by_others_is_noted_once_and_the_person_sees_it(given, db):
    client = given.client(scopes="groups:write,meetings:write,registrations:manage")
    leader = given.leader(given.group(client))
    assert leader.patch(f"/v1/groups/{leader.group['id']}/settings", {"shared_with_organisation": True}).status == 200
    schedule = given.schedule(client, leader.group, registration={"required": True})
    meeting = client.get(f"/v1/groups/{leader.group['id']}/meetings").json["items"][0]
    regular, single = given.registration(schedule), given.registration(meeting)
    lists = {regular: f"/v1/schedules/{schedule['id']}/registrations", single: f"/v1/meetings/{meeting['id']}/registrations"}
    for person, about in ((regular, schedule["id"]), (single, meeting["id"])):
        noted = []
        for reader, writer in ((leader, {"leader_id": leader.id}), (client, None)):
            for path, resource in ((person.path, "registration"), (lists[person], "registrations")):
                assert reader.get(path).status == 200
                noted.append((writer, resource))
                now = reads(db, person.id, about)
                assert len(now) == len(noted)
                assert now[-1][1:] == (resource, ["pseudonym", "message"])
                assert writer in (None, now[-1][0]) and set(now[-1][0]) <= {"leader_id", "client_id"}
        assert person.get(person.path).status == 200  # one's own is nobody's business
        shown = person.get(f"{person.path}/data").json["reads"]
        assert [read["by"] for read in shown] == ["leader", "leader", "client", "client"]
        assert len(reads(db, person.id, about)) == 4


def test_reading_messages_is_noted_once(given, db):
    leader = given.leader()
    sender = given.message(leader.group)
    assert leader.get(f"/v1/messages/{sender.id}").status == sender.get(f"/v1/messages/{sender.id}").status == 200
    assert leader.get(f"/v1/groups/{leader.group['id']}/messages").status == 200
    assert [resource for _, resource, _ in reads(db, sender.id, leader.group["id"])] == ["message", "messages"]


def test_who_finds_nothing_has_read_nothing(given, led, db):
    other = given.leader()
    person = led.people[0]
    before = reads(db, person.id, led.schedule["id"])
    for reader in (other, given.admin, given.client(scopes="registrations:manage"), led.people[1], given.api):
        for path in (person.path, f"/v1/schedules/{led.schedule['id']}/registrations"):
            assert reader.get(path).status in (401, 404)
    assert reads(db, person.id, led.schedule["id"]) == before


def test_what_is_noted_says_nothing_of_what_was_read(given, led, db):
    person = given.registration(led.schedule, pseudonym="Wiedehopf")
    assert led.get(person.path).json["pseudonym"] == "Wiedehopf"
    db.execute("SELECT a::text FROM audit a WHERE resource_id = %s", [person.id])
    noted = [row for row, in db.fetchall()]
    assert noted and not any("wiedehopf" in row.lower() for row in noted)


# New keys ------------------------------------------------------------------------------------------


def test_keys_are_rotated_while_people_register_and_everything_still_opens(house):
    schedule = house.given.schedule(house.admin, house.given.group(), registration={"required": True})
    house.work()
    group = {"id": schedule["group_id"]}
    leader = house.leader(group, name="Eiche")
    people = [house.given.registration(schedule, pseudonym=f"Meise {n}") for n in range(5)]
    sender = house.given.message(group, name="Weide")
    before = house.rows("SELECT id FROM wrapping_keys")
    ended, failures = threading.Event(), []

    def go_on():
        while not ended.is_set():
            try:
                people.append(house.given.registration(schedule, pseudonym=f"Meise {len(people)}"))
                assert leader.get(people[0].path).json["pseudonym"] == "Meise 0"
            except Exception as failure:  # whatever it is, it is told below
                failures.append(failure)
                return
    threads = [threading.Thread(target=go_on) for _ in range(2)]
    for thread in threads:
        thread.start()
    await_truth(lambda: len(people) > 8, 30)
    house.installed.works("keys", "rotate")
    rotated = len(people)
    await_truth(lambda: len(people) > rotated + 3 or failures, 30)
    ended.set()
    for thread in threads:
        thread.join(30)
    assert failures == []
    after = house.rows("SELECT id FROM wrapping_keys")
    assert len(after) == 1 and after != before
    assert house.rows("SELECT DISTINCT wrapping_key FROM persons") == after
    assert all(re.fullmatch(r"Meise \d+", person.read()["pseudonym"]) for person in people)
    assert leader.get(f"/v1/groups/{group['id']}/leaders").json["items"][0]["name"] == "Eiche"
    assert sender.get(f"/v1/messages/{sender.id}").json["name"] == "Weide"
    browser = house.sign_in(group, leader.address)
    assert house.session(house.code(leader.address, 3), browser).status == 201  # after the message's mail
