"""sink.py: a mail server that takes everything, tells how far each letter has come, and can be held at any point."""

import re
import threading

from tests.workers.mailserver import RawServer

MESSAGE_ID = re.compile(rb"^Message-ID: (\S+)", re.M)


class Sink(RawServer):
    """
    Of each letter it knows its Message-ID from when it has said 250. hold(point, then): whoever comes to that point waits
    there until let_go; the first who does calls then. forget_all: it notices that whoever has begun a letter has gone, and
    takes nothing of what is still in the sockets.
    """

    def __init__(self):
        self.taken, self.forgotten, self.lock = [], 0, threading.Lock()
        self.let_go()
        super().__init__(self.take_all)

    def hold(self, point, then=lambda: None):
        self.reached, self.gate, self.then = threading.Event(), threading.Event(), then
        self.point = point

    def let_go(self):
        gate = getattr(self, "gate", None)
        self.point = None
        if gate:
            gate.set()

    def come_to(self, point):
        with self.lock:
            is_held, gate = point == self.point, getattr(self, "gate", None)
            if is_held and not self.reached.is_set():
                self.then()
                self.reached.set()
        if is_held:
            gate.wait()

    def forget_all(self):
        self.forgotten += 1
        self.let_go()

    def take_all(self, connection):
        with connection.makefile("rb") as lines:
            self.converse(connection, lines)

    def converse(self, connection, lines):
        def say(words):
            connection.sendall(words + b"\r\n")
        forgotten = self.forgotten
        self.come_to("connected")
        say(b"220 here")
        for line in lines:
            command = line[:4].upper()
            forgotten = self.forgotten if command == b"MAIL" else forgotten
            if command == b"DATA":
                say(b"354 go on")
                self.take(lines, say, forgotten)
            else:
                say(b"250 OK")
                self.come_to(command.decode())

    def take(self, lines, say, forgotten):
        letter = b""
        for line in lines:
            if line == b".\r\n":
                break
            letter += line
            self.come_to("in DATA")
            if forgotten != self.forgotten:
                return
        else:
            return
        self.come_to("unanswered")
        self.come_to("about to answer")
        self.taken.append(MESSAGE_ID.search(letter)[1].decode())
        say(b"250 taken")

    def stop(self):
        self.let_go()
        super().stop()
