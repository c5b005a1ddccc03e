"""test_horizon.py: meetings planned ahead as time goes, and kept at the times that clocks show."""

from datetime import date, timedelta
from urllib.parse import urlencode

import pytest

from tests.wire import await_truth


ALWAYS = urlencode({"from": "2000-01-01T00:00:00Z", "to": "2150-01-01T00:00:00Z", "limit": 200})


# In a house of the test's own, for its clock is moved by years.


@pytest.fixture
def given(house):
    return house.given


@pytest.fixture
def portal(given):
    return given.client()


@pytest.fixture
def db(house):
    return house.db


@pytest.fixture
def plan(house):
    """Lets workers do all that is due so many days from now."""
    def run(days=0, workers=1):
        house.clock.move(24 * days)
        house.plan_ahead(workers)
    return run


def meetings(client, series):
    """What is planned of a series, by the dates that it has."""
    listed = client.all_pages(f"/v1/groups/{series['group_id']}/meetings?{ALWAYS}")
    return {m["date"]: m for m in listed if m["schedule_id"] == series["id"]}


def weekly(first, count):
    return [str(first + timedelta(weeks=i)) for i in range(count)]


def revisions(db, series):
    db.execute("SELECT resource_id::text, action, revision FROM changes WHERE resource_id IN "
               "(SELECT id FROM meetings WHERE schedule_id = %s) ORDER BY 1, 3", [series["id"]])
    return db.fetchall()


def test_a_series_is_planned_further_as_time_goes(given, portal, plan):
    series = given.schedule(portal)
    first = date.fromisoformat(series["starts_at_local"][:10])
    before = meetings(portal, series)
    for months in 2, 5, 11:
        plan(30 * months)
        after = meetings(portal, series)
        assert sorted(after) == weekly(first, len(after)) and {day: after[day] for day in before} == before
        assert max(after) > str(date.today() + timedelta(days=30 * (months + 18) - 7))
        before = after
    assert portal.get(f"/v1/schedules/{series['id']}").json["revision"] == 1


def test_exceptions_and_dates_that_were_taken_away_stay_so(given, portal, plan):
    series = given.schedule(portal, holidays="skip", holiday_region="DE-BE", repeats=[{"unit": "day"}])
    path = f"/v1/schedules/{series['id']}"
    days = sorted(meetings(portal, series))
    portal.request("PUT", f"{path}/exceptions/{days[3]}", {"cancelled": True}, If_Match="*")
    portal.request("PUT", f"{path}/exceptions/{days[-1]}", {"note": "Besonders"}, If_Match="*")
    before = meetings(portal, series)
    plan(100)
    after = meetings(portal, series)
    assert {day: after[day] for day in before} == before and max(after) > str(date.today() + timedelta(days=640))
    assert not any(day.endswith(("-12-25", "-10-03", "-05-01")) for day in after)


def test_a_season_and_several_rules_go_on_in_step(given, portal, plan):
    rules = [{"unit": "week", "every": 2, "on": ["wednesday"]}, {"unit": "month", "on": ["last friday"], "months": [1, 7]}]
    series = given.schedule(portal, repeats=rules)
    plan(250)
    days = [date.fromisoformat(day) for day in sorted(meetings(portal, series))]
    fridays = {day.month for day in days if day.weekday() == 4}
    wednesdays = [day for day in days if day.weekday() == 2]
    assert fridays == {1, 7} and {day.weekday() for day in days} == {2, 4} and str(days[-1]) > str(date.today() + timedelta(days=740))
    assert {(b - a).days for a, b in zip(wednesdays, wednesdays[1:])} == {14}


def test_a_series_that_ends_is_not_planned_beyond_its_end(given, portal, plan):
    last = given.wednesday(90)
    until = given.schedule(portal, until=str(last))
    counted = given.schedule(portal, sessions=88)
    single = given.schedule(portal, repeats=None, starts_at_local=f"{last}T19:00:00")
    plan(200)
    plan(400)
    first = date.fromisoformat(until["starts_at_local"][:10])
    assert sorted(meetings(portal, until)) == weekly(first, 90) and sorted(meetings(portal, counted)) == weekly(first, 88)
    assert sorted(meetings(portal, single)) == [str(last)]


def test_what_is_gone_is_not_planned(given, portal, plan, db):
    series = given.schedule(portal)
    portal.delete(f"/v1/schedules/{series['id']}")
    plan(90)
    db.execute("SELECT count(*) FROM meetings WHERE schedule_id = %s AND deleted_at IS NULL", [series["id"]])
    assert meetings(portal, series) == {} and db.fetchone() == (0,)


def test_a_second_run_does_nothing(given, portal, plan, db):
    series = given.schedule(portal)
    plan(60)
    before, told = meetings(portal, series), revisions(db, series)
    plan(60)
    assert meetings(portal, series) == before and set(revisions(db, series)) <= set(told)  # of which old ones are forgotten


def test_workers_side_by_side_plan_each_date_once(given, portal, plan, db):
    series = [given.schedule(portal, repeats=[{"unit": "day"}]) for _ in range(6)]
    plan(120, workers=4)
    for one in series:
        days = sorted(meetings(portal, one))
        first = date.fromisoformat(days[0])
        assert days == [str(first + timedelta(days=i)) for i in range(len(days))] and len(days) > 600
        assert all((action, revision) == ("created", 1) for _, action, revision in revisions(db, one))


