"""feeds.py: calendars as every reader reads them: all must find the same, and it must be what the API says."""

import json
from collections import Counter
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from tests.calendars import content, lines
from tests.calendars.oracle import READERS

JCAL = "application/calendar+json"


class Feed:
    """A calendar as it is sent, both as iCalendar and as jCal; meetings: what the API says, if that is to be compared."""
    meetings = None

    def __init__(self, client, path, alarm=None):
        self.path, self.alarm = path, alarm
        self.ics, self.jcal = (client.get(path, Accept=accept) for accept in (None, JCAL))
        for reply in self.ics, self.jcal:
            assert reply.status == 200, reply.json
        self.body = self.ics.body
        self.calendar = content.parse(self.body)[0]

    @classmethod
    def of_group(cls, client, db, group, at=None, **query):
        """That of a group, with its meetings as far as it shows them."""
        at = at or datetime.now(timezone.utc)
        path = f"/v1/groups/{group['id']}/calendar.ics" + ("?" + urlencode(query) if query else "")
        feed = cls(client, path, query.get("alarm"))
        key = ":".join(["group", group["id"], query.get("lang", "de"), *([query["alarm"]] if "alarm" in query else [])])
        db.execute("SELECT since, before FROM feeds f, feed_window(f, %s) WHERE f.key = %s", [at, key])
        since, before = db.fetchone()
        assert since <= at - timedelta(days=31) and before >= at + timedelta(days=365)
        between = urlencode({"from": stamp(since), "to": stamp(before), "limit": 200})
        feed.meetings = client.all_pages(f"/v1/groups/{group['id']}/meetings?{between}")
        return feed

    def events_by_uid(self):
        """What it has of each UID; of a series, what recurs."""
        return {event.get("UID"): event for event in self.calendar.components("VEVENT")
                if event.get("RECURRENCE-ID") is None}


def stamp(moment):
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant(text):
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def feed_path(person, **settings):
    """The secret path of a person's calendar, which is made for them."""
    reply = person.post(f"{person.path}/feed", settings)
    assert reply.status == 201, reply.json
    return urlsplit(reply.json["url"]).path


# All readers -----------------------------------------------------------------------------------------


def in_order(events):
    return sorted(events, key=lambda event: (event["start"], event["uid"], event["recurrence"] or 0))


def write(folder, feeds):
    """Each feed in two files: as iCalendar and as jCal."""
    for number, feed in enumerate(feeds):
        (folder / f"{number}.ics").write_bytes(feed.body)
        (folder / f"{number}.json").write_bytes(feed.jcal.body)
    return ([folder / f"{number}.{form}" for number in range(len(feeds))] for form in ("ics", "json"))


def read(folder, feeds):
    """Gives each feed its events, if it keeps all rules, all readers find the same, and the API says so."""
    ics, jcal = write(folder, feeds)
    found = {name: reader(ics) for name, reader in READERS.items()} | {"jCal": READERS["ical.js"](jcal)}
    for number, feed in enumerate(feeds):
        assert lines.complaints(feed.body, feed.alarm) == []
        feed.events = in_order(found["python"][number])
        for name, events in found.items():
            assert differences(feed.events, events[number]) == [], f"python and {name} on {feed.path}"
        if [event["summary"] in lines.PLACEHOLDERS for event in feed.events] == [True]:
            feed.events = []
        if feed.meetings is not None:
            assert list(unlike(feed)) == [], feed.path
    return feeds


def differences(one, other):
    """Events that not both readers find."""
    ones, others = (Counter(json.dumps(event, sort_keys=True) for event in events) for events in (one, other))
    return [*(ones - others)][:3] + [*(others - ones)][:3]


# What the API says -----------------------------------------------------------------------------------


def identity(event, zone_of):
    """By what a meeting is known: by its own id, or by that of its series with the date."""
    if event["recurrence"] is None:
        return event["uid"]
    return event["uid"], str(datetime.fromtimestamp(event["recurrence"], ZoneInfo(zone_of[event["uid"]])).date())


def title(meeting):
    words = meeting.get("title", meeting["group"]["name"])
    return (f"Abgesagt: {words}" if meeting["status"] == "cancelled" else words).rstrip(" ")


def location(meeting):
    """As anybody may know it."""
    place = meeting.get("place")
    if place is None:
        return {"online": "Online", "phone": "Telefon"}.get(meeting["format"])
    address = place["address"]
    if place["disclosure"] != "public":
        return address.get("town")
    town = " ".join(address[one] for one in ("postcode", "town") if one in address)
    return ", ".join(filter(None, [place.get("name"), address.get("street"), town])).rstrip(" ")


def told(meeting):
    """What a calendar has to tell of a meeting of the API."""
    return {"start": instant(meeting["starts_at"]), "end": instant(meeting["ends_at"]), "summary": title(meeting),
            "status": "CANCELLED" if meeting["status"] == "cancelled" else "CONFIRMED", "location": location(meeting)}


def unlike(feed):
    """What a feed and the API do not both say: (identity, what the API says, what the feed says)."""
    zone_of = {m["schedule_id"]: m["time_zone"] for m in feed.meetings}
    alone = {event["uid"] for event in feed.events}
    wanted = {m["id"] if m["id"] in alone else (m["schedule_id"], m["date"]): told(m) for m in feed.meetings}
    found = {identity(event, zone_of): event for event in feed.events}
    assert len(wanted) == len(feed.meetings) and len(found) == len(feed.events)
    for one in sorted(wanted.keys() | found.keys(), key=str):
        if wanted.get(one, {}).items() - found.get(one, {}).items() or (one in wanted) != (one in found):
            yield one, wanted.get(one), found.get(one)
