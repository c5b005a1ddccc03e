"""test_checker.py: a checker that finds each kind of what must not be, in a record in which all else is well."""

from copy import deepcopy

import pytest

from tests.jobs.checker import check, recoveries, resumptions
from tests.jobs.record import Event, Record

# Each job with what became of it: what, fence, end of the lease, who, when.
WELL = {
    ("noop", "plain"): [("added", 0, None, "client", 0), ("claimed", 1, 11, "one", 1), ("done", 1, 11, "one", 2)],
    ("noop", "orphan"): [("added", 0, None, "client", 0), ("claimed", 1, 11, "killed", 1), ("claimed", 2, 22, "one", 12),
                         ("done", 2, 22, "one", 13)],
    ("mail", "late"): [("added", 0, None, "client", 0), ("claimed", 1, 11, "stopped", 1), ("claimed", 2, 32, "one", 12),
                       ("done", 2, 32, "one", 13)],  # by a clock that was moved by ten seconds in between
    ("mail", "put off"): [("added", 0, None, "client", 0), ("claimed", 1, 11, "one", 1), ("put off", 1, None, "one", 2),
                          ("claimed", 2, 13, "two", 3), ("done", 2, 13, "two", 4)],
    ("noop", "left"): [("added", 0, None, "client", 20)],
    ("noop", "unknown"): [("added", 0, None, "client", 0), ("claimed", 1, 11, "one", 1), ("done", 1, 11, "one", 2)],
}
NAMES = [key for _, key in WELL]


def well():
    record = Record(acknowledged=set(NAMES) - {"unknown"}, unknown={"unknown", "never there"}, withdrawn={"withdrawn"},
                    left={NAMES.index("left")}, killed={"killed": 3}, outages=[(5, 8)], moves=[(11.5, 10)])
    for job, ((kind, key), life) in enumerate(WELL.items()):
        record.events += [Event(what, job, kind, key, fence, until, 1000 + job, who, at) for what, fence, until, who, at in life]
        record.mails += [(job, 1000 + job)] * (kind == "mail")
    record.events.append(Event("refused", None, None, None, None, None, None, "stopped", 30))
    return record


def life_of(record, key):
    return [number for number, event in enumerate(record.events) if event.key == key]


def change(key, step, **members):
    def tamper(record):
        number = life_of(record, key)[step]
        record.events[number] = record.events[number]._replace(**members)
    return tamper


def cut(key, step):
    return lambda record: record.events.pop(life_of(record, key)[step])


def again(key, step):
    return lambda record: record.events.append(record.events[life_of(record, key)[step]])


TAMPERING = {
    "what was acknowledged is a job": [lambda record: record.acknowledged.add("lost")],
    "what was rolled back is none": [
        lambda record: record.events.append(Event("added", 99, "noop", "withdrawn", 0, None, 0, "client", 0))],
    "nothing is a job that nobody asked for": [lambda record: record.unknown.clear()],
    "each job is done exactly once or still there": [
        cut("plain", 2), again("plain", 2), again("plain", 1), cut("plain", 0), lambda record: record.left.clear(),
        lambda record: record.left.add(NAMES.index("plain")), lambda record: record.left.add(99), again("left", 0)],
    "the fence rises with each claim": [change("orphan", 2, fence=1), change("orphan", 1, fence=3)],
    "whoever claims a job has a lease, of ten seconds at most": [
        change("plain", 1, until=None), change("plain", 1, until=11.5), change("late", 2, until=32.5)],
    "nobody claims what somebody else has a lease of": [
        change("orphan", 2, at=10), change("orphan", 1, until=23), lambda record: record.moves.clear() or
        change("late", 1, until=13)(record)],
    "only whoever claimed a job last does anything with it": [
        change("late", 3, who="stopped"), change("late", 3, fence=1), change("plain", 2, who="client"), cut("plain", 1),
        change("put off", 2, who="two"), change("put off", 2, what="kept", who="two")],
    "no job is given up": [change("put off", 2, what="given up")],
    "whatever is done was delivered": [lambda record: record.mails.pop()],
    "what was delivered belongs to a job and has its id": [
        lambda record: record.mails.append((99, 1099)), lambda record: record.mails.append((NAMES.index("plain"), 1000)),
        lambda record: record.mails.append((NAMES.index("late"), 7))],
    "nothing is delivered more often than it was claimed": [
        lambda record: record.mails.extend([(NAMES.index("late"), 1000 + NAMES.index("late"))] * 2)],
}


def test_nothing_is_found_where_all_is_well():
    assert check(well()) == {}


@pytest.mark.parametrize("rule, tamper", [(rule, tamper) for rule, ways in TAMPERING.items() for tamper in ways])
def test_what_must_not_be_is_found(rule, tamper):
    record = deepcopy(well())
    tamper(record)
    assert rule in check(record)


def test_recovery_is_counted_from_the_kill_without_the_time_that_postgresql_was_down():
    record = well()
    assert list(recoveries(record)) == [12 - 3 - 3]
    del record.events[life_of(record, "orphan")[2]:]
    assert list(recoveries(record)) == [float("inf")]


def test_resumption_is_counted_while_postgresql_is_up():
    record = well()
    assert list(resumptions(record)) == [12 - 8]
    record.outages.append((10, 11))
    assert list(resumptions(record)) == [12 - 8 - 1, 12 - 11]
