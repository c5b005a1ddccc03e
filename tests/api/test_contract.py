"""test_contract.py: what the contract says of itself, and whether the server and a generated client agree."""

import copy
import json
import os
import re
import subprocess
import sys
from datetime import date, datetime
from functools import reduce
from operator import getitem
from pathlib import Path
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator, FormatChecker, RefResolver

ROOT = Path(__file__).parents[2]
OPENAPI = ROOT / "openapi"
sys.path.insert(0, str(OPENAPI))

import bundle  # noqa: E402
from document import inline, operations  # noqa: E402
from openapi30 import openapi30  # noqa: E402

DOCUMENT = bundle.bundle()

# Schemas and examples -----------------------------------------------------------------------------

FORMATS = FormatChecker(formats=())
for name, accepts in {
    "uuid": lambda text: UUID(text).version == 7,
    "date": date.fromisoformat,
    "date-time": lambda text: datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ"),
    "uri": lambda text: re.fullmatch(r"(https?|webcal)://[a-z0-9.:-]+(/[!-~]*)?", text),
    "idn-email": lambda text: re.fullmatch(r"[^@\s\"]+@[^@\s]+", text),
    "country": lambda text: re.fullmatch(r"[A-Z]{2}", text),
    "language": lambda text: re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", text),
}.items():
    FORMATS.checks(name, raises=ValueError)(
        lambda value, accepts=accepts: not isinstance(value, str) or bool(accepts(value)))


