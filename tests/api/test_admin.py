"""test_admin.py: the operator's command, each test on a database of its own."""

import hashlib
import json
import re
import subprocess
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.installation import Installation
from tests.oauth import Signer, base64url
from tests.server import ROOT

MIGRATIONS = sorted(path.name for path in (ROOT / "migrations").glob("*.sql"))


@pytest.fixture
def bare(folder):
    made = Installation(folder)
    yield made
    made.drop()


@pytest.fixture
def empty(bare):
    bare.works("key")
    return bare


# Usage ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [[], ["help"], ["client"], ["client", "remove"], ["import"], ["Migrate"], ["migrat"],
                                   [""]])
def test_a_command_that_does_not_exist_is_told_which_ones_do(installed, words):
    done = installed.run(*words)
    assert done.status == 2 and done.complaint == ""
    for known in ("key", "migrate", "client add", "client rotate", "client revoke", "client list", "import postcodes",
                  "demo", "settings"):
        assert f"\n  runde {known} " in done.said


@pytest.mark.parametrize("words", [["migrate", "now"], ["client", "list", "all"], ["demo", "--group", "5"],
                                   ["demo", "5"], ["client", "add", "portal", "--scopes", "admin", "--organization", "x"],
                                   ["client", "rotate", "known", "--overlap"], ["key", "--force"]])
def test_a_word_that_nobody_understands_is_not_ignored(installed, words):
    """A misspelt option must not do something else than was meant."""
    installed.works("client", "add", "known", "--scopes", "admin")
    assert installed.run(*words).status != 0
    assert installed.rows("SELECT name FROM clients") == [("known",)]


def test_the_settings_are_listed_with_their_defaults(empty):
    said = empty.works("settings")
    in_code = set(re.findall(r'"((?:RUNDE_\w+)|PORT)"', (ROOT / "core/config.h").read_text(encoding="utf-8")))
    assert in_code and {line.split()[0] for line in said.splitlines()} == in_code
    assert "[dbname=runde]" in said


@pytest.mark.parametrize("variable, value", [("RUNDE_WORKERS", "many"), ("RUNDE_WORKERS", "0"),
                                             ("RUNDE_WORKERS", "-1")])
def test_a_setting_that_makes_no_sense_is_named(empty, variable, value):
    assert variable in empty.fails("settings", **{variable: value})


def test_a_database_that_is_not_there_is_a_sentence(empty):
    complaint = empty.fails("migrate", RUNDE_DATABASE="host=/nowhere dbname=runde")
    assert "/nowhere" in complaint


def test_the_master_key_is_made_once_and_only_its_owner_reads_it(bare):
    bare.works("key")
    first = bare.key.read_bytes()
    bare.run("key")
    assert bare.key.read_bytes() == first and bare.key.stat().st_mode & 0o777 == 0o600


def test_without_a_master_key_nothing_is_migrated(bare):
    assert str(bare.key) in bare.fails("migrate")
    assert bare.value("SELECT to_regclass('migrations')") is None


def test_without_a_master_key_no_client_is_made(empty):
    empty.works("migrate")
    empty.key.unlink()
    assert str(empty.key) in empty.fails("client", "add", "portal", "--scopes", "admin")
    assert empty.value("SELECT count(*) FROM clients") == 0


# Migrations ----------------------------------------------------------------------------------------

BOOK = "SELECT name, encode(checksum, 'hex'), applied_at FROM migrations ORDER BY name"


def test_every_migration_is_applied_in_its_order_and_told(empty):
    assert empty.works("migrate").split() == MIGRATIONS
    assert [name for name, _, _ in empty.rows(BOOK)] == MIGRATIONS
    assert empty.value("SELECT count(*) FROM topics") > 100


def test_the_book_holds_the_checksums_of_the_files(empty):
    empty.works("migrate")
    for name, checksum, _ in empty.rows(BOOK):
        text = (ROOT / "migrations" / name).read_text(encoding="utf-8")
        assert checksum == empty.value("SELECT encode(sha256(convert_to(%s, 'UTF8')), 'hex')", text)


def test_migrating_twice_changes_nothing(installed):
    book, topics = installed.rows(BOOK), installed.rows("SELECT * FROM topics ORDER BY id")
    assert installed.works("migrate") == ""
    assert (installed.rows(BOOK), installed.rows("SELECT * FROM topics ORDER BY id")) == (book, topics)


def test_a_migration_that_was_changed_afterwards_is_noticed(installed):
    name = MIGRATIONS[0]
    installed.rows("UPDATE migrations SET checksum = sha256('another text') WHERE name = %s", name)
    book = installed.rows(BOOK)
    assert name in installed.fails("migrate")
    assert installed.rows(BOOK) == book


