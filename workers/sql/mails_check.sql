-- Whether mails may go out, in their order: their jobs are still ours, their addresses take mails, and have not had too
-- many today. Several of us who count the same addresses do so in the same order.
-- mails: [{number, job, fence: of the claim, address: its keyed hash, counts: it is none that was asked for}]; now: the clock
-- lane: write
WITH mails AS MATERIALIZED (
    SELECT *
    FROM jsonb_to_recordset(:'mails'::jsonb) AS m (number integer, job bigint, fence bigint, address bytea, counts boolean)
    ORDER BY address, job
), checked AS MATERIALIZED (
    SELECT number, may.*
    FROM mails CROSS JOIN LATERAL mail_may_go(job, fence, address, counts, :'now'::timestamptz) AS may
)
SELECT is_ours, is_suppressed, wait_until
FROM checked
ORDER BY number;
