"""series.py: a weekly series of meetings, planned behind the server's back."""

from datetime import date, timedelta
from types import SimpleNamespace

FIRST = date.today() + timedelta(days=7)
WEEKS = [FIRST + timedelta(weeks=number) for number in range(8)]


class Series:
    """A weekly series of a group, planned behind the server's back, and never further by whoever plans all that is due."""

    def __init__(self, db, group, venue=None, format="in_person", since=None, **columns):
        self.db = db
        columns = {"group_id": group["id"], "starts_at_local": f"{(since or WEEKS)[0]} 19:00", "duration": "2 hours",
                   "time_zone": "Europe/Berlin", "format": format, "venue_id": venue and venue["id"],
                   "rules": ["FREQ=WEEKLY"], "planned_until": "infinity", **columns}
        db.execute(f"INSERT INTO schedules ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})"
                   " RETURNING id", list(columns.values()))
        self.id = db.fetchone()[0]
        planned = since or WEEKS
        db.execute("SELECT schedule_plan(s, %s::date[], %s, %s) FROM schedules s WHERE id = %s",
                   [planned, planned[0], planned[0] - timedelta(days=1), self.id])

    def meetings(self):
        self.db.execute("SELECT id, date, status, format, venue_id, closure_id, revision FROM meetings"
                        " WHERE schedule_id = %s AND deleted_at IS NULL ORDER BY date", [self.id])
        names = [column.name for column in self.db.description]
        return [SimpleNamespace(**dict(zip(names, row))) for row in self.db.fetchall()]

    def each(self, member="status"):
        return [getattr(meeting, member) for meeting in self.meetings()]

    def write_exception(self, week, body):
        self.db.execute("SELECT exception_write(m, %s::jsonb, runde_now(), '{}') FROM meetings m"
                        " WHERE schedule_id = %s AND date = %s", [body, self.id, WEEKS[week]])
