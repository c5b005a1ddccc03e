"""test_schedules.py: series of meetings as they are written, planned, changed, split and taken away."""

import threading
from datetime import date, datetime, timedelta, timezone
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest


FAR = "2059-01-01T19:00:00"  # a Wednesday
YEAR = date.today().year + 1
ALWAYS = "from=2000-01-01T00:00:00Z&to=2150-01-01T00:00:00Z&limit=200"


@pytest.fixture
def group(given, portal):
    return given.group(portal)


def path_of(series):
    return f"/v1/schedules/{series['id']}"


def add(client, group, body, query=""):
    return client.post(f"/v1/groups/{group['id']}/schedules{query}", body)


def made(client, group, body):
    reply = add(client, group, body)
    assert reply.status == 201, reply.json
    return reply.json


def change(client, series, patch, query=""):
    reply = client.patch(path_of(series) + query, patch)
    assert reply.status == 200, reply.json
    return reply.json


def meetings(client, series, days=500):
    """What is planned of a series, by the dates that it has; tests with later clocks plan ahead for all of us."""
    listed = client.all_pages(f"/v1/groups/{series['group_id']}/meetings?{ALWAYS}")
    ours = str(date.today() + timedelta(days=days))
    return {m["date"]: m for m in listed if m["schedule_id"] == series["id"] and not ours < m["date"] < FAR}


def upcoming(reply):
    return [day["date"] for day in reply["upcoming"]]


def refused(reply):
    assert (reply.status, reply.slug) == (422, "invalid-body"), reply.json
    return reply.pointers()


def last_sunday(year, month):
    day = date(year, month, 31 if month in (3, 10) else 30)
    return day - timedelta(days=(day.weekday() + 1) % 7)


def tell(db, kind, resource):
    db.execute("SELECT action, revision FROM changes WHERE resource = %s AND resource_id = %s ORDER BY revision",
               [kind, resource["id"]])
    return db.fetchall()


def venue(db, organisation, **columns):
    columns = {"organisation_id": organisation["id"], "name": "Haus", "setting": "library", "country": "DE",
               "disclosure": "public", **columns}
    db.execute(f"INSERT INTO venues ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))}) RETURNING id",
               list(columns.values()))
    return str(db.fetchone()[0])


# What is written comes back ------------------------------------------------------------------------


@pytest.fixture
def everything(portal, db):
    """A NewSchedule with every member that there is; venues are made by others."""
    return {
        "starts_at_local": FAR, "time_zone": "Europe/Vienna", "duration": "PT2H15M",
        "repeats": [{"unit": "month", "every": 2, "on": ["first wednesday", "third wednesday"], "months": [1, 3, 9]},
                    {"unit": "week", "every": 3, "on": ["monday"]}],
        "rrules": ["FREQ=MONTHLY;INTERVAL=2;BYDAY=1WE,3WE;BYMONTH=1,3,9", "FREQ=WEEKLY;INTERVAL=3;BYDAY=MO"],
        "until": "2061-12-31", "sessions": 25, "holidays": "skip", "holiday_region": "AT-9", "kind": "expert_talk",
        "title": "Ärger & \"Öl\" 🙂", "note": "Erste Zeile\n\tZweite", "format": "hybrid",
        "venue_id": venue(db, portal.organisation, country="AT", region="AT-9"),
        "online": {"join_url": "https://meet.example.org/a?b=c", "dial_in": "+43 1 5550100", "access_code": "12#",
                   "disclosure": "accepted"},
        "capacity": 12, "newcomer_places": 3,
        "registration": {"required": True, "opens": "P28D", "closes": "PT2H", "waiting_list": False,
                         "offer_valid": "PT24H"},
        "reason": "Es ist Zeit."}


def as_written(series):
    """A series as the NewSchedule that makes it, but for the reason and for the end in its rules."""
    volatile = {"id", "group_id", "follows_id", "sentence", "revision", "created_at", "updated_at", "upcoming"}
    written = {name: value for name, value in series.items() if name not in volatile}
    if "rrules" in written:
        written["rrules"] = [rule.split(";UNTIL=")[0].split(";COUNT=")[0] for rule in written["rrules"]]
    return written


def test_everything_that_can_be_said_comes_back(contract, portal, group, everything):
    assert everything.keys() == contract.document["components"]["schemas"]["NewSchedule"]["properties"].keys()
    series = made(portal, group, everything)
    assert as_written(series) == {name: value for name, value in everything.items() if name != "reason"}
    del series["upcoming"]
    assert portal.get(path_of(series)).json == series
    assert portal.get(f"/v1/groups/{group['id']}/schedules").json == {"items": [series]}


def test_a_patch_can_make_everything_of_the_least(given, portal, group, everything):
    series = made(portal, group, given.new_schedule())
    changed = change(portal, series, everything)
    assert as_written(changed) == {name: value for name, value in everything.items() if name != "reason"}
    assert (changed["id"], changed["created_at"], changed["revision"]) == (series["id"], series["created_at"], 2)


def test_a_patch_of_one_member_leaves_all_others(portal, group, everything):
    series = made(portal, group, everything)
    assert as_written(change(portal, series, {"note": "Anders"})) == {**as_written(series), "note": "Anders"}


def test_what_is_left_out_gets_its_default(given, portal, group):
    series = made(portal, group, given.new_schedule())
    assert (series["holidays"], series["kind"], series["revision"]) == ("meet", "regular", 1)
    assert not series.keys() & {"until", "sessions", "holiday_region", "title", "note", "venue_id", "online", "capacity",
                                "newcomer_places", "registration", "follows_id"}


def test_a_patch_that_changes_nothing_is_no_change(given, portal, group, db):
    series = made(portal, group, given.new_schedule(title="Abend"))
    before = meetings(portal, series)
    again = change(portal, series, {"title": "Abend"})
    assert (again["revision"], again["updated_at"]) == (1, series["updated_at"])
    assert meetings(portal, series) == before and tell(db, "schedule", series) == [("created", 1)]


def test_the_location_leads_to_the_series(given, portal, group):
    reply = add(portal, group, given.new_schedule())
    read = portal.get(reply.headers["location"])
    assert read.json == {name: value for name, value in reply.json.items() if name != "upcoming"}


def test_series_of_a_group_are_listed_page_by_page(given, portal, group):
    ids = [made(portal, group, given.new_schedule(title=str(i)))["id"] for i in range(5)]
    pages = portal.all_pages(f"/v1/groups/{group['id']}/schedules?limit=2")
    assert [series["id"] for series in pages] == sorted(ids)


# Rules ---------------------------------------------------------------------------------------------

