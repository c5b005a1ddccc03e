"""test_conventions.py: what holds for every operation: errors, validators, conditional and repeated writes, pages."""

import http.client
import json
import os
import re
import signal
import uuid
from functools import partial
from urllib.parse import urlencode

import pytest

from tests.proxy import Proxy
from tests.wire import Wire, at_once, await_truth, children, in_background

NOWHERE = "/v1/groups/01935c33-2c30-7f53-8285-ffffffffffff"


def stored(db, query, *values):
    db.execute(query, values or None)
    return db.fetchall()


def revision(resource):
    return resource["revision"]


# Problems -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method, path, fields, status, slug", [
    ("GET", "/v1/nothing", {}, 404, "not-found"),
    ("GET", NOWHERE, {}, 404, "not-found"),
    ("GET", "/v1/groups/7", {}, 404, "not-found"),
    ("DELETE", "/v1/groups", {}, 405, "method-not-allowed"),
    ("BREW", "/v1/groups", {}, 501, "not-implemented"),
    ("GET", "/v1/groups", {"Accept": "text/csv"}, 406, "not-acceptable"),
    ("GET", "/v1/groups?colour=red", {}, 400, "invalid-parameter"),
    ("GET", "/v1/groups?cursor=AAAA", {}, 400, "invalid-cursor"),
    ("POST", "/v1/groups", {"Content-Type": "text/plain"}, 415, "unsupported-media-type"),
    ("POST", "/v1/groups", {"Content-Type": "application/json"}, 400, "invalid-json"),
    ("PATCH", NOWHERE, {"If-Match": "*", "Content-Type": "application/json"}, 415, "unsupported-media-type"),
    ("PATCH", NOWHERE, {"Content-Type": "application/merge-patch+json"}, 428, "precondition-required"),
    ("DELETE", NOWHERE, {}, 428, "precondition-required"),
    ("DELETE", NOWHERE, {"If-Match": "*"}, 404, "not-found"),
    ("GET", "/v1/groups", {"Authorization": "Bearer nobody"}, 401, "unauthenticated"),
])
def test_every_problem_is_a_problem_document_with_all_its_members(admin, server, method, path, fields, status, slug):
    reply = admin.request(method, path, b"" if method in ("POST", "PATCH") else None, **fields)
    assert (reply.status, reply.slug) == (status, slug)
    assert reply.headers["content-type"] == "application/problem+json"
    problem = reply.json
    assert problem["type"] == f"http://127.0.0.1:{server.port}/problems/{slug}"
    assert problem["title"] and problem["status"] == status and problem["instance"]
    assert problem["request_id"] == reply.headers["x-request-id"]
    assert "etag" not in reply.headers and "access-control-allow-credentials" not in reply.headers


def test_the_type_of_a_problem_leads_to_a_page_about_it(api):
    problem = api.get("/v1/nothing").json
    page = api.get("/problems/" + problem["type"].rsplit("/", 1)[1])
    assert page.status == 200 and problem["title"] in page.body.decode()


@pytest.mark.parametrize("method, path, allowed", [
    ("DELETE", "/v1/groups", {"GET", "HEAD", "POST", "OPTIONS"}),
    ("POST", NOWHERE, {"GET", "HEAD", "PATCH", "DELETE", "OPTIONS"}),
    ("PUT", "/healthz", {"GET", "HEAD", "OPTIONS"}),
])
def test_a_method_that_is_not_allowed_says_which_are(api, method, path, allowed):
    reply = api.request(method, path)
    assert reply.status == 405
    assert set(reply.headers["allow"].split(", ")) == allowed


def test_an_unauthenticated_caller_is_told_how_to_authenticate(api):
    reply = api.post("/v1/groups", {})
    assert reply.status == 401
    assert reply.headers["www-authenticate"].startswith("Bearer")


def test_every_bad_field_is_named_at_once(given):
    body = {
        "name": "x", "slug": "Not A Slug", "summary": "", "language_of_text": "deutsch!", "topic_ids": ["one"],
        "audience": [], "age": {"from": -1, "to": 121, "about": 50}, "leadership": "anarchy",
        "duration": {"kind": "limited", "sessions": 0}, "joining": None, "cost": {"kind": "fee", "amount": 5},
        "formats": ["in_person", "in_person"], "place": {"country": "Köln", "point": {"lat": 91}}, "website": "ftp://x",
        "colour": "red"}
    reply = given.admin.post("/v1/groups", body)
    assert reply.status == 422
    assert reply.pointers() == {
        "/name", "/slug", "/summary", "/language_of_text", "/topic_ids/0", "/audience", "/age/from", "/age/to",
        "/age/about", "/leadership", "/duration/sessions", "/joining", "/cost/amount", "/cost/currency", "/formats",
        "/languages", "/place/country", "/place/point/lat", "/place/point/lon", "/website", "/colour"}
    assert all(set(error) <= {"pointer", "code", "detail"} for error in reply.json["errors"])


def test_a_pointer_escapes_the_name_of_its_member(given):
    reply = given.admin.post("/v1/groups", given.new_group(**{"a/b~c": 1}))
    assert reply.pointers() == {"/a~1b~0c"}


def test_every_bad_parameter_is_named_at_once(api):
    reply = api.get("/v1/groups?limit=0&near=here&age=old&colour=red&format=in_person&format=by_post&sort=size")
    assert reply.status == 400
    assert reply.parameters() == {"limit", "near", "age", "colour", "format", "sort"}


@pytest.mark.parametrize("method, target, fields, body", [
    ("GET", "/v1/groups?q=@&near=@&limit=@&topic=@@", {}, None),
    ("GET", "/v1/groups?cursor=@", {}, None),
    ("GET", "/v1/groups/@", {}, None),
    ("GET", "/@", {}, None),
    ("GET", "/v1/groups", {"Authorization": "Bearer @"}, None),
    ("GET", "/v1/groups", {"Accept": "text/@"}, None),
    ("POST", "/v1/groups", {"Idempotency-Key": "@ @"}, {"name": "@", "slug": "@ @", "age": {"from": "@"}}),
    ("POST", "/v1/groups", {"Content-Type": "text/@"}, "@"),
    ("POST", "/v1/groups", {"Content-Type": "application/json"}, '{"name": "@", @'),
    ("POST", "/v1/organisations", {}, {"kind": "@", "name": "Name", "website": "@"}),
    ("PATCH", NOWHERE, {"If-Match": '"@"'}, {"leadership": "@", "topic_ids": ["@"]}),
])
def test_no_value_is_ever_echoed(admin, method, target, fields, body):
    secret = "geheim5f0c2d9e"
    spoken = json.loads(json.dumps([target, fields, body]).replace("@", secret))
    reply = admin.request(method, spoken[0], spoken[2], **spoken[1])
    assert reply.status >= 400
    assert secret not in reply.body.decode() and secret not in str(reply.headers)


def test_what_is_not_there_and_what_cannot_be_there_are_the_same_404(api, given):
    hidden = given.group(visibility="unlisted")["id"]
    replies = [api.get(f"/v1/groups/{name}") for name in (uuid.uuid4(), "x", "..%2f..", "%ff", hidden)]
    problems = [{**reply.json, "request_id": "", "instance": ""} for reply in replies]
    assert [reply.status for reply in replies] == [404] * 5
    assert all(problem == problems[0] for problem in problems[:2] + problems[4:])


# Parameters ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [
    "/healthz", "/v1", "/v1/openapi.json", "/docs", "/problems/not-found", "/v1/topics", "/v1/organisations",
    "/v1/groups", NOWHERE])
