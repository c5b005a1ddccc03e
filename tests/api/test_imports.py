"""test_imports.py: directories of others: what is read of them, what is written, and what is left alone."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from tests.server import ROOT

SETTINGS = {"time_zone": "Europe/Berlin", "country": "DE", "language": "de"}


def meeting(key="oase", **members):
    """A row of the Meeting Guide; None leaves a member out."""
    row = {"name": f"Oase {key}", "slug": key, "day": 2, "time": "19:30", "end_time": "21:00",
           "location": "Haus am Ufer", "formatted_address": f"Weg {len(key)}, 50667 Köln, Deutschland",
           "latitude": 50.9384, "longitude": 6.9599, **members}
    return {name: value for name, value in row.items() if value is not None}


def bmlt(**members):
    row = {"id_bigint": "7", "meeting_name": "Clean am Dienstag", "weekday_tinyint": "3", "start_time": "19:30:00",
           "duration_time": "01:30:00", "venue_type": "1", "formats": "O,WC", "location_text": "Haus am Ufer",
           "location_street": "Weg 1", "location_municipality": "Köln", "location_province": "NW",
           "location_postal_code_1": "50667", "location_nation": "DE", "latitude": "50.9384", "longitude": "6.9599",
           "virtual_meeting_link": "", "phone_meeting_number": "", "time_zone": "", "comments": "", "published": "1",
           **members}
    return {name: value for name, value in row.items() if value is not None}


class Source:
    """A source of a client's own."""

    def __init__(self, given, kind="meeting_guide", **settings):
        self.client = given.client(scopes="groups:read,groups:write,meetings:write,imports:write")
        self.kind, self.key = kind, given.word()
        self.settings = {**SETTINGS, "topic_ids": [given.some_topic()], **settings}

    def body(self, feed):
        return {"source": self.key, "format": self.kind, "settings": self.settings, "feed": feed}

    def check(self, *rows):
        reply = self.client.post("/v1/imports", self.body(list(rows)))
        assert reply.status == 201, reply.json
        return reply.json

    def rows(self, made):
        return self.client.all_pages(f"/v1/imports/{made['id']}/rows?limit=200")

    def act(self, made, verb, options=None, status=200):
        reply = self.client.post(f"/v1/imports/{made['id']}/{verb}", options if verb == "undo" else options or {})
        assert reply.status == status, reply.json
        return reply.json

    def take(self, *rows, **options):
        """Checks and applies: the import and its rows."""
        made = self.act(self.check(*rows), "apply", options)
        return made, self.rows(made)

    def group(self, row):
        return self.client.get(f"/v1/groups/{row['group_id']}").json

    def series(self, row):
        return self.client.get(f"/v1/schedules/{row['schedule_id']}").json

    def change(self, kind, row, patch):
        reply = self.client.patch(f"/v1/{kind}s/{row[kind + '_id']}", patch)
        assert reply.status == 200, reply.json
        return reply.json


@pytest.fixture
def source(given):
    return Source(given)


def counts(made):
    return {name: made["summary"][name] for name in ("added", "changed", "unchanged", "gone", "refused", "kept")
            if made["summary"][name]}


def only(made, rows):
    assert len(rows) == 1 and sum(counts(made).values()) == 1
    return rows[0]


def codes(row):
    return [reason["code"] for reason in row.get("reasons", [])]


def written(db, source):
    """All that was written of a source's organisation, but for what the planning of meetings adds to series."""
    owner = source.client.organisation["id"]
    db.execute("""SELECT (SELECT count(*) FROM changes c
                          WHERE c.resource_id IN (SELECT id FROM groups WHERE organisation_id = %s
                                                  UNION SELECT id FROM venues WHERE organisation_id = %s)),
                         (SELECT json_agg(json_build_array(s.id, s.updated_at, s.deleted_at) ORDER BY s.id)
                          FROM schedules s JOIN groups g ON g.id = s.group_id WHERE g.organisation_id = %s)""", [owner] * 3)
    return db.fetchone()


# What is read --------------------------------------------------------------------------------------


def test_a_check_changes_nothing_but_says_everything(source, db):
    made = source.check(meeting(), meeting("x", day=9))
    assert made["state"] == "checked" and counts(made) == {"added": 1, "refused": 1}
    assert written(db, source)[0] == 0
    first, second = source.rows(made)
    assert first["action"] == "added" and "group_id" not in first
    assert second["action"] == "refused" and codes(second) == ["day_unclear"]


def test_a_row_becomes_a_group_a_series_and_a_venue(source, db):
    row = only(*source.take(meeting(types=["X", "S", "O"], notes="Neue sind <b>willkommen</b> &amp; gern gesehen.",
                                    website="https://oase.example.org/")))
    group, series = source.group(row), source.series(row)
    assert group["name"] == "Oase oase" and group["summary"] == "Neue sind willkommen & gern gesehen."
    assert group["languages"] == ["es"] and group["accessibility"] == ["step_free"]
    assert group["formats"] == ["in_person"] and group["status"] == "active" and group["joining"] == "drop_in"
    assert group["place"] == {"country": "DE", "postcode": "50667", "town": "Köln", "precision": "street",
                              "point": {"lat": 50.9384, "lon": 6.9599}}
    assert group["contact"] == {"via": "relay"} and group["website"] == "https://oase.example.org/"
    assert group["organisation_id"] == source.client.organisation["id"]
    assert series["duration"] == "PT1H30M" and series["time_zone"] == "Europe/Berlin"
    assert series["starts_at_local"].endswith("T19:30:00") and series["rrules"] == ["FREQ=WEEKLY;BYDAY=TU"]
    db.execute("SELECT name, street, postcode, town, disclosure FROM venues WHERE id = %s", [series["venue_id"]])
    assert db.fetchone() == ("Haus am Ufer", "Weg 4", "50667", "Köln", "public")


