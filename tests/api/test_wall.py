"""test_wall.py: the second wall: what the API's database role sees is decided by row level security, whatever a statement asks."""

import os
import re
from contextlib import closing
from types import SimpleNamespace

import psycopg2
import pytest

from tests.statements.test_statements import STATEMENTS

# What belongs to people, by where it says so; but for two that hold nothing except ids.
OF_PEOPLE = """
    SELECT DISTINCT c.conrelid::regclass::text
    FROM pg_constraint c
    WHERE c.contype = 'f' AND c.confrelid IN ('persons'::regclass, 'registrations'::regclass)
    UNION
    SELECT a.attrelid::regclass::text
    FROM pg_attribute a
    JOIN pg_class t ON t.oid = a.attrelid AND t.relkind = 'r' AND t.relnamespace = 'public'::regnamespace
    WHERE a.attname IN ('person_id', 'registration_id', 'thread_id', 'email_hash') AND NOT a.attisdropped
"""
ONLY_IDS = {"jobs", "places"}


@pytest.fixture
def role(db):
    """The database as the API's role has it."""
    with closing(psycopg2.connect(os.environ["RUNDE_TEST_DATABASE"], options="-c role=runde_api")) as connection:
        connection.autocommit = True
        yield connection.cursor()


def tell(cursor, persons="", leads="", organisations="", is_admin=False):
    """Who is asking, for the session."""
    for name, value in {"persons": persons, "leads": leads, "organisations": organisations, "is_admin": str(is_admin).lower()}.items():
        cursor.execute("SELECT set_config(%s, %s, false)", [f"runde.{name}", value])


def ids(cursor, query, *values):
    cursor.execute(query, values)
    return {row[0] for row in cursor.fetchall()}


def walled(db):
    """Tables with a policy, of which the role may read something."""
    return ids(db, "SELECT c.relname FROM pg_class c WHERE c.relrowsecurity AND has_table_privilege('runde_api', c.oid, 'SELECT')")


@pytest.fixture
def two(given):
    """Two groups of two organisations, each with a leader, somebody registered and somebody who has written."""
    return [life(given) for _ in range(2)]


def life(given):
    client = given.client(scopes="groups:write,meetings:write,registrations:manage")
    group = given.group(client)
    leader = given.leader(group, client)
    registered = given.registration(given.schedule(client, group, registration={"required": True}))
    given.message(group)
    return SimpleNamespace(client=client, group=group["id"], leader=leader, registration=registered.id)


def test_the_role_owns_nothing_and_passes_no_wall(db):
    db.execute("SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = 'runde_api'")
    assert db.fetchone() == (False,) * 4
    assert not ids(db, "SELECT relname FROM pg_class WHERE relowner = 'runde_api'::regrole")
    assert not ids(db, "SELECT proname FROM pg_proc WHERE proowner = 'runde_api'::regrole")
    assert not ids(db, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm') "
                       "AND has_table_privilege('runde_api', oid, 'TRUNCATE, TRIGGER, REFERENCES')")


def test_every_table_of_people_is_walled_or_closed(db):
    people = ids(db, OF_PEOPLE)
    assert {"persons", "registrations", "leaders", "messages", "capabilities", "feeds", "reminders", "screenings"} <= people | {"persons"}
    closed = {table for table in people if not ids(
        db, "SELECT 1 WHERE has_any_column_privilege('runde_api', %s::regclass, 'SELECT')", table)}
    assert people - closed - walled(db) == ONLY_IDS
    assert "reminders" in closed


def test_functions_that_pass_the_wall_have_no_search_path_of_the_callers(db):
    assert not ids(db, "SELECT oid::regprocedure::text FROM pg_proc p WHERE prosecdef AND pronamespace = 'public'::regnamespace "
                       "AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') "
                       "AND NOT coalesce('search_path=public, pg_temp' = ANY (proconfig), false)")
    assert len(ids(db, "SELECT oid FROM pg_proc WHERE prosecdef")) > 30


def test_who_does_not_say_who_they_are_sees_nothing(db, role, two):
    for table in walled(db) - {"feeds", "feed_bodies"}:
        assert not ids(role, f"SELECT 1 FROM {table}"), table
    assert not ids(role, "SELECT 1 FROM feeds WHERE person_id IS NOT NULL")
    assert ids(db, "SELECT 1 FROM persons") and ids(db, "SELECT 1 FROM registrations") and ids(db, "SELECT 1 FROM messages")


