"""test_jobs.py: jobs that are done, whoever dies meanwhile, and what becomes of those that cannot be."""

import os
import signal
import uuid
from datetime import timedelta
from pathlib import Path

import psycopg2
import pytest

from tests.mailbox import code_of
from tests.server import ROOT
from tests.wire import at_once, await_truth
from tests.workers.jobs import address_of, keyed_hash

SECOND = 1 / 3600  # in hours, as the clock is moved
LEASE = 7 * SECOND


def statement(name, **values):
    """One of the worker's statements with its values in their places."""
    text = (ROOT / f"workers/sql/{name}.sql").read_text(encoding="utf-8")
    for parameter, value in values.items():
        text = text.replace(f":'{parameter}'", f"'{value}'")
    return text


# Claims --------------------------------------------------------------------------------------------


def test_each_mail_is_sent_by_one_of_two_workers(a_worker, jobs, mailbox):
    people = [jobs.person() for _ in range(15)]
    waiting = [jobs.add(person=people[i % 15]) for i in range(150)]
    workers = [a_worker(), a_worker()]
    jobs.await_done(*waiting)
    ids = [mail["Message-ID"] for mail in mailbox.mails()]
    assert len(ids) == len(set(ids)) == 150
    assert [one.stop() for one in workers] == [0, 0] and not any(one.said() for one in workers)


def test_each_job_of_a_crowd_is_done_once_by_one_of_three_workers(a_worker, jobs):
    waiting = [jobs.deed() for _ in range(400)]
    workers = [a_worker() for _ in range(3)]
    jobs.await_done(*waiting)
    assert jobs.times() == [1] * 400
    assert [one.stop() for one in workers] == [0, 0, 0] and not any(one.said() for one in workers)


def test_many_jobs_of_one_kind_hold_up_none_of_another(a_worker, jobs, held):
    crowd = [jobs.deed(held.number())] + [jobs.deed() for _ in range(300)]
    other = jobs.put("noop")
    a_worker()
    jobs.await_claimed(crowd[0])
    assert jobs.get(other, "attempts") == (1,) and jobs.get(crowd[-1], "attempts") == (0,)


def test_what_is_not_due_waits_for_the_clock(a_worker, jobs):
    job = jobs.put("noop", run_at=jobs.now() + timedelta(hours=3))
    a_worker()
    jobs.await_done(jobs.put("noop"))
    assert jobs.get(job, "attempts") == (0,)
    jobs.clock.move(3.01)
    jobs.await_done(job)


def test_a_job_that_is_rolled_back_was_never_there(a_worker, jobs):
    a_worker()
    jobs.db.execute("BEGIN")
    one, other = jobs.deed(), jobs.put("noop")
    jobs.db.execute("ROLLBACK")
    jobs.await_done(jobs.put("noop"))
    assert jobs.get(one, "id") is None and jobs.get(other, "id") is None and jobs.times() == []


def add(cursor, key, payload="{}"):
    cursor.execute("SELECT job_add('noop', %s, NULL, %s, now(), now())", [key, payload])


def test_the_same_thing_is_to_be_done_once_at_a_time(database, jobs):
    with psycopg2.connect(database) as one, psycopg2.connect(database) as other:
        add(one.cursor(), "this")
        add(other.cursor(), "that")

        def add_and_commit(connection, key):
            add(connection.cursor(), key)
            connection.commit()
        at_once(lambda: add_and_commit(one, "another"), lambda: add_and_commit(other, "another"))
        add_and_commit(one, "this")
    jobs.db.execute("SELECT key FROM jobs ORDER BY key")
    assert jobs.db.fetchall() == [("another",), ("that",), ("this",)]
    with pytest.raises(psycopg2.errors.UniqueViolation, match="job_key"):
        jobs.put("noop", "this")


# Leases and fences ---------------------------------------------------------------------------------


def test_a_job_of_a_killed_worker_is_taken_up_after_its_lease(a_worker, jobs, mailbox, held):
    number = held.number()
    job = jobs.add(wait=number)
    killed = a_worker()
    jobs.await_claimed(job)
    killed.kill()
    jobs.clock.move(LEASE / 2)
    a_worker()
    jobs.await_done(jobs.add())
    assert jobs.get(job, "attempts, fence") == (1, 1)

    held.release(number)
    jobs.clock.move(LEASE)
    jobs.await_done(job)
    assert len(mailbox.mails()) == 2


