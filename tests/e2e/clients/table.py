"""What clients make of a feed: all of them follow it through every step, and a table tells what they show."""

from dataclasses import dataclass, field

STEPS = {"move": "moved", "cancel": "cancelled", "add": "new date", "revoke": "revoked"}


@dataclass
class Look:
    """What a client showed after a step, what it ought to show, and what it complained of."""
    client: str
    step: str
    seen: list
    wanted: list
    complaint: str = ""
    before: list = field(default_factory=list)

    def told(self):
        """In a word: all dates at first, then what is other than before."""
        if self.step == "subscribed":
            return f"{len(self.seen)} dates from {self.seen[0][0]}" if self.seen else "nothing"
        gone = [f"− {start} {title}" for start, title in self.before if (start, title) not in self.seen]
        come = [f"+ {start} {title}" for start, title in self.seen if (start, title) not in self.before]
        words = ["nothing any more"] if self.before and not self.seen else gone + come or ["as before"]
        return "<br>".join(words + [f"({line})" for line in self.complaint.splitlines() if "error" in line][:1])


def subscribe(feed, client):
    client.subscribe(feed.url)
    return Look(client.name, "subscribed", client.shows(), feed.shown())


def follow(feed, clients, steps=tuple(STEPS)):
    """Looks of each client after each step, in the order of the steps."""
    looks = [subscribe(feed, client) for client in clients]
    before = {look.client: look.seen for look in looks}
    for step in steps:
        getattr(feed, step)()
        for client in clients:
            complaint = client.sync()
            looks.append(Look(client.name, STEPS[step], client.shows(), feed.shown(), complaint, before[client.name]))
            before[client.name] = looks[-1].seen
    return looks


def markdown(title, looks):
    """A row for each client, a column for each step."""
    steps = list(dict.fromkeys(look.step for look in looks))
    rows = {}
    for look in looks:
        rows.setdefault(look.client, {})[look.step] = look.told()
    lines = [[title, *steps], ["---"] * (len(steps) + 1)]
    lines += [[client, *(told.get(step, "") for step in steps)] for client, told in rows.items()]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
