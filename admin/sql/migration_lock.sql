-- One migration at a time; the lock ends with the session.
-- lane: write
SELECT pg_advisory_lock(hashtext('runde migrate'));
