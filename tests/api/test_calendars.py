"""test_calendars.py: calendars as HTTP has them: their forms, validators, addresses and pages, and who gets which."""

import gzip
import html
import re
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from urllib.parse import quote, urlsplit

import pytest

from tests.circle import Circle
from tests.given import Given
from tests.wire import Wire, at_once

SCOPES = "groups:read,groups:write,meetings:write,registrations:write"
ICS, JCAL = "text/calendar; charset=utf-8", "application/calendar+json"
DAY = 24


@pytest.fixture(scope="module")
def keeper(admin, api, runde):
    return Given(admin, api, runde).client(scopes=SCOPES)


@pytest.fixture
def circle(given, keeper):
    """Makes circles with settings of their own."""
    return lambda **settings: Circle(given, keeper, **settings)


def calendar_of(group, query=""):
    return f"/v1/groups/{group['id']}/calendar.ics{query}"


@pytest.fixture(params=["of a group", "of a search", "of a person"])
def calendar(request, given, circle):
    """The path of a calendar with many events."""
    made = circle(series={"repeats": [{"unit": "day"}]}, contact={"via": "relay"})
    if request.param == "of a person":
        return given.feed(made.join(None), detail="full")["path"]
    return calendar_of(made.group) if request.param == "of a group" else f"/v1/calendar.ics?q={quote(made.group['name'])}"


def unfolded(reply):
    return reply.body.decode().replace("\r\n ", "")


def values(reply, name):
    """All values of a property, or of BEGIN."""
    return re.findall(rf"^{name}(?:;[^:\r\n]*)?:([^\r\n]*)", unfolded(reply), re.M)


def components(reply):
    return values(reply, "BEGIN")


def modified(reply):
    return parsedate_to_datetime(reply.headers["last-modified"])


# Forms ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("accept, form", [
    (None, ICS), ("*/*", ICS), ("text/html", ICS), ("text/calendar", ICS), ("image/*", ICS), (JCAL, JCAL),
    (f"text/calendar;q=0.5, {JCAL}", JCAL), (f"text/calendar, {JCAL};q=0.5", ICS), (f"text/*;q=0.1, {JCAL};q=0.2", JCAL),
    (f"{JCAL};q=0", ICS), ("text/html, application/xhtml+xml, */*;q=0.8", ICS)])
def test_a_calendar_is_icalendar_unless_accept_likes_jcal_better(api, calendar, accept, form):
    reply = api.get(calendar, Accept=accept)
    assert (reply.status, reply.headers["content-type"]) == (200, form)
    assert "Accept" in reply.headers["vary"].split(", ")
    if form == JCAL:
        assert reply.json[0] == "vcalendar"
    else:
        assert unfolded(reply).startswith("BEGIN:VCALENDAR\r\n") and unfolded(reply).endswith("END:VCALENDAR\r\n")


def test_both_forms_have_the_same_events(api, calendar):
    jcal = api.get(calendar, Accept=JCAL).json
    uids = [value for kind, properties, _ in jcal[2] if kind == "vevent" for name, _, _, value in properties if name == "uid"]
    assert uids and uids == values(api.get(calendar), "UID")


@pytest.mark.parametrize("query, parameters", [
    ("?colour=blue", {"colour"}), ("?lang=fr", {"lang"}), ("?alarm=PT5M", {"alarm"}), ("?lang=de&lang=en", {"lang"}),
    ("?Lang=de", {"Lang"}), ("?token=x&lang=", {"token", "lang"})])
def test_what_a_calendar_does_not_know_is_refused(api, given, query, parameters):
    reply = api.get(calendar_of(given.group(), query))
    assert (reply.status, reply.parameters()) == (400, parameters)


def test_a_personal_calendar_takes_no_parameters(api, given, circle):
    for name in ("lang", "alarm", "detail"):
        reply = api.get(given.feed(circle().join())["path"] + f"?{name}=full")
        assert (reply.status, reply.parameters()) == (400, {name})


def is_empty(reply):
    """Clients take a calendar without any event for a mistake: there is one that says so, cancelled and over."""
    return values(reply, "SUMMARY") in (["Keine Termine"], ["No dates"])


@pytest.mark.parametrize("path", ["/v1/calendar.ics", "/v1/calendar"])
@pytest.mark.parametrize("query", ["", "?lang=de", "?language=de", "?format=online&weekday=monday", "?within_km=5"])
def test_a_search_has_to_be_for_something(api, path, query):
    reply = api.get(path + query)
    assert (reply.status, reply.slug, reply.parameters()) == (400, "invalid-parameter", {"topic"})


def test_what_a_search_does_not_find_is_an_empty_calendar(api):
    reply = api.get("/v1/calendar.ics?topic=nirgends")
    assert reply.status == 200 and components(reply) == ["VCALENDAR", "VEVENT"] and is_empty(reply)
    assert values(reply, "STATUS") == ["CANCELLED"] and values(reply, "DTSTART")[0] < f"{datetime.now(timezone.utc):%Y%m%d}"


