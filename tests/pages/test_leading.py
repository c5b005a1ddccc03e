"""test_leading.py: how leaders sign in with a browser, and what they do there."""

import re
from http.cookies import SimpleCookie

import pytest

from tests.pages.browsing import FORM, Browser
from tests.sealing import token_hash

ORIGIN = {"Origin": "https://evil.example"}
SITE = {"Sec-Fetch-Site": "cross-site"}


@pytest.fixture
def asked(scene, browser, db, given):
    """The browser that asked, and the code that the worker would mail to it."""
    def ask(browser=browser, leader=scene.leader):
        page = browser.get(f"/groups/{scene.group['id']}/sign-in")
        assert scene.group["name"] in page.text
        assert "Sehen Sie in Ihre E-Mails" in page.send("/sign-in", email=given.address()).text
        code = given.token("sign_in", leader.id)
        db.execute("UPDATE capabilities SET browser = %s WHERE hash = %s",
                   [token_hash(browser.cookies["runde-browser"]), token_hash(code)])
        return code
    return ask


@pytest.fixture
def signed_in(browser, asked):
    code = asked()
    page = browser.get(f"/sign-in/{code}").send(code)
    assert page.status == 200 and page.path == "/leading"
    return page


def test_a_leader_signs_in_with_the_browser_that_asked(scene, signed_in):
    assert scene.group["name"] in signed_in.text and "Die nächsten Treffen" in signed_in.text
    assert signed_in.headers["cache-control"] == "private, no-store"


def test_looking_at_the_link_uses_nothing_up(browser, asked):
    code = asked()
    for _ in range(3):
        page = browser.get(f"/sign-in/{code}")
    assert page.send(code).status == 200


def test_another_browser_gets_nothing_by_the_same_mail(api, browser, asked):
    code, other = asked(), Browser(api)
    page = other.get(f"/sign-in/{code}").send(code)
    assert page.status == 401 and "Sie sind nicht angemeldet" in page.text
    assert other.cookies.get("runde-session") is None and other.get("/leading").status == 401
    assert browser.get(f"/sign-in/{code}").send(code).status == 200


def test_a_link_is_good_once(browser, asked):
    code = asked()
    page = browser.get(f"/sign-in/{code}")
    assert [page.send(code).status for _ in range(2)] == [200, 401]


def test_a_browser_that_asks_twice_can_use_either_mail(browser, asked):
    first, second = asked(), asked()
    assert browser.get(f"/sign-in/{first}").send(first).status == 200
    assert browser.get(f"/sign-in/{second}").send(second).status == 200


def test_what_a_browser_brings_as_its_secret_is_used_only_if_it_is_one(api, scene):
    browser = Browser(api)
    browser.cookies["runde-browser"] = "x; Path=/"
    browser.get(f"/groups/{scene.group['id']}/sign-in").send("/sign-in", email="a@example.org")
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", browser.cookies["runde-browser"])


def test_cookies_are_out_of_reach(browser, scene, asked, another_server, api):
    secure = Browser(api.at(another_server(RUNDE_BASE_URL="https://runde.example.org")))
    path = f"/groups/{scene.group['id']}/sign-in"
    for who, name, flags in ((browser, "runde-browser", ""), (secure, "__Host-runde-browser", "; Secure")):
        reply = who.request("POST", path, "email=a@example.org", **{"Content-Type": FORM})
        cookie = reply.headers["set-cookie"]
        assert SimpleCookie(cookie)[name].value
        assert cookie.endswith(f"; Path=/; Max-Age=600; HttpOnly; SameSite=Lax{flags}") and "Domain" not in cookie


def test_an_invitation_is_followed_on_the_same_page(given, scene, api):
    made = given.made(scene.leader.post(f"/v1/groups/{scene.group['id']}/leaders",
                                        {"email": given.address(), "name": "Birke", "language": "en"}))
    code, browser = given.token("invitation", made["id"]), Browser(api)
    page = browser.get(f"/sign-in/{code}")
    assert "You are invited to lead a group" in page.text
    assert page.send(code).path == "/leading"


