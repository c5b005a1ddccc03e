"""test_places.py: places under load: never too many, in order, and nothing lost; and three guards of which each is enough."""

from contextlib import closing

import psycopg2
import pytest

from tests.places.guards import TAKEN_AWAY, leave_only, overbooking
from tests.places.load import Rush

OPERATIONS = 3000


def test_of_ten_times_more_people_than_places_exactly_so_many_have_one(trial):
    rushed = trial(series={"capacity": 8})
    states = Rush(rushed.load, rushed.load.series[0]).run()
    assert states == {"confirmed": 8, "waiting": 72}
    rushed.must_be_well()


def test_nothing_is_overbooked_lost_or_out_of_order_under_load(trial):
    loaded = trial()
    loaded.load.run(OPERATIONS)
    loaded.must_be_well()
    steps = {what for what, answer in loaded.load.answers if answer in (200, 201)}
    assert steps == {"register", "cancel", "accept", "decline", "admit", "reject", "move", "count", "screening", "read",
                     "capacity", "meeting"}


@pytest.mark.parametrize("guard", TAKEN_AWAY)
def test_each_guard_alone_is_enough(trial, guard):
    rushed = trial(prepare=lambda database: leave_only(database, guard), series={"capacity": 6}, rough=True)
    states = Rush(rushed.load, rushed.load.series[0]).run(rounds=3)
    assert states["confirmed"] == 6 and sum(states.values()) == 60
    assert overbooking(rushed.end()) == {} and rushed.load.complaints == []


def test_without_any_guard_the_checker_finds_overbooking(trial):
    rushed = trial(prepare=leave_only, series={"capacity": 6}, rough=True)
    Rush(rushed.load, rushed.load.series[0]).run(rounds=12)  # in a single one, two need not meet
    assert overbooking(rushed.end())


# What asks who holds places, and would scan the index of the constraint once for each date or seat.
ASKING = """
    SET LOCAL enable_seqscan = off;
    SELECT places_held(gen_random_uuid(), '[2027-01-01,)');
    SELECT seats_free(jsonb_populate_record(NULL::schedules, '{"capacity": 8}'), '[2027-01-01,2027-01-02)', 3);
"""
TELLING = """
    LOAD 'auto_explain';
    SET auto_explain.log_min_duration = 0;
    SET auto_explain.log_nested_statements = on;
    SET auto_explain.log_level = notice;
"""
FORGETTING = "ALTER FUNCTION places_held RESET ALL; ALTER FUNCTION seats_free RESET ALL;"


@pytest.mark.parametrize("spoiling", [False, True])
def test_the_index_of_the_constraint_is_not_spoiled_by_those_who_ask(installed, spoiling):
    """See 0024_place_index.sql."""
    with closing(psycopg2.connect(installed.database)) as connection, connection.cursor() as cursor:
        cursor.execute(TELLING + FORGETTING * spoiling + ASKING)
        plans = "".join(connection.notices)
    assert ("Index Scan using place_held_once" in plans) == spoiling
    assert ("Bitmap Index Scan on place_held_once" in plans) != spoiling
