"""test_statements.py: every statement of the API prepared and named, and look-ups that scan no table."""

import json
import os
import re
import subprocess
import uuid
from collections import deque
from contextlib import closing
from types import SimpleNamespace

import psycopg2
import pytest

from tests.server import ROOT, programs

PARAMETER = re.compile(r":'([a-z_0-9]+)'")
FILES = sorted((ROOT / "api/sql").glob("*.sql"))


def without_comments(text):
    return re.sub(r"^[ \t]*--.*\n|[ \t]--[ \t].*$", "", text, flags=re.M)


def statement(path):
    """A .sql file as its name, lane, text with $1, $2, …, and the names behind them."""
    source = path.read_text(encoding="utf-8")
    lane = re.search(r"^-- lane: (\w+)$", source, re.M)
    names = list(dict.fromkeys(PARAMETER.findall(without_comments(source))))
    text = PARAMETER.sub(lambda found: f"${names.index(found[1]) + 1}", without_comments(source))
    return SimpleNamespace(name=path.stem, lane=lane and lane[1], is_personal="\n-- personal: yes\n" in source, names=names,
                           text=text.strip().rstrip(";"))


STATEMENTS = {path.stem: statement(path) for path in FILES}
LOOK_UPS = [made.name for made in STATEMENTS.values() if made.lane == "read"]


def prepare(cursor, made):
    cursor.execute(f"PREPARE {made.name} AS {made.text}")


# All of them ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_says_what_it_is_for_and_on_which_lane(name):
    first, *_ = (ROOT / f"api/sql/{name}.sql").read_text(encoding="utf-8").splitlines()
    assert first.startswith("-- ") and STATEMENTS[name].lane in ("read", "search", "write", "bulk", "all")


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_can_be_prepared(db, name):
    prepare(db, STATEMENTS[name])
    db.execute("SELECT parameter_types::text[] FROM pg_prepared_statements WHERE name = %s", [name])
    assert len(db.fetchone()[0]) == len(STATEMENTS[name].names)


def test_a_statement_that_does_not_fit_the_schema_is_noticed(db):
    broken = SimpleNamespace(**{**vars(STATEMENTS["group_get"]), "name": "broken"})
    broken.text = broken.text.replace("g.partner_note", "g.partner_notes")
    with pytest.raises(psycopg2.errors.UndefinedColumn):
        prepare(db, broken)


def operations(resource):
    """The parameters of every operation on a resource, as the contract names them."""
    document = json.loads((programs() / "openapi/openapi.json").read_text(encoding="utf-8"))
    for path, item in document["paths"].items():
        for operation in item.values():
            if f"/{resource}s" in path or path.startswith(f"/{resource}/"):
                for parameter in operation.get("parameters", ()):
                    name = parameter.get("$ref", "").rsplit("/", 1)[-1]
                    yield document["components"]["parameters"][name]["name"] if name else parameter["name"]


def bound_in_code():
    """What C names: what stands for every request, and what handlers bind."""
    for file in sorted((ROOT / "api").glob("*.c")):
        source = file.read_text(encoding="utf-8")
        yield from re.findall(r'request_bind\(\s*req,\s*"(\w+)"', source)
        yield from re.findall(r'\{ "(\w+)",\s+\w+_text\s', source)


# What has no path of its own, or not only that, is a part of something that has.
PART_OF = {"token": "client", "assertion": "client", "proof": "client",
           "attendance": "registration", "person": "registration", "screening": "registration",
           "reply": "message", "thread": "message", "feed": "feed registration group"}


@pytest.mark.parametrize("name", STATEMENTS)
def test_every_parameter_of_a_statement_is_one_that_somebody_can_name(name):
    resource = re.match(r"[a-z]+?(?=s?_)", name)[0]
    wholes = PART_OF.get(resource, resource if [*operations(resource)] else "group").split()
    named = {parameter for whole in wholes for parameter in operations(whole)}
    assert set(STATEMENTS[name].names) <= {*bound_in_code(), *named}


