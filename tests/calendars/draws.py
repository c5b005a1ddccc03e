"""draws.py: random series of meetings, of all that the API takes, and what may befall them."""

from datetime import date, datetime, time, timedelta

WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
NUMBERS = ["first", "second", "third", "fourth", "fifth", "last"]
ZONES = {
    "Europe/Berlin": 12, "Europe/Dublin": 2, "America/New_York": 2, "Australia/Lord_Howe": 2, "Asia/Kolkata": 1,
    "Africa/Casablanca": 2, "America/Santiago": 2, "UTC": 1, "Pacific/Chatham": 1, "America/Sao_Paulo": 1,
    "Africa/Cairo": 1, "Asia/Jerusalem": 1, "Antarctica/Troll": 1}
EVENINGS = [time(19), time(18, 30), time(17), time(10, 15), time(14)]
NIGHTS = [time(0, 30), time(1), time(1, 30), time(2), time(2, 30), time(3), time(3, 30), time(22), time(22, 30)]
DURATIONS = ["PT1H30M", "PT2H", "PT45M", "PT90M"]
LONG = ["PT4H", "PT8H", "PT23H59M", "PT24H", "PT3H"]


def some(draw, values, most):
    return sorted(draw.sample(values, draw.randint(1, min(most, len(values)))))


def days_of_month(draw):
    kind = draw.random()
    if kind < 0.6:
        return [f"{draw.choice(NUMBERS)} {draw.choice(WEEKDAYS)}"]
    if kind < 0.75:
        return sorted({f"{draw.choice(NUMBERS)} {draw.choice(WEEKDAYS)}" for _ in range(2)})
    if kind < 0.95:
        return [f"day {day}" for day in some(draw, range(1, 32), 2)]
    return ["last day"]


def a_rule(draw):
    unit = draw.choices(["day", "week", "month", "year"], [1, 6, 5, 1])[0]
    rule = {"unit": unit}
    if draw.random() < 0.35:
        rule["every"] = draw.choice([2, 2, 3, 4])
    if unit == "week" and draw.random() < 0.7:
        rule["on"] = some(draw, WEEKDAYS, 3)
    if unit == "month":
        rule["on"] = days_of_month(draw)
    if unit == "month" and draw.random() < 0.1:
        rule["months"] = some(draw, range(1, 13), 8)
    return rule


def a_start(draw):
    at = draw.choice(EVENINGS if draw.random() < 0.6 else NIGHTS)
    return datetime.combine(date.today() + timedelta(days=draw.randint(2, 150)), at)


def a_series(draw):
    """A NewSchedule; nights are on Sundays more often, for then the clocks are changed."""
    start = a_start(draw)
    body = {"starts_at_local": start.isoformat(), "time_zone": draw.choices([*ZONES], [*ZONES.values()])[0],
            "duration": draw.choice(DURATIONS if draw.random() < 0.75 else LONG), "format": "online"}
    rules = {str(rule): rule for rule in (a_rule(draw) for _ in range(draw.choices([1, 2], [9, 1])[0]))}
    if start.time() in NIGHTS and draw.random() < 0.5:
        rules = {"": {"unit": "week", "on": draw.choice([["sunday"], ["sunday"], ["saturday", "sunday"]])}}
    if draw.random() < 0.95:
        body["repeats"] = list(rules.values())
        end = draw.random()
        if end < 0.15:
            body["until"] = str(start.date() + timedelta(days=draw.randint(30, 600)))
        elif end < 0.3:
            body["sessions"] = draw.randint(1, 60)
        if draw.random() < 0.2:
            body |= {"holidays": "skip", "holiday_region": "DE-BY"}
    return body


def moved(draw, meeting, by):
    return {"starts_at_local": (datetime.fromisoformat(meeting["starts_at_local"]) + by).isoformat()}


# What happens to a date, and how often.
EXCEPTIONS = {
    "cancelled": (4, lambda draw, m, venue: {"cancelled": True}),
    "by minutes": (3, lambda draw, m, venue: moved(draw, m, timedelta(minutes=draw.choice([-45, -15, 15, 30, 60, 90])))),
    "by days": (2, lambda draw, m, venue: moved(draw, m, timedelta(days=draw.choice([-1, 1, 2]), minutes=30))),
    "past a neighbour": (0.5, lambda draw, m, venue: moved(draw, m, timedelta(days=draw.choice([-40, 8, 15, 40])))),
    "duration": (1, lambda draw, m, venue: {"duration": draw.choice(DURATIONS + LONG)}),
    "place": (1, lambda draw, m, venue: {"format": "in_person", "venue_id": venue}),
    "words": (1, lambda draw, m, venue: {"title": "Anders, als sonst; wirklich", "note": "Zeile\nund\\Zeile"}),
    "several": (1, lambda draw, m, venue: moved(draw, m, timedelta(minutes=20)) | {"duration": "PT3H", "title": "Fest"}),
}


def an_exception(draw, meeting, venue):
    make = draw.choices([*EXCEPTIONS.values()], [weight for weight, _ in EXCEPTIONS.values()])[0][1]
    return make(draw, meeting, venue)
