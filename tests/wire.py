"""wire.py: connections as bytes: kept open, pipelined, half closed or never read; and the processes behind them."""

import os
import socket
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

from tests.client import Reply


class Closed(Exception):
    """The server has closed the connection."""


class Wire:
    """One connection. Answers are taken off it in their order, with a Content-Length or none."""

    def __init__(self, server, patience=10.0, tls=None):
        self.socket = socket.create_connection((server.host, server.port), timeout=patience)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self.received = b""

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.socket.close()

    def send(self, data):
        """Sends as much as the server wants; whether it does shows in the answer."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
            pass

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def receive(self):
        try:
            data = self.socket.recv(1 << 18)
        except ConnectionResetError:
            data = b""
        if not data:
            raise Closed(self.received)
        self.received += data

    def take(self, count):
        while len(self.received) < count:
            self.receive()
        taken, self.received = self.received[:count], self.received[count:]
        return taken

    def reply(self, method="GET"):
        while b"\r\n\r\n" not in self.received:
            self.receive()
        first, *lines = self.take(self.received.index(b"\r\n\r\n") + 4).decode("latin-1").split("\r\n")[:-2]
        fields = [tuple(line.split(": ", 1)) for line in lines]
        status, length = int(first.split(" ")[1]), int(dict(fields).get("Content-Length", 0))
        has_body = method != "HEAD" and status not in (204, 304)
        return Reply(SimpleNamespace(status=status, getheaders=lambda: fields), self.take(length if has_body else 0))

    def request(self, method, target, body=b"", *fields):
        """Sends a request made of bytes as they are given, and waits for its answer."""
        self.send(request_bytes(method, target, body, *fields))
        return self.reply(method)

    def is_closed(self):
        """Waits until the server has closed; False if it says anything before."""
        try:
            self.receive()
        except Closed:
            return True
        return False


def request_bytes(method, target, body=b"", *fields):
    """Method, target and fields may be text, as Latin-1, or bytes."""
    as_bytes = [part if isinstance(part, bytes) else part.encode("latin-1") for part in (method, target, *fields)]
    length = [b"Content-Length: %d" % len(body)] if body or method in ("POST", "PATCH") else []
    head = [as_bytes[0] + b" " + as_bytes[1] + b" HTTP/1.1", b"Host: runde.example", *as_bytes[2:], *length]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def children(pid):
    """The ids of the processes that a process has started; of a server: its workers."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return {int(word) for word in file.read().split()}


def resident_bytes(pid):
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def await_truth(claim, seconds=10):
    """Looks again and again until the claim holds."""
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.01)


def in_background(call):
    """Starts a call; what is returned waits for its result."""
    pool = ThreadPoolExecutor(1)
    future = pool.submit(call)
    pool.shutdown(wait=False)
    return future.result


def at_once(*calls):
    """The results of calls that begin at the same moment, in their order."""
    start = threading.Barrier(len(calls))

    def wait_and(call):
        start.wait()
        return call()
    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(wait_and, calls))