def test_a_person_sees_what_is_theirs(role, two):
    one, other = two
    tell(role, persons=f"{{{one.registration}}}")
    for table, column in {"persons": "id", "registrations": "id", "capabilities": "person_id",
                          "registration_events": "registration_id"}.items():
        assert ids(role, f"SELECT {column}::text FROM {table}") == {one.registration}, table
    assert not ids(role, "SELECT 1 FROM leaders") and not ids(role, "SELECT 1 FROM messages")


def test_leaders_see_their_group(role, two):
    one, other = two
    tell(role, leads=one.group)
    for table in ("persons", "registrations", "leaders", "messages"):
        assert ids(role, f"SELECT group_id::text FROM {table}") == {one.group}, table
    assert not ids(role, "SELECT 1 FROM capabilities")


def test_an_organisation_sees_the_leaders_of_its_groups_and_who_comes_if_they_share_it(role, two):
    one, other = two
    tell(role, organisations=f"{{{one.client.organisation['id']}}}")
    assert ids(role, "SELECT group_id::text FROM leaders") == {one.group}
    assert ids(role, "SELECT role FROM persons") == {"leader"} and not ids(role, "SELECT 1 FROM registrations")
    assert one.leader.patch(f"/v1/groups/{one.group}/settings", {"shared_with_organisation": True}).status == 200
    assert ids(role, "SELECT id::text FROM registrations") == {one.registration}
    assert ids(role, "SELECT role FROM persons") == {"leader", "registrant"} and not ids(role, "SELECT 1 FROM messages")


def test_the_role_writes_no_table_of_people(db, role, two):
    one, _ = two
    tell(role, persons=f"{{{one.registration}}}", leads=one.group, is_admin=True)
    for table in ("persons", "registrations", "leaders", "messages", "screenings", "attendances", "registration_events"):
        for wish in (f"DELETE FROM {table}", f"INSERT INTO {table} DEFAULT VALUES"):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                role.execute(wish)
    for wish in ("UPDATE audit SET members = '{}'", "DELETE FROM audit", "SELECT * FROM erasures", "TRUNCATE persons"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            role.execute(wish)


def without_first_wall():
    """The statement that reads a registration, for whoever knows its id."""
    text = STATEMENTS["registration_get"].text
    broken = text.replace("a.seen_as IS NOT NULL", "true").replace("registration_right(r", "registration_found(r")
    assert broken.count("registration_found") == 1 and "AND true" in broken
    return broken


@pytest.mark.parametrize("as_role", [True, False])
def test_a_statement_that_forgets_who_asks_shows_nothing_to_others(db, role, two, as_role):
    """As the owner of the tables it does: the wall is what holds."""
    one, other = two
    db.execute("CREATE OR REPLACE FUNCTION registration_found(r registrations, p uuid, l uuid, m boolean, o uuid[]) RETURNS text "
               "LANGUAGE sql AS $$ SELECT 'person' $$")
    cursor = role if as_role else db
    names = STATEMENTS["registration_get"].names
    values = {"registration_id": other.registration, "person": one.registration, "manages": False, "writer": "{}",
              "now": "2026-11-22T12:00:00Z"}
    tell(cursor, persons=f"{{{one.registration}}}")
    cursor.execute(f"PREPARE broken AS {without_first_wall()}")
    cursor.execute(f"EXECUTE broken ({', '.join(['%s'] * len(names))})", [values.get(name) for name in names])
    assert len(cursor.fetchall()) == (0 if as_role else 1)
    cursor.execute("DEALLOCATE broken")


def test_the_wall_is_part_of_the_query_and_leaves_indexes_alone(role, two):
    one, _ = two
    tell(role, leads=one.group)
    role.execute("SET enable_seqscan = off")
    role.execute("EXPLAIN SELECT * FROM registrations WHERE id = %s", [one.registration])
    plan = "\n".join(row[0] for row in role.fetchall())
    assert "Index Scan using registrations_pkey" in plan and "current_setting" in plan, plan
    assert not re.search(r"asking_(persons|leads|shares|is_admin)\(", plan), plan
