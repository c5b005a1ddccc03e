"""checker.py: what must hold of jobs, whoever was killed or stopped; it knows the record of a trial and nothing else."""

import math
from collections import Counter, defaultdict

LEASE_SECONDS = 10  # at most
OURS = {"done", "put off", "given up", "kept"}  # what only the holder of a job may do with it


def lives(record):
    """The events of each job, in their order."""
    found = defaultdict(list)
    for event in record.events:
        if event.job is not None:
            found[event.job].append(event)
    return found


def lost(record, life_of):
    added = {event.key for event in record.events if event.what == "added"}
    return record.acknowledged - added


def ghosts(record, life_of):
    return [event for event in record.events if event.key in record.withdrawn - record.acknowledged - record.unknown]


def unasked(record, life_of):
    asked = record.acknowledged | record.unknown | record.withdrawn
    return [event for event in record.events if event.what == "added" and event.key not in asked]


def not_once(record, life_of):
    """Of each life: begun once; then done once, as the last thing, or still there."""
    for job, life in life_of.items():
        whats = [event.what for event in life]
        ended = whats.count("done") == 1 and whats[-1] == "done"
        if whats[0] != "added" or whats.count("added") != 1 or ended == (job in record.left) or (
                not ended and "done" in whats):
            yield job, whats, "is there" if job in record.left else "is not there"
    yield from ((job, [], "is there") for job in record.left - life_of.keys())


def claims(life):
    return [event for event in life if event.what == "claimed"]


def sunken(record, life_of):
    for life in life_of.values():
        fences = [event.fence for event in claims(life)]
        if any(later <= earlier for earlier, later in zip(fences, fences[1:])):
            yield life[0].job, fences


def long_leases(record, life_of):
    return [event for event in record.events if event.what in ("claimed", "kept") and (
        event.until is None or event.until - event.at - record.ahead(event.at) > LEASE_SECONDS)]


def holders(life):
    """Each event with what its holder did last before it, or None where nobody held the job."""
    held = None
    for event in life:
        yield event, held
        if event.what in ("claimed", "kept"):
            held = event
        elif event.what in OURS:
            held = None


def taken(record, life_of):
    for life in life_of.values():
        for event, held in holders(life):
            if event.what == "claimed" and held and held.until and event.at + record.ahead(event.at) < held.until:
                yield held, event


def usurped(record, life_of):
    for life in life_of.values():
        for event, held in holders(life):
            if event.what in OURS and (held is None or (held.who, held.fence) != (event.who, event.fence)):
                yield held, event


def given_up(record, life_of):
    return [event for event in record.events if event.what == "given up"]


def undelivered(record, life_of):
    delivered = {job for job, _ in record.mails}
    return [event for event in record.events if event.what == "done" and event.kind == "mail" and event.job not in delivered]


def strange_mails(record, life_of):
    added = {(event.job, event.created) for event in record.events if event.what == "added" and event.kind == "mail"}
    return set(record.mails) - added


def surplus_mails(record, life_of):
    for job, count in Counter(job for job, _ in record.mails).items():
        if count > len(claims(life_of.get(job, ()))):
            yield job, count


RULES = {
    "what was acknowledged is a job": lost,
    "what was rolled back is none": ghosts,
    "nothing is a job that nobody asked for": unasked,
    "each job is done exactly once or still there": not_once,
    "the fence rises with each claim": sunken,
    "whoever claims a job has a lease, of ten seconds at most": long_leases,
    "nobody claims what somebody else has a lease of": taken,
    "only whoever claimed a job last does anything with it": usurped,
    "no job is given up": given_up,
    "whatever is done was delivered": undelivered,
    "what was delivered belongs to a job and has its id": strange_mails,
    "nothing is delivered more often than it was claimed": surplus_mails,
}


def check(record):
    """What does not hold, and what shows it."""
    life_of = lives(record)
    found = {rule: list(shows(record, life_of)) for rule, shows in RULES.items()}
    return {rule: shown for rule, shown in found.items() if shown}


def told(found):
    """For people: what does not hold, how often, and the first few that show it."""
    return "\n".join(line for rule, shown in found.items()
                     for line in [f"not so: {rule} ({len(shown)})", *(f"    {one}" for one in shown[:5])])


def orphans(life):
    """The claims whose holder did not finish, each with the next claim, or None."""
    after = claims(life)[1:] + [None]
    finished = {id(held) for event, held in holders(life) if event.what in OURS}
    return [(claim, later) for claim, later in zip(claims(life), after) if id(claim) not in finished]


def recoveries(record):
    """
    How many seconds each job that a killed worker had was without a worker, but for the time in which PostgreSQL was down;
    for ever, if nobody claimed it again.
    """
    for life in lives(record).values():
        for claim, later in orphans(life):
            at = record.killed.get(claim.who)
            if at is None or (later and later.at < at):
                continue
            start = max(at, claim.at)
            yield later.at - start - record.outage(start, later.at) if later else math.inf


def resumptions(record):
    """How many seconds PostgreSQL was up again before the next job was claimed, each time; it may have been down in between."""
    moments = [event.at for event in record.events if event.what == "claimed"]
    for _, up in record.outages:
        at = min((at for at in moments if at >= up), default=math.inf)
        yield at - up - record.outage(up, at)
