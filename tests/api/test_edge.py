"""test_edge.py: connections by the thousand, slow, silent, pipelined, half closed, encrypted; and how a server ends."""

import json
import os
import select
import signal
import socket
import ssl
import struct
import subprocess
import time
import uuid
from functools import partial

import pytest

from tests.wire import (Closed, Wire, at_once, await_truth, children, in_background, request_bytes,
                        resident_bytes)

HEAD = b"GET /healthz HTTP/1.1\r\nHost: a.example\r\n"
GET = HEAD + b"\r\n"
MEGABYTE = 1024 * 1024


def is_served(server, patience=5.0):
    with Wire(server, patience) as wire:
        return wire.request("GET", "/v1/topics?limit=1").status == 200


def open_files(server):
    return sum(len(os.listdir(f"/proc/{worker}/fd")) for worker in children(server.process.pid))


# Many ---------------------------------------------------------------------------------------------


def test_a_thousand_idle_connections_are_in_nobodys_way(another_server):
    server = another_server(RUNDE_CONNECTIONS_PER_ADDRESS=0)
    idle = [Wire(server) for _ in range(1000)]
    try:
        await_truth(lambda: open_files(server) >= 1000)
        began = time.monotonic()
        assert all(is_served(server) for _ in range(20))
        assert time.monotonic() - began < 2
        assert {wire.request("GET", "/healthz").status for wire in idle} == {200}
    finally:
        for wire in idle:
            wire.socket.close()
    await_truth(lambda: open_files(server) < 100)


def test_connections_that_come_and_go_leave_nothing_behind(another_server):
    server = another_server(RUNDE_WORKERS=1)
    workers = children(server.process.pid)
    assert is_served(server)
    before = open_files(server)
    for number in range(600):
        wire = Wire(server)
        wire.send((b"", GET, HEAD, b"\x16\x03\x01", b"GET /v1/topics?q=x HTTP/1.1\r\nHost: a\r\n\r\n")[number % 5])
        if number % 2:
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wire.socket.close()
    await_truth(lambda: open_files(server) <= before + 1)
    assert is_served(server)
    assert children(server.process.pid) == workers, "the worker died of it"


def test_one_address_may_have_so_many_connections_and_no_more(another_server):
    server = another_server(RUNDE_CONNECTIONS_PER_ADDRESS=5, RUNDE_WORKERS=1)
    wires = [Wire(server) for _ in range(5)]
    assert {wire.request("GET", "/healthz").status for wire in wires} == {200}
    with Wire(server) as one_more:
        assert one_more.is_closed()
    wires.pop().socket.close()
    await_truth(partial(is_welcome, server))
    assert {wire.request("GET", "/healthz").status for wire in wires} == {200}
    for wire in wires:
        wire.socket.close()


def is_welcome(server):
    try:
        with Wire(server) as wire:
            return wire.request("GET", "/healthz").status == 200
    except Closed:
        return False


def test_connections_beyond_what_a_worker_takes_wait_for_their_turn(another_server):
    server = another_server(RUNDE_CONNECTIONS=16, RUNDE_WORKERS=1)
    wires = [Wire(server) for _ in range(16)]
    assert {wire.request("GET", "/healthz").status for wire in wires} == {200}
    late = Wire(server, patience=5)
    late.send(GET)
    for wire in wires:
        wire.socket.close()
    assert late.reply().status == 200
    late.socket.close()


# Slow ---------------------------------------------------------------------------------------------


def trickle(wire, data, seconds):
    """Sends byte after byte as long as the server listens, and returns after how long it answered or closed."""
    began = time.monotonic()
    for byte in data:
        wire.send(bytes([byte]))
        if select.select([wire.socket], [], [], seconds)[0]:
            break
    return time.monotonic() - began


