"""bundle.py OUTDIR: makes one OpenAPI description of the YAML files beside it, checked and in several forms."""

import json
import re
import sys
from pathlib import Path

import yaml

from capability import capability
from docs import docs
from document import operations, references, resolve
from openapi30 import openapi30
from patches import expand

HERE = Path(__file__).parent


class Broken(Exception):
    """The files contradict themselves; the text says how and where, a line for each fault."""


class Loader(yaml.SafeLoader):
    """Reads YAML as JSON would have it: `no` and 2026-11-25 are text, keys are text and come once."""

    yaml_implicit_resolvers = {}

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _ in node.value:
            where = f"{Path(key.start_mark.name).name}:{key.start_mark.line + 1}"
            if not key.tag.endswith(":str"):
                raise Broken(f"{where}: {key.value} must stand in quotation marks")
            if key.value in seen:
                raise Broken(f"{where}: {key.value} is defined twice")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


for kind, pattern, first in [
    ("bool", r"^(true|false)$", "tf"),
    ("int", r"^-?(0|[1-9][0-9]*)$", "-0123456789"),
    ("float", r"^-?(0|[1-9][0-9]*)\.[0-9]+$", "-0123456789"),
    ("null", r"^null$", "n"),
]:
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(pattern), list(first))


def read(folder):
    """Each YAML file of the folder by its name, openapi.yaml first. Hidden ones are settings of tools."""
    paths = [path for path in folder.glob("*.yaml") if not path.name.startswith(".")]
    paths.sort(key=lambda path: (path.name != "openapi.yaml", path.name))
    return {path.name: parse(path) for path in paths}


def parse(path):
    with path.open(encoding="utf-8") as stream:
        return yaml.load(stream, Loader)


def gather(files):
    """One document: the first file with the paths and components of all."""
    documents = list(files.values())
    whole = {**documents[0], "paths": {}, "components": {}}
    for name, document in files.items():
        if document is not documents[0] and document.keys() - {"paths", "components"}:
            raise Broken(f"{name}: only paths and components may stand here")
        add(name, whole["paths"], document.get("paths", {}))
        for kind, components in document.get("components", {}).items():
            add(name, whole["components"].setdefault(kind, {}), components)
    return whole


def add(name, known, more):
    for key in more:
        if key in known:
            raise Broken(f"{name}: {key} is defined in another file already")
        known[key] = more[key]


def check(document):
    faults = [*dangling(document), *unpatchable(document), *unfinished(document), *repeated(document)]
    if faults:
        raise Broken("\n".join(faults))


def dangling(document):
    for where, reference in references(document):
        try:
            resolve(document, reference)
        except (LookupError, TypeError):
            yield f"{where}: there is no {reference}"


def unpatchable(document):
    schemas = document["components"].get("schemas", {})
    for name, schema in schemas.items():
        if schema.get("x-patch-of", name) not in schemas:
            yield f"#/components/schemas/{name}: there is no {schema['x-patch-of']} to patch"


def unfinished(document):
    for method, path, operation in operations(document):
        for member in ("operationId", "summary", "description", "tags"):
            if not operation.get(member):
                yield f"{method} {path}: {member} is missing"
        if not any(status.startswith("4") for status in operation.get("responses", {})):
            yield f"{method} {path}: no 4xx answer is described"


def repeated(document):
    seen = {}
    for method, path, operation in operations(document):
        name = operation.get("operationId")
        if name in seen:
            yield f"{method} {path}: {name} is the operationId of {seen[name]} already"
        seen[name] = f"{method} {path}"


def bundle(folder=HERE):
    """The whole description as OpenAPI 3.1, or Broken."""
    document = gather(read(folder))
    check(document)
    return expand(document)


def write(folder, document):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "openapi.json").write_text(compact(document), encoding="utf-8")
    (folder / "openapi-3.0.json").write_text(compact(openapi30(document)), encoding="utf-8")
    (folder / "capability.json").write_text(compact(capability(document)), encoding="utf-8")
    (folder / "docs.html").write_text(docs(document), encoding="utf-8")


def compact(document):
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def main(arguments):
    if len(arguments) != 1:
        sys.exit(__doc__)
    try:
        write(Path(arguments[0]), bundle())
    except (Broken, yaml.YAMLError) as error:
        sys.exit(f"The contract is broken.\n{error}")


if __name__ == "__main__":
    main(sys.argv[1:])
