"""test_lines.py: the checker of calendars names everything that some client would get wrong."""

import pytest

from tests.calendars.lines import complaints
from tests.calendars.oracle import READERS, Unreadable

GOOD = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Runde//Calendar//EN
CALSCALE:GREGORIAN
NAME:Kreis
X-WR-CALNAME:Kreis
COLOR:teal
X-APPLE-CALENDAR-COLOR:#008080
X-WR-TIMEZONE:Europe/Berlin
REFRESH-INTERVAL;VALUE=DURATION:PT1H
X-PUBLISHED-TTL:PT1H
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:DAYLIGHT
DTSTART:19700329T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19701025T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:series
DTSTAMP:20261122T080000Z
LAST-MODIFIED:20261122T080000Z
SEQUENCE:3
DTSTART;TZID=Europe/Berlin:20270106T190000
DTEND;TZID=Europe/Berlin:20270106T203000
RRULE:FREQ=WEEKLY;UNTIL=20270602T215959Z
EXDATE;TZID=Europe/Berlin:20270113T190000
STATUS:CONFIRMED
SUMMARY:Ein langer Titel\\, der so weit geht\\, dass man ihn faltet: Ä
 pfel\\; Öl\\nund Wasser
LOCATION:Haus
URL:https://example.org/v1/schedules/series
BEGIN:VALARM
ACTION:DISPLAY
TRIGGER:-PT1H
DESCRIPTION:Kreis
END:VALARM
END:VEVENT
BEGIN:VEVENT
UID:series
DTSTAMP:20261122T080000Z
LAST-MODIFIED:20261122T080000Z
SEQUENCE:3
RECURRENCE-ID;TZID=Europe/Berlin:20270120T190000
DTSTART;TZID=Europe/Berlin:20270121T190000
DTEND;TZID=Europe/Berlin:20270121T203000
STATUS:CANCELLED
TRANSP:TRANSPARENT
SUMMARY:Abgesagt: Kreis
URL:https://example.org/v1/meetings/moved
END:VEVENT
BEGIN:VEVENT
UID:single
DTSTAMP:20261122T080000Z
LAST-MODIFIED:20261122T080000Z
SEQUENCE:0
DTSTART:20271031T003000Z
DTEND:20271031T013000Z
STATUS:CONFIRMED
SUMMARY:Nacht
URL:https://example.org/v1/meetings/single
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n").encode()

