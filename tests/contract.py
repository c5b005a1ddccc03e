"""contract.py: the OpenAPI description, held against what the server answers."""

import json
import re

from jsonschema import Draft202012Validator, FormatChecker, RefResolver

from tests import fhir
from tests.server import programs

# What any request may meet before its operation is known; see the description of the contract.
AT_THE_EDGE = {400, 404, 405, 406, 408, 413, 414, 415, 417, 431, 500, 501, 503, 505}

# Where one of several parameters must be there, which the contract can say in words only: the one that tests take.
ONE_OF = {"searchCalendar": "topic", "showCalendar": "topic"}


def plain(example):
    """A list by its first item."""
    return example[0] if isinstance(example, list) else example


class Contract:
    def __init__(self, document=None):
        self.document = document or json.loads((programs() / "openapi/openapi.json").read_text())
        self.resolver = RefResolver.from_schema(self.document)
        self.operations = {
            (method.upper(), path): operation
            for path, item in self.document["paths"].items()
            for method, operation in item.items() if method in ("get", "post", "put", "patch", "delete")}
        self.patterns = [
            (method, re.compile(re.sub(r"\\{[^/]+\\}", "[^/]+", re.escape(path)) + "$"), operation)
            for (method, path), operation in sorted(self.operations.items(), key=lambda o: "{" in o[0][1])]

    def resolve(self, value):
        return self.resolver.resolve(value["$ref"])[1] if "$ref" in value else value

    def query(self, operation, but=None):
        """What must stand in the query of an operation, as ?name=example& or ?."""
        one_of = ONE_OF.get(operation["operationId"])
        needed = [parameter for parameter in map(self.resolve, operation.get("parameters", ()))
                  if parameter["in"] == "query" and (parameter.get("required") or parameter["name"] == one_of)
                  and parameter["name"] != but]
        return "?" + "".join(f"{parameter['name']}={plain(parameter['example'])}&" for parameter in needed)

    def operation(self, method, path):
        method = "GET" if method == "HEAD" else method
        for wanted, pattern, operation in self.patterns:
            if wanted == method and pattern.match(path):
                return operation
        return None

    def check(self, method, path, reply):
        """Raises if the answer is not one that the contract promises; else the operation's id."""
        operation = self.operation(method, path)
        response = operation and operation["responses"].get(str(reply.status))
        if response is None:
            assert reply.status in AT_THE_EDGE or method == "OPTIONS" or (operation is None and reply.status == 429), \
                f"{method} {path} answers {reply.status}, which the contract does not declare"
            is_page = reply.headers.get("content-type", "").startswith("text/html")
            if is_page:
                assert operation is None or operation.get("x-page")
            elif reply.status >= 400 and method != "HEAD":
                self.check_problem(path, reply)
            return operation and operation["operationId"]
        response = self.resolve(response)
        for name, header in response.get("headers", {}).items():
            if self.resolve(header).get("required"):
                assert name.lower() in reply.headers, f"{method} {path} {reply.status}: no {name}"
        content = response.get("content", {})
        media = reply.headers.get("content-type", "").split(";")[0]
        if content and method != "HEAD":
            assert media in content, f"{method} {path} {reply.status} is {media}"
            if re.search(r"[+/]json$", media):
                self.validate(content[media]["schema"], reply.json)
                if "resourceType" in reply.json:
                    fhir.check(reply.json)
        return operation["operationId"]

    def check_problem(self, path, reply):
        """A problem that is told of any operation: as FHIR below its path, unless nobody could read that."""
        if path.startswith("/fhir/") and reply.headers["content-type"] == "application/fhir+json":
            self.validate({"$ref": "#/components/schemas/FhirOutcome"}, reply.json)
            fhir.check(reply.json)
        else:
            self.validate({"$ref": "#/components/schemas/Problem"}, reply.json)

    def validate(self, schema, value):
        validator = Draft202012Validator(schema, resolver=self.resolver, format_checker=FormatChecker())
        errors = [f"{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in validator.iter_errors(value)]
        assert not errors, errors

    def declared(self):
        return {(operation["operationId"], status)
                for operation in self.operations.values() for status in operation["responses"]}

    def unseen(self, folder):
        seen = {tuple(line.split()) for file in folder.iterdir() for line in file.read_text().splitlines()}
        return [f"no test has seen {operation} answer {status}"
                for operation, status in sorted(self.declared() - seen)]