# Validators ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("form, status", [
    ("{}", 304), ("*", 304), ("W/{}", 304), ('"a", {}', 304), ('"a",W/{} , "b"', 304), ('"a"', 200), ("{bare}", 200),
    ('"{bare}.gz"', 200), ('""', 200), (",", 200)])
def test_a_known_tag_is_answered_without_the_calendar(api, calendar, form, status):
    known = api.get(calendar)
    reply = api.get(calendar, If_None_Match=form.format(known.etag, bare=known.etag.strip('"')))
    assert reply.status == status and (reply.raw == b"") == (status == 304)
    assert [reply.headers[name] for name in ("etag", "last-modified", "vary", "cache-control")] == \
        [known.headers[name] for name in ("etag", "last-modified", "vary", "cache-control")]


IMF, RFC_850, ASCTIME = "%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"


@pytest.mark.parametrize("form", [IMF, RFC_850, ASCTIME])
@pytest.mark.parametrize("seconds, status", [(0, 304), (1, 304), (86400, 304), (-1, 200), (-86400, 200)])
def test_a_date_is_compared_with_the_last_change_in_each_of_its_forms(api, calendar, form, seconds, status):
    since = (modified(api.get(calendar)) + timedelta(seconds=seconds)).strftime(form)
    assert api.get(calendar, If_Modified_Since=since).status == status


@pytest.mark.parametrize("rubbish", ["", "gestern", "0", "2031-01-01T00:00:00Z", "Wed, 01 Jan 2031 00:00:00", "*",
                                     "Wed, 01 Jan 2031 00:00:00 CET", "Wed, 01 Jan 2031 00:00:00 GMT, x", '"a"',
                                     "Wed, 32 Jan 2031 00:00:00 GMT", "Wed, 01 Jan 2031 25:00:00 GMT"])
def test_a_date_that_is_none_says_nothing(api, calendar, rubbish):
    assert api.get(calendar, If_Modified_Since=rubbish).status == 200


def test_of_two_dates_none_counts(server, api, calendar):
    known = api.get(calendar).headers["last-modified"]
    with Wire(server) as wire:
        field = f"If-Modified-Since: {known}"
        assert wire.request("GET", calendar, b"", field).status == 304
        assert wire.request("GET", calendar, b"", field, field).status == 200


def test_a_tag_counts_for_more_than_a_date(api, calendar):
    known = api.get(calendar)
    late, early = ((modified(known) + timedelta(days=days)).strftime(IMF) for days in (1, -1))
    assert api.get(calendar, If_None_Match='"a"', If_Modified_Since=late).status == 200
    assert api.get(calendar, If_None_Match=known.etag, If_Modified_Since=early).status == 304
    assert api.get(calendar, If_None_Match=known.etag, If_Modified_Since="gestern").status == 304


@pytest.mark.parametrize("accept", ["text/calendar", JCAL])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_head_answers_as_get_does_without_the_calendar(api, calendar, accept, coding):
    for _ in range(2):  # made, and found as it was made
        head, get = (api.request(method, calendar, Accept=accept, Accept_Encoding=coding, X_Request_Id="r")
                     for method in ("HEAD", "GET"))
        assert head.status == 200 and head.raw == b"" and int(head.headers["content-length"]) == len(get.raw)
        assert {**head.headers, "date": ""} == {**get.headers, "date": ""}


@pytest.mark.parametrize("calendar", ["of a group", "of a search"], indirect=True)  # those of persons are small
@pytest.mark.parametrize("first", ["identity", "gzip"])
def test_a_packed_calendar_has_a_tag_of_its_own_and_the_same_content(api, calendar, first):
    api.get(calendar, Accept_Encoding=first)
    plain, *packed = (api.get(calendar, Accept_Encoding=coding) for coding in ("identity", "gzip", "gzip"))
    assert [reply.headers.get("content-encoding") for reply in (plain, *packed)] == [None, "gzip", "gzip"]
    assert gzip.decompress(packed[0].raw) == plain.raw and len(packed[0].raw) < len(plain.raw)
    assert plain.etag != packed[0].etag == packed[1].etag
    assert len({reply.headers["last-modified"] for reply in (plain, *packed)}) == 1
    assert api.get(calendar, Accept_Encoding="gzip", If_None_Match=packed[0].etag).status == 304
    assert api.get(calendar, If_None_Match=packed[0].etag).status == 200


@pytest.mark.parametrize("coding", ["identity", "gzip"])
@pytest.mark.parametrize("accept", ["text/calendar", JCAL])
def test_the_same_tag_is_the_same_bytes_from_the_first_reading_on(api, calendar, accept, coding):
    replies = [api.get(calendar, Accept=accept, Accept_Encoding=coding) for _ in range(3)]
    assert len({(reply.etag, reply.raw, reply.headers["last-modified"]) for reply in replies}) == 1


