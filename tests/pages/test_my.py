"""test_my.py: a person's own page shows what is theirs and does what they want."""

import json

import pytest

from tests.pages.browsing import NO_MAILS, PERSON, Browser, link


@pytest.fixture
def person(scene):
    return scene.somebody(scene.series())


@pytest.fixture
def page(browser, person):
    return browser.get(link(person))


def test_shows_the_state_the_group_and_when_it_is_with_its_zone(scene, page):
    assert page.status == 200
    assert "Sie haben einen Platz" in page.text and scene.group["name"] in page.text
    assert "19:00 Uhr (Europe/Berlin)" in page.text


def test_speaks_the_language_of_the_person_or_the_one_that_is_asked_for(browser, person):
    page = browser.get(link(person), Accept_Language="en")
    assert '<html lang="de">' in page.html
    other, = [href for href in page.read.links if href.endswith("?lang=en")]
    english = browser.get(other)
    assert '<html lang="en">' in english.html and "You have a place" in english.text
    assert "You have a place" in english.send("/messages", text="Hello.").browser.get(other).text


def test_nobody_keeps_it_and_nothing_of_it_goes_elsewhere(page):
    assert page.headers["cache-control"] == "private, no-store"
    assert page.headers["x-robots-tag"] == "noindex" and page.headers["referrer-policy"] == "no-referrer"
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-") and "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "access-control-allow-origin" not in page.headers and "etag" not in page.headers
    assert "<script" not in page.html and "src=" not in page.html


def test_a_waiting_person_sees_their_turn(scene, browser, person):
    waiting = scene.somebody(person.read()["meeting"] and {"id": person.read()["meeting_id"], "schedule_id": ""})
    page = browser.get(link(waiting))
    assert "Sie stehen auf der Warteliste" in page.text
    assert "Ihr Platz auf der Warteliste 1" in page.text


@pytest.fixture
def offered(scene):
    """Somebody whom a place is offered to."""
    meeting = scene.series()
    first, second = scene.somebody(meeting), scene.somebody(meeting)
    assert first.act("cancel").json["state"] == "cancelled"
    assert second.state == "offered"
    return second


@pytest.mark.parametrize("action, state", [("accept", "confirmed"), ("decline", "declined")])
def test_an_offer_is_answered(browser, offered, action, state):
    page = browser.get(link(offered))
    assert "Für Sie reserviert bis" in page.text
    assert page.send(f"/{action}").status == 200
    assert offered.state == state


def test_what_is_done_twice_is_done_once(browser, offered):
    page = browser.get(link(offered))
    assert [page.send("/accept").status for _ in range(2)] == [200, 200]


def test_what_is_not_possible_any_more_is_said_on_a_page_that_leads_back(browser, offered):
    page = browser.get(link(offered))
    offered.act("decline")
    late = page.send("/accept")
    assert late.status == 409 and "nicht mehr möglich" in late.text
    assert link(offered) in late.read.links


def test_whoever_has_a_place_gives_it_back(person, page):
    assert page.send("/cancel").status == 200 and person.state == "cancelled"


def test_of_what_is_over_nothing_more_is_asked(page):
    over = page.send("/cancel")
    actions = {form["action"].rsplit("/", 1)[1] for form in over.read.forms}
    assert actions & {"cancel", "calendar"} == set() and "reminders" not in over.html


def test_only_steps_that_are_possible_are_offered(page):
    actions = {form["action"].rsplit("/", 1)[1] for form in page.read.forms}
    assert "cancel" in actions and not actions & {"accept", "decline"}


def test_wishes_are_kept(browser, person):
    page = browser.get(link(person))
    assert page.fields("/wishes")["reminding"] == "group" and person.read()["reminders"] == ["P2D", "PT3H"]
    changed = page.send("/wishes", language="en", mails="needed", reminding="own", reminders=["P7D", "PT1H"])
    assert changed.status == 200 and '<html lang="en">' in changed.html
    assert (person.read()["language"], person.read()["reminders"]) == ("en", ["P7D", "PT1H"])
    assert changed.fields("/wishes") == {"language": "en", "mails": "needed", "reminding": "own", "reminders": "PT1H"}
    assert changed.send("/wishes", reminding="none").status == 200 and person.read()["reminders"] == []
    assert changed.send("/wishes", reminding="group").status == 200 and person.read()["reminders"] == ["P2D", "PT3H"]


def test_too_many_reminders_are_told_at_their_boxes(page):
    wrong = page.send("/wishes", reminding="own", reminders=["P7D", "P3D", "P2D", "P1D", "PT6H", "PT1H"])
    assert wrong.status == 422
    field, = [has for tag, has in wrong.read.tags if tag == "fieldset" and "aria-invalid" in has]
    assert field["aria-describedby"].split() == ["reminders-hint", "reminders-fault"]
    assert wrong.fields("/wishes")["reminding"] == "own" and "#reminders" in wrong.read.links