def faults(document, schema, value):
    validator = Draft202012Validator(schema, resolver=RefResolver.from_schema(document), format_checker=FORMATS)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def nodes(value, where="#"):
    """Every mapping with its place, but for what stands in examples."""
    if isinstance(value, dict):
        yield where, value
        for key, member in value.items():
            if key not in ("example", "examples"):
                yield from nodes(member, f"{where}/{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from nodes(item, f"{where}/{index}")


def examples(document):
    """Every example as (where, schema, value): of parameters, header fields, bodies, and of schemas themselves."""
    for where, node in nodes(document):
        schema, many = node.get("schema", node), node.get("examples", {})
        values = [entry["value"] for entry in many.values()] if isinstance(many, dict) else many
        for value in ([node["example"]] if "example" in node else []) + values:
            yield where, schema, value


def broken_examples(document):
    found = [(where, faults(document, schema, value)) for where, schema, value in examples(document)]
    return [(where, problems) for where, problems in found if problems]


def test_every_example_follows_its_schema():
    assert len(list(examples(DOCUMENT))) > 100
    assert broken_examples(DOCUMENT) == []


@pytest.mark.parametrize("path, wrong", [
    ("components parameters Limit example", "many"),
    ("components headers RetryAfter example", -1),
    ("components schemas Country examples", ["Deutschland"]),
    ("components responses NotFound content application/problem+json example status", "404"),
    ("paths /v1/groups post requestBody content application/json examples short value name", "A"),
    ("paths /v1/groups/{group_id} get responses 200 content application/json example created_at", "yesterday"),
    ("paths /v1/groups get responses 200 content application/json example more", True),
])
def test_a_broken_example_is_noticed(path, wrong):
    document = copy.deepcopy(DOCUMENT)
    *way, last = path.split()
    reduce(getitem, way, document)[last] = wrong
    assert broken_examples(document) != []


def test_whatever_has_a_schema_of_its_own_has_an_example():
    with_schema = [(where, node) for where, node in nodes(DOCUMENT) if "schema" in node]
    assert [where for where, node in with_schema if not node.keys() & {"example", "examples"}] == []


def test_no_address_in_an_example_belongs_to_anybody():
    text = json.dumps(DOCUMENT)
    assert {found for found in re.findall(r"[\w.+-]+@([\w.-]+\w)", text)} == {"example.org"}
    # That an address there adds a calendar is a fact of theirs; and where codes are from, a fact of FHIR.
    known = {"spdx.org", "schema.org", "calendar.google.com", "hl7.org", "terminology.hl7.org"}
    hosts = set(re.findall(r"(?:https?|webcal)://([\w.-]+)", text)) - known
    assert all(host.endswith(".example.org") for host in hosts)


# What the bundler refuses -------------------------------------------------------------------------


def test_bundling_twice_gives_the_same_bytes(tmp_path):
    for seed in ("1", "2"):
        subprocess.run([sys.executable, OPENAPI / "bundle.py", tmp_path / seed], check=True,
                       env={**os.environ, "PYTHONHASHSEED": seed})
    for name in ("openapi.json", "openapi-3.0.json", "docs.html"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


SOUND = {
    "openapi.yaml": "components: { schemas: { Cup: { type: object } } }",
    "cups.yaml": """
paths:
  /cups:
    get: { operationId: listCups, summary: Cups, description: All cups., tags: [Cups], responses: { '404': {} } }
""",
}


@pytest.mark.parametrize("name, text, complaint", [
    ("more.yaml", "paths: { /cups: {} }", "/cups is defined in another file already"),
    ("more.yaml", "components: { schemas: { Cup: {} } }", "Cup is defined in another file already"),
    ("more.yaml", "components: { schemas: { A: {}, A: {} } }", "more.yaml:1: A is defined twice"),
    ("more.yaml", "components: { responses: { 404: {} } }", "404 must stand in quotation marks"),
    ("more.yaml", "tags: []", "only paths and components may stand here"),
    ("more.yaml", "components: { schemas: { A: { $ref: '#/components/B' } } }", "there is no #/components/B"),
    ("more.yaml", "components: { schemas: { A: { $ref: 'cups.yaml' } } }", "there is no cups.yaml"),
    ("more.yaml", "components: { schemas: { A: { x-patch-of: B } } }", "there is no B to patch"),
    ("cups.yaml", SOUND["cups.yaml"].replace("/cups:", "/mugs:") + SOUND["cups.yaml"].replace("paths:", ""),
     "get /cups: listCups is the operationId of get /mugs already"),
    ("cups.yaml", SOUND["cups.yaml"].replace("operationId: listCups,", ""), "get /cups: operationId is missing"),
    ("cups.yaml", SOUND["cups.yaml"].replace("summary: Cups,", ""), "get /cups: summary is missing"),
    ("cups.yaml", SOUND["cups.yaml"].replace("description: All cups.,", ""), "get /cups: description is missing"),
    ("cups.yaml", SOUND["cups.yaml"].replace("tags: [Cups],", ""), "get /cups: tags is missing"),
    ("cups.yaml", SOUND["cups.yaml"].replace("'404'", "'500'"), "get /cups: no 4xx answer is described"),
])
def test_the_bundler_says_what_is_broken(tmp_path, name, text, complaint):
    for file, sound in {**SOUND, name: text}.items():
        (tmp_path / file).write_text(sound, encoding="utf-8")
    with pytest.raises(bundle.Broken, match=re.escape(complaint)):
        bundle.bundle(tmp_path)


def test_words_and_dates_stay_text(tmp_path):
    more = "components: { schemas: { A: { enum: [no, 2026-11-25, 012, 7, true] } } }"
    for file, text in {**SOUND, "more.yaml": more}.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    assert bundle.bundle(tmp_path)["components"]["schemas"]["A"]["enum"] == ["no", "2026-11-25", "012", 7, True]


# What the contract promises -----------------------------------------------------------------------


OPERATIONS = 186  # so that none is lost unnoticed


def test_every_operation_has_a_name_of_its_own():
    names = [operation["operationId"] for _, _, operation in operations(DOCUMENT)]
    assert len(names) == len(set(names)) == OPERATIONS


def test_every_problem_of_the_server_is_described():
    table = (ROOT / "api" / "problem.h").read_text(encoding="utf-8")
    described = json.dumps(DOCUMENT["components"]["responses"])
    problems = re.findall(r'\bX\(\w+,\s+(\d+),\s+"([\w-]+)"', table)
    assert len(problems) > 20
    for status, slug in problems:
        assert status in DOCUMENT["x-common-responses"] or f"`{slug}`" in described


def unlike_the_rest(document):
    """What of paths and problems is not in our manner; FHIR and OAuth have their own."""
    for method, path, operation in operations(document):
        if path.startswith(("/fhir/", "/oauth2/")):
            continue
        if not re.fullmatch(r"(/([a-z0-9.-]+|\{[a-z_]+\}))+", path):
            yield path
        for status, response in operation["responses"].items():
            content = inline(document, response).get("content", {})
            if status.startswith("4") and "x-page" not in operation and "application/problem+json" not in content:
                yield f"{method} {path} {status}"


def test_paths_and_problems_are_everywhere_alike_but_where_a_standard_has_others():
    assert list(unlike_the_rest(DOCUMENT)) == []
    spoilt = copy.deepcopy(DOCUMENT)
    spoilt["paths"]["/v1/someGroups"] = spoilt["paths"]["/fhir/R4/Slot"]
    assert {"/v1/someGroups", "get /v1/someGroups 401"} <= set(unlike_the_rest(spoilt))


def test_requests_are_closed_and_bounded():
    schemas = DOCUMENT["components"]["schemas"]
    for name in ("NewTopic", "NewOrganisation", "NewGroup", "TopicPatch", "OrganisationPatch", "GroupPatch", "NewFeed"):
        for where, schema in reachable(schemas[name], name):
            kinds = schema.get("type", ())
            assert "object" not in kinds or schema["additionalProperties"] is False, where
            assert "array" not in kinds or "maxItems" in schema, where
            assert "string" not in kinds or schema.keys() & {"maxLength", "enum", "const"} \
                or schema.get("format") in ("uuid", "date"), where


def reachable(schema, where):
    """A schema and all below it, through references."""
    schema = inline(DOCUMENT, schema)
    yield where, schema
    for name, member in parts(schema):
        yield from reachable(member, f"{where}/{name}")


def parts(schema):
    """The schemas right below a schema, with their names."""
    yield from schema.get("properties", {}).items()
    for keyword in ("oneOf", "anyOf", "allOf"):
        yield from ((f"{keyword}/{index}", choice) for index, choice in enumerate(schema.get(keyword, ())))
    if "items" in schema:
        yield "items", schema["items"]


@pytest.mark.parametrize("patch, is_allowed", [
    ({}, True),
    ({"name": "Neu"}, True),
    ({"name": None}, False),
    ({"name": ""}, False),
    ({"website": None, "age": None, "status": None}, True),
    ({"age": {"to": None}}, True),
    ({"place": {"town": "Bonn"}}, True),
    ({"place": {"country": None}}, False),
    ({"cost": {"kind": "free", "amount": None, "currency": None}}, True),
    ({"cost": {"kind": "a lot"}}, False),
    ({"topic_ids": None}, False),
    ({"id": "01935c33-2c30-7f53-8285-9142a3becf05"}, False),
])
def test_a_patch_leaves_out_what_it_likes_and_nulls_what_is_optional(patch, is_allowed):
    assert (faults(DOCUMENT, {"$ref": "#/components/schemas/GroupPatch"}, patch) == []) == is_allowed


# OpenAPI 3.0 --------------------------------------------------------------------------------------

# The keywords of a schema in 3.0.3; everything else is newer or foreign.
KEYWORDS = set("""
    $ref title multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern maxItems
    minItems uniqueItems maxProperties minProperties required enum type allOf oneOf anyOf not items properties
    additionalProperties description format default nullable discriminator readOnly writeOnly xml externalDocs
    example deprecated
""".split())


def schemas(document):
    """Every schema with its place."""
    for where, node in nodes(document):
        if "schema" in node:
            yield from below(node["schema"], f"{where}/schema")
    for name, schema in document["components"]["schemas"].items():
        yield from below(schema, name)


def below(schema, where):
    yield where, schema
    for name, part in parts(schema):
        yield from below(part, f"{where}/{name}")


def modern(document):
    """Everything that 3.0.3 does not know."""
    if document["openapi"] != "3.0.3":
        yield "openapi"
    yield from document.keys() & {"webhooks", "jsonSchemaDialect"}
    yield from document["info"].keys() & {"summary"}
    yield from document["info"]["license"].keys() & {"identifier"}
    yield from document["components"].keys() & {"pathItems"}
    for where, schema in schemas(document):
        yield from (f"{where}: {key}" for key in schema.keys() - KEYWORDS if not key.startswith("x-"))
        if not isinstance(schema.get("type", ""), str) or schema.get("type") == "null":
            yield f"{where}: type"
        if not all(isinstance(schema.get(key, True), bool) for key in ("exclusiveMinimum", "exclusiveMaximum")):
            yield f"{where}: exclusive bound"
        if "$ref" in schema and len(schema) > 1:
            yield f"{where}: something beside $ref"
    for method, path, operation in operations(document):
        if any(scopes for choice in operation["security"] for scopes in choice.values()):
            yield f"{method} {path}: scopes"


def test_the_3_0_document_has_nothing_of_3_1():
    assert list(modern(openapi30(DOCUMENT))) == []


def test_the_3_1_document_would_not_pass_for_3_0():
    found = {sign.rpartition(": ")[2] for sign in modern(DOCUMENT)}
    assert found == {"openapi", "summary", "const", "examples", "type", "exclusive bound", "something beside $ref",
                     "scopes"}


def test_the_3_0_document_says_which_scope_is_needed():
    create = openapi30(DOCUMENT)["paths"]["/v1/groups"]["post"]
    assert create["security"] == [{"key": []}]
    assert create["description"].endswith("A key with the scope `groups:write` is needed.")


# The page -----------------------------------------------------------------------------------------


def test_the_page_shows_every_operation_and_needs_nothing_from_elsewhere():
    page = bundle.docs(DOCUMENT)
    assert all(f'id="{operation["operationId"]}"' in page for _, _, operation in operations(DOCUMENT))
    assert "Köln" in page and '<meta charset="utf-8">' in page and "prefers-color-scheme: dark" in page
    assert not re.search(r"<script|<link|<img|<iframe|\bsrc=|\son\w+=|@import|url\(", page)


def test_every_link_in_the_page_leads_somewhere():
    page = bundle.docs(DOCUMENT)
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r'id="([^"]+)"', page))