def test_no_lease_but_those_of_the_timetable_is_longer_than_seven_seconds(a_worker, jobs, held):
    job, other = jobs.deed(held.number()), jobs.put("clocks")
    a_worker()
    jobs.await_claimed(job)
    length = "round(extract(epoch FROM lease_until - %s))"
    assert [jobs.db.mogrify(length, [jobs.now()]) and float(jobs.get(one, jobs.db.mogrify(length, [jobs.now()]).decode())[0])
            for one in (job, other)] == [pytest.approx(7, abs=3), pytest.approx(120, abs=3)]


def test_who_is_late_leaves_the_job_and_its_token_to_whoever_has_it_now(a_worker, jobs, mailbox, held):
    number, person = held.number(), jobs.person()
    job = jobs.add("confirm_address", person, wait=number)
    late = a_worker()
    jobs.await_claimed(job)
    jobs.clock.move(LEASE)
    newer = a_worker()
    await_truth(lambda: jobs.get(job, "fence") == (2,))
    newer.process.send_signal(signal.SIGSTOP)
    held.release(number)
    assert late.stop() == 0
    assert mailbox.mails() == [] and jobs.get(job, "fence, lease_until IS NOT NULL") == (2, True)

    newer.process.send_signal(signal.SIGCONT)
    code = code_of(mailbox.await_mail(address_of(person)))
    jobs.await_done(job)
    assert [row[1] for row in jobs.capabilities(person)] == [keyed_hash(code)] and len(mailbox.mails()) == 1


def test_who_was_stopped_and_wakes_late_forgets_nothing_that_is_somebody_elses(a_worker, jobs, held):
    number = held.number()
    job = jobs.deed(number)
    late = a_worker()
    jobs.await_claimed(job)
    late.process.send_signal(signal.SIGSTOP)
    jobs.clock.move(LEASE)
    newer = a_worker()
    await_truth(lambda: jobs.get(job, "fence") == (2,))
    newer.process.send_signal(signal.SIGSTOP)
    held.release(number)
    late.process.send_signal(signal.SIGCONT)
    assert late.stop() == 0
    assert jobs.get(job, "fence") == (2,)
    newer.process.send_signal(signal.SIGCONT)
    jobs.await_done(job)


@pytest.mark.parametrize("name", ["jobs_done", "jobs_return", "jobs_renew", "jobs_wait", "job_fail"])
def test_an_old_fence_writes_nothing(jobs, name):
    """Negative control: without the comparison of fences it does."""
    def write(text):
        job = jobs.put("noop")
        jobs.db.execute("UPDATE jobs SET fence = 2, attempts = 2, lease_until = '2026-01-01' WHERE id = %s", [job])
        before = jobs.get(job, "*")
        values = {"jobs": f"{{{job}}}", "fences": "{1}", "untils": "{2026-02-01}", "now": "2026-01-02", "kinds": '[{"kind": "noop", "lease": 8}]',
                  "job": job, "fence": 1, "error": "none", "attempts": 9}
        for parameter, value in values.items():
            text = text.replace(f":'{parameter}'", f"'{value}'")
        jobs.db.execute(text)
        return jobs.get(job, "*") != before
    text = statement(name)
    unguarded = text.replace("jobs.fence = done.fence", "true").replace("jobs.fence = kept.fence", "true").replace(
        "fence = :'fence'::bigint", "true")
    assert unguarded != text
    assert not write(text) and write(unguarded)


def test_a_slow_batch_keeps_what_it_has_not_begun(a_worker, jobs, held):
    first, second = held.number(), held.number()
    slow, next_, last = jobs.deed(first), jobs.deed(second), jobs.deed()
    a_worker()
    jobs.await_claimed(last)
    lease, = jobs.get(last, "lease_until")
    jobs.clock.move(LEASE * 0.75)
    held.release(first)
    await_truth(lambda: jobs.get(last, "lease_until")[0] > lease)
    assert jobs.get(slow, "id") is None  # what was done is forgotten then, not at the end
    jobs.clock.move(LEASE * 1.5)
    other = a_worker()
    jobs.await_done(jobs.put("noop"))
    assert jobs.get(next_, "attempts, fence") == (1, 1) == jobs.get(last, "attempts, fence")
    held.release(second)
    jobs.await_done(next_, last)
    assert jobs.times() == [1, 1, 1] and other.said() == ""


