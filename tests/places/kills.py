"""kills.py: kill -9 of a server's workers and of a whole PostgreSQL, again and again at random moments."""

import os
import random
import signal
import threading

from tests.wire import await_truth, children


class Kills:
    """So many of each, in any order, a moment apart; they begin at once."""

    def __init__(self, server, workers, cluster=None, databases=0, apart=0.8):
        self.server, self.cluster, self.apart = server, cluster, apart
        self.coming = [self.kill_worker] * workers + [self.kill_database] * databases
        random.shuffle(self.coming)
        self.done, self.failure = 0, None
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def go_on(self):
        if self.failure:
            raise self.failure
        return self.thread.is_alive()

    def run(self):
        try:
            for kill in self.coming:
                threading.Event().wait(self.apart * random.uniform(0.5, 1.5))
                kill()
                self.done += 1
        except Exception as failure:
            self.failure = failure

    def kill_worker(self):
        """The other one may have been killed a moment ago."""
        await_truth(lambda: children(self.server.process.pid))
        os.kill(random.choice(sorted(children(self.server.process.pid))), signal.SIGKILL)

    def kill_database(self):
        self.cluster.kill()
        self.cluster.start()
