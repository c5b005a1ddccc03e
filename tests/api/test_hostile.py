"""test_hostile.py: whatever is sent is refused with a reason or kept as it is, and never breaks anything."""

import json
import random
from itertools import product
from urllib.parse import quote

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from tests.wire import Closed, Wire, await_truth

NOWHERE = "01935c33-2c30-7f53-8285-ffffffffffff"
BODY_LIMIT = 1024 * 1024
JSON, MERGE_PATCH = "Content-Type: application/json", "Content-Type: application/merge-patch+json"


class Mallory:
    """An operator whose every write would be seen in the books, on a connection that stays open."""

    def __init__(self, server, client, db):
        self.server, self.client, self.db, self.wire = server, client, db, Wire(server)

    def request(self, method, target, body=b"", *fields):
        authorization = f"Authorization: Bearer {self.client.key}"
        try:
            reply = self.wire.request(method, target, body, authorization, *fields)
        except Closed:
            pytest.fail(f"{method} {target[:80]} {body[:200]} was not answered")
        if reply.headers.get("connection") == "close":
            self.wire = Wire(self.server)
        return reply

    def post(self, path, body):
        """A body may be bytes as they are."""
        return self.request("POST", path, body if isinstance(body, bytes) else json.dumps(body).encode(), JSON)

    def patch(self, path, body):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.request("PATCH", path, body, MERGE_PATCH, "If-Match: *")

    def writes(self):
        self.db.execute("SELECT count(*) FROM audit JOIN clients c ON audit.writer ->> 'client_id' = c.id::text "
                        "WHERE c.name = %s", [self.client.name])
        return self.db.fetchone()[0]


@pytest.fixture
def mallory(server, given, runde, db):
    name = given.word()
    client = given.api.as_client(runde("client", "add", name, "--scopes", "admin").stdout.strip())
    client.name = name
    return Mallory(server, client, db)


def assert_refused(reply, *statuses, of=b""):
    assert reply.status in statuses, (reply.status, of[:300], reply.body[:300])
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json["status"] == reply.status


# Bodies that are no JSON --------------------------------------------------------------------------

NAME = b'{"kind": "partner", "name": "Mallory%s"}'

NO_JSON = [
    b"", b" ", b"\n", b"{", b"}", b"[", b"{]", b'{"kind"}', b'{"kind": }', b"{kind: 1}", b"{'kind': 'partner'}",
    b"nul", b"TRUE",
    b'{"kind": "partner", "name": "Mallory",}', b'{"kind": "partner" "name": "Mallory"}', b"/**/" + NAME % b"",
    NAME % b"" + b"x", NAME % b"" + b"{}", NAME % b"" + b"\0", NAME % b"" + b"\0\0x", NAME % b"" + b",",
    b"\0" + NAME % b"",
    b"\xef\xbb\xbf" + NAME % b"", (NAME % b"").decode().encode("utf-16"), (NAME % b"").decode().encode("utf-32-le"),
    b'{"kind": "partner", "name": "Mallory", "name": "Mallory"}',
    b'{"kind": "partner", "name": "Mallory", "\\u006eame": "x"}',
    NAME % b"\xff", NAME % b"\xc3", NAME % b"\xc0\x80", NAME % b"\xe0\x80\x80", NAME % b"\xed\xa0\x80",
    NAME % b"\xf4\x90\x80\x80",
    NAME % b"\xed\xa0\xbd\xed\xb8\x80", NAME % b"\xf8\x88\x80\x80\x80", NAME % b"\0", NAME % b"\n", NAME % b"\t",
    NAME % b"\x1f",
    NAME % b"\\ud800", NAME % b"\\udc00", NAME % b"\\udc00\\ud800", NAME % b"\\ud800\\u0041", NAME % b"\\u12",
    NAME % b"\\x41",
    NAME % b"\\", NAME % b'"', b'{"kind": "partner", "name": "Mallory", "\\u0000": 1}', b'{"a\0b": 1}', b'{"\xff": 1}',
    b"NaN", b"Infinity", b"-Infinity", b'{"a": NaN}', b"1e400", b"-1e400", b'{"a": 1e400}', b"9223372036854775808",
    b"1" * 400,
    b"01", b"+1", b"1.", b".5", b"0x10", b"1e", b"--1", b"1_000",
    b"[" * 1000 + b"]" * 1000, b"[" * 1000, b'{"a":' * 1000 + b"1" + b"}" * 1000, b"[" * 500_000, b"[{" * 100_000,
]