def test_bmlt_is_read_with_its_own_weekdays(given):
    source = Source(given, "bmlt")
    row = only(*source.take(bmlt(comments="Bitte klingeln")))
    group, series = source.group(row), source.series(row)
    assert series["rrules"] == ["FREQ=WEEKLY;BYDAY=TU"] and series["duration"] == "PT1H30M"
    assert group["accessibility"] == ["step_free"] and group["summary"] == "Bitte klingeln"
    assert group["place"]["town"] == "Köln"


@pytest.mark.parametrize("kind, link, format", [("1", "", "in_person"), ("2", "https://meet.example.org/7", "online"),
                                                ("3", "https://meet.example.org/7", "hybrid")])
def test_bmlt_says_how_a_meeting_is_held(given, kind, link, format):
    source = Source(given, "bmlt")
    series = source.series(only(*source.take(bmlt(venue_type=kind, virtual_meeting_link=link))))
    assert series["format"] == format and series.get("online", {}).get("join_url", "") == link
    assert ("venue_id" in series) == (format != "online")


@pytest.mark.parametrize("day, rule", [
    (0, "SU"), ("1", "MO"), (6, "SA"), ([3], "WE"), (["1", "3"], "MO,WE"), ("Thursday", "TH"), ("Freitag", "FR"), ("sun", "SU"),
])
def test_days_are_understood_however_they_are_written(source, day, rule):
    assert source.series(only(*source.take(meeting(day=day))))["rrules"] == [f"FREQ=WEEKLY;BYDAY={rule}"]


@pytest.mark.parametrize("time, end, start, duration", [
    ("19:30", "20:15", "19:30", "PT45M"), ("19:30:00", "21:00:00", "19:30", "PT1H30M"), ("6:00 AM", "7:00 am", "06:00", "PT1H"),
    ("12:15 pm", "1 PM", "12:15", "PT45M"), ("noon", "13:00", "12:00", "PT1H"), ("23:30", "00:30", "23:30", "PT1H"),
    ("00:00", "01:00", "00:00", "PT1H"), ("19.30 Uhr", "20.30 Uhr", "19:30", "PT1H"),
])
def test_times_are_understood_however_they_are_written(source, time, end, start, duration):
    series = source.series(only(*source.take(meeting(time=time, end_time=end))))
    assert series["starts_at_local"][11:16] == start and series["duration"] == duration


def test_a_missing_end_is_assumed_and_said(given):
    source = Source(given, duration="PT1H15M")
    row = only(*source.take(meeting(end_time=None)))
    assert codes(row) == ["duration_assumed"] and source.series(row)["duration"] == "PT1H15M"


@pytest.mark.parametrize("members", [{"day": None}, {"time": None}, {"day": ""}, {"day": []}, {"time": ""}])
def test_by_appointment_is_a_group_without_a_series(source, members):
    row = only(*source.take(meeting(**members)))
    assert codes(row) == ["by_appointment"] and "schedule_id" not in row and source.group(row)["status"] == "active"


def test_what_does_not_meet_at_present_is_paused(source):
    row = only(*source.take(meeting(attendance_option="inactive")))
    assert "inactive" in codes(row) and "schedule_id" not in row and source.group(row)["status"] == "paused"


REFUSALS = [
    ("not_an_object", "Dienstag"), ("not_an_object", 7), ("not_an_object", None), ("not_an_object", ["x"]),
    ("no_key", meeting(slug=None)), ("no_key", meeting(slug="")), ("no_name", meeting(name=None)), ("no_name", meeting(name=" ")),
    ("no_name", meeting(name={"a": 1})),
    ("day_unclear", meeting(day=7)), ("day_unclear", meeting(day="someday")), ("day_unclear", meeting(day={"a": 1})),
    ("day_unclear", meeting(day=[1, "x"])), ("day_unclear", meeting(day=True)),
    ("time_unclear", meeting(time="25:00")), ("time_unclear", meeting(time="evening")), ("time_unclear", meeting(time="19:75")),
    ("time_unclear", meeting(time="13:00 PM")), ("time_unclear", meeting(time=1930)),
    ("end_unclear", meeting(end_time="late")),
    ("time_zone_unknown", meeting(timezone="Mars/Olympus")), ("time_zone_unknown", meeting(timezone="CEST-1")),
    ("coordinates_unclear", meeting(latitude=91)), ("coordinates_unclear", meeting(longitude="west")),
    ("coordinates_unclear", meeting(longitude=-180.1)),
]


@pytest.mark.parametrize("code, row", REFUSALS)
def test_what_cannot_be_imported_is_refused_with_a_reason(source, code, row):
    made = source.check(row, meeting("other"))
    assert counts(made) == {"added": 1, "refused": 1}
    assert codes(source.rows(made)[0]) == [code]
    assert made["summary"]["reasons"][0]["code"] == code and made["summary"]["reasons"][0]["refuses"]


@pytest.mark.parametrize("code, row", [
    ("no_key", bmlt(id_bigint="")), ("no_name", bmlt(meeting_name="")), ("not_published", bmlt(published="0")),
    ("day_unclear", bmlt(weekday_tinyint="0")), ("day_unclear", bmlt(weekday_tinyint="8")),
    ("time_unclear", bmlt(start_time="x")), ("end_unclear", bmlt(duration_time="long")),
    ("time_zone_unknown", bmlt(time_zone="Nowhere")), ("coordinates_unclear", bmlt(latitude="-90.5")),
])
def test_bmlt_is_refused_with_the_same_reasons(given, code, row):
    source = Source(given, "bmlt")
    assert codes(source.rows(source.check(row))[0]) == [code]