def test_of_several_migrations_at_once_each_is_applied_once(empty):
    with ThreadPoolExecutor(3) as threads:
        said = list(threads.map(lambda _: empty.works("migrate"), range(3)))
    assert sorted("".join(said).split()) == MIGRATIONS
    assert [name for name, _, _ in empty.rows(BOOK)] == MIGRATIONS


def test_a_migration_that_fails_leaves_nothing_behind(empty):
    empty.rows("CREATE TABLE topics ()")
    assert MIGRATIONS[0] in empty.fails("migrate")
    assert empty.rows(BOOK) == [] and empty.value("SELECT to_regclass('organisations')") is None
    empty.rows("DROP TABLE topics")
    assert empty.works("migrate").split() == MIGRATIONS


# Clients -------------------------------------------------------------------------------------------


def test_a_client_is_made_with_a_key_and_nothing_else_is_said(installed):
    said = installed.works("client", "add", "portal", "--scopes", "groups:read,groups:write")
    assert re.fullmatch(r"runde_[\w-]{40,}\n", said)
    assert installed.rows("SELECT name, scopes, organisation_id FROM clients") == \
        [("portal", ["groups:read", "groups:write"], None)]


def test_an_unknown_scope_is_named_and_no_client_is_made(installed):
    assert "groups:burn" in installed.fails("client", "add", "portal", "--scopes", "groups:read,groups:burn")
    assert installed.rows("SELECT FROM clients") == installed.rows("SELECT FROM client_keys") == []


@pytest.mark.parametrize("words, complaint", [
    ([], "missing"), (["--scopes", "admin"], "runde: "), (["portal"], "--scopes"), (["portal", "--scopes"], "--scopes"),
    (["kasse", "--scopes", "referrals:write"], "--jwks"),
    (["portal", "--scopes", "admin", "--organisation", "nobody"], "nobody"),
    (["portal", "--scopes", "admin", "--organisation", str(uuid.UUID(int=7))], "organisation"),
], ids=str)
def test_what_is_missing_or_wrong_is_named_and_no_client_is_made(installed, words, complaint):
    assert complaint in installed.fails("client", "add", *words)
    assert installed.rows("SELECT FROM clients") == []


def test_clients_are_listed_with_state_scopes_and_number_of_keys(installed):
    keys = [installed.works("client", "add", name, "--scopes", "groups:read").strip() for name in ("berta", "anton")]
    keys.append(installed.works("client", "rotate", "anton").strip())
    installed.works("client", "revoke", "berta")
    said = installed.works("client", "list")
    assert [line.split()[:-1] for line in said.splitlines()] == \
        [["anton", "active", "2", "key(s)", "groups:read"], ["berta", "revoked", "1", "key(s)", "groups:read"]]
    assert len(set(keys)) == 3 and all(key not in said for key in keys)


@pytest.fixture
def keys(tmp_path):
    """A file with public keys."""
    def write(*signers, private=False):
        path = tmp_path / f"{uuid.uuid4().hex}.json"
        path.write_text(json.dumps({"keys": [json.loads(signer.key.export(private_key=private)) for signer in signers]}))
        return path
    return write


def thumbprints(installed):
    return installed.value("SELECT credentials_of(c) FROM clients c")


def test_public_keys_of_a_file_make_a_client_without_a_secret(installed, keys):
    old, new = Signer(), Signer("PS256")
    said = installed.works("client", "add", "kasse", "--scopes", "referrals:write", "--jwks", keys(old))
    assert said.strip() == installed.value("SELECT id FROM clients") and installed.rows("SELECT FROM client_keys") == []
    installed.works("client", "rotate", "kasse", "--jwks", keys(old, new))
    assert thumbprints(installed) == [old.thumbprint, new.thumbprint]
    assert installed.works("client", "list").split()[1:] == ["active", "2", "key(s)", "referrals:write", said.strip()]
    assert "no such client" in installed.fails("client", "rotate", "kasse")


