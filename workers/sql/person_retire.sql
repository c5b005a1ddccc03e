-- Erases a person whose time is over.
-- key: the id of the person; now: the clock
-- lane: write
SELECT person_retire(:'key'::uuid, :'now'::timestamptz);
