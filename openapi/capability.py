"""capability.py: the CapabilityStatement of the FHIR face, made of the operations that the contract has under it."""

import re

from document import inline, operations

ROUTE = re.compile(r"/fhir/R4/([A-Z]\w+)(/\{\w+\})?")
INTERACTIONS = {("get", False): "search-type", ("get", True): "read", ("post", False): "create", ("put", True): "update"}


def capability(document):
    """The resource as FHIR R4 wants it."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-22",
        "kind": "instance",
        "software": {"name": document["info"]["title"], "version": document["info"]["version"]},
        "implementation": {"description": document["info"]["summary"]},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [{"mode": "server", "security": {"cors": True}, "resource": resources(document)}],
    }


def resources(document):
    """One entry for each type, with what can be done with it and by what it is searched."""
    types = {}
    for method, path, operation in operations(document):
        route = ROUTE.fullmatch(path)
        if route:
            entry = types.setdefault(route[1], {"type": route[1], "interaction": []})
            entry["interaction"].append({"code": INTERACTIONS[method, route[2] is not None]})
            entry.update(searching(document, operation))
    return list(types.values())


def searching(document, operation):
    """The parameters of a search (by x-fhir-type), without modifiers and what leads through references, and what can be included."""
    parameters = [inline(document, parameter) for parameter in operation.get("parameters", ())]
    found = [{"name": parameter["name"], "type": parameter["x-fhir-type"]} for parameter in parameters
             if "x-fhir-type" in parameter and not re.search("[:.]", parameter["name"])]
    included = [parameter["schema"]["items"]["enum"] for parameter in parameters if parameter["name"] == "_include"]
    return {**({"searchInclude": included[0]} if included else {}), **({"searchParam": found} if found else {})}
