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
from dataclasses import dataclass
from pathlib import Path

from tests.server import ROOT

THREADS, CONNECTIONS = 2, 64
RATE, RATE_CONNECTIONS = 200, 16


@dataclass
class Load:
    """What a turn gave: a rate or latencies; how many requests failed, how many were done, and how long most took."""
    result: float | list
    failed: int
    done: int = 0
    p99: float | None = None


def run(*words):
    """What a load generator says: how fast it was, or why it failed."""
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def find_number(pattern, said):
    found = re.search(pattern, said)
    if found is None:
        raise SystemExit(said[-3000:])
    return float(found.group(1))


def wrk(port, lines, seconds, *key, connections=CONNECTIONS, script="cycle.lua"):
    """Answers a second over keep-alive connections."""
    said = run("wrk", "-t", THREADS, "-c", connections, "-d", f"{seconds}s", "-s",
               Path(__file__).with_name(script), f"http://127.0.0.1:{port}", "--", lines, *key)
    return Load(find_number(r", ([0-9.]+)/s", said), int(find_number(r"failed (\d+)", said)),
                int(find_number(r"answered (\d+)", said)), find_number(r"p99 ([0-9.]+) ms", said))


class Pgbench:
    """
    One of Runde's statements as pgbench scripts, one for each set of values, so that all are bound as Runde
    binds them. pgbench cannot bind null: where Runde does, the script says NULL itself, which is a little to
    pgbench's advantage. It binds a value once for every time it is named, so each of them is given its type.
    What must differ each time is made by the script: {} in `made` is the value as it is bound.
    """
    def __init__(self, folder, statement, sets, first="", made=None):
        text = (ROOT / f"api/sql/{statement}.sql").read_text()
        text = re.sub(r"^--.*\n", "", text, flags=re.MULTILINE)
        types = dict(re.findall(r":'(\w+)'(::\w+(?:\[\])?)", text))
        made = made or {}
        self.words = []
        for number, values in enumerate(sets):
            def bound(found, number=number, values=values):
                name, cast = found.groups()
                value = "NULL" if name not in made and values[name] is None else f":{name}_{number}"
                return made.get(name, "{}").format(value) + (cast or types.get(name, ""))
            script = folder / f"{statement}_{number}.pgbench"
            script.write_text(first + re.sub(r":'(\w+)'(::\w+(?:\[\])?)?", bound, text))
            self.words += ["-f", script]
            for name, value in values.items():
                self.words += [] if value is None else ["-D", f"{name}_{number}={value}"]

    def run(self, connections, seconds, **variables):
        """Transactions a second."""
        further = [word for name, value in variables.items() for word in ("-D", f"{name}={value}")]
        said = run("pgbench", "-n", "-M", "prepared", "-c", connections, "-j", THREADS, "-T", seconds,
                   *self.words, *further)
        return Load(find_number(r"tps = ([0-9.]+) \(without", said), said.count(" aborted in command "),
                    int(find_number(r"transactions actually processed: (\d+)", said)))


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
    return Load(taken, taken.count(math.inf))


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