def test_a_series_that_cannot_be_planned_is_given_up_and_holds_up_no_other(house, given, portal, plan):
    broken, sound = given.schedule(portal), given.schedule(portal)
    house.rows("ALTER TABLE meetings ADD CONSTRAINT in_the_way CHECK (schedule_id <> %s OR date < current_date + 600)",
               broken["id"])
    plan(0)
    house.rows("UPDATE timetable SET due_at = 'infinity' WHERE kind <> 'horizon'")
    house.clock.move(24 * 120)
    house.rows("UPDATE timetable SET due_at = '-infinity' WHERE kind = 'horizon'")
    await_truth(lambda: len(meetings(portal, sound)) > len(meetings(portal, broken)))
    await_truth(lambda: house.value("SELECT count(*) FROM jobs WHERE kind = 'plan' AND error IS NOT NULL") == 1)
    assert house.rows("SELECT key, error FROM jobs WHERE kind = 'plan'") == [(broken["id"], "schedule_extend: 23514")]


def test_a_series_that_changes_after_it_was_planned_further_changes_all_of_it(given, portal, plan):
    series = given.schedule(portal)
    plan(60)
    portal.patch(f"/v1/schedules/{series['id']}", {"duration": "PT2H"})
    now = str(date.today() + timedelta(days=61))
    assert {m["duration"] for day, m in meetings(portal, series).items() if day > now} == {"PT2H"}


# Clocks that change --------------------------------------------------------------------------------


def make_wrong(db, chosen, shift):
    """As if the law of their zone had been another when they were planned."""
    db.execute("SET session_replication_role = replica")  # nobody is told of it
    db.execute(f"UPDATE meetings SET starts_at = starts_at + interval '{shift}', ends_at = ends_at + interval '{shift}' "
               "WHERE id = ANY (%s::uuid[])", [[m["id"] for m in chosen]])
    db.execute("SET session_replication_role = origin")


def test_instants_follow_the_clocks_of_their_zone(given, portal, plan, db):
    series, other = given.schedule(portal, sessions=6), given.schedule(portal, sessions=3)
    before, untouched, told = meetings(portal, series), meetings(portal, other), revisions(db, series)
    days = sorted(before)
    wrong = [before[day] for day in days[2:]]
    make_wrong(db, wrong[:2], "1 hour")
    make_wrong(db, wrong[2:], "-30 minutes")
    assert all(portal.get(f"/v1/meetings/{m['id']}").json["starts_at"] != m["starts_at"] for m in wrong)
    plan()
    after = meetings(portal, series)
    for day in days[:2]:
        assert after[day] == before[day]
    for met in wrong:
        now = after[met["date"]]
        assert {**now, "revision": 1, "updated_at": met["updated_at"]} == met and now["revision"] == 2
    assert revisions(db, series) == sorted(told + [(m["id"], "updated", 2) for m in wrong])
    assert meetings(portal, other) == untouched
    plan()
    assert meetings(portal, series) == after


def test_a_moved_meeting_follows_too_and_a_cancelled_one(given, portal, plan, db):
    series = given.schedule(portal, sessions=2)
    for met, patch in zip(meetings(portal, series).values(), ({"cancelled": True}, {"duration": "PT5H", "starts_at_local":
                          f"{given.wednesday(9)}T08:00:00"})):
        portal.patch(f"/v1/meetings/{met['id']}", patch)
    before = meetings(portal, series)
    make_wrong(db, before.values(), "1 hour")
    plan()
    assert {day: {**m, "revision": 2, "updated_at": before[day]["updated_at"]} for day, m in meetings(portal, series).items()} \
        == before


def test_what_has_begun_or_is_gone_is_left_as_it_is(given, portal, plan, db, own_clock):
    series = given.schedule(portal, sessions=4)
    days = sorted(meetings(portal, series))
    own_clock.move(24 * 15)
    portal.patch(f"/v1/schedules/{series['id']}", {"sessions": 3})
    db.execute("SELECT id::text FROM meetings WHERE schedule_id = %s AND date = ANY (%s::date[])",
               [series["id"], [days[0], days[3]]])
    settled = [{"id": one} for one, in db.fetchall()]
    make_wrong(db, settled, "1 hour")

    def rows():
        db.execute("SELECT * FROM meetings WHERE id = ANY (%s::uuid[]) ORDER BY date", [[m["id"] for m in settled]])
        return db.fetchall()
    before = rows()
    plan(15)
    assert rows() == before and len(before) == 2


# Zone data -----------------------------------------------------------------------------------------


def readiness(house, installed, packaged):
    """What /readyz says while these versions are noted."""
    house.rows("INSERT INTO zone_data VALUES (true, %s, %s, '2026-01-01') ON CONFLICT (is_only) DO UPDATE"
               " SET installed = EXCLUDED.installed, packaged = EXCLUDED.packaged", installed, packaged)
    return house.api.get("/readyz").json


def test_old_zone_data_are_a_warning(house):
    assert readiness(house, "2025b-0", "2026f-0") == {"status": "ready", "warnings": ["old_time_zones"]}
    assert readiness(house, "2026f-0", "2026f-0") == {"status": "ready"}


def test_workers_note_the_zone_data_of_the_machine(house, plan):
    plan()
    noted = house.rows("SELECT installed, packaged FROM zone_data")
    assert all(version[:4].isdigit() for versions in noted for version in versions)  # none: no index of packages here