def forget(db):
    """What was made of calendars is gone."""
    db.execute("DELETE FROM feed_bodies")


@pytest.mark.parametrize("coding", ["identity", "gzip"])
@pytest.mark.parametrize("accept", ["text/calendar", JCAL])
def test_every_process_makes_the_same_bytes(api, installed_calendar, accept, coding):
    home, path, start = installed_calendar
    seen = set()
    for server in (start(), start(), start(RUNDE_WORKERS=1)):
        forget(home)
        for _ in range(2):
            reply = api.at(server).get(path, Accept=accept, Accept_Encoding=coding)
            seen.add((reply.etag, reply.raw))
        server.stop()
    assert len(seen) == 1


@pytest.fixture(params=["group", "person"])
def installed_calendar(request, house, another_server):
    """A database of its own with a calendar, and what starts servers on it that have the same address outside."""
    group = house.given.group()
    series = house.given.schedule(house.admin, group, registration={"required": True})
    path = calendar_of(group) if request.param == "group" else \
        house.given.feed(house.given.registration(series), title="Chorprobe")["path"]
    settings = {"RUNDE_DATABASE": house.installed.database, "RUNDE_KEY_FILE": house.installed.key,
                "RUNDE_CLOCK_FILE": house.clock, "RUNDE_BASE_URL": "https://runde.example.org"}
    return house.db, path, lambda **more: another_server(**settings, **more)


# What changes it -----------------------------------------------------------------------------------


def assert_moved_on(client, path, before):
    """Whoever knew it before gets it anew, by tag and by date."""
    after = client.get(path)
    assert after.status == 200 and after.etag != before.etag and modified(after) > modified(before)
    for condition in ({"If_None_Match": before.etag}, {"If_Modified_Since": before.headers["last-modified"]}):
        assert client.get(path, **condition).raw == after.raw
    assert client.get(path, If_Modified_Since=after.headers["last-modified"]).status == 304
    return after


def changes_of(circle):
    """All that can be seen in the calendar of a group."""
    group = f"/v1/groups/{circle.group['id']}"
    first, second, *_ = circle.meetings
    yield lambda: circle.keeper.patch(group, {"name": f"Neu {circle.given.word()}"})
    yield lambda: circle.keeper.patch(group, {"summary": "Wir treffen uns."})
    yield lambda: circle.except_on(0, cancelled=True)
    yield lambda: circle.keeper.patch(f"/v1/meetings/{second['id']}", {"note": "Hinterhaus"})
    yield lambda: circle.keeper.delete(f"{circle.path}/exceptions/{first['date']}")
    yield lambda: circle.change(starts_at_local=f"{first['date']}T18:15:00")
    yield lambda: circle.change(sessions=2)
    yield lambda: circle.keeper.delete(circle.path)


def test_each_change_moves_tag_and_date_forward_also_within_one_second(api, circle):
    made = circle()
    path = calendar_of(made.group)
    begun, before = datetime.now(timezone.utc), api.get(path)
    count = 0
    for change in changes_of(made):
        assert change().status in (200, 204)
        before = assert_moved_on(api, path, before)
        count += 1
    assert is_empty(before)
    # The dates are ahead of the clock, so that it did happen within a second.
    assert modified(before) >= begun.replace(microsecond=0) + timedelta(seconds=count)


def test_what_nobody_sees_changes_nothing(api, given, keeper, circle):
    made = circle()
    path = calendar_of(made.group)
    before = api.get(path)
    assert keeper.patch(f"/v1/groups/{made.group['id']}", {"partner_note": "Bald zu klein"}).status == 200
    assert made.join().state == "confirmed"
    after = api.get(path, If_None_Match=before.etag)
    assert (after.status, after.headers["last-modified"]) == (304, before.headers["last-modified"])


def test_what_leaves_the_window_moves_it_forward_and_what_stays_does_not(api, given, keeper, another_server, own_clock):
    group = given.group(keeper)
    met = given.made(keeper.post(f"/v1/groups/{group['id']}/meetings", given.new_schedule(repeats=None)))
    later, path = api.at(another_server(RUNDE_CLOCK_FILE=own_clock)), calendar_of(group)
    before = later.get(path)
    assert values(before, "UID") == [met["id"]]
    own_clock.move(30 * DAY)  # the window has moved, and nothing has left it
    assert later.get(path, If_None_Match=before.etag).status == 304
    assert later.get(path).headers["last-modified"] == before.headers["last-modified"]
    own_clock.move(120 * DAY)
    assert is_empty(assert_moved_on(later, path, before))