def test_an_address_that_is_none_is_told_at_the_field(browser, scene):
    wrong = browser.get(f"/groups/{scene.group['id']}/sign-in").send("/sign-in", email="nobody")
    assert wrong.status == 422 and 'aria-invalid="true"' in wrong.html and wrong.fields("/sign-in")["email"] == "nobody"


def test_a_leader_sees_how_many_come_and_who_waits(scene, browser, asked):
    meeting = scene.series(capacity=2)
    scene.somebody(meeting, companions=1)
    waiting = [scene.somebody(meeting, message=f"Guten Tag <b>{n}</b>").read()["pseudonym"] for n in range(2)]
    code = asked()
    page = browser.get(f"/sign-in/{code}").send(code)
    assert "Angemeldet 2" in page.text and "Auf der Warteliste 2" in page.text and "<b>" not in page.html
    assert all(pseudonym in page.text for pseudonym in waiting)


def test_whoever_is_screened_is_decided_about(given, scene, browser, asked):
    assert scene.client.patch(f"/v1/groups/{scene.group['id']}", {"joining": "screening"}).status == 200
    meeting = scene.series(capacity=5)
    first, second = scene.somebody(meeting), scene.somebody(meeting)
    code = asked()
    page = browser.get(f"/sign-in/{code}").send(code)
    for _ in range(2):
        assert page.send(f"/{first.id}/admit").path == "/leading"
    assert first.state == "confirmed"
    wrong = page.send(f"/{second.id}/reject", reason="x" * 501)
    assert wrong.status == 422 and "Das ist zu lang" in wrong.text and second.state == "screening"
    assert wrong.fields(f"/{second.id}/reject")["reason"] == "x" * 501
    assert page.send(f"/{second.id}/reject", reason="Wir sind\r\nvoll.").path == "/leading"
    assert (second.state, second.read()["reason"]) == ("rejected", "Wir sind\nvoll.")
    assert [read["by"] for read in second.get(f"{second.path}/data").json["reads"]]


def test_another_group_is_out_of_reach(given, scene, browser, asked):
    other = given.registration(given.schedule(registration={"required": True}))
    code = asked()
    browser.get(f"/sign-in/{code}").send(code)
    reply = browser.post(f"/leading/registrations/{other.id}/admit")
    assert reply.status == 404
    assert browser.post(f"/leading/registrations/{other.id}/reject", [("reason", "Nein.")]).status == 404


def test_signing_out_ends_the_session(browser, signed_in):
    session = browser.cookies["runde-session"]
    assert "Sie sind abgemeldet" in signed_in.send("/leading/end").text
    browser.cookies["runde-session"] = session
    assert browser.get("/leading").status == 401


def test_a_secret_of_a_person_is_no_session(api, given, scene):
    browser = Browser(api)
    browser.cookies["runde-session"] = given.registration(scene.series()).key
    assert browser.get("/leading").status == 401


@pytest.mark.parametrize("sent", [ORIGIN, SITE, {"Sec-Fetch-Site": "same-site"}, {**ORIGIN, "Sec-Fetch-Site": "same-origin"}])
def test_what_another_page_sends_is_refused(scene, browser, asked, sent):
    code = asked()
    assert browser.request("POST", f"/sign-in/{code}", **sent).status == 403
    browser.get(f"/sign-in/{code}").send(code)
    person = scene.somebody(scene.series())
    for path in ("/leading/end", f"/leading/registrations/{person.id}/admit"):
        assert browser.request("POST", path, **sent).status == 403, path
    assert browser.get("/leading").status == 200


def test_our_own_forms_come_through_whatever_the_browser_says_of_them(browser, asked, server):
    for fields in ({}, {"Origin": "null"}, {"Origin": f"http://127.0.0.1:{server.port}"}, {"Sec-Fetch-Site": "same-origin"}):
        code = asked()
        assert browser.request("POST", f"/sign-in/{code}", **fields).status == 303, fields