def test_what_is_no_longer_ours_is_passed_over(a_worker, jobs, held):
    number = held.number()
    both = [jobs.deed(number), jobs.deed()]
    late = a_worker()
    jobs.await_claimed(both[1])
    jobs.clock.move(LEASE)
    a_worker()
    await_truth(lambda: jobs.get(both[1], "fence") == (2,))
    held.release(number)
    jobs.await_done(*both)
    assert late.stop() == 0 and jobs.times() == [2, 1]


def test_told_to_end_a_worker_finishes_the_job_at_hand_and_gives_the_others_back(a_worker, jobs, held):
    number = held.number()
    at_hand, other = jobs.deed(number), jobs.deed()
    started = a_worker()
    jobs.await_claimed(other)
    started.process.terminate()
    later = jobs.deed()
    held.release(number)
    assert started.process.wait(20) == 0 and started.said() == ""
    assert jobs.get(at_hand, "id") is None
    assert jobs.get(other, "attempts, lease_until, fence") == (0, None, 1)
    assert jobs.get(later, "attempts, fence") == (0, 0)
    a_worker()
    jobs.await_done(other, later)  # at once, though the lease would go on


def test_an_idle_worker_ends_at_once(a_worker, jobs):
    started = a_worker()
    jobs.await_done(jobs.put("noop"))
    assert started.stop() == 0 and started.said() == ""


# Clocks that step ----------------------------------------------------------------------------------


def test_a_clock_that_steps_back_keeps_no_dead_workers_jobs(a_worker, jobs, held):
    number = held.number()
    job = jobs.deed(number)
    jobs.clock.move(1)
    killed = a_worker()
    jobs.await_claimed(job)
    killed.kill()
    held.release(number)
    jobs.clock.move(0)
    a_worker()
    jobs.await_done(job)


def test_a_clock_that_steps_back_holds_up_nothing_that_was_to_be_done_at_once(a_worker, jobs):
    jobs.clock.move(1)
    new, later = jobs.put("noop"), jobs.put("noop", run_at=jobs.now() + timedelta(hours=3))
    failed = jobs.deed()
    jobs.db.execute("UPDATE jobs SET attempts = 2, run_at = run_at + interval '16 seconds' WHERE id = %s", [failed])
    jobs.clock.move(0)
    a_worker()
    jobs.await_done(new, failed)
    assert jobs.get(later, "attempts") == (0,)
    jobs.clock.move(4.01)
    jobs.await_done(later)


def test_without_looking_at_clocks_that_stepped_jobs_would_wait(jobs):
    """Negative control of the two before: what is claimed, and what is swept, is not due by the clock alone."""
    jobs.clock.move(1)
    leased, new = jobs.put("noop", run_at=jobs.now() - timedelta(hours=2)), jobs.put("noop")
    jobs.db.execute("UPDATE jobs SET lease_until = %s WHERE id = %s", [jobs.now(), leased])
    jobs.clock.move(0)
    now, kinds = jobs.now(), '[{"kind": "noop", "lease": 8, "batch": 5}]'
    claim = statement("job_claim", now=now, kinds=kinds)
    unguarded = claim.replace(f"OR j.lease_until > '{now}'::timestamptz + 2 * k.lease", "")
    assert unguarded != claim
    for text, claimed in ((unguarded, []), (claim, [leased])):
        jobs.db.execute(text)
        assert [row[0] for row in jobs.db.fetchall()] == claimed
    jobs.db.execute(statement("sweep_stepped", now=now))
    jobs.db.execute(claim)
    assert [row[0] for row in jobs.db.fetchall()] == [new]


def test_a_clock_that_steps_forward_costs_no_attempt_of_what_is_under_way(a_worker, jobs, held):
    number = held.number()
    job, next_ = jobs.deed(number), jobs.deed()
    started = a_worker()
    jobs.await_claimed(job)
    jobs.clock.move(1)
    held.release(number)
    jobs.await_done(job, next_)
    assert jobs.times() == [1, 1] and started.stop() == 0


# What fails ----------------------------------------------------------------------------------------