def test_without_a_time_zone_anywhere_a_row_is_refused(given):
    source = Source(given)
    del source.settings["time_zone"]
    first, second = source.rows(source.check(meeting(), meeting("x", timezone="Europe/Vienna")))
    assert codes(first) == ["no_time_zone"] and second["action"] == "added"


def test_the_second_of_the_same_key_is_refused(source):
    made = source.check(meeting(), meeting(time="08:00"))
    assert counts(made) == {"added": 1, "refused": 1} and codes(source.rows(made)[1]) == ["duplicate_key"]


def test_rows_of_one_key_that_differ_in_the_day_are_one_series(source):
    made, rows = source.take(meeting(day=1), meeting(day=3), meeting(day=5))
    assert counts(made) == {"added": 3} and len({row["schedule_id"] for row in rows}) == 1
    assert codes(rows[1]) == codes(rows[2]) == ["folded"]
    assert source.series(rows[0])["rrules"] == ["FREQ=WEEKLY;BYDAY=MO,WE,FR"]
    assert counts(source.check(meeting(day=1), meeting(day=3), meeting(day=5))) == {"unchanged": 3}


def test_rows_of_one_name_and_place_are_one_group(source):
    rows = [meeting(slug, name="Oase", day=day, formatted_address="Weg 1, 50667 Köln") for slug, day in (("a", 1), ("b", 4))]
    made, taken = source.take(*rows, meeting("c", name="Oase", formatted_address="Gasse 9, 50667 Köln"))
    assert made["summary"]["groups"] == 2
    assert taken[0]["group_id"] == taken[1]["group_id"] != taken[2]["group_id"]
    assert len({row["schedule_id"] for row in taken}) == 3


def test_online_meetings_of_one_group_are_one_group_without_a_venue(source):
    rows = [meeting(slug, name="Oase", day=day, group="Oase", formatted_address="Köln, Deutschland", approximate="yes",
                    types=["ONL"], conference_url="https://zoom.example.org/j/1") for slug, day in (("a", 1), ("b", 4))]
    made, taken = source.take(*rows)
    assert (made["summary"]["groups"], made["summary"]["venues"]) == (1, 0)
    assert source.group(taken[0])["formats"] == ["online"] and source.group(taken[0])["place"]["precision"] == "town"


@pytest.mark.parametrize("online, shown", [(None, False), ("accepted", False), ("public", True)])
def test_only_the_accepted_learn_a_link_unless_the_source_says_otherwise(given, api, db, online, shown):
    source = Source(given, **({"online": online} if online else {}))
    row = only(*source.take(meeting(conference_url="https://meet.example.org/oase", conference_phone="+49 30 555 0100,,123#")))
    assert source.series(row)["online"] == {"join_url": "https://meet.example.org/oase", "dial_in": "+49 30 555 0100",
                                            "disclosure": online or "accepted"}
    public = api.get(f"/v1/schedules/{row['schedule_id']}").json
    assert ("join_url" in public["online"]) == shown


def test_people_and_passwords_stay_out_of_the_directory(source):
    notes = "Fragen an erna@example.org oder 0171 555 01 00. Meeting ID: 123 4567 8901, Passwort: geheim7. Raum 12, seit 2019-03-01."
    row = only(*source.take(meeting(notes=notes, contact_1_name="Erna", contact_1_email="erna@example.org")))
    text = json.dumps([source.group(row), source.series(row), row])
    for secret in ("erna@", "Erna", "0171", "4567", "geheim7"):
        assert secret not in text
    assert "Raum 12" in text and "2019-03-01" in text and "withheld" in codes(row)


def test_what_is_too_long_is_cut_and_said(source):
    row = only(*source.take(meeting(name="N" * 130, notes="Wort " * 1200)))
    group = source.group(row)
    assert codes(row) == ["cut"] and len(group["name"]) == 120 and len(group["description"]) <= 5000


@pytest.mark.parametrize("words, plain", [
    ("Tür &quot;B&quot;<br>links", 'Tür "B"\nlinks'), ("&Uuml;ber&nbsp;uns &#8211; &#x2013;", "Über uns – –"),
    ("1 < 2 & 3", "1 < 2 & 3"), ("<script>alert(1)</script>Hallo", "Hallo"), ("a\n\n\n\nb", "a\n\nb"), ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
])
def test_html_becomes_plain_text(source, words, plain):
    assert source.group(only(*source.take(meeting(notes=words))))["summary"] == plain


def test_a_series_begins_on_the_next_such_day_at_a_time_that_clocks_show(source, db):
    row = only(*source.take(meeting(day=0, time="02:30", end_time="03:00")))
    db.execute("SELECT starts_at_local > now() - interval '1 day', extract(dow FROM starts_at_local), "
               "is_in_gap(starts_at_local, time_zone) FROM schedules WHERE id = %s", [row["schedule_id"]])
    assert db.fetchone() == (True, 0, False)
    db.execute("SELECT series_start('{FREQ=WEEKLY;BYDAY=SU}', '02:30', 'Europe/Berlin', '2027-03-28 00:00Z')::text")
    assert db.fetchone()[0] == "2027-04-04 02:30:00"


# Patterns in words ---------------------------------------------------------------------------------