@pytest.mark.parametrize("start, rest", [
    (b"", HEAD + b"X-Long: " + b"x" * 1000),
    (HEAD + b"\r\n" + b"P", b"OST " + b"x" * 1000),
    (HEAD + b"Content-Length: 1000\r\n\r\n", b"x" * 999),
    (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 1000),
    (HEAD + b"Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n", b"x" * 999),
])
def test_a_request_that_takes_too_long_is_told_so_and_the_connection_ends(another_server, start, rest):
    server = another_server(RUNDE_HEAD_SECONDS=1, RUNDE_BODY_SECONDS=1)
    with Wire(server) as wire:
        wire.send(start)
        if b"\r\n\r\nP" in start:
            assert wire.reply().status == 200
        if b"100-continue" in start:
            assert wire.reply().status == 100
        assert 0.7 < trickle(wire, rest, 0.05) < 2
        reply = wire.reply()
        assert (reply.status, reply.slug) == (408, "request-timeout")
        assert reply.headers["connection"] == "close"
        assert wire.is_closed()
    assert is_served(server)


def test_a_connection_on_which_nothing_is_said_is_closed_without_a_word(another_server):
    server = another_server(RUNDE_IDLE_SECONDS=1)
    with Wire(server) as silent, Wire(server) as used:
        assert used.request("GET", "/healthz").status == 200
        began = time.monotonic()
        assert silent.is_closed() and used.is_closed()
        assert 0.5 < time.monotonic() - began < 2


def test_a_slow_request_within_its_time_is_answered(server):
    with Wire(server) as wire:
        for byte in GET:
            wire.send(bytes([byte]))
            time.sleep(0)
        assert wire.reply().status == 200


# Pipelined ----------------------------------------------------------------------------------------

KINDS = [
    ("GET", "/healthz", 200), ("GET", "/v1/topics?limit=1", 200), ("HEAD", "/v1/groups?limit=3", 200),
    ("GET", "/nothing", 404), ("POST", "/v1/groups", 401), ("GET", "/v1/groups?q=angst&limit=2", 200),
    ("OPTIONS", "/v1/groups", 204)]


@pytest.mark.parametrize("pieces", [1, 7])
def test_two_hundred_requests_in_one_go_are_answered_in_their_order(server, pieces):
    kinds = [KINDS[number % len(KINDS)] for number in range(200)]
    data = b"".join(request_bytes(method, target, b"{}" if method == "POST" else b"", f"X-Request-Id: n{number}")
                    for number, (method, target, _) in enumerate(kinds))
    size = len(data) // pieces + 1
    with Wire(server) as wire:
        for start in range(0, len(data), size):
            wire.send(data[start:start + size])
        for number, (method, _, status) in enumerate(kinds):
            reply = wire.reply(method)
            assert (reply.headers["x-request-id"], reply.status) == (f"n{number}", status)
        assert wire.request("GET", "/healthz").status == 200


def test_what_follows_a_request_that_closes_is_not_answered(server):
    with Wire(server) as wire:
        wire.send(GET + HEAD + b"Connection: close\r\n\r\n" + GET * 50)
        assert [wire.reply().status for _ in range(2)] == [200, 200]
        assert wire.is_closed()


def test_what_came_before_nonsense_is_answered_and_then_the_nonsense(server):
    with Wire(server) as wire:
        wire.send(GET * 3 + b"\x00\x01\x02\r\n\r\n" + GET)
        assert [wire.reply().status for _ in range(4)] == [200, 200, 200, 400]
        assert wire.is_closed()


def test_a_client_that_never_reads_costs_little_and_delays_nobody(another_server):
    server = another_server(RUNDE_WORKERS=1, ASAN_OPTIONS="detect_leaks=0:quarantine_size_mb=1")
    worker, = children(server.process.pid)
    assert is_served(server)
    greedy = [Wire(server) for _ in range(10)]
    before, sent = resident_bytes(worker), 0
    for wire in greedy:
        wire.socket.setblocking(False)
        sent += send_what_fits(wire, request_bytes("GET", "/v1/openapi.json") * 20_000)
        assert is_served(server, patience=1)
    assert sent > MEGABYTE
    assert resident_bytes(worker) - before < 40 * MEGABYTE
    for wire in greedy:
        wire.socket.close()
    assert is_served(server, patience=1)


def send_what_fits(wire, data):
    """How many bytes the server and the kernel take before they want no more."""
    sent = 0
    while sent < len(data) and select.select([], [wire.socket], [], 0.05)[1]:
        sent += wire.socket.send(data[sent:sent + 65536])
    return sent


