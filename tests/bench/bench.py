"""bench.py: Runde beside others, in turn, round after round: who is how fast, and what falls short."""

import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

from tests.bench import cases, feeds, jobs, mails, reminders, webhooks
from tests.bench.load import idle_connections, memory
from tests.bench.questions import PAGE, Questions
from tests.bench.same import check_same, check_same_registrations
from tests.bench.stage import FASTIFY, Stage, output
from tests.server import ROOT

ROUNDS = int(os.environ.get("ROUNDS", "5"))
SECONDS = int(os.environ.get("SECONDS_EACH", "5"))
GROUPS = int(os.environ.get("GROUP_COUNT", "100000"))
CASES = os.environ.get("CASES", "reading,writing,registrations,memory,feeds,jobs,mails,webhooks").split(",")

OPEN_CONNECTIONS = 1000
GOAL_MEGABYTES = 60


def revision():
    try:
        return output("git", "-C", ROOT, "describe", "--always", "--dirty")
    except (OSError, subprocess.CalledProcessError):
        return "of a revision unknown"


def print_versions(cursor):
    processor = next(line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                     if line.startswith("model name"))
    lock = json.loads((FASTIFY / "package-lock.json").read_text())["packages"]
    cursor.execute("SHOW server_version")
    print(f"machine      {os.cpu_count()} processors, {processor}, Linux {platform.release()}")
    print(f"Runde        {revision()}, {output('gcc', '--version').splitlines()[0]}")
    print(f"PostgreSQL   {cursor.fetchone()[0]}, durable, by Unix socket; {output('pgbench', '--version')}")
    print(f"Fastify      {lock['node_modules/fastify']['version']}, pg {lock['node_modules/pg']['version']}, "
          f"Node.js {output('node', '--version')}")
    print(f"load         {output('dpkg-query', '-W', '-f', 'wrk ${Version}', 'wrk')}, "
          f"Python {platform.python_version()}")
    print(f"rounds       {ROUNDS}, {SECONDS} s for each measurement, all of them counted")


def idle_percent(seconds=1):
    """How idle the processors are while nobody asks for anything; far below 100, the figures are worth little."""
    def times():
        values = [int(value) for value in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        return values[3] + values[4], sum(values)
    idle, total = times()
    time.sleep(seconds)
    idle_then, total_then = times()
    return 100 * (idle_then - idle) / (total_then - total)


def run_rounds(*compared):
    contenders = [contender for case in compared for contender in case.contenders]
    for contender in contenders:  # just-in-time compilers and caches shall be warm for everybody
        contender.take_turn(1)
        contender.forget()
    for number in range(1, ROUNDS + 1):
        print(f"round {number}: processors {idle_percent():.0f} % idle before it", flush=True)
        for contender in contenders:
            contender.take_turn(SECONDS)


def measure_memory(stage, questions, when):
    target = next(iter(questions.groups()))
    rows = []
    for name, server in {cases.RUNDE: stage.runde, **stage.fastify}.items():
        with idle_connections(server.port, target, OPEN_CONNECTIONS):
            rows.append((f"{name}, {when}", *memory(server.process.pid)))
    return rows


def print_memory(rows):
    print(f"\n{f'{OPEN_CONNECTIONS} open connections':<37}{'Pss':>11}{'Rss':>11}")
    for name, pss, rss in rows:
        print(f"  {name:<35}" + ("  root only" if pss is None else f"{pss:>8.1f} MB") + f"{rss:>8.1f} MB", end="")
        reached = (rss if pss is None else pss) < GOAL_MEGABYTES
        print(f"   goal {GOAL_MEGABYTES} MB: {cases.verdict(reached)}" if name.startswith(cases.RUNDE) else "")


def compare_directory(stage, questions):
    found = check_same(stage, questions)
    print(f"searches     {len(list(questions.searches()))}, finding {statistics.median(found):.0f} "
          f"of at most {PAGE} groups in the median", flush=True)
    return {"reading": [make(stage, questions) for make in (cases.one_group, cases.list_of_groups, cases.search,
                                                            cases.meetings)],
            "writing": [cases.new_group(stage, questions)]}


def compare_registrations(stage, questions):
    made = [cases.registrations_spread(stage, questions), cases.registrations_hot(stage, questions)]
    check_same_registrations(stage, questions, made[0].meetings)
    return {"registrations": made}


def compare_services():
    print(f"bringing up PostgreSQL with {GROUPS} groups, Runde and Fastify", flush=True)
    with Stage(GROUPS) as stage:
        questions = Questions(stage.cursor)
        print_versions(stage.cursor)
        compared = {}
        if "reading" in CASES or "writing" in CASES:
            compared |= compare_directory(stage, questions)
        if "registrations" in CASES:
            compared |= compare_registrations(stage, questions)
        fresh = measure_memory(stage, questions, "fresh") if "memory" in CASES else []
        for name in "reading", "writing", "registrations":  # writers last, as they make the tables grow
            if name in CASES:
                run_rounds(*compared[name])
        for name in "reading", "writing", "registrations":
            for case in compared[name] if name in CASES else []:
                case.print()
        if fresh:
            print_memory(fresh + measure_memory(stage, questions, "after all that"))


def compare_queues(stage):
    jobs.print_queues(stage.cursor)
    return jobs.rates(stage), jobs.latency(stage)


# What is compared on a stage of its own: what stands there, the stage, the cases, and what must hold afterwards.
APART = {
    "feeds": ("Runde with feeds", lambda: feeds.FeedStage(1000), feeds.compare, None),
    "jobs": ("two queues of jobs", lambda: jobs.JobStage(0), compare_queues, None),
    "mails": ("a sink for mails", lambda: mails.MailStage(0), mails.compare, None),
    "webhooks": ("a receiver of webhooks", lambda: webhooks.WebhookStage(0), webhooks.compare, webhooks.check),
}


def compare_apart(name, is_first):
    what, begin, compare, check = APART[name]
    print(f"\nbringing up PostgreSQL and {what}", flush=True)
    with begin() as stage:
        if is_first:
            print_versions(stage.cursor)
        compared = compare(stage)
        run_rounds(*compared)
        for case in compared:
            case.print()
        if check:
            check(stage)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    together = set(CASES) - {*APART, "reminders"}
    if together:
        compare_services()
    for number, name in enumerate(name for name in APART if name in CASES):
        compare_apart(name, is_first=not together and number == 0)
    if "reminders" in CASES:
        reminders.compare()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