def test_a_personal_calendar_moves_forward_with_its_settings_its_meetings_and_its_place(api, given, circle):
    made = circle()
    person = made.join(None)
    feed = given.feed(person)["path"]
    before = api.get(feed)
    for change in (lambda: person.request("PUT", f"{person.path}/feed", {"title": "Chorprobe"}, If_Match="*"),
                   lambda: person.request("PUT", f"{person.path}/feed", {"alarm": "PT1H"}, If_Match="*"),
                   lambda: made.except_on(0, cancelled=True),
                   lambda: person.act("cancel")):
        assert change().status in (200, 201)
        before = assert_moved_on(api, feed, before)
    assert is_empty(before)


@pytest.mark.parametrize("hide, show", [
    (lambda c, path: c.patch(path, {"visibility": "unlisted"}), lambda c, path: c.patch(path, {"visibility": "public"})),
    (lambda c, path: c.delete(path), None)])
def test_a_group_that_nobody_may_read_has_no_calendar(api, given, keeper, circle, hide, show):
    made = circle()
    path = f"/v1/groups/{made.group['id']}"
    known = api.get(calendar_of(made.group))
    assert hide(keeper, path).status in (200, 204)
    for client in (api, keeper):  # nobody is asked who they are
        assert client.get(calendar_of(made.group)).status == 404
        assert client.get(calendar_of(made.group), If_None_Match=known.etag).status == 404
        assert client.get(f"{path}/calendar").status == 404
    if show:
        assert show(keeper, path).status == 200 and api.get(calendar_of(made.group)).status == 200


# A person's own ------------------------------------------------------------------------------------


def feed_of(person):
    return f"{person.path}/feed"


def test_the_address_is_shown_once(api, given, circle):
    person = circle().join(None)
    assert person.get(feed_of(person)).status == 404
    reply = person.post(feed_of(person), {"title": "Chorprobe", "place": "town", "language": "en", "alarm": "PT2H"})
    made = given.made(reply)
    assert reply.headers["location"].endswith(feed_of(person))
    settings = person.get(feed_of(person))
    assert settings.json == {name: value for name, value in made.items() if not name.endswith("url")}
    assert [made[name] for name in ("detail", "place", "title", "language", "alarm")] == [
        "discreet", "town", "Chorprobe", "en", "PT2H"]
    token = re.search(r"rf_[\w-]{43}", made["url"])[0]
    for read in (settings, person.get(person.path), person.get(f"{person.path}/data")):
        assert token not in read.body.decode()
    assert api.get(urlsplit(made["url"]).path).status == api.get(urlsplit(made["page_url"]).path).status == 200


def test_all_forms_of_the_address_are_of_one(given, circle):
    made = given.feed(circle().join(None))
    assert made["url"].startswith("http://") and made["url"].endswith(f"/v1/feeds/{made['token']}.ics")
    assert made["webcal_url"] == made["url"].replace("http", "webcal", 1)
    assert made["google_url"] == "https://calendar.google.com/calendar/r?cid=" + quote(made["webcal_url"], safe="")
    assert made["page_url"] == made["url"].removesuffix(".ics") + "/page"


def test_without_wishes_a_calendar_is_discreet(given, circle):
    made = given.feed(circle().join(None))
    assert (made["detail"], made["place"], "title" in made, "alarm" in made) == ("discreet", "none", False, False)


@pytest.mark.parametrize("body, pointers", [
    ({"detail": "none"}, {"/detail"}), ({"title": ""}, {"/title"}), ({"title": "x" * 81}, {"/title"}),
    ({"title": 7}, {"/title"}), ({"alarm": "PT5M"}, {"/alarm"}), ({"language": "fr"}, {"/language"}),
    ({"colour": "blue", "place": "street"}, {"/colour", "/place"}), ({"person_id": "x"}, {"/person_id"})])
def test_what_a_calendar_cannot_show_is_refused(circle, body, pointers):
    person = circle().join(None)
    for reply in (person.post(feed_of(person), body), person.request("PUT", feed_of(person), body, If_Match="*")):
        assert (reply.status, reply.pointers()) == (422, pointers)
    assert person.get(feed_of(person)).status == 404


def test_a_new_address_is_the_end_of_the_old_one(api, given, circle):
    person = circle().join(None)
    old = given.feed(person, title="Chorprobe")
    known = api.get(old["path"])
    new = given.feed(person)
    assert "title" not in new
    assert api.get(old["path"]).status == api.get(old["path"], If_None_Match=known.etag).status == 404
    assert api.get(f"/v1/feeds/{old['token']}/page").status == 404
    assert values(api.get(new["path"]), "UID") == values(known, "UID")  # a program that knows both shows no meeting twice


def test_of_many_new_addresses_at_once_one_is_good(api, given, circle):
    person = circle().join(None)
    replies = at_once(*[lambda: person.post(feed_of(person), {})] * 6)
    paths = [urlsplit(given.made(reply)["url"]).path for reply in replies]
    assert sorted(api.get(path).status for path in paths) == [200] + [404] * 5