BOTH_FORMS = [
    ([{"unit": "day"}], ["FREQ=DAILY"]),
    ([{"unit": "day", "every": 3}], ["FREQ=DAILY;INTERVAL=3"]),
    ([{"unit": "week"}], ["FREQ=WEEKLY"]),
    ([{"unit": "week", "every": 2, "on": ["monday", "thursday"]}], ["FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH"]),
    ([{"unit": "week", "on": ["sunday"], "months": [1, 2, 12]}], ["FREQ=WEEKLY;BYDAY=SU;BYMONTH=1,2,12"]),
    ([{"unit": "month"}], ["FREQ=MONTHLY"]),
    ([{"unit": "month", "on": ["first wednesday", "third wednesday"]}], ["FREQ=MONTHLY;BYDAY=1WE,3WE"]),
    ([{"unit": "month", "on": ["fifth monday"]}], ["FREQ=MONTHLY;BYDAY=5MO"]),
    ([{"unit": "month", "every": 6, "on": ["last friday"]}], ["FREQ=MONTHLY;INTERVAL=6;BYDAY=-1FR"]),
    ([{"unit": "month", "on": ["day 15", "last day"]}], ["FREQ=MONTHLY;BYMONTHDAY=15,-1"]),
    ([{"unit": "year"}], ["FREQ=YEARLY"]),
    ([{"unit": "year", "every": 2}], ["FREQ=YEARLY;INTERVAL=2"]),
    ([{"unit": "month", "on": ["first monday"]}, {"unit": "week", "on": ["friday"]}],
     ["FREQ=MONTHLY;BYDAY=1MO", "FREQ=WEEKLY;BYDAY=FR"]),
]


@pytest.mark.parametrize("repeats, rrules", BOTH_FORMS, ids=lambda value: str(value[0]))
def test_the_simple_form_and_the_rules_say_the_same(given, portal, group, repeats, rrules):
    normal = [{"every": 1, **rule} for rule in repeats]
    ways = [{"repeats": repeats}, {"repeats": None, "rrules": rrules}, {"repeats": repeats, "rrules": rrules}]
    seen = [made(portal, group, given.new_schedule(starts_at_local=FAR, **way)) for way in ways]
    assert [(s["repeats"], s["rrules"]) for s in seen] == [(normal, rrules)] * 3
    assert seen[0]["sentence"] == seen[1]["sentence"] and upcoming(seen[0]) == upcoming(seen[1]) != []
    for series in seen:
        assert change(portal, series, {"title": "Anders"})["rrules"] == rrules


@pytest.mark.parametrize("rule", [
    "FREQ=DAILY;BYDAY=MO,TU", "FREQ=MONTHLY;BYDAY=WE", "FREQ=MONTHLY;BYDAY=-2FR", "FREQ=MONTHLY;BYMONTHDAY=-2",
    "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "FREQ=YEARLY;BYDAY=1MO", "FREQ=YEARLY;BYMONTH=3",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
])
def test_a_rule_that_no_simple_form_can_say_stays_a_rule(given, portal, group, rule):
    series = made(portal, group, given.new_schedule(repeats=None, rrules=[rule]))
    assert series["rrules"] == [rule] and not series.keys() & {"repeats", "sentence"}
    assert change(portal, series, {"title": "Anders"})["rrules"] == [rule]
    simple = change(portal, series, {"rrules": None, "repeats": [{"unit": "day"}]})
    assert simple["repeats"] == [{"unit": "day", "every": 1}] and "täglich" in simple["sentence"]["de"]


def test_every_year_in_some_months_comes_back_as_it_was_said_or_is_refused(given, portal, group):
    reply = add(portal, group, given.new_schedule(repeats=[{"unit": "year", "months": [3, 7]}]))
    assert (reply.status == 422 and refused(reply) == {"/repeats/0/months"}) or reply.json.get("repeats") == [{"unit": "year", "every": 1, "months": [3, 7]}]


@pytest.mark.parametrize("repeats, rrules, pointer", [
    ([{"unit": "week", "on": ["wednesday"]}], ["FREQ=WEEKLY;BYDAY=TH"], "/rrules"),
    ([{"unit": "week"}], ["FREQ=WEEKLY", "FREQ=DAILY"], "/rrules"),
    ([{"unit": "month", "on": ["monday"]}], None, "/repeats/0/on/0"),
    ([{"unit": "week"}, {"unit": "week", "on": ["monday", "first monday"]}], None, "/repeats/1/on/1"),
    ([{"unit": "month", "on": ["day 1", "first monday"]}], None, "/repeats/0/on/1"),
    ([{"unit": "day", "on": ["monday"]}], None, "/repeats/0/on/0"),
    ([{"unit": "year", "on": ["day 1"]}], None, "/repeats/0/on/0"),
    ([{"unit": "month", "on": ["day 32"]}], None, "/repeats/0/on/0"),
    ([{"unit": "hour"}], None, "/repeats/0/unit"),
    ([{"unit": "week", "every": 0}], None, "/repeats/0/every"),
    ([{"unit": "week", "every": 100}], None, "/repeats/0/every"),
    ([{"unit": "week", "months": [13]}], None, "/repeats/0/months/0"),
    ([], None, "/repeats"),
    (None, ["FREQ=HOURLY"], "/rrules/0"),
    (None, ["FREQ=WEEKLY", "FREQ=MINUTELY"], "/rrules/1"),
    (None, ["FREQ=DAILY;BYHOUR=9,18"], "/rrules/0"),
    (None, ["FREQ=YEARLY;BYYEARDAY=100"], "/rrules/0"),
    (None, ["FREQ=YEARLY;BYWEEKNO=20"], "/rrules/0"),
    (None, ["FREQ=WEEKLY;BYDAY=XX"], "/rrules/0"),
    (None, ["FREQ=WEEKLY;COUNT=3;UNTIL=20590101"], "/rrules/0"),
    (None, ["FREQ=WEEKLY;INTERVAL=0"], "/rrules/0"),
    (None, ["FREQ=WEEKLY;INTERVAL=100"], "/rrules/0"),
    (None, ["freq=weekly"], "/rrules/0"),
    (None, ["FREQ=WEEKLY;COUNT=3", "FREQ=DAILY;COUNT=3"], "/rrules/1"),
    (None, ["FREQ=WEEKLY;UNTIL=20600101", "FREQ=DAILY;UNTIL=20600102"], "/rrules/1"),
    (None, ["FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2"], "/rrules"),
    (None, ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"], "/rrules"),
    ([{"unit": "month", "on": ["day 31"], "months": [4, 6]}], None, "/repeats"),
])
def test_rules_that_cannot_be_are_refused(given, portal, group, repeats, rrules, pointer):
    body = given.new_schedule(starts_at_local=FAR, repeats=repeats, rrules=rrules)
    assert pointer in refused(add(portal, group, body))


@pytest.mark.parametrize("rule", [
    "FREQ=WEEKLY;INTERVAL=65537", "FREQ=WEEKLY;COUNT=4294967299", "FREQ=WEEKLY;COUNT=1001", "FREQ=WEEKLY;UNTIL=21050101",
    "FREQ=WEEKLY;UNTIL=20590231", "FREQ=WEEKLY;UNTIL=20591301", "FREQ=WEEKLY;UNTIL=99999999",
    "FREQ=WEEKLY;UNTIL=20590201T990000Z", "FREQ=MONTHLY;BYMONTH=13", "FREQ=MONTHLY;BYMONTH=1,5L",
    "FREQ=DAILY;BYMONTH=1,13",
])
def test_numbers_in_a_rule_that_are_out_of_range_are_refused_at_the_rule(given, portal, group, rule):
    reply = add(portal, group, given.new_schedule(starts_at_local=FAR, repeats=None, rrules=[rule]))
    assert refused(reply) == {"/rrules/0"}


@pytest.mark.parametrize("rrules", [
    ["FREQ=WEEKLY;BYDAY=MO,MO"], ["FREQ=MONTHLY;BYMONTHDAY=1,1"], ["FREQ=WEEKLY;BYMONTH=1,1"],
    ["FREQ=WEEKLY;BYDAY=MO", "RRULE:FREQ=WEEKLY;BYDAY=MO"]])
def test_what_a_rule_says_twice_is_said_once(given, portal, group, rrules):
    series = made(portal, group, given.new_schedule(repeats=None, rrules=rrules))
    assert change(portal, series, {"title": "Anders"})["repeats"] == series["repeats"]


def test_the_same_simple_rule_twice_is_one(given, portal, group):
    series = made(portal, group, given.new_schedule(repeats=[{"unit": "week"}, {"unit": "week", "every": 1}]))
    assert series["repeats"] == [{"unit": "week", "every": 1}]


# Ends ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("until, last", [
    ("20590105", "2059-01-05"),
    ("20590105T190000", "2059-01-05"),
    ("20590105T235959", "2059-01-05"),
    ("20590105T185959", "2059-01-04"),      # before it begins on that day
    ("20590105T000000", "2059-01-04"),
    ("20590105T180000Z", "2059-01-05"),     # 19:00 there
    ("20590105T175959Z", "2059-01-04"),
    ("20590105T235959Z", "2059-01-05"),     # past midnight there, and before the next
])
def test_the_end_of_a_rule_includes_what_begins_before_it(given, portal, group, until, last):
    """RFC 5545, section 3.3.10: UNTIL bounds the rule by when meetings begin."""
    body = given.new_schedule(starts_at_local=FAR, repeats=None, rrules=[f"FREQ=DAILY;UNTIL={until}"])
    series = add(portal, group, body, "?dry_run=true").json
    assert series["until"] == last == upcoming(series)[-1]


