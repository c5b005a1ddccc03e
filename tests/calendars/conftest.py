"""conftest.py: every calendar that a test gets is read by all readers."""

import pytest

pytest.register_assert_rewrite("tests.calendars.feeds")
from tests.calendars.feeds import Feed, read  # noqa: E402
from tests.given import Given  # noqa: E402

SCOPES = "groups:read,groups:write,meetings:write,registrations:write"


@pytest.fixture(scope="session")
def keeper(admin, api, runde):
    return Given(admin, api, runde).client(scopes=SCOPES)


@pytest.fixture
def calendar(api, db, tmp_path):
    """The calendar of a group, of a path, or of several of these, read by all and compared with the API."""
    def get(*wanted, **query):
        feeds = [Feed(api, one, **query) if isinstance(one, str) else Feed.of_group(api, db, one, **query)
                 for one in wanted]
        read(tmp_path, feeds)
        return feeds[0] if len(feeds) == 1 else feeds
    return get
