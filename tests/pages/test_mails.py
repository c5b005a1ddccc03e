"""test_mails.py: confirming an address and ending mails, by people and by mail programs."""

import pytest

from tests.pages.browsing import NO_MAILS, NO_REMINDERS, link

ONE_CLICK = "List-Unsubscribe=One-Click"
FORM = "application/x-www-form-urlencoded"
PARTS = ("--xYz\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--xYz--\r\n",
         "multipart/form-data; boundary=xYz")


@pytest.fixture
def person(scene):
    return scene.somebody(scene.series())


@pytest.fixture
def mails(db, person):
    def read():
        db.execute("SELECT mails FROM persons WHERE id = %s", [person.id])
        return db.fetchone()[0]
    return read


# Ending mails ----------------------------------------------------------------------------------------

KINDS = pytest.mark.parametrize("purpose, left", [(NO_REMINDERS, "needed"), (NO_MAILS, "asked")])


@KINDS
def test_looking_ends_nothing_and_the_button_does(browser, person, mails, purpose, left):
    page = browser.get(link(person, purpose))
    assert page.status == 200 and mails() == "all"
    done = page.send(link(person, purpose)[-70:])
    assert done.status == 200 and mails() == left
    assert "Wieder alle E-Mails bekommen" in done.html
    assert done.send(link(person, purpose)[-70:]).status == 200 and mails() == "all"


@KINDS
@pytest.mark.parametrize("body, kind", [(ONE_CLICK, FORM), PARTS], ids=["urlencoded", "multipart"])
def test_a_mail_program_ends_mails_with_one_click(api, person, mails, purpose, left, body, kind):
    for _ in range(2):
        reply = api.request("POST", link(person, purpose), body, Content_Type=kind)
        assert reply.status == 200 and "location" not in reply.headers and "set-cookie" not in reply.headers
        assert mails() == left


def test_whoever_gets_less_already_keeps_it_so(api, person, mails):
    for purpose in (NO_MAILS, NO_REMINDERS):
        assert api.request("POST", link(person, purpose), ONE_CLICK, Content_Type=FORM).status == 200
    assert mails() == "asked"


@pytest.mark.parametrize("body, kind, status", [
    ("", FORM, 422), ("List-Unsubscribe=Two-Clicks", FORM, 422), ("mails=none", FORM, 422), (ONE_CLICK, "text/plain", 415),
    ("{}", "application/json", 415), (PARTS[0], "multipart/form-data", 422), (PARTS[0], "multipart/form-data; boundary=other", 422),
    ("--xYz\r\n\r\nOne-Click\r\n--xYz--", PARTS[1], 422), ("--xYz\r\nContent-Disposition: form-data; name=\"a", PARTS[1], 422)])
def test_what_does_not_say_so_ends_nothing(api, person, mails, body, kind, status):
    assert api.request("POST", link(person, NO_MAILS), body, Content_Type=kind).status == status
    assert mails() == "all"


def test_one_link_is_not_good_for_the_other(api, person, mails):
    swapped = link(person, NO_REMINDERS).replace("/no-reminders/", "/no-mails/")
    assert api.request("POST", swapped, ONE_CLICK, Content_Type=FORM).status == 404
    assert mails() == "all"


# Confirming ------------------------------------------------------------------------------------------

@pytest.fixture
def unconfirmed(given, scene):
    return given.registration(scene.series(), contact={"email": given.address()})


def test_an_address_is_confirmed_by_the_button_only(given, browser, unconfirmed):
    path = f"/confirm/{given.token('confirmation', unconfirmed.id)}"
    page = browser.get(path)
    assert page.status == 200 and unconfirmed.state == "unconfirmed"
    for _ in range(2):
        mine = page.send(path)
        assert mine.status == 200 and mine.path == link(unconfirmed) and "Sie haben einen Platz" in mine.text
    assert unconfirmed.state == "confirmed"


def test_a_code_that_is_too_old_or_for_something_else_confirms_nothing(given, browser, unconfirmed):
    old = f"/confirm/{given.token('confirmation', unconfirmed.id, hours=-1)}"
    assert browser.get(old).status == 404 and browser.post(old).status == 404
    assert browser.get(f"/confirm/{given.token('invitation', unconfirmed.id)}").status == 404
    assert browser.post(f"/confirm/{'x' * 43}").status == 404
    assert unconfirmed.state == "unconfirmed"


# Scanners --------------------------------------------------------------------------------------------

@pytest.mark.parametrize("accept", [None, "*/*", "text/html", "application/json", "image/png, */*;q=0.1", "text/html;q=0"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_link_scanners_change_nothing(given, api, unconfirmed, db, method, accept):
    code = given.token("confirmation", unconfirmed.id)
    paths = [f"/confirm/{code}", link(unconfirmed), f"{link(unconfirmed)}/erase", f"{link(unconfirmed)}/data",
             link(unconfirmed, NO_REMINDERS), link(unconfirmed, NO_MAILS)]
    for path in paths:
        assert api.request(method, path, Accept=accept).status in (200, 204), path
    assert unconfirmed.state == "unconfirmed"
    db.execute("SELECT mails, links FROM persons WHERE id = %s", [unconfirmed.id])
    assert db.fetchone() == ("all", 1)


@pytest.mark.parametrize("step", ["", "/accept", "/cancel", "/erase", "/links", "/data"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_not_there(api, person, method, step):
    assert api.request(method, link(person) + step, b"").status == 405