def test_the_end_of_a_rule_is_shown_so_that_it_reads_the_same_again(given, portal, group):
    series = made(portal, group, given.new_schedule(starts_at_local=FAR, until="2059-07-01"))
    assert series["rrules"] == ["FREQ=WEEKLY;BYDAY=WE;UNTIL=20590701T215959Z"]
    again = made(portal, group, given.new_schedule(starts_at_local=FAR, repeats=None, rrules=series["rrules"]))
    assert (again["until"], again["repeats"]) == ("2059-07-01", series["repeats"])
    assert change(portal, again, {"rrules": series["rrules"], "title": "Anders"})["until"] == "2059-07-01"


def test_a_count_becomes_sessions_and_comes_back_as_both(given, portal, group):
    series = made(portal, group, given.new_schedule(repeats=None, rrules=["FREQ=WEEKLY;COUNT=4"]))
    assert (series["sessions"], series["rrules"]) == (4, ["FREQ=WEEKLY;COUNT=4"])
    assert len(upcoming(series)) == len(meetings(portal, series)) == 4
    assert series["sentence"]["de"].endswith(", 4 Termine") and series["sentence"]["en"].endswith(", 4 dates")


@pytest.mark.parametrize("members, pointer", [
    ({"until": "2058-12-31"}, "/until"),
    ({"until": "2059-01-02", "repeats": [{"unit": "week", "on": ["friday"]}]}, "/repeats"),
    ({"until": "2059-05-05", "repeats": None}, "/until"),
    ({"sessions": 2, "repeats": None}, "/sessions"),
    ({"sessions": 0}, "/sessions"),
    ({"sessions": 1001}, "/sessions"),
    ({"sessions": 4, "repeats": None, "rrules": ["FREQ=WEEKLY;COUNT=5"]}, "/rrules/0"),
    ({"until": "2060-01-01", "repeats": None, "rrules": ["FREQ=WEEKLY;UNTIL=20600102"]}, "/rrules/0"),
    ({"starts_at_local": "2020-01-01T19:00:00", "until": "2020-03-01"}, "/until"),
    ({"starts_at_local": "2020-01-01T19:00:00", "repeats": None}, "/starts_at_local"),
    ({"starts_at_local": "2020-01-01T19:00:00", "sessions": 3}, "/starts_at_local"),
    ({"newcomer_places": 5, "capacity": 4}, "/newcomer_places"),
    ({"venue_id": str(uuid4())}, "/venue_id"),
    ({"duration": "PT0H"}, "/duration"), ({"duration": "PT25H"}, "/duration"), ({"duration": "P1D"}, "/duration"),
    ({"format": None}, ""), ({"kind": "party"}, "/kind"), ({"until": "2059-02-30"}, "/until"),
    ({"starts_at_local": "2059-01-01T19:00:00Z"}, "/starts_at_local"),
    ({"starts_at_local": "2059-02-29T19:00:00"}, "/starts_at_local"),
    ({"holiday_region": "DE-XX"}, "/holiday_region"), ({"surprise": 1}, "/surprise"),
])
def test_what_cannot_be_is_refused_where_it_is(given, portal, group, members, pointer):
    found = refused(add(portal, group, given.new_schedule(**{"starts_at_local": FAR, **members})))
    assert pointer in found or pointer == ""


def test_an_evening_that_was_earlier_today_is_over(given, later, group, own_clock):
    own_clock.move(hours=50)
    begun = (datetime.now(timezone.utc) + timedelta(hours=49)).strftime("%Y-%m-%dT%H:%M:%S")
    body = given.new_schedule(starts_at_local=begun, time_zone="UTC", repeats=None)
    assert refused(add(later, group, body)) == {"/starts_at_local"}
    assert refused(later.post(f"/v1/groups/{group['id']}/meetings", body)) == {"/starts_at_local"}
    assert later.get(f"/v1/groups/{group['id']}/schedules").json == {"items": []}


def test_a_series_that_has_begun_long_ago_is_planned_from_now_on(given, portal, group):
    series = made(portal, group, given.new_schedule(starts_at_local="2012-01-04T19:00:00"))
    assert min(meetings(portal, series)) >= str(date.today()) and len(upcoming(series)) == 20


def test_sessions_are_counted_from_the_first_one_however_long_ago(given, portal, group):
    start = date.today() - timedelta(days=7 * 700)
    series = made(portal, group, given.new_schedule(
        starts_at_local=f"{start}T19:00:00", repeats=[{"unit": "week"}], sessions=705))
    assert set(upcoming(series)) | {str(date.today())} == {
        str(date.today() + timedelta(days=7 * i)) for i in range(5)}


