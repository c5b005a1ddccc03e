"""test_found.py: what the load once found, each by itself."""

import pytest

from tests.places.checker import told
from tests.places.scene import Scene


@pytest.fixture
def scene(stage, journal):
    """A series with one place, in a group of its own."""
    return Scene(stage, journal)


def assert_well(stage, journal):
    found = stage.checker.look_at_all(journal.path)
    assert not found, told(found)


def test_who_does_not_count_need_not_wait_and_holds_no_place(stage, journal, scene):
    here, leading, late = (scene.register() for _ in range(3))
    assert scene.count(leading, False)["state"] == "confirmed"
    assert scene.held() == {here.id: 1} and scene.read(late)["state"] == "waiting"
    scene.cancel(here)
    assert scene.read(late)["state"] == "offered"
    assert_well(stage, journal)


def test_what_is_held_during_screening_comes_and_goes_with_counting(stage, journal):
    scene = Scene(stage, journal, joining="screening")
    one, other = scene.register(), scene.register()
    scene.screen(one, hold="P1D")
    assert scene.held() == {one.id: 1}
    scene.count(one, False)
    assert scene.held() == {}
    scene.count(one, True)
    assert scene.held() == {one.id: 1}

    scene.count(one, False)
    scene.screen(other, hold="P1D")
    assert scene.refusal_of(scene.ask_count(one, True)) == "full"
    assert scene.admit(one)["state"] == "confirmed" and scene.held() == {other.id: 1}
    assert_well(stage, journal)


def test_who_does_not_count_holds_nothing_during_screening(stage, journal):
    scene = Scene(stage, journal, joining="screening")
    leading, guest = scene.register(), scene.register()
    scene.count(leading, False)
    scene.screen(guest, hold="P1D")
    scene.screen(leading, hold="P1D")
    assert scene.held() == {guest.id: 1}
    assert_well(stage, journal)


def test_what_a_split_leaves_of_a_regular_place_is_passed_on_too(stage, journal, scene):
    regular, early, late = scene.register_regularly(), scene.register(0), scene.register(2)
    scene.split(1)
    scene.cancel(regular)
    assert [scene.read(one)["state"] for one in (early, late)] == ["offered", "offered"]
    assert_well(stage, journal)


def test_a_moved_regular_place_is_free_before_a_split_too(stage, journal, scene):
    regular, early = scene.register_regularly(), scene.register(0)
    scene.split(1)
    scene.move(regular, 2)
    assert scene.read(early)["state"] == "offered"
    assert_well(stage, journal)


def test_a_split_leaves_nobody_without_their_place(stage, journal, scene):
    scene.patch({"capacity": 3})
    scene.register_regularly(companions=1)
    refused = scene.try_split(1, capacity=1)
    assert refused.status == 422 and refused.pointers() == {"/capacity"}
    scene.split(1, capacity=2)
    assert_well(stage, journal)


@pytest.mark.parametrize("before, after", [(None, 4), (6, 4), (2, None), (2, 4)])
def test_after_a_split_seats_are_numbered_as_there_are_places(stage, journal, scene, before, after):
    scene.patch({"capacity": before})
    scene.register_regularly()
    scene.register(2)
    waiting = scene.register(2, companions=1)
    scene.split(1, capacity=after)
    assert scene.read(waiting)["state"] == ("offered" if before == 2 else "confirmed")
    assert_well(stage, journal)
