"""test_places.py: places under load: never too many, in order, and nothing lost; and three guards of which each is enough."""

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