# Sentences -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("members, german, english", [
    ({"repeats": None}, "am Mittwoch, 1. Januar 2059", "on Wednesday, 1st January 2059"),
    ({"repeats": [{"unit": "day"}]}, "täglich", "every day"),
    ({"repeats": [{"unit": "day", "every": 2}]}, "alle 2 Tage", "every 2 days"),
    ({"repeats": [{"unit": "week"}]}, "jeden Mittwoch", "every Wednesday"),
    ({"repeats": [{"unit": "week", "on": ["monday", "thursday"]}]}, "jeden Montag und Donnerstag",
     "every Monday and Thursday"),
    ({"repeats": [{"unit": "week", "every": 2, "on": ["monday", "tuesday", "friday"]}]},
     "alle 2 Wochen am Montag, Dienstag und Freitag", "every 2 weeks on Monday, Tuesday and Friday"),
    ({"repeats": [{"unit": "month", "on": ["first wednesday", "third wednesday"]}]}, "jeden 1. und 3. Mittwoch im Monat",
     "every 1st and 3rd Wednesday of the month"),
    ({"repeats": [{"unit": "month", "on": ["last friday"]}]}, "jeden letzten Freitag im Monat",
     "every last Friday of the month"),
    ({"repeats": [{"unit": "month", "every": 2, "on": ["first monday"]}]}, "alle 2 Monate am 1. Montag",
     "every 2 months on the 1st Monday"),
    ({"repeats": [{"unit": "month", "on": ["day 15"]}]}, "am 15. jedes Monats", "on the 15th of every month"),
    ({"repeats": [{"unit": "month", "on": ["last day"]}]}, "am letzten Tag jedes Monats",
     "on the last day of every month"),
    ({"repeats": [{"unit": "month", "on": ["day 31"]}]}, "am 31. jedes Monats", "on the 31st of every month"),
    ({"repeats": [{"unit": "month"}]}, "am 1. jedes Monats", "on the 1st of every month"),
    ({"repeats": [{"unit": "year"}]}, "jedes Jahr am 1. Januar", "every year on the 1st of January"),
    ({"repeats": [{"unit": "year", "every": 2}]}, "alle 2 Jahre am 1. Januar", "every 2 years on the 1st of January"),
    ({"repeats": [{"unit": "week", "months": [10, 11, 12, 1, 2, 3]}]}, "jeden Mittwoch, von Oktober bis März",
     "every Wednesday, from October to March"),
    ({"repeats": [{"unit": "week", "months": [1, 6]}]}, "jeden Mittwoch, nur im Januar und Juni",
     "every Wednesday, only in January and June"),
    ({"repeats": [{"unit": "week", "on": ["monday"]}, {"unit": "month", "on": ["first friday"]}]},
     "jeden Montag und jeden 1. Freitag im Monat", "every Monday and every 1st Friday of the month"),
])
def test_a_series_is_said_in_words(given, portal, group, members, german, english):
    body = given.new_schedule(**{"starts_at_local": FAR, **members})
    assert add(portal, group, body, "?dry_run=true").json["sentence"] == {
        "de": german + ", 19:00–20:30 Uhr", "en": english + ", 19:00–20:30"}


def test_the_sentence_says_the_limits_too(given, portal, group):
    body = given.new_schedule(starts_at_local="2059-01-01T23:15:00", until="2061-03-02", sessions=7, holidays="skip",
                              holiday_region="CH-ZH")
    assert add(portal, group, body, "?dry_run=true").json["sentence"] == {
        "de": "jeden Mittwoch, 23:15–00:45 Uhr, bis 2. März 2061, 7 Termine, nicht an Feiertagen",
        "en": "every Wednesday, 23:15–00:45, until the 2nd of March 2061, 7 dates, not on public holidays"}


# Preview -------------------------------------------------------------------------------------------


def test_a_dry_run_shows_twenty_dates_and_stores_nothing(given, portal, group, db):
    body = given.new_schedule()
    reply = add(portal, group, body, "?dry_run=true")
    assert reply.status == 201 and "location" not in reply.headers
    first = date.fromisoformat(body["starts_at_local"][:10])
    assert upcoming(reply.json) == [str(first + timedelta(weeks=i)) for i in range(20)]
    assert portal.get(path_of(reply.json)).status == 404
    for table in "schedules", "meetings":
        db.execute(f"SELECT count(*) FROM {table} WHERE group_id = %s", [group["id"]])
        assert db.fetchone() == (0,)
    assert tell(db, "schedule", reply.json) == []


def test_a_dry_run_of_a_patch_changes_nothing(given, portal, group, db):
    series = made(portal, group, given.new_schedule())
    before = meetings(portal, series)
    shown = change(portal, series, {"repeats": [{"unit": "day"}]}, "?dry_run=true")
    assert len(set(upcoming(shown)) - set(upcoming(series))) > 15
    assert meetings(portal, series) == before and portal.get(path_of(series)).json["revision"] == 1
    assert portal.delete(path_of(series) + "?dry_run=true").status == 204
    assert meetings(portal, series) == before and tell(db, "schedule", series) == [("created", 1)]


def test_what_is_previewed_is_what_is_planned(given, portal, group):
    series = made(portal, group, given.new_schedule(repeats=[{"unit": "month", "on": ["last friday", "day 3"][:1]}]))
    planned = meetings(portal, series)
    assert [(day["date"], day["starts_at"], day["starts_at_local"]) for day in series["upcoming"]][:15] == [
        (m["date"], m["starts_at"], m["starts_at_local"]) for _, m in sorted(planned.items())][:15]


@pytest.mark.parametrize("months_ahead", [0, 1, 2, 3, 5, 8])
def test_every_date_up_to_the_horizon_is_planned(given, later, group, own_clock, db, months_ahead):
    """Else those that are left out now are left out for ever: further planning begins after the horizon."""
    own_clock.move(24 * 31 * months_ahead)
    series = made(later, group, given.new_schedule(repeats=[{"unit": "day"}]))
    db.execute("SELECT horizon(%s)", [series["created_at"]])
    horizon, first = db.fetchone()[0], date.fromisoformat(upcoming(series)[0])
    planned = meetings(later, series, days=5000)
    assert [str(first + timedelta(days=i)) for i in range((horizon - first).days + 1)
            if str(first + timedelta(days=i)) not in planned] == []


# Single meetings, several rules, seasons ---------------------------------------------------------------


def test_without_rules_there_is_one_meeting_however_far_away(given, portal, group):
    series = made(portal, group, given.new_schedule(starts_at_local="2098-05-06T10:00:00", repeats=None))
    assert upcoming(series) == list(meetings(portal, series)) == ["2098-05-06"]
    assert not series.keys() & {"repeats", "rrules"}


def test_a_series_that_begins_beyond_the_horizon_has_no_meetings_yet(given, portal, group):
    series = made(portal, group, given.new_schedule(starts_at_local=FAR))
    assert meetings(portal, series) == {} and upcoming(series)[0] == "2059-01-01"


def test_dates_of_several_rules_are_each_there_once(given, portal, group):
    series = made(portal, group, given.new_schedule(
        starts_at_local=FAR, repeats=[{"unit": "week", "on": ["wednesday"]}, {"unit": "month", "on": ["first wednesday"]},
                                      {"unit": "month", "on": ["day 3"]}], until="2059-02-10"))
    assert upcoming(series) == ["2059-01-01", "2059-01-03", "2059-01-08", "2059-01-15", "2059-01-22", "2059-01-29",
                                "2059-02-03", "2059-02-05"]


def test_a_season_has_no_dates_out_of_it(given, portal, group):
    series = made(portal, group, given.new_schedule(repeats=[{"unit": "week", "on": ["wednesday"], "months": [11, 12, 1]}]))
    assert {date.fromisoformat(day).month for day in meetings(portal, series)} == {11, 12, 1}


# Holidays ------------------------------------------------------------------------------------------


def around_all_saints(given, **members):
    """Daily from 30 October on; 1 November is a holiday in Bavaria and not in Berlin."""
    return given.new_schedule(**{"starts_at_local": f"{YEAR}-10-30T19:00:00", "repeats": [{"unit": "day"}],
                                 "until": f"{YEAR}-11-03", "holidays": "skip", **members})


def skipped(series):
    return [day["date"] for day in series["upcoming"] if day["status"] == "skipped"]


