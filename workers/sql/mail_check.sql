-- Whether a mail may go out: its job is still ours, and its address takes mails.
-- job, fence: of the claim; address: its keyed hash
-- lane: read
SELECT EXISTS (SELECT FROM jobs WHERE id = :'job'::bigint AND fence = :'fence'::bigint) AS is_ours,
       EXISTS (SELECT FROM suppressed_addresses WHERE address = :'address'::bytea) AS is_suppressed;