@pytest.mark.parametrize("path", ["/v1/organisations", "/v1/groups", "/v1/topics"])
def test_what_is_not_json_is_refused(mallory, path):
    for body in NO_JSON:
        reply = mallory.post(path, body)
        assert_refused(reply, 400, of=body)
        assert reply.slug == "invalid-json"
    assert mallory.writes() == 0


def test_a_patch_that_is_not_json_is_refused(mallory, given):
    path = f"/v1/groups/{given.group()['id']}"
    for body in NO_JSON:
        assert_refused(mallory.patch(path, body), 400, of=body)
    assert mallory.writes() == 0


def test_the_same_body_without_its_fault_is_taken(mallory):
    for text in (b"", b"\\n", b"\\ud83d\\ude00", b"\\u0041", "ö".encode(), b"\xf4\x8f\xbf\xbf", b"\\/\\\"\\\\"):
        assert mallory.post("/v1/organisations?dry_run=true", NAME % text).status == 201
        assert mallory.post("/v1/organisations?dry_run=true", b" \r\n\t" + NAME % text + b" \r\n\t").status == 201


@pytest.mark.parametrize("text", [
    "\\u0000", "\\u0001", "\\b", "\\f", "\\r", "\\u001f", "\\u007f", "\\u0080", "\\u0085", "\\u009f"])
def test_control_characters_are_refused_where_they_stand(mallory, text):
    for body, pointer in [
            ('{"kind": "partner", "name": "Mallory@"}', "/name"),
            ('{"kind": "partner", "name": "Mallory", "contact": {"address": "Gasse@ 5"}}', "/contact/address"),
            ('{"kind": "partner", "name": "Mallory", "region": {"country": "DE", "postcodes": ["5", "@"]}}',
             "/region/postcodes/1")]:
        reply = mallory.post("/v1/organisations", body.replace("@", text).encode())
        assert_refused(reply, 422)
        assert pointer in reply.pointers()
    assert mallory.writes() == 0


@pytest.mark.parametrize("value", [[], "text", 7, 1.5, True, None, [{}], [[]], [None] * 10_000])
def test_what_is_no_object_is_refused_as_a_whole(mallory, value):
    for path in ("/v1/organisations", "/v1/groups", "/v1/topics"):
        reply = mallory.post(path, value)
        assert_refused(reply, 422)
        assert reply.pointers() == {""}


# Bodies that are too much -------------------------------------------------------------------------


def padded(size):
    body = NAME % b""
    return body + b" " * (size - len(body))


def test_a_body_may_be_as_long_as_the_limit_and_no_longer(mallory):
    assert mallory.post("/v1/organisations?dry_run=true", padded(BODY_LIMIT)).status == 201
    reply = mallory.post("/v1/organisations?dry_run=true", padded(BODY_LIMIT + 1))
    assert_refused(reply, 413)
    assert reply.slug == "content-too-large"


@pytest.mark.parametrize("chunked", [False, True])
def test_a_string_of_ten_megabytes_is_refused_and_the_connection_ends(server, mallory, chunked):
    body = NAME % (b"x" * 10_000_000)
    fields = ["Host: a.example", f"Authorization: Bearer {mallory.client.key}", JSON,
              "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}"]
    with Wire(server) as wire:
        wire.send("\r\n".join(["POST /v1/organisations HTTP/1.1", *fields, "", ""]).encode())
        wire.send(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if chunked else body)
        reply = wire.reply()
        assert_refused(reply, 413)
        assert reply.headers["connection"] == "close"
    assert mallory.writes() == 0


