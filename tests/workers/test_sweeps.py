"""test_sweeps.py: what time brings becomes jobs, once each, however many workers look."""

from contextlib import closing
from datetime import timedelta

import pytest

from tests.installation import connected
from tests.sweeps import SWEEPS, statement
from tests.wire import at_once, await_truth, in_background
from tests.workers.test_jobs import SECOND


def recoveries(jobs, count):
    """Somebody whom nobody knows has asked for new links; jobs for it do nothing but to forget that."""
    jobs.db.execute("INSERT INTO recoveries (group_id, email_hash, address, created_at) "
                    "SELECT gen_random_uuid(), 'x', 'x', now() FROM generate_series(1, %s)", [count])


def waiting(jobs, kind):
    jobs.db.execute("SELECT key FROM jobs WHERE kind = %s ORDER BY id", [kind])
    return [key for key, in jobs.db.fetchall()]


class Offer:
    """A place that is held for somebody for an hour from now, and the next who waits for it."""

    def __init__(self, house):
        self.schedule = house.given.schedule(house.admin, house.given.group(), capacity=1,
                                             registration={"required": True, "offer_valid": "PT1H"})
        first, self.offered, self.next = (house.given.registration(self.schedule) for _ in range(3))
        assert first.act("cancel").status == 200 and self.states() == ["offered", "waiting"]

    def states(self):
        return [self.offered.state, self.next.state]


@pytest.fixture
def offer(house):
    return Offer(house)


def test_what_is_due_becomes_one_job_though_many_look_at_once(database, jobs):
    recoveries(jobs, 40)
    many = [connected(database) for _ in range(4)]
    look = statement("sweep_recoveries", now=jobs.now().isoformat())
    at_once(*(lambda one=one: one.cursor().execute(look) for one in many))
    at_once(*(lambda one=one: one.cursor().execute(look) for one in many))
    for one in many:
        one.close()
    assert len(waiting(jobs, "recovery")) == len(set(waiting(jobs, "recovery"))) == 40


def test_who_looks_while_another_has_not_committed_adds_nothing(database, jobs):
    recoveries(jobs, 3)
    look = statement("sweep_recoveries", now=jobs.now().isoformat())
    with closing(connected(database)) as one, closing(connected(database)) as other:
        one.cursor().execute("BEGIN;" + look)
        waits = in_background(lambda: other.cursor().execute(look))
        one.cursor().execute("COMMIT")
        waits()
    assert len(waiting(jobs, "recovery")) == 3


def test_several_workers_sweep_and_do_each_thing_once(a_worker, jobs):
    workers = [a_worker() for _ in range(3)]
    recoveries(jobs, 200)

    def are_answered():
        jobs.db.execute("SELECT count(*) FROM recoveries")
        return jobs.db.fetchone() == (0,)
    await_truth(are_answered)
    assert [one.stop() for one in workers] == [0, 0, 0] and not any(one.said() for one in workers)


def test_what_is_given_up_is_not_begun_anew_by_the_next_sweep_and_hides_nothing_else(jobs):
    recoveries(jobs, 3)
    look = statement("sweep_recoveries", now=jobs.now().isoformat())
    first = look.replace("LIMIT 500", "LIMIT 1")
    jobs.db.execute(first)
    jobs.db.execute("UPDATE jobs SET dead_at = now()")
    for _ in range(3):
        jobs.db.execute(first)
    jobs.db.execute("SELECT count(*), count(dead_at) FROM jobs WHERE kind = 'recovery'")
    assert jobs.db.fetchone() == (3, 1)


