"""test_chromium.py: every page in a real browser: for every eye, by day and by night, on a telephone and on a desk."""

from types import SimpleNamespace

import pytest

from tests.given import Given
from tests.pages.browsing import ENTRY, NO_MAILS, NO_REMINDERS, REFERRALS, link
from tests.pages.chromium import Chromium
from tests.sealing import token_hash

LOOKS = {"de": [(320, "light"), (1280, "dark")], "en": [(320, "dark"), (1280, "light")]}


@pytest.fixture(scope="module")
def chromium():
    browser = Chromium()
    yield browser
    browser.quit()


@pytest.fixture(scope="module")
def scriptless():
    """Scripts are switched off, so axe-core cannot look."""
    browser = Chromium(has_scripts=False)
    browser.go("data:text/html,<p>without</p><script>document.querySelector('p').textContent = 'with'</script>")
    assert browser.text() == "without"
    yield browser
    browser.quit()


@pytest.fixture(scope="module")
def world(admin, api, runde):
    """Somebody in every state, and all else that has a page: paths by names."""
    given = Given(admin, api, runde)
    client = given.client(scopes="groups:read,groups:write,meetings:write,registrations:write")
    group = given.group(client, name="Offener Abend", contact={"via": "relay"}, formats=["hybrid"])
    venue = given.venue(client, name="Haus der Begegnung", disclosure="accepted")
    rules = {"capacity": 1, "registration": {"required": True}, "format": "hybrid", "venue_id": venue["id"],
             "online": {"join_url": "https://meet.example.org/abend", "disclosure": "accepted"}}
    leader = given.leader(group)
    given.schedule(client, group, **rules)
    meeting = client.get(f"/v1/groups/{group['id']}/meetings").json["items"][0]
    screening = given.group(client, joining="screening")
    screened = given.schedule(client, screening, registration={"required": True})

    def somebody(target, **members):
        person = given.registration(target, contact={"email": given.address()}, message="Ich komme zum ersten Mal.\nMit Rad.",
                                    pseudonym="Mira", **members)
        assert person.act("confirm", api, {"token": given.token("confirmation", person.id)}).status == 200
        return person
    unconfirmed = given.registration(meeting, contact={"email": given.address()})
    first, second, waiting = (somebody(meeting) for _ in range(3))
    first.act("cancel")
    referral = given.referral(given.insurer())
    regular = somebody(given.schedule(client, group, **{**rules, "capacity": 5}),
                       referral_code=referral["code"], referral_consent={"version": "2026-11-referral"})
    given.feed(regular, title="Chorprobe")
    talking, rejected = somebody(screened), somebody(screened)
    decider = given.leader(screening)
    decider.post(f"{talking.path}/screening", {"starts_at": "2031-01-08T17:00:00Z", "place": "Am Telefon", "hold": "P7D"})
    rejected.act("reject", decider, {"reason": "Wir sind schon sehr viele."})
    thread = given.message(group, text="Darf mein Hund mitkommen?")
    leader.post(f"/v1/messages/{thread.id}/replies", {"text": "Ja, gern."})
    ended = somebody(screened)
    api.request("POST", link(ended, NO_MAILS), "mails=asked", Content_Type="application/x-www-form-urlencoded")
    invited = given.made(leader.post(f"/v1/groups/{group['id']}/leaders", {"email": given.address(), "name": "Birke"}))
    paths = {
        "unconfirmed": link(unconfirmed), "cancelled": link(first), "offered": link(second), "waiting": link(waiting),
        "confirmed": link(regular), "screening": link(talking), "rejected": link(rejected), "thread": link(thread),
        "entry": link(leader, ENTRY), "referred": link(leader, REFERRALS), "code": f"/referral/{referral['code']}",
        "leader": link(leader), "erase": f"{link(waiting)}/erase", "nowhere": f"/my/{'x' * 70}",
        "confirm": f"/confirm/{given.token('confirmation', unconfirmed.id)}",
        "no-reminders": link(waiting, NO_REMINDERS), "no-mails": link(waiting, NO_MAILS), "ended": link(ended, NO_MAILS),
        "sign-in": f"/groups/{group['id']}/sign-in", "link": f"/sign-in/{given.token('sign_in', leader.id)}",
        "invitation": f"/sign-in/{given.token('invitation', invited['id'])}",
        "calendar": f"/v1/feeds/{given.feed(talking)['token']}/page"}
    return SimpleNamespace(given=given, group=screening, leader=decider, second=second, waiting=waiting, paths=paths)