def test_a_parameter_that_nobody_can_name_would_be_noticed():
    names = {*bound_in_code(), *operations("group")}
    assert {"body", "language", "now", "words", "group_id", "limit", "after"} <= names
    assert "colour" not in names and "topic_id" not in names


def test_the_build_makes_of_the_files_what_is_tested_here():
    made = (programs() / "gen/api_sql.c").read_text(encoding="utf-8")
    for known in STATEMENTS.values():
        names = "".join(f'"{name}", ' for name in known.names)
        assert f"parameters_{known.name}[] = {{ {names}0 }};" in made
        personal = str(known.is_personal).lower()
        assert f"parameters_{known.name}, {len(known.names)}, LANE_{known.lane.upper()}, {personal} }}" in made


# Look-ups ------------------------------------------------------------------------------------------

GROUPS = 20000
# Tables that grow with the directory and its use; all others are small.
LARGE = {"groups", "group_documents", "client_keys", "idempotency_keys", "schedules", "meetings", "audit", "persons",
         "capabilities", "registrations", "registration_events", "places", "screenings", "attendances", "messages",
         "leaders", "group_settings", "referrals", "feeds", "feed_bodies", "series_calendars", "access_tokens", "spent_proofs"}
NOWHERE = "01935c33-2c30-7f53-8285-ffffffffffff"
VALUES = {
    "language": "de", "limit": "50", "is_admin": "false", "is_partner": "false", "country": "DE", "postcode": "50667",
    "now": "2026-01-01T00:00:00Z", "key_hash": r"\x00", "q": "angst köln", "after": '["Gruppe", "%(group)s"]',
    "group_id": "%(group)s", "organisation_id": "%(organisation)s", "topic_id": "%(topic)s", "organisations": None,
    "venue_id": NOWHERE, "closure_id": NOWHERE, "import_id": NOWHERE, "schedule_id": NOWHERE, "meeting_id": NOWHERE,
    "date": "2026-01-08",
    "until": "2026-01-01T00:00:00Z", "starts_at_local": "2026-01-01T19:00:00", "time_zone": "Europe/Berlin",
    "old_dates": "{2026-01-01}",
    "registration_id": NOWHERE, "message_id": NOWHERE, "person": NOWHERE, "leads": "%(group)s", "token_hash": r"\x00",
    "region": "DE-NW", "from": "2026-01-01", "to": "2026-12-31",
    "feed": NOWHERE, "feed_format": "ics", "etag": '"x"', "is_packed": "false", "filter": '{"topic": "{x}"}',
    "purpose": "referral", "base_url": "https://runde.example.org", "table": "groups", "quarter": None,
    "webhook_id": NOWHERE, "caller": NOWHERE, "lang": None, "alarm": None, "leader": NOWHERE,
    "link_person": NOWHERE, "links": "1", "in_language": "de",
    "client_id": NOWHERE, "kid": "2026", "alg": "ES256", "kty": "EC", "thumbprint": "x",
}


def connected(name, options=""):
    conninfo = re.sub(r"dbname=\S+", f"dbname={name}", os.environ["RUNDE_TEST_DATABASE"])
    connection = psycopg2.connect(conninfo, options=options)
    connection.autocommit = True
    return connection


def make_large(outside):
    """Takes its name when it is complete, so that there is no half a one."""
    name = f"test_{uuid.uuid4().hex}"
    outside.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    connection = connected(name)
    for words in (["migrate"], ["import", "postcodes", ROOT / "admin/data/towns.tsv"], ["demo"]):
        subprocess.run([programs() / "runde", *words], env={**os.environ, "RUNDE_DATABASE": connection.dsn}, check=True,
                       stdout=subprocess.DEVNULL)
    fill(connection.cursor())
    connection.close()
    outside.execute(f"ALTER DATABASE {name} RENAME TO large")


@pytest.fixture(scope="module")
def large():
    """A directory as large as a country's, and as many keys; made once for all that run side by side."""
    with closing(connected("postgres")) as outside:  # with it goes the lock
        cursor = outside.cursor()
        cursor.execute("SELECT pg_advisory_lock(hashtext('large'))")
        cursor.execute("SELECT true FROM pg_database WHERE datname = 'large'")
        if not cursor.fetchone():
            make_large(cursor)
    connection = connected("large", "-c plan_cache_mode=force_generic_plan -c jit=off")
    yield connection.cursor()
    connection.close()


