"""conftest.py: an installation of a test's own under load, with what it was told and what is found wrong with it."""

import shutil
import uuid
from types import SimpleNamespace

import pytest

from tests.installation import Installation
from tests.places.checker import Watch, told
from tests.places.journal import Journal
from tests.places.load import Load
from tests.places.stage import Stage


class Trial(SimpleNamespace):
    """A stage, a load and who watches it."""

    def end(self):
        """What was found, meanwhile and at the end."""
        found = self.watch.end()
        return {**self.stage.checker.look_at_all(self.journal.path), **found}

    def must_be_well(self):
        found = self.end()
        assert not found, f"seed {self.load.seed}\n{told(found)}"
        assert not self.load.complaints, self.load.complaints[:5]
        assert self.watch.looks > 0


@pytest.fixture
def trial(folder, template):
    """Begins one; prepare(database) is done to its database before."""
    begun = []

    def begin(prepare=None, series=None, **how):
        installed = Installation(folder, template.name)
        shutil.copy(template.key, installed.key)
        if prepare:
            prepare(installed.database)
        stage = Stage(folder, installed.database, installed.key)
        begun.append((installed, stage))
        groups = [stage.series(**series)] if series else stage.all_groups()
        journal = Journal(folder / f"journal-{installed.name}")
        return Trial(stage=stage, journal=journal, load=Load(stage, journal, groups, **how), watch=Watch(stage.checker))
    yield begin
    for installed, stage in begun:
        stage.end()
        installed.drop()


@pytest.fixture(scope="module")
def stage(folder, template):
    """One for all tests of a file; each makes a group of its own there."""
    installed = Installation(folder, template.name)
    shutil.copy(template.key, installed.key)
    stage = Stage(folder, installed.database, installed.key)
    yield stage
    stage.end()
    installed.drop()


@pytest.fixture(scope="module")
def journal(folder):
    """Of all that happened there."""
    return Journal(folder / f"journal-{uuid.uuid4().hex[:8]}")
