"""load.py: ways to put load on somebody: wrk, pgbench, requests at a constant rate, and many idle connections."""

import http.client
import itertools
import re
import socket
import subprocess
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from tests.server import ROOT

THREADS, CONNECTIONS = 2, 64
RATE, RATE_CONNECTIONS = 200, 16


def run(*words):
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{words[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def wrk(port, lines, seconds, *key):
    """Answers a second over keep-alive connections, and how many requests failed."""
    said = run("wrk", "-t", THREADS, "-c", CONNECTIONS, "-d", f"{seconds}s", "-s",
               Path(__file__).with_name("cycle.lua"), f"http://127.0.0.1:{port}", "--", lines, *key)
    rate, failed = re.search(r"answered ([0-9.]+)/s, failed (\d+)", said).groups()
    return float(rate), int(failed)


class Pgbench:
    """
    One of Runde's statements as pgbench scripts, one for each set of values, so that all are bound as Runde
    binds them. pgbench cannot bind null: where Runde does, the script says NULL itself, which is a little to
    pgbench's advantage. It binds a value once for every time it is named, so each of them is given its type.
    """
    def __init__(self, folder, statement, sets):
        text = (ROOT / f"api/sql/{statement}.sql").read_text()
        text = re.sub(r"^--.*\n", "", text, flags=re.MULTILINE)
        types = dict(re.findall(r":'(\w+)'(::\w+(?:\[\])?)", text))
        self.words = []
        for number, values in enumerate(sets):
            def bound(found, number=number, values=values):
                name, cast = found.groups()
                value = "NULL" if values[name] is None else f":{name}_{number}"
                return value + (cast or types.get(name, ""))
            script = folder / f"{statement}_{number}.pgbench"
            script.write_text(re.sub(r":'(\w+)'(::\w+(?:\[\])?)?", bound, text))
            self.words += ["-f", script]
            for name, value in values.items():
                self.words += [] if value is None else ["-D", f"{name}_{number}={value}"]

    def run(self, connections, seconds):
        """Transactions a second, and how many failed."""
        said = run("pgbench", "-n", "-M", "prepared", "-c", connections, "-j", THREADS, "-T", seconds, *self.words)
        rate = re.search(r"tps = ([0-9.]+) \(without", said).group(1)
        failed = re.search(r"number of failed transactions: (\d+)", said).group(1)
        return float(rate), int(failed)


def constant_rate(port, targets, seconds):
    """
    The milliseconds that each request took, counted from when it was due: one that had to wait for a
    connection has waited. And how many failed; their times are not among the others.
    """
    targets, due = list(targets), itertools.count()
    start, taken, failed = time.monotonic() + 0.1, [], []

    def ask_in_turn():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        while (number := next(due)) < RATE * seconds:
            time.sleep(max(0, start + number / RATE - time.monotonic()))
            try:
                connection.request("GET", targets[number % len(targets)])
                response = connection.getresponse()
                response.read()
                answered = response.status == 200
            except OSError:
                connection.close()
                answered = False
            (taken if answered else failed).append((time.monotonic() - start - number / RATE) * 1000)
        connection.close()

    threads = [threading.Thread(target=ask_in_turn) for _ in range(RATE_CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken, len(failed)


def processes(pid):
    """A process and all below it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid] + [below for child in children for below in processes(int(child))]


def memory(pid):
    """Pss and Rss of a process and all below it, in megabytes."""
    def total(field):
        return sum(int(re.search(rf"^{field}:\s+(\d+) kB", Path(f"/proc/{one}/smaps_rollup").read_text(),
                                 re.MULTILINE).group(1)) for one in processes(pid)) / 1000
    return total("Pss"), total("Rss")


def idle_connections(port, target, count):
    """So many connections, each after one request; to be closed by whoever asked for them."""
    connections = ExitStack()
    for _ in range(count):
        connection = connections.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
        connection.recv(65536)
    return connections