def fill(cursor):
    """Rows that differ in what plans depend on; what triggers would make of them does not matter here."""
    cursor.execute("SET session_replication_role = replica")
    cursor.execute("""
        INSERT INTO groups (id, slug, organisation_id, name, topic_ids, audience, leadership, status, joining,
                            accepting_newcomers, formats, languages, visibility, topic_keys, search, point)
        SELECT gen_random_uuid(), 'gruppe-' || n, o.id, 'Gruppe ' || md5(n::text), ARRAY[t.id], '{affected}',
               'peer_led', CASE WHEN n %% 10 = 0 THEN 'closed' ELSE 'active' END, 'drop_in', 'yes', '{in_person}', '{de}',
               CASE WHEN n %% 20 = 0 THEN 'unlisted' ELSE 'public' END, ARRAY[t.id::text, t.slug],
               to_tsvector('simple', 'gruppe ' || md5(n::text)), point_of(47 + n %% 800 / 100.0, 6 + n %% 900 / 100.0)
        FROM generate_series(1, %s) AS n,
             (SELECT id FROM organisations ORDER BY id LIMIT 1) AS o,
             (SELECT id, slug FROM topics ORDER BY id LIMIT 1) AS t
    """, [GROUPS])
    cursor.execute("""
        INSERT INTO group_documents
        SELECT g.id, language, json_build_object('name', g.name, 'description', repeat('Wort ', 200)),
               entry_stale_at(g)
        FROM groups g, unnest('{de,en}'::text[]) AS language
        ON CONFLICT DO NOTHING
    """)
    cursor.execute("""
        INSERT INTO schedules (id, group_id, starts_at_local, time_zone, duration, rules, format, topic_keys, found_at)
        SELECT gen_random_uuid(), id, '2026-01-01 19:00', 'Europe/Berlin', 'PT2H', '{FREQ=WEEKLY}', 'online', topic_keys,
               point
        FROM groups
    """)
    cursor.execute("""
        INSERT INTO meetings (id, schedule_id, group_id, date, starts_at_local, starts_at, ends_at, status, format, shown,
                              created_at, updated_at)
        SELECT gen_random_uuid(), s.id, s.group_id, d::date, d, d, d + interval '2 hours', 'scheduled', 'online', '{}',
               '2026-01-01', '2026-01-01'
        FROM schedules s, generate_series(timestamp '2026-01-01 19:00', '2026-02-28', interval '7 days') AS d
    """)
    cursor.execute("INSERT INTO clients SELECT gen_random_uuid(), 'client ' || n, NULL, '{admin}', now(), NULL "
                   "FROM generate_series(1, 3000) AS n")
    cursor.execute("INSERT INTO client_keys SELECT sha256(id::text::bytea), id, now(), NULL FROM clients")
    cursor.execute("INSERT INTO access_tokens (hash, client_id, scopes, credential, created_at, expires_at) "
                   "SELECT sha256(id::text::bytea), id, '{admin}', 'x', now(), now() FROM clients")
    cursor.execute("INSERT INTO spent_proofs SELECT sha256(id::text::bytea), now() FROM clients")
    cursor.execute("INSERT INTO idempotency_keys SELECT 'client', n::text, '', now() "
                   "FROM generate_series(1, 20000) AS n")
    fill_registrations(cursor)
    fill_calendars(cursor)
    cursor.execute("INSERT INTO changes (transaction, at, resource, resource_id, revision, action, visibility, keepers) "
                   "SELECT (n / 10)::text::xid8, now(), 'group', gen_random_uuid(), 1, 'created', 'public', '{}' "
                   "FROM generate_series(1, 100000) AS n")
    cursor.execute("SET session_replication_role = DEFAULT")
    cursor.execute("ANALYZE")