def test_an_unknown_parameter_is_named_and_never_ignored(api, path):
    reply = api.get(path + "?limits=5&Limit=5")
    assert reply.status == 400
    assert reply.parameters() == {"limits", "Limit"}


@pytest.mark.parametrize("path, name", [
    ("/v1/groups?limit=1&limit=1", "limit"),
    ("/v1/groups?q=a&q=b", "q"),
    ("/v1/groups?facets=topic&facets=format", "facets"),
    ("/v1/topics?q=angst&q=panik", "q"),
])
def test_a_single_parameter_given_twice_is_an_error(api, path, name):
    reply = api.get(path)
    assert reply.status == 400
    assert reply.parameters() == {name}


def test_a_header_field_that_may_come_once_must_not_come_twice(server, admin, given, db):
    name = given.word()
    body = json.dumps(given.new_group(name=name, organisation_id=given.organisation()["id"])).encode()
    with Wire(server) as wire:
        reply = wire.request("POST", "/v1/groups", body, "Content-Type: application/json",
                             f"Authorization: Bearer {admin.key}", "Idempotency-Key: one", "Idempotency-Key: two")
    assert reply.status == 400
    assert stored(db, "SELECT count(*) FROM groups WHERE name = %s", name) == [(0,)]


@pytest.mark.parametrize("wanted, language", [
    (None, "de"), ("en", "en"), ("en-GB", "en"), ("EN", "en"), ("de-AT, de;q=0.9, en;q=0.5", "de"), ("fr", "de"),
    ("fr, en;q=0.1", "en"), ("en;q=0.2, de;q=0.3", "de"), ("en;q=0.3, de;q=0.2", "en"), ("en;q=0", "de"), ("*", "de"),
    ("den, en;q=0.5", "en"), ("enm;q=1, de;q=0.1", "de"), ("en ; q=0.9 , de ; q=0.1", "en"), (";;q=,,", "de"),
])
def test_the_language_is_the_one_the_client_likes_best(api, given, wanted, language):
    topic = given.topic(names={"de": "Kummer", "en": "Sorrow"})
    reply = api.get(f"/v1/topics/{topic['id']}", Accept_Language=wanted)
    assert reply.headers["content-language"] == language
    assert reply.json["name"] == {"de": "Kummer", "en": "Sorrow"}[language]


@pytest.mark.parametrize("accept, status", [
    ("application/json", 200), ("*/*", 200), ("application/*", 200), ("text/html, */*;q=0.1", 200), ("", 200),
    ("APPLICATION/JSON", 200), ("application/json;q=0.1", 200), ("text/html", 406), ("application/xml", 406),
    ("application/json;q=0", 406), ("application/jsonp", 406), ("image/*", 406),
])
def test_only_what_is_acceptable_is_sent(api, accept, status):
    assert api.get("/v1/groups?limit=1", Accept=accept).status == status


# Request ids, addresses ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["portal-7c1f4e", "a", "A.b_c-9", "x" * 64])
def test_a_request_id_comes_back(api, name):
    assert api.get("/v1/nothing", X_Request_Id=name).json["request_id"] == name
    assert api.get("/healthz", X_Request_Id=name).headers["x-request-id"] == name


@pytest.mark.parametrize("name", [
    b"", b"x" * 65, b"two words", b'"', b"<script>", b"a;b", b"../../etc/passwd", b"a\tb", "köln".encode(), b"\xff",
    b"${jndi}", b"%0d%0aSet-Cookie:a=b"])
def test_a_malicious_request_id_is_replaced(server, name):
    with Wire(server) as wire:
        reply = wire.request("GET", "/v1/groups?limit=1", b"", b"X-Request-Id: " + name)
    assert reply.status == 200
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", reply.headers["x-request-id"])
    assert reply.headers["x-request-id"].encode() != name


def test_request_ids_of_our_own_are_never_given_twice(api):
    replies = at_once(*[partial(api.get, "/healthz")] * 40)
    assert len({reply.headers["x-request-id"] for reply in replies}) == 40


def test_no_address_derives_from_what_the_client_says_its_host_is(server, admin, given):
    group = given.new_group(organisation_id=given.organisation()["id"])
    lies = ["X-Forwarded-Host: evil.example", "X-Forwarded-Proto: gopher", "Forwarded: host=evil.example",
            "X-Original-Url: http://evil.example/", f"Authorization: Bearer {admin.key}"]
    for method, target, body in [
            ("GET", "/v1", b""), ("GET", "/v1/groups?limit=1", b""), ("GET", "/v1/topics?limit=1", b""),
            ("GET", "/nothing", b""), ("GET", "/docs", b""), ("GET", "/problems/not-found", b""),
            ("GET", "http://evil.example/v1/groups?limit=1", b""), ("OPTIONS", "/v1/groups", b""),
            ("POST", "/v1/groups", json.dumps(group).encode())]:
        with Wire(server) as wire:
            wire.send(f"{method} {target} HTTP/1.1\r\nHost: evil.example:99\r\n".encode())
            wire.send("\r\n".join([*lies, "Content-Type: application/json", f"Content-Length: {len(body)}", "", ""])
                      .encode() + body)
            reply = wire.reply(method)
        assert reply.status in (200, 201, 204, 404)
        assert "evil" not in str(reply.headers) and b"evil" not in reply.body


# Validators ---------------------------------------------------------------------------------------


def sees(client, path, **fields):
    reply = client.get(path, **fields)
    assert reply.status == 200 and re.fullmatch(r'"[!#-~]+"', reply.etag), reply.etag
    return reply


def of_own(given, path):
    """A path to what no other test changes meanwhile."""
    if "{}" not in path:
        return path
    group = given.group()
    return path.format(group["organisation_id"] if "?" in path else group["id"])


def test_every_key_that_sees_the_same_gets_the_same_etag(api, given):
    owner, partner = given.client(), given.client(scopes="groups:read")
    group = given.group(owner)
    path = f"/v1/groups/{group['id']}"
    found = f"/v1/groups?organisation={group['organisation_id']}"
    assert len({sees(client, path).etag for client in (api, owner, partner, given.admin)}) == 1
    assert len({sees(client, found).etag for client in (api, owner, partner, given.admin)}) == 1


def test_keys_that_see_different_things_get_different_etags(api, given):
    owner, partner = given.client(), given.client(scopes="groups:read")
    path = f"/v1/groups/{given.group(owner, partner_note='Zieht um.')['id']}"
    public, noted = sees(api, path), sees(partner, path)
    assert "partner_note" in noted.json and "partner_note" not in public.json
    assert public.etag != noted.etag == sees(owner, path).etag


def test_each_representation_has_an_etag_of_its_own(api, given):
    topic = given.topic(names={"de": "Kummer", "en": "Sorrow"}, synonyms={"de": ["Wort" * 25 for _ in range(30)]})
    path = f"/v1/topics/{topic['id']}"
    replies = [sees(api, path, Accept_Language=language, Accept_Encoding=coding)
               for language in ("de", "en") for coding in ("identity", "gzip")]
    assert [reply.headers.get("content-encoding") for reply in replies] == [None, "gzip"] * 2
    assert len({reply.etag for reply in replies}) == 4
    assert replies[0].json == replies[1].json


@pytest.mark.parametrize("codings, coding", [
    ("gzip", "gzip"), ("deflate, gzip;q=0.5", "gzip"), ("gzip;q=0.001", "gzip"), ("gzip;q=0", None),
    ("gzip;q=0.000", None), ("gzip;q=0 , br", None), ("br", None), ("", None), ("identity", None),
])
def test_a_packed_answer_is_sent_to_those_who_take_it(api, codings, coding):
    reply = api.get("/v1/openapi.json", Accept_Encoding=codings)
    assert reply.headers.get("content-encoding") == coding
    assert reply.json["openapi"] == "3.1.0"
    assert "Accept-Encoding" in reply.headers["vary"]


