"""trial.py: a stage, a load on it, and who watches both."""

import uuid

from tests.places.checker import Watch, told
from tests.places.journal import Journal
from tests.places.load import Load
from tests.places.stage import Stage


class Trial:
    """series: the members of the only one there is; else there is one of each kind."""

    def __init__(self, folder, database, key_file, series=None, **how):
        self.stage = Stage(folder, database, key_file)
        self.journal = Journal(folder / f"journal-{uuid.uuid4().hex[:8]}")
        groups = [self.stage.series(**series)] if series else self.stage.all_groups()
        self.load = Load(self.stage, self.journal, groups, **how)
        self.watch = Watch(self.stage.checker)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.watch.end()
        self.journal.close()
        self.stage.end()

    def end(self):
        """What was found, meanwhile and at the end."""
        found = self.watch.end()
        return {**self.stage.checker.look_at_all(self.journal.path), **found}

    def must_be_well(self):
        found = self.end()
        assert not found, f"seed {self.load.seed}\n{told(found)}"
        assert not self.load.complaints, self.load.complaints[:5]
        assert self.watch.looks > 0
