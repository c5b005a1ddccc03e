"""test_recurrence.py: dates and instants held against an engine of another make, python-dateutil, and zoneinfo."""

import os
import random
import subprocess
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr

from tests.server import programs

RULES = int(os.environ.get("RULES", 1500))  # 100000 for the whole proof
YEARS = 10
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "America/Santiago"]
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def expanded(series):
    """What we make of each (start, rules), over ten years, as sets of dates or an error."""
    lines = "".join(f"{start}\t{start}\t{after(start)}\t0\t" + "\t".join(rules) + "\n" for start, rules in series)
    done = subprocess.run([programs() / "tests/recurrence/expand"], input=lines, capture_output=True, text=True, check=True)
    for answer in done.stdout.splitlines():
        yield answer if answer.startswith("error") else {
            date.fromisoformat(day) for day in answer.strip("{}").split(",") if day}


def after(start):
    """The last day that we look at."""
    return date(start.year + YEARS, start.month, min(start.day, 28))


def expected(start, rules):
    begin, end = datetime(start.year, start.month, start.day), after(start)
    return {moment.date() for rule in rules
            for moment in rrulestr(rule, dtstart=begin).between(begin, datetime(end.year, end.month, end.day), inc=True)}


def some(draw, values, most):
    return sorted(draw.sample(values, draw.randint(1, min(most, len(values)))))


def a_rule(draw):
    """Any rule that we take, the sensible ones more often."""
    frequency = draw.choices(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"], [1, 4, 5, 1])[0]
    parts = [f"FREQ={frequency}"]
    if draw.random() < 0.5:
        parts.append(f"INTERVAL={draw.choice([1, 2, 2, 3, 4, 6, 12])}")
    by_month = draw.random() < 0.3 or (frequency == "YEARLY" and draw.random() < 0.7)
    if by_month:
        parts.append("BYMONTH=" + ",".join(map(str, some(draw, range(1, 13), 6))))
    kind = draw.random()
    if frequency in ("MONTHLY", "YEARLY") and kind < 0.45:
        positions = [-2, -1, 1, 2, 3, 4, 5] if frequency == "MONTHLY" or by_month else [-1, 1, 2, 20, 53]
        days = {f"{draw.choice(positions)}{draw.choice(WEEKDAYS)}" for _ in range(draw.randint(1, 3))}
        parts.append("BYDAY=" + ",".join(sorted(days)))
    elif kind < 0.6:
        parts.append("BYDAY=" + ",".join(some(draw, WEEKDAYS, 4)))
        if frequency == "MONTHLY" and draw.random() < 0.4:
            parts.append(f"BYSETPOS={draw.choice([1, 2, -1])}")
    elif frequency == "MONTHLY" and kind < 0.9:
        parts.append("BYMONTHDAY=" + ",".join(map(str, some(draw, [1, 2, 7, 13, 15, 28, 29, 30, 31, -1, -2], 3))))
    if frequency == "WEEKLY" and draw.random() < 0.2:
        parts.append(f"WKST={draw.choice(['SU', 'MO', 'SA'])}")
    return ";".join(parts)


def random_series(count, seed):
    draw = random.Random(seed)
    for _ in range(count):
        start = date(2024, 1, 1) + timedelta(days=draw.randrange(1500))
        yield start, [a_rule(draw) for _ in range(draw.choices([1, 2, 3], [8, 1, 1])[0])]


def differences(series):
    for (start, rules), found in zip(series, expanded(series)):
        wanted = expected(start, rules)
        if found != wanted:
            yield start, rules, found if isinstance(found, str) else sorted(found ^ wanted)[:5]


def test_our_dates_are_those_of_another_engine():
    assert list(differences(list(random_series(RULES, 20261122)))) == []


def test_another_rule_would_be_noticed():
    series = [(date(2026, 1, 7), ["FREQ=MONTHLY;BYDAY=1WE"])]
    assert next(expanded(series)) != expected(date(2026, 1, 7), ["FREQ=MONTHLY;BYDAY=2WE"])


@pytest.mark.parametrize("start, rule, dates", [
    ("2026-01-01", "FREQ=MONTHLY;BYMONTHDAY=31", ["2026-01-31", "2026-03-31", "2026-05-31"]),
    ("2026-01-01", "FREQ=MONTHLY;BYDAY=-1FR", ["2026-01-30", "2026-02-27", "2026-03-27"]),
    ("2026-01-01", "FREQ=MONTHLY;BYDAY=5MO", ["2026-03-30", "2026-06-29", "2026-08-31"]),
    ("2026-01-07", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE", ["2026-01-07", "2026-01-19", "2026-01-21"]),
    ("2024-02-29", "FREQ=YEARLY", ["2024-02-29", "2028-02-29", "2032-02-29"]),
])
def test_dates_that_one_can_count_by_hand(start, rule, dates):
    assert sorted(map(str, next(expanded([(date.fromisoformat(start), [rule])]))))[:3] == dates


# Instants ------------------------------------------------------------------------------------------


def instant(local, zone):
    """RFC 5545, section 3.3.5, by zoneinfo: of two the first (fold 0); None if no clock shows it."""
    moment = local.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(timezone.utc)
    shown = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return moment if shown == local else None


def shifts(zone):
    """Local times around each change of the clocks, over ten years."""
    at = datetime(2026, 1, 1, tzinfo=timezone.utc)
    while at.year < 2026 + YEARS:
        here, there = at.astimezone(ZoneInfo(zone)), (at + timedelta(hours=1)).astimezone(ZoneInfo(zone))
        if here.utcoffset() != there.utcoffset():
            for minutes in range(-180, 241, 15):
                yield here.replace(tzinfo=None, minute=0) + timedelta(minutes=minutes)
        at += timedelta(hours=1)


def ours(db, zone, times):
    db.execute("SELECT CASE WHEN NOT is_in_gap(local, %s) THEN instant_of(local, %s) END FROM unnest(%s::timestamp[]) "
               "WITH ORDINALITY AS t (local, number) ORDER BY number", [zone, zone, times])
    return [at and at.astimezone(timezone.utc) for at, in db.fetchall()]


@pytest.mark.parametrize("zone", ZONES)
def test_instants_at_the_edges_of_summer_time_are_those_of_the_rule(db, zone):
    times = list(shifts(zone))
    assert times and ours(db, zone, times) == [instant(local, zone) for local in times]


@pytest.mark.parametrize("zone", ZONES)
def test_instants_of_any_time_are_those_of_the_rule(db, zone):
    draw = random.Random(7)
    times = [datetime(2024, 1, 1) + timedelta(minutes=15 * draw.randrange(YEARS * 35040)) for _ in range(4000)]
    assert ours(db, zone, times) == [instant(local, zone) for local in times]


def test_what_postgresql_takes_alone_would_be_noticed(db):
    """Of a time that comes twice, it takes the second."""
    db.execute("SELECT timestamp '2026-10-25 02:30' AT TIME ZONE 'Europe/Berlin'")
    assert db.fetchone()[0].astimezone(timezone.utc) != instant(datetime(2026, 10, 25, 2, 30), "Europe/Berlin")