def test_a_holiday_is_left_out_and_shown_with_its_name(given, portal, group):
    series = made(portal, group, around_all_saints(given, holiday_region="DE-BY"))
    assert [day for day in series["upcoming"] if day["status"] == "skipped"] == [
        {"date": f"{YEAR}-11-01", "starts_at_local": f"{YEAR}-11-01T19:00:00", "starts_at": f"{YEAR}-11-01T18:00:00Z",
         "status": "skipped", "holiday": {"de": "Allerheiligen", "en": "All Saints' Day"}}]
    assert sorted(meetings(portal, series)) == [day for day in upcoming(series) if day != f"{YEAR}-11-01"]
    meet = change(portal, series, {"holidays": "meet"})
    assert skipped(meet) == [] and f"{YEAR}-11-01" in meetings(portal, series)


@pytest.mark.parametrize("region, gone", [("DE-BY", True), ("DE-BE", False), ("DE", False), ("AT-9", True), ("CH-ZH", False)])
def test_holidays_are_those_of_the_region_that_is_named(given, portal, group, region, gone):
    series = add(portal, group, around_all_saints(given, holiday_region=region), "?dry_run=true").json
    assert series["holiday_region"] == region
    assert skipped(series) == ([f"{YEAR}-11-01"] if gone else [])


@pytest.mark.parametrize("place, region", [
    ({"country": "DE", "postcode": "80331"}, "DE-BY"), ({"country": "DE", "postcode": "10115"}, "DE-BE"),
    ({"country": "AT", "postcode": "1010"}, "AT-9"), ({"country": "DE"}, "DE")])
def test_without_a_region_that_of_the_group_counts(given, portal, place, region):
    series = made(portal, given.group(portal, place=place), around_all_saints(given))
    assert series["holiday_region"] == region


def test_the_region_of_the_venue_goes_before_that_of_the_group(given, portal, db):
    group = given.group(portal, place={"country": "DE", "postcode": "10115"})
    there = venue(db, portal.organisation, region="DE-BY")
    series = made(portal, group, around_all_saints(given, format="in_person", venue_id=there))
    assert series["holiday_region"] == "DE-BY"
    assert change(portal, series, {"holiday_region": "DE-BE"})["holiday_region"] == "DE-BE"
    assert change(portal, series, {"holiday_region": None})["holiday_region"] == "DE-BY"


def test_without_any_region_nothing_can_be_left_out(given, portal, group):
    assert refused(add(portal, group, around_all_saints(given))) == {"/holiday_region"}
    abroad = given.group(portal, place={"country": "FR"})
    assert refused(add(portal, abroad, around_all_saints(given))) == {"/holiday_region"}
    assert add(portal, group, around_all_saints(given, holidays="meet")).status == 201


def test_sessions_count_the_dates_that_holidays_take(given, portal, group):
    series = made(portal, group, around_all_saints(given, holiday_region="DE-BY", until=None, sessions=4))
    assert upcoming(series) == [f"{YEAR}-10-30", f"{YEAR}-10-31", f"{YEAR}-11-01", f"{YEAR}-11-02"]
    assert sorted(meetings(portal, series)) == [f"{YEAR}-10-30", f"{YEAR}-10-31", f"{YEAR}-11-02"]


# Clocks --------------------------------------------------------------------------------------------


def test_a_start_that_no_clock_shows_is_refused(given, portal, group):
    gap = f"{last_sunday(YEAR, 3)}T02:30:00"
    assert refused(add(portal, group, given.new_schedule(starts_at_local=gap))) == {"/starts_at_local"}
    assert add(portal, group, given.new_schedule(starts_at_local=gap, time_zone="UTC")).status == 201


def test_a_date_on_which_no_clock_shows_the_time_is_left_out_and_not_counted(given, portal, group):
    gap = last_sunday(YEAR, 3)
    series = made(portal, group, given.new_schedule(
        starts_at_local=f"{gap - timedelta(weeks=2)}T02:30:00", repeats=[{"unit": "week"}], sessions=4))
    assert sorted(meetings(portal, series)) == upcoming(series) == [str(gap + timedelta(weeks=i)) for i in (-2, -1, 1, 2)]


def test_of_an_hour_that_comes_twice_the_first_is_meant(given, portal, group):
    twice = last_sunday(YEAR, 10)
    series = made(portal, group, given.new_schedule(starts_at_local=f"{twice}T02:30:00", repeats=None))
    assert meetings(portal, series)[str(twice)]["starts_at"] == f"{twice}T00:30:00Z"


def test_local_times_stay_when_the_clocks_change(given, portal, group):
    start = last_sunday(YEAR, 10) - timedelta(days=1)
    series = made(portal, group, given.new_schedule(
        starts_at_local=f"{start}T19:00:00", repeats=[{"unit": "day"}], sessions=3))
    assert [m["starts_at"][11:] for _, m in sorted(meetings(portal, series).items())] == ["17:00:00Z", "18:00:00Z", "18:00:00Z"]
    assert {m["starts_at_local"][11:] for m in meetings(portal, series).values()} == {"19:00:00"}


def test_a_meeting_over_the_change_of_the_clocks_takes_as_long_as_it_takes(given, portal, group):
    start = last_sunday(YEAR, 10) - timedelta(days=1)
    series = made(portal, group, given.new_schedule(
        starts_at_local=f"{start}T23:00:00", duration="PT6H", repeats=None))
    met = meetings(portal, series)[str(start)]
    assert (met["starts_at"], met["ends_at"], met["duration"]) == (
        f"{start}T21:00:00Z", f"{start + timedelta(days=1)}T03:00:00Z", "PT6H")


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York", "Asia/Kathmandu"])
def test_dates_are_those_of_the_zone(given, portal, group, zone):
    start = given.wednesday(2)
    series = made(portal, group, given.new_schedule(
        starts_at_local=f"{start}T00:30:00", time_zone=zone, duration="PT24H", sessions=2))
    instant = datetime(start.year, start.month, start.day, 0, 30, tzinfo=ZoneInfo(zone)).astimezone(timezone.utc)
    met = meetings(portal, series)[str(start)]
    assert met["starts_at"] == instant.strftime("%Y-%m-%dT%H:%M:%SZ") and met["time_zone"] == zone


@pytest.mark.parametrize("zone", ["europe/berlin", "Europe/Atlantis", "localtime", "posixrules", "Factory", "CET", "GMT+1",
                                  "right/Europe/Berlin", "Europe/../Europe/Berlin", "Europe", "+01:00", ""])
def test_a_zone_that_is_no_place_is_refused(given, portal, group, zone):
    assert refused(add(portal, group, given.new_schedule(time_zone=zone))) == {"/time_zone"}


# Changing ------------------------------------------------------------------------------------------


def test_meetings_keep_their_ids_as_long_as_the_series_has_their_dates(given, portal, group, db):
    series = made(portal, group, given.new_schedule(repeats=[{"unit": "week", "on": ["monday", "wednesday"]}], sessions=8))
    before = meetings(portal, series)
    mondays = {day for day in before if date.fromisoformat(day).weekday() == 0}
    change(portal, series, {"repeats": [{"unit": "week", "on": ["wednesday", "friday"]}]})
    after = meetings(portal, series)
    assert not mondays & after.keys()
    assert all(after[day] == before[day] for day in before.keys() & after.keys()) and before.keys() & after.keys()
    for day in mondays:
        assert portal.get(f"/v1/meetings/{before[day]['id']}").status == 404
        assert tell(db, "meeting", before[day]) == [("created", 1), ("deleted", 2)]
    change(portal, series, {"repeats": [{"unit": "week", "on": ["monday", "wednesday"]}]})
    again = meetings(portal, series)
    assert {day: m["id"] for day, m in again.items()} == {day: m["id"] for day, m in before.items()}
    assert {again[day]["revision"] for day in mondays} == {3}
    assert all(tell(db, "meeting", before[day])[-1] == ("updated", 3) for day in mondays)


