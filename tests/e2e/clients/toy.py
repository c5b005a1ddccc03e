"""A feed that needs no Runde: a weekly series that can be moved, cancelled, added to and withdrawn, for trying the clients themselves."""

import hashlib
import threading
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ZONE = """\
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:STANDARD
DTSTART:19961027T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19810329T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
END:VTIMEZONE
"""
HOUR = timedelta(hours=1)


def local(name, instant):
    return f"{name};TZID=Europe/Berlin:{instant:%Y%m%dT%H%M%S}\n"


class ToyFeed:
    """Eight weeks at 19:00 in Berlin; every step changes one thing and says what ought to be seen of it."""
    title = "Treffen am Abend"

    def __init__(self, first):
        self.first = datetime.combine(first, datetime.min.time()) + 19 * HOUR
        self.dates = [self.first + timedelta(weeks=week) for week in range(8)]
        self.events = [self.event(local("DTSTART", self.first) + "RRULE:FREQ=WEEKLY;COUNT=8\n")]
        self.expected = {date: self.title for date in self.dates}
        self.revision, self.is_revoked, self.answers = 0, False, []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/calendar.ics"

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def event(self, lines, uid="weekly", title=title):
        return (f"BEGIN:VEVENT\nUID:{uid}@toy.invalid\nDTSTAMP:20260101T000000Z\nSUMMARY:{title}\n"
                f"{lines}DURATION:PT90M\nSEQUENCE:{{revision}}\nEND:VEVENT\n")

    def change(self, lines, **how):
        self.revision += 1
        self.events.append(self.event(lines, **how))

    def move(self):
        """The third one is a day and an hour later."""
        old, new = self.dates[2], self.dates[2] + 25 * HOUR
        self.change(local("RECURRENCE-ID", old) + local("DTSTART", new))
        del self.expected[old]
        self.expected[new] = self.title

    def cancel(self):
        """The fifth one does not take place."""
        date, title = self.dates[4], "Entfällt: " + self.title
        self.change(local("RECURRENCE-ID", date) + local("DTSTART", date) + "STATUS:CANCELLED\nTRANSP:TRANSPARENT\n", title=title)
        self.expected[date] = title + " [cancelled]"

    def add(self):
        """There is one more, beside the series."""
        date, title = self.dates[5] + 72 * HOUR, "Sondertreffen"
        self.change(local("DTSTART", date), uid="extra", title=title)
        self.expected[date] = title

    def revoke(self):
        self.is_revoked = True

    def shown(self):
        """What a client ought to show, in the form in which it is asked."""
        return [(f"{date:%Y-%m-%d %H:%M}", title) for date, title in sorted(self.expected.items())]

    def text(self):
        events = "".join(self.events).format(revision=self.revision)
        return (f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Toy//Feed//DE\nX-WR-CALNAME:Toy\n{ZONE}{events}END:VCALENDAR\n"
                .replace("\n", "\r\n").encode())

    def handler(self):
        feed = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self, status, body=b"", **fields):
                feed.answers.append(status)
                self.send_response(status)
                for name, value in fields.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(b"" if self.command == "HEAD" else body)

            def do_GET(self):
                body = feed.text()
                etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
                if feed.is_revoked:
                    self.answer(404)
                elif self.headers.get("If-None-Match") == etag:
                    self.answer(304, ETag=etag)
                else:
                    self.answer(200, body, ETag=etag, Content_Type="text/calendar; charset=utf-8")

            do_HEAD = do_GET

            def log_message(self, *unused):
                pass
        return Handler
