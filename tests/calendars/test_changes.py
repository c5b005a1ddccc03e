"""test_changes.py: what clients go by when something changes: UID, SEQUENCE, LAST-MODIFIED, ETag and Last-Modified."""

import random
import re
from datetime import date, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import SimpleNamespace

import pytest

from tests.calendars.draws import an_exception
from tests.calendars.feeds import Feed, read

SEED = 20261122
DAY = 24
STAMPS = re.compile(rb"(SEQUENCE|DTSTAMP|LAST-MODIFIED):[^\r]*\r\n")
EVENT = re.compile(rb"BEGIN:VEVENT\r\nUID:([^\r]*)\r\n.*?END:VEVENT\r\n", re.S)


def parts(body):
    """What a calendar has of each UID, and how it is stamped."""
    found = {}
    for event in EVENT.finditer(body):
        one = found.setdefault(event[1], SimpleNamespace(shown=b"", stamps=()))
        one.shown += STAMPS.sub(b"", event[0])
        one.stamps = tuple(re.search(name + rb":([0-9TZ]*)", event[0])[1] for name in (b"SEQUENCE", b"LAST-MODIFIED"))
    for one in found.values():
        one.sequence, one.modified = int(one.stamps[0]), one.stamps[1]
    return found


class Watch:
    """Somebody who looks at a calendar again and again, and remembers what was ever said of each UID."""

    def __init__(self, house, group):
        self.house, self.group, self.known, self.feeds = house, group, {}, []

    def look(self):
        feed = Feed.of_group(self.house.api, self.house.db, self.group, at=self.house.now())
        if self.feeds:
            self.compare(self.feeds[-1].ics, feed.ics)
        for uid, one in parts(feed.body).items():
            self.compare_event(uid, self.known.get(uid, one), one)
            self.known[uid] = one
        self.feeds.append(feed)
        return feed

    @staticmethod
    def compare(old, new):
        then, now = (parsedate_to_datetime(reply.headers["last-modified"]) for reply in (old, new))
        if old.body == new.body:
            assert (old.etag, then) == (new.etag, now)
        else:
            assert old.etag != new.etag and then < now

    @staticmethod
    def compare_event(uid, old, new):
        assert (old.sequence, old.modified) <= (new.sequence, new.modified) and old.modified <= new.modified, uid
        if old.shown != new.shown:
            assert old.sequence < new.sequence, (uid, old.shown, new.shown)

    def series(self):
        return self.house.keeper.all_pages(f"/v1/groups/{self.group['id']}/schedules")

    def dates(self, series):
        """What is still to come of a series, the next half a year."""
        to = (self.house.now() + timedelta(days=180)).strftime("%Y-%m-%dT00:00:00Z")
        listed = self.house.api.all_pages(f"/v1/groups/{self.group['id']}/meetings?to={to}&limit=200")
        return [m for m in listed if m["schedule_id"] == series["id"]]


@pytest.fixture
def watch(house, monkeypatch):
    monkeypatch.setenv("RUNDE_CLOCK_FILE", str(house.clock))
    house.keeper = house.given.client()
    house.venue = house.given.venue(house.keeper)
    return Watch(house, house.given.group(house.keeper, summary="Ein Kreis"))


def weekly(house, group, **members):
    start = f"{house.given.wednesday(1)}T19:00:00"
    return house.given.schedule(house.keeper, group, starts_at_local=start, format="in_person", venue_id=house.venue["id"],
                                **members)


# What can happen to a group --------------------------------------------------------------------------


def change_date(watch, draw):
    series = draw.choice(watch.series())
    dates = watch.dates(series)
    if dates:
        day = draw.choice(dates)
        path = f"/v1/schedules/{series['id']}/exceptions/{day['date']}"
        if draw.random() < 0.3:
            return watch.house.keeper.delete(path)
        body = an_exception(draw, day | {"starts_at_local": f"{day['date']}T19:00:00"}, watch.house.venue["id"])
        return watch.house.keeper.request("PUT", path, body, If_Match="*")


def patch(watch, path, body):
    return watch.house.keeper.patch(path, body)


