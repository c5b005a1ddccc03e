"""test_series.py: series of all kinds over both changes of the clocks: what the API says is what every client shows."""

import os
import random
from collections import Counter
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from tests.calendars.draws import a_series, an_exception
from tests.calendars.feeds import Feed, instant, read
from tests.calendars.zones import changes_to_come
from tests.given import Given

GROUPS = int(os.environ.get("CALENDARS", 10))  # of ten series each
SEED = int(os.environ.get("SEED", 20261122))
CLOCKS = changes_to_come("Europe/Berlin")
RAMADAN = changes_to_come("Africa/Casablanca")
LATER = timedelta(days=100)
YEAR_ON = str(date.today() + timedelta(days=400))


class Draw:
    """A group with ten random series, whose dates are cancelled, moved and otherwise changed."""

    def __init__(self, seed, given, keeper):
        self.draw, self.given, self.keeper = random.Random(seed), given, keeper
        self.group = given.group(keeper)
        self.venue = given.venue(keeper)["id"]
        for _ in range(10):
            self.add()
        if self.draw.random() < 0.6:
            day = date.today() + timedelta(days=self.draw.randint(5, 200))
            given.closure(keeper, venue_id=self.venue, **{"from": str(day), "to": str(day + timedelta(days=10))})

    def add(self):
        body = a_series(self.draw)
        if self.draw.random() < 0.4:
            body |= {"format": "in_person", "venue_id": self.venue}
        reply = self.keeper.post(f"/v1/groups/{self.group['id']}/schedules", body)
        assert reply.status == 201 or reply.slug == "invalid-body", reply.json  # a time that no clock shows
        if reply.status != 201:
            self.add()
        elif self.draw.random() < 0.6:
            for day in reply.json["upcoming"]:
                if self.draw.random() < 0.2 and day["status"] != "skipped" and day["date"] < YEAR_ON:
                    self.change(reply.json, day)

    def change(self, series, day):
        body = an_exception(self.draw, day, self.venue)
        reply = self.keeper.request("PUT", f"/v1/schedules/{series['id']}/exceptions/{day['date']}", body, If_Match="*")
        assert reply.status in (200, 201, 422), reply.json  # the same: it is moved into a gap


def forms(feed):
    """How many of its series recur in it, and how many are single events."""
    of = {m["schedule_id"]: m["id"] for m in feed.meetings}
    told = {event["uid"] for event in feed.events}
    return Counter("recurring" if series in told else "singles" for series in of)


def spans_both_changes(feed):
    starts = sorted(instant(m["starts_at"]) for m in feed.meetings)
    return starts[0] < min(CLOCKS).timestamp() and max(CLOCKS).timestamp() < starts[-1]


def test_a_hundred_random_series_are_what_the_api_says_to_every_reader(given, api, db, tmp_path, another_server, own_clock):
    """Today, and in a hundred days, when most have begun."""
    keeper, later = given.client(), another_server(RUNDE_CLOCK_FILE=own_clock)
    own_clock.move(LATER.days * 24)
    feeds = []
    for seed in range(SEED, SEED + GROUPS):
        group = Draw(seed, given, keeper).group
        feeds += [Feed.of_group(api, db, group),
                  Feed.of_group(api.at(later), db, group, at=datetime.now(timezone.utc) + LATER)]
        for feed in feeds[-2:]:
            feed.path += f"#{seed}"
    read(tmp_path, feeds)
    found = sum(map(forms, feeds), Counter())
    print(dict(found), sum(len(feed.events) for feed in feeds), "events")
    assert found["recurring"] >= 6 * GROUPS and found["singles"] >= 4 * GROUPS
    assert sum(map(spans_both_changes, feeds)) >= GROUPS


# Which series is one event ---------------------------------------------------------------------------


def form_of(given, keeper, calendar, exceptions=None, **members):
    """How many events a series is by itself, and its feed; exceptions: of its dates, by their number."""
    group = given.group(keeper)
    made = given.schedule(keeper, group, **members)
    for number, body in (exceptions or {}).items():
        day = made["upcoming"][number]["date"]
        reply = keeper.request("PUT", f"/v1/schedules/{made['id']}/exceptions/{day}", body, If_Match="*")
        assert reply.status == 200, reply.json
    feed = calendar(group)
    assert len(feed.events) > 1
    return len(feed.events_by_uid()), feed


def rule(unit, *on, every=1, **more):
    return {"repeats": [{"unit": unit, "every": every, **({"on": on} if on else {}), **more}]}