def test_a_sweep_that_fails_is_named_once_and_keeps_nobody_from_work(a_worker, jobs):
    jobs.db.execute("ALTER TABLE recoveries RENAME TO hidden")
    try:
        started = a_worker()
        await_truth(lambda: "42P01" in started.said())
        jobs.await_done(jobs.put("noop"))
        jobs.await_done(jobs.put("noop"))
    finally:
        jobs.db.execute("ALTER TABLE hidden RENAME TO recoveries")
    recoveries(jobs, 1)
    await_truth(lambda: jobs.db.execute("SELECT FROM recoveries") or jobs.db.rowcount == 0)
    assert started.said().count("the sweep of recoveries") == 1 and started.stop() == 0


def test_an_offer_that_lapses_is_passed_on_by_a_worker(house, offer):
    house.work()
    house.clock.move(0.9)
    house.await_jobs()
    assert offer.states() == ["offered", "waiting"]
    house.clock.move(1.1)
    await_truth(lambda: offer.states() == ["expired", "offered"])


def test_what_came_due_while_nobody_worked_is_made_up_for(house, offer):
    house.clock.move(50)
    house.work()
    await_truth(lambda: offer.offered.state == "expired")


def test_a_series_that_fails_is_a_dead_letter_and_holds_up_no_other(house, offer):
    broken = Offer(house)
    house.rows("ALTER TABLE registrations ADD CONSTRAINT in_the_way CHECK (id <> %s OR state <> 'expired')", broken.offered.id)
    house.clock.move(1.1)
    house.work()
    await_truth(lambda: offer.offered.state == "expired")
    error = "SELECT key, error FROM jobs WHERE kind = 'series' AND error IS NOT NULL"
    await_truth(lambda: house.rows(error) == [(broken.schedule["id"], "series_proceed: 23514")])

    house.rows("UPDATE jobs SET attempts = 14, run_at = created_at WHERE kind = 'series'")
    await_truth(lambda: house.value("SELECT count(dead_at) FROM jobs WHERE kind = 'series'") == 1)
    house.rows("ALTER TABLE registrations DROP CONSTRAINT in_the_way")
    assert "1 job(s)" in house.runde("jobs", "revive", "--all").stdout
    await_truth(lambda: broken.states() == ["expired", "offered"])


# The timetable -------------------------------------------------------------------------------------


@pytest.fixture
def timetable(jobs):
    jobs.db.execute("INSERT INTO timetable (kind, every) VALUES ('noop', '1 hour')")
    yield jobs
    jobs.db.execute("DELETE FROM timetable")


def look(jobs):
    """How many jobs the timetable has become by now."""
    jobs.db.execute(statement("sweep_timetable", now=jobs.now().isoformat()))
    return len(waiting(jobs, "noop"))


def test_what_stands_in_the_timetable_is_done_as_often_as_it_says(timetable):
    counts = []
    for hours in (0, 0.5, 0.99, 1.01, 1.5, 30, 30.5):
        timetable.clock.move(hours)
        counts.append(look(timetable))
    assert counts == [1, 1, 1, 2, 2, 3, 3]


def test_a_clock_that_steps_back_does_not_stop_the_timetable(timetable):
    timetable.clock.move(5)
    assert look(timetable) == 1
    timetable.clock.move(0)
    assert look(timetable) == 2
    timetable.clock.move(-1 * SECOND)
    assert look(timetable) == 2


def test_the_timetable_is_one_for_all_workers(database, timetable):
    many = [connected(database) for _ in range(4)]
    text = statement("sweep_timetable", now=timetable.now().isoformat())
    at_once(*(lambda one=one: one.cursor().execute(text) for one in many))
    for one in many:
        one.close()
    assert len(waiting(timetable, "noop")) == 1


def test_an_entry_that_was_given_up_comes_again_at_its_next_time(timetable):
    assert look(timetable) == 1
    timetable.db.execute("UPDATE jobs SET dead_at = now()")
    timetable.clock.move(1.01)
    assert look(timetable) == 2


def test_sweeps_that_find_nothing_write_nothing(jobs):
    for name in SWEEPS:
        jobs.db.execute(statement(name, now=(jobs.now() + timedelta(days=1)).isoformat()))
        assert jobs.db.rowcount == 0
