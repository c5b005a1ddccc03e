"""Real calendar clients: what they show of a feed, after it was moved, cancelled, added to and withdrawn."""

from datetime import date, timedelta

import pytest

from tests.e2e.clients.evolution import Evolution
from tests.e2e.clients.feeds import GroupFeed, PersonFeed
from tests.e2e.clients.table import follow, markdown
from tests.e2e.clients.thunderbird import Thunderbird
from tests.e2e.clients.toy import ToyFeed
from tests.e2e.clients.vdirsyncer import Vdirsyncer

CLIENTS = (Vdirsyncer, Thunderbird, Evolution)


@pytest.fixture
def since(request):
    """From when on clients look; the toy begins then too."""
    return getattr(request, "param", date.today() + timedelta(days=1))


@pytest.fixture
def toy(since):
    feed = ToyFeed(since)
    yield feed
    feed.close()


@pytest.fixture
def clients(tmp_path, since):
    made = [kind(tmp_path / kind.__name__, since) for kind in CLIENTS]
    yield made
    for client in made:
        client.close()


@pytest.fixture(params=CLIENTS, ids=lambda kind: kind.__name__)
def client(request, tmp_path, since):
    made = request.param(tmp_path / "client", since)
    yield made
    made.close()


def test_a_client_shows_nothing_that_it_has_not_fetched(client, toy):
    client.subscribe(toy.url)
    before = client.shows()
    toy.move()

    assert client.shows() == before != toy.shown()


def test_a_client_asks_whether_there_is_anything_new(client, toy):
    client.subscribe(toy.url)
    client.sync()

    assert toy.answers[-1] in (200, 304)
    assert client.shows() == toy.shown()


@pytest.mark.parametrize("since", [date(2027, month, 3) for month in (3, 10)], ids=("spring", "autumn"), indirect=True)
def test_all_clients_follow_the_toy_while_clocks_change(clients, toy, report):
    looks = follow(toy, clients)
    report(markdown("a toy's feed", looks))

    assert {look.client: look.seen for look in looks if look.step != "revoked" and look.seen != look.wanted} == {}
    assert toy.answers.count(404) >= len(clients)


def plain(look):
    """Without titles, which are Runde's own business."""
    return sorted((start, title.endswith("[cancelled]")) for start, title in look.seen)


@pytest.mark.parametrize("kind", (GroupFeed, PersonFeed))
def test_all_clients_follow_a_feed_of_runde(clients, given, api, report, kind):
    if not any("calendar.ics" in path for _, path in api.contract.operations):
        pytest.skip("there are no feeds yet")
    looks = follow(kind(given), clients)
    report(markdown(kind.__doc__, looks))

    assert {(look.client, look.step): look.seen
            for look in looks if look.step != "revoked" and plain(look) != look.wanted} == {}