@pytest.mark.parametrize("count", [101, 10_000])
def test_arrays_of_any_length_are_refused_quickly(mallory, given, count):
    group = given.new_group(organisation_id=NOWHERE)
    for member, item in [("topic_ids", NOWHERE), ("audience", "affected"), ("languages", "de"), ("formats", "phone"),
                         ("activities", None), ("accessibility", {}), ("languages", "x" * 50)]:
        reply = mallory.post("/v1/groups", {**group, member: [item] * count})
        assert_refused(reply, 422)
        assert f"/{member}" in reply.pointers()
    assert mallory.writes() == 0


@pytest.mark.parametrize("count", [101, 10_000])
def test_many_unknown_members_are_named_up_to_a_hundred(mallory, count):
    unknown = {f"x{n}": n for n in range(count)}
    reply = mallory.post("/v1/organisations", {"kind": "partner", "name": "Mallory", **unknown})
    assert_refused(reply, 422)
    assert len(reply.json["errors"]) == 100 and reply.pointers() <= {f"/{name}" for name in unknown}


def test_an_unknown_member_of_any_name_is_refused(mallory):
    for name in ("", " ", "x" * 60, "__proto__", "constructor", "$ref", "\u202e", "😀", "a/b", "~", "Name", "name ",
                 "name\n", "id", "revision", "writer", "deleted_at", "search", "_problem", "_members"):
        reply = mallory.post("/v1/organisations", {"kind": "partner", "name": "Mallory", name: 1})
        assert_refused(reply, 422)
        assert reply.pointers() == {"/" + name.replace("~", "~0").replace("/", "~1")}
    reply = mallory.post("/v1/organisations", {"kind": "partner", "name": "Mallory", "x" * 100_000: 1})
    assert_refused(reply, 422)
    assert len(reply.body) < 1000
    assert mallory.writes() == 0


def test_a_patch_cannot_be_nested_beyond_reason(mallory, given):
    path = f"/v1/groups/{given.group()['id']}"
    for depth, status in [(3, 422), (31, 422), (40, 400)]:
        assert_refused(mallory.patch(path, b'{"place":' * depth + b"null" + b"}" * depth), status)
    assert mallory.writes() == 0


# Wrong values for every member --------------------------------------------------------------------

GROUP = {
    "name": "Mallory", "slug": "mallory", "summary": "Kurz", "description": "Lang", "language_of_text": "de",
    "topic_ids": [],
    "audience": ["affected", "relatives"], "age": {"from": 18, "to": 35}, "leadership": "peer_led",
    "duration": {"kind": "limited", "ends_on": "2027-03-31", "sessions": 12}, "status": "active", "joining": "drop_in",
    "accepting_newcomers": "yes", "cost": {"kind": "fee", "amount": "5.00", "currency": "EUR"}, "activities": ["talk"],
    "formats": ["in_person"], "languages": ["de", "tr"], "accessibility": ["step_free"],
    "place": {"country": "DE", "postcode": "50667", "town": "Köln", "point": {"lat": 50.938, "lon": 6.957},
              "precision": "street"},
    "organisation_id": "", "supported_by_id": "",
    "contact": {"via": "public", "email": "a@example.org", "phone": "+49 221 1"},
    "website": "https://example.org/", "visibility": "public", "partner_note": "Notiz"}
ORGANISATION = {
    "kind": "partner", "name": "Mallory", "summary": "Kurz", "parent_id": "",
    "region": {"country": "DE", "postcodes": ["506"], "description": "Köln"},
    "contact": {"email": "a@example.org", "phone": "+49 221 1", "address": "Gasse 5"},
    "website": "https://example.org/"}
TOPIC = {
    "slug": "mallory", "names": {"de": "Wort", "en": "Word"}, "synonyms": {"de": ["Wort"], "en": ["Word"]},
    "icd10": ["F40-F41"],
    "rare": True, "parent_id": ""}

