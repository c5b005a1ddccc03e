"""mailserver.py: a mail server of a test's own, with TLS and passwords, that says what the test wants it to say."""

import asyncio
import socket
import subprocess
import threading
import uuid

from aiosmtpd.controller import Controller, UnixSocketController
from aiosmtpd.smtp import AuthResult

from tests.server import free_port

USER, PASSWORD = b"runde", b"geheim-sogar"


class Certificate:
    """An authority of a test's own, and what it vouches for: a server on this machine."""

    def __init__(self, folder, name="localhost"):
        self.folder = folder / f"certificate-{uuid.uuid4().hex[:8]}"
        self.folder.mkdir()
        self.ca, self.key, self.chain = (self.folder / name for name in ("ca.pem", "server.key", "server.pem"))
        (self.folder / "names").write_text(f"subjectAltName=DNS:{name}\n")
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                     "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem")
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                     "-keyout", "server.key", "-out", "server.csr")
        self.openssl("x509", "-req", "-days", "2", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                     "-CAcreateserial", "-extfile", "names", "-out", "server.pem")

    def openssl(self, *words):
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)


class Handler:
    """What the server does; answers: what it says to a command instead, or a function that says it."""

    def __init__(self, lacks=()):
        self.mails, self.said, self.sessions, self.answers, self.lacks = [], [], 0, {}, lacks
        self.named = None

    async def answer(self, command, server, otherwise="250 OK"):
        self.said.append(command)
        answer = self.answers.get(command, otherwise)
        return await answer(server) if callable(answer) else answer

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = self.named = hostname
        self.sessions += session.ssl is None
        self.said.append("EHLO")
        return [line for line in responses if not any(word in line for word in self.lacks)]

    async def handle_MAIL(self, server, session, envelope, address, options):
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return await self.answer("MAIL", server)

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = await self.answer("RCPT", server)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        answer = await self.answer("DATA", server)
        if answer.startswith("250"):
            self.mails.append((envelope.mail_from, envelope.rcpt_tos, envelope.original_content, envelope.mail_options))
        return answer


def authenticate(server, session, envelope, mechanism, given):
    return AuthResult(success=given.login == USER and given.password == PASSWORD, handled=False)


class MailServer:
    """Started when made. With a certificate it requires STARTTLS and the password."""

    def __init__(self, certificate=None, path=None, lacks=(), host="127.0.0.1"):
        self.handler, self.port, self.host = Handler(lacks), free_port(), host
        settings = {"hostname": self.host, "port": self.port}
        if path:
            self.controller = UnixSocketController(self.handler, str(path))
        else:
            self.controller = Controller(self.handler, **settings, **self.security(certificate))
        self.controller.start()

    @staticmethod
    def security(certificate):
        import ssl
        if certificate is None:
            return {}
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.chain, certificate.key)
        return {"tls_context": context, "require_starttls": True, "auth_required": True, "authenticator": authenticate}

    @property
    def mails(self):
        return self.handler.mails

    def say(self, **answers):
        self.handler.answers = answers

    def stop(self):
        self.controller.stop(no_assert=True)


class Held:
    """An answer that waits until it is let go."""

    def __init__(self, answer="250 OK"):
        self.answer, self.reached, self.released = answer, threading.Event(), threading.Event()

    async def __call__(self, server):
        self.reached.set()
        while not self.released.is_set():
            await asyncio.sleep(0.02)
        return self.answer


async def hang_up(server):
    """An answer that is none: the connection ends."""
    server.transport.close()
    return "250 OK"


class RawServer:
    """For what no mail server says: each connection is talked to by a function."""

    def __init__(self, talk):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.talk, self.connections = self.listener.getsockname()[1], talk, 0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.talk_and_close, args=[connection], daemon=True).start()

    def talk_and_close(self, connection):
        with connection:
            try:
                self.talk(connection)
            except OSError:
                pass

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def dialogue(*answers):
    """The first of these answers at once, the others for one line each; then hangs up."""
    def talk(connection):
        for number, answer in enumerate(answers):
            if number > 0:
                connection.recv(1000)
            connection.sendall(answer)
    return talk