def test_certificates_of_a_file_make_a_client_without_a_secret(installed, tmp_path):
    pem, both = tmp_path / "kasse.pem", tmp_path / "both.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                    "/CN=kasse", "-keyout", tmp_path / "key", "-out", pem], check=True, capture_output=True)
    printed = subprocess.check_output(["openssl", "x509", "-in", pem, "-outform", "DER"])
    thumbprint = base64url(hashlib.sha256(printed).digest())
    installed.works("client", "add", "kasse", "--scopes", "referrals:write", "--certificate", pem)
    assert thumbprints(installed) == [thumbprint]
    both.write_text(pem.read_text() * 2)
    installed.works("client", "rotate", "kasse", "--certificate", both)
    assert thumbprints(installed) == [thumbprint] * 2


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"keys": []}', '{"keys": 1}', '{"keys": [{}]}', "x" * 70000, "PRIVATE"])
@pytest.mark.parametrize("option", ["--jwks", "--certificate"])
def test_a_file_that_holds_nothing_public_makes_no_client(installed, keys, tmp_path, option, text):
    path = keys(Signer(), private=True) if text == "PRIVATE" else tmp_path / "file"
    if text != "PRIVATE":
        path.write_text(text)
    complaint = installed.fails("client", "add", "kasse", "--scopes", "groups:read", option, path)
    assert '"d"' not in complaint and installed.rows("SELECT FROM clients") == []


def test_an_old_key_ends_after_the_overlap_and_not_later_than_it_did(installed):
    def ends():
        return [hours for hours, in installed.rows(
            "SELECT round(extract(epoch FROM expires_at - now()) / 3600) FROM client_keys ORDER BY created_at")]
    installed.works("client", "add", "portal", "--scopes", "admin")
    installed.works("client", "rotate", "portal", "--overlap", "5")
    assert ends() == [5, None]
    installed.works("client", "rotate", "portal")
    assert ends() == [5, 24, None]
    installed.works("client", "rotate", "portal", "--overlap", "0.5")
    assert installed.value("SELECT count(*) FROM client_keys WHERE expires_at < now() + interval '31 minutes'") == 3


@pytest.mark.parametrize("overlap", ["soon", "", "-1", "nan"])
def test_an_overlap_that_is_none_is_refused(installed, overlap):
    installed.works("client", "add", "portal", "--scopes", "admin")
    installed.fails("client", "rotate", "portal", "--overlap", overlap)
    assert installed.rows("SELECT expires_at FROM client_keys") == [(None,)]


@pytest.mark.parametrize("words", [["rotate"], ["revoke"]])
def test_a_client_that_does_not_exist_is_neither_rotated_nor_revoked(installed, words):
    installed.fails("client", *words, "nobody")
    installed.fails("client", *words)


# Postcodes -----------------------------------------------------------------------------------------


def line(code, town, lat="50.5", lon="7.5", country="DE", region="Hessen"):
    return f"{country}\t{code}\t{town}\t{region}\tHE\t\t\t\t\t{lat}\t{lon}\t4\n"


def known(installed):
    return installed.rows("SELECT country, postcode, town, round(ST_Y(point::geometry)::numeric, 4)::text,"
                          " round(ST_X(point::geometry)::numeric, 4)::text FROM postcodes ORDER BY 1, 2, 3")


GOOD = (line("34117", "Kassel") + line("1010", "Wien", "48.2077", "16.3705", "AT")
        + line("34117", "Kirchditmold", "51.3", "-9.4"))
READ = [("AT", "1010", "Wien", "48.2077", "16.3705"), ("DE", "34117", "Kassel", "50.5000", "7.5000"),
        ("DE", "34117", "Kirchditmold", "51.3000", "-9.4000")]


@pytest.mark.parametrize("text", [GOOD, GOOD.replace("\n", "\r\n"), GOOD.rstrip("\n"), "\n" + GOOD + "\n\n",
                                  GOOD.replace("\t4\n", "\n"), GOOD.replace("\t4\n", "\t\n")],
                         ids=["plain", "CRLF", "no end of line", "empty lines", "eleven columns", "no accuracy"])
@pytest.mark.parametrize("source", ["file", "-"])
def test_postcodes_are_read_from_a_file_and_from_standard_input(installed, tmp_path, text, source):
    file = tmp_path / "codes.txt"
    file.write_bytes(text.encode())
    said = installed.works("import", "postcodes", file if source == "file" else "-", stdin=text.encode())
    assert said == "3 places imported\n" and known(installed) == READ


def test_umlauts_arrive_and_their_towns_can_be_misspelt(installed):
    text = line("99867", "Gräfentonna-Öd") + line("10000", "Świnoujście", country="PL")
    installed.works("import", "postcodes", "-", stdin=text.encode())
    assert [town for _, _, town, _, _ in known(installed)] == ["Gräfentonna-Öd", "Świnoujście"]
    words = {word for word, in installed.rows("SELECT word FROM search_words")}
    assert {"grafentonna", "swinoujscie"} <= words


def test_a_repeated_import_corrects_and_adds_and_forgets_nothing(installed):
    installed.works("import", "postcodes", "-", stdin=GOOD.encode())
    again = line("34117", "Kassel", "51.3127", "9.4797") + line("35037", "Marburg", "50.8", "8.77")
    assert installed.works("import", "postcodes", "-", stdin=again.encode()) == "2 places imported\n"
    assert known(installed) == [READ[0], ("DE", "34117", "Kassel", "51.3127", "9.4797"), READ[2],
                                ("DE", "35037", "Marburg", "50.8000", "8.7700")]