@pytest.mark.parametrize("form, status", [
    ("{}", 304), ("*", 304), ("W/{}", 304), ('"a", {}', 304), ('"a",{},"b"', 304), ('W/"a" , W/{}', 304),
    ('"a"', 200), ('"x{bare}"', 200), ('"{bare}', 200), ("{bare}", 200), ('"{bare}.gz"', 200), ('"a{{}}b"', 200),
])
def test_a_known_version_is_not_sent_again(api, given, form, status):
    path = f"/v1/groups/{given.group()['id']}"
    tag = sees(api, path).etag
    assert api.get(path, If_None_Match=form.format(tag, bare=tag.strip('"'))).status == status


def test_etags_in_two_field_lines_are_one_list(server, api, given):
    path = f"/v1/groups/{given.group()['id']}"
    with Wire(server) as wire:
        reply = wire.request("GET", path, b"", 'If-None-Match: "a"', f"If-None-Match: {sees(api, path).etag}")
    assert reply.status == 304


@pytest.mark.parametrize("path", ["/v1", "/v1/openapi.json", "/docs", "/v1/groups?organisation={}", "/v1/groups/{}"])
def test_a_304_has_no_body_but_its_validators(api, given, path):
    path = of_own(given, path)
    whole = sees(api, path)
    reply = api.get(path, If_None_Match=whole.etag)
    assert (reply.status, reply.raw) == (304, b"")
    for name in ("etag", "vary", "cache-control"):
        assert reply.headers[name] == whole.headers[name]
    assert "content-type" not in reply.headers and "content-encoding" not in reply.headers


def test_an_etag_changes_with_what_it_stands_for(given):
    client = given.client()
    group = given.group(client)
    path = f"/v1/groups/{group['id']}"
    before = sees(client, path)
    patched = client.patch(path, {"summary": "Neu"}, before.etag)
    after = sees(client, path)
    assert before.etag != after.etag == patched.etag and after.json == patched.json
    assert client.get(path, If_None_Match=before.etag).status == 200


@pytest.mark.parametrize("path", [
    "/healthz", "/readyz", "/v1", "/v1/openapi.json", "/v1/openapi-3.0.json", "/docs", "/problems/not-found",
    "/v1/topics?q=zzz", "/v1/groups?organisation={}", "/v1/groups/{}", "/v1/nothing", NOWHERE, "/v1/groups?limit=0"])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_head_answers_as_get_does_without_the_body(api, given, path, coding):
    path = of_own(given, path)
    get, head = (api.request(method, path, Accept_Encoding=coding, X_Request_Id="r") for method in ("GET", "HEAD"))
    assert head.status == get.status and head.raw == b""
    assert {**head.headers, "date": ""} == {**get.headers, "date": ""}


# CORS ---------------------------------------------------------------------------------------------


def test_pages_of_any_origin_may_read_what_is_public(api, given):
    for path in ("/v1/groups", f"/v1/groups/{given.group()['id']}", "/v1/topics", "/v1/openapi.json", "/healthz"):
        reply = api.get(path, Origin="https://portal.example")
        assert reply.headers["access-control-allow-origin"] == "*"
        assert "ETag" in reply.headers["access-control-expose-headers"]
        assert "access-control-allow-credentials" not in reply.headers


def test_a_preflight_allows_reading_only(api):
    for path in ("/v1/groups", NOWHERE):
        reply = api.request("OPTIONS", path, Origin="https://portal.example", Access_Control_Request_Method="DELETE")
        assert reply.status == 204 and reply.raw == b""
        assert set(reply.headers["access-control-allow-methods"].split(", ")) == {"GET", "HEAD"}
        assert "authorization" not in reply.headers["access-control-allow-headers"].lower()


def test_no_page_of_another_origin_may_write(given):
    client = given.client()
    group = client.post("/v1/groups", given.new_group(), Origin="https://portal.example")
    path = f"/v1/groups/{group.json['id']}"
    for reply in (group, client.patch(path, {"summary": "Neu"}), client.delete(path)):
        assert reply.status in (200, 201, 204)
        assert not [name for name in reply.headers if name.startswith("access-control-")]


# If-Match -----------------------------------------------------------------------------------------


KINDS = ["group", "organisation", "topic"]


@pytest.fixture(params=KINDS)
def resource(request, given):
    """(path, what a patch may change) of a new resource of each kind."""
    made = getattr(given, request.param)()
    changes = {"topic": lambda text: {"names": {"en": text}}}.get(request.param, lambda text: {"summary": text})
    return f"/v1/{request.param}s/{made['id']}", changes


def test_a_change_needs_if_match(admin, resource):
    path, change = resource
    for reply in (admin.patch(path, change("Neu"), None), admin.delete(path, None)):
        assert (reply.status, reply.slug) == (428, "precondition-required")
    assert revision(admin.get(path).json) == 1


@pytest.mark.parametrize("form, status", [
    ("{}", 200), ("*", 200), ('"0.aa", {}', 200), ('{} , "9.bb"', 200), ('"9.aa"', 412), ("W/{}", 412), ('""', 412),
    ("1", 412), ('"1', 412), ('"x"', 412), ('"99999999999999999999.a"', 412), ("'1.a'", 412), ('"-1.a"', 412),
    ('"1zz"', 412),
])
def test_only_the_version_that_is_there_can_be_changed(admin, resource, form, status):
    path, change = resource
    tag = admin.get(path).etag
    reply = admin.patch(path, change("Neu"), form.format(tag))
    assert reply.status == status
    assert revision(admin.get(path).json) == (2 if status == 200 else 1)


def test_an_old_version_can_neither_be_changed_nor_deleted(admin, resource):
    path, change = resource
    old = admin.get(path).etag
    assert admin.patch(path, change("Neu"), old).status == 200
    for reply in (admin.patch(path, change("Neuer"), old), admin.delete(path, old)):
        assert (reply.status, reply.slug) == (412, "precondition-failed")
    assert revision(admin.get(path).json) == 2


def test_the_etag_of_any_representation_will_do(admin, given):
    topic = given.topic(names={"de": "Kummer", "en": "Sorrow"}, synonyms={"de": ["Wort" * 25] * 30})
    path = f"/v1/topics/{topic['id']}"
    for number, fields in enumerate(({"Accept_Language": "en"}, {"Accept_Encoding": "gzip"})):
        assert admin.patch(path, {"names": {"en": f"Grief {number}"}}, admin.get(path, **fields).etag).status == 200


def test_what_is_gone_is_not_found_by_any_etag(admin, resource):
    path, change = resource
    tag = admin.get(path).etag
    assert admin.delete(path, tag).status == 204
    assert [reply.status for reply in (admin.get(path), admin.patch(path, change("Neu"), tag), admin.delete(path, tag),
                                       admin.patch(path, change("Neu")), admin.delete(path))] == [404] * 5


def assert_one_winner(replies):
    statuses = sorted(reply.status for reply in replies)
    assert statuses[0] in (200, 204) and set(statuses[1:]) == {412}, statuses


def test_of_two_changes_to_one_version_exactly_one_wins(admin, resource):
    path, change = resource
    for round_number in range(3):
        tag = admin.get(path).etag
        replies = at_once(*[partial(admin.patch, path, change(f"{round_number} {n}"), tag) for n in range(6)])
        assert_one_winner(replies)
        winner = next(reply for reply in replies if reply.status == 200)
        assert admin.get(path).json == winner.json and revision(winner.json) == round_number + 2