def test_what_fails_is_tried_later_and_later(a_worker, jobs, mailbox):
    mailbox.path.write_text("in the way")
    job = jobs.add()
    started = a_worker()
    waits, hours = [], 0
    for attempt in range(1, 6):
        await_truth(lambda: jobs.get(job, "attempts, lease_until")[:2] == (attempt, None))
        run_at, = jobs.get(job, "run_at")
        waits.append((run_at - jobs.now()).total_seconds())
        hours += waits[-1] / 3600 + 0.001
        jobs.clock.move(hours)
    assert all(0.9 * n ** 4 - 2 < wait < 1.1 * n ** 4 + 0.1 for n, wait in enumerate(waits, 1))
    assert "later again" in started.said() and "mail.example" not in started.said()


def test_what_fails_holds_up_nothing_of_its_batch(a_worker, jobs):
    before, failing, after = jobs.deed(), jobs.deed(fails=True), jobs.deed()
    started = a_worker()
    jobs.await_done(before, after)
    jobs.await_error(failing, "message_deliver: RU001")
    assert jobs.times() == [1, 0, 1]
    assert "geheim" not in started.said() + jobs.get(failing, "error")[0]


def test_what_fails_too_often_is_given_up(a_worker, jobs):
    job = jobs.deed(fails=True)
    jobs.db.execute("UPDATE jobs SET attempts = 14")
    started = a_worker()
    jobs.await_error(job, "RU001")
    assert jobs.get(job, "attempts, dead_at IS NOT NULL, lease_until") == (15, True, None)
    assert "given up" in started.said()
    jobs.clock.move(1000)
    jobs.await_done(jobs.put("noop"))
    assert jobs.get(job, "attempts") == (15,)


@pytest.mark.parametrize("template", ["poem", None])
def test_a_mail_that_nobody_can_write_is_given_up_at_once(a_worker, jobs, template):
    job = jobs.add(template)
    a_worker()
    jobs.await_error(job, "there is no such template")
    assert jobs.get(job, "attempts, dead_at IS NOT NULL") == (1, True)


def test_a_job_of_an_unknown_kind_is_left_to_newer_workers_for_an_hour(a_worker, jobs):
    young = jobs.put("pigeon")
    old = jobs.put("pigeon", run_at=jobs.now() - timedelta(hours=1.1))
    a_worker()
    jobs.await_error(old, "nobody here does jobs of the kind pigeon")
    jobs.await_done(jobs.put("noop"))
    assert jobs.get(old, "dead_at IS NOT NULL") == (True,)
    assert jobs.get(young, "attempts, fence, dead_at") == (0, 0, None)


# Dead letters --------------------------------------------------------------------------------------


@pytest.fixture
def dead(jobs):
    """Makes jobs that were given up; returns their ids."""
    def make(kind, count=1):
        made = [jobs.put(kind) for _ in range(count)]
        jobs.db.execute("UPDATE jobs SET dead_at = %s, attempts = 15, error = 'in the way' WHERE id = ANY (%s)",
                        [jobs.now(), made])
        return made
    return make


def listed(command, *words):
    done = command("jobs", "list", *words)
    assert done.returncode == 0 and done.stderr == ""
    return [int(line.split()[0]) for line in done.stdout.splitlines()]


def test_jobs_are_listed_with_what_went_wrong_and_not_whom_they_are_about(command, jobs, dead):
    person = jobs.person()
    jobs.add("message", person, facts={"text": "geheim"})
    waiting = jobs.put("noop")
    given_up, pigeon = dead("mail")[0], dead("pigeon")[0]
    later = jobs.put("noop", run_at=jobs.now() + timedelta(hours=3))
    said = command("jobs", "list").stdout
    assert person not in said and "geheim" not in said and address_of(person) not in said
    states = {int(line.split()[0]): line for line in said.splitlines()}
    assert "dead" in states[given_up] and "attempts 15" in states[given_up] and states[given_up].endswith("in the way")
    assert " due " in states[waiting] and " later " in states[later]
    assert listed(command, "--dead") == [given_up, pigeon]
    assert listed(command, "--kind", "noop") == [waiting, later]
    assert listed(command, "--dead", "--kind", "pigeon") == [pigeon]


