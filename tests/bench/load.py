"""load.py: ways to put load on somebody: wrk, pgbench, requests at a constant rate, and many idle connections."""

import http.client
import itertools
import math
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
    """What a load generator says: how fast it was, or why it failed."""
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def find_number(pattern, said):
    found = re.search(pattern, said)
    if found is None:
        raise SystemExit(said[-3000:])
    return float(found.group(1))


def wrk(port, lines, seconds, *key):
    """Answers a second over keep-alive connections, and how many requests failed."""
    said = run("wrk", "-t", THREADS, "-c", CONNECTIONS, "-d", f"{seconds}s", "-s",
               Path(__file__).with_name("cycle.lua"), f"http://127.0.0.1:{port}", "--", lines, *key)
    return find_number(r"answered ([0-9.]+)/s", said), int(find_number(r"failed (\d+)", said))


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
        return find_number(r"tps = ([0-9.]+) \(without", said), said.count(" aborted in command ")


def constant_rate(port, targets, seconds):
    """
    The milliseconds that each request took, counted from when it was due: one that had to wait for a
    connection has waited, and one that failed took for ever. And how many failed.
    """
    targets, due = list(targets), itertools.count()
    start, taken = time.monotonic() + 0.1, []

    def ask_in_turn():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        while (number := next(due)) < RATE * seconds:
            time.sleep(max(0, start + number / RATE - time.monotonic()))
            try:
                connection.request("GET", targets[number % len(targets)])
                response = connection.getresponse()
                response.read()
                answered = response.status == 200
            except (OSError, http.client.HTTPException):
                connection.close()
                answered = False
            taken.append((time.monotonic() - start - number / RATE) * 1000 if answered else math.inf)
        connection.close()

    threads = [threading.Thread(target=ask_in_turn, daemon=True) for _ in range(RATE_CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken, taken.count(math.inf)


def processes(pid):
    """A process and all below it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid] + [below for child in children for below in processes(int(child))]


def megabytes(pid, file, field):
    """A field of /proc, of a process and all below it; None if we may not look: Runde shows itself to root alone."""
    try:
        return sum(find_number(rf"{field}:\s+(\d+) kB", Path(f"/proc/{one}/{file}").read_text())
                   for one in processes(pid)) / 1000
    except PermissionError:
        return None


def memory(pid):
    """Pss, which counts what processes share only once, or None; and Rss."""
    return megabytes(pid, "smaps_rollup", "Pss"), megabytes(pid, "status", "VmRSS")


def idle_connections(port, target, count):
    """So many connections, each after one request; to be closed by whoever asked for them."""
    connections = ExitStack()
    for _ in range(count):
        connection = connections.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
        connection.recv(65536)
    return connections
