"""test_entry.py: the page on which a leader says whether what is published of the group is still right."""

from types import SimpleNamespace

import pytest

from tests.pages.browsing import ENTRY, PERSON, Browser, link

QUESTION, THANKS, GONE = "Bitte sehen Sie sich an", "Der Eintrag ist bestätigt", "Die Gruppe ist als beendet eingetragen"


class Entry:
    """The entry of the scene's group, last confirmed so many months ago, and its leader's link."""

    def __init__(self, scene, db, browser):
        self.scene, self.db, self.browser = scene, db, browser
        self.path = f"/v1/groups/{scene.group['id']}"
        self.link = link(scene.leader, ENTRY)
        self.age(7)

    def age(self, months):
        self.db.execute("UPDATE groups SET verified_at = now() - %s * interval '1 month' WHERE id = %s",
                        [months, self.scene.group["id"]])

    def page(self, query=""):
        return self.browser.get(self.link + query)

    def read(self):
        return self.scene.client.get(self.path).json

    def answer(self, page, word):
        """Presses the button with an answer."""
        form, = [form for form in page.read.forms if ("answer", word) in form["fields"]]
        return self.browser.post(form["action"], form["fields"])


@pytest.fixture
def entry(scene, db, browser):
    return Entry(scene, db, browser)


def answers(page):
    return {value for form in page.read.forms for name, value in form["fields"] if name == "answer"}


def test_shows_what_is_published_and_who_keeps_it_in_both_languages(entry, admin):
    organisation = entry.scene.client.organisation
    admin.patch(f"/v1/organisations/{organisation['id']}", {"contact": {"email": "buero@mail.example"}})
    entry.scene.client.patch(entry.path, {"summary": "Wir reden <b>offen</b>.", "description": "Kommt\nvorbei!",
                                          "place": {"country": "DE", "postcode": "50667", "town": "Köln"},
                                          "website": "https://gruppe.example.org/"})
    entry.scene.series()
    entry.age(7)
    page, english = entry.page(), entry.page("?lang=en")
    for told in (entry.scene.group["name"], "Wir reden <b>offen</b>.", "Kommt vorbei!", "50667 Köln",
                 "https://gruppe.example.org/", organisation["name"], "buero@mail.example", "(Europe/Berlin)"):
        assert told in page.text and told in english.text
    assert QUESTION in page.text and "jeden Mittwoch" in page.text and "<b>" not in page.html
    assert "Please have a look" in english.text and "every Wednesday" in english.text
    assert answers(page) == {"right", "gone"}


def test_looking_changes_nothing(entry):
    before = entry.read()
    assert [entry.page().status for _ in range(3)] == [200] * 3 and entry.read() == before


def test_an_entry_that_is_right_is_confirmed(entry):
    entry.age(10)
    assert entry.read()["stale"] is True
    after = entry.answer(entry.page(), "right")
    assert after.status == 200 and THANKS in after.text and answers(after) == {"gone"}
    assert entry.read()["stale"] is False and entry.read()["status"] == "active"


def test_a_group_that_is_gone_is_closed_and_can_be_opened_by_its_organisation_only(entry):
    after = entry.answer(entry.page(), "gone")
    assert after.status == 200 and GONE in after.text and answers(after) == set()
    assert entry.read()["status"] == "closed"
    assert entry.scene.client.patch(entry.path, {"status": "active"}).status == 200
    assert THANKS in entry.page().text


def test_an_answer_that_comes_twice_or_late_does_no_harm(entry):
    page = entry.page()
    assert THANKS in entry.answer(page, "right").text
    assert THANKS in entry.answer(page, "right").text
    assert GONE in entry.answer(page, "gone").text
    assert GONE in entry.answer(page, "right").text


@pytest.mark.parametrize("pairs", [[], [("answer", "perhaps")], [("answer", "right"), ("status", "active")]])
def test_what_is_no_answer_changes_nothing(entry, pairs):
    before = entry.read()
    assert entry.browser.post(entry.link, pairs).status == 422
    assert entry.read() == before


def test_what_other_pages_send_changes_nothing(entry):
    before = entry.read()
    fields = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert entry.browser.post(entry.link, [("answer", "gone")], **fields).status == 403
    assert entry.read() == before


def test_who_does_not_lead_any_more_or_has_a_link_for_something_else_sees_nothing(entry, given, scene):
    other, registered = given.leader(scene.group, scene.leader), scene.somebody(scene.series())
    invited = scene.leader.post(f"/v1/groups/{scene.group['id']}/leaders", {"email": given.address(), "name": "Eiche"}).json
    wrong = [link(registered, ENTRY), link(SimpleNamespace(**invited), ENTRY), link(scene.leader, ENTRY, 2),
             link(scene.leader, PERSON).replace("/my/", "/entry/")]
    assert [Browser(entry.browser.api).get(path).status for path in wrong] == [404] * 4
    assert scene.leader.delete(f"/v1/leaders/{scene.leader.id}").status == 204
    assert entry.page().status == 404
    scene.client.delete(entry.path)
    gone = entry.browser.get(link(other, ENTRY))
    assert gone.status == 404 and gone.read.forms == []
    assert entry.browser.post(link(other, ENTRY), [("answer", "right")]).status == 404
