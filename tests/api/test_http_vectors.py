"""Every vector of http_vectors.yaml, sent as it stands and byte by byte; and that this can fail."""

import json
import re
import select
import socket
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

VECTORS = yaml.safe_load(Path(__file__).with_name("http_vectors.yaml").read_text())
TRAPS = ["K1", "K2", "K3", "K4", "K5", "K6", "K7", "K8", "T1", "T2", "T3", "T4", "T5"]
PROBE = b"GET /healthz HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"

PATIENCE = 3.0
PAUSE = 0.03
BYTE_BY_BYTE_MAX = 4096


class Answer:
    """One answer, taken apart as strictly as a request is."""

    STATUS_LINE = re.compile(r"HTTP/1\.1 ([1-5]\d\d) [\t\x20-\x7e]*")
    FIELD_LINE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e]*)")

    def __init__(self, head):
        first, *lines = head.decode("latin-1").split("\r\n")
        match = self.STATUS_LINE.fullmatch(first)
        assert match, f"no status line: {first!r}"
        self.status = int(match[1])
        self.fields = [self.field(line) for line in lines]
        self.body = b""

    def field(self, line):
        match = self.FIELD_LINE.fullmatch(line)
        assert match, f"no field line: {line!r}"
        return match[1].lower(), match[2].rstrip(" \t")

    def value(self, name):
        return ", ".join(value for known, value in self.fields if known == name)

    def length(self, bodiless):
        assert self.value("transfer-encoding") == "", "a coding where a length is expected"
        if bodiless or self.status < 200 or self.status in (204, 304):
            return 0
        length = self.value("content-length")
        assert re.fullmatch(r"\d+", length), f"the length is {length!r}"
        return int(length)


class Connection:
    """A client that takes every byte seriously and waits for nothing longer than its patience."""

    def __init__(self, address, patience):
        self.patience = patience
        self.received = b""
        self.is_unwanted = False
        self.socket = socket.create_connection(address, timeout=patience)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            self.is_unwanted = True

    def has_news(self, seconds):
        return bool(select.select([self.socket], [], [], seconds)[0])

    def receive(self):
        """False when the server has closed."""
        assert self.has_news(self.patience), f"nothing came for {self.patience} s"
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self.received += data
        return data != b""

    def take(self, count):
        while len(self.received) < count:
            assert self.receive(), "closed within an answer"
        taken, self.received = self.received[:count], self.received[count:]
        return taken

    def answer(self, bodiless=False):
        while b"\r\n\r\n" not in self.received:
            assert self.receive(), f"closed without an answer, after {self.received!r}"
        head = self.take(self.received.index(b"\r\n\r\n") + 4)
        answer = Answer(head[:-4])
        answer.body = self.take(answer.length(bodiless))
        return answer

    def assert_closes(self):
        while self.receive():
            pass
        assert self.received == b"", f"more than was asked for: {self.received!r}"


def piece_bytes(piece):
    if isinstance(piece, dict):
        return piece["repeat"].encode("latin-1") * piece["times"]
    return piece.encode("latin-1")


def segment_bytes(segment):
    pieces = segment if isinstance(segment, list) else [segment]
    return b"".join(piece_bytes(piece) for piece in pieces)


def as_it_stands(connection, vector):
    """The segments; for 100 is waited as long as it takes."""
    pause = connection.patience if 100 in vector["expect"]["status"] else PAUSE
    for segment in vector["send"]:
        connection.send(segment_bytes(segment))
        connection.has_news(pause)


def byte_by_byte(connection, vector):
    """One send per byte, until the server has closed."""
    for byte in b"".join(segment_bytes(segment) for segment in vector["send"]):
        connection.send(bytes([byte]))
        if connection.has_news(0) and not connection.receive():
            connection.is_unwanted = True
        if connection.is_unwanted:
            return


def is_short(vector):
    return sum(len(segment_bytes(segment)) for segment in vector["send"]) <= BYTE_BY_BYTE_MAX


def final_answer(connection, bodiless):
    while (answer := connection.answer(bodiless)).status == 100:
        pass
    return answer


def assert_status(answer, expected):
    allowed = expected if isinstance(expected, list) else [expected]
    assert answer.status in allowed, f"{answer.status} instead of {expected}: {answer.body!r}"


def assert_problem(answer):
    assert answer.value("content-type").startswith("application/problem+json")
    try:
        problem = json.loads(answer.body)
    except ValueError:
        problem = None
    assert isinstance(problem, dict), f"no problem: {answer.body!r}"
    assert problem.get("status") == answer.status
    assert problem.get("request_id"), "no request_id"


def assert_answers(connection, vector, how):
    """The last of the answers. Byte by byte nobody knows whether 100 was still of use."""
    answers = []
    for expected in vector["expect"]["status"]:
        if how is byte_by_byte and expected == 100:
            continue
        read = final_answer if how is byte_by_byte else Connection.answer
        answers.append(read(connection, vector.get("bodiless", False)))
        assert_status(answers[-1], expected)
        if answers[-1].status >= 400:
            assert_problem(answers[-1])
    return answers[-1]


def assert_closes(connection, last):
    if last.status >= 400:
        assert last.value("connection").lower() == "close", "an error that closes must say so"
    connection.assert_closes()