CERTAIN = [
    ("2nd & 4th Sundays 7:30pm", 0, ["FREQ=MONTHLY;BYDAY=2SU,4SU"]), ("1st and 3rd Mondays", 1, ["FREQ=MONTHLY;BYDAY=1MO,3MO"]),
    ("First Saturday Group", 6, ["FREQ=MONTHLY;BYDAY=1SA"]), ("1st Saturday", 6, ["FREQ=MONTHLY;BYDAY=1SA"]),
    ("Oase, last Friday", 5, ["FREQ=MONTHLY;BYDAY=-1FR"]), ("Oase (1. und 3. Dienstag)", 2, ["FREQ=MONTHLY;BYDAY=1TU,3TU"]),
    ("jeden 2. Mittwoch im Monat", 3, ["FREQ=MONTHLY;BYDAY=2WE"]), ("Jeden letzten Donnerstag", 4, ["FREQ=MONTHLY;BYDAY=-1TH"]),
    ("Erster und dritter Montag", 1, ["FREQ=MONTHLY;BYDAY=1MO,3MO"]),
]
UNCERTAIN = [
    ("every other Monday", 1, ["FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"]), ("Oase biweekly", 2, ["FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"]),
    ("alle 14 Tage", 2, ["FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"]), ("14-tägig", 2, ["FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"]),
    ("jeden zweiten Dienstag", 2, ["FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"]), ("every second week", 2, ["FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"]),
    ("Last Sunday Breakfast (5 Sundays a year)", 0, ["FREQ=MONTHLY;BYDAY=-1SU"]), ("Monthly meeting", 2, None),
    ("First Friday", 2, ["FREQ=MONTHLY;BYDAY=1FR"]), ("2nd Tuesday", [2, 4], ["FREQ=MONTHLY;BYDAY=2TU"]),
    ("2nd week of the month", 2, ["FREQ=MONTHLY;BYDAY=2TU"]),
]
NOTHING = ["It's the 1st Step", "3rd Avenue Tuesday Night", "Last Call", "Second Chance", "First Things First", "Oase 14"]


@pytest.mark.parametrize("name, day, rules", CERTAIN)
def test_a_name_that_says_when_is_an_offer(source, name, day, rules):
    made = source.check(meeting(name=name, day=day))
    offer = made["offers"][0]["offer"]
    assert offer["certain"] and offer["rules"] == rules and offer["where"] == "name" and offer["evidence"] in name
    assert offer["repeats"][0]["unit"] == "month" and "because" not in offer


@pytest.mark.parametrize("name, day, rules", UNCERTAIN)
def test_what_leaves_a_doubt_is_offered_with_it(source, name, day, rules):
    offer = source.check(meeting(name=name, day=day))["offers"][0]["offer"]
    assert not offer["certain"] and offer.get("rules") == rules and offer["because"]


@pytest.mark.parametrize("name", NOTHING)
def test_other_words_are_no_pattern(source, name):
    assert "offers" not in source.check(meeting(name=name))


@pytest.mark.parametrize("notes, day, certain", [
    ("We meet on the 2nd and 4th Tuesday. Bring tea.", 2, True), ("Wir treffen uns am 1. und 3. Dienstag.", 2, True),
    ("This group meets every other Tuesday.", 2, False), ("Birthday Night - last Tuesday", 2, False),
    ("Speaker meeting is on the last Tuesday", 2, False), ("1st Tuesday - Step, 2nd Tuesday - Topic", 2, False),
    ("Birthday Night - last Thursday", 2, None), ("First Saturday - Eating meeting", 1, None),
    ("No meeting last Tuesday of the month", 2, None), ("Kein Treffen am ersten Dienstag", 2, None), ("2nd floor, first room", 2, None),
])
def test_a_special_meeting_in_the_notes_is_not_the_series(source, notes, day, certain):
    offers = source.check(meeting(notes=notes, day=day)).get("offers", [])
    assert [offer["offer"]["certain"] for offer in offers] == ([] if certain is None else [certain])


def test_an_offer_is_taken_only_when_asked_for_and_only_if_certain(given):
    rows = [meeting("a", name="Oase 2. und 4. Sonntag", day=0), meeting("b", name="Oase alle 14 Tage", day=0)]
    left = Source(given)
    assert [left.series(row)["rrules"] for row in left.take(*rows)[1]] == [["FREQ=WEEKLY;BYDAY=SU"]] * 2
    taken = Source(given)
    _, made = taken.take(*rows, patterns="take")
    assert [taken.series(row)["rrules"] for row in made] == [["FREQ=MONTHLY;BYDAY=2SU,4SU"], ["FREQ=WEEKLY;BYDAY=SU"]]
    assert 8 <= int(taken.series(made[0])["starts_at_local"][8:10]) <= 28
    again, rows = taken.take(*rows)
    assert counts(again) == {"unchanged": 2} and taken.series(rows[0])["rrules"] == ["FREQ=MONTHLY;BYDAY=2SU,4SU"]


# Again and again -----------------------------------------------------------------------------------


def test_the_same_feed_twice_changes_nothing(source, db):
    rows = [meeting("a"), meeting("b", day=4, conference_url="https://meet.example.org/1"), meeting("c", time=None), meeting("d", day=9)]
    source.take(*rows)
    before = written(db, source)
    made, _ = source.take(*rows)
    assert counts(made) == {"unchanged": 3, "refused": 1}
    assert written(db, source) == before
    source.take(*rows[:2], meeting("c", time=None, notes="Neu"), rows[3])
    assert written(db, source) != before  # else nothing would be noticed here


def test_another_snapshot_shows_exactly_what_is_new_changed_and_gone(source):
    _, first = source.take(meeting("a"), meeting("b"), meeting("c"), meeting("d"))
    made, rows = source.take(meeting("a"), meeting("b", time="20:00", end_time="21:30"), meeting("d", notes="Neu"), meeting("e"))
    assert counts(made) == {"added": 1, "changed": 2, "unchanged": 1, "gone": 1}
    assert {row["key"]: row.get("changed") for row in rows if row["action"] == "changed"} == {"b": ["time"], "d": ["notes"]}
    gone = rows[-1]
    assert gone["key"] == "c" and "position" not in gone
    assert source.client.get(f"/v1/groups/{first[2]['group_id']}").status == 404
    assert source.client.get(f"/v1/schedules/{first[2]['schedule_id']}").status == 404
    assert source.series(first[1])["starts_at_local"][11:16] == "20:00" and rows[1]["schedule_id"] == first[1]["schedule_id"]