def fill_registrations(cursor):
    """Somebody registered for each of many meetings, who also wrote to the group and leads it."""
    cursor.execute("""
        INSERT INTO persons (id, role, group_id, wrapping_key, wrapped, created_at)
        SELECT md5(id::text)::uuid, 'registrant', group_id, 1, '', created_at FROM meetings LIMIT 20000;
        INSERT INTO capabilities (hash, id, kind, person_id, created_at)
        SELECT sha256(id::text::bytea), id, 'life', id, created_at FROM persons;
        INSERT INTO registrations (id, group_id, schedule_id, meeting_id, during, role, newcomer, companions, state, turn,
                                   action, actor, created_at, updated_at)
        SELECT md5(id::text)::uuid, group_id, schedule_id, id, daterange(date, date, '[]'), 'affected', false, 0,
               'confirmed', row_number() OVER (), 'register', 'person', created_at, updated_at
        FROM meetings m WHERE EXISTS (SELECT FROM persons WHERE id = md5(m.id::text)::uuid);
        INSERT INTO registration_events (registration_id, at, action, state, actor)
        SELECT id, created_at, action, state, actor FROM registrations;
        INSERT INTO places (registration_id, schedule_id, during, newcomer, seat)
        SELECT id, schedule_id, during, newcomer, 1 FROM registrations;
        INSERT INTO screenings (registration_id, updated_at) SELECT id, updated_at FROM registrations;
        INSERT INTO attendances SELECT id, meeting_id, true FROM registrations;
        INSERT INTO messages (id, thread_id, group_id, by_mail, created_at)
        SELECT id, id, group_id, false, created_at FROM persons;
        INSERT INTO leaders (id, group_id, state, created_at, updated_at)
        SELECT id, group_id, 'active', created_at, created_at FROM persons;
        INSERT INTO group_settings (group_id) SELECT id FROM groups;
        INSERT INTO referrals (id, organisation_id, code_hash, icd10, country, postcode, within_km, audience, language, valid_until,
                               state, redeemed_at, person_id, redeemed_group_id, consent_version, consent_at, created_at, updated_at)
        SELECT id, id, sha256(id::text::bytea), 'F41', 'DE', '50667', 25, 'affected', 'de', '2026-02-01', 'requested',
               created_at, id, group_id, 'x', created_at, created_at, created_at FROM persons;
        INSERT INTO audit (at, writer, action, resource, resource_id, revision, members)
        SELECT created_at, '{}', 'read', 'registration', id, 0, '{}' FROM persons;
    """)


def fill_calendars(cursor):
    """Somebody reads the calendar of each group, all who are registered read theirs, and many read those of searches."""
    cursor.execute("""
        INSERT INTO series_calendars (schedule_id, group_id, sequence, changed_at)
        SELECT id, group_id, 1, '2026-01-01' FROM schedules
        ON CONFLICT DO NOTHING;
        INSERT INTO feeds (id, key, group_id, language, created_at, updated_at, used_on)
        SELECT md5(id::text)::uuid, 'group:' || id || ':de', id, 'de', '2026-01-01', '2026-01-01', '2026-01-01' FROM groups;
        INSERT INTO feeds (id, key, group_id, person_id, language, created_at, updated_at, used_on)
        SELECT md5('p' || id)::uuid, 'person:' || id, group_id, id, 'de', created_at, created_at, created_at FROM persons;
        INSERT INTO feeds (id, key, search, language, created_at, updated_at, used_on)
        SELECT md5('s' || n)::uuid, 'search:' || md5(n::text) || ':de', '{"filter": {"topic": "{x}"}}', 'de',
               '2026-01-01', '2026-01-01', '2026-01-01'
        FROM generate_series(1, 5000) AS n;
        INSERT INTO capabilities (hash, id, kind, person_id, created_at)
        SELECT sha256(('f' || id)::bytea), gen_random_uuid(), 'feed', id, created_at FROM persons;
        INSERT INTO feed_bodies (feed_id, format, version, good_until, etag, modified_at, body)
        SELECT id, 'ics', '', '2026-02-01', '"' || id || '"', created_at, '' FROM feeds;
    """)


