"""test_referrals.py: what leaders are mailed when a referral is redeemed, and what time brings to those that are not."""

from urllib.parse import urlsplit

import pytest

from tests.letters import text_of
from tests.wire import await_truth

SUBJECT = "Jemand wurde an Sie vermittelt"
CONSENT = {"version": "2026-11-referral"}
DAY = 24


class Desk:
    """A group with a leader who reads mails, an insurer, and a worker. It is noon: mails are not held back for the night."""

    def __init__(self, house):
        self.house = house
        house.rows("INSERT INTO postcodes (country, postcode, town, point)"
                   " VALUES ('DE', '50667', 'Köln', point_of(50.94, 6.96)) ON CONFLICT DO NOTHING")
        self.group = house.given.group(name="Trauer um Haustiere")
        self.series = house.given.schedule(house.admin, self.group, registration={"required": True})
        house.work()
        self.leader = house.leader(self.group)
        self.insurer = house.given.insurer()

    def come(self, referral, **members):
        return self.house.given.registration(self.series, referral_code=referral["code"], referral_consent=CONSENT, **members)

    def mails(self):
        return [mail for mail in self.house.mailbox.mails(self.leader.address) if mail["Subject"] == SUBJECT]


@pytest.fixture
def desk(house):
    return Desk(house)


def test_leaders_are_mailed_a_link_that_names_nobody_and_does_what_they_say(desk):
    referral = desk.house.given.referral(desk.insurer)
    person = desk.come(referral)
    desk.house.await_jobs()
    mail, = desk.mails()
    text = text_of(mail)
    for secret in (person.made["pseudonym"], person.id, desk.group["name"], desk.insurer.organisation["name"], referral["code"],
                   referral["id"]):
        assert secret not in str(mail) and secret not in text
    link = next(word for word in text.split() if "/referred/" in word)
    form = f"referral_id={referral['id']}&step=complete"
    reply = desk.house.api.request("POST", urlsplit(link).path, form, Content_Type="application/x-www-form-urlencoded")
    assert reply.status == 303
    assert desk.insurer.get(f"/v1/referrals/{referral['id']}").json["state"] == "completed"


def test_who_comes_without_consent_causes_no_mail(desk):
    referral = desk.house.given.referral(desk.insurer)
    desk.house.given.registration(desk.series, referral_code=referral["code"])
    desk.house.await_jobs()
    assert desk.mails() == []


def test_a_worker_ends_what_nobody_redeems(desk):
    referral = desk.house.given.referral(desk.insurer)
    desk.house.clock.move(91 * DAY)
    desk.house.rows("UPDATE timetable SET due_at = '-infinity' WHERE kind = 'overdue'")
    await_truth(lambda: desk.house.value("SELECT state FROM referrals WHERE id = %s", referral["id"]) == "expired")