def test_a_dry_run_leaves_the_old_address_alive(api, given, circle):
    person = circle().join(None)
    dry = person.post(feed_of(person) + "?dry_run=true", {"title": "Chorprobe"})
    assert dry.status == 201 and dry.json["title"] == "Chorprobe" and "location" not in dry.headers
    assert api.get(urlsplit(dry.json["url"]).path).status == person.get(feed_of(person)).status == 404
    old = given.feed(person)
    dry = person.post(feed_of(person) + "?dry_run=true", {})
    assert [api.get(path).status for path in (urlsplit(dry.json["url"]).path, old["path"])] == [404, 200]
    assert person.request("PUT", feed_of(person) + "?dry_run=true", {"title": "Probe"}, If_Match="*").json["title"] == "Probe"
    assert "title" not in person.get(feed_of(person)).json


def test_settings_change_and_the_address_stays(api, given, circle):
    person = circle().join(None)
    feed = given.feed(person, title="Chorprobe", alarm="PT1H")
    settings = person.get(feed_of(person))
    assert "Chorprobe" in unfolded(api.get(feed["path"]))
    put = person.request("PUT", feed_of(person), {"title": "Kurs", "detail": "full"}, If_Match=settings.etag)
    assert put.status == 200 and (put.json["title"], put.json["detail"], "alarm" in put.json) == ("Kurs", "full", False)
    assert person.get(feed_of(person)).json == put.json and "url" not in put.json
    assert api.get(feed["path"]).status == 200 and "VALARM" not in components(api.get(feed["path"]))
    assert person.request("PUT", feed_of(person), {}, If_Match=settings.etag).status == 412
    assert person.delete(feed_of(person), settings.etag).status == 412
    assert person.request("PUT", feed_of(person), {}).status == 428
    assert person.request("DELETE", feed_of(person)).status == 428
    assert person.get(feed_of(person)).json == put.json and api.get(feed["path"]).status == 200
    assert person.delete(feed_of(person), person.get(feed_of(person)).etag).status == 204
    assert api.get(feed["path"]).status == 404


def test_of_two_changes_to_the_same_settings_one_wins(given, circle):
    person = circle().join(None)
    given.feed(person)
    etag = person.get(feed_of(person)).etag
    replies = at_once(*[lambda: person.request("PUT", feed_of(person), {"title": "Probe"}, If_Match=etag)] * 5)
    assert sorted(reply.status for reply in replies) == [200] + [412] * 4


def test_what_was_ended_is_gone(api, given, circle):
    person = circle().join(None)
    feed = given.feed(person)
    assert person.delete(feed_of(person)).status == 204
    assert api.get(feed["path"]).status == person.get(feed_of(person)).status == 404
    assert person.delete(feed_of(person)).status == person.request("PUT", feed_of(person), {}, If_Match="*").status == 404
    assert person.state == "confirmed"


def test_all_secrets_of_a_person_are_revoked_together(api, given, circle):
    person = circle().join(None)
    feed = given.feed(person)
    assert person.act("revoke").status == 204
    assert api.get(feed["path"]).status == api.get(f"/v1/feeds/{feed['token']}/page").status == 404
    assert person.get(feed_of(person)).status == 401


def test_a_lost_secret_does_not_cost_the_calendar(api, given, circle):
    """Whoever gets a new secret for themselves keeps the address that their programs know."""
    person = circle().join(None)
    feed = given.feed(person)
    assert person.act("reissue").status == 200
    assert api.get(feed["path"]).status == 200


def test_the_same_request_gives_the_same_address_once(api, given, circle, db):
    person, key = circle().join(None), given.word()
    one, two = (person.post(feed_of(person), {"title": "Chorprobe"}, Idempotency_Key=key) for _ in range(2))
    assert (one.status, one.raw, one.headers["location"]) == (two.status, two.raw, two.headers["location"])
    assert api.get(urlsplit(one.json["url"]).path).status == 200
    assert person.post(feed_of(person), {}, Idempotency_Key=key).slug == "idempotency-mismatch"
    under_way = given.word()
    db.execute("SELECT pg_advisory_lock(hashtextextended(%s || ' ' || %s, 0))", [person.id, under_way])
    reply = person.post(feed_of(person), {}, Idempotency_Key=under_way)
    assert (reply.status, reply.slug) == (409, "in-progress")
    assert api.get(urlsplit(one.json["url"]).path).status == 200


