"""cases.py: the work that is compared, who does it, and what the results are held against."""

import statistics
from datetime import datetime, timezone

from tests.bench.load import CONNECTIONS, Pgbench, constant_rate, wrk
from tests.bench.meetings import Meetings
from tests.bench.questions import PAGE

RUNDE = "Runde"
PGBENCH_CONNECTIONS = 4, 8, 16
SPREAD = 2000  # meetings of different groups to register for

ANYBODY = {"language": "de", "is_admin": "false", "is_partner": "false", "organisations": None,
           "now": datetime.now(timezone.utc).isoformat()}


def verdict(reached):
    return "reached" if reached else "BELOW THE GOAL"


class Contender:
    """Somebody who does the work; measure(seconds) gives a load."""
    def __init__(self, name, measure):
        self.name, self.measure = name, measure
        self.loads = []

    def take_turn(self, seconds):
        self.loads.append(self.measure(seconds))

    def forget(self):
        self.loads = []

    @property
    def results(self):
        return [load.result for load in self.loads]

    @property
    def failed(self):
        return sum(load.failed for load in self.loads)

    @property
    def family(self):
        return self.name.split(",")[0]


class Throughput:
    """Answers a second; a goal is the share of the best rate of others that Runde shall have."""
    def __init__(self, title, contenders, p99_ms=None, **goals):
        self.title, self.contenders, self.p99_ms, self.goals = title, contenders, p99_ms, goals

    def best(self, family):
        return max((c for c in self.contenders if c.family == family), key=lambda c: statistics.median(c.results))

    def print(self):
        print(f"\n{self.title:<32}{'median':>10}{'least':>10}{'most':>10}   Runde to it (spread)")
        for contender in self.contenders:
            rates = statistics.median(contender.results), min(contender.results), max(contender.results)
            print(f"  {contender.name:<30}" + "".join(f"{rate:>8,.0f}/s" for rate in rates), end="")
            print(self.slowest(contender) if contender.name == RUNDE else self.comparison(contender), end="")
            print(f"   {contender.failed} FAILED" if contender.failed else "")

    def slowest(self, contender):
        if self.p99_ms is None:
            return ""
        p99 = statistics.median(load.p99 for load in contender.loads)
        return f"   p99 {p99:.1f} ms, goal {self.p99_ms} ms: {verdict(p99 < self.p99_ms)}"

    def comparison(self, other):
        """The median of the rounds' ratios; only the best of a family has a goal to hold against it."""
        ratios = [ours / theirs for ours, theirs in zip(self.best(RUNDE).results, other.results)]
        ratio, goal = statistics.median(ratios), self.goals.get(other.family)
        text = f"   {ratio:5.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        if goal is not None and other is self.best(other.family):
            text += f"   goal {goal:.2f}: {verdict(ratio >= goal)}"
        return text


