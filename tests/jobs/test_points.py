"""test_points.py: workers killed at each point of the way of a mail: nothing is missing, and what comes twice is stated."""

import pytest

from tests.jobs.points import POINTS, TOGETHER, trial

KILLS = 2


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_no_mail_is_missing_and_none_comes_twice_but_between_250_and_the_commit(folder, installed, point):
    missing, twice, unasked = trial(folder, installed.database, installed.key, point, KILLS)
    assert (missing, unasked) == (0, 0)
    assert 0 < twice <= KILLS * TOGETHER if point.is_open else twice == 0
