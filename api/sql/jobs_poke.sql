-- Tells idle workers that there may be jobs, for them not to wait until they look by themselves.
-- lane: write
SELECT pg_notify('runde_jobs', '');