def test_a_revision_rises_for_the_meetings_that_change_and_for_no_others(given, portal, group, db):
    series = made(portal, group, given.new_schedule(sessions=6))
    before = meetings(portal, series)
    first, *_, last = sorted(before)
    portal.patch(f"/v1/meetings/{before[first]['id']}", {"duration": "PT3H"})
    change(portal, series, {"duration": "PT2H"})
    after = meetings(portal, series)
    assert {m["revision"] for m in after.values()} == {2}  # the first once too: it stays as long as it was made
    change(portal, series, {"sessions": 5})
    assert {day: m["revision"] for day, m in meetings(portal, series).items()} == {d: 2 for d in sorted(before)[:-1]}
    assert tell(db, "meeting", before[last])[-1] == ("deleted", 3)
    assert tell(db, "meeting", before[first]) == [("created", 1), ("updated", 2)]


@pytest.mark.parametrize("patch", [
    {"starts_at_local": None}, {"duration": "PT45M"}, {"time_zone": "Europe/Athens"}, {"format": "phone"},
    {"kind": "information"}, {"title": "Neu"}, {"note": "Neu"}, {"capacity": 3},
    {"online": {"join_url": "https://meet.example.org/neu", "disclosure": "accepted"}},
    {"title": None, "note": "Alt"},  # what one member said, another says
], ids=lambda patch: "-".join(patch))
def test_whatever_shows_of_a_meeting_raises_its_revision(given, portal, group, db, patch):
    series = made(portal, group, given.new_schedule(title="Alt", sessions=2))
    if "starts_at_local" in patch:
        patch = {"starts_at_local": series["starts_at_local"].replace("T19", "T18")}
    change(portal, series, patch)
    after = meetings(portal, series)
    assert [m["revision"] for m in after.values()] == [2, 2]
    assert all(tell(db, "meeting", m) == [("created", 1), ("updated", 2)] for m in after.values())


def test_meetings_that_have_begun_stay_as_they_were(given, portal, later, group, own_clock):
    start = date.today() + timedelta(days=1)
    series = made(portal, group, given.new_schedule(
        starts_at_local=f"{start}T12:00:00", time_zone="UTC", repeats=[{"unit": "day"}], sessions=6, title="Alt"))
    own_clock.move(24 * 4)
    before = meetings(later, series)
    now = (datetime.now(timezone.utc) + timedelta(days=4)).strftime("%Y-%m-%dT%H:%M:%SZ")
    past = {day: m for day, m in before.items() if m["starts_at"] < now}
    assert 0 < len(past) < 6
    change(later, series, {"duration": "PT3H", "format": "phone", "repeats": [{"unit": "day", "every": 2}]})
    change(later, series, {"until": str(start + timedelta(days=4))})
    after = meetings(later, series)
    assert {day: after.get(day) for day in past} == past
    assert any(after.get(day) != before[day] for day in before.keys() - past.keys())
    assert later.delete(path_of(series)).status == 204
    assert meetings(later, series) == past


@pytest.mark.parametrize("patch", [
    {"title": "Neu"}, {"note": "Neu"}, {"kind": "information"}, {"capacity": 4}, {"time_zone": "America/New_York"},
    {"starts_at_local": "T18:00:00"}], ids=lambda patch: "-".join(patch))
def test_what_is_said_anew_of_a_series_is_not_said_of_what_was(given, portal, later, group, own_clock, patch):
    start = date.today() + timedelta(days=1)
    series = made(portal, group, given.new_schedule(
        starts_at_local=f"{start}T12:00:00", repeats=[{"unit": "day"}], sessions=6, title="Alt"))
    own_clock.move(24 * 3)
    if "starts_at_local" in patch:
        patch = {"starts_at_local": str(start) + patch["starts_at_local"]}
    before = meetings(later, series)[str(start)]
    change(later, series, patch)
    assert meetings(later, series)[str(start)] == before


def test_a_change_tells_followers_and_the_auditor(given, portal, group, db):
    series = made(portal, group, given.new_schedule(reason="Neu."))
    change(portal, series, {"title": "Anders", "duration": "PT2H", "reason": "Der Raum."})
    portal.delete(path_of(series))
    assert tell(db, "schedule", series) == [("created", 1), ("updated", 2), ("deleted", 3)]
    db.execute("SELECT action, members, reason, writer ->> 'organisation_id' IS NOT NULL OR writer <> '{}' FROM audit "
               "WHERE resource_id = %s ORDER BY revision", [series["id"]])
    assert [row[:3] for row in db.fetchall()][:2] == [("created", [], "Neu."),
                                                      ("updated", ["duration", "title"], "Der Raum.")]
    db.execute("SELECT count(*) FROM audit WHERE resource_id = %s AND (members::text || writer::text) ~ 'Anders'",
               [series["id"]])
    assert db.fetchone() == (0,)


def test_a_reason_is_not_kept_from_one_change_to_the_next(given, portal, group, db):
    series = made(portal, group, given.new_schedule(reason="Neu."))
    change(portal, series, {"title": "Anders"})
    portal.delete(path_of(series))
    db.execute("SELECT action, reason FROM audit WHERE resource_id = %s ORDER BY revision", [series["id"]])
    assert db.fetchall() == [("created", "Neu."), ("updated", None), ("deleted", None)]


def test_conditions_guard_a_series(given, portal, group):
    series = made(portal, group, given.new_schedule())
    old = portal.get(path_of(series)).etag
    assert portal.request("PATCH", path_of(series), {"title": "A"}).status == 428
    assert portal.request("DELETE", path_of(series)).status == 428
    assert portal.patch(path_of(series), {"title": "A"}, etag=old).status == 200
    assert portal.patch(path_of(series), {"title": "B"}, etag=old).status == 412
    assert portal.patch(path_of(series) + "?from=" + upcoming(series)[2], {"title": "B"}, etag=old).status == 412
    assert portal.delete(path_of(series), etag=old).status == 412
    assert portal.get(path_of(series)).json["title"] == "A"
    assert portal.get(path_of(series), If_None_Match=portal.get(path_of(series)).etag).status == 304


def test_a_request_that_is_repeated_makes_one_series(given, portal, group):
    body, key = given.new_schedule(), str(uuid4())
    one, two = [portal.post(f"/v1/groups/{group['id']}/schedules", body, Idempotency_Key=key) for _ in range(2)]
    assert (one.status, one.json, one.headers["location"]) == (two.status, two.json, two.headers["location"])
    other = portal.post(f"/v1/groups/{group['id']}/schedules", {**body, "title": "X"}, Idempotency_Key=key)
    assert (other.status, len(portal.get(f"/v1/groups/{group['id']}/schedules").json["items"])) == (422, 1) \
        or other.status == 409


