"""Feeds that Runde serves, with the same steps as the toy's: each changes one thing over the API, and waits until the feed says so."""

from datetime import date, timedelta
from urllib.parse import urlsplit
from urllib.request import urlopen

from tests.wire import await_truth

SCOPES = "groups:read,groups:write,meetings:write,registrations:write"


class Feed:
    """Of a group that meets every Wednesday evening; days: as far as anybody looks."""

    def __init__(self, given, days=121):
        self.given, self.keeper = given, given.client(scopes=SCOPES)
        self.group = given.group(self.keeper)
        self.series = given.schedule(self.keeper, self.group, registration={"required": True})
        self.until = date.today() + timedelta(days=days)

    def meetings(self):
        path = f"/v1/groups/{self.group['id']}/meetings?to={self.until}T00:00:00Z"
        return self.keeper.all_pages(path)

    def body(self):
        with urlopen(self.url, timeout=10) as answer:
            return answer.read()

    def after(self, change):
        """Makes a change, and waits until it can be read."""
        before = self.body()
        assert change().status in (200, 201, 204)
        await_truth(lambda: self.body() != before)

    def week(self, number, **members):
        path = f"/v1/schedules/{self.series['id']}/exceptions/{self.meetings()[number]['date']}"
        return self.keeper.request("PUT", path, members, If_Match="*")

    def move(self):
        """The third one is a day and an hour later."""
        day = date.fromisoformat(self.meetings()[2]["date"]) + timedelta(days=1)
        self.after(lambda: self.week(2, starts_at_local=f"{day}T20:00:00"))

    def cancel(self):
        """The fifth one does not take place."""
        self.after(lambda: self.week(4, cancelled=True))

    def shown(self):
        """What a client ought to show: whatever the API says at this moment, cancelled or not."""
        return sorted((meeting["starts_at_local"][:16].replace("T", " "), meeting["status"] == "cancelled")
                      for meeting in self.meetings())

    def close(self):
        pass


class GroupFeed(Feed):
    """The feed of a group."""

    @property
    def url(self):
        server = self.given.api.server
        return f"http://{server.host}:{server.port}/v1/groups/{self.group['id']}/calendar.ics"

    def add(self):
        """There is one more, beside the series."""
        day = date.fromisoformat(self.meetings()[5]["date"]) + timedelta(days=3)
        self.after(lambda: self.keeper.post(f"/v1/groups/{self.group['id']}/meetings", {
            "starts_at_local": f"{day}T19:00:00", "time_zone": "Europe/Berlin", "duration": "PT2H", "format": "online"}))

    def revoke(self):
        """The group goes."""
        self.last = super().shown()
        assert self.keeper.delete(f"/v1/groups/{self.group['id']}").status == 204

    def shown(self):
        return getattr(self, "last", None) or super().shown()


class PersonFeed(Feed):
    """The feed of somebody with a regular place."""

    def __init__(self, given):
        super().__init__(given)
        self.person = given.registration(self.series, client=self.keeper)
        made = given.made(self.person.post(f"{self.person.path}/feed", {}))
        parts = urlsplit(made["url"])
        self.url = f"http://{given.api.server.host}:{given.api.server.port}{parts.path}"

    def add(self):
        """The series meets on Fridays too."""
        rules = {"repeats": [{"unit": "week", "on": ["wednesday", "friday"]}]}
        self.after(lambda: self.keeper.patch(f"/v1/schedules/{self.series['id']}", rules))

    def revoke(self):
        """Its owner ends it."""
        assert self.person.delete(f"{self.person.path}/feed").status == 204
