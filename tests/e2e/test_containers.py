"""Runde as it is shipped: what its containers may do, and what they survive; in this order."""

import pytest

from tests.e2e.containers import LASTING, SERVICES
from tests.letters import text_of

KEY = "/var/lib/runde/keys/secret.key"


@pytest.fixture(scope="module")
def circle(given):
    """A group that meets every week, made through the published port."""
    return Weekly(given)


class Weekly:
    def __init__(self, given):
        self.given, self.keeper = given, given.client()
        self.group = given.group(self.keeper)
        self.series = given.schedule(self.keeper, self.group, registration={"required": True})

    def meetings(self):
        return self.keeper.get(f"/v1/groups/{self.group['id']}/meetings").json["items"]

    def register(self):
        """The address of somebody new who has registered for the first meeting."""
        address = self.given.address()
        meeting = self.meetings()[0]
        self.given.registration(meeting, client=self.keeper, contact={"email": address})
        return address


def test_everything_comes_up_and_the_migration_ends(containers):
    assert containers.state("prepare")["ExitCode"] == 0
    assert all(containers.state(service)["Status"] == "running" for service in LASTING)


@pytest.mark.parametrize("service", LASTING)
def test_nobody_inside_is_root_has_a_capability_or_can_get_one(containers, service):
    status = dict(line.split(":\t", 1) for line in
                  containers.execute(service, "cat", "/proc/1/status").stdout.splitlines())

    assert "0" not in status["Uid"].split()
    assert int(status["CapBnd"], 16) == int(status["CapEff"], 16) == 0
    assert status["NoNewPrivs"] == "1"


@pytest.mark.parametrize("service", LASTING)
def test_not_even_a_folder_of_its_own_can_be_written_unless_it_is_a_volume(containers, service):
    own = "/var/lib/postgresql" if service == "db" else "/var/lib/runde"

    assert containers.execute(service, "test", "-O", own).returncode == 0
    assert "Read-only file system" in containers.execute(service, "touch", f"{own}/new", check=False).stderr
    assert containers.execute(service, "touch", "/tmp/new").returncode == 0


def test_only_the_step_before_may_write_the_key(containers):
    assert containers.execute("worker", "cat", KEY).stdout == containers.execute("api", "cat", KEY).stdout
    assert containers.execute("api", "sh", "-c", f"echo >>{KEY}", check=False).returncode != 0


def test_the_images_hold_no_secret(containers):
    for image in ("runde", "runde-database"):
        everything = containers.podman("inspect", image) + containers.podman("history", "--no-trunc", image)
        assert containers.environment["DATABASE_PASSWORD"] not in everything
    assert containers.podman("run", "--rm", "--network", "none", "runde", "find", "/var/lib/runde", "-type", "f") == ""


def test_the_images_hold_no_compiler(containers):
    for image in ("runde", "runde-database"):
        assert containers.podman("run", "--rm", "--network", "none", "--entrypoint", "sh", image, "-c",
                                 "command -v gcc make git || echo none") == "none"


def test_only_the_api_is_published(containers):
    ports = {service: containers.podman("port", containers.name(service)) for service in SERVICES}

    assert {service for service, published in ports.items() if published} == {"api"}
    assert ports["api"] == "8080/tcp -> 127.0.0.1:8080"


def test_a_group_that_is_made_meets_every_week(circle):
    assert len(circle.meetings()) > 1
    assert {meeting["starts_at_local"][11:16] for meeting in circle.meetings()} == {"19:00"}


def test_the_mail_of_a_registration_comes_out_of_the_worker(containers, circle):
    address = circle.register()

    assert text_of(containers.await_mail(address))


def test_nothing_is_lost_when_all_are_started_again(containers, circle):
    address = circle.register()
    containers.await_mail(address)
    before, key = circle.meetings(), containers.execute("api", "cat", KEY).stdout
    for service in reversed(LASTING):
        containers.podman("restart", "--time", "20", containers.name(service))
    containers.await_up()

    assert circle.meetings() == before
    assert containers.execute("api", "cat", KEY).stdout == key
    assert len(containers.mailbox.mails(address)) == 1


def test_the_step_before_can_be_taken_again(containers, circle):
    key = containers.execute("api", "cat", KEY).stdout
    containers.podman("start", "--attach", containers.name("prepare"))

    assert containers.state("prepare")["ExitCode"] == 0
    assert containers.execute("api", "cat", KEY).stdout == key


@pytest.mark.parametrize("service", ("worker", "api", "db"))
def test_what_is_killed_comes_back_by_itself(containers, circle, service):
    before = containers.state(service)["Pid"]
    containers.kill(service)
    containers.await_truth(lambda: containers.state(service)["Pid"] not in (0, before))
    containers.await_up()

    assert containers.await_mail(circle.register())


def test_what_is_asked_while_no_worker_is_there_waits_for_one(containers, circle):
    containers.stop("worker")
    address = circle.register()
    before = containers.mailbox.mails(address)
    containers.start("worker")

    assert before == []
    assert containers.await_mail(address)


def test_the_api_waits_for_a_database_that_is_away(containers, api, circle):
    before = circle.meetings()
    containers.stop("db")
    containers.await_truth(lambda: not containers.is_healthy("api"))

    assert api.get("/healthz").status == 200
    containers.start("db")
    containers.await_up()
    assert circle.meetings() == before


@pytest.mark.parametrize("service", ("worker", "api", "db"))
def test_whoever_is_told_to_end_does_so_in_time(containers, service):
    """137 is what podman says of who had to be killed."""
    assert containers.stop(service) in (0, 143)


def test_no_log_tells_of_anybody(containers):
    logs = containers.logs()

    assert "example.org" not in logs
    assert "Amsel" not in logs