def test_the_first_day_of_a_series_stays_while_day_and_time_do(source, db):
    row = only(*source.take(meeting()))
    db.execute("UPDATE schedules SET starts_at_local = starts_at_local - interval '70 days' WHERE id = %s", [row["schedule_id"]])
    start = source.series(row)["starts_at_local"]
    source.take(meeting(notes="Neu", location="Anderswo"))
    assert source.series(row)["starts_at_local"] == start
    source.take(meeting(notes="Neu", location="Anderswo", day=3))
    assert source.series(row)["starts_at_local"] > start


def test_one_series_of_several_goes_and_the_group_stays(source):
    rows = [meeting(slug, name="Oase", day=day, formatted_address="Weg 1, 50667 Köln") for slug, day in (("a", 1), ("b", 4))]
    _, first = source.take(*rows)
    made, _ = source.take(rows[0])
    assert counts(made) == {"unchanged": 1, "gone": 1}
    assert source.group(first[0])["status"] == "active"
    assert source.client.get(f"/v1/schedules/{first[1]['schedule_id']}").status == 404


def test_rows_with_new_numbers_are_known_again(source, db):
    _, first = source.take(meeting("a", name="Eins"), meeting("b", name="Zwei", formatted_address="Weg 2, 50667 Köln"))
    made, rows = source.take(meeting("71", name="Eins", formatted_address="Weg 1, 50667 Köln"),
                             meeting("72", name="Zwei", formatted_address="Weg 2, 50667 Köln"))
    assert counts(made) == {"unchanged": 2} and [codes(row) for row in rows] == [["renumbered"]] * 2
    assert [row["schedule_id"] for row in rows] == [row["schedule_id"] for row in first]


def test_a_row_may_lose_its_day_and_get_one_again(source):
    row = only(*source.take(meeting()))
    assert only(*source.take(meeting(day=None)))["action"] == "changed"
    assert source.client.get(f"/v1/schedules/{row['schedule_id']}").status == 404
    again = only(*source.take(meeting()))
    assert again["action"] == "changed" and again["group_id"] == row["group_id"] and source.series(again)


def test_a_refused_row_that_was_known_is_not_gone(source):
    row = only(*source.take(meeting()))
    made, _ = source.take(meeting(day="?"), meeting("b"))
    assert counts(made) == {"added": 1, "refused": 1} and source.series(row)


def test_venues_are_shared_and_go_with_the_last_series(source, db):
    rows = [meeting(slug, formatted_address="Weg 1, 50667 Köln") for slug in ("a", "b")]
    made, taken = source.take(*rows)
    assert made["summary"]["venues"] == 1
    venue = source.series(taken[0])["venue_id"]
    assert source.series(taken[1])["venue_id"] == venue
    made, _ = source.take(*(dict(row, formatted_address="Gasse 3, 50667 Köln") for row in rows))
    assert made["summary"]["written"]["venues"] == {"created": 1, "updated": 0, "deleted": 1}
    assert source.series(taken[0])["venue_id"] != venue


# Ownership -----------------------------------------------------------------------------------------


def test_what_somebody_changed_here_is_left_alone(source):
    row = only(*source.take(meeting(notes="Alt", website="https://alt.example.org/")))
    source.change("group", row, {"summary": "Von Hand", "joining": "contact_first"})
    made, rows = source.take(meeting(notes="Neu", website="https://neu.example.org/"))
    group = source.group(row)
    assert group["summary"] == "Von Hand" and group["joining"] == "contact_first"
    assert group["website"] == "https://neu.example.org/"  # nobody changed that here
    assert rows[0]["action"] == "changed" and rows[0]["kept"] == ["summary"]
    assert counts(source.take(meeting(notes="Neu", website="https://neu.example.org/"))[0]) == {"kept": 1}


def test_a_series_that_somebody_changed_here_keeps_what_they_changed(source):
    row = only(*source.take(meeting()))
    source.change("schedule", row, {"duration": "PT2H"})
    _, rows = source.take(meeting(end_time="20:00", time="19:00"))
    series = source.series(row)
    assert series["duration"] == "PT2H" and series["starts_at_local"][11:16] == "19:00"
    assert rows[0]["kept"] == ["duration"] and set(rows[0]["changed"]) == {"duration", "time"}


def test_when_both_say_the_same_nothing_is_kept(source):
    row = only(*source.take(meeting(notes="Alt")))
    source.change("group", row, {"summary": "Neu"})
    assert "kept" not in only(*source.take(meeting(notes="Neu")))
    assert only(*source.take(meeting(notes="Ganz neu")))["action"] == "changed"
    assert source.group(row)["summary"] == "Ganz neu"


def test_what_was_taken_out_here_does_not_come_back(source):
    row = only(*source.take(meeting()))
    assert source.client.delete(f"/v1/groups/{row['group_id']}").status == 204
    made, rows = source.take(meeting(notes="Neu"))
    assert counts(made) == {"kept": 1} and codes(rows[0]) == ["deleted_here"]
    assert source.client.get(f"/v1/groups/{row['group_id']}").status == 404


def test_what_is_gone_but_was_changed_here_stays(source):
    _, rows = source.take(meeting("a"), meeting("b"), meeting("c"))
    source.change("schedule", rows[0], {"duration": "PT2H"})
    source.change("group", rows[1], {"summary": "Von Hand"})
    made, again = source.take(meeting("c"), accept_gone=True)
    assert counts(made) == {"unchanged": 1, "gone": 1, "kept": 1}
    assert source.series(rows[0])["duration"] == "PT2H" and source.group(rows[1])["summary"] == "Von Hand"