def test_what_is_gone_is_gone_with_its_meetings(given, portal, group, db):
    series = made(portal, group, given.new_schedule(sessions=3))
    planned = meetings(portal, series)
    assert portal.delete(path_of(series)).status == 204
    assert portal.get(path_of(series)).status == 404 and meetings(portal, series) == {}
    assert portal.patch(path_of(series), {"title": "A"}).status == 404 and portal.delete(path_of(series)).status == 404
    assert all(tell(db, "meeting", m) == [("created", 1), ("deleted", 2)] for m in planned.values())


def test_series_go_with_their_group(given, portal, group, db):
    series = made(portal, group, given.new_schedule(sessions=3))
    planned = meetings(portal, series)
    assert portal.delete(f"/v1/groups/{group['id']}").status == 204
    assert portal.get(path_of(series)).status == 404
    assert tell(db, "schedule", series)[-1][0] == "deleted"
    assert all(tell(db, "meeting", m)[-1][0] == "deleted" for m in planned.values())


def test_no_series_is_left_of_a_group_that_goes_while_it_is_added(given, portal, group, lock, db):
    lock.hold("UPDATE groups SET deleted_at = now(), updated_at = now() WHERE id = %s", group["id"])
    replies = []
    adding = threading.Thread(target=lambda: replies.append(add(portal, group, given.new_schedule())))
    adding.start()
    adding.join(0.5)
    lock.connection.commit()
    adding.join()
    db.execute("SELECT count(*) FROM schedules WHERE group_id = %s AND deleted_at IS NULL", [group["id"]])
    assert (replies[0].status, db.fetchone()) == (404, (0,))


# Splitting -----------------------------------------------------------------------------------------


def test_a_split_hands_over_this_date_and_all_that_follow(given, portal, group):
    series = made(portal, group, given.new_schedule())
    days = upcoming(series)
    before = meetings(portal, series)
    for day in days[1], days[5]:
        portal.patch(f"/v1/meetings/{before[day]['id']}", {"note": "Besonders"})
    reply = portal.patch(f"{path_of(series)}?from={days[3]}", {"starts_at_local": days[3] + "T18:00:00", "reason": "Neu."})
    heir = reply.json
    assert reply.headers["location"].endswith(path_of(heir)) and reply.etag
    assert (heir["follows_id"], heir["starts_at_local"], heir["revision"]) == (series["id"], days[3] + "T18:00:00", 1)
    old, new = meetings(portal, series), meetings(portal, heir)
    assert sorted(old) == days[:3] and {d: m["id"] for d, m in {**old, **new}.items()} == {d: m["id"] for d, m in before.items()}
    assert old[days[0]] == before[days[0]]
    assert (old[days[1]]["note"], new[days[5]]["note"]) == ("Besonders", "Besonders")
    assert {m["starts_at_local"][11:] for m in new.values()} == {"18:00:00"}
    ended = portal.get(path_of(series)).json
    assert ended["until"] == str(date.fromisoformat(days[3]) - timedelta(days=1)) and ended["revision"] == 2
    assert portal.get(f"{path_of(heir)}/exceptions").json["items"][0]["date"] == days[5]
    assert [e["date"] for e in portal.get(f"{path_of(series)}/exceptions").json["items"]] == [days[1]]


def test_a_split_that_changes_nothing_but_a_word_leaves_all_dates(given, portal, group):
    series = made(portal, group, given.new_schedule(repeats=[{"unit": "week", "every": 2, "on": ["wednesday"]}]))
    before = meetings(portal, series)
    heir = change(portal, series, {"title": "Neu"}, f"?from={upcoming(series)[2]}")
    assert sorted(before) == sorted([*meetings(portal, series), *meetings(portal, heir)])


@pytest.mark.parametrize("repeats", [
    [{"unit": "week", "every": 2, "on": ["wednesday"]}, {"unit": "week", "every": 3, "on": ["friday"]}],
    [{"unit": "week"}, {"unit": "month", "on": ["first friday"]}],
], ids=["intervals", "by_the_start"])
def test_a_split_of_several_rules_leaves_all_dates_or_is_refused(given, portal, group, repeats):
    series = made(portal, group, given.new_schedule(repeats=repeats))
    days = upcoming(series)
    for number in range(1, 8):
        reply = portal.patch(f"{path_of(series)}?from={days[number]}&dry_run=true", {"title": "Neu"})
        assert reply.status == 422 or upcoming(reply.json)[:20 - number][:9] == days[number:][:9], days[number]


def test_what_is_split_can_be_split_again(given, portal, group):
    series = made(portal, group, given.new_schedule())
    days, before = upcoming(series), meetings(portal, series)
    second = change(portal, series, {"title": "Zwei"}, f"?from={days[8]}")
    third = change(portal, series, {"title": "Drei"}, f"?from={days[4]}")
    assert third["until"] == str(date.fromisoformat(days[8]) - timedelta(days=1))
    assert [sorted(meetings(portal, s))[0] for s in (series, third, second)] == [days[0], days[4], days[8]]
    assert portal.patch(f"{path_of(series)}?from={days[8]}", {"title": "X"}).status in (400, 422)
    everywhere = {d: m["id"] for s in (series, second, third) for d, m in meetings(portal, s).items()}
    assert everywhere == {d: m["id"] for d, m in before.items()}


def test_sessions_count_down_over_a_split(given, portal, group):
    series = made(portal, group, given.new_schedule(sessions=10))
    days = upcoming(series)
    heir = change(portal, series, {"title": "Neu"}, f"?from={days[4]}")
    assert heir["sessions"] == 6 and upcoming(heir) == days[4:]
    more = change(portal, heir, {"sessions": 8}, f"?from={days[6]}")
    assert more["sessions"] == 6 and len(meetings(portal, more)) == 6
    assert refused(portal.patch(f"{path_of(more)}?from={upcoming(more)[2]}", {"sessions": 2})) == {"/sessions"}


def test_what_remains_of_a_split_series_says_the_same_in_words_and_members(given, portal, group):
    series = made(portal, group, given.new_schedule(sessions=10))
    change(portal, series, {"title": "Neu"}, f"?from={upcoming(series)[4]}")
    ended = portal.get(path_of(series)).json
    assert ("Termine" in ended["sentence"]["de"]) == ("sessions" in ended) and "bis " in ended["sentence"]["de"]


def test_dates_that_no_clock_shows_are_not_counted_in_a_split(given, portal, group):
    gap = last_sunday(YEAR, 3)
    series = made(portal, group, given.new_schedule(
        starts_at_local=f"{gap - timedelta(weeks=3)}T02:30:00", repeats=[{"unit": "week"}], sessions=10))
    days = upcoming(series)
    heir = change(portal, series, {"title": "Neu"}, f"?from={days[4]}")
    assert heir["sessions"] == 6 and upcoming(heir) == days[4:]


def test_only_a_date_to_come_after_the_first_can_begin_another_series(given, portal, group):
    series = made(portal, group, given.new_schedule())
    days = upcoming(series)
    before = meetings(portal, series)
    for day in days[0], str(date.fromisoformat(days[2]) + timedelta(days=1)), "2020-01-01", "2098-01-01":
        reply = portal.patch(f"{path_of(series)}?from={day}", {"title": "Neu"})
        assert (reply.status, reply.parameters()) == (400, {"from"}), day
    assert portal.patch(f"{path_of(series)}?from=tomorrow", {"title": "Neu"}).status == 400
    assert meetings(portal, series) == before and portal.get(path_of(series)).json["revision"] == 1


