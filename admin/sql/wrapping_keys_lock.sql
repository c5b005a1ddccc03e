-- One that makes or ends wrapping keys at a time; the lock ends with the session.
-- lane: write
SELECT pg_advisory_lock(hashtext('runde keys'));
