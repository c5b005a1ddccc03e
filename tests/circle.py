"""circle.py: a group with a series that one registers for, a leader, and those who come."""

from datetime import date, timedelta

from tests.given import Registrant


class Circle:
    """Every Wednesday evening; places: of the series. Who is registered is vouched for, unless they have an address."""

    def __init__(self, given, keeper, capacity=None, newcomer_places=None, rules=None, series=None, **group):
        self.given, self.keeper = given, keeper
        self.group = given.group(keeper, **group)
        self.leader = given.leader(self.group)
        self.series = given.schedule(keeper, self.group, **{
            "capacity": capacity, "newcomer_places": newcomer_places, "registration": {"required": True, **(rules or {})},
            **(series or {})})
        self.meetings = self.read_meetings()

    @property
    def path(self):
        return f"/v1/schedules/{self.series['id']}"

    def read_meetings(self):
        path = f"/v1/groups/{self.group['id']}/meetings?to={date.today() + timedelta(weeks=12)}T00:00:00Z"
        return self.keeper.get(path).json["items"]

    def try_to_join(self, week=0, client=None, path=None, **members):
        """The answer to somebody who wants to come in some week; None: every week."""
        target = self.path if week is None else f"/v1/meetings/{self.meetings[week]['id']}"
        body = self.given.new_registration(**members)
        return (client or self.keeper).post((path or target) + "/registrations", body)

    def join(self, week=0, **how):
        made = self.given.made(self.try_to_join(week, **how))
        return Registrant.of((how.get("client") or self.keeper).as_client(None), made)

    def join_by_mail(self, week=0, confirmed=True, **members):
        """Somebody with an address, confirmed as by the token out of the mail."""
        person = self.join(week, contact={"email": self.given.address()}, **members)
        if confirmed:
            assert self.confirm(person).status == 200
        return person

    def confirm(self, person, token=None):
        token = token or self.given.token("confirmation", person.id)
        return self.given.api.at(person.server).post(f"{person.path}/confirm", {"token": token})

    def seen(self, person):
        """A registration as the leader sees it."""
        return self.leader.get(person.path).json

    def change(self, **members):
        return self.keeper.patch(self.path, members)

    def except_on(self, week, **members):
        reply = self.keeper.request("PUT", f"{self.path}/exceptions/{self.meetings[week]['date']}", members, If_Match="*")
        assert reply.status in (200, 201), reply.json
        return reply