def test_nobody_else_has_to_do_with_the_calendar_of_a_person(api, given, circle, keeper, db):
    made = circle()
    person, other = made.join(None), made.join(None)
    feed = given.feed(person, title="Chorprobe")
    stranger = other.get(f"/v1/registrations/{made.group['id']}/feed", X_Request_Id="r")
    for somebody in (other, made.leader, keeper, given.admin, api, api.as_client(feed["token"])):
        status = 404 if somebody is other else 401
        for reply in (somebody.get(feed_of(person)), somebody.post(feed_of(person), {}),
                      somebody.request("PUT", feed_of(person), {}, If_Match="*"), somebody.delete(feed_of(person))):
            assert reply.status == status
    assert other.get(feed_of(person), X_Request_Id="r").raw == stranger.raw
    assert person.get(feed_of(person)).json["title"] == "Chorprobe" and api.get(feed["path"]).status == 200
    db.execute("SELECT count(*) FROM feeds WHERE person_id = %s", [other.id])
    assert db.fetchone() == (0,)


def test_the_secret_of_a_calendar_opens_nothing_else(api, given, circle):
    person = circle().join(None)
    feed = given.feed(person)
    secret = feed["token"].removeprefix("rf_")
    for token in (feed["token"], *(prefix + secret for prefix in ("rp_", "rl_", "runde_", ""))):
        for path in (person.path, feed_of(person), f"{person.path}/data", "/v1/session", "/v1/groups"):
            assert api.get(path, Authorization=f"Bearer {token}").status == 401
    assert api.get(f"/v1/feeds/{person.key}.ics").status == api.get(f"/v1/feeds/rf_{person.key[3:]}.ics").status == 404


def test_what_is_personal_is_kept_by_nobody_on_the_way(api, given, circle):
    feed = given.feed(circle().join(None))
    page = f"/v1/feeds/{feed['token']}/page"
    absent = f"/v1/feeds/rf_{'x' * 43}"
    replies = [api.get(feed["path"]), api.get(feed["path"], If_None_Match="*"), api.get(page), api.get(f"{absent}.ics"),
               api.get(f"{absent}/page")]
    assert [reply.status for reply in replies] == [200, 304, 200, 404, 404]
    for reply in replies:
        assert "private" in reply.headers["cache-control"] and "public" not in reply.headers["cache-control"]
        assert reply.headers["x-robots-tag"] == "noindex" and reply.headers["referrer-policy"] == "no-referrer"
        assert "access-control-allow-origin" not in reply.headers


def test_what_is_public_says_so(api, given):
    reply = api.get(calendar_of(given.group()))
    assert "private" not in reply.headers["cache-control"] and reply.headers["access-control-allow-origin"] == "*"
    assert "x-robots-tag" not in reply.headers


def test_no_secret_of_a_calendar_gets_into_a_log(api, given, circle, another_server, db):
    server = another_server(RUNDE_WORKERS=1)
    client, person = api.at(server), circle().join(None)
    feed, absent = given.feed(person), f"rf_{'Zaunkoenig' * 4}abc"
    for token in (feed["token"], absent):
        for path in (f"{token}.ics", f"{token}/page", token, f"{token}.ics/", f"{token}.ics?lang=de", f"%72f_{token[3:]}.ics"):
            client.get(f"/v1/feeds/{path}")
        client.get(person.path, Authorization=f"Bearer {token}")
        client.get(f"/v1/groups?q={token}")
    # What goes wrong is noted, by the name of the operation.
    db.execute("DELETE FROM feed_bodies b USING feeds f WHERE f.id = b.feed_id AND f.person_id = %s", [person.id])
    db.execute("UPDATE persons SET wrapped = '\\x00' WHERE id = %s", [person.id])
    assert client.get(feed["path"]).status == 500
    server.stop()
    log = server.log.read_text(errors="replace").lower()
    assert "feed_calendar_get" in log
    assert feed["token"][3:].lower() not in log and absent[3:].lower() not in log and "zaunkoenig" not in log


# What a person's calendar tells --------------------------------------------------------------------


def events(api, feed):
    reply = api.get(feed["path"])
    assert reply.status == 200
    return (0, []) if is_empty(reply) else (components(reply).count("VEVENT"), values(reply, "STATUS"))


def test_who_has_no_place_yet_has_an_empty_calendar(given, api, circle):
    full = circle(capacity=1)
    full.join(None)
    screened = circle(joining="screening")
    unconfirmed, waiting, asked = full.join_by_mail(confirmed=False), full.join(None), screened.join(None)
    for person, state in ((unconfirmed, "unconfirmed"), (waiting, "waiting"), (asked, "screening")):
        assert person.state == state
        for detail in ("discreet", "full"):
            assert events(api, given.feed(person, detail=detail)) == (0, [])


def test_a_place_is_tentative_while_it_is_offered(given, api, circle):
    made = circle(capacity=1)
    first, second = made.join(0), made.join(0)
    feed = given.feed(second)
    assert first.act("cancel").status == 200 and second.state == "offered"
    assert events(api, feed) == (1, ["TENTATIVE"])
    assert second.act("accept").status == 200
    assert events(api, feed) == (1, ["CONFIRMED"])
    assert second.act("cancel").status == 200
    assert events(api, feed) == (0, [])