def test_what_was_given_up_is_revived_by_id_by_kind_or_all_of_it(a_worker, command, jobs, dead):
    one, other = dead("noop", 2)
    pigeon, mail = dead("pigeon")[0], dead("mail")[0]
    alive = jobs.put("noop", run_at=jobs.now() + timedelta(hours=3))
    assert command("jobs", "revive", one, alive).stdout == "1 job(s) revived\n"
    assert jobs.get(one, "attempts, dead_at") == (0, None) and jobs.get(other, "attempts") == (15,)
    assert command("jobs", "revive", "--kind", "noop").stdout == "1 job(s) revived\n"
    assert listed(command, "--dead") == [pigeon, mail]
    assert command("jobs", "revive", "--all").stdout == "2 job(s) revived\n"
    assert listed(command, "--dead") == []
    a_worker()
    jobs.await_done(one, other)
    assert jobs.get(alive, "attempts") == (0,)


def test_jobs_are_dropped_by_id_or_the_dead_of_a_kind(command, jobs, dead):
    dead_mail, dead_noop = dead("mail")[0], dead("noop")[0]
    one, other = jobs.put("noop"), jobs.put("noop")
    assert command("jobs", "drop", one).stdout == "1 job(s) dropped\n"
    assert command("jobs", "drop", "--kind", "noop", "--dead").stdout == "1 job(s) dropped\n"
    assert listed(command) == [dead_mail, other] and dead_noop not in listed(command)


def test_a_job_that_is_dropped_while_it_is_done_is_gone(a_worker, command, jobs, held):
    number = held.number()
    job = jobs.deed(number)
    started = a_worker()
    jobs.await_claimed(job)
    assert command("jobs", "drop", job).stdout == "1 job(s) dropped\n"
    held.release(number)
    assert started.stop() == 0 and jobs.get(job, "id") is None


@pytest.mark.parametrize("words", [
    ["revive"], ["revive", "1", "--all"], ["revive", "--kind"], ["revive", "x"], ["revive", "--dead"], ["drop"],
    ["drop", "--kind", "noop"], ["drop", "--dead"], ["drop", "1", "--dead"], ["drop", "--all"], ["list", "1"],
    ["list", "--all"], ["revive", ""], ["revive", "1" * 19], ["probe", "1"]])
def test_a_command_that_says_too_little_or_too_much_does_nothing(command, jobs, dead, words):
    dead("noop", 2)
    jobs.db.execute("SELECT * FROM jobs ORDER BY id")
    before = jobs.db.fetchall()
    done = command("jobs", *words)
    assert done.returncode == 1 and done.stderr.startswith("runde: ")
    jobs.db.execute("SELECT * FROM jobs ORDER BY id")
    assert jobs.db.fetchall() == before


def test_a_probe_tells_whether_anybody_works(a_worker, command, jobs):
    started = a_worker()
    done = command("jobs", "probe")
    assert done.returncode == 0 and done.stdout.startswith("done within ")
    started.process.send_signal(signal.SIGSTOP)
    done = command("jobs", "probe")
    assert done.returncode == 1 and "no worker" in done.stderr
    assert listed(command) == []


# Workers -------------------------------------------------------------------------------------------


def test_a_lost_connection_is_opened_again(a_worker, jobs):
    started = a_worker()
    jobs.await_done(jobs.put("noop"))
    jobs.db.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND application_name = 'runde'")
    jobs.await_done(jobs.put("noop"))
    assert started.stop() == 0


def test_without_a_database_a_worker_waits_and_says_so_once(a_worker):
    started = a_worker(RUNDE_DATABASE="host=/nowhere dbname=nothing")
    await_truth(lambda: "nowhere" in started.said())
    assert started.stop() == 0 and started.said().count("runde-worker:") == 1


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_a_worker_that_root_starts_becomes_whom_it_is_told(a_worker, jobs):
    started = a_worker(RUNDE_USER="postgres")
    jobs.await_done(jobs.put("noop"))
    status = Path(f"/proc/{started.process.pid}/status").read_text()
    ids = {line.split()[0]: set(line.split()[1:]) for line in status.splitlines() if line.startswith(("Uid", "Gid", "Groups"))}
    assert "0" not in ids["Uid:"] | ids["Gid:"] | ids["Groups:"]
    assert a_worker(RUNDE_USER=f"nobody-{uuid.uuid4().hex[:6]}").process.wait(20) == 1