def test_of_a_change_and_a_deletion_exactly_one_wins(admin, resource):
    path, change = resource
    tag = admin.get(path).etag
    replies = at_once(*[partial(admin.patch, path, change("Neu"), tag), partial(admin.delete, path, tag)] * 2)
    statuses = sorted(reply.status for reply in replies)
    assert statuses[0] in (200, 204) and set(statuses[1:]) <= {404, 412}, statuses


def test_two_winners_would_be_noticed(admin, resource):
    path, change = resource
    with pytest.raises(AssertionError):
        assert_one_winner([admin.patch(path, change(str(n)), admin.get(path).etag) for n in range(2)])


# Of two writes that contradict each other ---------------------------------------------------------


@pytest.mark.parametrize("kind", ["organisation", "topic"])
def test_two_moves_at_once_make_no_circle(admin, given, db, lock, kind):
    one, other = (getattr(given, kind)()["id"] for _ in range(2))
    lock.hold(f"SELECT FROM {kind}s WHERE id IN (%s, %s) FOR UPDATE", one, other)
    moves = [in_background(partial(admin.patch, f"/v1/{kind}s/{below}", {"parent_id": above}))
             for below, above in ((one, other), (other, one))]
    lock.await_waiting(2)
    lock.release()
    assert sorted(move().status for move in moves)[0] == 200
    parents = dict(stored(db, f"SELECT id, parent_id FROM {kind}s WHERE id IN (%s, %s)", one, other))
    assert None in parents.values(), "each is below the other"


def test_two_groups_of_one_name_added_at_once_get_slugs_of_their_own(given, lock):
    client, group = given.client(), given.new_group(name=given.word())
    lock.hold_word(group["name"])
    added = [in_background(partial(client.post, "/v1/groups", group)) for _ in range(2)]
    lock.await_waiting(2)
    lock.release()
    assert [add().status for add in added] == [201, 201]


def test_a_topic_does_not_go_while_a_group_takes_it(admin, given, lock):
    topic, client = given.topic(), given.client()
    group = given.new_group(name=given.word(), topic_ids=[topic["id"]])
    lock.hold_word(group["name"])
    add = in_background(partial(client.post, "/v1/groups", group))
    lock.await_waiting(1)
    delete = in_background(partial(admin.delete, f"/v1/topics/{topic['id']}"))
    lock.release()
    assert (add().status, delete().status) in {(201, 409), (201, 503), (422, 204)}
    assert admin.get(f"/v1/topics/{topic['id']}").status == (200 if add().status == 201 else 404)


def test_an_organisation_does_not_go_while_a_group_comes_to_it(admin, given, lock):
    client = given.client()
    path, group = f"/v1/organisations/{client.organisation['id']}", given.new_group(name=given.word())
    lock.hold_word(group["name"])
    add = in_background(partial(client.post, "/v1/groups", group))
    lock.await_waiting(1)
    delete = in_background(partial(admin.delete, path))
    lock.await_waiting(2)
    lock.release()
    assert (add().status, delete().status) in {(201, 409), (422, 204)}
    assert admin.get(path).status == (200 if add().status == 201 else 404)


@pytest.mark.parametrize("member", ["organisation_id", "supported_by_id", "topic_ids"])
def test_a_group_refers_to_nothing_that_has_gone(admin, given, member):
    kind = "topic" if member == "topic_ids" else "organisation"
    gone, group = getattr(given, kind)()["id"], given.group()
    assert admin.delete(f"/v1/{kind}s/{gone}").status == 204
    reference = {member: [gone] if member == "topic_ids" else gone}
    organisation = {"organisation_id": group["organisation_id"]}
    for reply in (admin.post("/v1/groups", {**given.new_group(), **organisation, **reference}),
                  admin.patch(f"/v1/groups/{group['id']}", reference)):
        assert (reply.status, reply.pointers()) == (422, {f"/{member}"})


@pytest.mark.parametrize("kind", ["organisation", "topic"])
def test_nothing_is_put_below_what_has_gone(admin, given, kind):
    gone, there = (getattr(given, kind)()["id"] for _ in range(2))
    assert admin.delete(f"/v1/{kind}s/{gone}").status == 204
    new = {"organisation": {"kind": "partner", "name": "Name"},
           "topic": {"slug": given.word(), "names": {"de": "Name"}}}
    for reply in (admin.post(f"/v1/{kind}s", {**new[kind], "parent_id": gone}),
                  admin.patch(f"/v1/{kind}s/{there}", {"parent_id": gone})):
        assert (reply.status, reply.pointers()) == (422, {"/parent_id"})


# Merge patch --------------------------------------------------------------------------------------


@pytest.mark.parametrize("media_type, status", [
    ("application/merge-patch+json", 200), ("application/merge-patch+json; charset=utf-8", 200),
    ("Application/Merge-Patch+JSON", 200), ("application/json", 415), ("application/json-patch+json", 415),
    ("application/merge-patch+jsonx", 415), ("text/plain", 415), ("", 415), (None, 415),
])
def test_a_patch_is_a_merge_patch_and_nothing_else(admin, given, media_type, status):
    path = f"/v1/groups/{given.group()['id']}"
    reply = admin.patch(path, b'{"summary": "Neu"}', Content_Type=media_type)
    assert reply.status == status
    assert admin.get(path).json.get("summary") == ("Neu" if status == 200 else None)


FULL = {
    "summary": "Kurz", "age": {"from": 18, "to": 35}, "cost": {"kind": "fee", "amount": "5.00", "currency": "EUR"},
    "place": {"country": "DE", "town": "Bonn"}, "activities": ["talk", "leisure"], "status": "paused",
    "website": "https://example.org/"}


@pytest.mark.parametrize("patch, result", [
    ({}, {}),
    ({"summary": "Lang"}, {"summary": "Lang"}),
    ({"summary": None}, {"summary": None}),
    ({"description": None}, {}),
    ({"description": "Neu"}, {"description": "Neu"}),
    ({"age": {"to": None}}, {"age": {"from": 18}}),
    ({"age": {"to": 40}}, {"age": {"from": 18, "to": 40}}),
    ({"age": None}, {"age": None}),
    ({"age": {"from": None, "to": None}}, {"age": None}),
    ({"activities": ["education"]}, {"activities": ["education"]}),
    ({"activities": []}, {"activities": []}),
    ({"activities": None}, {"activities": []}),
    ({"cost": {"kind": "free", "amount": None, "currency": None}}, {"cost": {"kind": "free"}}),
    ({"cost": None}, {"cost": {"kind": "free"}}),
    ({"status": None}, {"status": "active"}),
    ({"place": {"postcode": "53111"}}, {"place": {"country": "DE", "town": "Bonn", "postcode": "53111"}}),
    ({"place": {"town": None}}, {"place": {"country": "DE"}}),
    ({"place": None}, {"place": None}),
    ({"website": None, "summary": None, "name": "Anders"}, {"website": None, "summary": None, "name": "Anders"}),
])
def test_a_merge_patch_changes_what_it_names_and_nothing_else(admin, given, patch, result):
    path = f"/v1/groups/{given.group(**FULL)['id']}"
    before = admin.get(path).json
    reply = admin.patch(path, patch)
    assert reply.status == 200
    books = ("revision", "updated_at", "verified_at")
    after = {name: value for name, value in reply.json.items() if name not in books}
    wanted = {**{name: value for name, value in before.items() if name not in books}, **result}
    if "place" in after and "place" in result:
        after["place"] = {k: v for k, v in after["place"].items() if k not in ("point", "precision")}
    assert after == {name: value for name, value in wanted.items() if value is not None}


