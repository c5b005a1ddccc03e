"""given.py: what a test needs to be there; each makes its own, so that all can run side by side."""

import uuid
from datetime import date, timedelta


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