# The server ---------------------------------------------------------------------------------------


ATTEMPTS = [target for _, _, operation in operations(DOCUMENT) for target in operation.get("x-try", ())]


@pytest.mark.parametrize("target", ATTEMPTS)
def test_what_the_contract_says_to_try_works(api, target):
    assert api.get(target).status == 200


def test_every_read_is_tried_or_shown_by_a_list():
    untried = {path for method, path, operation in operations(DOCUMENT)
               if method == "get" and "x-try" not in operation and "x-page" not in operation}
    assert untried == {*SHOWN, *BELOW}


SHOWN = ["/v1/topics/{topic_id}", "/v1/organisations/{organisation_id}", "/v1/groups/{group_id}", "/v1/meetings/{meeting_id}",
         "/v1/venues/{venue_id}", "/v1/closures/{closure_id}"]
# Of these a test needs one of its own: see what each resource's tests read.
BELOW = ["/v1/changes", "/v1/exports", "/v1/imports", "/v1/imports/{import_id}", "/v1/imports/{import_id}/rows", "/v1/groups/{group_id}/meetings",
         "/v1/groups/{group_id}/schedules", "/v1/meetings/{meeting_id}/event.jsonld",
         "/v1/schedules/{schedule_id}", "/v1/schedules/{schedule_id}/exceptions",
         "/v1/schedules/{schedule_id}/exceptions/{date}", "/v1/schedules/{schedule_id}/registrations",
         "/v1/meetings/{meeting_id}/registrations", "/v1/registrations/{registration_id}",
         "/v1/registrations/{registration_id}/data", "/v1/groups/{group_id}/leaders", "/v1/groups/{group_id}/settings",
         "/v1/groups/{group_id}/mandates", "/v1/groups/{group_id}/mandates/{organisation_id}",
         "/v1/groups/{group_id}/messages", "/v1/messages/{message_id}", "/v1/session",
         "/v1/statistics", "/v1/statistics/{table}",
         "/v1/clients", "/v1/clients/{client_id}",
         "/v1/groups/{group_id}/calendar.ics", "/v1/groups/{group_id}/calendar", "/v1/feeds/{file}",
         "/v1/feeds/{token}/page", "/v1/registrations/{registration_id}/feed",
         "/v1/referrals", "/v1/referrals/{referral_id}", "/v1/registrations/{registration_id}/referral",
         "/v1/webhooks", "/v1/webhooks/{webhook_id}", "/v1/webhooks/{webhook_id}/deliveries",
         "/fhir/R4/Organization/{organisation_id}", "/fhir/R4/HealthcareService/{group_id}", "/fhir/R4/Location/{venue_id}",
         "/fhir/R4/Schedule/{schedule_id}", "/fhir/R4/Slot/{meeting_id}", "/fhir/R4/ServiceRequest",
         "/fhir/R4/ServiceRequest/{referral_id}", "/fhir/R4/Task", "/fhir/R4/Task/{referral_id}"]