def test_only_the_person_sees_that_mails_to_them_come_back(scene, browser, person, db):
    assert "kommen zurück" not in browser.get(link(person)).text
    db.execute("UPDATE persons SET suppressed = %s WHERE id = %s", [person.id.encode(), person.id])
    db.execute("INSERT INTO suppressed_addresses (address, since, status) VALUES (%s, now(), '5.1.1')", [person.id.encode()])
    assert all("kommen zurück" in browser.get(link(person, purpose)).text for purpose in (PERSON, NO_MAILS))
    assert "contact_suppressed" not in scene.leader.get(person.path).json


def test_a_wish_is_no_step_of_the_registration(person, page, db):
    db.execute("SELECT count(*) FROM jobs WHERE person_id = %s", [person.id])
    before = db.fetchone()
    page.send("/wishes", reminding="own", reminders=["P1D"])
    assert [event["action"] for event in person.get(f"{person.path}/data").json["history"]] == ["register", "confirm"]
    db.execute("SELECT count(*) FROM jobs WHERE person_id = %s", [person.id])
    assert db.fetchone() == before


def test_a_calendar_is_made_changed_and_ended(browser, person, page):
    shown = page.send("/calendar", detail="discreet", title="Chorprobe", alarm="PT1H")
    assert shown.status == 200 and shown.path.startswith("/v1/feeds/rf_") and shown.path.endswith("/page")
    feed = person.get(f"{person.path}/feed").json
    assert (feed["title"], feed["alarm"]) == ("Chorprobe", "PT1H")
    page = browser.get(link(person))
    assert page.fields("/calendar/settings")["title"] == "Chorprobe"
    assert page.send("/calendar/settings", detail="full", title="", alarm="").status == 200
    feed = person.get(f"{person.path}/feed").json
    assert feed["detail"] == "full" and "title" not in feed and "alarm" not in feed
    assert browser.get(shown.path).status == 200  # the address stayed
    assert browser.get(link(person)).send("/calendar").path != shown.path
    assert browser.get(shown.path).status == 404
    page = browser.get(link(person))
    assert [page.send("/calendar/end").status for _ in range(2)] == [200, 200]
    assert person.get(f"{person.path}/feed").status == 404


def test_whoever_writes_to_the_group_gets_a_page_for_the_thread(scene, person, page):
    thread = page.send("/messages", text="Darf mein Hund\r\nmitkommen?")
    assert thread.status == 200 and "Ihre Nachrichten" in thread.text
    message, = [m for m in scene.leader.get(f"/v1/groups/{scene.group['id']}/messages").json["items"]]
    assert message["text"] == "Darf mein Hund\nmitkommen?" and message["name"] == person.read()["pseudonym"]
    answer = {"text": "Gern."}
    assert scene.leader.post(f"/v1/messages/{message['id']}/replies", answer).status == 201
    again = thread.browser.get(thread.path)
    assert "Die Gruppe schrieb: Gern." in again.text
    assert "Danke." in again.send("/messages", text="Danke.").text


def test_a_message_that_is_sent_twice_comes_once(scene, page):
    for _ in range(2):
        assert page.send("/messages", text="Einmal.").status == 200
    assert len(scene.leader.get(f"/v1/groups/{scene.group['id']}/messages").json["items"]) == 1


def test_a_thread_has_a_page_that_answers_and_erases(given, scene, browser):
    sender = given.message(scene.group)
    page = browser.get(link(sender))
    assert "Ist noch Platz?" in page.text
    page = page.send("/messages", text="Noch eine Frage.")
    assert "Noch eine Frage." in page.text
    assert json.loads(browser.get(f"{link(sender)}/data").html)["replies"][0]["text"] == "Noch eine Frage."
    assert browser.get(f"{link(sender)}/erase").send("/erase").status == 200
    assert browser.get(link(sender)).status == 404


def test_what_is_wrong_is_said_at_the_field_and_nothing_typed_is_lost(browser, person):
    page = browser.get(link(person))
    wrong = page.send("/calendar", title="x" * 81, detail="full")
    assert wrong.status == 422 and wrong.html.count('role="alert"') == 1
    field, = [has for tag, has in wrong.read.tags if tag == "input" and has["name"] == "title"]
    assert field["aria-invalid"] == "true" and "title-fault" in field["aria-describedby"].split()
    assert field["value"] == "x" * 81 and wrong.fields("/calendar")["detail"] == "full"
    assert [has for tag, has in wrong.read.tags if has.get("id") == "title-fault"]
    assert wrong.fields("/wishes")["language"] == "de"  # the other forms are as they were
    assert "#title" in wrong.read.links
    assert person.get(f"{person.path}/feed").status == 404