WRONG = [
    None, True, False, 0, -1, 7, 1.5, 10 ** 18, -(10 ** 18), 1e308, -1e-308, "", " ", "x", "ß" * 20_000, "\u0000",
    "a\u0007b", "\u0085", "'; DROP TABLE groups; --", "{}", "null", "7", [], {}, [None], [[]], {"a": 1}, [{}], ["x", "x"],
    {"": None}]


@pytest.fixture
def bodies(given):
    """Every schema with its path and a body that has every member."""
    organisation, topic = given.organisation()["id"], given.topic()["id"]
    references = {"organisation_id": organisation, "supported_by_id": organisation}
    return {
        "NewGroup": ("/v1/groups", {**GROUP, **references, "slug": given.word(), "topic_ids": [topic]}),
        "NewOrganisation": ("/v1/organisations", {**ORGANISATION, "parent_id": organisation}),
        "NewTopic": ("/v1/topics", {**TOPIC, "slug": given.word(), "parent_id": topic}),
    }


class Walk:
    """The places of a body, each with the schema that holds there."""

    def __init__(self, contract):
        self.contract = contract

    def validator(self, schema):
        return Draft202012Validator(schema, resolver=self.contract.resolver, format_checker=FormatChecker())

    def places(self, schema, value, pointer=""):
        beside = {keyword: value for keyword, value in schema.items() if keyword != "$ref"}
        schema = self.branch({**self.contract.resolve(schema), **beside}, value)
        yield pointer, schema
        if isinstance(value, dict):
            for name, member in value.items():
                yield from self.places(schema["properties"][name], member, f"{pointer}/{name}")
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield from self.places(schema["items"], item, f"{pointer}/{index}")

    def branch(self, schema, value):
        return next((one for one in schema.get("oneOf", ()) if self.validator(one).is_valid(value)), schema)

    def wrong_values(self, schema):
        """Those that the schema does not allow, or that hold what no text may hold."""
        for value in WRONG:
            if not self.validator(schema).is_valid(value) or value in ("\u0000", "a\u0007b", "\u0085"):
                yield value


def replaced(body, pointer, value):
    """A copy with another value at a place; a pointer to what is not there adds it."""
    copy = json.loads(json.dumps(body))
    *way, last = pointer.split("/")[1:]
    at = copy
    for step in way:
        at = at[int(step) if isinstance(at, list) else step]
    at[int(last) if isinstance(at, list) else last] = value
    return copy


def names_place(reply, pointer):
    """Whether a fault stands there, below it, or at what it is part of, if that has several forms."""
    return any(found == pointer or found.startswith(pointer + "/") or
               found in ("/cost", "/duration", "/contact") and pointer.startswith(found) for found in reply.pointers())