@pytest.mark.parametrize("template", SHOWN)
def test_what_a_list_shows_can_be_read(api, given, template):
    given.schedule()
    given.closure(given.admin, region="DE")
    given.venue(given.admin, organisation_id=given.organisation()["id"], disclosure="public")
    path = template.rpartition("/")[0]
    shown = api.get(f"{path}?limit=1").json["items"][0]
    assert api.get(f"{path}/{shown['id']}").json["id"] == shown["id"]


@pytest.mark.parametrize("path, name", [
    ("/v1/openapi.json", "openapi.json"), ("/v1/openapi-3.0.json", "openapi-3.0.json"), ("/docs", "docs.html"),
])
def test_the_server_hands_out_the_bundled_contract(api, tmp_path, path, name):
    bundle.write(tmp_path, DOCUMENT)
    assert api.get(path).body == (tmp_path / name).read_bytes()


# A generated client -------------------------------------------------------------------------------


@pytest.fixture
def compile_clients(tools, tmp_path):
    """Compiles sources, by their names, against types made from the 3.0 document, into tmp_path."""
    bundle.write(tmp_path, DOCUMENT)
    (tmp_path / "node_modules").symlink_to(tools)
    subprocess.run([tools / ".bin" / "openapi-typescript", "openapi-3.0.json", "--output", "contract.d.ts"],
                   cwd=tmp_path, check=True, capture_output=True)
    settings = json.loads((ROOT / "tests/api/typescript/tsconfig.json").read_text(encoding="utf-8"))

    def compile_sources(sources):
        for name, source in sources.items():
            (tmp_path / name).write_text(source, encoding="utf-8")
        (tmp_path / "tsconfig.json").write_text(json.dumps({**settings, "files": list(sources)}), encoding="utf-8")
        return subprocess.run([tools / ".bin" / "tsc", "--strict"], cwd=tmp_path, capture_output=True, text=True)

    return compile_sources


