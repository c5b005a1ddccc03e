"""line.py: connections that are kept open, many at a time in one thread."""

import asyncio
import json


class Cut(Exception):
    """The connection ended before the answer did."""


class Answer:
    def __init__(self, status, body):
        self.status, self.body = status, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def slug(self):
        return self.json["type"].rsplit("/", 1)[1]


class Line:
    """One connection; made again when it was cut."""

    def __init__(self, port):
        self.port = port
        self.reader = self.writer = None

    async def request(self, method, path, body, bearer, **fields):
        kind = "merge-patch+json" if method == "PATCH" else "json"
        head = [f"{method} {path} HTTP/1.1", "Host: runde.example", f"Authorization: Bearer {bearer}",
                *(f"{name.replace('_', '-')}: {value}" for name, value in fields.items())]
        content = b"" if body is None else json.dumps(body).encode()
        if content:
            head.append(f"Content-Type: application/{kind}")
        if method != "GET":
            head.append(f"Content-Length: {len(content)}")
        try:
            return await self.exchange("\r\n".join(head).encode() + b"\r\n\r\n" + content)
        except (OSError, asyncio.IncompleteReadError) as error:
            self.close()
            raise Cut from error

    async def exchange(self, request):
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.writer.write(request)
        first, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines if line)
        body = await self.reader.readexactly(int(fields.get("content-length", 0)))
        if fields.get("connection") == "close":
            self.close()
        return Answer(int(first.split(" ")[1]), body)

    def close(self):
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None