NAMES = ["entry", "referred", "code", "unconfirmed", "cancelled", "offered", "waiting", "confirmed", "screening", "rejected", "thread", "leader", "erase",
         "nowhere", "confirm", "no-reminders", "no-mails", "ended", "sign-in", "link", "invitation", "calendar"]


def judge(chromium, name, language="de"):
    for width, scheme in LOOKS[language]:
        chromium.look(width, scheme)
        assert chromium.complaints() == [], (name, width, scheme)
        chromium.shoot(f"{name}-{language}-{width}-{scheme}")


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_for_everybody(chromium, server, world, name, language):
    chromium.go(f"http://127.0.0.1:{server.port}{world.paths[name]}?lang={language}")
    judge(chromium, name, language)


@pytest.mark.parametrize("name", ["offered", "confirmed", "thread", "sign-in", "erase", "referred"])
def test_the_keyboard_reaches_everything(chromium, server, world, name):
    chromium.go(f"http://127.0.0.1:{server.port}{world.paths[name]}")
    assert chromium.unreachable() == 0


def test_an_offer_is_accepted_by_the_keyboard_without_scripts(scriptless, server, world):
    scriptless.go(f"http://127.0.0.1:{server.port}{world.paths['offered']}")
    scriptless.press("button.action")
    assert "Sie haben einen Platz" in scriptless.text() and world.second.state == "confirmed"
    assert scriptless.path() == world.paths["offered"]


def test_what_is_wrong_is_shown_to_everybody(chromium, server, world):
    chromium.go(f"http://127.0.0.1:{server.port}{world.paths['waiting']}")
    chromium.driver.execute_script("document.querySelectorAll('form').forEach(form => form.noValidate = true)")
    chromium.press("form[action$='/messages'] button")
    assert "Es wurde nichts gespeichert" in chromium.text()
    judge(chromium, "wrong")


def test_a_leader_signs_in_decides_and_signs_out(chromium, server, world, db):
    chromium.go(f"http://127.0.0.1:{server.port}/groups/{world.group['id']}/sign-in")
    chromium.press("button", email="eiche@example.org")
    assert "Sehen Sie in Ihre E-Mails" in chromium.text()
    judge(chromium, "asked")
    cookie = chromium.driver.get_cookie("runde-browser")
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax"
    code = world.given.token("sign_in", world.leader.id)
    db.execute("UPDATE capabilities SET browser = %s WHERE hash = %s", [token_hash(cookie["value"]), token_hash(code)])
    chromium.go(f"http://127.0.0.1:{server.port}/sign-in/{code}")
    chromium.press("button")
    assert chromium.path() == "/leading" and "Mira" in chromium.text()
    judge(chromium, "leading")
    assert chromium.unreachable() == 0
    chromium.press("form[action$='/admit'] button")
    assert chromium.path() == "/leading"
    chromium.press("form[action$='/end'] button")
    assert "Sie sind abgemeldet" in chromium.text()


def test_what_would_be_wrong_would_be_found(chromium):
    """The negative control: a page with faults of each kind."""
    chromium.go("data:text/html,<p style='color:%23ccc;background:%23fff;width:3000px'>pale</p><input><img src=x>"
                "<button tabindex=-1>out of reach</button>")
    found = " ".join(chromium.complaints())
    assert all(word in found for word in ("color-contrast", "label", "image-alt", "html-has-lang", "it scrolls sideways"))
    assert chromium.unreachable() == 1