@pytest.mark.parametrize("patch, pointers", [
    ({"name": None}, {"/name"}),
    ({"topic_ids": None}, {"/topic_ids"}),
    ({"place": {"country": None}}, {"/place/country"}),
    ({"cost": {"kind": "free"}}, {"/cost/amount", "/cost/currency"}),
    ({"cost": {"amount": None}}, {"/cost/amount"}),
    ({"age": {"from": 36}}, {"/age/to"}),
    ({"age": "young"}, {"/age"}),
    ({"colour": "red"}, {"/colour"}),
    ({"colour": None}, {"/colour"}),
    ({"id": "01935c33-2c30-7f53-8285-9142a3becf05"}, {"/id"}),
    ({"activities": ["talk", "talk"], "summary": ""}, {"/activities", "/summary"}),
    ([], {""}),
    ("text", {""}),
    (None, {""}),
])
def test_a_patched_whole_must_be_what_could_be_added(admin, given, patch, pointers):
    path = f"/v1/groups/{given.group(**FULL)['id']}"
    reply = admin.patch(path, json.dumps(patch), Content_Type="application/merge-patch+json")
    assert (reply.status, reply.slug) == (422, "invalid-body")
    assert reply.pointers() == pointers
    assert revision(admin.get(path).json) == 1


def test_a_group_whose_slug_we_made_can_be_changed_like_any_other(admin, given, api):
    name = (given.word() + "lang") * 5
    first, second = (given.group(name=name) for _ in range(2))
    for group in (first, second):
        path = f"/v1/groups/{group['id']}"
        assert len(api.get(path).json["slug"]) <= 80
        assert admin.patch(path, {"summary": "Neu"}).status == 200


# Idempotency --------------------------------------------------------------------------------------


def same_answer(one, other):
    return (one.status, one.body) == (other.status, other.body) and all(
        one.headers.get(name) == other.headers.get(name)
        for name in ("location", "etag", "content-type", "content-language"))


def count_named(db, name):
    return stored(db, "SELECT count(*) FROM groups WHERE name = %s", name)[0][0]


def test_a_repeated_post_has_one_effect_and_the_same_answer(given, db):
    client, group, key = given.client(), given.new_group(), given.word()
    first = client.post("/v1/groups", group, Idempotency_Key=key)
    path = first.headers["location"]
    assert first.status == 201 and first.json["id"] == path.rsplit("/", 1)[1]
    assert client.patch(path, {"summary": "Neu"}, first.etag).status == 200
    second = client.post("/v1/groups", group, Idempotency_Key=key)
    assert same_answer(first, second)
    assert count_named(db, group["name"]) == 1


@pytest.mark.parametrize("path", ["/v1/organisations", "/v1/topics"])
def test_other_resources_are_made_once_too(given, path):
    body = {"/v1/topics": {"slug": given.word(), "names": {"de": "Kummer"}},
            "/v1/organisations": {"kind": "partner", "name": given.word()}}[path]
    key = given.word()
    first, second = (given.admin.post(path, body, Idempotency_Key=key) for _ in range(2))
    assert first.status == 201 and same_answer(first, second)


def test_a_key_is_good_for_one_request_only(given):
    client, group, key = given.client(scopes="admin"), given.new_group(), given.word()
    assert client.post("/v1/groups", group, Idempotency_Key=key).status == 201
    for path, body in [
            ("/v1/groups", {**group, "name": "Anders"}), ("/v1/groups?dry_run=false", group),
            ("/v1/organisations", {"kind": "partner", "name": key})]:
        reply = client.post(path, body, Idempotency_Key=key)
        assert (reply.status, reply.slug) == (422, "idempotency-mismatch")


def assert_one_effect(replies, count):
    assert {reply.status for reply in replies} <= {201, 409}
    answers = [reply for reply in replies if reply.status == 201]
    assert answers and all(same_answer(answers[0], reply) for reply in answers)
    assert all(reply.slug == "in-progress" and int(reply.headers["retry-after"]) > 0
               for reply in replies if reply.status == 409)
    assert count == 1


def test_twenty_at_once_with_one_key_have_one_effect(given, db):
    client, group, key = given.client(), given.new_group(), given.word()
    replies = at_once(*[partial(client.post, "/v1/groups", group, Idempotency_Key=key)] * 20)
    assert_one_effect(replies, count_named(db, group["name"]))
    assert client.post("/v1/groups", group, Idempotency_Key=key).json in [r.json for r in replies if r.status == 201]


def test_two_effects_would_be_noticed(given, db):
    client, group = given.client(), given.new_group()
    replies = at_once(*[partial(client.post, "/v1/groups", group, Idempotency_Key=given.word()) for _ in range(2)])
    with pytest.raises(AssertionError):
        assert_one_effect(replies, count_named(db, group["name"]))


def test_the_same_key_of_another_client_is_another_key(given, db):
    name, key = given.word(), given.word()
    clients = [given.client() for _ in range(2)]
    replies = [client.post("/v1/groups", given.new_group(name=name), Idempotency_Key=key) for client in clients]
    assert [reply.status for reply in replies] == [201, 201]
    assert replies[0].json["id"] != replies[1].json["id"] and count_named(db, name) == 2


def test_a_key_is_the_same_with_and_without_quotation_marks(given):
    client, group, key = given.client(), given.new_group(), given.word()
    first, second = (client.post("/v1/groups", group, Idempotency_Key=form) for form in (f'"{key}"', key))
    assert first.status == 201 and same_answer(first, second)


@pytest.mark.parametrize("key", [b"", b"two words", b"x" * 256, "schlüssel".encode(), b"\xff", b'""', b"a\tb"])
def test_a_key_that_is_none_is_refused(server, given, db, key):
    group = given.new_group(organisation_id=given.organisation()["id"])
    with Wire(server) as wire:
        reply = wire.request("POST", "/v1/groups", json.dumps(group).encode(), "Content-Type: application/json",
                             f"Authorization: Bearer {given.admin.key}", b"Idempotency-Key: " + key)
    assert (reply.status, reply.parameters()) == (400, {"Idempotency-Key"})
    assert count_named(db, group["name"]) == 0


@pytest.mark.parametrize("key", ["!#$%&'*+,-./:;<=>?@[]^_`{|}~", "'; DROP TABLE groups; --", "x" * 255, "a\\b", 'a"b'])
def test_any_printable_key_works(given, key):
    client, group, key = given.client(), given.new_group(), key.replace(" ", "_")
    first, second = (client.post("/v1/groups", group, Idempotency_Key=key) for _ in range(2))
    assert first.status == 201 and same_answer(first, second)


def test_what_failed_is_not_kept(given, db):
    client, key, slug = given.client(), given.word(), given.word()
    given.group(slug=slug)
    group = given.new_group()
    for body, status in [({**group, "name": ""}, 422), ({**group, "slug": slug}, 409),
                         ({**group, "organisation_id": given.organisation()["id"]}, 403),
                         ({**group, "topic_ids": [str(uuid.uuid4())]}, 422), (group, 201)]:
        assert client.post("/v1/groups", body, Idempotency_Key=key).status == status
    assert count_named(db, group["name"]) == 1


def test_a_key_is_kept_for_a_day_at_least(given, another_server, own_clock):
    client = given.client().at(another_server(RUNDE_CLOCK_FILE=own_clock))
    group, key = given.new_group(), given.word()
    first = client.post("/v1/groups", group, Idempotency_Key=key)
    own_clock.move(hours=24.1)
    assert same_answer(first, client.post("/v1/groups", group, Idempotency_Key=key))


KILLED_AT = [
    (rb"B....\x00idempotency_claim\x00", False), (rb"B....\x00idempotency_claim\x00", True),
    (rb"B....\x00group_create\x00", False), (rb"B....\x00group_create\x00", True),
    (rb"B....\x00idempotency_store\x00", False), (rb"B....\x00idempotency_store\x00", True),
    (rb"\x00COMMIT\x00", False), (rb"\x00COMMIT\x00", True),
]


