"""test_lint.py: every rule of tests/lint.sh, seen to pass what follows it and to name what breaks it."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ["core", "api/sql", "admin/sql", "workers/sql", "migrations", "tests/unit", "tests/fuzz", ".ci"]

LONG_FUNCTION = "/* a.c: long. */\nvoid f(void);\n\nvoid\nf(void)\n{\n" + "\tf();\n" * 61 + "}\n"
OWN_CLOCK = """-- 0001.sql: the clock.
CREATE FUNCTION runde_now() RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT statement_timestamp()
$$;
"""

# Step, path, a text that follows the rule, and one that breaks it.
RULES = {
    "format": ("format", "core/a.c",
               "/* a.c: x. */\nint a[] = { 1, 2 };\n",
               "/* a.c: x. */\nint a[]={1,2};\n"),
    "columns": ("length", "core/a.c",
                f"/* a.c: {'ä' * 89} */\n",
                f"/* a.c: {'ä' * 90} */\n"),
    "columns with tabs": ("length", "core/a.c",
                          f"\t\t/* {'x' * 78} */\n",
                          f"\t\t/* {'x' * 79} */\n"),
    "length of functions": ("length", "core/a.c",
                            LONG_FUNCTION.replace("\tf();\n", "", 1),
                            LONG_FUNCTION),
    "length of functions in tests": ("length", "tests/unit/a.c", "/* a.c: x. */\n", LONG_FUNCTION),
    "length of files": ("length", "api/a.h", "\n" * 400, "\n" * 401),
    "purpose of C": ("purpose", "core/a.c", "/* a.c: adds. */\n", "/* b.c: adds. */\n"),
    "purpose of long C": ("purpose", "core/a.c", "/*\n * a.c: adds.\n */\n", "/*\n * adds.\n */\n"),
    "purpose of headers": ("purpose", "core/a.h", "/* a.h: adds. */\n", "#ifndef A_H\n#endif\n"),
    "purpose of SQL": ("purpose", "api/sql/a.sql", "-- Adds.\n", "SELECT 1\n"),
    "purpose of shell": ("purpose", "tests/a.sh", "#!/bin/sh\n# a.sh: adds.\n", "#!/bin/sh\necho\n"),
    "purpose of Python": ("purpose", "tests/a.py", '"""Adds."""\n', "import os\n"),
    "purpose of awk": ("purpose", "core/a.awk", "# a.awk: adds.\n", "{ print }\n"),
    "core below api": ("layering", "core/a.c", '#include "core/b.h"\n', '#include "api/b.h"\n'),
    "core without its statements": ("layering", "core/a.c", '#include "core/b.h"\n', '#include "api_sql.h"\n'),
    "api beside admin": ("layering", "api/a.c", '#include "core/b.h"\n', '#include "admin/b.h"\n'),
    "api beside workers": ("layering", "api/a.h", '#include "api/b.h"\n', '#include "workers/b.h"\n'),
    "admin beside api": ("layering", "admin/a.c", '#include "admin/b.h"\n', '#include "api/b.h"\n'),
    "workers beside api": ("layering", "workers/a.c", '#include "core/b.h"\n', '#include "api/b.h"\n'),
    "Kore at the edge": ("layering", "api/edge.c", "#include <kore/kore.h>\n", None),
    "Kore elsewhere": ("layering", "api/reply.c", "\n", "#include <kore/kore.h>\n"),
    "libpq elsewhere": ("layering", "api/reply.c", "\n", "#include <libpq-fe.h>\n"),
    "libpq in core/db": ("layering", "core/db_pool.c", "#include <libpq-fe.h>\n", None),
    "sodium elsewhere": ("layering", "core/clock.c", "\n", "#include <sodium.h>\n"),
    "jansson in core": ("layering", "core/json.c", "\n", "#include <jansson.h>\n"),
    "strcpy": ("banned", "core/a.c", "\tmy_strcpy(a, b);\n", "\tstrcpy(a, b);\n"),
    "sprintf": ("banned", "api/a.c", "\tsnprintf(a, 1, b);\n", "\tsprintf(a, b);\n"),
    "atoi": ("banned", "admin/a.c", "\tstrtol(a, NULL, 10);\n", "\treturn (atoi(a));\n"),
    "sscanf": ("banned", "core/a.c", "\tscan(a);\n", '\tsscanf(a, "%d", &b);\n'),
    "system": ("banned", "workers/a.c", "\tsubsystem(a);\n", "\tsystem(a);\n"),
    "goto": ("banned", "api/a.c", "\tgoto_next(a);\n", "\tgoto out;\n"),
    "now()": ("clock", "api/sql/a.sql", "SELECT :'now'::timestamptz, known(1)\n", "SELECT now()\n"),
    "current_date": ("clock", "admin/sql/a.sql", "SELECT 1 -- current_date\n", "SELECT CURRENT_DATE\n"),
    "now as text": ("clock", "workers/sql/a.sql", "SELECT 'nowhere'\n", "SELECT 'now'::timestamptz\n"),
    "clock of migrations": ("clock", "migrations/a.sql",
                            OWN_CLOCK + "CREATE TABLE a (at timestamptz DEFAULT runde_now());\n",
                            OWN_CLOCK + "CREATE TABLE a (at timestamptz DEFAULT clock_timestamp());\n"),
    "SQL in C": ("sql", "api/a.c", '\trun("BEGIN");\n', '\trun("SELECT 1 FROM a");\n'),
    "SQL in pieces": ("sql", "admin/a.c", '\tsay("GET, DELETE and PUT");\n', '\trun("DELETE " "FROM a");\n'),
    "clang-tidy": ("tidy", "core/a.c",
                   "/* a.c: x. */\nint f(int a);\nint\nf(int a)\n{\n\treturn a > 0 ? a : 1;\n}\n",
                   "/* a.c: x. */\nint f(int a);\nint\nf(int a)\n{\n\treturn a > 0 ? 1 : 1;\n}\n"),
    "cppcheck": ("cppcheck", "core/a.c",
                 "int f(const int *a);\nint\nf(const int *a)\n{\n\treturn a ? *a : 0;\n}\n",
                 "int f(void);\nint\nf(void)\n{\n\tint a[2] = { 0 };\n\n\treturn a[2];\n}\n"),
    "shellcheck": ("shell", "tests/a.sh", "#!/bin/sh\necho \"$1\"\n", "#!/bin/sh\ncat $1\n"),
    "unused names": ("python", "tests/a.py", '"""A."""\nimport os\nos.sync()\n', '"""A."""\nimport os\n'),
    "broken Python": ("python", "tests/b.py", '"""A."""\n', "def (:\n"),
}


@pytest.fixture
def lint(tmp_path):
    """A tree with nothing in it but the rules and one file."""
    for name in FOLDERS:
        (tmp_path / name).mkdir(parents=True)
    for name in [".clang-format", ".clang-tidy", "Makefile", "tests/lint.sh"]:
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "tests/lint", tmp_path / "tests/lint")
    (tmp_path / ".ci/run").write_text("#!/bin/sh\n# run: nothing.\n", encoding="utf-8")

    def run(step, path, text):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
        return subprocess.run([tmp_path / "tests/lint.sh", step], capture_output=True, text=True, check=False)
    return run


@pytest.mark.parametrize("step, path, good, bad", RULES.values(), ids=RULES)
def test_what_breaks_a_rule_is_named_and_nothing_else(lint, step, path, good, bad):
    passed = lint(step, path, good)
    assert passed.returncode == 0, passed.stdout

    if bad is not None:
        failed = lint(step, path, bad)
        assert failed.returncode == 1, failed.stdout
        assert "FAILED" in failed.stdout and path in failed.stdout


def test_a_contract_that_redocly_finds_fault_with_is_named(lint, tmp_path):
    shutil.copytree(ROOT / "openapi", tmp_path / "openapi", ignore=shutil.ignore_patterns("node_modules"))
    if (ROOT / "openapi/node_modules").exists():
        (tmp_path / "openapi/node_modules").symlink_to(ROOT / "openapi/node_modules")
    health = (tmp_path / "openapi/health.yaml").read_text(encoding="utf-8")
    failed = lint("contract", "openapi/health.yaml", health.replace("tags: [Health]", "tags: [Health, Topics]", 1))

    assert failed.returncode == 1
    assert "operation-singular-tag" in failed.stdout


def test_every_step_has_a_rule_that_was_seen_to_fail():
    text = (ROOT / "tests/lint.sh").read_text(encoding="utf-8")
    steps = set(text.split("all=(")[1].split(")")[0].split())
    assert steps - {"build", "contract"} == {step for step, *_ in RULES.values()}
