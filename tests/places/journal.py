"""journal.py: what clients were told, written down before they go on; it outlives whatever is killed."""

import os

NOTHING = "\\N"


class Journal:
    """A line is: how many there were when it was first asked for, key, registration, action, revision, state."""

    def __init__(self, path):
        self.path = path
        self.file = path.open("ab", buffering=0)
        self.count = 0

    def note(self, asked, key, registration, action, revision, state):
        line = "\t".join(NOTHING if part is None else str(part)
                         for part in (asked, key, registration, action, revision, state))
        self.file.write(line.encode() + b"\n")
        os.fdatasync(self.file.fileno())
        self.count += 1

    def lost(self, registration, action):
        """It was asked for; whether it was done the answer did not tell."""
        self.note(self.count, None, registration, action, None, None)

    def close(self):
        self.file.close()