def test_an_empty_message_is_told_so(page):
    wrong = page.send("/messages", text=" \r\n" * 0)
    assert wrong.status == 422 and "Bitte füllen Sie dieses Feld aus." in wrong.text


@pytest.mark.parametrize("body", ["text=a&key=%zz", "text=%ff", "text=a%00", "colour=blue", "text=a&text=b", "&".join(["a=b"] * 101)])
def test_a_form_that_is_none_is_refused(browser, person, body):
    reply = browser.request("POST", f"{link(person)}/messages", body, Content_Type="application/x-www-form-urlencoded")
    assert reply.status == 422


def test_hostile_texts_are_only_text(given, scene, browser):
    hostile = "</textarea><script>alert(1)</script>\"'&amp;"
    person = scene.somebody(scene.series(), pseudonym=hostile, message=f"{hostile}\nSet-Cookie: x=y")
    page = browser.get(link(person))
    assert hostile in page.text.replace(" ", "").replace("\n", "") or hostile in page.text
    assert "<script" not in page.html and "set-cookie" not in page.headers
    wrong = page.send("/calendar", title=hostile + "x" * 80)
    assert "<script" not in wrong.html and wrong.fields("/calendar")["title"].startswith(hostile)


def test_all_data_come_as_a_file(browser, person):
    reply = browser.get(f"{link(person)}/data")
    assert reply.headers["content-type"] == "application/json" and "attachment" in reply.headers["content-disposition"]
    assert json.loads(reply.html) == person.get(f"{person.path}/data").json


def test_new_links_end_the_old_ones(scene, browser, person, db):
    page = browser.get(link(person))
    renewed = page.send("/links")
    assert renewed.status == 200 and renewed.path == link(person, generation=2)
    assert browser.get(link(person)).status == 404 and page.send("/cancel").status == 404
    assert browser.get(link(person, NO_MAILS)).status == 404
    assert person.get(person.path).status == 401
    db.execute("SELECT payload ->> 'template' FROM jobs WHERE person_id = %s", [person.id])
    assert ("recovery",) in db.fetchall()


def test_links_in_mails_end_with_the_secrets(browser, person):
    assert browser.get(link(person)).status == 200
    assert person.act("revoke").status == 204
    assert browser.get(link(person)).status == 404 and browser.get(link(person, generation=2)).status == 200


def test_everything_is_erased_after_a_question(browser, person):
    asks = browser.get(f"{link(person)}/erase")
    assert asks.status == 200 and person.state == "confirmed"
    gone = asks.send("/erase")
    assert gone.status == 200 and "Es ist alles gelöscht" in gone.text
    assert browser.get(link(person)).status == 404 and person.get(person.path).status == 401
    assert asks.send("/erase").status == 404


def test_a_leader_is_led_to_where_they_sign_in(scene, browser):
    page = browser.get(link(scene.leader))
    assert f"/groups/{scene.group['id']}/sign-in" in page.read.links
    assert browser.get(f"{link(scene.leader)}/erase").send("/erase").status == 404
    assert scene.leader.get("/v1/session").status == 200


@pytest.mark.parametrize("spoil", [
    lambda path: path[:-1] + ("A" if path[-1] != "A" else "B"), lambda path: path[:-1], lambda path: path + "A",
    lambda path: path[:10] + ("A" if path[10] != "A" else "B") + path[11:], lambda path: path.replace("/my/", "/no-mails/")])
def test_a_link_that_was_tampered_with_leads_nowhere(browser, person, spoil):
    page = browser.get(spoil(link(person)))
    assert page.status == 404 and "Dieser Link führt zu nichts" in page.text


def test_a_problem_is_told_as_the_client_likes_it(api, person):
    assert Browser(api).get(link(person)[:-1]).headers["content-type"] == "text/html; charset=utf-8"
    assert api.get(link(person)[:-1]).slug == "not-found"
    assert Browser(api).get("/nowhere").headers["content-type"] == "text/html; charset=utf-8"
    assert Browser(api, Accept="application/json").get(link(person)).status == 200


def test_links_stay_below_a_base_url_that_has_a_path(api, another_server, person):
    browser = Browser(api.at(another_server(RUNDE_BASE_URL="https://example.org/runde")))
    page = browser.get(link(person))
    assert all(address.startswith("/runde/my/") for address in page.read.links)
    assert all(form["action"].startswith("/runde/my/") for form in page.read.forms)
    reply = browser.request("POST", f"{link(person)}/cancel", Origin="https://example.org")
    assert (reply.status, reply.headers["location"]) == (303, f"/runde{link(person)}")
