"""clock.py: a clock of a test's own, for a server of its own."""

import struct


class Clock:
    """The file that a server started with RUNDE_CLOCK_FILE=clock follows."""

    def __init__(self, path):
        self.path = path
        path.write_bytes(struct.pack("q", 0))
        path.chmod(0o644)

    def __str__(self):
        return str(self.path)

    def move(self, hours):
        """To so many hours from now, whatever it was moved to before."""
        with self.path.open("r+b") as file:
            file.write(struct.pack("q", round(hours * 3600 * 1000000)))