def plan(cursor, made):
    """The plan of a statement for all values, as every look-up is planned."""
    cursor.execute("SELECT (SELECT id::text FROM groups LIMIT 1), (SELECT id::text FROM organisations LIMIT 1),"
                   " (SELECT id::text FROM topics LIMIT 1)")
    ids = dict(zip(("group", "organisation", "topic"), cursor.fetchone()))
    values = [VALUES[name] and VALUES[name] % ids for name in made.names]
    prepare(cursor, made)
    arguments = f"({', '.join(['%s'] * len(values))})" if values else ""
    try:
        cursor.execute(f"EXPLAIN (FORMAT JSON) EXECUTE {made.name} {arguments}", values)
        return cursor.fetchone()[0][0]["Plan"]
    finally:
        cursor.execute(f"DEALLOCATE {made.name}")


def nodes(plan):
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def scanned(plan):
    """The large tables that a plan reads from front to back, unless it was carried out without."""
    return {node["Relation Name"] for node in nodes(plan)
            if node["Node Type"] == "Seq Scan" and node.get("Actual Loops") != 0} & LARGE


def indexes(plan):
    return {node["Index Name"] for node in nodes(plan) if "Index Name" in node}


@pytest.mark.parametrize("name", LOOK_UPS)
def test_a_look_up_scans_no_large_table(large, name):
    assert scanned(plan(large, STATEMENTS[name])) == set()


def test_the_plain_list_comes_out_of_the_index_by_name(large):
    made = plan(large, STATEMENTS["groups_plain"])
    assert "groups_by_name" in indexes(made)
    assert not any("Sort" in node["Node Type"] for node in nodes(made)), "what the index has sorted is sorted again"


def test_changes_come_out_of_the_index_by_transaction(large):
    made = STATEMENTS["changes_list"]
    prepare(large, made)
    large.execute("SET plan_cache_mode = force_custom_plan")  # as searches are
    values = {**VALUES, "after": '["5", 0, "x"]', "resource": None, "manages": "false", "refers": "false"}
    try:
        large.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE changes_list ({', '.join(['%s'] * len(made.names))})",
                      [values[name] for name in made.names])
        whole = large.fetchone()[0][0]["Plan"]
    finally:
        large.execute("DEALLOCATE changes_list; SET plan_cache_mode = force_generic_plan")
    read = [node for node in nodes(whole) if node.get("Relation Name") == "changes"]
    assert {node["Index Name"] for node in read} == {"changes_by_transaction"}
    assert max(node["Actual Rows"] for node in read) <= int(VALUES["limit"]), "no more is read than is told"


@pytest.mark.parametrize("name, index", [("groups_plain", "groups_by_name"), ("group_get", "group_documents_pkey"),
                                         ("client_by_key", "client_keys_pkey")])
def test_a_look_up_without_its_index_is_noticed(large, name, index):
    """Declared unfit for a moment: to drop it would keep those who run beside us from the table."""
    large.execute("BEGIN")
    try:
        large.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass", [index])
        assert scanned(plan(large, STATEMENTS[name])) != set()
    finally:
        large.execute("ROLLBACK")


@pytest.mark.parametrize("name", ["idempotency_claim", "idempotency_store"])
def test_what_every_repeatable_write_does_scans_no_large_table(large, name):
    values = {**VALUES, "caller": "client", "key": "7", "fingerprint": r"\x00", "status": "201", "etag": None,
              "location": None, "reply_language": None, "reply_body": "{}"}
    made = STATEMENTS[name]
    prepare(large, made)
    try:
        large.execute(f"EXPLAIN (FORMAT JSON) EXECUTE {name} ({', '.join(['%s'] * len(made.names))})",
                      [values[known] for known in made.names])
        assert scanned(large.fetchone()[0][0]["Plan"]) == set()
    finally:
        large.execute(f"DEALLOCATE {name}")


# What functions look up ----------------------------------------------------------------------------