def test_a_client_that_reads_late_gets_all_of_it(server):
    with Wire(server) as wire:
        wire.send(request_bytes("GET", "/v1/openapi.json") * 60)
        replies = [wire.reply() for _ in range(60)]
    assert len({reply.body for reply in replies}) == 1 and {reply.status for reply in replies} == {200}


# Half closed and gone -----------------------------------------------------------------------------


@pytest.mark.parametrize("target", [
    "/healthz", "/v1/topics?limit=1", "/v1/groups?q=angst", "/v1/openapi.json", "/nothing"])
def test_a_client_that_says_no_more_still_gets_its_answers(server, target):
    with Wire(server) as wire:
        wire.send(request_bytes("GET", target) * 3)
        wire.half_close()
        assert len({wire.reply().status for _ in range(3)}) == 1
        assert wire.is_closed()


def test_a_request_that_ends_in_the_middle_is_no_request(server, given, db):
    name = given.word()
    body = json.dumps(given.new_group(name=name)).encode()
    whole = request_bytes("POST", "/v1/groups", body, f"Authorization: Bearer {given.client().key}",
                          "Content-Type: application/json")
    for length in (1, 20, len(whole) - len(body) - 1, len(whole) - len(body), len(whole) - 1):
        with Wire(server) as wire:
            wire.send(whole[:length])
            wire.half_close()
            try:
                assert wire.reply().status == 400
            except Closed:
                pass
    db.execute("SELECT count(*) FROM groups WHERE name = %s", [name])
    assert db.fetchone() == (0,)


@pytest.mark.parametrize("reset", [False, True])
def test_clients_that_leave_while_they_are_served_do_no_harm(given, another_server, lock, db, reset):
    server = another_server(RUNDE_WORKERS=1)
    workers = children(server.process.pid)
    client, names = given.client().at(server), [given.word() for _ in range(8)]
    for number, name in enumerate(names):
        lock.hold_word(name)
        key = [f"Idempotency-Key: {name}"] if number % 2 else []
        wire = Wire(server)
        wire.send(request_bytes("POST", "/v1/groups", json.dumps(given.new_group(name=name)).encode(),
                                f"Authorization: Bearer {client.key}", "Content-Type: application/json", *key))
        lock.await_waiting(1)
        if reset:
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wire.socket.close()
        lock.release()
    replies = at_once(*[partial(client.post, "/v1/groups", given.new_group(), Idempotency_Key=given.word())
                        for _ in range(8)])
    assert {reply.status for reply in replies} == {201}
    db.execute("SELECT count(*) FROM groups WHERE name = ANY (%s) GROUP BY name", [names])
    assert all(count == 1 for count, in db.fetchall())
    assert children(server.process.pid) == workers, "the worker died of it"


def test_a_repetition_after_leaving_has_one_effect(given, server, lock, db):
    client, group = given.client(), given.new_group(name=given.word())
    lock.hold_word(group["name"])
    with Wire(server) as wire:
        wire.send(request_bytes("POST", "/v1/groups", json.dumps(group).encode(), f"Authorization: Bearer {client.key}",
                                "Content-Type: application/json", f"Idempotency-Key: {group['name']}"))
        lock.await_waiting(1)
    lock.release()
    replies = []
    await_truth(lambda: replies.append(client.post("/v1/groups", group, Idempotency_Key=group["name"])) or
                replies[-1].status != 409)
    assert replies[-1].status == 201
    db.execute("SELECT count(*) FROM groups WHERE name = %s", [group["name"]])
    assert db.fetchone() == (1,)


# Encrypted ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(folder):
    """The settings of a server with a certificate of its own, which its user may read."""
    name = uuid.uuid4().hex
    files = {"RUNDE_TLS_CERTIFICATE": folder / f"{name}.crt", "RUNDE_TLS_KEY": folder / f"{name}.key"}
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", files["RUNDE_TLS_KEY"],
                    "-out", files["RUNDE_TLS_CERTIFICATE"]], check=True, capture_output=True)
    for file in files.values():
        file.chmod(0o644)
    return files


