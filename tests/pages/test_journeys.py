"""test_journeys.py: from a mail that really came to the page behind its link, and on from there."""

import re
from urllib.parse import urlsplit

import pytest

from tests.letters import text_of
from tests.pages.browsing import FORM, Browser


def links_of(mail):
    """The paths of the links in a mail, in their order."""
    return [urlsplit(url).path for url in re.findall(r"https?://\S+", text_of(mail))]


@pytest.fixture
def home(house):
    """A group with a leader and a meeting, in an installation with a worker."""
    house.plan_ahead()
    client = house.given.client()
    house.group = house.given.group(client, contact={"via": "relay"})
    schedule = house.given.schedule(client, house.group, registration={"required": True})
    house.meeting = house.admin.get(f"/v1/groups/{house.group['id']}/meetings").json["items"][0]
    assert house.meeting["schedule_id"] == schedule["id"]
    house.browser = Browser(house.api)
    return house


@pytest.fixture
def registered(home):
    """Somebody who has followed the link in their first mail, and the page to which it led."""
    address = home.given.address()
    person = home.given.registration(home.meeting, contact={"email": address})
    person.address, person.mail = address, home.mailbox.await_mail(address)
    path = links_of(person.mail)[0]
    person.page = home.browser.get(path).send(path)
    return person


def test_the_first_mail_leads_to_a_place(home, registered):
    assert registered.page.path.startswith("/my/") and "Sie haben einen Platz" in registered.page.text
    told = home.mailbox.await_mails(2, registered.address)[1]
    assert registered.page.path in links_of(told)


def test_a_mail_program_ends_mails_by_what_stands_in_the_head_of_one(home, registered):
    told = home.mailbox.await_mails(2, registered.address)[1]
    assert told["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = urlsplit(told["List-Unsubscribe"].strip("<>")).path
    reply = home.api.request("POST", path, told["List-Unsubscribe-Post"], Content_Type=FORM)
    assert reply.status == 200
    assert home.value("SELECT mails FROM persons WHERE id = %s", registered.id) == "asked"


def test_a_new_link_is_mailed_too(home, registered):
    home.mailbox.await_mails(2, registered.address)
    renewed = registered.page.send("/links")
    mail = home.mailbox.await_mails(3, registered.address)[2]
    assert renewed.path != registered.page.path and renewed.path in links_of(mail)


def test_a_leader_follows_the_invitation_and_signs_in_again_by_mail(home):
    address, _ = home.invite(home.group)
    path = links_of(home.mailbox.await_mail(address))[0]
    leading = home.browser.get(path).send(path)
    assert leading.path == "/leading" and home.group["name"] in leading.text
    again, other = Browser(home.api), Browser(home.api)
    again.get(f"/groups/{home.group['id']}/sign-in").send("/sign-in", email=address)
    path = links_of(home.mailbox.await_mails(2, address)[1])[0]
    assert other.get(path).send(path).status == 401
    assert again.get(path).send(path).path == "/leading"


def test_no_link_stands_in_a_log(home, registered):
    home.browser.get("/my/" + "x" * 70)
    home.browser.post(f"{registered.page.path}/accept")
    written = home.server.log.read_text() + "".join(worker.log.read_text() for worker in home.workers)
    secrets = [path.rsplit("/", 1)[1] for path in [registered.page.path, *links_of(registered.mail)]]
    assert all(len(secret) >= 43 and secret not in written for secret in secrets)
