"""test_personal.py: calendars of single persons: what they show of which state, and what of it is nobody's business."""

import pytest

from tests.calendars import content
from tests.calendars.feeds import Feed, feed_path, instant
from tests.circle import Circle

URL = "https://meet.example.org/kreis?a=1,2;3"


@pytest.fixture
def circle(given, keeper):
    """A group with a telling name that meets at a place of which only those who come may know, and online."""
    venue = given.venue(keeper, name="Haus am Bach", disclosure="accepted", address={
        "country": "DE", "postcode": "50667", "street": "Bachweg 7"})
    return Circle(given, keeper, capacity=2, summary="Für Menschen mit Angst", name="Angst und Panik", series={
        "format": "hybrid", "venue_id": venue["id"], "online": {"join_url": URL, "disclosure": "accepted"},
        "title": "Angstabend", "note": "Zweiter Stock", "until": None})


def confirmed(circle, week=None):
    return circle.join_by_mail(week)


def read_feed(calendar, person, **settings):
    return calendar(feed_path(person, **settings))


def told(circle, feed, status="CONFIRMED"):
    """Whether the feed tells of the meetings of the circle, as far as one knows both."""
    known = {(instant(m["starts_at"]), instant(m["ends_at"])) for m in circle.meetings}
    shown = {(event["start"], event["end"]) for event in feed.events}
    assert {event["status"] for event in feed.events} == {status}
    return known <= shown


def each(feed, member):
    return {event[member] for event in feed.events}


def test_a_full_calendar_of_a_regular_shows_the_place_and_how_to_join(calendar, circle):
    feed = calendar(feed_path(confirmed(circle), detail="full", alarm="PT1H"), alarm="PT1H")
    assert told(circle, feed) and len(feed.events) > 40 and len(feed.events_by_uid()) == 1
    assert each(feed, "summary") == {"Angstabend"}
    assert each(feed, "location") == {"Haus am Bach, Bachweg 7, 50667 Köln"}
    assert each(feed, "description") == {"Zweiter Stock\nFür Menschen mit Angst"}
    assert each(feed, "conference") == {URL}
    assert content.text(feed.calendar.get("NAME")) == "Angst und Panik"


def test_a_full_calendar_of_one_evening_shows_that_evening(calendar, circle):
    person = confirmed(circle, 2)
    feed = read_feed(calendar, person, detail="full")
    assert [(event["start"], event["summary"], event["conference"]) for event in feed.events] == [
        (instant(circle.meetings[2]["starts_at"]), "Angstabend", URL)]
    person.act("cancel")
    assert calendar(feed.path).events == []


@pytest.mark.parametrize("settings, title, place", [
    ({}, "Termin", None), ({"language": "en"}, "Appointment", None), ({"title": "Chorprobe"}, "Chorprobe", None),
    ({"place": "town"}, "Termin", "Köln")])
def test_a_discreet_calendar_says_nothing_of_what_it_is_about(calendar, circle, settings, title, place):
    feed = read_feed(calendar, confirmed(circle), **settings)
    assert told(circle, feed)
    assert each(feed, "summary") == {title} and each(feed, "location") == {place}
    assert each(feed, "description") == each(feed, "conference") == {None}
    ids = [circle.group["id"], circle.group["slug"], circle.series["id"], *(m["id"] for m in circle.meetings)]
    for body in feed.body, feed.jcal.body:
        text = body.replace(b"\r\n ", b"").decode()
        for word in ["Angst", "Panik", "Bach", "Stock", "meet.example", "GEO", "geo", *ids]:
            assert word not in text


@pytest.mark.parametrize("detail", ["discreet", "full"])
def test_a_cancelled_meeting_is_called_so_in_a_personal_calendar_too(calendar, circle, detail):
    path = feed_path(confirmed(circle), detail=detail)
    circle.except_on(1, cancelled=True)
    feed = calendar(path)
    title = "Angstabend" if detail == "full" else "Termin"
    assert [event["start"] for event in feed.events if event["status"] == "CANCELLED"] == [
        instant(circle.meetings[1]["starts_at"])]
    assert each(feed, "summary") == {title, f"Abgesagt: {title}"}


def test_who_waits_has_nothing_and_who_is_offered_a_place_has_it_tentatively(calendar, circle):
    first, second, third = (confirmed(circle, 0) for _ in range(3))
    path = feed_path(third, detail="full")
    assert third.state == "waiting" and calendar(path).events == []
    first.act("cancel")
    assert third.state == "offered"
    feed = calendar(path)
    assert [event["start"] for event in feed.events] == [instant(circle.meetings[0]["starts_at"])]
    assert each(feed, "status") == {"TENTATIVE"}
    assert each(feed, "location") == {"Köln"} and each(feed, "conference") == {None}
    assert b"Bachweg" not in feed.body and b"GEO" not in feed.body
    third.act("accept")
    feed = calendar(path)
    assert each(feed, "status") == {"CONFIRMED"} and each(feed, "conference") == {URL}
    assert each(feed, "location") == {"Haus am Bach, Bachweg 7, 50667 Köln"}


def test_what_only_those_who_come_may_know_raises_the_sequence_when_it_changes(calendar, circle, keeper):
    path = feed_path(confirmed(circle), detail="full")
    before = calendar(path)
    venue = circle.meetings[0]["venue_id"]
    address = {"country": "DE", "postcode": "50667", "street": "Bachweg 9"}
    assert keeper.patch(f"/v1/venues/{venue}", {"address": address}).status == 200
    after = calendar(path)
    assert each(after, "location") == {"Haus am Bach, Bachweg 9, 50667 Köln"}
    assert all(int(event.get("SEQUENCE")) > int(before.events_by_uid()[uid].get("SEQUENCE"))
               for uid, event in after.events_by_uid().items())


def test_another_wish_for_the_same_calendar_changes_it_and_never_lets_the_sequence_fall(calendar, circle):
    person = confirmed(circle)
    feeds = [read_feed(calendar, person, detail="full")]
    circle.keeper.patch(f"/v1/groups/{circle.group['id']}", {"name": "Neuer Name"})
    for settings in {"detail": "full"}, {}, {"title": "Chor"}, {"detail": "full"}:
        reply = person.request("PUT", f"{person.path}/feed", settings, If_Match="*")
        assert reply.status == 200, reply.json
        feeds.append(calendar(feeds[0].path))
    numbers = [{uid: int(event.get("SEQUENCE")) for uid, event in feed.events_by_uid().items()} for feed in feeds]
    assert all(one.keys() == other.keys() and all(one[uid] < other[uid] for uid in one)
               for one, other in zip(numbers, numbers[1:]))


def test_an_old_address_is_dead(api, circle):
    person = confirmed(circle)
    old, new = feed_path(person), feed_path(person)
    assert api.get(old).status == 404 and Feed(api, new).events_by_uid()
    assert person.delete(f"{person.path}/feed").status == 204 and api.get(new).status == 404