@pytest.fixture
def encrypted(another_server, certificate):
    """Starts a server that speaks TLS; connect makes connections to it."""
    trust = ssl.create_default_context(cafile=certificate["RUNDE_TLS_CERTIFICATE"])

    def start(**environment):
        server = another_server(**certificate, **environment)
        server.connect = partial(Wire, server, tls=trust)
        await_truth(lambda: answers_over_tls(server))
        return server
    return start


def answers_over_tls(server):
    """By any of its workers, each of which becomes ready in its own time."""
    try:
        with server.connect() as wire:
            return wire.request("GET", "/healthz").status == 200
    except (OSError, Closed):
        assert server.process.poll() is None, server.log.read_text()
        return False


def test_over_tls_everything_is_as_without_it(encrypted, api):
    server = encrypted()
    with server.connect() as wire:
        assert wire.socket.version() in ("TLSv1.2", "TLSv1.3")
        assert wire.request("GET", "/v1/openapi.json").body == api.get("/v1/openapi.json").body
        assert wire.request("GET", "/v1/groups?q=angst").json == api.get("/v1/groups?q=angst").json
        wire.send(request_bytes("GET", "/v1/topics?limit=1") * 100)
        assert {wire.reply().status for _ in range(100)} == {200}
        for byte in GET:
            wire.send(bytes([byte]))
        assert wire.reply().status == 200
        assert wire.request("GET", "/healthz", b"", "Connection: close").status == 200
        assert wire.is_closed()
    with server.connect() as wire:
        assert wire.request("POST", "/v1/groups", b"x" * MEGABYTE).status == 401


def test_a_refusal_over_tls_can_be_read_by_who_is_still_sending(encrypted):
    server = encrypted()
    for _ in range(4):
        with server.connect() as wire:
            assert wire.request("POST", "/v1/groups", b"x" * 3 * MEGABYTE).status == 413


def test_only_an_encrypted_answer_demands_encryption(encrypted, api):
    with encrypted().connect() as wire:
        for target in ("/healthz", "/nothing", "/v1/groups"):
            assert "max-age=" in wire.request("GET", target).headers["strict-transport-security"]
    for target in ("/healthz", "/nothing", "/v1/groups"):
        assert "strict-transport-security" not in api.get(target).headers


def test_an_encrypted_port_does_not_speak_plainly_and_a_plain_one_not_encrypted(encrypted, server):
    secured = encrypted()
    with Wire(secured) as wire:
        wire.send(GET)
        assert wire.is_closed()
    with pytest.raises(ssl.SSLError):
        Wire(server, tls=ssl.create_default_context())
    assert answers_over_tls(secured) and is_served(server)


def test_encryption_that_is_broken_is_refused(encrypted):
    server = encrypted()
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with pytest.raises(OSError):
        Wire(server, tls=old)
    assert answers_over_tls(server)


def test_who_never_shakes_hands_is_sent_away(encrypted):
    server = encrypted(RUNDE_HEAD_SECONDS=1, RUNDE_IDLE_SECONDS=1, RUNDE_WORKERS=1)
    before = open_files(server)
    with Wire(server) as silent, Wire(server) as halting:
        halting.send(b"\x16\x03\x01\x02\x00\x01\x00")
        began = time.monotonic()
        assert silent.is_closed() and halting.is_closed()
        assert time.monotonic() - began < 7
    await_truth(lambda: open_files(server) <= before)


@pytest.mark.xfail(strict=True, reason="Kore shakes hands before we hear of a connection")
def test_hands_not_shaken_count_as_connections_of_their_address(encrypted):
    server = encrypted(RUNDE_CONNECTIONS_PER_ADDRESS=5, RUNDE_WORKERS=1)
    silent = [Wire(server, patience=1) for _ in range(20)]
    try:
        assert all(wire.is_closed() for wire in silent[5:])
    finally:
        for wire in silent:
            wire.socket.close()