def change_series(watch, draw):
    series = draw.choice(watch.series())
    return patch(watch, f"/v1/schedules/{series['id']}", draw.choice([
        {"duration": draw.choice(["PT1H", "PT2H", "PT3H"])}, {"title": draw.choice(["Kreis", "Runde", None])},
        {"note": draw.choice(["Bitte klingeln", None])}, {"holidays": draw.choice(["skip", "meet"]), "holiday_region": "DE-NW"},
        {"starts_at_local": series["starts_at_local"][:10] + draw.choice(["T18:00:00", "T19:30:00", "T02:30:00"])},
        {"repeats": [{"unit": "week", "on": [draw.choice(["wednesday", "thursday"])]}], "rrules": None},
        {"repeats": [{"unit": "month", "on": ["first wednesday", "last thursday"]}], "rrules": None},
        {"until": draw.choice([None, str(date.today() + timedelta(days=draw.randint(60, 300)))])}]))


def split(watch, draw):
    series = draw.choice(watch.series())
    dates = watch.dates(series)[3:]
    if dates:
        body = {"starts_at_local": draw.choice(dates)["date"] + "T18:15:00"}
        return patch(watch, f"/v1/schedules/{series['id']}?from={body['starts_at_local'][:10]}", body)


def add(watch, draw):
    return weekly(watch.house, watch.group, repeats=draw.choice([[{"unit": "week"}], [{"unit": "month", "on": ["first friday"]}]]))


def take_away(watch, draw):
    if len(watch.series()) > 1:
        return watch.house.keeper.delete(f"/v1/schedules/{draw.choice(watch.series())['id']}")


def change_group(watch, draw):
    return patch(watch, f"/v1/groups/{watch.group['id']}", {draw.choice(["name", "summary"]): f"Kreis {draw.random()}"})


def change_venue(watch, draw):
    return patch(watch, f"/v1/venues/{watch.house.venue['id']}", {"name": f"Haus {draw.random()}"})


def close(watch, draw):
    first = date.today() + timedelta(days=draw.randint(1, 120))
    return watch.house.given.closure(watch.house.keeper, venue_id=watch.house.venue["id"],
                                     **{"from": str(first), "to": str(first + timedelta(days=14))})


# Thirty in all.
CHANGES = {change_date: 10, change_series: 6, split: 3, add: 3, take_away: 1, change_group: 3, change_venue: 3, close: 1}


def test_uids_stay_and_sequences_rise_whatever_happens(watch, tmp_path):
    draw = random.Random(SEED)
    add(watch, draw), add(watch, draw), watch.look()
    changes = [change for change, times in CHANGES.items() for _ in range(times)]
    draw.shuffle(changes)
    for number, change in enumerate(changes):
        watch.house.clock.move(number + 1)
        reply = change(watch, draw)
        print(number, change.__name__, getattr(reply, "status", reply and 201), SEED)
        assert getattr(reply, "status", 200) in (200, 201, 204, 404, 409, 422)
        watch.look()
    read(tmp_path, watch.feeds)
    assert len({feed.body for feed in watch.feeds}) > 15


def test_as_time_goes_on_nothing_falls_back_and_what_is_cancelled_stays_for_a_month(watch, tmp_path):
    house = watch.house
    series = [weekly(house, watch.group),
              weekly(house, watch.group, repeats=[{"unit": "month", "on": ["last friday", "first monday"]}])]
    watch.look()
    for days in range(9, 14 * 30, 9):
        house.clock.move(days * DAY)
        if days % 45 == 0:
            house.plan_ahead()
            for one in series:
                day = watch.dates(one)[1]["date"]
                assert house.keeper.request("PUT", f"/v1/schedules/{one['id']}/exceptions/{day}", {"cancelled": True},
                                            If_Match="*").status in (200, 201)
        watch.look()
    read(tmp_path, watch.feeds)
    cancelled = [{e["start"] for e in feed.events if e["status"] == "CANCELLED"} for feed in watch.feeds]
    for number, starts in enumerate(cancelled):
        gone = starts - cancelled[min(number + 1, len(cancelled) - 1)]
        seen = datetime.now().timestamp() + (number + 1) * 9 * DAY * 3600
        assert all(start < seen - 30 * DAY * 3600 for start in gone)
    assert len(cancelled[-1]) < len(set().union(*cancelled)) and len(set().union(*cancelled)) >= 16