def test_groups_of_others_are_never_touched(source, given, db):
    mine = given.group(source.client, name="Oase a", place={"country": "DE", "postcode": "50667", "town": "Köln"})
    _, rows = source.take(meeting("a"))
    assert rows[0]["group_id"] != mine["id"]
    assert source.client.get(f"/v1/groups/{mine['id']}").json == mine


# Catastrophes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("left", [0, 1])
def test_a_feed_that_lost_most_of_its_rows_must_be_meant(source, left):
    rows = [meeting(slug) for slug in "abc"]
    _, taken = source.take(*rows)
    made = source.check(*rows[:left])
    assert made["summary"]["needs_accept_gone"]
    assert source.client.post(f"/v1/imports/{made['id']}/apply", {}).slug == "conflict"
    assert source.series(taken[2])
    source.act(made, "apply", {"accept_gone": True})
    assert source.client.get(f"/v1/schedules/{taken[2]['schedule_id']}").status == 404


def test_losing_less_than_half_needs_no_word(source):
    source.take(*(meeting(slug) for slug in "abcd"))
    assert not source.check(*(meeting(slug) for slug in "ab"))["summary"]["needs_accept_gone"]


@pytest.mark.parametrize("feed", [{}, {"meetings": {}}, {"rows": []}])
def test_what_is_no_list_of_rows_is_a_fault(source, feed):
    reply = source.client.post("/v1/imports", source.body(feed))
    assert reply.status == 422 and reply.pointers() == {"/feed"}


@pytest.mark.parametrize("feed", ["<html>", 7, None, True])
def test_what_is_no_feed_at_all_breaks_the_schema(source, feed):
    assert source.client.post("/v1/imports", source.body(feed)).status == 422


@pytest.mark.parametrize("member", ["meetings", "data"])
def test_rows_may_lie_in_an_object(source, member):
    reply = source.client.post("/v1/imports", source.body({member: [meeting()]}))
    assert reply.status == 201 and counts(reply.json) == {"added": 1}


@pytest.mark.parametrize("settings, pointer", [
    ({"time_zone": "Mars/Olympus"}, "/settings/time_zone"), ({"topic_ids": [str(uuid4())]}, "/settings/topic_ids"),
])
def test_settings_must_be_of_this_world(source, settings, pointer):
    reply = source.client.post("/v1/imports", {**source.body([]), "settings": {**source.settings, **settings}})
    assert reply.status == 422 and reply.pointers() == {pointer}


def test_topics_are_needed_once(source):
    body = source.body([])
    del body["settings"]
    reply = source.client.post("/v1/imports", body)
    assert reply.status == 422 and reply.pointers() == {"/settings/topic_ids"}
    source.check()
    assert source.client.post("/v1/imports", body).status == 201


@pytest.mark.parametrize("row", [
    {}, {"slug": "x"}, meeting(types={"a": 1}), meeting(types=[None, 7, ["X"]]), meeting(latitude="NaN"), meeting(notes=["x"]),
    meeting(formatted_address=", , ,"), meeting(conference_url="javascript:alert(1)"), meeting(slug="x" * 300), meeting(latitude="1e400"),
    meeting(formatted_address="Irgendwo"), meeting(name="\u202eOase"), meeting(location=None, formatted_address=None), meeting(end_time="19:30"),
])
def test_no_row_brings_an_import_down(source, row):
    made, _ = source.take(row, meeting("other"))
    assert made["summary"]["rows"] == 2 == sum(counts(made).values())


# Undoing -------------------------------------------------------------------------------------------


def test_undo_takes_back_what_was_added_and_the_feed_can_come_again(source):
    made, rows = source.take(meeting("a"), meeting("b"))
    undone = source.act(made, "undo")
    assert undone["state"] == "undone" and undone["summary"]["undone"]["kept"] == 0
    for row in rows:
        assert source.client.get(f"/v1/groups/{row['group_id']}").status == 404
        assert source.client.get(f"/v1/schedules/{row['schedule_id']}").status == 404
    assert counts(source.take(meeting("a"), meeting("b"))[0]) == {"added": 2}


def test_undo_brings_back_what_was_changed_and_gone(source):
    _, rows = source.take(meeting("a", notes="Alt"), meeting("b"), meeting("c"))
    before = [(source.group(row), source.series(row)) for row in rows]
    made, _ = source.take(meeting("a", notes="Neu", time="08:00", end_time="09:00", location="Anderswo"), meeting("c"))
    source.act(made, "undo")
    volatile = {"revision", "updated_at", "verified_at", "next_meeting_at", "sentence", "repeats"}
    for row, documents in zip(rows, before):
        for then, now in zip(documents, (source.group(row), source.series(row))):
            assert {k: v for k, v in now.items() if k not in volatile} == {k: v for k, v in then.items() if k not in volatile}
    assert counts(source.check(meeting("a", notes="Alt"), meeting("b"), meeting("c"))) == {"unchanged": 3}


def test_undo_keeps_what_somebody_changed_since(source):
    source.take(meeting("a", notes="Alt", website="https://alt.example.org/"))
    made, rows = source.take(meeting("a", notes="Neu", website="https://neu.example.org/"), meeting("b"))
    source.change("group", rows[0], {"summary": "Von Hand"})
    source.change("group", rows[1], {"summary": "Auch von Hand"})
    undone = source.act(made, "undo")
    assert undone["summary"]["undone"]["kept"] >= 2
    assert source.group(rows[0])["summary"] == "Von Hand" and source.group(rows[0])["website"] == "https://alt.example.org/"
    assert source.group(rows[1])["summary"] == "Auch von Hand" and source.series(rows[1])
    assert counts(source.check(meeting("a", notes="Alt", website="https://alt.example.org/"), meeting("b"))) == {"kept": 1, "unchanged": 1}


