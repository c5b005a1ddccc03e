"""attacks.py: kill -9 of workers and of a whole PostgreSQL, and workers that sleep past their leases, at random moments."""

import random
import time

from tests.jobs.checker import LEASE_SECONDS

DOWN_AT_MOST = 15  # seconds, beside the time that PostgreSQL needs to start; mostly much less


class Attacks:
    """
    So many of each, in any order, a moment apart; the crashes last, as whoever sleeps through one has lost their connection
    and finishes nothing any more. Those who are stopped sleep for longer than a lease; or for no time at all
    while the application's clock is moved past it, if leaps says so: nothing is shown of how long things take then.
    """

    def __init__(self, pool, cluster, clock, record, leaps=False, apart=0.3):
        self.pool, self.cluster, self.clock, self.record = pool, cluster, clock, record
        self.leaps, self.apart = leaps, apart
        self.asleep = []  # when each that is stopped is to be woken

    def run(self, kills, crashes, stops):
        self.mix([self.pool.kill] * (kills // 2) + [self.stop] * stops)
        self.mix([self.pool.kill] * (kills - kills // 2) + [self.crash] * crashes)

    def mix(self, coming):
        for attack in random.sample(coming, len(coming)):
            self.pause()
            attack()
            self.wake_sleepers()
        while self.asleep:
            self.pause()
            self.wake_sleepers()

    def pause(self):
        time.sleep(self.apart * random.uniform(0.2, 1.8))

    def crash(self):
        down = time.time()
        self.cluster.kill()
        time.sleep(0 if self.leaps else DOWN_AT_MOST * random.random() ** 8)
        self.cluster.start()
        self.record.outages.append((down, time.time()))

    def stop(self):
        self.pool.stop()
        self.asleep.append(time.time() + (0 if self.leaps else LEASE_SECONDS + 2))

    def wake_sleepers(self):
        while self.asleep and self.asleep[0] <= time.time():
            if self.leaps:
                self.leap()
                self.pause()
            self.pool.wake()
            self.asleep.pop(0)

    def leap(self):
        """Every lease that there is ends."""
        self.record.moves.append((time.time(), self.clock.ahead + LEASE_SECONDS + 1))
        self.clock.leap(LEASE_SECONDS + 1)
