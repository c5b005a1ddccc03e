"""zones.py: what a VTIMEZONE says, and what the zone data say."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
NAMES = available_timezones()


def moment(value):
    """20260107T190000, with Z or without."""
    return datetime.strptime(value.rstrip("Z"), "%Y%m%dT%H%M%S")


def offset(value):
    """+0100"""
    size = timedelta(hours=int(value[1:3]), minutes=int(value[3:5]))
    return -size if value[0] == "-" else size


def parts_of(rule):
    return dict(part.split("=", 1) for part in rule.split(";"))


def change_in(observance, year):
    """When an observance begins in a year, by the clock before it; None if it began for good."""
    if observance.get("RRULE") is None:
        return None
    rule, start = parts_of(observance.get("RRULE")), moment(observance.get("DTSTART"))
    number, day = int(rule["BYDAY"][:-2]), DAYS.index(rule["BYDAY"][-2:])
    first = datetime(year, int(rule["BYMONTH"]), 1, start.hour, start.minute, start.second)
    days = [first + timedelta(days=i) for i in range(31)]
    days = [d for d in days if d.month == first.month and d.weekday() == day]
    return days[number if number < 0 else number - 1]


def changes(zone, local):
    """(when, to what) the clocks are put around a local time, as a VTIMEZONE tells it."""
    found = [(change_in(one, year), offset(one.get("TZOFFSETTO")))
             for one in zone.parts for year in range(local.year - 1, local.year + 2)]
    return sorted((at, to) for at, to in found if at is not None)


def told(zone, local):
    """The offset that a VTIMEZONE tells of a local time; None if it tells it twice or never."""
    around = changes(zone, local)
    if not all(is_plain(zone, at, to, local) for at, to in around):
        return None
    begun = [to for at, to in around if at <= local]
    return begun[-1] if begun else offset(zone.parts[0].get("TZOFFSETTO"))


def is_plain(zone, at, to, local):
    """Whether a change leaves a time as it is: shown neither twice nor never."""
    least, most = sorted(offset(part.get("TZOFFSETTO")) for part in zone.parts)
    skipped = at <= local < at + (most - least)
    repeated = at - (most - least) <= local < at
    return not (skipped if to == most else repeated)


def shown(name, local):
    """The offset that the zone data give, the first of two (RFC 5545, section 3.3.5); None if no clock shows the time."""
    there = local.replace(tzinfo=ZoneInfo(name))
    return there.utcoffset() if there.astimezone(timezone.utc).astimezone(there.tzinfo).replace(tzinfo=None) == local else None


def changes_to_come(name):
    """The instants of the next year at which the clocks of a zone are put."""
    hour = datetime.now(timezone.utc).replace(minute=0, second=0, microsecond=0)
    hours = [hour + timedelta(hours=i) for i in range(365 * 24)]
    offsets = [at.astimezone(ZoneInfo(name)).utcoffset() for at in hours]
    return [at for at, was, now in zip(hours[1:], offsets, offsets[1:]) if was != now]