def test_only_the_last_that_was_applied_can_be_undone_and_once(source):
    first, _ = source.take(meeting("a"))
    second, _ = source.take(meeting("a"), meeting("b"))
    assert source.act(first, "undo", status=409)["type"].endswith("/conflict")
    source.act(second, "undo")
    source.act(second, "undo", status=409)
    source.act(source.check(meeting("a")), "undo", status=409)


def test_an_import_is_applied_once_and_not_after_a_newer_one(source):
    old, new = source.check(meeting("a")), source.check(meeting("a"), meeting("b"))
    source.act(new, "apply")
    source.act(new, "apply", status=409)
    source.act(old, "apply", status=409)


def test_of_two_who_apply_it_at_once_one_does(source, db):
    made = source.check(meeting("a"), meeting("b"))
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda _: source.client.post(f"/v1/imports/{made['id']}/apply", {}).status, range(4)))
    assert sorted(replies) == [200, 409, 409, 409]
    db.execute("SELECT count(*) FROM groups WHERE organisation_id = %s", [source.client.organisation["id"]])
    assert db.fetchone()[0] == 2


def test_sources_with_the_same_names_do_not_stop_each_other(given):
    sources = [Source(given) for _ in range(4)]
    word = given.word()
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda one: one.take(meeting("a", name=word))[1], sources))
    slugs = [one.group(rows[0])["slug"] for one, rows in zip(sources, made)]
    assert len(set(slugs)) == 4 and all(slug.startswith(f"{word}-koeln") for slug in slugs)


def test_apply_looks_anew_at_what_is_here(source):
    row = only(*source.take(meeting(notes="Alt")))
    made = source.check(meeting(notes="Neu"))
    assert counts(made) == {"changed": 1}
    source.change("group", row, {"summary": "Von Hand"})
    assert counts(source.act(made, "apply")) == {"kept": 1}
    assert source.group(row)["summary"] == "Von Hand"


# Who may -------------------------------------------------------------------------------------------


def test_only_those_who_keep_a_source_see_its_imports(source, given, api, admin):
    made, _ = source.take(meeting())
    stranger = Source(given).client
    path = f"/v1/imports/{made['id']}"
    assert [api.get(path).status, stranger.get(path).status, stranger.get(path + "/rows").status, admin.get(path).status] == [401, 404, 404, 200]
    assert stranger.post(path + "/apply", {}).status == stranger.post(path + "/undo").status == 404
    assert stranger.get("/v1/imports").json["items"] == []
    assert [item["id"] for item in source.client.get("/v1/imports").json["items"]] == [made["id"]]


def test_the_scope_is_needed(given):
    client = given.client()
    for path in ("/v1/imports", f"/v1/imports/{uuid4()}", f"/v1/imports/{uuid4()}/rows"):
        assert client.get(path).status == 403
    for path in ("/v1/imports", f"/v1/imports/{uuid4()}/apply"):
        assert client.post(path, {}).status == 403
    assert client.post(f"/v1/imports/{uuid4()}/undo").status == 403


def test_nobody_imports_into_the_organisation_of_another(source, given):
    reply = source.client.post("/v1/imports", {**source.body([]), "organisation_id": given.organisation()["id"]})
    assert reply.status == 403
    reply = source.client.post("/v1/imports", {**source.body([]), "organisation_id": str(uuid4())})
    assert reply.status == 422 and reply.pointers() == {"/organisation_id"}


def test_an_import_is_made_and_applied_once_per_key(source):
    key = str(uuid4())
    replies = [source.client.post("/v1/imports", source.body([meeting()]), Idempotency_Key=key) for _ in range(2)]
    assert [reply.status for reply in replies] == [201, 201] and replies[0].body == replies[1].body
    path = replies[0].headers["location"]
    applied = [source.client.post(path + "/apply", {}, Idempotency_Key=key + "a") for _ in range(2)]
    assert [reply.status for reply in applied] == [200, 200] and applied[0].body == applied[1].body


def test_a_key_stands_for_one_request(source):
    key, made = str(uuid4()), source.check()
    path = f"/v1/imports/{made['id']}"
    assert source.client.post(path + "/apply", {}, Idempotency_Key=key).status == 200
    for other, body in (("/apply", {"patterns": "take"}), ("/undo", None)):
        reply = source.client.post(path + other, body, Idempotency_Key=key)
        assert (reply.status, reply.slug) == (422, "idempotency-mismatch")


def test_a_check_under_way_is_not_begun_again(source, db):
    db.execute("SELECT id FROM clients WHERE organisation_id = %s", [source.client.organisation["id"]])
    db.execute("SELECT pg_advisory_lock(hashtextextended(%s || ' once', 0))", [db.fetchone()[0]])
    reply = source.client.post("/v1/imports", source.body([]), Idempotency_Key="once")
    assert (reply.status, reply.slug) == (409, "in-progress")


def test_a_dry_run_of_applying_leaves_everything(source, db):
    made = source.check(meeting())
    reply = source.client.post(f"/v1/imports/{made['id']}/apply?dry_run=true", {})
    assert reply.status == 200 and reply.json["summary"]["written"]["groups"]["created"] == 1
    assert written(db, source)[0] == 0
    assert source.client.get(f"/v1/imports/{made['id']}").json["state"] == "checked"