def test_slow_and_silent_clients_are_treated_the_same_over_tls(encrypted):
    server = encrypted(RUNDE_HEAD_SECONDS=1, RUNDE_IDLE_SECONDS=1)
    with server.connect() as slow, server.connect() as silent:
        slow.send(HEAD)
        assert slow.reply().status == 408 and slow.is_closed() and silent.is_closed()


# The end ------------------------------------------------------------------------------------------


def ended(server, seconds=10):
    await_truth(lambda: server.process.poll() is not None, seconds)
    return server.process.returncode


def test_what_is_being_served_when_the_server_stops_is_answered(given, another_server, lock, db):
    server = another_server()
    client, group = given.client().at(server), given.new_group(name=given.word())
    lock.hold_word(group["name"])
    add = in_background(partial(client.post, "/v1/groups", group, Idempotency_Key=group["name"]))
    lock.await_waiting(1)
    server.process.send_signal(signal.SIGTERM)
    await_truth(lambda: not is_listening(server))
    lock.release()
    reply = add()
    assert reply.status == 201 and reply.headers["connection"] == "close"
    assert ended(server) == 0
    db.execute("SELECT count(*) FROM groups WHERE name = %s", [group["name"]])
    assert db.fetchone() == (1,)


def is_listening(server):
    try:
        with Wire(server, patience=0.2) as wire:
            return wire.request("GET", "/healthz").status == 200
    except (OSError, Closed):
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_a_server_that_is_told_to_stop_does_so_at_once(another_server, number):
    server = another_server()
    workers = children(server.process.pid)
    with Wire(server) as idle, Wire(server) as slow:
        assert idle.request("GET", "/healthz").status == 200
        slow.send(HEAD)
        server.process.send_signal(number)
        assert ended(server, 2) == 0
    assert not any(os.path.exists(f"/proc/{worker}") for worker in workers)


def test_a_client_that_never_reads_does_not_keep_a_server_from_stopping(another_server):
    server = another_server()
    with Wire(server) as deaf:
        deaf.socket.setblocking(False)
        send_what_fits(deaf, request_bytes("GET", "/v1/openapi.json") * 500)
        server.process.send_signal(signal.SIGTERM)
        assert ended(server, 6) == 0


def test_the_answers_to_a_pipeline_are_finished_or_cut_off_between_two(another_server):
    server = another_server()
    with Wire(server) as wire:
        wire.send(request_bytes("GET", "/v1/topics?limit=1") * 100)
        replies = [wire.reply()]
        server.process.send_signal(signal.SIGTERM)
        try:
            while True:
                replies.append(wire.reply())
        except Closed as closed:
            assert closed.args == (b"",), "the last answer is not whole"
    assert {reply.status for reply in replies} == {200}
    assert ended(server) == 0


def test_a_worker_that_dies_is_replaced(another_server):
    server = another_server()
    before = children(server.process.pid)
    os.kill(min(before), signal.SIGKILL)
    await_truth(lambda: len(children(server.process.pid)) == len(before) and children(server.process.pid) != before)
    await_truth(lambda: all(is_welcome(server) for _ in range(8)))


@pytest.mark.parametrize("wrong", [
    {"PORT": "x"}, {"PORT": "99999"}, {"RUNDE_LISTEN": "nowhere.invalid"}, {"RUNDE_KEY_FILE": "/nowhere"},
    {"RUNDE_WORKERS": "0"},
    {"RUNDE_CLOCK_FILE": "/nowhere"}, {"RUNDE_TLS_CERTIFICATE": "/nowhere", "RUNDE_TLS_KEY": "/nowhere"},
    {"RUNDE_REQUESTS_PER_MINUTE": "-1"}])
def test_a_server_with_wrong_settings_says_so_and_does_not_start(another_server, wrong):
    if "RUNDE_TLS_CERTIFICATE" in wrong:
        server = another_server(**wrong)
        assert ended(server) != 0 and server.log.read_text() != ""
        return
    with pytest.raises(RuntimeError, match="runde-api: "):
        another_server(**wrong)


def test_a_port_that_is_taken_is_not_shared(another_server):
    taken = another_server().port
    with pytest.raises(RuntimeError, match="cannot listen"):
        another_server(PORT=taken)
