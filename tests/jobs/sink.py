"""sink.py: a mail server that takes everything, tells how far each letter has come, and can be held at any point."""

import re
import socket
import threading

MESSAGE_ID = re.compile(rb"^Message-ID: (\S+)", re.M)


class Sink:
    """
    Of each letter it knows its Message-ID from when it has said 250. hold(point, then): whoever comes to that point waits
    there until let_go; the first who does calls then. forget_all: it notices that whoever has begun a letter has gone, and
    takes nothing of what is still in the sockets.
    """

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port, self.taken, self.lock = self.listener.getsockname()[1], [], threading.Lock()
        self.forgotten = 0
        self.let_go()
        threading.Thread(target=self.serve, daemon=True).start()

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

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.talk_safely, args=[connection], daemon=True).start()

    def talk_safely(self, connection):
        try:
            with connection, connection.makefile("rb") as lines:
                self.talk(connection, lines)
        except OSError:
            pass

    def talk(self, connection, lines):
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
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