def test_a_cancelled_meeting_is_there_and_called_off(given, api, circle):
    made = circle()
    single, regular = made.join(0), made.join(None)
    feeds = [given.feed(person, title="Chorprobe") for person in (single, regular)]
    made.except_on(0, cancelled=True)
    assert events(api, feeds[0]) == (1, ["CANCELLED"])
    assert events(api, feeds[1])[1].count("CANCELLED") == 1 and "CONFIRMED" in events(api, feeds[1])[1]
    assert values(api.get(feeds[0]["path"]), "SUMMARY") == ["Abgesagt: Chorprobe"]


def texts(value):
    """All strings in a document."""
    if isinstance(value, dict):
        value = list(value.values())
    return [text for item in value for text in texts(item)] if isinstance(value, list) else \
        [value] if isinstance(value, str) else []


@pytest.fixture
def telling(given, keeper, circle):
    """A group, a place and a meeting of which everything is known; documents: as who keeps them reads them."""
    venue = given.venue(keeper, name="Haus der Nachbarschaft", disclosure="public",
                        address={"country": "DE", "postcode": "50667", "town": "Musterstadt", "street": "Beispielgasse 17"},
                        directions="Über den Innenhof, dritte Klingel")
    topic = given.topic(names={"de": f"Panikattacken {given.word()}"})
    made = circle(series={"format": "hybrid", "venue_id": venue["id"], "title": "Offener Abend", "note": "Bitte Hausschuhe",
                          "online": {"join_url": "https://meet.example.org/panikkreis", "disclosure": "accepted"}},
                  summary="Für alle, die oft Panik haben", description="Wir sprechen über Panik und was hilft.",
                  topic_ids=[topic["id"]], website="https://panikkreis.example.org/", formats=["in_person", "online"])
    path = f"/v1/groups/{made.group['id']}"
    made.except_on(0, cancelled=True)
    made.except_on(1, note="Diesmal im Keller")
    made.documents = [keeper.get(path).json, keeper.get(f"/v1/venues/{venue['id']}").json, keeper.get(made.path).json,
                      keeper.get(f"{path}/meetings").json, topic]
    return made


# When it is, a calendar cannot but tell.
WHEN = re.compile(r"Europe/Berlin|FREQ=[A-Z;=]+|\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ?)?")


def told(documents, client, path, accepts=("text/calendar", JCAL)):
    """What of some documents can be read in a calendar, or on a page."""
    replies = [client.get(path, Accept=accept) for accept in accepts]
    assert {reply.status for reply in replies} == {200}
    raw = [reply.body.decode() for reply in replies]
    seen = html.unescape("\n".join(text + "\n" + re.sub(r"\\(.)", r"\1", text.replace("\r\n ", "")) for text in raw))
    return {text for text in texts(documents) if len(text) > 5 and text in seen and not WHEN.fullmatch(text)}


def test_a_discreet_calendar_tells_nothing_of_what_it_is_about(api, given, telling):
    person = telling.join(None)
    feed = given.feed(person)
    assert events(api, feed)[0] >= 1
    assert told(telling.documents, api, feed["path"]) == set()
    assert told(telling.documents, api, f"/v1/feeds/{feed['token']}/page", ["text/html"]) == set()
    assert set(values(api.get(feed["path"]), "SUMMARY")) == {"Termin", "Abgesagt: Termin"}
    assert not {"LOCATION", "GEO", "DESCRIPTION", "CONFERENCE"} & set(
        re.findall(r"^([A-Z-]+)[:;]", unfolded(api.get(feed["path"])), re.M))


def test_a_discreet_calendar_tells_the_town_to_who_wants_it(api, given, telling):
    feed = given.feed(telling.join(None), place="town", title="Chorprobe", language="en")
    assert told(telling.documents, api, feed["path"]) == {"Musterstadt"}
    assert set(values(api.get(feed["path"]), "SUMMARY")) == {"Chorprobe", "Cancelled: Chorprobe"}


def test_a_full_calendar_tells_what_a_discreet_one_does_not(api, given, telling):
    """So it would be found."""
    feed = given.feed(telling.join(None), detail="full")
    found = told(telling.documents, api, feed["path"])
    assert {telling.group["name"], "Offener Abend", "Bitte Hausschuhe", "Für alle, die oft Panik haben",
            "https://meet.example.org/panikkreis", telling.meetings[0]["id"]} <= found


def test_a_public_calendar_tells_nobody_how_to_join_online(api, telling):
    found = told(telling.documents, api, calendar_of(telling.group))
    assert "Offener Abend" in found and "https://meet.example.org/panikkreis" not in found


# Pages ---------------------------------------------------------------------------------------------


def target_of(address):
    """Path and query of an address of ours."""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def page_of(reply):
    """What a page says; the links unescaped."""
    text = reply.body.decode()
    return SimpleNamespace(
        text=text, language=re.search(r'<html lang="(\w+)">', text)[1], title=re.search(r"<title>(.*)</title>", text)[1],
        links=[html.unescape(link) for link in re.findall(r'href="([^"]*)"', text)],
        address=html.unescape(re.search(r"<textarea[^>]*>([^<]*)</textarea>", text)[1]))


