"""receiver.py: a server that webhooks are sent to, which keeps what it gets and answers as a test wants."""

import json
import ssl
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


FLOOD = b"x" * 65536


class Message:
    """What came: when, by which connection, and how it was answered."""

    def __init__(self, handler, body):
        self.at, self.connection, self.body = time.time(), handler.client_address, body
        self.fields = {name.lower(): value for name, value in handler.headers.items()}
        self.id, self.path, self.status = self.fields["webhook-id"], handler.path, None

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def event(self):
        data = self.json["data"]
        return self.json["type"], data["id"], data["revision"]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self):
        receiver = self.server.receiver
        message = Message(self, self.rfile.read(int(self.headers["Content-Length"])))
        with receiver.lock:
            receiver.messages.append(message)
        answer = receiver.answer(message)
        if answer is None:  # as if the wire were cut
            self.close_connection = True
            return
        message.status, fields = answer if isinstance(answer, tuple) else (answer, {})
        self.send_response_only(message.status)
        for name, value in {"Content-Length": "0", **fields}.items():
            self.send_header(name, value)
        self.end_headers()
        for _ in range(min(int(fields.get("Content-Length", 0)), 10 ** 8) // len(FLOOD)):
            self.wfile.write(FLOOD)

    def do_GET(self):
        self.server.receiver.followed += 1
        self.send_error(404)

    def log_message(self, *unused):
        pass


class Quiet(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 200

    def handle_error(self, *unused):
        """Whoever goes in the middle of a request is no fault here."""


class Receiver:
    """answer: gives a status, a status with fields, or None, for each message; or is one of these for all."""

    def __init__(self, answer=204, certificate=None):
        self.messages, self.lock, self.followed = [], threading.Lock(), 0
        self.answer = answer if callable(answer) else lambda message: answer
        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.server.receiver, self.certificate = self, certificate
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate.chain, certificate.key)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, args=[0.05], daemon=True).start()

    @property
    def port(self):
        return self.server.server_address[1]

    @property
    def url(self):
        return f"https://localhost:{self.port}/hook" if self.certificate else f"http://127.0.0.1:{self.port}/hook"

    def taken(self):
        """What was answered well, by id: how often."""
        return Counter(message.id for message in list(self.messages) if message.status and message.status < 300)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