def percentile(times, percent):
    return sorted(times)[min(len(times) * percent // 100, len(times) - 1)]


class Latency:
    """Milliseconds at a constant rate; a result is all those of a turn."""
    def __init__(self, title, contenders, goal_ms):
        self.title, self.contenders, self.goal_ms = title, contenders, goal_ms

    def print(self):
        columns = "".join(f"{name:>10}" for name in ("p50", "p90", "p99", "max"))
        print(f"\n{self.title:<32}{columns}   medians of the rounds, and the very worst")
        for contender in self.contenders:
            p50, p90, p99 = (statistics.median(percentile(times, percent) for times in contender.results)
                             for percent in (50, 90, 99))
            worst = max(map(max, contender.results))
            print(f"  {contender.name:<30}" + "".join(f"{ms:>7.2f} ms" for ms in (p50, p90, p99, worst)), end="")
            if contender.name == RUNDE:
                print(f"   goal p99 {self.goal_ms} ms: {verdict(p99 < self.goal_ms)}", end="")
            print(f"   {contender.failed} FAILED" if contender.failed else "")


def over_http(stage, lines, creating=False):
    """Runde and every Fastify under the same wrk."""
    def contender(name, server, key):
        return Contender(name, lambda seconds: wrk(server.port, lines, seconds, *([key] if creating else [])))
    return [contender(RUNDE, stage.runde, stage.key),
            *(contender(name, server, stage.fastify_key) for name, server in stage.fastify.items())]


def in_pgbench(stage, statement, sets):
    script = Pgbench(stage.folder, statement, sets)
    return [Contender(f"pgbench, {count} connections", lambda seconds, count=count: script.run(count, seconds))
            for count in PGBENCH_CONNECTIONS]


def writer(stage):
    return f'{{"client_id":"{stage.client}","request_id":"0123456789abcdef00000001"}}'


def one_group(stage, questions):
    return Throughput(
        "one group by its id",
        over_http(stage, stage.file("groups", questions.groups())) + in_pgbench(
            stage, "group_get", [{**ANYBODY, "group_id": group} for group in questions.group_ids]),
        pgbench=0.80, Fastify=4)


def list_of_groups(stage, questions):
    return Throughput(
        f"a list of {PAGE} groups",
        over_http(stage, stage.file("lists", questions.lists())) + in_pgbench(
            stage, "groups_plain", [{**ANYBODY, "after": None, "limit": PAGE}]),
        pgbench=0.75, Fastify=4)


def search(stage, questions):
    targets = list(questions.searches())

    def at_constant_rate(server):
        return lambda seconds: constant_rate(server.port, targets, seconds)
    return Latency(
        "search: topic, place and text",
        [Contender(RUNDE, at_constant_rate(stage.runde)),
         *(Contender(name, at_constant_rate(server)) for name, server in stage.fastify.items())],
        goal_ms=20)


def meetings(stage, questions):
    targets = list(questions.meetings())
    return Latency(
        "meetings: 7 days, topic, place",
        [Contender(RUNDE, lambda seconds: constant_rate(stage.runde.port, targets, seconds))],
        goal_ms=30)


def new_group(stage, questions):
    bodies = list(questions.bodies())
    values = {**ANYBODY, "organisations": f"{{{stage.organisation}}}", "writer": writer(stage)}
    return Throughput(
        "a new group, durable",
        over_http(stage, stage.file("bodies", [f"/v1/groups {body}" for body in bodies]), creating=True) + in_pgbench(
            stage, "group_create", [{**values, "body": body} for body in bodies]),
        pgbench=1.0, Fastify=3)


class Registrations(Throughput):
    """Each turn has meetings of its own, and its outcome is looked at before the next one."""
    def __init__(self, title, meetings, contenders, **goals):
        super().__init__(title, [Contender(c.name, self.counted(c.measure)) for c in contenders], **goals)
        self.meetings = meetings

    def counted(self, measure):
        def measure_and_check(seconds):
            self.meetings.open()
            load = measure(seconds)
            self.meetings.check(load.done)
            return load
        return measure_and_check

    def print(self):
        super().print()
        print(f"  {self.meetings.confirmed:,} confirmed and {self.meetings.waiting:,} waiting in all, "
              f"nobody lost and no meeting overbooked after any turn")


def registering(stage, questions, meetings, connections):
    """Everybody registers for the meetings in turn: over HTTP a file of targets, in pgbench a number out of them."""
    def over(server, key):
        def measure(seconds):
            lines = stage.file("registrations", [f"{target} {questions.registrants[n % len(questions.registrants)]}"
                                                 for n, target in enumerate(meetings.targets())])
            return wrk(server.port, lines, seconds, key, connections=connections)
        return measure

    script = Pgbench(
        stage.folder, "registrations_create",
        [{**ANYBODY, "organisations": f"{{{stage.organisation}}}", "writer": writer(stage), "schedule_id": None,
          "vouching": stage.client, "requests": sealed}
         for sealed in questions.sealed_registrants()],
        first="\\set number random(1, :meetings)\n",
        made={"meeting_id": "(:prefix::text || lpad(to_hex(:number::integer), 12, '0'))",
              "requests": "replace(replace({}::text, '$id', uuid_v7(clock_timestamp())::text), "
                          "'$capability', encode(sha256(gen_random_uuid()::text::bytea), 'hex'))"})
    return [Contender(RUNDE, over(stage.runde, stage.key)),
            *(Contender(name, over(server, stage.fastify_key)) for name, server in stage.lending.items()),
            *(Contender(f"pgbench, {count} connections",
                        lambda seconds, count=count: script.run(count, seconds, prefix=meetings.prefix,
                                                                meetings=meetings.number))
              for count in PGBENCH_CONNECTIONS)]


def registrations_spread(stage, questions):
    meetings = Meetings(stage, SPREAD, 10)
    return Registrations("registrations, spread", meetings, registering(stage, questions, meetings, CONNECTIONS),
                         pgbench=0.80, Fastify=2)


def registrations_hot(stage, questions):
    meetings = Meetings(stage, 1, 100)
    return Registrations("registrations, one hot meeting", meetings, registering(stage, questions, meetings, 200),
                         pgbench=3, p99_ms=50)
