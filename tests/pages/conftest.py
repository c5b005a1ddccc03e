"""conftest.py: a group, who comes to it, and the browsers they use."""

from types import SimpleNamespace

import pytest

from tests.pages.browsing import Browser


@pytest.fixture
def browser(api):
    return Browser(api)


@pytest.fixture
def scene(given):
    """A group that takes messages, with a leader, and a series with registration."""
    client = given.client(scopes="groups:read,groups:write,meetings:write,registrations:write")
    group = given.group(client, contact={"via": "relay"})
    leader = given.leader(group)

    def series(**members):
        made = given.schedule(client, group, **{"capacity": 1, "registration": {"required": True}, **members})
        return client.get(f"/v1/groups/{group['id']}/meetings").json["items"][0] if made else made

    def somebody(target, **members):
        """Registered with a confirmed address, as a mail would find them."""
        person = given.registration(target, **{"contact": {"email": given.address()}, **members})
        assert person.act("confirm", given.api, {"token": given.token("confirmation", person.id)}).status == 200
        return person
    return SimpleNamespace(client=client, group=group, leader=leader, series=series, somebody=somebody)