def test_the_same_place_twice_in_one_file_is_one_place(installed):
    installed.works("import", "postcodes", "-", stdin=(GOOD + GOOD).encode())
    assert known(installed) == READ


@pytest.mark.parametrize("bad", [
    "DE\t34117\tKassel\n", "no columns at all\n", line("", "Kassel"), line("34117", ""),
    line("34117", "Kassel", lat="north"), line("34117", "Kassel", lat="90.1"), line("34117", "Kassel", lon="-180.5"), line("34117", "Kassel", lat=""),
    line("34117", "Kassel", lon="nan"), line("34117", "Kassel", lat="50,5"), line("3411734117341", "Kassel"),
    line("34117", "Kassel", country="DEU"), line("34117", "Kassel", country="de"), line("34117", "Kas\\sel"), "\\.\n",
    line("34117", "Kässel").encode("latin-1"), line("34117", "Kas\0sel"),
], ids=ascii)
def test_a_line_that_cannot_be_read_is_named_and_nothing_is_imported(installed, bad):
    bad = bad if isinstance(bad, bytes) else bad.encode()
    complaint = installed.fails("import", "postcodes", "-", stdin=GOOD.encode() + bad + line("1", "Ende").encode())
    assert "line 4" in complaint
    assert known(installed) == []


def test_many_bad_lines_are_counted_and_the_first_are_named(installed):
    complaint = installed.fails("import", "postcodes", "-", stdin=(GOOD + "nothing\n" * 50).encode())
    assert re.findall(r"line (\d+) ", complaint) == [str(number) for number in range(4, 14)]
    assert "50 of 53" in complaint


def test_a_file_that_is_not_there_is_named(installed, tmp_path):
    assert "nowhere.txt" in installed.fails("import", "postcodes", tmp_path / "nowhere.txt")


def test_a_file_that_cannot_be_read_is_named(installed, tmp_path):
    assert str(tmp_path) in installed.fails("import", "postcodes", tmp_path)


def test_an_import_of_nothing_imports_nothing(installed):
    assert installed.works("import", "postcodes", "-", stdin=b"") == "0 places imported\n"


def test_the_towns_that_come_along_can_be_imported(installed):
    installed.works("import", "postcodes", ROOT / "admin/data/towns.tsv")
    assert len(known(installed)) >= 100


# Demonstration data --------------------------------------------------------------------------------

CONTENT = "SELECT to_jsonb(g) - 'search' FROM groups g ORDER BY id"


@pytest.fixture
def with_towns(installed):
    installed.works("import", "postcodes", ROOT / "admin/data/towns.tsv")
    return installed


def test_the_demonstration_can_be_loaded_twice(with_towns):
    loaded = with_towns.works("demo")
    groups = with_towns.rows(CONTENT)
    assert loaded == f"{len(groups)} series of meetings planned\n{len(groups)} groups loaded\n" and len(groups) >= 40
    assert with_towns.works("demo") == "0 series of meetings planned\n0 groups loaded\n"
    assert with_towns.rows(CONTENT) == groups


def test_a_group_of_the_demonstration_that_was_changed_stays_so(with_towns):
    with_towns.works("demo")
    with_towns.rows("UPDATE groups SET name = 'Umbenannt' WHERE id = (SELECT min(id::text)::uuid FROM groups)")
    with_towns.works("demo")
    assert with_towns.value("SELECT count(*) FROM groups WHERE name = 'Umbenannt'") == 1


def test_the_demonstration_needs_no_postcodes(installed):
    installed.works("demo")
    assert installed.value("SELECT count(*) FROM groups") >= 40


def test_a_directory_of_any_size_is_the_same_each_time(with_towns, folder, template):
    assert with_towns.works("demo", "--groups", "500") == "500 series of meetings planned\n500 groups made\n"
    assert with_towns.value("SELECT count(*) FROM groups") == 500
    names = "SELECT name, slug, topic_ids IS NOT NULL, summary FROM groups ORDER BY id"
    first = with_towns.rows(names)
    assert len({slug for _, slug, _, _ in first}) == 500
    with_towns.works("demo", "--groups", "500")
    assert with_towns.rows(names) == first


@pytest.mark.parametrize("number", ["0", "-5", "many", "10000001", "5x", ""])
def test_a_size_that_is_none_is_refused(installed, number):
    installed.fails("demo", "--groups", number)
    assert installed.value("SELECT count(*) FROM groups") == 0
