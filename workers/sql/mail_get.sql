-- A mail that is to be written: to whom, sealed, in which language, and what its template tells. Without _person there
-- is nobody to write to, or nothing to say any more.
-- person: the recipient; payload: of the job; now: the clock
-- lane: read
SELECT * FROM mail_to_write(:'payload'::jsonb, :'now'::timestamptz, :'person'::uuid);
