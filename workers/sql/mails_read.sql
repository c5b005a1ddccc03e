-- Mails that are to be written, in their order: to whom, sealed, in which language, and what their templates tell. Without
-- _person there is nobody to write to, or nothing to say any more.
-- mails: [{number, person: the recipient, payload: of the job}]; now: the clock
-- lane: read
SELECT told.*
FROM jsonb_to_recordset(:'mails'::jsonb) AS m (number integer, person uuid, payload jsonb)
CROSS JOIN LATERAL mail_to_write(payload, :'now'::timestamptz, person) AS told
ORDER BY number;