SCHEMAS = ["NewGroup", "NewOrganisation", "NewTopic"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_bodies_from_which_wrong_ones_are_made_are_right(mallory, bodies, name):
    path, body = bodies[name]
    reply = mallory.post(path + "?dry_run=true", body)
    assert reply.status == 201, reply.json


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_wrong_value_of_every_member_is_refused_and_named(mallory, contract, bodies, name):
    path, body = bodies[name]
    walk, count = Walk(contract), 0
    for pointer, schema in list(walk.places({"$ref": f"#/components/schemas/{name}"}, body))[1:]:
        for value in walk.wrong_values(schema):
            reply = mallory.post(path, replaced(body, pointer, value))
            assert_refused(reply, 422, of=f"{pointer} {value!r}".encode())
            assert names_place(reply, pointer), (pointer, value, reply.json)
            count += 1
    assert count > 100
    assert mallory.writes() == 0


@pytest.mark.parametrize("name", SCHEMAS)
def test_an_unknown_member_is_refused_at_every_place(mallory, contract, bodies, name):
    path, body = bodies[name]
    for pointer, schema in Walk(contract).places({"$ref": f"#/components/schemas/{name}"}, body):
        if schema.get("type") != "object":
            continue
        for value in (None, 1, {}, []):
            reply = mallory.post(path, replaced(body, f"{pointer}/zzz", value))
            assert_refused(reply, 422)
            assert names_place(reply, f"{pointer}/zzz"), reply.json
    assert mallory.writes() == 0


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", SCHEMAS)
def test_several_wrong_values_are_all_named_at_once(mallory, contract, bodies, name, seed):
    chance, (path, body), walk = random.Random(seed), bodies[name], Walk(contract)
    places = [(pointer, list(walk.wrong_values(schema)))
              for pointer,
              schema in walk.places({"$ref": f"#/components/schemas/{name}"}, body) if pointer.count("/") == 1]
    for _ in range(150):
        wrong = {pointer: chance.choice(values) for pointer, values in chance.sample(places, chance.randint(2, 4))}
        sent = body
        for pointer, value in wrong.items():
            sent = replaced(sent, pointer, value)
        reply = mallory.post(path, sent)
        assert_refused(reply, 422, of=json.dumps(wrong).encode())
        assert all(names_place(reply, pointer) for pointer in wrong), (wrong, reply.json)
        assert all(pointer.startswith(tuple(wrong)) for pointer in reply.pointers()), (wrong, reply.json)
    assert mallory.writes() == 0


def test_every_wrong_value_is_refused_in_a_patch_too(mallory, contract, bodies, given):
    for name, path in [
            ("NewGroup", f"/v1/groups/{given.group()['id']}"), ("NewTopic", f"/v1/topics/{given.topic()['id']}"),
            ("NewOrganisation", f"/v1/organisations/{given.organisation()['id']}")]:
        walk = Walk(contract)
        for pointer, schema in walk.places({"$ref": f"#/components/schemas/{name}"}, bodies[name][1]):
            if pointer.count("/") != 1:
                continue
            for value in walk.wrong_values(schema):
                if value is None or isinstance(value, dict):
                    continue  # these have a meaning of their own in a patch
                reply = mallory.patch(path, {pointer[1:]: value})
                assert_refused(reply, 422, of=f"{pointer} {value!r}".encode())
                assert names_place(reply, pointer), (pointer, value, reply.json)
    assert mallory.writes() == 0


# Any bytes at all ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_bodies_with_bytes_changed_at_random_are_answered(mallory, bodies, seed):
    chance = random.Random(seed)
    for path, body in bodies.values():
        right = json.dumps(body).encode()
        for _ in range(200):
            wrong = bytearray(right)
            for _ in range(chance.randint(1, 4)):
                at = chance.randrange(len(wrong))
                wrong[at:at + chance.choice((0, 1, 1, 3))] = bytes([chance.choice(b'\0\x1f"\\{}[],:0-e\x7f\xc3\xff ')])
            reply = mallory.post(path + "?dry_run=true", bytes(wrong))
            assert reply.status in (201, 400, 409, 422), (reply.status, bytes(wrong))
    assert mallory.writes() == 0


# Parameters ---------------------------------------------------------------------------------------

NASTY = [
    "", " ", "%00", "a%00b", "%ff", "%c3", "%ed%a0%80", "%0d%0aX-Evil:%201", "%09", "%07", "%7f", "%c2%85",
    "%e2%80%ae", "%f0%9f%98%80",
    "'", "''", "';DROP TABLE groups;--", "\\", "\\\\", "%22", "{", "}", "{}", "%7B%22a%22%7D", "{NULL}", ",", ",,",
    "a,b", "null", "NULL",
    "true", "-1", "0", "1", "1e400", "-0", "99999999999999999999", "1" * 400, "NaN", "Infinity", "-inf", "0x1f",
    "1.5", ".", "-", "--1",
    "%25", "%25%25", "_", "*", "a:*", ":*", "(", "((", ")", "!", "%26", "|", "<->", "a%26b", "%3F", "%23", "%2B", "+",
    "+1", "%2e%2e%2f",
    "x" * 101, "x" * 7000, "a+" * 100, "%F0%9F%98%80" * 100, "0,0", "90,180", "-90,-180", "91,0", "50.94,6.96",
    "50.94,6.96,1", "1,NaN",
    "2026-13-45T99:99:99Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "2026-01-01t00:00:00z",
    "2026-01-01",
    "0001-01-01T00:00:00%2B15:59", "9999-12-31T23:59:59-15:59", "2016-12-31T23:59:60Z", "infinity", "now", "epoch",
    NOWHERE, NOWHERE.upper(), "{" + NOWHERE + "}", NOWHERE + "0", "de", "DE", "de-DE-x-private", "a-b-c-d-e-f",
    "topic", "topic,topic",
    "relevance", "distance", "name", "updated", "in_person", "50667", "A" * 12, "${jndi:ldap://x}", "{{7*7}}",
    "<script>",
]


def test_every_parameter_stands_every_nasty_value(mallory, server, given, contract):
    leader = Mallory(server, given.leader(), None)
    for (method, path), operation in sorted(contract.operations.items()):
        if method != "GET":
            continue
        parameters = [contract.resolve(parameter) for parameter in operation["parameters"]]
        target = path.format(**{p["name"]: p["example"] for p in parameters if p["in"] == "path"})
        for name in (p["name"] for p in parameters if p["in"] == "query"):
            for value in NASTY:
                query = contract.query(operation, but=name)
                asker = leader if {"session": []} in operation["security"] else mallory
                reply = asker.request("GET", f"{target}{query}{name}={value.translate(ESCAPED)}", b"",
                                      f"Cookie: runde-session={leader.client.key}")
                assert reply.status in (200, 400, 404), (path, name, value, reply.status)
                if reply.status == 400 and reply.slug != "too-many":  # of the whole country there may be, by now
                    named = reply.slug == "invalid-cursor" and name == "cursor" or reply.parameters() <= {name, "query"}
                    assert named or value == "distance" or value == "relevance", (name, value, reply.json)


ESCAPED = {ord(character): f"%{ord(character):02X}" for character in " <>\\{}|"}


UNDECLARED = [
    "Accept", "Accept-Encoding", "Content-Type", "Origin", "Range", "If-Modified-Since", "If-Range", "X-Forwarded-For",
    "Referer", "User-Agent", "Cookie", "Content-Encoding", "Via", "Prefer"]
NASTY_IN_FIELDS = [
    b"\xff", "ü".encode(), b"a, b, c", b",", b'"', b'"' * 99, b"q=", b";q=1", b"de;q=9e999", b"W/", b'W/"', b"gzip;q=",
    b"*/*;q=nan", b"bytes=0-0"]


def test_every_header_field_stands_every_nasty_value(mallory, contract):
    declared = sorted({parameter["name"] for operation in contract.operations.values()
                       for parameter in map(contract.resolve, operation["parameters"]) if parameter["in"] == "header"})
    fields, values = declared + UNDECLARED, [value.encode() for value in NASTY] + NASTY_IN_FIELDS
    requests = [("GET", "/v1/topics?limit=1", b""), ("DELETE", f"/v1/topics/{NOWHERE}", b""),
                ("POST", "/v1/topics?dry_run=true", b"{}")]
    for number, (field, value) in enumerate(product(fields, values)):
        method, target, body = requests[number % len(requests)]
        reply = mallory.request(method, target, body, field.encode() + b": " + value)
        assert reply.status < 500 or reply.status == 501, (field, value, reply.status)
        assert "x-evil" not in reply.headers
    assert mallory.writes() == 0


@pytest.mark.parametrize("target", [
    "/%00", "/v1/%00", "/v1/groups/%00", "/v1/groups%00", "/%2e%2e/etc/passwd", "/../etc/passwd", "/v1/../healthz",
    "/./healthz",
    "/v1/%2e/groups", "/v1/groups/%2e%2e", "//", "//healthz", "/v1//groups", "/healthz/", "/v1/groups/",
    "/v1/groups//", "/%2F", "/v1%2Fgroups",
    "/v1/groups/%2F%2F", "/v1/groups/" + "x" * 4000, "/" + "a/" * 2000, "/v1/groups/%ff%fe", "/v1/groups/%c3",
    "/v1/groups/%ed%a0%80",
    "/V1/groups", "/v1/Groups", "/v1/groups;x=1", "/v1/groups.json", "/v1/groups/%0d%0aX-Evil:%201",
    "/v1/groups/'%20OR%20'1'='1", "/v2/groups",
    "/problems/../v1", "/problems/x", "/problems/%3Cscript%3E", "/problems/-", "/problems/none", "/%", "/%zz", "/%0",
    "/v1/groups/%", "/\\v1",
    "/v1/groups/<x>", "/v1/gröups", "/{}", "/v1/groups/" + "x" * 9000, "/docs/..;/healthz", "/.git/config",
    "/favicon.ico",
    "/v1/groups/" + NOWHERE + "/", "/v1/groups/" + NOWHERE + "/x", "/v1/groups/{" + NOWHERE + "}",
    "/v1/groups/urn:uuid:" + NOWHERE])
def test_paths_that_are_none_lead_nowhere(server, target):
    for method in ("GET", "DELETE", "OPTIONS", "HEAD"):
        with Wire(server) as wire:
            reply = wire.request(method, target, b"", "If-Match: *")
        allowed = (400, 401, 404, 405, 414, *([204] if method == "OPTIONS" else []))
        assert reply.status in allowed, (method, reply.status)
        assert "x-evil" not in reply.headers and (method == "HEAD" or b"<" not in reply.body)


def test_many_parameters_are_counted_and_refused(mallory):
    assert mallory.request("GET", "/v1/groups?" + "&".join(["format=phone"] * 4)).status == 200
    for query in ("&".join(["format=phone"] * 5), "&".join(["format=phone"] * 51), "&".join(["topic=x"] * 800),
                  "&".join(f"x{n}=1" for n in range(900)), "facets=" + ",".join(["topic"] * 60),
                  "facets=" + ",".join(f"x{n}" for n in range(60))):
        reply = mallory.request("GET", "/v1/groups?" + query)
        assert_refused(reply, 400, of=query.encode())
        assert 1 <= len(reply.json["errors"]) <= 100
    for query in ("&", "&&&", "=", "=&=", "&=1", "limit", "limit&limit"):
        assert mallory.request("GET", "/v1/groups?" + query).status in (200, 400)


# Texts are data -----------------------------------------------------------------------------------

TEXTS = [
    "'; DROP TABLE groups; --", "' OR '1'='1", "\\'; SELECT pg_sleep(9); --", "$1", ":'body'", "%s%n%x", "$$x$$",
    "E'\\x41'", "{a,b}", '{"a": "b"}',
    "NULL", "null", "undefined", "NaN", "true", "0", "-1", "1e400", "None", "nil", "()", "\\", "\\\\", "\\n",
    "\\u0041", "/", "\"", "''", "``", "a\"b'c`d",
    "<script>alert(1)</script>", "<b>&amp;&#x41;", "]]>", "<!--", "{{7*7}}", "${7*7}", "#{1}", "=1+1", "@SUM(1)",
    "| ls", "$(id)", "../../etc/passwd",
    "a\tb", "a\nb", "  vorn und hinten  ", "a  b", "\u00a0", "\u2003", "\u200b", "\ufeff", "\u202eabc\u202c",
    "\u2028\u2029", "a\u0301", "á", "ﬁ", "ẞß",
    "İıIi", "Ǆǆ", "𝔘𝔫𝔦", "😀", "👩\u200d👩\u200d👧", "🏳️\u200d🌈", "🇩🇪", "\U0010ffff", "\ufffe\uffff", "\ufffd", "\ue000",
    "\u0378", "ٱلْعَرَبِيَّة", "עברית", "日本語",
    "ภาษาไทย", "Ελληνικά", "हिन्दी", "Z̸̡̢͇a̷l̶g̵o̷", "½⅓", "ŉ", "Ⅷ", "①", "ﷺ", "x" * 120, "ß" * 120, "😀" * 120,
    "a b " * 30, "-" * 80, "und", "der die das",
    "SELECT", "ae oe ue", "Köln", "Koeln", "CON", "%00", "%", "_", "*", ":*", "a & b | !c", "<->", "  \u0300\u0301",
]


def kept(db, table, column, made):
    db.execute(f"SELECT convert_to({column}, 'UTF8') FROM {table} WHERE id = %s", [made])
    return bytes(db.fetchone()[0])


def test_naughty_texts_of_groups_come_back_byte_for_byte(given, db, api):
    client = given.client()
    for text in TEXTS:
        name = text if len(text) > 1 else text + "!"
        texts = {"name": name, "summary": text, "description": text * 3, "partner_note": text}
        made = client.post("/v1/groups", given.new_group(**texts, place={"country": "DE", "town": text[:100]}))
        assert made.status == 201, (text, made.json)
        path = made.headers["location"]
        patched = client.patch(path, {"joining": "registration"})
        for shown in (made.json, patched.json, client.get(path).json, client.get(path, Accept_Language="en").json):
            assert {member: shown[member] for member in texts} == texts and shown["place"]["town"] == text[:100]
        assert kept(db, "groups", "name", made.json["id"]) == name.encode()
    listed = [group for group in client.all_pages(f"/v1/groups?organisation={client.organisation['id']}&limit=7")]
    assert sorted(group["description"] for group in listed) == sorted(text * 3 for text in TEXTS)


def test_naughty_texts_of_organisations_and_topics_come_back_byte_for_byte(given, db, api):
    parent, above = given.organisation()["id"], given.topic()["id"]
    for text in TEXTS:
        organisation = given.organisation(name=text + "!", summary=text, contact={"address": text}, parent_id=parent,
                                          region={"country": "DE", "description": text})
        words = {"names": {"de": text, "en": text[::-1]}, "synonyms": {"de": [text, "x"], "en": [text]}}
        topic = given.topic(**words, parent_id=above)
        assert {member: topic[member] for member in words} == words
        assert (organisation["name"], organisation["summary"]) == (text + "!", text)
        assert organisation["contact"]["address"] == organisation["region"]["description"] == text
        assert kept(db, "organisations", "name", organisation["id"]) == (text + "!").encode()
    summaries = [one["summary"] for one in api.all_pages(f"/v1/organisations?parent={parent}&limit=7")]
    names = [one["name"] for one in api.all_pages(f"/v1/topics?parent={above}&limit=7")]
    assert sorted(summaries) == sorted(names) == sorted(TEXTS)


def test_naughty_texts_can_be_searched_for(mallory):
    paths = ("/v1/groups", "/v1/topics", "/v1/organisations")
    for number, text in enumerate(TEXTS):
        for path in {paths[0], paths[number % 3]}:
            reply = mallory.request("GET", f"{path}?limit=1&q={quote(text[:60])}")
            assert reply.status == 200, (path, text, reply.json)


def test_signs_that_mean_something_to_the_database_mean_nothing_in_a_search(given, api):
    word, other = given.word(), given.word()
    parent = given.organisation()["id"]
    given.organisation(name=f"{word} 100% {other}", parent_id=parent)
    given.organisation(name=f"{word} 100x {other}", parent_id=parent)
    for q in ("%25" * 3, "_" * 5, "%5C%25"):
        assert api.get(f"/v1/organisations?parent={parent}&q={q}").json["items"] == [], q


def test_two_texts_that_only_look_alike_stay_two(given):
    composed, decomposed = "Ko\u0308ln", "K\u00f6ln"
    names = [given.organisation(name=name)["name"] for name in (composed, decomposed)]
    assert names == [composed, decomposed]


def test_after_all_this_the_server_is_well(api, given):
    await_truth(lambda: api.get("/readyz").status == 200)
    assert given.group()["revision"] == 1