def answered(client, *request, **fields):
    """What comes when the request is made again until it is answered."""
    replies = []

    def try_again():
        try:
            replies.append(client.post(*request, **fields))
        except (OSError, http.client.HTTPException):
            return False
        return replies[-1].status not in (409, 503)
    await_truth(try_again)
    return replies[-1]


def test_a_server_that_dies_between_effect_and_answer_leaves_one_effect(given, another_server, db):
    proxy = Proxy(os.environ["RUNDE_DATABASE"])
    server = another_server(RUNDE_DATABASE=proxy.conninfo)
    client, effects = given.client().at(server), []

    def die():
        for worker in children(server.process.pid):
            os.kill(worker, signal.SIGKILL)
    try:
        for pattern, is_answered in KILLED_AT:
            group, key = given.new_group(), given.word()
            answered(client, "/v1/groups", given.new_group())
            proxy.when(pattern, is_answered, die)
            with pytest.raises((OSError, http.client.HTTPException)):
                client.post("/v1/groups", group, Idempotency_Key=key)
            effects.append(count_named(db, group["name"]))
            assert answered(client, "/v1/groups", group, Idempotency_Key=key).status == 201
            assert count_named(db, group["name"]) == 1
    finally:
        proxy.stop()
    assert effects == [0, 0, 0, 0, 0, 0, 0, 1], "the last death alone is between effect and answer"


# Pages --------------------------------------------------------------------------------------------


def names(*numbers):
    return [f"Seite {number:02}" for number in numbers]


class Shelf:
    """Resources below one of their own, to be paged through."""

    def __init__(self, given, kind):
        self.given, self.kind, self.word = given, kind, given.word()
        if kind == "topic":
            self.parent = given.topic()
        else:
            self.parent = given.organisation()
        filters = {"topic": "parent", "organisation": "parent", "group": "organisation"}
        self.path = f"/v1/{kind}s?{filters[kind]}={self.parent['id']}"

    def add(self, name):
        if self.kind == "topic":
            return self.given.topic(names={"de": name}, parent_id=self.parent["id"])["id"]
        if self.kind == "organisation":
            return self.given.organisation(name=name, parent_id=self.parent["id"])["id"]
        point = {"lat": 50 + int(name[-2:]) / 100, "lon": 7}
        return self.given.made(self.given.admin.post("/v1/groups", self.given.new_group(
            name=name, summary=f"{self.word} " * (1 + int(name[-2:]) % 3), place={"country": "DE", "point": point},
            organisation_id=self.parent["id"])))["id"]

    def remove(self, made):
        assert self.given.admin.delete(f"/v1/{self.kind}s/{made}").status == 204


ORDERS = [("topic", ""), ("organisation", ""), ("group", "&sort=name"), ("group", "&sort=updated"),
          ("group", "&near=50,7&within_km=400"), ("group", "&sort=relevance&q={}"), ("group", "&facets=format")]


@pytest.mark.parametrize("kind, order", ORDERS)
def test_rows_added_and_taken_away_between_pages_do_not_disturb_the_others(api, given, kind, order):
    shelf = Shelf(given, kind)
    made = {name: shelf.add(name) for name in names(10, 20, 30, 40, 50, 60, 70)}
    path = shelf.path + order.format(shelf.word) + "&limit=2"
    seen, cursor, touched = [], "", {"Seite 20", "Seite 50"}
    changes = [partial(shelf.remove, made["Seite 20"]), partial(shelf.add, "Seite 05"), partial(shelf.add, "Seite 65"),
               partial(shelf.remove, made["Seite 50"]), partial(shelf.add, "Seite 15")]
    while True:
        page = api.get(path + cursor).json
        seen += [item["name"] for item in page["items"]]
        if changes:
            changes.pop(0)()
        if "next" not in page:
            break
        cursor = "&cursor=" + page["next"]
    untouched = [name for name in seen if name in made and name not in touched]
    assert sorted(untouched) == sorted(set(made) - touched)
    assert len(seen) == len(set(seen))


def test_a_search_goes_on_as_it_began_although_its_words_become_known(api, given):
    word = given.word()
    typo, shelf = word[:-1] + ("x" if word[-1] != "x" else "y"), Shelf(given, "group")
    made = {shelf.add(name) for name in (f"{word} 10", f"{word} 20", f"{word} 30")}
    path = f"{shelf.path}&q={typo}&limit=1"
    first = api.get(path).json
    assert first["items"][0]["id"] in made
    shelf.add(f"{typo} 40")
    rest, cursor = [], first["next"]
    while cursor:
        page = api.get(f"{path}&cursor={cursor}").json
        rest += [item["id"] for item in page["items"]]
        cursor = page.get("next")
    assert made <= {first["items"][0]["id"], *rest}


def test_a_list_goes_on_in_the_language_in_which_it_began(api, given):
    parent = given.topic()["id"]
    for number in range(4):
        given.topic(names={"de": f"Wort {number}", "en": f"Word {9 - number}"}, parent_id=parent)
    path = f"/v1/topics?parent={parent}&limit=2"
    first = api.get(path, Accept_Language="de").json
    reply = api.get(f"{path}&cursor={first['next']}", Accept_Language="en")
    if reply.status == 400:
        assert reply.slug == "invalid-cursor"
    else:
        assert len({item["id"] for item in first["items"] + reply.json["items"]}) == 4


@pytest.fixture
def shelf(given):
    """Four groups of one organisation."""
    shelf = Shelf(given, "group")
    for name in names(1, 2, 3, 4):
        shelf.add(name)
    return shelf


def test_a_page_has_a_next_one_unless_it_is_the_last(api, shelf):
    for limit, sizes in [(1, [1, 1, 1, 1]), (2, [2, 2]), (3, [3, 1]), (4, [4]), (5, [4])]:
        found, path = [], f"{shelf.path}&limit={limit}"
        while path:
            reply = api.get(path)
            found.append(len(reply.json["items"]))
            assert ("next" in reply.json) == ("link" in reply.headers)
            path = reply.json.get("next") and f"{shelf.path}&limit={limit}&cursor={reply.json['next']}"
        assert found == sizes


def test_an_empty_list_is_its_own_last_page(api, given):
    assert api.get(f"/v1/topics?parent={given.topic()['id']}").json == {"items": []}


def test_the_link_leads_to_the_next_page(api, server, shelf):
    path = f"{shelf.path}&limit=1&sort=name&format=in_person&format=online&q=Seite"
    cursors = []
    for _ in range(3):
        reply = api.get(path)
        address, relation = re.fullmatch(r"<(.+)>; rel=\"(\w+)\"", reply.headers["link"]).groups()
        cursors.append(reply.json["next"])
        assert relation == "next" and address.endswith("cursor=" + reply.json["next"])
        assert address.count("cursor=") == 1 and "&format=in_person&format=online&q=Seite" in address
        path = address.removeprefix(f"http://127.0.0.1:{server.port}")
    assert len(set(cursors)) == 3 and "next" not in api.get(path).json


def test_the_link_leads_on_however_the_cursor_was_spelt(api, server, shelf):
    first = api.get(f"{shelf.path}&limit=1").json
    reply = api.get(f"{shelf.path}&limit=1&%63ursor={first['next']}")
    link = reply.headers["link"].split(">")[0].removeprefix(f"<http://127.0.0.1:{server.port}")
    assert api.get(link).status == 200


