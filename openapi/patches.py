"""patches.py: makes of a schema marked x-patch-of the schema of a merge patch (RFC 7396) of another one."""

from document import inline

# What holds for a whole but not for a part of it.
WHOLE = ("required", "default", "minProperties")


def expand(document):
    """The document with all its patches written out."""
    schemas = {
        name: {**patch_of(document, target(document, schema)), **schema} if "x-patch-of" in schema else schema
        for name, schema in document["components"]["schemas"].items()
    }
    return {**document, "components": {**document["components"], "schemas": schemas}}


def target(document, schema):
    return document["components"]["schemas"][schema["x-patch-of"]]


def patch_of(document, schema):
    """Any member may be left out, and null stands for what is not required, at every depth; readOnly ones stay away."""
    schema = inline(document, schema)
    if "oneOf" in schema:
        schema = union(schema, [inline(document, choice) for choice in schema["oneOf"]])
    patch = {key: value for key, value in schema.items() if key not in WHOLE}
    if "properties" in schema:
        required = schema.get("required", ())
        members = {name: patch_of(document, member) for name, member in schema["properties"].items()
                   if not member.get("readOnly")}
        patch["properties"] = {
            name: member if name in required else or_null(member) for name, member in members.items()
        }
    return patch


def or_null(schema):
    nullable = {**schema, "type": [schema["type"], "null"]}
    if "enum" in schema:
        nullable["enum"] = [*schema["enum"], None]
    return nullable


def union(schema, choices):
    """One object for several kinds of it: a patch may turn one kind into another, and so has the members of all."""
    members = {}
    for choice in choices:
        for name, member in choice["properties"].items():
            members[name] = either(members[name], member) if name in members else member
    return {
        "description": schema["description"],
        "type": "object",
        "required": sorted(set.intersection(*(set(choice["required"]) for choice in choices))),
        "additionalProperties": False,
        "properties": members,
    }


def either(one, other):
    """One member of two kinds: what tells the kinds apart, or the same in both."""
    if one == other:
        return one
    return {"type": "string", "enum": words(one) + words(other), "description": "Which kind it is to be."}


def words(schema):
    return schema["enum"] if "enum" in schema else [schema["const"]]
