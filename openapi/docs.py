"""docs.py: makes one page for people of an OpenAPI document, without scripts or anything from elsewhere."""

import json
import re
from html import escape
from pathlib import Path

from document import inline, operations

STYLE = Path(__file__).with_name("docs.css")


def docs(document):
    """The page as HTML."""
    info = document["info"]
    head = (
        '<meta charset="utf-8">'
        + '<meta name="viewport" content="width=device-width, initial-scale=1">'
        + element("title", escape(f"{info['title']} {info['version']}"))
        + element("style", STYLE.read_text(encoding="utf-8"))
    )
    body = element("nav", contents(document)) + element("main", page(document))
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def element(name, content, **attributes):
    written = "".join(f' {key.rstrip("_")}="{escape(value)}"' for key, value in attributes.items())
    return f"<{name}{written}>{content}</{name}>\n"


def code(words):
    return f"<code>{escape(str(words))}</code>"


def link(words, address):
    return f'<a href="{escape(address)}">{words}</a>'


# Text ---------------------------------------------------------------------------------------------


def prose(words):
    """Paragraphs, lists, tables and headings out of the little Markdown that descriptions use."""
    return "".join(block(part) for part in re.split(r"\n\s*\n|(?<=\n)(?=## )", words.strip()))


def block(part):
    heading, _, rest = part.partition("\n")
    if heading.startswith("## "):
        return element("h3", phrase(heading[3:])) + (prose(rest) if rest.strip() else "")
    if part.startswith("- "):
        return element("ul", "".join(element("li", phrase(item)) for item in re.split(r"(?:^|\n)- ", part)[1:]))
    if part.startswith("| "):
        return table(part)
    return element("p", phrase(part))


def table(part):
    """The first line is the heading, the second one is only the rule below it."""
    heading, _, *lines = ([phrase(cell) for cell in line.strip("| ").split("|")] for line in part.split("\n"))
    named = element("tr", "".join(element("th", cell, scope="col") for cell in heading))
    return element("table", named + "".join(row(*cells) for cells in lines))


def phrase(words):
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(words.strip(), quote=False))


# Frame --------------------------------------------------------------------------------------------


def contents(document):
    lists = [
        element("strong", link(tag["name"], f"#{anchor(tag)}"))
        + element("ul", "".join(element("li", link(escape(operation["summary"]), f"#{operation['operationId']}"))
                                for _, _, operation in tagged(document, tag)))
        for tag in document["tags"]
    ]
    more = [("Answers to any request", "answers"), ("Keys", "keys"), ("Schemas", "schemas")]
    return "".join(lists) + element("ul", "".join(element("li", link(words, f"#{name}")) for words, name in more))


def anchor(tag):
    return f"tag-{tag['name'].lower()}"


def tagged(document, tag):
    return [found for found in operations(document) if tag["name"] in found[2]["tags"]]


def page(document):
    info = document["info"]
    return (
        element("h1", f"{escape(info['title'])} {element('small', escape(info['version']))}")
        + element("p", escape(info["summary"]))
        + element("p", f"As {link('OpenAPI 3.1', '/v1/openapi.json')} and {link('3.0', '/v1/openapi-3.0.json')}")
        + prose(info["description"])
        + "".join(section(document, tag) for tag in document["tags"])
        + common_answers(document)
        + keys(document)
        + schemas(document)
    )


def section(document, tag):
    return (
        element("h2", escape(tag["name"]), id=anchor(tag))
        + prose(tag["description"])
        + "".join(article(document, *found) for found in tagged(document, tag))
    )


def common_answers(document):
    rows = [row(code(status), phrase(words)) for status, words in document["x-common-responses"].items()]
    return element("h2", "Answers to any request", id="answers") + element("table", "".join(rows))


def keys(document):
    schemes = document["components"]["securitySchemes"].values()
    return element("h2", "Keys", id="keys") + "".join(prose(scheme["description"]) for scheme in schemes)


def row(name, *cells):
    return element("tr", element("th", name, scope="row") + "".join(element("td", cell) for cell in cells))


# Operations ---------------------------------------------------------------------------------------


def article(document, method, path, operation):
    method = element("span", method.upper(), class_=f"method {method}").strip()
    return element(
        "article",
        element("h3", escape(operation["summary"]))
        + element("p", f"{method} {code(path)}")
        + prose(operation["description"])
        + element("p", key_needed(operation), class_="faint")
        + attempts(operation)
        + parameters(document, operation)
        + body(operation)
        + answers(document, operation),
        id=operation["operationId"],
    )


def key_needed(operation):
    ways = " or ".join(way(*item) for choice in operation["security"] for item in choice.items())
    if not ways:
        return "Public."
    return ("Public; more with " if {} in operation["security"] else "Needs ") + ways + "."


