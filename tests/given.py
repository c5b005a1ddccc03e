"""given.py: what a test needs to be there; each makes its own, so that all can run side by side."""

import hashlib
import itertools
import os
import secrets
import uuid
from contextlib import closing
from datetime import date, timedelta

from tests.client import Client
from tests.installation import connected
from tests.oauth import Signer, SigningClient
from tests.sealing import token_hash


class Registrant(Client):
    """Somebody who has registered, with their secret; made: what they were answered."""

    @classmethod
    def of(cls, client, made):
        person = cls(client.server, client.contract, client.seen, made["secret"])
        person.made, person.id, person.path = made, made["id"], f"/v1/registrations/{made['id']}"
        return person

    def read(self):
        return self.get(self.path).json

    @property
    def state(self):
        return self.read()["state"]

    def act(self, action, by=None, body=None):
        """The answer to an action on the registration, by themselves or by somebody else."""
        return (by or self).post(f"{self.path}/{action}", body)


class Given:
    def __init__(self, admin, api, runde):
        self.admin, self.api, self.runde = admin, api, runde
        self._topic = None

    @staticmethod
    def word():
        """A word that nothing else has."""
        return "w" + uuid.uuid4().hex[:15]

    def made(self, reply):
        assert reply.status == 201, reply.json
        return reply.json

    def organisation(self, **members):
        body = {"kind": "contact_point", "name": f"Kontaktstelle {self.word()}", **members}
        return self.made(self.admin.post("/v1/organisations", body))

    def client(self, organisation=None, scopes="groups:read,groups:write,meetings:write"):
        """A client of an organisation, new if none is given."""
        organisation = organisation or self.organisation()
        key = self.runde("client", "add", self.word(), "--scopes", scopes,
                         "--organisation", organisation["id"]).stdout.strip()
        client = self.api.as_client(key)
        client.organisation = organisation
        return client

    def new_referral(self, **members):
        """A NewReferral with the members that must be there, and others; None leaves one out."""
        body = {"need": {"topic_id": self.some_topic()}, "near": {"country": "DE", "postcode": "50667"},
                "audience": "affected", "language": "de", **members}
        return {name: value for name, value in body.items() if value is not None}

    def referral(self, insurer, **members):
        return self.made(insurer.post("/v1/referrals", self.new_referral(**members)))

    def registered(self, organisation=None, scopes="groups:read", **members):
        """A client as the administrator registers it; None leaves a member out."""
        body = {"name": self.word(), "scopes": scopes.split(","), "organisation_id": organisation and organisation["id"],
                **members}
        return self.made(self.admin.post("/v1/clients", {k: v for k, v in body.items() if v is not None}))

    def signing(self, organisation, scopes, signer=None):
        """A client that signs, with tokens that are bound to its key."""
        signer = signer or Signer()
        made = self.registered(organisation, scopes, token_endpoint_auth_method="private_key_jwt",
                               jwks={"keys": [signer.public]})
        client = SigningClient.of(self.api, made["id"], signer)
        client.organisation = organisation
        return client

    def insurer(self, organisation=None, scopes="groups:read,referrals:write"):
        """A client of an insurer, new if none is given."""
        return self.signing(organisation or self.organisation(kind="insurer", name=f"Kasse {self.word()}"), scopes)

    def topic(self, **members):
        body = {"slug": self.word(), "names": {"de": f"Thema {self.word()}"}, **members}
        return self.made(self.admin.post("/v1/topics", body))

    def some_topic(self):
        if self._topic is None:
            self._topic = self.admin.get("/v1/topics?limit=1").json["items"][0]["id"]
        return self._topic

    def new_group(self, **members):
        """A NewGroup with the members that must be there, and others; None leaves one out."""
        body = {
            "name": f"Gruppe {self.word()}", "topic_ids": [self.some_topic()], "audience": ["affected"],
            "leadership": "peer_led", "joining": "drop_in", "formats": ["in_person"], "languages": ["de"],
            **members}
        return {name: value for name, value in body.items() if value is not None}

    @classmethod
    def new_schedule(cls, **members):
        """A NewSchedule: every Wednesday evening, online; None leaves a member out."""
        body = {"starts_at_local": f"{cls.wednesday(1)}T19:00:00", "time_zone": "Europe/Berlin", "duration": "PT1H30M",
                "repeats": [{"unit": "week", "on": ["wednesday"]}], "format": "online", **members}
        return {name: value for name, value in body.items() if value is not None}

    @staticmethod
    def wednesday(weeks):
        """A Wednesday to come; the first is at least a day away."""
        tomorrow = date.today() + timedelta(days=1)
        return tomorrow + timedelta(days=(2 - tomorrow.weekday()) % 7, weeks=weeks - 1)

    def schedule(self, client=None, group=None, **members):
        client = client or self.client()
        group = group or self.group(client)
        return self.made(client.post(f"/v1/groups/{group['id']}/schedules", self.new_schedule(**members)))

    def group(self, client=None, **members):
        return self.made((client or self.client()).post("/v1/groups", self.new_group(**members)))

    def new_venue(self, **members):
        """A NewVenue that everybody may read, with the members that must be there, and others."""
        return {"name": f"Haus {self.word()}", "setting": "community_centre", "disclosure": "public",
                "address": {"country": "DE", "postcode": "50667", "street": "Beispielgasse 1"}, **members}

    def venue(self, client=None, **members):
        client = client or self.client(scopes="meetings:write")
        return self.made(client.post("/v1/venues", self.new_venue(**members)))

    def closure(self, client, **members):
        body = {"from": "2031-01-01", "to": "2031-01-07", **members}
        return self.made(client.post("/v1/closures", body))

    def webhook(self, client, **members):
        """It leads to where nobody sends to, as no worker is about."""
        return self.made(client.post("/v1/webhooks", {"url": "https://portal.example.org/hook", **members}))

    def address(self):
        return f"{self.word()}@example.org"

    def proof(self):
        """Work that is done."""
        riddle = self.made(self.api.post("/v1/challenges"))
        solved = (nonce for nonce in itertools.count() if zero_bits(f"{riddle['challenge']}.{nonce}") >= riddle["bits"])
        return {"challenge": riddle["challenge"], "nonce": str(next(solved))}

    def new_registration(self, **members):
        """A NewRegistration without an address or a proof; None leaves a member out."""
        body = {"pseudonym": f"Amsel {self.word()}", "role": "affected", "consent": {"version": "2026-11"}, **members}
        return {name: value for name, value in body.items() if value is not None}

    def registration(self, target, client=None, **members):
        """Somebody registered for a meeting or, if it is a series, for a regular place; by themselves, or by a client."""
        kind = "meetings" if "schedule_id" in target else "schedules"
        if not client and "contact" not in members:
            members.setdefault("proof", self.proof())
        client = client or self.api
        made = self.made(client.post(f"/v1/{kind}/{target['id']}/registrations", self.new_registration(**members)))
        return Registrant.of(client.as_client(None), made)

    @staticmethod
    def token(kind, person, hours=24, prefix=""):
        """A token as the worker would mail it to a person; it is good for some hours."""
        token = prefix + secrets.token_urlsafe(32)
        with closing(connected(os.environ["RUNDE_TEST_DATABASE"])) as connection:
            connection.cursor().execute(
                "INSERT INTO capabilities (hash, id, kind, person_id, created_at, expires_at)"
                " VALUES (%s, gen_random_uuid(), %s, %s, now(), now() + %s * interval '1 hour')",
                [token_hash(token), kind, person, hours])
        return token

    @staticmethod
    def released():
        """A table of the statistics that was released, as the worker would do it."""
        with closing(connected(os.environ["RUNDE_TEST_DATABASE"])) as connection:
            connection.cursor().execute("SELECT statistics_release_due(now())")
        return "groups"

    def leader(self, group=None, by=None, **members):
        """A new leader of a group, signed in, with id and group; invited by the administrator, or by another leader."""
        group = group or self.group()
        made = self.made((by or self.admin).post(
            f"/v1/groups/{group['id']}/leaders", {"email": self.address(), "name": "Eiche", **members}))
        session = self.made(self.api.post("/v1/sessions", {"token": self.token("invitation", made["id"])}))
        leader = self.api.as_client(session["secret"])
        leader.id, leader.group = made["id"], group
        return leader

    def feed(self, person, **members):
        """The calendar of somebody registered, with the token and the file of its address."""
        made = self.made(person.post(f"{person.path}/feed", members))
        file = made["url"].rpartition("/")[2]
        return {**made, "file": file, "token": file.removesuffix(".ics"), "path": f"/v1/feeds/{file}"}

    def message(self, group, **members):
        """A thread, by whoever began it; id: of the message."""
        made = self.made(self.api.post(f"/v1/groups/{group['id']}/messages",
                                       {"text": "Ist noch Platz?", "proof": self.proof(), **members}))
        sender = self.api.as_client(made["secret"])
        sender.id = made["id"]
        return sender


def zero_bits(text):
    return 256 - int.from_bytes(hashlib.sha256(text.encode()).digest(), "big").bit_length()
