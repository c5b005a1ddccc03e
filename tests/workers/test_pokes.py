"""test_pokes.py: workers that are told of jobs, and do not depend on it."""

import re
import select
import signal
import time
from contextlib import closing

import psycopg2
import pytest

from tests.installation import connected
from tests.letters import text_of
from tests.pooler import Pooler
from tests.wire import at_once, await_truth


@pytest.fixture
def pooler(database):
    made = Pooler(database)
    yield made
    made.stop()


def poke(jobs):
    jobs.db.execute("SELECT pg_notify('runde_jobs', '')")


# Workers -------------------------------------------------------------------------------------------


def in_sequence(jobs, count):
    """Jobs each put in when the one before is done, so that the worker is idle when it comes."""
    for _ in range(count):
        job = jobs.put("noop")
        yield
        await_truth(lambda: not jobs.get(job, "id"))


def assert_pokes_wake(jobs):
    """Else each of forty jobs would wait for the worker to look by itself, once a second."""
    began = time.monotonic()
    for _ in in_sequence(jobs, 40):
        poke(jobs)
    assert time.monotonic() - began < 20


def test_a_poke_wakes_an_idle_worker(a_worker, jobs):
    a_worker()
    jobs.await_done(jobs.put("noop"))
    assert_pokes_wake(jobs)


def test_without_any_poke_all_is_done_nevertheless(a_worker, jobs):
    a_worker()
    for _ in in_sequence(jobs, 3):
        pass


def test_after_a_lost_connection_a_worker_is_told_again(a_worker, jobs):
    a_worker()
    listening = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'runde'"
    jobs.await_done(jobs.put("noop"))
    jobs.db.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND application_name = 'runde'")

    def is_connected():
        jobs.db.execute(listening)
        return jobs.db.fetchone() == (1,)
    await_truth(is_connected)
    jobs.await_done(jobs.put("noop"))
    assert_pokes_wake(jobs)


def test_pokes_without_jobs_do_no_harm(a_worker, jobs):
    started = a_worker()
    for _ in range(200):
        poke(jobs)
    jobs.await_done(jobs.put("noop"))
    assert started.stop() == 0 and started.said() == ""


# Through a pooler ----------------------------------------------------------------------------------


def test_all_works_through_a_pooler_that_keeps_no_sessions(a_worker, jobs, held, pooler):
    number = held.number()
    one, failing, given_back, other = jobs.deed(), jobs.deed(fails=True), jobs.deed(number), jobs.deed()
    started = a_worker(database=pooler.database)
    jobs.await_error(failing, "RU001")
    started.process.send_signal(signal.SIGTERM)
    held.release(number)
    assert started.process.wait(20) == 0
    assert jobs.get(one, "id") is None is jobs.get(given_back, "id") and jobs.get(other, "attempts, lease_until") == (0, None)
    workers = [a_worker(database=pooler.database) for _ in range(3)]
    crowd = [jobs.deed() for _ in range(150)]
    jobs.await_done(other, *crowd)
    assert jobs.times() == [1, 0, 1, 1] + [1] * 150
    assert [one.stop() for one in workers] == [0, 0, 0]


def test_a_session_of_another_time_zone_changes_nothing(a_worker, jobs, pooler, mailbox):
    """Through a pooler our sessions are not as we ask for."""
    name = re.search(r"dbname=(\S+)", pooler.database)[1]
    jobs.db.execute(f"ALTER DATABASE {name} SET timezone = 'Pacific/Auckland'")
    try:
        with closing(psycopg2.connect(pooler.database)) as through:
            cursor = through.cursor()
            cursor.execute("SHOW timezone")
            assert cursor.fetchone() == ("Pacific/Auckland",)
        facts = {"when": "2026-01-07T18:00:00Z", "until": "2026-07-01T07:30:00Z", "zone": "Europe/Berlin"}
        job = jobs.add("offered", facts=facts)
        a_worker(database=pooler.database)
        jobs.await_done(job)
        text = text_of(mailbox.await_mail())
        assert "7. Januar 2026, 19:00 Uhr" in text and "1. Juli 2026, 09:30 Uhr" in text
    finally:
        jobs.db.execute(f"ALTER DATABASE {name} RESET timezone")


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/New_York", "UTC"])
def test_what_jobs_call_counts_days_in_utc(house, zone):
    """A day from the 28th of March to the 29th has 24 hours for us, whatever clocks the session goes by."""
    house.db.execute(f"SET timezone = '{zone}'")
    for hours, left in ((24 * 30 - 0.5, 1), (24 * 30 + 0.5, 0)):
        house.rows("DELETE FROM messages")
        house.rows("SET session_replication_role = replica")
        house.rows("INSERT INTO messages (id, thread_id, group_id, text, by_mail, created_at) VALUES"
                   " (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'x', false, '2026-03-05T00:00:00Z')")
        house.rows("SELECT expired_forget('2026-03-05T00:00:00Z'::timestamptz + %s * interval '1 hour')", hours)
        assert house.value("SELECT count(text) FROM messages") == left


# The API -------------------------------------------------------------------------------------------


@pytest.fixture
def ear(house):
    connection = connected(house.installed.database)
    connection.cursor().execute("LISTEN runde_jobs")
    yield connection
    connection.close()


def heard(ear, seconds=0.5):
    """How many pokes there were until it was quiet for so long."""
    count = 0
    while select.select([ear], [], [], seconds)[0]:
        ear.poll()
        count += len(ear.notifies)
        ear.notifies.clear()
    return count


def is_poked(ear):
    return select.select([ear], [], [], 5)[0] and heard(ear) > 0


def test_every_write_is_followed_by_a_poke(house, ear):
    client = house.given.client()
    heard(ear)
    group = house.given.group(client)
    assert is_poked(ear)
    for text in ("eins", "zwei"):
        assert client.patch(f"/v1/groups/{group['id']}", {"summary": text}).status == 200
        assert is_poked(ear)
    assert client.post("/v1/groups", house.given.new_group(), Idempotency_Key="0123456789abcdef").status == 201
    assert is_poked(ear)
    assert client.delete(f"/v1/groups/{group['id']}").status == 204
    assert is_poked(ear)


def test_what_writes_nothing_pokes_nobody(house, ear):
    client = house.given.client()
    group = house.given.group(client)
    heard(ear)
    assert client.get(f"/v1/groups/{group['id']}").status == 200
    assert client.post("/v1/groups?dry_run=true", house.given.new_group()).status == 201
    assert client.post("/v1/groups", {"name": 1}).status == 422
    assert client.delete("/v1/groups/01935c33-2c30-7f53-8285-ffffffffffff").status == 404
    assert heard(ear) == 0


def test_many_writes_are_few_pokes(house, ear):
    client = house.given.client()
    groups = [house.given.group(client) for _ in range(40)]
    heard(ear)
    at_once(*(lambda group=group: client.patch(f"/v1/groups/{group['id']}", {"summary": "neu"}) for group in groups))
    assert 1 <= heard(ear) < 20


def test_where_pokes_fail_writes_do_not(house):
    client = house.given.client()
    name = house.installed.name
    house.rows("CREATE FUNCTION public.pg_notify(text, text) RETURNS void LANGUAGE plpgsql AS $$BEGIN RAISE 'no'; END$$")
    house.rows(f"ALTER DATABASE {name} SET search_path = public, pg_catalog")
    house.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()", name)
    await_truth(lambda: house.api.get("/readyz").status == 200)
    with closing(connected(house.installed.database)) as ear:
        ear.cursor().execute("LISTEN runde_jobs")
        for _ in range(3):
            house.given.group(client)
        assert heard(ear) == 0