def test_rows_come_in_pages_and_by_action(source):
    made = source.check(*(meeting(f"k{n}", day=n % 9) for n in range(18)))
    rows = source.client.all_pages(f"/v1/imports/{made['id']}/rows?limit=5")
    assert [row["position"] for row in rows] == list(range(18))
    refused = source.client.all_pages(f"/v1/imports/{made['id']}/rows?limit=2&action=refused")
    assert [row["position"] for row in refused] == [7, 8, 16, 17]
    pages = source.client.all_pages("/v1/imports?limit=1")
    assert [item["id"] for item in pages] == [made["id"]]


# The operator's command ----------------------------------------------------------------------------


@pytest.fixture
def operator(runde, given, tmp_path):
    owner, key = given.organisation()["id"], given.word()

    def run(feed, *words, kind="meeting-guide", check=True):
        file = tmp_path / "feed.json"
        file.write_text(feed if isinstance(feed, str) else json.dumps(feed), encoding="utf-8")
        return runde("import", kind, file, "--source", key, "--organisation", owner, *words, check=check)
    run.owner = owner
    return run


FIRST = ("--time-zone", "Europe/Berlin", "--topics", "angststoerung", "--country", "DE")


def test_the_command_checks_first_and_applies_when_asked(operator, runde, db):
    done = operator([meeting()], *FIRST)
    assert "1  added" in done.stdout and "runde import apply " in done.stdout
    identity = done.stdout.split("runde import apply ")[1].split()[0]
    assert runde("import", "apply", identity).stdout.startswith("applied; ")
    db.execute("SELECT count(*) > 70 FROM meetings m JOIN groups g ON g.id = m.group_id WHERE g.organisation_id = %s", [operator.owner])
    assert db.fetchone()[0]
    assert "undone; 0 kept" in runde("import", "undo", identity).stdout
    assert runde("import", "undo", identity, check=False).returncode == 1


def test_the_command_shows_rows_and_takes_patterns(operator, db):
    done = operator([meeting(name="2nd Tuesday"), meeting("x", day=8)], *FIRST, "--patterns", "take", "--apply", "yes", "--rows", "yes")
    assert "0      added     oase" in done.stdout and "refused   x (day_unclear)" in done.stdout and '"2nd Tuesday"' in done.stdout
    db.execute("SELECT s.rules, s.sentence IS NOT NULL FROM schedules s JOIN groups g ON g.id = s.group_id WHERE g.organisation_id = %s",
               [operator.owner])
    assert db.fetchall() == [(["FREQ=MONTHLY;BYDAY=2TU"], True)]


def test_the_command_reads_bmlt(operator):
    assert "1  added" in operator([bmlt()], *FIRST, "--apply", "yes", kind="bmlt").stdout


@pytest.mark.parametrize("feed, words", [
    ("<!DOCTYPE html><html>", "is a web page"), ('[{"name": "Oa', "not valid JSON"), ("", "is empty"), ("{}", "no list of meetings"),
    ('["\\u0000"]', "not valid JSON"), ("[" * 20000, "not valid JSON"), ("[]", "no row of it"), ('[{"day": 9}]', "no row of it"),
])
def test_the_command_says_what_is_wrong_with_a_feed(operator, feed, words, db):
    done = operator(feed, *FIRST, "--apply", "yes", check=False)
    assert done.returncode == 1 and words in done.stderr
    db.execute("SELECT count(*) FROM groups WHERE organisation_id = %s", [operator.owner])
    assert db.fetchone()[0] == 0


def test_the_command_takes_no_feed_of_any_size(operator):
    done = operator('["' + "x" * (64 * 1024 * 1024) + '"]', *FIRST, check=False)
    assert done.returncode == 1 and "64 MiB" in done.stderr


# Real feeds ----------------------------------------------------------------------------------------


def feeds():
    places = [os.environ.get("RUNDE_SHARED"), ROOT.parent / "shared", ROOT / "shared"]
    for place in filter(None, places):
        if (Path(place) / "data/meeting-guide").is_dir():
            return Path(place) / "data/meeting-guide"
    return None


def real(name):
    if feeds() is None:
        pytest.skip("the real feeds are not here: set RUNDE_SHARED to the folder that has data/meeting-guide")
    return (feeds() / f"{name}.json").read_text(encoding="utf-8")


def table(output):
    lines = [line.split(None, 1) for line in output.splitlines()]
    return {line[1]: int(line[0]) for line in lines if len(line) == 2 and line[0].isdigit()}


@pytest.mark.parametrize("name, rows, certain", [
    ("eda-2023", 185, 4), ("al-anon-2024", 360, 0), ("nwta-2021", 613, 0), ("kc-2021", 206, 0),
])
def test_a_real_feed_is_imported_whole_and_then_unchanged(operator, name, rows, certain):
    feed = real(name)
    first = table(operator(feed, *FIRST[2:4], "--time-zone", "America/New_York", "--language", "en", "--apply", "yes").stdout)
    assert first["rows in the feed"] == rows == first["added"] + first["refused"]
    assert first["recurrences in words, certain"] == certain
    assert table(operator(feed).stdout)["unchanged"] == first["added"]


def test_two_snapshots_of_one_source_differ_where_they_do(operator, runde):
    old, new = real("aasepia-2021"), real("aasepia-2024")
    words = [*FIRST[2:4], "--time-zone", "America/New_York", "--language", "en"]
    assert table(operator(old, *words, "--apply", "yes").stdout)["added"] == 2098
    found = table(operator(new).stdout)
    keys = [{row["slug"] for row in json.loads(feed)} for feed in (old, new)]
    assert found["rows in the feed"] == 2038 == found["added"] + found["changed"] + found["unchanged"] + found["refused"]
    assert found["added"] <= len(keys[1] - keys[0]) and found["gone: no longer in the feed"] <= len(keys[0] - keys[1])
    assert found["added"] - found["gone: no longer in the feed"] == 2038 - 2098