def test_a_date_that_has_begun_cannot_begin_another_series(given, portal, later, group, own_clock):
    start = date.today() + timedelta(days=1)
    series = made(portal, group, given.new_schedule(
        starts_at_local=f"{start}T12:00:00", time_zone="UTC", repeats=[{"unit": "day"}]))
    days = upcoming(series)
    own_clock.move(24 * 4)
    assert later.patch(f"{path_of(series)}?from={days[1]}", {"title": "Neu"}).status == 400
    heir = change(later, series, {"title": "Neu"}, f"?from={days[5]}")
    assert min(meetings(later, heir)) == days[5] and days[1] in meetings(later, series)


def test_a_dry_run_of_a_split_splits_nothing(given, portal, group):
    series = made(portal, group, given.new_schedule())
    before = meetings(portal, series)
    shown = change(portal, series, {"title": "Neu"}, f"?from={upcoming(series)[3]}&dry_run=true")
    assert shown["follows_id"] == series["id"] and upcoming(shown)[0] == upcoming(series)[3]
    assert meetings(portal, series) == before and portal.get(path_of(shown)).status == 404


# Who may -------------------------------------------------------------------------------------------


def test_only_who_keeps_a_group_writes_its_series(given, api, portal, group):
    series = made(portal, group, given.new_schedule())
    other, reader = given.client(), given.client(portal.organisation, scopes="groups:read,groups:write")
    for client, status in (other, 403), (reader, 403), (api, 401):
        assert add(client, group, given.new_schedule()).status == status
        assert add(client, group, {"nonsense": 1}).status in (status, 422)
        assert client.patch(path_of(series), {"title": "X"}).status == status
        assert client.patch(f"{path_of(series)}?from={upcoming(series)[2]}", {"title": "X"}).status == status
        assert client.delete(path_of(series)).status == status
    assert portal.get(path_of(series)).json["revision"] == 1
    assert change(given.client(portal.organisation), series, {"title": "X"})["revision"] == 2


@pytest.mark.parametrize("visibility", ["partners", "unlisted"])
def test_of_a_hidden_group_nobody_else_learns_its_series(given, api, portal, visibility):
    group = given.group(portal, visibility="partners")
    series = made(portal, group, given.new_schedule())
    met = next(iter(meetings(portal, series).values()))
    for path in (path_of(series), f"/v1/groups/{group['id']}/schedules", f"/v1/groups/{group['id']}/meetings",
                 f"/v1/meetings/{met['id']}"):
        assert api.get(path).status == 404 and portal.get(path).status == 200
    stranger = given.client(scopes="meetings:write")
    reply = stranger.patch(path_of(series), {"title": "X"})
    assert reply.status in (403, 404)
    assert (reply.status == 404) == (stranger.get(f"/v1/groups/{group['id']}/schedules").status in (403, 404))


def test_only_who_keeps_a_group_learns_how_to_join(given, api, portal, group):
    online = {"join_url": "https://meet.example.org/geheim", "dial_in": "+49 221 5550100", "access_code": "77",
              "disclosure": "accepted"}
    series = made(portal, group, given.new_schedule(online=online, sessions=2))
    met = next(iter(meetings(portal, series).values()))
    for path in path_of(series), f"/v1/meetings/{met['id']}":
        assert portal.get(path).json["online"] == online
        for stranger in api, given.client():
            assert stranger.get(path).json["online"] == {"disclosure": "accepted"}
            assert b"geheim" not in stranger.get(path).body
    for path in f"/v1/groups/{group['id']}/schedules", f"/v1/groups/{group['id']}/meetings", \
            f"/v1/meetings?organisation={portal.organisation['id']}", f"/v1/meetings/{met['id']}/event.jsonld":
        assert b"geheim" not in api.get(path).body
    change(portal, series, {"online": {"disclosure": "public"}})
    assert api.get(path_of(series)).json["online"] == {**online, "disclosure": "public"}


# Side by side --------------------------------------------------------------------------------------


def at_once(*calls):
    """What they return, all begun together."""
    answers, gate = [None] * len(calls), threading.Barrier(len(calls))

    def run(number, call):
        gate.wait()
        answers[number] = call()
    threads = [threading.Thread(target=run, args=(i, call)) for i, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_of_many_edits_of_one_revision_exactly_one_wins(given, portal, group):
    series = made(portal, group, given.new_schedule())
    for turn in range(4):
        etag = portal.get(path_of(series)).etag
        hours = list(range(8, 20))
        replies = at_once(*[
            lambda hour=hour: portal.patch(path_of(series), {
                "starts_at_local": series["starts_at_local"][:11] + f"{hour:02}:00:00", "title": f"{turn}, {hour} Uhr"}, etag=etag)
            for hour in hours])
        assert sorted(reply.status for reply in replies) == [200] + [412] * (len(hours) - 1)
        won = next(reply.json for reply in replies if reply.status == 200)
        planned = meetings(portal, series).values()
        assert {m["starts_at_local"][11:] for m in planned} == {won["starts_at_local"][11:]}
        assert {m["title"] for m in planned} == {won["title"]}


def test_of_many_splits_of_one_revision_exactly_one_wins(given, portal, group):
    series = made(portal, group, given.new_schedule())
    before = {d: m["id"] for d, m in meetings(portal, series).items()}
    latest, etag = max(before), portal.get(path_of(series)).etag
    replies = at_once(*[lambda day=day: portal.patch(f"{path_of(series)}?from={day}", {"title": day}, etag=etag)
                        for day in upcoming(series)[2:10]])
    assert sorted(reply.status for reply in replies) == [200] + [412] * 7
    everything = portal.all_pages(f"/v1/groups/{group['id']}/meetings?{ALWAYS}")
    assert {m["date"]: m["id"] for m in everything if m["date"] <= latest} == before


def test_a_change_of_a_series_and_of_its_meeting_do_not_lock_each_other_out(given, portal, group, lock):
    series = made(portal, group, given.new_schedule())
    met = next(iter(meetings(portal, series).values()))
    lock.hold("SELECT FROM schedules WHERE id = %s FOR UPDATE", series["id"])
    replies = {}
    threads = [threading.Thread(target=lambda: replies.update(
                   whole=portal.patch(path_of(series), {"duration": "PT2H"}))),
               threading.Thread(target=lambda: replies.update(
                   one=portal.patch(f"/v1/meetings/{met['id']}", {"note": "Neu"})))]
    for waiting, thread in enumerate(threads, 1):
        thread.start()
        lock.await_waiting(waiting)
    lock.release()
    for thread in threads:
        thread.join()
    assert replies["whole"].status == 200 and replies["one"].status in (200, 412)
    assert meetings(portal, series)[met["date"]]["duration"] == "PT2H"


def test_an_online_series_that_knows_a_place_takes_place_as_planned(given, portal, group):
    venue = given.venue(portal)
    series = given.schedule(portal, group, format="online", venue_id=venue["id"])
    met = portal.get(f"/v1/groups/{group['id']}/meetings").json["items"]
    assert {m["status"] for m in met} == {"scheduled"} and not any("place" in m for m in met)
    switched = portal.patch(f"/v1/meetings/{met[0]['id']}", {"format": "hybrid"})
    assert (switched.json["status"], switched.json["venue_id"]) == ("moved", venue["id"])
    assert portal.get(f"/v1/schedules/{series['id']}").json["format"] == "online"
