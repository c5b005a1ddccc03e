"""lines.py: whether a calendar keeps every rule that some client needs; says what is wrong with it."""

import re

from tests.calendars import content, zones

TEXTS = {"SUMMARY", "LOCATION", "DESCRIPTION", "NAME", "X-WR-CALNAME", "X-WR-CALDESC", "TZNAME"}
UNESCAPED = re.compile(r"(?<!\\)(?:\\\\)*[;,]|(?<!\\)(?:\\\\)*\\(?:[^\\;,nN]|$)")
CONTROLS = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")  # RFC 5545, section 3.1
STAMP = re.compile(r"[0-9]{8}T[0-9]{6}")
DURATION = re.compile(r"P([0-9]+D|T[0-9]+[HM])")
RULE = re.compile(r"FREQ=(DAILY(;INTERVAL=\d+)?|WEEKLY(;INTERVAL=\d+)?(;BYDAY=[A-Z]{2}(,[A-Z]{2})*)?"
                  r"|MONTHLY(;INTERVAL=\d+)?;(BYDAY=(-1|[1-4])[A-Z]{2}|BYMONTHDAY=\d\d?)|YEARLY(;INTERVAL=\d+)?)"
                  r";UNTIL=[0-9]{8}T[0-9]{6}Z")
ZONE_RULE = re.compile(r"FREQ=YEARLY;BYMONTH=([1-9]|1[0-2]);BYDAY=(-1|[1-4])(MO|TU|WE|TH|FR|SA|SU)")
ONCE = {
    "VCALENDAR": ["VERSION", "PRODID", "CALSCALE", "NAME", "X-WR-CALNAME", "X-WR-TIMEZONE", "COLOR", "REFRESH-INTERVAL",
                  "X-PUBLISHED-TTL"],
    "VEVENT": ["UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "DTSTART", "DTEND", "STATUS", "SUMMARY", "URL"],
    "VTIMEZONE": ["TZID"],
    "STANDARD": ["DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "TZNAME"],
    "DAYLIGHT": ["DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "TZNAME", "RRULE"],
    "VALARM": ["ACTION", "TRIGGER", "DESCRIPTION"],
}
AT_MOST_ONCE = {
    "VCALENDAR": ["DESCRIPTION", "X-WR-CALDESC", "X-APPLE-CALENDAR-COLOR"],
    "VEVENT": ["RECURRENCE-ID", "RRULE", "TRANSP", "DESCRIPTION", "LOCATION", "GEO", "CONFERENCE", "CLASS"],
    "STANDARD": ["RRULE"],
}
REPEATED = {"VEVENT": ["EXDATE"]}
PLACEHOLDERS = "Keine Termine", "No dates"  # of a calendar without meetings, which no client follows if it is empty
CANCELLED = "Abgesagt: ", "Cancelled: ", *PLACEHOLDERS
INSIDE = {"": ["VCALENDAR"], "VCALENDAR": ["VTIMEZONE", "VEVENT"], "VTIMEZONE": ["STANDARD", "DAYLIGHT"],
          "VEVENT": ["VALARM"]}
TIMES = ["DTSTART", "DTEND", "EXDATE", "RECURRENCE-ID"]


def check_bytes(body):
    """Complaints about the lines as they are sent."""
    if not body.endswith(b"\r\n"):
        yield "the last line does not end"
    lines = body.split(b"\r\n")[:-1]
    for line in lines:
        if len(line) > 75:
            yield f"{len(line)} octets: {line!r}"
        if CONTROLS.search(line):
            yield f"a control character: {line!r}"
        try:
            line.decode()
        except UnicodeDecodeError:
            yield f"not UTF-8 by itself: {line!r}"
        if not line.strip():
            yield "an empty line"
    for line, following in zip(lines, lines[1:]):
        if following.startswith(b" ") and (len(line) - len(line.rstrip(b"\\"))) % 2 == 1:
            yield f"folded inside of an escape: {line!r}"
    if lines[:1] != [b"BEGIN:VCALENDAR"] or body.count(b"BEGIN:VCALENDAR\r\n") != 1:
        yield "not exactly one VCALENDAR"


def check_properties(component):
    """Complaints about what a component has, too often or not at all."""
    once, maybe = ONCE.get(component.name, []), AT_MOST_ONCE.get(component.name, [])
    names = [p.name for p in component.properties]
    for name in once:
        if names.count(name) != 1:
            yield f"{names.count(name)} times {name} in {component.name}"
    for name in maybe:
        if names.count(name) > 1:
            yield f"{names.count(name)} times {name} in {component.name}"
    for name in sorted(set(names) - set(once) - set(maybe) - set(REPEATED.get(component.name, []))):
        yield f"{name} in {component.name}"
    for part in component.parts:
        if part.name not in INSIDE.get(component.name, []):
            yield f"{part.name} in {component.name}"
    for found in component.properties:
        if found.name in TEXTS and UNESCAPED.search(found.value):
            yield f"not escaped: {found.name}:{found.value}"


def check_head(calendar):
    fixed = {"VERSION": "2.0", "CALSCALE": "GREGORIAN", "X-WR-CALNAME": calendar.get("NAME"),
             "X-PUBLISHED-TTL": calendar.get("REFRESH-INTERVAL"), "X-WR-CALDESC": calendar.get("DESCRIPTION")}
    for name, value in fixed.items():
        if calendar.get(name) != value:
            yield f"{name} is not {value}"
    for interval in calendar.all("REFRESH-INTERVAL"):
        if interval.parameters != {"VALUE": "DURATION"} or not DURATION.fullmatch(interval.value):
            yield f"REFRESH-INTERVAL: {interval}"
    if not calendar.parts:
        yield "a calendar without a component"


def check_observance(one):
    start, rule = one.get("DTSTART") or "", one.get("RRULE")
    if not STAMP.fullmatch(start):
        yield f"{one.name} begins {start}"
    elif rule is not None and not ZONE_RULE.fullmatch(rule):
        yield f"{one.name} by {rule}"
    elif rule is not None and zones.change_in(one, zones.moment(start).year) != zones.moment(start):
        yield f"{one.name} does not begin by its own rule"


def check_zone(zone):
    """One STANDARD and at most one DAYLIGHT, which Outlook can read (MS-STANOICAL 2.2.47)."""
    kinds = sorted(part.name for part in zone.parts)
    if kinds not in (["STANDARD"], ["DAYLIGHT", "STANDARD"]):
        yield f"{zone.get('TZID')} has {kinds}"
    if zone.get("TZID") in ("UTC", "Etc/UTC"):
        yield "UTC is no zone: times in it end with Z"
    if zone.get("TZID") not in zones.NAMES:
        yield f"{zone.get('TZID')} is no zone"
    for one in zone.parts:
        yield from check_observance(one)
        if (one.get("RRULE") is not None) != (len(kinds) == 2):
            yield f"{zone.get('TZID')}: {one.name} has a rule alone, or none with another"
    ends = [(one.get("TZOFFSETFROM"), one.get("TZOFFSETTO")) for one in zone.parts]
    if ends[0] != ends[-1][::-1]:
        yield f"{zone.get('TZID')}: the offsets do not meet"


def check_zones(calendar):
    told = [zone.get("TZID") for zone in calendar.components("VTIMEZONE")]
    used = {p.zone for part in calendar.walk() for p in part.properties if p.zone is not None}
    for zone in sorted(used - set(told)):
        yield f"{zone} is not told"
    if len(told) != len(set(told)):
        yield "a zone is told twice"
    if calendar.components("VEVENT") and set(told) - used:
        yield f"zones that nothing needs: {set(told) - used}"
    for zone in calendar.components("VTIMEZONE"):
        yield from check_zone(zone)


def check_time(found, zone_of):
    """A time is in UTC, or in a zone that tells of it what the zone data tell."""
    stamp = STAMP.fullmatch(found.value.removesuffix("Z"))
    if not stamp or found.value.endswith("Z") == (found.zone is not None) or set(found.parameters) - {"TZID"}:
        yield f"no time, or of no zone: {found}"
    elif found.zone in zone_of and found.zone in zones.NAMES:
        local = zones.moment(found.value)
        told, shown = zones.told(zone_of[found.zone], local), zones.shown(found.zone, local)
        if told is None or told != shown:
            yield f"{found} is told to be at {told}, the zone data say {shown}"


def check_event(event, zone_of):
    for name in TIMES:
        for found in event.all(name):
            yield from check_time(found, zone_of)
    for name in "DTSTAMP", "LAST-MODIFIED":
        if not re.fullmatch(r"[0-9]{8}T[0-9]{6}Z", event.get(name) or ""):
            yield f"{name} is {event.get(name)}"
    if event.get("DTSTAMP") != event.get("LAST-MODIFIED"):
        yield "DTSTAMP is not of the last change"
    if event.get("STATUS") not in ("CONFIRMED", "TENTATIVE", "CANCELLED"):
        yield f"STATUS is {event.get('STATUS')}"
    if (event.get("TRANSP") == "TRANSPARENT") != (event.get("STATUS") != "CONFIRMED"):
        yield f"{event.get('STATUS')} is {event.get('TRANSP')}"
    if (event.get("STATUS") == "CANCELLED") != (event.get("SUMMARY") or "").startswith(CANCELLED):
        yield f"{event.get('STATUS')} is called {event.get('SUMMARY')}"
    if not re.fullmatch("[0-9]+", event.get("SEQUENCE") or ""):
        yield f"SEQUENCE is {event.get('SEQUENCE')}"
    if event.get("RRULE") is not None and not RULE.fullmatch(event.get("RRULE")):
        yield f"not every client follows {event.get('RRULE')}"


def check_series(uid, events):
    """All that is known by one UID."""
    masters = [event for event in events if event.get("RECURRENCE-ID") is None]
    overrides = [event for event in events if event.get("RECURRENCE-ID") is not None]
    if len(masters) != 1:
        yield f"{uid} is there {len(masters)} times"
        return
    ids = [event.get("RECURRENCE-ID") for event in overrides]
    left_out = [p.value for p in masters[0].all("EXDATE")]
    if len(ids) != len(set(ids)) or len(left_out) != len(set(left_out)) or set(ids) & set(left_out):
        yield f"{uid} has a date twice"
    if (overrides or left_out) and masters[0].get("RRULE") is None:
        yield f"{uid} has exceptions to nothing"
    if any(event.get("RRULE") or event.all("EXDATE") for event in overrides):
        yield f"{uid} has a rule in an exception"
    if len({p.zone for event in events for name in TIMES for p in event.all(name)}) > 1:
        yield f"{uid} is in several zones"
    if masters[0].get("RRULE") and masters[0].all("DTSTART")[0].zone is None:
        yield f"{uid} recurs in UTC"
    for name in "SEQUENCE", "LAST-MODIFIED":
        if len({event.get(name) for event in events}) > 1:
            yield f"{uid} has several of {name}"


def check_alarms(calendar, alarm):
    for event in calendar.components("VEVENT"):
        wanted = [] if alarm is None or event.get("STATUS") == "CANCELLED" else [f"-{alarm}"]
        if [one.get("TRIGGER") for one in event.components("VALARM")] != wanted:
            yield f"alarms of {event.get('UID')} are not {wanted}"
        if any(one.get("ACTION") != "DISPLAY" for one in event.components("VALARM")):
            yield f"an alarm of {event.get('UID')} does not only show itself"


def check_events(calendar):
    zone_of = {zone.get("TZID"): zone for zone in calendar.components("VTIMEZONE") if not list(check_zone(zone))}
    of = {}
    for event in calendar.components("VEVENT"):
        yield from check_event(event, zone_of)
        of.setdefault(event.get("UID"), []).append(event)
    for uid, events in of.items():
        yield from check_series(uid, events)


def complaints(body, alarm=None):
    """All that is wrong with a calendar that was asked for with such an alarm, or without one."""
    found = list(check_bytes(body))
    try:
        calendars = content.parse(body)
    except ValueError as error:
        return [*found, str(error)]
    for calendar in calendars:
        for component in calendar.walk():
            found += check_properties(component)
        for check in check_head, check_zones, check_events:
            found += check(calendar)
        found += check_alarms(calendar, alarm)
    return found
