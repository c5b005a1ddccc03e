"""test_large.py: calendars that are as large as they may be, those that are larger, and what searches find."""

from datetime import date, timedelta
from urllib.parse import urlencode

import pytest

from tests.calendars.feeds import instant, stamp

MOST = 10000


class Crowd:
    """A group with a topic of its own that meets all day long; each series at another time."""

    def __init__(self, given, client):
        self.given, self.client, self.count = given, client, 0
        self.topic = given.topic()
        self.group = given.group(client, topic_ids=[self.topic["id"]], place={"postcode": "50667", "country": "DE"})

    def add(self, sessions, singly=False):
        """A daily series, as one event or as many."""
        day = date.today() + timedelta(days=2)
        rules = [{"unit": "day"}, {"unit": "week", "on": ["monday"]}]
        self.count += 1
        return self.given.schedule(
            self.client, self.group, duration="PT30M", sessions=sessions, repeats=rules if singly else rules[:1],
            starts_at_local=f"{day}T{8 + self.count // 20:02}:{self.count % 20 * 3:02}:00")

    def fill(self, count, days):
        """So many meetings, each series as many days; every other one as single events."""
        while count > 0:
            self.add(min(count, days), self.count % 2 == 0)
            count -= days


@pytest.fixture
def crowd(given, portal):
    return Crowd(given, portal)


def refused(reply):
    assert (reply.status, reply.slug) == (400, "too-many"), reply.body[:200]
    assert reply.json["title"] == "More matches than one answer can hold"


def test_ten_thousand_meetings_are_read_by_all_and_one_more_is_refused(crowd, calendar, api):
    crowd.fill(MOST, 360)  # all of them within a year, which is what every calendar shows
    feed = calendar(crowd.group)
    assert len(feed.events) == len(feed.meetings) == MOST
    assert len(feed.events_by_uid()) > MOST / 3
    crowd.add(1)
    refused(api.get(feed.path))


def test_a_search_that_is_not_narrowed_down_is_refused(api):
    for query in "", "?lang=en", "?weekday=monday", "?status=active":
        reply = api.get(f"/v1/calendar.ics{query}")
        assert (reply.status, reply.parameters()) == (400, {"topic"})


def test_a_search_that_finds_more_than_ten_thousand_meetings_is_refused(crowd, api):
    crowd.fill(MOST + 1, 80)
    for query in {"topic": crowd.topic["slug"]}, {"near": "51,10", "within_km": 500}:
        refused(api.get("/v1/calendar.ics?" + urlencode(query)))


# What searches find ----------------------------------------------------------------------------------


def found_by(api, db, words):
    """What GET /v1/meetings finds in the window of the calendar of a search."""
    db.execute("SELECT since, before FROM feeds f, feed_window(f, now()) WHERE f.search #>> '{filter,topic}' LIKE %s",
               [f"%{words['topic']}%"])
    since, before = db.fetchone()
    between = {"from": stamp(since), "to": stamp(before), "limit": 200, "meeting_status": ["scheduled", "moved", "cancelled"]}
    return api.all_pages("/v1/meetings?" + urlencode({**words, **between}, doseq=True))


@pytest.mark.parametrize("extra", [{}, {"near": "50.94,6.96", "within_km": "20"}, {"weekday": "monday"}])
def test_a_search_is_a_calendar_of_what_it_finds(crowd, api, db, calendar, extra):
    series = [crowd.add(60), crowd.add(30, True)]
    day = str(date.today() + timedelta(days=5))
    path = f"/v1/schedules/{series[0]['id']}/exceptions/{day}"
    assert crowd.client.request("PUT", path, {"cancelled": True}, If_Match="*").status in (200, 201)
    words = {"topic": crowd.topic["slug"], **extra}
    feed = calendar("/v1/calendar.ics?" + urlencode(words))
    meetings = found_by(api, db, words)
    assert len(meetings) >= 10
    assert {(event["uid"], event["start"], event["end"], event["status"]) for event in feed.events} == {
        (m["id"], instant(m["starts_at"]), instant(m["ends_at"]), "CANCELLED" if m["status"] == "cancelled" else "CONFIRMED")
        for m in meetings}