def forms_of(address):
    webcal = address.replace("http", "webcal", 1)
    return {webcal, "https://calendar.google.com/calendar/r?cid=" + quote(webcal, safe="")}


def test_the_page_of_a_group_offers_its_calendar_in_three_forms(api, given, circle):
    made = circle()
    page = page_of(api.get(f"/v1/groups/{made.group['id']}/calendar?alarm=PT1H&lang=en"))
    assert urlsplit(page.address).path == f"/v1/groups/{made.group['id']}/calendar.ics"
    assert sorted(urlsplit(page.address).query.split("&")) == ["alarm=PT1H", "lang=en"]
    assert forms_of(page.address) <= set(page.links) and "<svg" in page.text
    calendar = api.get(target_of(page.address))
    assert calendar.status == 200 and "VALARM" in components(calendar)


def test_the_page_of_a_search_keeps_what_was_searched(api):
    page = page_of(api.get("/v1/calendar?topic=angststoerung&topic=depression&lang=de&q=%C3%A4%26b"))
    assert page.address.partition("?")[2] == "topic=angststoerung&topic=depression&q=%C3%A4%26b&lang=de"
    assert forms_of(page.address) <= set(page.links)
    assert "/v1/calendar?topic=angststoerung&topic=depression&q=%C3%A4%26b&lang=en" in " ".join(page.links)


def test_the_page_of_a_person_offers_the_calendar_and_says_that_it_is_theirs(api, given, circle):
    feed = given.feed(circle().join(None))
    page = page_of(api.get(urlsplit(feed["page_url"]).path, Accept_Language="de"))
    assert page.address == feed["url"] and forms_of(feed["url"]) <= set(page.links)
    assert "Diese Adresse ist nur für Sie" in page.text and page.title.endswith(": Termine")
    assert "nur für Sie" not in page_of(api.get("/v1/calendar?q=x")).text


@pytest.mark.parametrize("name", ['<script>alert("1")</script> & Söhne', "</title><h1>'Angst'", "&lt;b&gt; \" onload=x"])
def test_a_name_is_never_markup(api, given, keeper, name):
    page = page_of(api.get(f"/v1/groups/{given.group(keeper, name=name)['id']}/calendar"))
    assert html.unescape(page.title).endswith(f": {name}")
    assert name not in page.text and "<script" not in page.text and page.text.count("<h1>") == 1


def test_a_query_is_never_markup(api):
    for query in ("q=%22%3E%3Cscript%3E", 'q="><script>', "q=x&topic='><script>"):
        reply = api.get(f"/v1/calendar?{query}")
        assert reply.status == 400 or "<script" not in reply.body.decode()
    assert api.get("/v1/calendar?q=%22%3E%3Cscript%3E").status == 200


@pytest.mark.parametrize("query, accept, language", [
    ("", None, "de"), ("", "de", "de"), ("", "en", "en"), ("", "en-GB, de;q=0.5", "en"), ("", "fr", "de"),
    ("?lang=en", "de", "en"), ("?lang=de", "en", "de"), ("?lang=en", None, "en")])
def test_a_page_is_in_the_language_that_is_asked_for_or_liked_best(api, given, circle, query, accept, language):
    made = circle()
    search = "/v1/calendar?topic=angststoerung" + query.replace("?", "&")
    own = urlsplit(given.feed(made.join())["page_url"]).path + query
    for path in (f"/v1/groups/{made.group['id']}/calendar{query}", search, own):
        reply = api.get(path, Accept_Language=accept)
        page = page_of(reply)
        assert (reply.headers["content-type"], reply.headers["content-language"]) == ("text/html; charset=utf-8", language)
        assert page.language == language and "Accept-Language" in reply.headers["vary"]
        assert ("Subscribe to the calendar" if language == "en" else "Kalender abonnieren") in page.title
        other = next(link for link in page.links if link.endswith("lang=en" if language == "de" else "lang=de"))
        assert page_of(api.get(target_of(other))).language != language
        assert api.get(path, Accept_Language=accept, If_None_Match=reply.etag).status == 304


def test_a_page_may_load_nothing_and_run_nothing(api, given, circle):
    for path in (f"/v1/groups/{given.group()['id']}/calendar", "/v1/calendar?q=x",
                 urlsplit(given.feed(circle().join())["page_url"]).path):
        reply = api.get(path)
        policy = dict(part.split(" ", 1) for part in reply.headers["content-security-policy"].split("; "))
        assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
        assert re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", policy["style-src"])
        assert not re.search(r"<script|<link|<img|<iframe|\bsrc=|\son\w+=|\sstyle=|@import|url\(", reply.body.decode())
