"""test_every_page.py: each operation of a page gives each answer that the contract declares, to whoever comes."""

import itertools
import uuid
from types import SimpleNamespace

import pytest

from tests.contract import Contract
from tests.given import Given
from tests.pages.browsing import ENTRY, FORM, NO_MAILS, NO_REMINDERS, PATHS, PERSON, REFERRALS, Browser
from tests.sealing import link_token
from tests.server import Server

CONTRACT = Contract()
PAGES = [pytest.param(method, path, operation, id=operation["operationId"])
         for (method, path), operation in sorted(CONTRACT.operations.items()) if "x-page" in operation]
NOWHERE = "01935c33-2c30-7f53-8285-ffffffffffff"
# What a form needs to get as far as what it is about.
FORMS = {"writeMyMessage": f"text=a&key={'k' * 43}", "changeMyWishes": "mails=all", "endMails": "mails=all",
         "endReminders": "mails=all", "answerEntry": "answer=right",
         "answerReferred": f"referral_id={NOWHERE}&step=start", "askSignIn": "email=a@example.org", "rejectLeading": "reason=a"}


def declaring(status):
    return pytest.mark.parametrize("method, path, operation", [
        page for page in PAGES if str(status) in page.values[2]["responses"]])


def purpose(path):
    return {"no-mails": NO_MAILS, "no-reminders": NO_REMINDERS, "entry": ENTRY, "referred": REFERRALS}.get(path.split("/")[1], PERSON)


@pytest.fixture(scope="module")
def scene(admin, api, runde):
    """What all pages are about: each time it is needed, somebody new."""
    given = Given(admin, api, runde)
    client = given.client()
    group = given.group(client, contact={"via": "relay"})
    schedule = given.schedule(client, group, registration={"required": True})
    leader = given.leader(group)

    def fill(path):
        person = given.registration(schedule)
        reader = leader if purpose(path) in (ENTRY, REFERRALS) else person
        kind = "sign_in" if "sign-in" in path else "confirmation"
        return path.format(group_id=group["id"], registration_id=person.id,
                           link=link_token(purpose(path), reader.id), code=given.token(kind, person.id), referral_code="7K3M-9QXT-2BWA")
    return SimpleNamespace(fill=fill, leader=leader, group=group)


def ask(api, method, path, operation, body=None, **fields):
    if "requestBody" in operation:
        fields.setdefault("Content_Type", FORM)
        body = FORMS.get(operation["operationId"], "") if body is None else body
    return api.request(method, path, body, **fields)


@pytest.fixture
def visitor(api, scene):
    """Whoever comes: with the cookie of a leader, which makes a difference only where one is needed."""
    browser = Browser(api, Accept="*/*")
    browser.cookies["runde-session"] = scene.leader.key
    return browser


@declaring(400)
def test_an_unknown_parameter_is_refused_everywhere(visitor, scene, method, path, operation):
    reply = ask(visitor, method, scene.fill(path) + "?colour=blue", operation)
    assert reply.status == 400 and reply.parameters() == {"colour"}
    assert ask(visitor, method, scene.fill(path) + "?lang=fr", operation).status == 400


@declaring(401)
def test_whoever_is_not_signed_in_is_told_so_everywhere(api, visitor, scene, method, path, operation):
    code = scene.fill(path)
    for kind, cookie in (("nobody", {}), ("bearer", {"Authorization": f"Bearer {scene.leader.key}"}),
                         ("other", {"Cookie": "runde-session=rl_none"})):
        assert ask(api, method, code, operation, **cookie).status == 401, kind