EXPLAINING = """
    LOAD 'auto_explain';
    SET auto_explain.log_min_duration = 0;
    SET auto_explain.log_nested_statements = on;
    SET auto_explain.log_analyze = on;
    SET auto_explain.log_timing = off;
    SET auto_explain.log_format = json;
    SET client_min_messages = log
"""
FEED_OF = {
    "a group": "SELECT id FROM feeds WHERE person_id IS NULL AND group_id IS NOT NULL LIMIT 1",
    "a person": "SELECT id FROM feeds WHERE person_id IS NOT NULL LIMIT 1",
}
OF_A_FEED = {
    "feed_find": "SELECT * FROM feed_find((SELECT key FROM feeds WHERE id = %s), 'ics', '2026-01-01')",
    "feed_head": "SELECT * FROM feed_head(%s, '2026-01-01')",
    "feed_events": "SELECT * FROM feed_events(%s, '2026-01-01')",
    "feed_store": "SELECT feed_store(%s, 'ics', '1', '2026-02-01', '\"x\"', '', NULL, '2026-01-01')",
    "feeds_due": "SELECT * FROM feeds_due(jsonb_build_object('feed_id', %s), '2026-01-01')",
    "feeds_due of a group": "SELECT * FROM feeds_due((SELECT jsonb_build_object('group_id', group_id)"
                            " FROM feeds WHERE id = %s), '2026-01-01')",
}


def plans_inside(cursor, query, *values):
    """The plans of all that is carried out for a query, by functions too."""
    cursor.connection.notices = said = deque()
    cursor.execute("DISCARD PLANS")
    cursor.execute(EXPLAINING)
    try:
        cursor.execute(query, values)
    finally:
        cursor.execute("RESET client_min_messages; SET auto_explain.log_min_duration = -1")
        cursor.connection.notices = []
    return [json.loads(notice.partition("plan:")[2])["Plan"] for notice in said if "plan:" in notice]


@pytest.mark.parametrize("of", FEED_OF)
@pytest.mark.parametrize("function", OF_A_FEED)
def test_what_makes_a_feed_scans_no_large_table(large, function, of):
    large.execute(FEED_OF[of])
    inside = plans_inside(large, OF_A_FEED[function], large.fetchone()[0])
    assert len(inside) >= 2 and set().union(*map(scanned, inside)) == set()


def test_a_scan_inside_of_a_function_is_noticed(large):
    large.execute("BEGIN")
    try:
        large.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'series_calendars_by_group'::regclass")
        large.execute(FEED_OF["a group"])
        inside = plans_inside(large, OF_A_FEED["feed_head"], large.fetchone()[0])
        assert "series_calendars" in set().union(*map(scanned, inside))
    finally:
        large.execute("ROLLBACK")


# Searches ------------------------------------------------------------------------------------------


def search(cursor, name, **values):
    """The plan of a search for these values, as every search is planned; filter is what the query asks for."""
    made = STATEMENTS[name]
    defaults = {"language": "de", "limit": "20", "sort": "name", "is_admin": "false", "is_partner": "false",
                "now": "2026-01-01T00:00:00Z", "from": "2026-01-01T00:00:00Z", "to": "2026-01-08T00:00:00Z"}
    asked = {"within_km": "25", **values.get("filter", {})}
    given = {**dict.fromkeys(made.names), **defaults, **values, "filter": json.dumps(asked)}
    cursor.execute("SET plan_cache_mode = force_custom_plan")
    prepare(cursor, made)
    try:
        cursor.execute(f"EXPLAIN (FORMAT JSON) EXECUTE {name} ({', '.join(['%s'] * len(made.names))})",
                       [given[known] for known in made.names])
        return cursor.fetchone()[0][0]["Plan"]
    finally:
        cursor.execute(f"DEALLOCATE {name}")
        cursor.execute("SET plan_cache_mode = force_generic_plan")


@pytest.mark.parametrize("values, index", [
    ({"words": "'angst'", "sort": "relevance"}, "groups_by_words"),
    ({"near": "50.94,6.96", "filter": {"within_km": "3"}, "sort": "distance"}, "groups_by_point"),
    ({"filter": {"topic": "{depression}"}}, "groups_by_topic"),
    ({"filter": {"organisation": str(uuid.uuid4())}}, "groups_by_organisation"),
])
def test_a_search_goes_by_the_index_of_what_is_searched(large, values, index):
    made = search(large, "groups_search", **values)
    assert index in indexes(made) and scanned(made) == set()
