"""test_feeds.py: calendar feeds made again by workers, soon after something has changed."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg2

from tests.wire import await_truth

ALL_DAYS = 24


def subscribed(house, **members):
    """A group with a series of which somebody has read the calendar, and its path."""
    group = house.given.group(**members)
    series = house.given.schedule(house.admin, group)
    path = f"/v1/groups/{group['id']}/calendar.ics"
    assert house.api.get(path).status == 200
    return group, series, path


def kept(house, group):
    """When what is kept of the group's feed was changed last, and its tag; with the form in gzip."""
    return house.rows("SELECT b.modified_at, b.etag, b.packed IS NOT NULL FROM feeds f JOIN feed_bodies b ON b.feed_id = f.id "
                      "WHERE f.group_id = %s", group["id"])[0]


def test_a_feed_is_made_again_before_anybody_asks(house):
    group, series, path = subscribed(house)
    house.work()
    before = kept(house, group)
    date = house.api.get(f"/v1/groups/{group['id']}/meetings").json["items"][2]["date"]
    assert house.admin.request("PUT", f"/v1/schedules/{series['id']}/exceptions/{date}", {"cancelled": True},
                               If_Match="*").status == 200
    await_truth(lambda: kept(house, group)[1] != before[1])
    changed = kept(house, group)
    assert changed[0] > before[0] and changed[2]
    reply = house.api.get(path, Accept_Encoding="identity")
    assert reply.etag == changed[1] and b"STATUS:CANCELLED" in reply.body


def test_a_feed_that_no_worker_has_made_again_is_made_by_its_reader(house):
    group, series, path = subscribed(house)
    before = house.api.get(path)
    assert house.admin.patch(f"/v1/groups/{group['id']}", {"name": "Anders"}).status == 200
    after = house.api.get(path)
    assert after.etag != before.etag and "Anders" in after.body.decode()


STORE = """
    SELECT feed_store(id, 'ics', 'new', '2100-01-01', '"new"', 'new', NULL, '2100-01-01T00:00:00Z') FROM feeds
"""


def test_two_who_make_the_same_at_once_agree_when_it_changed(house):
    subscribed(house)
    with ThreadPoolExecutor(1) as thread, \
            closing(psycopg2.connect(house.installed.database)) as second, second.cursor() as after, \
            closing(psycopg2.connect(house.installed.database)) as first, first.cursor() as before:
        before.execute(STORE)
        storing = thread.submit(after.execute, STORE)
        await_truth(lambda: house.value("SELECT count(*) FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'",
                                        second.get_backend_pid()))
        first.commit()
        storing.result()
        assert after.fetchall() == before.fetchall()


def test_the_windows_of_feeds_move_without_a_reader(house):
    group, series, path = subscribed(house)
    before = kept(house, group)
    house.work()
    house.clock.move(20 * ALL_DAYS)
    house.clock.move(20 * ALL_DAYS)
    await_truth(lambda: kept(house, group)[1] != before[1])
    assert kept(house, group)[0] > before[0]


def test_what_nobody_reads_any_more_is_forgotten(house):
    topic = house.given._topic
    assert house.api.get(f"/v1/calendar.ics?topic={topic}").status == 200
    assert house.value("SELECT count(*) FROM feeds WHERE search IS NOT NULL") == 1
    house.work()
    house.clock.move(9 * ALL_DAYS)
    await_truth(lambda: house.value("SELECT count(*) FROM feeds WHERE search IS NOT NULL") == 0)


def test_what_a_search_finds_is_made_again_while_the_old_is_given_out(house):
    group = house.given.group(house.admin, organisation_id=house.given.organisation()["id"])
    path = f"/v1/calendar.ics?topic={house.given._topic}"
    before = house.api.get(path)
    house.given.schedule(house.admin, group)
    assert house.api.get(path).etag == before.etag
    house.work()
    house.clock.move(1 / 4)
    assert house.api.get(path).etag == before.etag
    await_truth(lambda: house.api.get(path).etag != before.etag)
