"""openapi30.py: says in OpenAPI 3.0.3 what a document says in 3.1."""

from document import METHODS

# Keywords of a schema under which schemas stand: one, several in a list, several by name.
ONE, LIST, NAMED = ("items", "additionalProperties", "not"), ("oneOf", "anyOf", "allOf"), ("properties",)


def openapi30(document):
    """A new document; what 3.0 cannot say is said in the descriptions or left out."""
    kept = {key: value for key, value in document.items() if key not in ("webhooks", "jsonSchemaDialect")}
    schemas = document["components"]["schemas"]
    components = {**plain(document["components"]), "schemas": named(schemas)}
    return {
        **kept,
        "openapi": "3.0.3",
        "info": {key: value for key, value in document["info"].items() if key != "summary"},
        "paths": {path: path_item(item) for path, item in document["paths"].items()},
        "components": components,
    }


def path_item(item):
    return {key: operation(value) if key in METHODS else plain(value) for key, value in item.items()}


def operation(value):
    """An operation whose scopes stand in the description: only OAuth may have them in 3.0."""
    value = plain(value)
    scopes = [scope for choice in value.get("security", ()) for scopes in choice.values() for scope in scopes]
    if scopes:
        may = "is needed" if len(value["security"]) == 1 else "may be given"
        sentence = f"A key with the scope {' or '.join(f'`{scope}`' for scope in scopes)} {may}."
        value["description"] = f"{value['description'].rstrip()}\n\n{sentence}"
        value["security"] = [{name: [] for name in choice} for choice in value["security"]]
    return value


def plain(value):
    """Anything but a schema: only the schemas in it change. Examples stay what they are."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: schema(member) if key == "schema" else member if key in ("example", "examples") else plain(member)
        for key, member in value.items()
    }


def named(schemas):
    return {name: schema(value) for name, value in schemas.items()}


def schema(value):
    if not isinstance(value, dict):
        return value
    if "$ref" in value and len(value) > 1:
        beside = {key: member for key, member in value.items() if key != "$ref"}
        return {**schema(beside), "allOf": [{"$ref": value["$ref"]}]}
    result = {}
    for key, member in value.items():
        result.update(keyword(key, member))
    return result


def keyword(key, value):
    """What one keyword of 3.1 is in 3.0."""
    if key in NEW:
        return NEW[key](value)
    if key in ONE:
        return {key: schema(value)}
    if key in LIST:
        return {key: [schema(item) for item in value]}
    if key in NAMED:
        return {key: named(value)}
    return {key: value}


def type_30(value):
    """Of several types, 3.0 knows only "this or null"."""
    if isinstance(value, str):
        return {"type": value}
    (kind,) = (item for item in value if item != "null")
    return {"type": kind, "nullable": True}


NEW = {
    "type": type_30,
    "const": lambda value: {"enum": [value]},
    "examples": lambda values: {"example": values[0]},
    "exclusiveMinimum": lambda bound: {"minimum": bound, "exclusiveMinimum": True},
    "exclusiveMaximum": lambda bound: {"maximum": bound, "exclusiveMaximum": True},
}
