"""given.py: what a test needs to be there; each makes its own, so that all can run side by side."""

import uuid


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

    def client(self, organisation=None, scopes="groups:read,groups:write"):
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

    def group(self, client=None, **members):
        return self.made((client or self.client()).post("/v1/groups", self.new_group(**members)))