def way(scheme, scopes):
    """How one may ask, in words: `a key (groups:read)`, `a session`."""
    return f"a {escape(scheme)}" + (f" ({', '.join(map(code, scopes))})" if scopes else "")


def attempts(operation):
    targets = operation.get("x-try", [])
    items = "".join(element("li", link(code(target), target)) for target in targets)
    return element("h4", "Try") + element("ul", items) if targets else ""


def parameters(document, operation):
    rows = []
    for parameter in (inline(document, parameter) for parameter in operation.get("parameters", ())):
        must = ", required" if parameter.get("required") else ""
        name = code(parameter["name"]) + element("div", parameter["in"] + must, class_="faint")
        example = element("p", f"Example: {written(parameter['example'])}", class_="faint")
        rows.append(row(name, prose(parameter["description"]) + element("p", kind(parameter["schema"])) + example))
    return element("h4", "Parameters") + element("table", "".join(rows)) if rows else ""


def written(example):
    return ", ".join(code(item) for item in example) if isinstance(example, list) else code(json_text(example))


def json_text(value):
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


def body(operation):
    request = operation.get("requestBody")
    return element("h4", "Body") + content(request) if request else ""


def answers(document, operation):
    rows = []
    for status, response in operation["responses"].items():
        response = inline(document, response)
        headers = ", ".join(code(name) for name in response.get("headers", {}))
        shown = prose(response["description"]) + element("p", f"Header fields: {headers}", class_="faint")
        rows.append(row(code(status), shown + content(response)))
    return element("h4", "Answers") + element("table", "".join(rows))


def content(message):
    """Media types with their schemas and examples, of a request body or an answer."""
    return "".join(
        element("p", f"{code(media_type)}: {kind(media['schema'])}")
        + "".join(example(name, value) for name, value in examples(media))
        for media_type, media in message.get("content", {}).items()
    )


def examples(media):
    """Each example as (title, value)."""
    if "example" in media:
        return [("Example", media["example"])]
    return [(entry["summary"], entry["value"]) for entry in media.get("examples", {}).values()]


def example(name, value):
    shown = element("pre", escape(json_text(value), quote=False))
    return element("details", element("summary", escape(name)) + shown)


# Schemas ------------------------------------------------------------------------------------------


def schemas(document):
    items = sorted(document["components"]["schemas"].items())
    return element("h2", "Schemas", id="schemas") + "".join(
        element("article", element("h3", name) + schema(value), id=f"schema-{name}") for name, value in items
    )


def schema(value):
    """A schema at full length: what it is for, then its members, its choices or its kind."""
    return about(value) + (members(value) or choices(value) or element("p", kind(value)))


def about(value):
    return prose(value["description"]) if "description" in value else ""


def members(value):
    required = value.get("required", ())
    rows = [
        row(code(name) + element("div", "required" if name in required else "", class_="faint"),
            about(member) + element("p", kind(member), class_="faint") + members(member))
        for name, member in value.get("properties", {}).items()
    ]
    return element("table", "".join(rows)) if rows else ""


def choices(value):
    return "".join(element("h4", escape(choice["title"])) + schema(choice) for choice in value.get("oneOf", ()))


def kind(value):
    """A schema in a few words: its type, or a link to it, and its limits."""
    if "$ref" in value:
        name = value["$ref"].rsplit("/", 1)[-1]
        return link(name, f"#schema-{name}")
    if "oneOf" in value:
        return "one of these"
    if "type" not in value:
        return "anything"
    types = value["type"] if isinstance(value["type"], list) else [value["type"]]
    words = [" or ".join(f"list of {kind(value['items'])}" if name == "array" else name for name in types)]
    words += [limit(value[keyword]) for keyword, limit in LIMITS.items() if keyword in value]
    words += [span(value, what) for what in ("Length", "Items", "Properties")]
    return ", ".join(word for word in words if word)


def span(value, what):
    """How many characters, items or members there may be."""
    noun = {"Length": "characters", "Items": "items", "Properties": "members"}[what]
    least, most = value.get(f"min{what}"), value.get(f"max{what}")
    if least is not None and most is not None:
        return f"{least} to {most} {noun}"
    if most is not None:
        return f"at most {most} {noun}"
    return f"at least {least} {noun}" if least is not None else ""


def constant(value):
    return code(value if isinstance(value, str) else json.dumps(value))


LIMITS = {
    "format": escape,
    "enum": lambda values: "one of " + " ".join(constant(value) for value in values),
    "const": lambda value: f"always {constant(value)}",
    "pattern": lambda pattern: f"as in {code(pattern)}",
    "minimum": lambda bound: f"at least {bound}",
    "exclusiveMinimum": lambda bound: f"more than {bound}",
    "maximum": lambda bound: f"at most {bound}",
    "exclusiveMaximum": lambda bound: f"less than {bound}",
    "uniqueItems": lambda _: "each once",
    "default": lambda value: f"if absent {constant(value)}",
}
