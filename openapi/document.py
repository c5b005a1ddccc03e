"""document.py: finds the way in an OpenAPI document that is one tree of dicts and lists."""

METHODS = ("get", "put", "post", "patch", "delete")


def operations(document):
    """Each operation as (method, path, operation)."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item[method]


def references(value, where="#"):
    """Each reference below the value as (pointer to where it stands, reference)."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield where, value["$ref"]
        for key, member in value.items():
            yield from references(member, f"{where}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from references(item, f"{where}/{index}")


def resolve(document, reference):
    """What a reference like #/components/schemas/Group stands for; LookupError if nothing."""
    if not reference.startswith("#/"):
        raise LookupError(reference)
    value = document
    for token in reference[2:].split("/"):
        value = value[token.replace("~1", "/").replace("~0", "~")]
    return value


def inline(document, value):
    """What stands behind a reference, under whatever stands beside it; anything else as it is."""
    if "$ref" not in value:
        return value
    beside = {key: member for key, member in value.items() if key != "$ref"}
    return {**inline(document, resolve(document, value["$ref"])), **beside}