# What is replaced, by what, and a part of what is said of it.
TAMPERED = {
    "bare LF": (b"NAME:Kreis\r\n", b"NAME:Kreis\n", "control character"),
    "bare CR": (b"NAME:Kreis\r\n", b"NAME:Kr\reis\r\n", "control character"),
    "bell": (b":Nacht", b":Na\acht", "control character"),
    "delete": (b":Nacht", b":Na\x7fcht", "control character"),
    "end without a break": (b"END:VCALENDAR\r\n", b"END:VCALENDAR", "does not end"),
    "long line": (b":Nacht", b":Nacht" + b"x" * 63, "76 octets"),
    "long line in characters": (b":Nacht", b":Nacht" + "ä".encode() * 32, "77 octets"),
    "fold within a character": ("Ä\r\n ".encode(), b"\xc3\r\n \x84", "not UTF-8"),
    "fold within an escape": (b"Wasser", b"Wasser\\\r\n n", "inside of an escape"),
    "empty line": (b"LOCATION:Haus\r\n", b"LOCATION:Haus\r\n\r\n", "empty line"),
    "no content line": (b"LOCATION:Haus", b"LOCATION Haus", "no content line"),
    "two calendars": (b"END:VCALENDAR\r\n", b"END:VCALENDAR\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "exactly one"),
    "not ended": (b"END:VALARM\r\n", b"", "ends nothing"),
    "outside": (b"END:VCALENDAR\r\n", b"END:VCALENDAR\r\nX-A:1\r\n", "outside"),
    "comma": (b"Titel\\,", b"Titel,", "not escaped"),
    "semicolon": (b"\\;", b";", "not escaped"),
    "unknown escape": (b"\\;", b"\\:", "not escaped"),
    "backslash": (b":Nacht", b":Nacht\\", "not escaped"),
    "method": (b"VERSION:2.0", b"METHOD:PUBLISH\r\nVERSION:2.0", "METHOD in VCALENDAR"),
    "attendee": (b"LOCATION:Haus", b"ATTENDEE:mailto:a@example.org", "ATTENDEE in VEVENT"),
    "organizer": (b"LOCATION:Haus", b"ORGANIZER:mailto:a@example.org", "ORGANIZER in VEVENT"),
    "no sequence": (b"SEQUENCE:0\r\n", b"", "0 times SEQUENCE"),
    "two uids": (b"UID:single", b"UID:single\r\nUID:single", "2 times UID"),
    "no stamp": (b"DTSTAMP:20261122T080000Z\r\n", b"", "0 times DTSTAMP"),
    "local stamp": (b"080000Z\r\nLAST", b"080000\r\nLAST", "DTSTAMP is"),
    "stamp of now": (b"DTSTAMP:20261122", b"DTSTAMP:20261123", "not of the last change"),
    "no name": (b"NAME:Kreis\r\nX", b"X", "0 times NAME"),
    "another name": (b"X-WR-CALNAME:Kreis", b"X-WR-CALNAME:Ring", "X-WR-CALNAME is not"),
    "no refresh": (b"REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n", b"", "0 times REFRESH-INTERVAL"),
    "refresh of no type": (b"REFRESH-INTERVAL;VALUE=DURATION", b"REFRESH-INTERVAL", "REFRESH-INTERVAL:"),
    "another refresh": (b"TTL:PT1H", b"TTL:PT2H", "X-PUBLISHED-TTL is not"),
    "prefix of a zone": (b"TZID:Europe/", b"TZID:/example.org/Europe/", "is not told"),
    "no zone": (b"TZID:Europe/Berlin", b"TZID:Europe/Bonn", "is no zone"),
    "UTC": (b"TZID:Europe/Berlin", b"TZID:UTC", "UTC is no zone"),
    "another zone": (b"DTEND;TZID=Europe/Berlin", b"DTEND;TZID=Europe/Paris", "is not told"),
    "zone of an exception": (b"RECURRENCE-ID;TZID=Europe/Berlin:20270120T190000", b"RECURRENCE-ID:20270120T180000Z",
                             "several zones"),
    "floating": (b"EXDATE;TZID=Europe/Berlin", b"EXDATE", "of no zone"),
    "date": (b"EXDATE;TZID=Europe/Berlin:20270113T190000", b"EXDATE;VALUE=DATE:20270113", "of no zone"),
    "time twice": (b"DTSTART:20271031T003000Z", b"DTSTART;TZID=Europe/Berlin:20271031T023000", "zone data say"),
    "time never": (b"DTSTART:20271031T003000Z", b"DTSTART;TZID=Europe/Berlin:20270328T023000", "zone data say"),
    "another offset": (b"TZOFFSETTO:+0200", b"TZOFFSETTO:+0300", "the offsets do not meet"),
    "another month": (b"BYMONTH=3", b"BYMONTH=4", "does not begin by its own rule"),
    "rule of a zone ends": (b"BYDAY=-1SU\r\nEND:STANDARD", b"BYDAY=-1SU;UNTIL=20370101T000000Z\r\nEND:STANDARD", "by FREQ"),
    "two days": (b"BYDAY=-1SU\r\nEND:STANDARD", b"BYDAY=-1SU,1MO\r\nEND:STANDARD", "STANDARD by FREQ"),
    "dates of a zone": (b"TZNAME:CET\r\n", b"TZNAME:CET\r\nRDATE:20300101T000000\r\n", "RDATE in STANDARD"),
    "three changes": (b"BEGIN:STANDARD", b"BEGIN:STANDARD\r\nDTSTART:19000101T000000\r\nTZOFFSETFROM:+0100\r\n"
                      b"TZOFFSETTO:+0100\r\nTZNAME:LMT\r\nEND:STANDARD\r\nBEGIN:STANDARD", "has ['DAYLIGHT', 'STANDARD', 'STANDARD']"),
    "rule of no template": (b"FREQ=WEEKLY;", b"FREQ=MONTHLY;BYDAY=1WE,3WE;", "not every client"),
    "local end": (b"UNTIL=20270602T215959Z", b"UNTIL=20270602T190000", "not every client"),
    "count": (b"UNTIL=20270602T215959Z", b"COUNT=20", "not every client"),
    "rule in an exception": (b"STATUS:CANCELLED", b"RRULE:FREQ=DAILY;UNTIL=20270602T170000Z\r\nSTATUS:CANCELLED",
                             "a rule in an exception"),
    "left out and moved": (b"EXDATE;TZID=Europe/Berlin:20270113", b"EXDATE;TZID=Europe/Berlin:20270120", "a date twice"),
    "no master": (b"UID:series", b"UID:other", "is there 0 times"),
    "one twice": (b"UID:single", b"UID:series", "is there 2 times"),
    "another sequence": (b"SEQUENCE:3", b"SEQUENCE:4", "several of SEQUENCE"),
    "unsaid cancellation": (b"Abgesagt: ", b"", "CANCELLED is called"),
    "busy when cancelled": (b"TRANSP:TRANSPARENT\r\n", b"", "CANCELLED is None"),
    "free": (b"LOCATION:Haus", b"TRANSP:TRANSPARENT", "CONFIRMED is TRANSPARENT"),
    "mail as an alarm": (b"ACTION:DISPLAY", b"ACTION:EMAIL", "does not only show itself"),
    "unasked alarm": (b"SUMMARY:Nacht\r\n", b"SUMMARY:Nacht\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT1H\r\n"
                      b"DESCRIPTION:Nacht\r\nEND:VALARM\r\n", None),
    "no alarm": (b"TRIGGER:-PT1H", b"TRIGGER:-PT2H", "alarms of series"),
}


def tampered(name):
    old, new, said = TAMPERED[name]
    assert old in GOOD, name
    return GOOD.replace(old, new, 1), said


def of_series(body):
    """What is said but that the single event has no alarm: it is there for both kinds."""
    return [one for one in complaints(body, "PT1H") if one != "alarms of single are not ['-PT1H']"]


def test_a_good_calendar_is_without_complaint():
    assert of_series(GOOD) == []


@pytest.mark.parametrize("name", TAMPERED)
def test_a_bad_calendar_is_named_so(name):
    body, said = tampered(name)
    if said is None:
        assert len(complaints(body)) > len(complaints(GOOD)) > 0
    else:
        assert any(said in one for one in of_series(body)), of_series(body)


# The readers themselves ------------------------------------------------------------------------------


def events(reader, folder, body):
    path = folder / "x.ics"
    path.write_bytes(body)
    return READERS[reader]([path])[0]


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_finds_every_date(reader, tmp_path):
    found = events(reader, tmp_path, GOOD)
    assert len(found) == 22 and len({event["start"] for event in found}) == 22
    series = [event for event in found if event["uid"] == "series"]
    assert sum(event["status"] == "CANCELLED" for event in series) == 1
    assert {event["summary"] for event in series if event["status"] == "CONFIRMED"} == {
        "Ein langer Titel, der so weit geht, dass man ihn faltet: Äpfel; Öl\nund Wasser"}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("old, new", [
    (b"FREQ=WEEKLY", b"FREQ=WEEKLY;INTERVAL=2"), (b"T190000\r\nSTATUS:CONF", b"T180000\r\nSTATUS:CONF"),
    (b"UNTIL=20270602", b"UNTIL=20270526"), (b"20270121T190000", b"20270121T193000"), (b"\\;", b"."),
    (b"STATUS:CANCELLED", b"STATUS:CONFIRMED"), (b"T003000Z", b"T001500Z")])
def test_a_reader_would_notice_a_difference(reader, old, new, tmp_path):
    assert events(reader, tmp_path, GOOD.replace(old, new, 1)) != events(reader, tmp_path, GOOD)


@pytest.mark.parametrize("reader", ["libical", "ical.js"])
def test_a_reader_goes_by_the_zone_as_the_calendar_tells_it(reader, tmp_path):
    """The third knows zones by their names."""
    other = GOOD.replace(b"TZOFFSETFROM:+0100", b"TZOFFSETFROM:+0200").replace(b"TZOFFSETTO:+0100", b"TZOFFSETTO:+0200")
    assert events(reader, tmp_path, other) != events(reader, tmp_path, GOOD)


@pytest.mark.parametrize("reader", READERS)
def test_what_is_no_calendar_is_not_read(reader, tmp_path):
    with pytest.raises((Unreadable, ValueError)):
        events(reader, tmp_path, b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n")