@pytest.mark.parametrize("members", [
    rule("day"), rule("day", every=3), rule("week"), rule("week", "monday", "thursday"), rule("week", "friday", every=2),
    rule("month", "first wednesday"), rule("month", "last friday"), rule("month", "day 15"), rule("month", "day 28", every=2),
    rule("day") | {"holidays": "skip", "holiday_region": "DE-BY"}, rule("week") | {"time_zone": "America/New_York"},
    rule("week") | {"time_zone": "Europe/Dublin"}, rule("week") | {"time_zone": "Asia/Kolkata"},
], ids=str)
def test_a_rule_that_every_client_follows_is_one_event(given, portal, calendar, members):
    assert form_of(given, portal, calendar, **members)[0] == 1


@pytest.mark.parametrize("members", [
    rule("month", "first wednesday", "third wednesday"), rule("month", "day 31"), rule("month", "last day"),
    rule("month", "fifth monday"), rule("month", "day 3", "day 17"), rule("month", "day 3", months=[1, 2, 3, 9]),
    {"repeats": [{"unit": "week", "on": ["monday"]}, {"unit": "month", "on": ["first friday"]}]},
    rule("day") | {"time_zone": "Africa/Casablanca"}, rule("week") | {"time_zone": "UTC"},
    rule("week", "sunday") | {"starts_at_local": f"{Given.wednesday(2)}T02:30:00"},
    rule("week", "saturday") | {"starts_at_local": f"{Given.wednesday(2)}T22:00:00", "duration": "PT8H"},
], ids=str)
def test_any_other_is_an_event_for_each_meeting(given, portal, calendar, members):
    events, feed = form_of(given, portal, calendar, **members)
    assert events == len(feed.events)


def at(number, days=0, time="19:00"):
    """So many days after the date of that number, which is a Wednesday."""
    return {"starts_at_local": f"{Given.wednesday(number + 1) + timedelta(days=days)}T{time}:00"}


@pytest.mark.parametrize("exceptions, is_one", [
    ({2: {"cancelled": True}, 0: {"cancelled": True}}, True), ({2: at(2, time="18:00"), 4: {"duration": "PT3H"}}, True),
    ({2: at(2, time="18:00") | {"title": "Fest"}}, True), ({2: at(2, 6)}, True), ({2: at(2, -6)}, True),
    ({2: at(2, 8)}, False), ({2: at(2, -8)}, False)])
def test_exceptions_belong_to_the_series_unless_one_was_moved_past_another(given, portal, calendar, exceptions, is_one):
    events, feed = form_of(given, portal, calendar, exceptions)
    assert events == (1 if is_one else len(feed.events))


def test_the_last_date_of_a_series_into_summer_is_not_lost(given, portal, calendar):
    forward = next(at for at in CLOCKS if at.month < 6).date()
    start = max(forward - timedelta(weeks=6), date.today() + timedelta(days=1))
    _, feed = form_of(given, portal, calendar, **rule("day"), starts_at_local=f"{start}T19:00:00",
                      sessions=(forward - start).days + 30)
    assert len(feed.events) == (forward - start).days + 30


def test_of_a_time_that_comes_twice_the_first_is_told(given, portal, calendar):
    back = next(at for at in CLOCKS if at.month > 6)
    group = given.group(portal)
    given.made(portal.post(f"/v1/groups/{group['id']}/meetings", {
        "starts_at_local": f"{back.date()}T02:30:00", "time_zone": "Europe/Berlin", "duration": "PT1H", "format": "online"}))
    assert [(event["start"], event["end"]) for event in calendar(group).events] == [
        (back.timestamp() - 1800, back.timestamp() + 1800)]


@pytest.mark.skipif(not RAMADAN, reason="no zone has changes that its rule does not know")
def test_a_change_that_the_rule_of_the_zone_does_not_know_is_kept_to(given, portal, calendar):
    group = given.group(portal)
    for at in RAMADAN:
        start = (at - timedelta(hours=2)).astimezone(ZoneInfo("Africa/Casablanca"))
        given.made(portal.post(f"/v1/groups/{group['id']}/meetings", {
            "starts_at_local": f"{start:%Y-%m-%dT%H:%M:%S}", "time_zone": "Africa/Casablanca", "duration": "PT4H",
            "format": "online"}))
    starts = {event["start"] for event in calendar(group).events}
    assert starts == {at.timestamp() - 7200 for at in RAMADAN}