def assert_open_and_in_step(connection, last):
    assert last.value("connection").lower() != "close", "announced a close"
    connection.send(PROBE)
    assert_status(connection.answer(), 200)
    connection.assert_closes()


def check(vector, address, how=as_it_stands, patience=PATIENCE):
    connection = Connection(address, patience)
    with connection.socket:
        how(connection, vector)
        if vector.get("shutdown"):
            connection.socket.shutdown(socket.SHUT_WR)
        last = assert_answers(connection, vector, how)
        ends = assert_closes if vector["expect"]["closes"] else assert_open_and_in_step
        ends(connection, last)


def name_of(vector):
    return vector["name"]


@pytest.mark.parametrize("vector", VECTORS, ids=name_of)
def test_as_it_stands(server, vector):
    check(vector, (server.host, server.port))


@pytest.mark.parametrize("vector", filter(is_short, VECTORS), ids=name_of)
def test_byte_by_byte(server, vector):
    check(vector, (server.host, server.port), byte_by_byte)


def test_every_vector_has_a_name_of_its_own():
    assert len({vector["name"] for vector in VECTORS}) == len(VECTORS) >= 130


@pytest.mark.parametrize("trap", TRAPS)
def test_every_trap_has_a_vector(trap):
    assert any(re.search(rf"\b{trap}\b", vector["clause"]) for vector in VECTORS)


def test_every_section_on_requests_has_a_vector():
    clauses = " ".join(vector["clause"] for vector in VECTORS)
    missing = [n for n in (2, 3, 5, 6, 7, 9) if not re.search(rf"RFC 9112 section {n}\b", clauses)]

    assert missing == []


# That all this can fail is shown with servers that only pretend.


def serve_once(listener, replies, closes):
    connection, _ = listener.accept()
    with connection:
        for reply in replies:
            if not connection.recv(65536):
                return
            connection.sendall(reply)
        while not closes and connection.recv(65536):
            pass


@contextmanager
def pretender(*replies, closes):
    """Answers whatever comes with the replies, one after the other, and then closes or does not."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve_once, args=(listener, replies, closes))
        thread.start()
        yield listener.getsockname()
        thread.join()


def reply(status, body, *fields):
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *fields, "", body]
    return "\r\n".join(lines).encode()


PROBLEM = {"status": 400, "request_id": "r"}
PROBLEM_TYPE = "Content-Type: application/problem+json"
CLOSE = "Connection: close"


def refusal(problem, *fields):
    return reply(400, json.dumps(problem), *fields)


FINE = reply(200, "{}", "Content-Type: application/json")
REFUSED = refusal(PROBLEM, PROBLEM_TYPE, CLOSE)
UNANNOUNCED = refusal(PROBLEM, PROBLEM_TYPE)
UNTYPED = refusal(PROBLEM, CLOSE)
UNTRACEABLE = refusal({**PROBLEM, "request_id": ""}, PROBLEM_TYPE, CLOSE)
CONTRADICTORY = refusal({**PROBLEM, "status": 500}, PROBLEM_TYPE, CLOSE)
HTML = reply(400, "<html>", PROBLEM_TYPE, CLOSE)
KEEPS = {"send": ["GET"], "expect": {"status": [200], "closes": False}}
CLOSES = {"send": ["GET"], "expect": {"status": [400], "closes": True}}


@pytest.mark.parametrize("how", [as_it_stands, byte_by_byte])
def test_right_answers_pass(how):
    with pretender(FINE, FINE, closes=True) as address:
        check({**KEEPS, "send": ["G"]}, address, how)
    with pretender(REFUSED, closes=True) as address:
        check({**CLOSES, "send": ["G"]}, address, how)


@pytest.mark.parametrize(
    ("vector", "replies", "closes"),
    [
        pytest.param(KEEPS, [REFUSED, FINE], True, id="another status"),
        pytest.param(KEEPS, [FINE], True, id="closed although it should be open"),
        pytest.param(KEEPS, [FINE + FINE, FINE], True, id="two answers to one request"),
        pytest.param(KEEPS, [FINE, FINE + FINE], True, id="one more answer behind the probe"),
        pytest.param(KEEPS, [FINE, REFUSED], True, id="out of step"),
        pytest.param(KEEPS, [], False, id="no answer"),
        pytest.param(KEEPS, [FINE.replace(b"\r\n", b"\n")], True, id="bare line feeds"),
        pytest.param(KEEPS, [FINE.replace(b": 2", b": 3")], True, id="a wrong length"),
        pytest.param(CLOSES, [REFUSED], False, id="open although it should be closed"),
        pytest.param(CLOSES, [REFUSED + FINE], True, id="a second answer after a refusal"),
        pytest.param(CLOSES, [b""], True, id="closed without an answer"),
        pytest.param(CLOSES, [UNANNOUNCED], True, id="a close that is not announced"),
        pytest.param(CLOSES, [UNTYPED], True, id="a problem of no type"),
        pytest.param(CLOSES, [HTML], True, id="a problem that is not JSON"),
        pytest.param(CLOSES, [UNTRACEABLE], True, id="a problem without request_id"),
        pytest.param(CLOSES, [CONTRADICTORY], True, id="a problem of another status"),
    ],
)
def test_wrong_answers_fail(vector, replies, closes):
    with pretender(*replies, closes=closes) as address, pytest.raises(AssertionError):
        check(vector, address, patience=0.3)