CLIENT = Path(__file__).with_name("client.ts").read_text(encoding="utf-8")

MISTAKES = {
    "path.ts": ('"/v1/groups"', '"/v1/groupes"'),
    "value.ts": ('"founding"', '"begun"'),
    "type.ts": ("limit: 20", 'limit: "twenty"'),
    "member.ts": ("group.name", "group.title"),
    "absence.ts": ("group.place?.town", "group.place.town"),
    "kind.ts": ('group.cost.kind === "fee" ?', "true ?"),
}


def test_a_generated_typescript_client_compiles_and_lists_groups(server, api, given, compile_clients, tmp_path):
    given.group()
    compiled = compile_clients({"client.ts": CLIENT})
    assert compiled.returncode == 0, compiled.stdout
    address = f"http://{server.host}:{server.port}"
    listed = subprocess.check_output(["node", "client.js", address], cwd=tmp_path, text=True)
    there = {group["id"] for group in api.get("/v1/groups?limit=200").json["items"]}
    assert {line.split("\t")[0] for line in listed.splitlines()} & there


def test_a_client_that_breaks_the_contract_does_not_compile(compile_clients):
    assert all(right in CLIENT for right, _ in MISTAKES.values())
    compiled = compile_clients({name: CLIENT.replace(right, wrong) for name, (right, wrong) in MISTAKES.items()})
    assert set(re.findall(r"^(\w+\.ts)\(", compiled.stdout, re.M)) == set(MISTAKES)
