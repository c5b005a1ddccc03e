-- From here on we are told that there may be jobs. Nothing depends on it.
-- lane: write
LISTEN runde_jobs;