@pytest.mark.parametrize("other", [
    "/v1/groups?limit=1", "{path}&sort=updated", "{path}&status=active", "{path}&q=Seite", "/v1/topics?limit=1",
    "/v1/organisations?limit=1", "{path}&within_km=26", "{path}&country=AT"])
def test_a_cursor_of_another_list_is_refused(api, shelf, other):
    cursor = api.get(f"{shelf.path}&limit=1").json["next"]
    reply = api.get(f"{other.format(path=shelf.path)}&cursor={cursor}")
    assert (reply.status, reply.slug) == (400, "invalid-cursor")


def test_a_cursor_is_good_for_pages_of_any_size(api, shelf):
    cursor = api.get(f"{shelf.path}&limit=1").json["next"]
    assert len(api.get(f"{shelf.path}&limit=2&cursor={cursor}").json["items"]) == 2


def test_a_cursor_that_was_tampered_with_is_refused(api, shelf):
    cursor = api.get(f"{shelf.path}&limit=1").json["next"]
    flipped = [cursor[:i] + ("A" if cursor[i] != "A" else "B") + cursor[i + 1:] for i in range(0, len(cursor), 5)]
    for wrong in (*flipped, cursor[:-4], cursor[4:], cursor + "AAAA", cursor * 2, cursor + "=", cursor + "%00",
                  "A" * 22, "A" * 1000, "*", "..", "%ff"):
        reply = api.get(f"{shelf.path}&limit=1&cursor={wrong}")
        assert (reply.status, reply.slug) in {(400, "invalid-cursor"), (400, "invalid-parameter")}
    for wrong in ("", "A" * 1001):
        assert api.get(f"{shelf.path}&limit=1&cursor={wrong}").parameters() == {"cursor"}


def test_a_limit_above_the_most_counts_as_the_most(api, given, db):
    parent = given.organisation()["id"]
    db.execute("INSERT INTO organisations (kind, name, parent_id) SELECT 'partner', 'Nr. ' || n, %s "
               "FROM generate_series(1, 203) AS n", [parent])
    for limit in ("201", "100000", "9223372036854775807", "99999999999999999999999"):
        page = api.get(f"/v1/organisations?parent={parent}&limit={limit}").json
        assert len(page["items"]) == 200 and "next" in page
    assert len(api.get(f"/v1/organisations?parent={parent}").json["items"]) == 50


@pytest.mark.parametrize("limit", ["0", "-1", "", "many", "1.5", "1e2", "0x10", "%201", "+1", "1;2", "-0", "٣"])
def test_a_limit_that_is_none_is_refused(api, limit):
    reply = api.get("/v1/topics?" + (f"limit={limit}" if "%" in limit else urlencode({"limit": limit})))
    assert (reply.status, reply.parameters()) == (400, {"limit"})


# Dry runs -----------------------------------------------------------------------------------------


def books(db, *ids):
    """All that is written down about some resources."""
    ids = [list(ids)]
    return [stored(db, f"SELECT * FROM {table} WHERE {column} = ANY (%s::uuid[]) ORDER BY 1", *ids)
            for table,
            column in (("groups", "id"), ("organisations", "id"), ("topics", "id"), ("changes", "resource_id"),
                                  ("audit", "resource_id"), ("group_documents", "group_id"))]


def test_a_dry_run_of_a_change_shows_it_and_changes_nothing(admin, resource, db):
    path, change = resource
    before, was = books(db, path.rsplit("/", 1)[1]), admin.get(path)
    reply = admin.patch(path + "?dry_run=true", change("Neu"), was.etag)
    assert reply.status == 200 and revision(reply.json) == 2 and "Neu" in reply.body.decode()
    assert books(db, path.rsplit("/", 1)[1]) == before
    assert admin.get(path).json == was.json


def test_a_dry_run_of_a_deletion_deletes_nothing(admin, resource, db):
    path, _ = resource
    before = books(db, path.rsplit("/", 1)[1])
    reply = admin.delete(path + "?dry_run=true")
    assert (reply.status, reply.raw) == (204, b"")
    assert books(db, path.rsplit("/", 1)[1]) == before
    assert admin.get(path).status == 200


def test_a_dry_run_of_an_addition_adds_nothing(admin, given, db):
    name, slug, organisation = given.word(), given.word(), given.organisation()["id"]
    for path, body in [("/v1/groups", given.new_group(name=name, organisation_id=organisation)),
                       ("/v1/organisations", {"kind": "partner", "name": name}),
                       ("/v1/topics", {"slug": slug, "names": {"de": name}})]:
        reply = admin.post(path + "?dry_run=true", body, Idempotency_Key=name)
        assert reply.status == 201 and "location" not in reply.headers
        assert name in reply.body.decode()
        assert books(db, reply.json["id"]) == [[]] * 6
        assert admin.get(f"{path}/{reply.json['id']}").status == 404
    assert stored(db, "SELECT count(*) FROM idempotency_keys WHERE key = %s", name) == [(0,)]


def test_a_dry_run_fails_where_the_real_one_would(admin, given):
    group = given.group(slug=given.word())
    path, fresh = f"/v1/groups/{group['id']}", given.new_group(organisation_id=group["organisation_id"])
    replies = [
        admin.post("/v1/groups?dry_run=true", {**fresh, "name": ""}),
        admin.post("/v1/groups?dry_run=true", {**fresh, "slug": group["slug"]}),
        given.client().post("/v1/groups?dry_run=true", fresh),
        admin.patch(path + "?dry_run=true", {"name": ""}),
        admin.patch(path + "?dry_run=true", {"summary": "Neu"}, '"9.a"'),
        admin.delete(f"/v1/organisations/{group['organisation_id']}?dry_run=true"),
    ]
    assert [reply.status for reply in replies] == [422, 409, 403, 422, 412, 409]


@pytest.mark.parametrize("word", ["TRUE", "1", "yes", "", "true,true"])
def test_a_dry_run_that_is_misspelt_is_no_real_one(admin, given, db, word):
    group = given.new_group(organisation_id=given.organisation()["id"])
    reply = admin.post(f"/v1/groups?dry_run={word}", group)
    assert (reply.status, reply.parameters()) == (400, {"dry_run"})
    assert count_named(db, group["name"]) == 0


# Limits -------------------------------------------------------------------------------------------


def left(reply):
    return int(re.fullmatch(r'"default";r=(\d+);t=\d+', reply.headers["ratelimit"])[1])


def test_what_is_left_is_counted_down_and_then_refused(api, another_server):
    api = api.at(another_server(RUNDE_REQUESTS_PER_MINUTE=5))
    used = 5 - left(api.get("/v1"))  # with what it took to see that the server is ready
    replies = [api.get("/v1") for _ in range(6)]
    assert [reply.status for reply in replies] == [200] * (5 - used) + [429] * (1 + used)
    assert [left(reply) for reply in replies] == [*range(4 - used, -1, -1), *[0] * (1 + used)]
    refusal = replies[-1]
    assert refusal.slug == "rate-limited" and 1 <= int(refusal.headers["retry-after"]) <= 60
    assert all(reply.headers["ratelimit-policy"] == '"default";q=5;w=60' for reply in replies)


def test_the_wait_that_is_announced_is_the_same_in_both_fields(api, another_server):
    api = api.at(another_server(RUNDE_REQUESTS_PER_MINUTE=3))
    refusal = [api.get("/v1") for _ in range(4)][-1]
    assert refusal.status == 429
    assert int(refusal.headers["ratelimit"].rsplit("=", 1)[1]) <= int(refusal.headers["retry-after"])


def test_a_304_costs_nothing(api, another_server):
    api = api.at(another_server(RUNDE_REQUESTS_PER_MINUTE=5))
    first = api.get("/v1")
    replies = [api.get("/v1", If_None_Match=first.etag) for _ in range(12)]
    assert {reply.status for reply in replies} == {304}
    assert {left(reply) for reply in replies} == {left(first)}


