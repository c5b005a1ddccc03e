-- Whether a mail may go out: its job is still ours, its address takes mails, and has not had too many today.
-- job, fence: of the claim; address: its keyed hash; counts: it is none that was asked for; now: the clock
-- lane: write
SELECT * FROM mail_may_go(:'job'::bigint, :'fence'::bigint, :'address'::bytea, :'counts'::boolean, :'now'::timestamptz);
