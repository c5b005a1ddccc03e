"""test_referred.py: the pages of referrals: what a code is for, what leaders say of it, and how a person ends it."""

from types import SimpleNamespace

import pytest

from tests.pages.browsing import PERSON, REFERRALS, Browser, link


class Referred:
    """Somebody who came to the scene's group by a referral, and the links of their own and of the leader."""

    def __init__(self, scene, given, browser):
        self.scene, self.browser = scene, browser
        self.insurer = given.insurer()
        self.referral = given.referral(self.insurer)
        self.person = scene.somebody(scene.series(capacity=5), referral_code=self.referral["code"],
                                     referral_consent={"version": "2026-11-referral"})
        self.link = link(scene.leader, REFERRALS)

    def page(self, query=""):
        return self.browser.get(self.link + query)

    def choose(self, page, step):
        form, = [form for form in page.read.forms if ("referral_id", self.referral["id"]) in form["fields"]]
        fields = [(name, step if name == "step" else value) for name, value in form["fields"]]
        return self.browser.post(form["action"], fields)

    def told(self):
        shown = self.insurer.get(f"/v1/referrals/{self.referral['id']}").json
        return shown["state"], shown.get("reason")


@pytest.fixture
def referred(scene, given, browser):
    return Referred(scene, given, browser)


def test_a_leader_says_what_came_of_it_and_the_organisation_sees_that(referred):
    page = referred.page()
    assert page.status == 200 and "Stand Aufgenommen" in page.text
    after = referred.choose(page, "hold.no_capacity")
    assert after.status == 200 and "Stand Es ruht" in after.text
    assert referred.told() == ("on_hold", "no_capacity")
    after = referred.choose(after, "complete")
    assert "Stand Abgeschlossen" in after.text and after.read.forms == []
    assert referred.told() == ("completed", None)


def test_only_what_is_possible_can_be_chosen(referred):
    offered = {has["value"] for tag, has in referred.page().read.tags if tag == "option"}
    assert {step.split(".")[0] for step in offered} == {"start", "hold", "complete", "fail"}


def test_the_page_names_neither_the_person_nor_the_organisation(referred):
    referred.insurer.get(f"/v1/referrals/{referred.referral['id']}")
    for query in ("?lang=de", "?lang=en"):
        html = referred.page(query).html
        for secret in (referred.person.made["pseudonym"], referred.person.id, referred.insurer.organisation["id"],
                       referred.insurer.organisation["name"], referred.referral["code"]):
            assert secret not in html


def test_what_somebody_else_has_said_meanwhile_is_shown(referred):
    page = referred.page()
    assert referred.choose(page, "complete").status == 200
    late = referred.choose(page, "hold.no_capacity")
    assert late.status == 200 and "Stand Abgeschlossen" in late.text and referred.told() == ("completed", None)


@pytest.mark.parametrize("step", ["accept.no_capacity", "hold", "expire", "complete.unreachable"])
def test_what_is_no_answer_changes_nothing(referred, step):
    before = referred.told()
    assert referred.choose(referred.page(), step).status == 422 and referred.told() == before


def test_who_does_not_lead_the_group_sees_and_changes_nothing(referred, given, api):
    other = Browser(api)
    stranger = link(given.leader(), REFERRALS)
    assert other.get(stranger).read.forms == []
    body = [("referral_id", referred.referral["id"]), ("step", "complete")]
    assert other.post(stranger, body).status == 404
    wrong = [link(referred.person, REFERRALS), link(referred.scene.leader, REFERRALS, 2),
             link(referred.scene.leader, PERSON).replace("/my/", "/referred/")]
    assert [other.get(path).status for path in wrong] == [404] * 3
    given.leader(referred.scene.group, referred.scene.leader)
    assert referred.scene.leader.delete(f"/v1/leaders/{referred.scene.leader.id}").status == 204
    assert referred.page().status == 404 and other.post(referred.link, body).status == 404
    assert referred.told() == ("accepted", None)


def test_a_person_sees_what_is_told_and_ends_it(referred):
    page = referred.browser.get(link(referred.person))
    assert "Ihre Vermittlung" in page.text and "Stand Aufgenommen" in page.text
    end, = [form for form in page.read.forms if form["action"].endswith("/referral/end")]
    after = referred.browser.post(end["action"], [])
    assert after.status == 200 and "Ihre Vermittlung" not in after.text
    assert referred.told() == ("requested", None) and referred.person.state == "confirmed"
    assert referred.browser.post(end["action"], []).status == 200  # twice is as good as once
    assert referred.page().read.forms == []


def test_a_code_has_a_page_whether_or_not_anybody_has_it(referred, browser):
    path = "/referral/" + referred.referral["code"]
    page, english = browser.get(path), browser.get(path + "?lang=en")
    assert referred.referral["code"] in page.text and "Nur wenn Sie dabei zustimmen" in page.text
    assert "Only if you agree" in english.text
    assert browser.get("/referral/0000-0000-0000").status == 200
    assert browser.get("/referral/0000-0000-0001").status == 404


def test_a_link_of_somebody_who_is_nobody_leads_nowhere(browser):
    nobody = SimpleNamespace(id="01935c33-2c30-7f53-8285-ffffffffffff")
    assert browser.get(link(nobody, REFERRALS)).status == 404
