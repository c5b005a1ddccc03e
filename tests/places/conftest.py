"""conftest.py: installations of the tests' own under load."""

import shutil
import uuid
from contextlib import ExitStack

import pytest

from tests.installation import Installation
from tests.places.journal import Journal
from tests.places.stage import Stage
from tests.places.trial import Trial


class Installed:
    """A migrated database, dropped at the end."""

    def __init__(self, folder, template):
        self.made = Installation(folder, template.name)
        shutil.copy(template.key, self.made.key)

    def __enter__(self):
        return self.made

    def __exit__(self, *unused):
        self.made.drop()


@pytest.fixture
def trial(folder, template):
    """Begins one; prepare(database) is done to its database before."""
    with ExitStack() as ending:
        def begin(prepare=None, **how):
            installed = ending.enter_context(Installed(folder, template))
            if prepare:
                prepare(installed.database)
            return ending.enter_context(Trial(folder, installed.database, installed.key, **how))
        yield begin


@pytest.fixture(scope="module")
def stage(folder, template):
    """One for all tests of a file; each makes a group of its own there."""
    with Installed(folder, template) as installed:
        stage = Stage(folder, installed.database, installed.key)
        yield stage
        stage.end()


@pytest.fixture(scope="module")
def journal(folder):
    """Of all that happened there."""
    return Journal(folder / f"journal-{uuid.uuid4().hex[:8]}")
