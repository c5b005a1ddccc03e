"""content.py: calendars taken apart by RFC 5545 and nothing else: lines, properties and components."""

import re
from dataclasses import dataclass, field

PROPERTY = re.compile(r'([A-Z0-9-]+)((?:;[A-Z0-9-]+=(?:"[^"]*"|[^";:,]*))*):(.*)', re.S)
ESCAPES = {"\\\\": "\\", "\\;": ";", "\\,": ",", "\\n": "\n", "\\N": "\n"}


@dataclass
class Property:
    name: str
    value: str
    parameters: dict = field(default_factory=dict)

    @property
    def zone(self):
        return self.parameters.get("TZID")


@dataclass
class Component:
    name: str
    properties: list = field(default_factory=list)
    parts: list = field(default_factory=list)

    def all(self, name):
        return [p for p in self.properties if p.name == name]

    def get(self, name):
        """The value of a property; None if it is not there."""
        found = self.all(name)
        return found[0].value if found else None

    def components(self, name):
        return [part for part in self.parts if part.name == name]

    def walk(self):
        yield self
        for part in self.parts:
            yield from part.walk()


def unfolded(body):
    """The content lines, as bytes."""
    return body.replace(b"\r\n ", b"").replace(b"\r\n\t", b"").split(b"\r\n")[:-1]


def property_of(line):
    match = PROPERTY.fullmatch(line)
    if not match:
        raise ValueError(f"no content line: {line!r}")
    name, parameters, value = match.groups()
    pairs = [word.split("=", 1) for word in parameters.split(";")[1:]]
    return Property(name, value, dict(pairs))


def parse(body):
    """The components at the top; ValueError if they are not nested as they should be."""
    top = Component("")
    open_ones = [top]
    for line in unfolded(body):
        found = property_of(line.decode())
        if found.name == "BEGIN":
            open_ones.append(Component(found.value))
            open_ones[-2].parts.append(open_ones[-1])
        elif found.name == "END":
            if open_ones.pop().name != found.value or not open_ones:
                raise ValueError(f"END:{found.value} ends nothing")
        else:
            open_ones[-1].properties.append(found)
    if open_ones != [top] or top.properties:
        raise ValueError("a component is not ended, or a line is outside of all")
    return top.parts


def text(value):
    """A value of text without its escapes."""
    return re.sub(r"\\.", lambda escape: ESCAPES.get(escape.group(), escape.group()), value)