@declaring(403)
@pytest.mark.parametrize("sent", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_what_another_page_sends_is_refused_everywhere(visitor, scene, method, path, operation, sent):
    assert ask(visitor, method, scene.fill(path), operation, **sent).slug == "forbidden"


def test_every_page_that_changes_something_refuses_it():
    assert [page.id for page in PAGES if page.values[0] == "POST" and "403" not in page.values[2]["responses"]] == []


@declaring(404)
def test_a_link_that_is_not_good_leads_nowhere(api, visitor, scene, method, path, operation):
    """Of another person, of another purpose, of another generation; a code that nobody has; something of nobody's."""
    made = [link_token(purpose(path), NOWHERE), *(
        link_token(other, str(uuid.uuid4()), generation)
        for other, generation in itertools.product(PATHS, (0, 1, 2)))] if "{link}" in path else ["x" * 43]
    for token in made:
        wrong = path.format(link=token, code=token, group_id=NOWHERE, registration_id=NOWHERE, referral_code="000000000001")
        assert ask(visitor, method, wrong, operation).slug == "not-found"
    html = ask(visitor, method, wrong, operation, Accept="text/html")
    assert html.headers["content-type"].startswith("text/html") and html.headers["cache-control"] == "private, no-store"


@declaring(415)
def test_another_media_type_is_refused_everywhere(visitor, scene, method, path, operation):
    assert ask(visitor, method, scene.fill(path), operation, Content_Type="application/json").status == 415


@declaring(422)
def test_a_form_with_something_else_is_refused_everywhere(visitor, scene, method, path, operation):
    where = scene.fill(path)
    reply = ask(visitor, method, where, operation, "colour=blue")
    assert reply.slug == "invalid-body" and "/colour" in reply.pointers()
    shown = ask(visitor, method, where, operation, "colour=blue", Accept="text/html")
    assert shown.status == 422 and b'role="alert"' in shown.body and b"blue" not in shown.body


@pytest.fixture(scope="module")
def frugal(folder):
    """A server that answers one request a minute."""
    server = Server(folder, f"frugal-{uuid.uuid4().hex}", RUNDE_REQUESTS_PER_MINUTE=1)
    yield server
    server.stop()


@declaring(429)
def test_too_many_requests_are_refused_everywhere(api, frugal, scene, method, path, operation):
    where = scene.fill(path)
    replies = [ask(api.at(frugal), method, where, operation, Accept=accept) for accept in ("*/*", "*/*", "text/html")]
    assert replies[1].status == 429 and int(replies[1].headers["retry-after"]) > 0
    assert replies[2].status == 429 and "zu viele Anfragen".encode() in replies[2].body


@pytest.fixture(scope="module")
def lonely(folder):
    """A server without a database."""
    server = Server(folder, f"lonely-{uuid.uuid4().hex}", ready="/healthz", RUNDE_DATABASE="host=/nowhere")
    yield server
    server.stop()


@declaring(503)
def test_without_a_database_every_page_says_so(api, scene, lonely, method, path, operation):
    where = scene.fill(path)
    browser = Browser(api.at(lonely), Accept="text/html")
    browser.cookies["runde-session"] = scene.leader.key
    reply = ask(browser, method, where, operation)
    assert reply.status == 503 and int(reply.headers["retry-after"]) > 0 and "Gerade geht es nicht".encode() in reply.body


# What only a page says when it does not work.

@declaring(409)
def test_what_is_not_possible_is_told_everywhere(given, api, visitor, scene, db, method, path, operation):
    group = given.group()
    client = given.admin
    schedule = given.schedule(client, group, registration={"required": True})
    leader = given.leader(group)
    visitor.cookies["runde-session"] = leader.key
    address = given.address()
    person, double = (given.registration(schedule, contact={"email": address}) for _ in range(2))
    code = given.token("confirmation", person.id)
    if operation["operationId"] == "redeemConfirmation":  # the same address is in already
        assert double.act("confirm", api, {"token": given.token("confirmation", double.id)}).status == 200
    elif operation["operationId"] == "writeMyMessage":
        assert leader.patch(f"/v1/groups/{group['id']}/settings", {"relay": False}).status == 200
    else:
        db.execute("UPDATE registrations SET state = 'expired' WHERE id = %s", [person.id])
    where = path.format(link=link_token(PERSON, person.id), code=code, registration_id=person.id)
    assert ask(visitor, method, where, operation).status == 409
    shown = ask(visitor, method, where, operation, Accept="text/html")
    assert shown.status == 409 and b"<h1>" in shown.body