def test_all_workers_count_together(api, another_server):
    api = api.at(another_server(RUNDE_REQUESTS_PER_MINUTE=30))
    replies = at_once(*[partial(api.get, "/v1")] * 20, *[partial(api.get, "/v1")] * 20)
    assert 28 <= sum(reply.status == 200 for reply in replies) <= 30
    assert len({reply.headers["x-request-id"][:16] for reply in replies}) == 2, "only one worker was asked"


def test_each_client_has_a_limit_of_its_own_and_the_nameless_share_one(api, given, another_server):
    server = another_server(RUNDE_REQUESTS_PER_MINUTE=4)
    one, other = given.client().at(server), given.client().at(server)
    assert [one.get("/v1/topics?limit=1").status for _ in range(5)] == [200] * 4 + [429]
    assert other.get("/v1/topics?limit=1").status == 200
    assert [api.at(server).get("/v1").status for _ in range(5)][-1] == 429
    assert [one.get("/v1/topics?limit=1").status, other.get("/v1/topics?limit=1").status] == [429, 200]


def test_all_keys_of_a_client_are_one_account(api, given, runde, another_server):
    server, name = another_server(RUNDE_REQUESTS_PER_MINUTE=4), given.word()
    first = runde("client", "add", name, "--scopes", "groups:read").stdout.strip()
    second = runde("client", "rotate", name).stdout.strip()
    one, other = (api.as_client(key).at(server) for key in (first, second))
    assert [client.get("/v1/topics?limit=1").status for client in (one, other, one, other, one, other)] \
        == [200] * 4 + [429] * 2


def test_a_client_may_have_a_limit_of_its_own(api, given, runde, another_server):
    server, name = another_server(RUNDE_REQUESTS_PER_MINUTE=4), given.word()
    client = api.as_client(runde("client", "add", name, "--scopes", "groups:read").stdout.strip()).at(server)
    runde("client", "limit", name, "--per-minute", 7)
    assert "7/min" in next(line for line in runde("client", "list").stdout.splitlines() if name in line)
    replies = [client.get("/v1/topics?limit=1") for _ in range(8)]
    assert [reply.status for reply in replies] == [200] * 7 + [429]
    assert {reply.headers["ratelimit-policy"] for reply in replies} == {'"default";q=7;w=60'}
    runde("client", "limit", name)
    await_truth(lambda: client.get("/v1/topics?limit=1").headers["ratelimit-policy"] == '"default";q=4;w=60')


def test_a_client_may_have_a_limit_where_nobody_else_has_one(api, given, runde, another_server):
    server, name = another_server(RUNDE_REQUESTS_PER_MINUTE=0), given.word()
    client = api.as_client(runde("client", "add", name, "--scopes", "groups:read").stdout.strip()).at(server)
    runde("client", "limit", name, "--per-minute", 2)
    assert [client.get("/v1/topics?limit=1").status for _ in range(3)] == [200, 200, 429]
    assert "ratelimit" not in given.client().at(server).get("/v1/topics?limit=1").headers


@pytest.mark.parametrize("words", [["--per-minute", "0"], ["--per-minute", "-1"], ["--per-minute", "many"],
                                   ["--per-minute", "9999999999"], ["--per-minute"], ["5"]])
def test_what_is_no_limit_is_refused(given, runde, words):
    name = given.word()
    runde("client", "add", name, "--scopes", "groups:read")
    assert runde("client", "limit", name, *words, check=False).returncode == 1
    assert "no such client" in runde("client", "limit", given.word(), "--per-minute", 5, check=False).stderr


def test_guesses_at_keys_are_limited_too(api, another_server):
    server = another_server(RUNDE_REQUESTS_PER_MINUTE=5)
    replies = [api.at(server).as_client(uuid.uuid4().hex).get("/v1/groups?limit=1") for _ in range(8)]
    assert {reply.status for reply in replies} == {401, 429}


def test_nobody_gets_more_by_naming_other_addresses(api, another_server):
    api = api.at(another_server(RUNDE_REQUESTS_PER_MINUTE=3))
    replies = [api.get("/v1", X_Forwarded_For=f"192.0.2.{n}", Forwarded=f"for=192.0.2.{n}") for n in range(6)]
    assert replies[-1].status == 429


def test_behind_a_trusted_proxy_each_address_counts_for_itself(api, another_server):
    api = api.at(another_server(RUNDE_REQUESTS_PER_MINUTE=2, RUNDE_TRUSTED_PROXY="127.0.0.1"))
    statuses = [api.get("/v1", X_Forwarded_For=f"198.51.100.9, 192.0.2.{n}").status for n in (1, 1, 1, 2)]
    assert statuses == [200, 200, 429, 200]


def test_all_addresses_that_somebody_has_by_version_6_count_as_one(api, another_server):
    api = api.at(another_server(RUNDE_REQUESTS_PER_MINUTE=2, RUNDE_TRUSTED_PROXY="127.0.0.1"))
    addresses = ["2001:db8:0:1::1", "2001:db8:0:1::2", "2001:db8:0:1:ffff::", "2001:db8:0:2::1", "::ffff:192.0.2.1", "::ffff:192.0.2.2"]
    assert [api.get("/v1", X_Forwarded_For=address).status for address in addresses] == [200, 200, 429, 200, 200, 200]


# The books ----------------------------------------------------------------------------------------


def test_every_write_is_audited_with_its_writer_and_told_to_followers(given, db):
    client = given.client()
    made = client.post("/v1/groups", given.new_group(), X_Request_Id="audit-1")
    path, group = made.headers["location"], made.json["id"]
    client.patch(path, {"summary": "Neu", "age": {"from": 18}}, X_Request_Id="audit-2")
    given.admin.delete(path, X_Request_Id="audit-3")
    db.execute("SELECT c.id::text FROM clients c WHERE c.organisation_id = %s", [client.organisation["id"]])
    writer = db.fetchone()[0]
    audit = stored(db, "SELECT action, revision, writer ->> 'client_id', writer ->> 'request_id', members FROM audit "
                       "WHERE resource_id = %s AND resource = 'group' ORDER BY sequence", group)
    assert [row[:2] for row in audit] == [("created", 1), ("updated", 2), ("deleted", 3)]
    assert [row[2] == writer for row in audit] == [True, True, False] and audit[2][2]
    assert [row[3] for row in audit] == ["audit-1", "audit-2", "audit-3"]
    assert {"summary", "age_from"} <= set(audit[1][4]) <= {"summary", "age_from", "verified_at"}
    assert stored(db, "SELECT DISTINCT action, revision FROM changes WHERE resource_id = %s AND resource = 'group' "
                      "ORDER BY revision", group) == [("created", 1), ("updated", 2), ("deleted", 3)]


def test_a_write_that_fails_is_in_no_book(admin, resource, db):
    path, change = resource
    before = books(db, path.rsplit("/", 1)[1])
    for reply in (admin.patch(path, {"colour": 1}), admin.patch(path, change("Neu"), '"9.a"'),
                  admin.delete(path, None)):
        assert reply.status in (412, 422, 428)
    assert books(db, path.rsplit("/", 1)[1]) == before


def test_the_audit_names_members_but_never_their_values(given, db):
    secret = given.word()
    group = given.group(summary=secret, contact={"via": "public", "email": f"{secret}@example.org"})
    given.admin.patch(f"/v1/groups/{group['id']}", {"description": secret})
    assert secret not in str(stored(db, "SELECT * FROM audit WHERE resource_id = %s", group["id"]))
