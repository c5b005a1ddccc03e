-- Answers somebody who has asked for new links.
-- key: the id of the recovery; now: the clock
-- lane: write
SELECT recovery_answer(:'key'::bigint, :'now'::timestamptz);
