"""same.py: whether Runde and Fastify answer the same; a comparison of different work would be worth nothing."""

import http.client
import json

MADE_ANEW = "id", "slug", "created_at", "updated_at", "verified_at"
OF_ONE_PERSON = "id", "links", "secret", "consent", "created_at", "updated_at", "position"


def ask(port, method, target, body=None, key=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    fields = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"} if key else {}
    connection.request(method, target, body and body.encode(), fields)
    response = connection.getresponse()
    answer = response.status, {name.lower() for name in response.headers}, json.loads(response.read())
    connection.close()
    return answer


def compare(what, ours, theirs, apart_from=()):
    def content(document):
        return {name: value for name, value in document.items() if name not in apart_from}
    if ours[0] != theirs[0] or ours[0] not in (200, 201):
        raise SystemExit(f"{what}: Runde answers {ours[0]}, Fastify {theirs[0]}: {ours[2]} {theirs[2]}")
    if content(ours[2]) != content(theirs[2]) or ours[2].keys() != theirs[2].keys():
        raise SystemExit(f"{what}: Runde and Fastify do not answer the same: {ours[2]} {theirs[2]}")
    if ours[1] - theirs[1]:
        raise SystemExit(f"{what}: Fastify lacks {ours[1] - theirs[1]}")


def check_same(stage, questions):
    """Ends the bench if anything but ids, instants and cursors differs. Gives how many groups each search finds."""
    found = []
    for fastify in stage.fastify.values():
        for target in (*questions.groups(), *questions.lists(), *questions.searches()):
            ours, theirs = ask(stage.runde.port, "GET", target), ask(fastify.port, "GET", target)
            compare(target, ours, theirs, apart_from=["next"])
            if "q=" in target:
                found.append(len(ours[2]["items"]))
        body = next(questions.bodies())
        compare("a new group", ask(stage.runde.port, "POST", "/v1/groups", body, stage.key),
                ask(fastify.port, "POST", "/v1/groups", body, stage.fastify_key), apart_from=MADE_ANEW)
    return found


def check_decision(answer, number, meetings):
    """The places go to those who came first, and the others wait in their order."""
    waiting = number - meetings.capacity
    expected = ("waiting", waiting) if waiting > 0 else ("confirmed", None)
    if (answer[2].get("state"), answer[2].get("position")) != expected:
        raise SystemExit(f"registration {number} is not {expected}: {answer[2]}")


def check_same_registrations(stage, questions, meetings):
    """Runde and Fastify register for the same meeting by turns until somebody waits, and decide alike."""
    for fastify in stage.lending.values():
        meetings.open()
        target, body = meetings.targets()[0], questions.registrants[0]
        for number in range(1, meetings.capacity + 4, 2):
            ours = ask(stage.runde.port, "POST", target, body, stage.key)
            theirs = ask(fastify.port, "POST", target, body, stage.fastify_key)
            check_decision(ours, number, meetings)
            check_decision(theirs, number + 1, meetings)
            compare(target, ours, theirs, apart_from=OF_ONE_PERSON)
        meetings.check(meetings.capacity + 4)
